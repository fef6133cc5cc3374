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
#include "shuffle/budget.h"
#include "shuffle/spill_file.h"

/* Arenas of collected records; they die with the batch. */
struct leat_kept_arena {
    struct leat_arena arena;
    struct leat_kept_arena *next;
};

struct leat_batch {
    struct leat_batch_options options;
    struct leat_arena arena;    /* Scheduler thread. */
    struct leat_rdd **rdds;     /* By DStream id; NULL: not made yet. */
    struct leat_rdd **stateful; /* By the stateful operators' index; NULL: not made yet. */
    bool *rdd_made;             /* A transform may have given none. */
    size_t rdd_count;
    struct leat_wide *wides;         /* Wide RDDs, the newest first. */
    struct leat_budget budget;       /* Of tables and sorters: what a task works in. */
    struct leat_budget lists_budget; /* Of what passes hand on: full, it must not starve them. */
    struct leat_spill_file *spill;   /* Owned. */
    struct leat_terminal *waiting;
    struct leat_terminal *waiting_last;
    struct leat_staged_output *staged;
    struct leat_staged_output *published; /* As many; filled for a result. */
    size_t staged_count;
    size_t staged_capacity;
    int32_t stages;      /* Passes so far. */
    const char *running; /* file:line of the output operation that runs. */
    pthread_mutex_t mutex;
    leat_error error;             /* Guarded by mutex; the first. */
    bool failed_by_function;      /* It was said by leat_rdd_fail. Scheduler thread. */
    struct leat_kept_arena *kept; /* Guarded by mutex. */
    int64_t *accumulators;        /* Guarded by mutex. */
    atomic_bool failed;
    atomic_bool handed_over;
    atomic_int attempts; /* The most that a failed task has had, with those of the batch before. */
    atomic_ullong output_records;
    atomic_ullong skipped_records;      /* In all passes: what may have been logged. */
    atomic_ullong wide_skipped_records; /* Of them, by functions behind a shuffle. */
};

/* ---- rdd.c ---- */

/* The batch's; NULL when memory is out, which is then the batch's error. */
struct leat_rdd *leat_rdd_add(struct leat_batch *batch, const struct leat_node *node,
                              struct leat_rdd *left, struct leat_rdd *right);
/* The same for an operator that a function adds to parent (and other), which has its types unless
 * node says otherwise. NULL passes through. */
struct leat_rdd *leat_rdd_derive(struct leat_rdd *parent, struct leat_rdd *other,
                                 struct leat_node node, bool has_function);
/* Computed once, at the first pass that needs it. */
struct leat_rdd *leat_rdd_keep(struct leat_rdd *rdd);

/* ---- batch.c ---- */

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
