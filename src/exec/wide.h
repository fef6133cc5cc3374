/*
 * wide: operators whose records come together from all partitions of their parents, and RDDs that
 * are kept: what one pass writes and a later one reads.
 *
 *   pass d    parent partition m ──keying, combining──> lists[side][m][0..partitions)
 *   pass d+1  partition r <── lists[*][*][r] ──run──> records for the steps behind it
 *
 * A write belongs to its task's attempt until it succeeds. Lists live as long as the batch, so a
 * partition can be read by any number of tasks and attempts.
 *
 * Thread: writes of different parent partitions, and runs of different partitions, at once.
 */
#ifndef LEAT_EXEC_WIDE_H
#define LEAT_EXEC_WIDE_H

#include "exec/task.h"
#include "exec/terminal.h"
#include "record/murmur2.h"
#include "shuffle/record_list.h"

struct leat_wide_ops {
    bool combines;         /* Combined before it is written, by the node's combiner. */
    bool by_slot;          /* Partitions are made of whole slots of state. */
    bool by_record;        /* Its function works for a record: a bad one may be left out. */
    bool right_first;      /* When sorted, a key's right records come before its left ones. */
    bool keeps_partitions; /* Parent partition m becomes partition m. */
    bool folds;            /* Parent partition m becomes part of partition m % partitions. */
    bool spreads;          /* Round and round, whatever the keys. */
    bool gathers;    /* All is written to one list, from which each partition takes its own. */
    bool only_waits; /* Nothing is shuffled: it runs after its parent was computed. */
    /* Puts out partition task->root->partition: emits into the root's emitter, or pushes chunks to
     * its children, until the end or until task->stopped. */
    leat_status (*run)(struct leat_task *task, struct leat_wide *wide);
    /* A run failed; it may come again. May be NULL. */
    void (*abandon)(struct leat_wide *wide, int32_t partition);
};

/* Which operators are wide, and how; by wide/. */
typedef const struct leat_wide_ops *(*leat_wide_ops_fn)(enum leat_operator kind);

struct leat_wide {
    struct leat_rdd *rdd;
    const struct leat_wide_ops *ops;
    struct leat_terminal writes[2]; /* One for each parent. */
    struct leat_record_list *
        *lists[2]; /* The batch's: [side][parent partition] -> all its lists. */
    uint32_t partitions;
    uint32_t slots; /* Of state; by_slot. */
    bool ready;
    bool visited;           /* By the pass that is being planned. */
    int depth;              /* Passes until it is ready, from the one being planned on. */
    struct leat_wide *next; /* In the batch's list. */
};

/* Makes what a wide RDD needs; false when memory is out. Scheduler thread. */
bool leat_wide_attach(struct leat_rdd *rdd);

/* ---- shuffle_write.c ---- */

void leat_shuffle_write_init(struct leat_wide *wide, int side, struct leat_terminal *out);
/* Accepts NULL. */
void leat_shuffle_lists_release(struct leat_record_list *lists, uint32_t count);

/* ---- wide.c ---- */

/* Gives back what its lists hold; it can be computed again. */
void leat_wide_release(struct leat_wide *wide);

/* Where a key goes. hash: murmur2. */
uint32_t leat_wide_partition(const struct leat_wide *wide, uint32_t hash, leat_bytes key);

/* murmur2 of key, 0 for the null key. */
static inline uint32_t leat_key_hash(leat_bytes key)
{
    return key.data == NULL ? 0 : leat_murmur2(key);
}

/* Calls visit for each list of a partition, in the order of parent partitions. */
size_t leat_wide_list_count(const struct leat_wide *wide, int side);
const struct leat_record_list *leat_wide_list(const struct leat_wide *wide, int side, size_t index,
                                              int32_t partition);

/* All records of one side of a partition, one after the other. */
struct leat_wide_reader {
    const struct leat_wide *wide;
    int side;
    int32_t partition;
    size_t next_list;
    struct leat_record_reader reader;
    struct leat_chunk chunk;
    bool open;
};

void leat_wide_reader_init(struct leat_wide_reader *reader, const struct leat_wide *wide, int side,
                           int32_t partition);
/* The next records, views until the next call; chunk.count 0: the end. */
leat_status leat_wide_reader_next(struct leat_wide_reader *reader, leat_error *err);
void leat_wide_reader_release(struct leat_wide_reader *reader);

/* ---- for the runs of wide operators ---- */

/* A library's error, without a record, breaks the task. */
leat_status leat_wide_fail(struct leat_task *task, leat_status status, const leat_error *err);

/* Between two keys: LEAT_OK to go on; *out_stop true when nobody wants more. */
leat_status leat_wide_breathe(struct leat_task *task, bool *out_stop);

#endif
