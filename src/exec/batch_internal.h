/*
 * batch_internal: the batch as exec/ itself sees it.
 */
#ifndef LEAT_EXEC_BATCH_INTERNAL_H
#define LEAT_EXEC_BATCH_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "exec/batch.h"
#include "exec/terminal.h"

/* Arenas of collected records; they die with the batch. */
struct leat_kept_arena {
    struct leat_arena arena;
    struct leat_kept_arena *next;
};

struct leat_batch {
    struct leat_batch_options options;
    struct leat_arena arena; /* Scheduler thread. */
    struct leat_rdd **rdds;  /* By DStream id; NULL: not made yet. */
    bool *rdd_made;          /* A transform may have given none. */
    struct leat_terminal *waiting;
    struct leat_terminal *waiting_last;
    struct leat_staged_output *staged;
    size_t staged_count;
    size_t staged_capacity;
    int32_t stages;      /* Passes so far. */
    const char *running; /* file:line of the output operation that runs. */
    pthread_mutex_t mutex;
    leat_error error;             /* Guarded by mutex; the first. */
    struct leat_kept_arena *kept; /* Guarded by mutex. */
    int64_t *accumulators;        /* Guarded by mutex. */
    atomic_bool failed;
    atomic_bool handed_over;
    atomic_int attempts; /* The most that a failed task has had, with those of the batch before. */
    atomic_ullong output_records;
    atomic_ullong skipped_records; /* In all passes: what may have been logged. */
};

/* True when tasks should end soon: the batch has failed or was cancelled. Any thread. */
bool leat_batch_is_over(const struct leat_batch *batch);

/* 0, 1, ... : the pass that runs. */
int32_t leat_batch_stage_number(const struct leat_batch *batch);

/* Of the job's skipped records the first few are logged; `more` counts those not yet added up. */
bool leat_batch_may_log_skip(const struct leat_batch *batch, uint64_t more);
void leat_batch_log_skip(const struct leat_batch *batch, const leat_error *err);

/* An arena that lives as long as the batch; NULL when memory is out. Any thread. */
struct leat_arena *leat_batch_keep_arena(struct leat_batch *batch);

/* Runs a pass over the whole of rdd; a failure is the batch's. */
leat_status leat_action_run(leat_rdd *rdd, struct leat_terminal *terminal);

/* Fails the batch when memory is out. Any thread. */
void leat_batch_add_accumulators(struct leat_batch *batch, const int64_t *values);

/* A task failed for good after so many attempts; any thread. */
void leat_batch_note_attempts(struct leat_batch *batch, int attempts);

#endif
