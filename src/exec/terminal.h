/*
 * terminal: where a pass ends: an action's function, or what the engine itself writes.
 *
 * For each partition of its RDD a task opens it, pushes chunks, and closes it; after a failure
 * abandon is called in place of close. The state is zeroed memory of the attempt.
 *
 * Thread: open, push, close and abandon on task threads, several partitions at once.
 */
#ifndef LEAT_EXEC_TERMINAL_H
#define LEAT_EXEC_TERMINAL_H

#include "graph/graph.h"
#include "record/chunk.h"

struct leat_terminal;

/* The place of one partition in a task. */
struct leat_terminal_task {
    leat_task *task;
    int32_t partition; /* Of the terminal's RDD. */
    void *state;
};

struct leat_terminal_ops {
    size_t state_bytes;
    /* Each may be NULL. */
    leat_status (*open)(struct leat_terminal *, const struct leat_terminal_task *, leat_error *err);
    leat_status (*close)(struct leat_terminal *, const struct leat_terminal_task *,
                         leat_error *err);
    void (*abandon)(struct leat_terminal *, const struct leat_terminal_task *);
    /* Exactly one of these two. *out_enough true ends the pass early. */
    leat_status (*push)(struct leat_terminal *, const struct leat_terminal_task *,
                        const struct leat_chunk *, bool *out_enough, leat_error *err);
    leat_foreach_partition_fn pull;
    /* Beside push: a record as it is emitted, which nobody can take back then. It keeps no view and
     * runs no function that sees the task. Used for a terminal that takes_each. */
    leat_status (*take)(struct leat_terminal *, const struct leat_terminal_task *,
                        const leat_record *, leat_error *err);
};

struct leat_terminal {
    const struct leat_terminal_ops *ops;
    struct leat_rdd *rdd;
    const char *name;               /* "save_as_text_files" */
    const char *where;              /* file:line */
    void *context;                  /* The terminal's own; given to pull as user. */
    bool takes_each;                /* Where an emitter feeds nobody else, ops->take is called. */
    leat_foreach_partition_fn pull; /* When ops->pull is NULL and there is no push: the user's. */
    leat_foreach_fn each;           /* Called for every record, when there is no push either. */
    struct leat_terminal *next;     /* In the batch's list of waiting ones. */
};

/* Computes what rdd needs of wide RDDs, itself included, unless that was done. */
LEAT_MUST_CHECK leat_status leat_pass_prepare(struct leat_batch *batch, struct leat_rdd *rdd,
                                              leat_error *err);

/* Runs these terminals over all their partitions, and with them what waits in the batch. The
 * batch's error is the first of any task. */
LEAT_MUST_CHECK leat_status leat_pass_run(struct leat_batch *batch, struct leat_terminal *terminal,
                                          leat_error *err);

/* Runs a terminal over one partition of its RDD only, until it has enough; nothing goes along. */
LEAT_MUST_CHECK leat_status leat_pass_run_partition(struct leat_batch *batch,
                                                    struct leat_terminal *terminal,
                                                    int32_t partition, leat_error *err);

/* Lets a terminal wait for the next pass. Its memory is the batch's. */
void leat_pass_add_waiting(struct leat_batch *batch, struct leat_terminal *terminal);
/* Runs what still waits, and computes what these RDDs (NULL: none) need of wide ones. */
LEAT_MUST_CHECK leat_status leat_pass_finish(struct leat_batch *batch, struct leat_rdd *const *rdds,
                                             size_t count, leat_error *err);

/* The first records of an RDD, as the action take: the batch's memory. */
LEAT_MUST_CHECK leat_status leat_pass_take(struct leat_rdd *rdd, size_t max,
                                           const leat_record **out_records, size_t *out_count,
                                           leat_error *err);

/* A task's producer takes these records, views until its next flush: the engine's own sinks. */
leat_status leat_producer_add_chunk(struct leat_producer *producer, const char *topic,
                                    const struct leat_chunk *chunk);

/* The batch that a task works for. */
struct leat_batch *leat_task_batch(const leat_task *task);

#endif
