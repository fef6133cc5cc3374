/* life_cycle: a streaming context from its creation to its end: create, start, await, stop. */
#include "stream/life_cycle.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "exec/broadcasts.h"
#include "leat/conf.h"
#include "stream/listeners.h"

/* The thread that runs batches, and what it came to. */
struct leat_scheduler {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t ended_changed;
    bool runs; /* The thread was started and not joined. */
    bool ended;
    leat_error error; /* LEAT_OK: it stopped as asked. */
};

/* ---- creation ---- */

leat_streaming_context *leat_streaming_context_create_at(uint32_t version, leat_conf *conf,
                                                         leat_duration interval)
{
    struct leat_streaming_context *ssc = leat_context_create();

    if (ssc == NULL) {
        leat_conf_destroy(conf);
        return NULL;
    }
    ssc->version = version;
    ssc->conf = conf;
    ssc->interval = interval;
    if (leat_engine_create(ssc, &ssc->engine, &ssc->error) != LEAT_OK && ssc->engine == NULL) {
        leat_streaming_context_destroy(ssc);
        return NULL;
    }
    if (conf == NULL)
        leat_context_fail(ssc, LEAT_NO_MEMORY, NULL, "the context was created without a leat_conf");
    if (interval < 0)
        leat_context_fail(ssc, LEAT_INVALID, NULL,
                          "a batch interval of %" PRId64 " ms: it must be 0, or from 10 ms to 24 h",
                          interval);
    return ssc;
}

leat_streaming_context *
leat_streaming_context_get_or_create_at(uint32_t version, const char *checkpoint, leat_conf *conf,
                                        leat_duration interval, leat_create_fn create, void *user)
{
    leat_streaming_context *ssc = leat_streaming_context_create_at(version, conf, interval);
    leat_status status;

    if (ssc == NULL)
        return NULL;
    if (checkpoint != NULL)
        leat_streaming_context_checkpoint(ssc, checkpoint);
    status = create(ssc, user);
    if (status != LEAT_OK)
        leat_context_fail(ssc, status, NULL, "the create function returned: %s",
                          leat_status_text(status));
    return ssc;
}

/* ---- the scheduler's thread ---- */

/* Until the next batch is due; in slices, because the wall clock may be set meanwhile. */
static bool wait_for_batch(struct leat_engine *engine, bool ran)
{
    const int64_t slice_ms = 1000;

    for (;;) {
        leat_time now = leat_engine_now_ms(engine);
        int64_t left_ms = leat_engine_due(engine) - now;

        if (leat_engine_stopping(engine) != LEAT_STOP_NONE)
            return false;
        if (left_ms <= 0)
            return ran || leat_engine_wait_us(engine, leat_engine_poll_us(engine));
        if (!leat_engine_wait_us(engine, (left_ms > slice_ms ? slice_ms : left_ms) * 1000))
            return false;
        ran = true;
    }
}

leat_status leat_engine_run(struct leat_engine *engine, leat_error *err)
{
    leat_status status = LEAT_OK;
    bool ran = true;

    leat_listeners_tell_start(engine);
    while (status == LEAT_OK && !leat_engine_is_drained(engine) && wait_for_batch(engine, ran))
        status = leat_engine_run_batch(engine, &ran, err);
    if (status == LEAT_CANCELLED && leat_engine_stopping(engine) != LEAT_STOP_NONE)
        status = LEAT_OK;
    return status == LEAT_OK ? leat_engine_shut_down(engine, err) : status;
}

static void *run(void *context)
{
    struct leat_streaming_context *ssc = context;
    struct leat_scheduler *scheduler = ssc->scheduler;
    leat_error err = {LEAT_OK, ""};

    err.status = leat_engine_run(ssc->engine, &err);
    pthread_mutex_lock(&scheduler->mutex);
    scheduler->error = err;
    scheduler->ended = true;
    pthread_cond_broadcast(&scheduler->ended_changed);
    pthread_mutex_unlock(&scheduler->mutex);
    return NULL;
}

