/*
 * executor: the task threads. A pass gives them tasks, one for each source partition; each thread
 * takes the next task until none is left.
 *
 * Thread: create, run and destroy on the scheduler's thread.
 */
#ifndef LEAT_EXEC_EXECUTOR_H
#define LEAT_EXEC_EXECUTOR_H

#include <stdatomic.h>

#include "base/log.h"
#include "base/status.h"

struct leat_executor_options {
    size_t threads;              /* leat.local.cores, or all cores. */
    int task_failures_max;       /* spark.task.maxFailures: attempts of one task. */
    bool skip_bad_records;       /* leat.bad.records=skip */
    uint64_t bad_records_logged; /* The first so many of the job are logged. */
    size_t memory_limit_bytes; /* For what tasks hold: chunks, emitted copies, collected records. */
    size_t chunk_records;      /* Records read at a time; 0: the default of 512. */
    const struct leat_log *log; /* Borrowed. */
};

struct leat_executor;

/* Runs task `index` of a pass; called once for each index below the count, on any task thread. */
typedef void (*leat_executor_fn)(void *context, size_t index);

/* Copies options and starts the threads. One thread: tasks run on the caller's. Caller destroys
 * *out. */
LEAT_MUST_CHECK leat_status leat_executor_create(const struct leat_executor_options *options,
                                                 struct leat_executor **out, leat_error *err);

const struct leat_executor_options *leat_executor_options(const struct leat_executor *executor);

/* Returns when fn has returned for every index below count. */
void leat_executor_run(struct leat_executor *executor, leat_executor_fn fn, void *context,
                       size_t count);

/* Accepts NULL. */
void leat_executor_destroy(struct leat_executor *executor);

#endif
