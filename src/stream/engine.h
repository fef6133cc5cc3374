/*
 * engine: what runs a job: its connections, its ledger, where each source stands.
 *
 * The functions here are plain and synchronous; the scheduler's thread is a loop around them, and
 * leat_test_* calls them by itself.
 *
 *   create -> set_up -> open -> start_up -> run_batch ... -> shut_down -> destroy
 *
 * Thread: one at a time; stop from anywhere, a signal handler too.
 */
#ifndef LEAT_STREAM_ENGINE_H
#define LEAT_STREAM_ENGINE_H

#include "base/clock.h"
#include "base/log.h"
#include "config/settings.h"
#include "graph/context.h"
#include "kafka/kafka.h"

struct leat_engine;

/* What an engine is built on. */
struct leat_engine_parts {
    const struct leat_kafka_driver *kafka; /* Borrowed while the engine lives. */
    struct leat_clock clock;
    struct leat_log log;  /* Its level is the settings'. */
    bool silent;          /* No progress on stderr, whatever is set. */
    bool one_thread;      /* Tasks run on the caller's thread. */
    bool state_in_memory; /* Without a checkpoint directory: for tests of jobs. */
};

/* An empty engine that can be stopped. Caller destroys *out. */
LEAT_MUST_CHECK leat_status leat_engine_create(struct leat_streaming_context *ssc,
                                               struct leat_engine **out, leat_error *err);

/* Resolves the settings, validates the graph and freezes it; connects to nothing. Copies parts. */
LEAT_MUST_CHECK leat_status leat_engine_set_up(struct leat_engine *engine,
                                               const struct leat_engine_parts *parts,
                                               leat_error *err);

/* What the job is, as `leat explain` prints it: guarantee, authority, group, checkpoint, then the
 * graph. After set_up. False when memory is out. */
LEAT_MUST_CHECK bool leat_engine_explain(const struct leat_engine *engine, struct leat_buffer *out);

/* Starts the task threads. */
LEAT_MUST_CHECK leat_status leat_engine_open(struct leat_engine *engine, leat_error *err);

const struct leat_settings *leat_engine_settings(const struct leat_engine *engine);
const struct leat_log *leat_engine_log(const struct leat_engine *engine);

/* Connects, opens the checkpoint, recovers (START and ANCHOR), loads broadcasts. LEAT_CANCELLED
 * when it was stopped before it was done. */
LEAT_MUST_CHECK leat_status leat_engine_start_up(struct leat_engine *engine, leat_error *err);

int64_t leat_engine_interval_ms(const struct leat_engine *engine);
/* The next batch looks for new partitions, however short ago the last look was. */
void leat_engine_expect_partitions(struct leat_engine *engine);
leat_time leat_engine_now_ms(const struct leat_engine *engine);
/* With interval 0, after a look that found no data: when to look again. */
int64_t leat_engine_poll_us(const struct leat_engine *engine);

/* When the next batch is due by the wall clock, in ms; now or earlier: at once. */
leat_time leat_engine_due(struct leat_engine *engine);

/* Runs one batch to its end, with as many attempts as it may have. *out_ran false: with interval 0
 * no data waits. The error is what stops the job. */
LEAT_MUST_CHECK leat_status leat_engine_run_batch(struct leat_engine *engine, bool *out_ran,
                                                  leat_error *err);

/* True once leat.stop.after.drain has nothing left to do. */
bool leat_engine_is_drained(const struct leat_engine *engine);

/* Settles the last batch: a stopped job has nothing unfinished. */
LEAT_MUST_CHECK leat_status leat_engine_shut_down(struct leat_engine *engine, leat_error *err);

/* Accepts NULL. */
void leat_engine_destroy(struct leat_engine *engine);

/* ---- stopping ---- */

enum leat_stop { LEAT_STOP_NONE, LEAT_STOP_GRACEFULLY, LEAT_STOP_NOW };

/* Async-signal-safe. A graceful stop may be followed by one at once, not the other way round. */
void leat_engine_stop(struct leat_engine *engine, bool gracefully);
enum leat_stop leat_engine_stopping(const struct leat_engine *engine);

/* Waits until something is due, at most so long; false when it was stopped. */
bool leat_engine_wait_us(struct leat_engine *engine, int64_t us);

#endif
