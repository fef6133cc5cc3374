/* main: leat_main: what a job's own main would do: signals, the error on stderr, the exit status.
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "graph/graph.h"
#include "leat/conf.h"
#include "stream/life_cycle.h"

enum { EXIT_STOPPED = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, GRACE_SLICE_MS = 200 };

static _Atomic(struct leat_engine *) running;
static atomic_int signals_seen;

static void on_signal(int number)
{
    struct leat_engine *engine = atomic_load(&running);
    int saved = errno;

    (void)number;
    if (engine != NULL)
        leat_engine_stop(engine, atomic_fetch_add(&signals_seen, 1) == 0);
    errno = saved;
}

static void set_handlers(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};

    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static int say(const leat_error *err, int status)
{
    fprintf(stderr, "leat: %s\n", err->message);
    return status;
}

/* A wrong command line is one that another call would not have. */
static int say_refused(const leat_streaming_context *ssc, const leat_error *err)
{
    bool usage = ssc != NULL && ssc->conf != NULL && leat_conf_is_usage_error(ssc->conf);

    return say(err, usage ? EXIT_USAGE : EXIT_FAILED);
}

static int explain(const leat_streaming_context *ssc)
{
    struct leat_buffer text = {0};
    int status = EXIT_FAILED;

    if (leat_engine_explain(ssc->engine, &text)) {
        bool written = fwrite(text.data, 1, text.size, stdout) == text.size && fflush(stdout) == 0;

        status = written ? EXIT_STOPPED : EXIT_FAILED;
    }
    leat_buffer_release(&text);
    return status;
}

static bool is_stopping(const leat_streaming_context *ssc)
{
    return leat_engine_stopping(ssc->engine) != LEAT_STOP_NONE;
}

/* A graceful stop may take so long; then the batch is aborted. */
static leat_status await_with_grace(leat_streaming_context *ssc, int64_t grace_ms, leat_error *err)
{
    int64_t asked_ms = 0;
    bool ended = false;
    leat_status status = LEAT_OK;

    if (grace_ms <= 0)
        return leat_streaming_context_await_termination(ssc, 0, NULL, err);
    while (!ended && status == LEAT_OK) {
        if (is_stopping(ssc) && (asked_ms += GRACE_SLICE_MS) > grace_ms)
            leat_streaming_context_stop(ssc, false);
        status = leat_streaming_context_await_termination(ssc, GRACE_SLICE_MS, &ended, err);
    }
    return status;
}

static int run(leat_streaming_context *ssc)
{
    leat_error err = {LEAT_OK, ""};
    leat_status status = leat_context_set_up(ssc, &err);

    if (status != LEAT_OK)
        return say_refused(ssc, &err);
    if (leat_engine_settings(ssc->engine)->explain)
        return explain(ssc);
    atomic_store(&signals_seen, 0);
    atomic_store(&running, ssc->engine);
    set_handlers(on_signal);
    status = leat_context_run(ssc, &err);
    if (status == LEAT_OK)
        status =
            await_with_grace(ssc, leat_engine_settings(ssc->engine)->graceful_timeout_ms, &err);
    else if (status == LEAT_CANCELLED && is_stopping(ssc))
        status = LEAT_OK;
    set_handlers(SIG_IGN); /* The process is ending as it was asked to. */
    atomic_store(&running, NULL);
    return status == LEAT_OK ? EXIT_STOPPED : say(&err, EXIT_FAILED);
}

int leat_main(leat_streaming_context *ssc)
{
    leat_error err;
    int status;

    if (ssc == NULL) {
        leat_fail(&err, LEAT_NO_MEMORY, "no memory for the streaming context");
        return say(&err, EXIT_FAILED);
    }
    status = run(ssc);
    leat_streaming_context_destroy(ssc);
    return status;
}
