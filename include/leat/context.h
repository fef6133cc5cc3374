/*
 * leat/context.h: the streaming context: what a job is built in, started and stopped by; and the
 * values that live beside the stream: broadcasts and accumulators.
 *
 * Building is sticky: the context keeps the first mistake with its operator and file:line, NULL
 * streams pass through, and start reports it.
 *
 * Thread: building is one thread's work. leat_streaming_context_stop and leat_broadcast_refresh may
 * be called from anywhere.
 */
#ifndef LEAT_CONTEXT_H
#define LEAT_CONTEXT_H

#include "leat/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Builds the job's graph; called at every start, never replaced by what the checkpoint remembers.
 */
typedef leat_status (*leat_create_fn)(leat_streaming_context *ssc, void *user);

#define leat_streaming_context_create(conf, interval) \
    leat_streaming_context_create_at(LEAT_VERSION_NUMBER, conf, interval)
#define leat_streaming_context_get_or_create(...) \
    leat_streaming_context_get_or_create_at(LEAT_VERSION_NUMBER, __VA_ARGS__)

/*
 * Takes ownership of conf. interval in ms: 10 ms or more, or 0: the next batch starts when the last
 * one ended and data waits. leat.batch.interval overrides it. NULL only when memory is out, which
 * leat_main(NULL) says. Caller destroys it, or gives it to leat_main. Since: 0.1
 */
LEAT_API leat_streaming_context *leat_streaming_context_create_at(uint32_t version, leat_conf *conf,
                                                                  leat_duration interval);

/*
 * The same, with a checkpoint directory (NULL: none) and a function that builds the graph, which is
 * called here, at every start; the checkpoint keeps offsets, pending batches and state, never code.
 * What create returns when it fails is the error that start reports. Since: 0.1
 */
LEAT_API leat_streaming_context *
leat_streaming_context_get_or_create_at(uint32_t version, const char *checkpoint, leat_conf *conf,
                                        leat_duration interval, leat_create_fn create, void *user);

/* Copies. The directory is made when it is missing. Since: 0.1 */
LEAT_API void leat_streaming_context_checkpoint(leat_streaming_context *ssc, const char *directory);

/* Zeroed memory that dies with ssc: for what `user` points to. NULL when memory is out, which is
 * then the context's error. Since: 0.1 */
LEAT_API void *leat_streaming_context_alloc(leat_streaming_context *ssc, size_t size);

/* Makes this the context's error unless it has one already; returns status. Since: 0.1 */
LEAT_API leat_status leat_streaming_context_fail(leat_streaming_context *ssc, leat_status status,
                                                 const char *format, ...) LEAT_PRINTF(3, 4);

/* The first error of building so far; LEAT_NO_MEMORY for NULL. Since: 0.1 */
LEAT_API leat_status leat_ok(const leat_streaming_context *ssc);

/*
 * Validates the graph and the configuration, opens the checkpoint, connects, recovers and starts
 * the scheduler's threads. A started context cannot be changed, a stopped one not be started again.
 * Since: 0.1
 */
LEAT_API leat_status leat_streaming_context_start(leat_streaming_context *ssc, leat_error *err);

/*
 * Waits until the job ended, at most timeout ms (0: without limit). *out_ended, which may be NULL,
 * says whether it did. Returns the error that stopped the job. Since: 0.1
 */
LEAT_API leat_status leat_streaming_context_await_termination(leat_streaming_context *ssc,
                                                              leat_duration timeout,
                                                              bool *out_ended, leat_error *err);

/* Asks the job to stop: gracefully after the running batch, otherwise by aborting it. Returns at
 * once. Any thread, or a signal handler. Since: 0.1 */
LEAT_API void leat_streaming_context_stop(leat_streaming_context *ssc, bool gracefully);

/* Stops at once if running, waits for its threads and frees it. Accepts NULL. Since: 0.1 */
LEAT_API void leat_streaming_context_destroy(leat_streaming_context *ssc);

/*
 * Takes ownership of ssc: starts it, stops it gracefully on SIGTERM or SIGINT (at once on the
 * second), waits, prints the error if there is one, destroys it. Returns the exit status: 0 stopped
 * as asked, 1 failed, 2 usage. The one function that prints or sets signal handlers; afterwards the
 * two signals are ignored, because the process is ending. Since: 0.1
 */
LEAT_API int leat_main(leat_streaming_context *ssc);

/* ---- broadcast: one value for all tasks, loaded by the engine ---- */

/* Loads a new value. Says why not in err and returns that status. */
typedef leat_status (*leat_load_fn)(void **out_value, void *user, leat_error *err);
typedef void (*leat_destroy_fn)(void *value);

typedef struct {
    leat_duration refresh; /* Load again when the value is this old; 0: only when asked. */
} leat_broadcast_options;

/*
 * load is called inside start, and a failure there fails start; then between batches when a refresh
 * is due, and a failure there keeps the old value and is logged. The old value is destroyed when no
 * batch uses it any more. A replayed batch may see a newer value than its first run did. destroy
 * and options may be NULL. Names are unique within a context. Since: 0.1
 */
LEAT_API leat_broadcast *leat_broadcast_create(leat_streaming_context *ssc, const char *name,
                                               leat_load_fn load, leat_destroy_fn destroy,
                                               void *user, const leat_broadcast_options *options);

/* NULL: none of that name. Since: 0.1 */
LEAT_API leat_broadcast *leat_broadcast_find(leat_streaming_context *ssc, const char *name);

/* The batch's value, the same for every attempt of every task of the batch; borrowed until the
 * task ends. Takes no lock. Since: 0.1 */
LEAT_API const void *leat_broadcast_value(const leat_broadcast *broadcast, const leat_task *task);

/* Asks for a refresh at the next batch boundary. Any thread. Since: 0.1 */
LEAT_API void leat_broadcast_refresh(leat_broadcast *broadcast);

/* ---- accumulator: a counter that tasks add to ---- */

typedef struct leat_accumulator leat_accumulator;

/* Starts at 0 with the process. Names are unique within a context. Since: 0.1 */
LEAT_API leat_accumulator *leat_accumulator_create(leat_streaming_context *ssc, const char *name);

/* Counts once, when the batch of the task's successful attempt is committed. A function that two
 * actions of a batch run counts in both, but not where a take stopped it early. Since: 0.1 */
LEAT_API void leat_accumulator_add(leat_accumulator *accumulator, leat_task *task, int64_t n);

/* The sum over committed batches. Any thread. Since: 0.1 */
LEAT_API int64_t leat_accumulator_value(const leat_accumulator *accumulator);

#ifdef __cplusplus
}
#endif
#endif
