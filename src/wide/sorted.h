/*
 * sorted: a partition's records in the order of their keys, key by key: what groups, joins and
 * state read.
 *
 * Thread: its task's.
 */
#ifndef LEAT_WIDE_SORTED_H
#define LEAT_WIDE_SORTED_H

#include "exec/wide.h"
#include "shuffle/record_list.h"
#include "shuffle/sorter.h"

/* Reads all sides of the root's partition into a sorter; a record's tag is its side, or with
 * right_first the other one's number. Breaks the task on failure. Caller destroys *out. */
LEAT_MUST_CHECK leat_status leat_sorted_open(struct leat_task *task, struct leat_wide *wide,
                                             struct leat_sorter **out);

/* One key's records, as an iterator gives them; the record after them waits. */
struct leat_key_groups {
    struct leat_task *task;
    struct leat_sorter *sorter;
    struct leat_sorted ahead; /* The next record; its views live until the sorter moves. */
    bool done;                /* There is none. */
    struct leat_buffer key;   /* Of the group in work. */
    bool key_is_null;
    uint32_t hash;
};

/* The first record is read; false: there is none, or the task broke. */
LEAT_MUST_CHECK leat_status leat_key_groups_begin(struct leat_key_groups *groups,
                                                  struct leat_task *task,
                                                  struct leat_sorter *sorter);
void leat_key_groups_release(struct leat_key_groups *groups);

/* Takes the waiting record's key as the group in work. */
LEAT_MUST_CHECK leat_status leat_key_groups_enter(struct leat_key_groups *groups);
leat_bytes leat_key_groups_key(const struct leat_key_groups *groups);
/* The waiting record, with the key of the group in work, which outlives the sorter's step. */
leat_record leat_key_groups_record(const struct leat_key_groups *groups);

/* True when the waiting record is of the group in work and has this tag (-1: any). */
bool leat_key_groups_has(const struct leat_key_groups *groups, int tag);
/* Moves on to the next record. */
LEAT_MUST_CHECK leat_status leat_key_groups_step(struct leat_key_groups *groups);
/* Moves on behind the group's records with this tag, which list has then. Breaks the task on
 * failure. */
LEAT_MUST_CHECK leat_status leat_key_groups_keep(struct leat_key_groups *groups, int tag,
                                                 struct leat_record_list *list);

#endif
