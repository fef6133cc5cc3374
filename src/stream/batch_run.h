/*
 * batch_run: the one batch that the engine plans, runs and commits, over all its attempts.
 *
 * Thread: the scheduler's.
 */
#ifndef LEAT_STREAM_BATCH_RUN_H
#define LEAT_STREAM_BATCH_RUN_H

#include "exec/batch.h"
#include "ledger/ledger.h"

/* The batch that is planned, running, or just over. */
struct leat_batch_run {
    int64_t n;
    leat_time time;
    struct leat_batch_range *ranges; /* Owned. */
    size_t *range_partitions;        /* Owned; index into the engine's partitions. */
    size_t range_count;
    size_t capacity;
    int64_t records;   /* By the ranges. */
    bool is_replay;    /* A plan of an earlier start. */
    bool external;     /* It has effects that cannot be rolled back. */
    bool plan_is_kept; /* plan(n) is in the ledger. */
    int attempt;       /* 0, 1, ... */
    int attempts_had;  /* By the batch and its failed tasks, when the last one failed. */
    char attempt_name[LEAT_ATTEMPT_SIZE];
    char staging_name[LEAT_ATTEMPT_SIZE + 24]; /* "<n>.<attempt>" */
    char success_text[64];
    int64_t started_us;    /* Monotonic. */
    leat_time started_ms;  /* The wall clock then. */
    int64_t scheduling_ms; /* From the batch time to its start. */
    int64_t last_start_us; /* Of the batch before; 0: none. */
};

#endif
