/*
 * merge: several sorted sources read as one: a tree of losers, so that each item costs as many
 * comparisons as the tree is deep.
 *
 * Sources are runs and, last because it came last, what is still in memory.
 *
 * Thread: one at a time.
 */
#ifndef LEAT_SHUFFLE_MERGE_H
#define LEAT_SHUFFLE_MERGE_H

#include "shuffle/order.h"
#include "shuffle/run.h"

struct leat_merge_source;

/* Zero-initialised it may be released. */
struct leat_merge {
    const struct leat_order *order;    /* Borrowed. */
    struct leat_merge_source *sources; /* Owned. */
    size_t *losers;                    /* Owned; losers[0] is the winner. */
    size_t count;
    bool started;
};

struct leat_merge_input {
    const struct leat_run *runs; /* Borrowed, as all here, until released; in order of arrival. */
    size_t run_count;
    const struct leat_sort_entry *entries; /* Sorted. */
    size_t entry_count;
    struct leat_budget *budget;
    struct leat_spill_file *spill;
};

LEAT_MUST_CHECK leat_status leat_merge_init(struct leat_merge *merge,
                                            const struct leat_order *order,
                                            const struct leat_merge_input *input, leat_error *err);

/* NULL at the end. Lives until the next call. */
LEAT_MUST_CHECK leat_status leat_merge_next(struct leat_merge *merge, const struct leat_item **out,
                                            leat_error *err);
void leat_merge_release(struct leat_merge *merge);

#endif