static leat_status start_thread(struct leat_streaming_context *ssc, leat_error *err)
{
    struct leat_scheduler *scheduler = leat_context_alloc(ssc, sizeof *scheduler);
    pthread_condattr_t monotonic;
    int error;

    if (scheduler == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for the scheduler");
    pthread_mutex_init(&scheduler->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&scheduler->ended_changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    ssc->scheduler = scheduler;
    error = pthread_create(&scheduler->thread, NULL, run, ssc);
    scheduler->runs = error == 0;
    if (error != 0)
        return leat_fail(err, LEAT_LIMIT, "cannot start a thread: %s", strerror(error));
    return LEAT_OK;
}

/* ---- start, await, stop ---- */

static struct leat_engine_parts system_parts(void)
{
    return (struct leat_engine_parts){.kafka = leat_rdkafka_driver(),
                                      .clock = leat_clock_system(),
                                      .log = {.write = leat_log_to_stderr}};
}

leat_status leat_context_set_up(leat_streaming_context *ssc, leat_error *err)
{
    struct leat_engine_parts parts = system_parts();

    if (ssc == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for the streaming context");
    if (ssc->frozen)
        return leat_fail(err, LEAT_INVALID,
                         "the context was started before; create another one to start again");
    return leat_engine_set_up(ssc->engine, &parts, err);
}

leat_status leat_context_run(leat_streaming_context *ssc, leat_error *err)
{
    LEAT_TRY(leat_engine_open(ssc->engine, err));
    LEAT_TRY(leat_engine_start_up(ssc->engine, err));
    return start_thread(ssc, err);
}

leat_status leat_streaming_context_start(leat_streaming_context *ssc, leat_error *err)
{
    LEAT_TRY(leat_context_set_up(ssc, err));
    return leat_context_run(ssc, err);
}

static void wait_until_ended(struct leat_scheduler *scheduler, leat_duration timeout)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout / 1000;
    until.tv_nsec += timeout % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    while (!scheduler->ended) {
        if (timeout <= 0)
            pthread_cond_wait(&scheduler->ended_changed, &scheduler->mutex);
        else if (pthread_cond_timedwait(&scheduler->ended_changed, &scheduler->mutex, &until) ==
                 ETIMEDOUT)
            return;
    }
}

leat_status leat_streaming_context_await_termination(leat_streaming_context *ssc,
                                                     leat_duration timeout, bool *out_ended,
                                                     leat_error *err)
{
    struct leat_scheduler *scheduler = ssc == NULL ? NULL : ssc->scheduler;
    leat_error error;
    bool ended;

    if (scheduler == NULL)
        return leat_fail(err, LEAT_INVALID, "await_termination: the context was not started");
    pthread_mutex_lock(&scheduler->mutex);
    wait_until_ended(scheduler, timeout);
    ended = scheduler->ended;
    error = scheduler->error;
    pthread_mutex_unlock(&scheduler->mutex);
    if (out_ended != NULL)
        *out_ended = ended;
    if (!ended || error.status == LEAT_OK)
        return LEAT_OK;
    return leat_fail(err, error.status, "%s", error.message);
}

void leat_streaming_context_stop(leat_streaming_context *ssc, bool gracefully)
{
    if (ssc != NULL)
        leat_engine_stop(ssc->engine, gracefully);
}

void leat_streaming_context_destroy(leat_streaming_context *ssc)
{
    if (ssc == NULL)
        return;
    if (ssc->scheduler != NULL && ssc->scheduler->runs) {
        leat_engine_stop(ssc->engine, false);
        pthread_join(ssc->scheduler->thread, NULL);
    }
    if (ssc->scheduler != NULL) {
        pthread_cond_destroy(&ssc->scheduler->ended_changed);
        pthread_mutex_destroy(&ssc->scheduler->mutex);
    }
    leat_engine_destroy(ssc->engine);
    leat_conf_destroy(ssc->conf);
    leat_context_release(ssc);
}
