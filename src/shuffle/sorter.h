/*
 * sorter: records in the order of their keys, however many: sorted runs in memory, spilled beyond
 * the budget, merged while they are read.
 *
 * Without compare the order is by hash, then the key's bytes, then tag, then arrival: what grouping
 * needs, and the cheapest. With compare it is by that, then arrival. A null key is before all
 * others and not equal to the empty one.
 *
 * Thread: one at a time.
 */
#ifndef LEAT_SHUFFLE_SORTER_H
#define LEAT_SHUFFLE_SORTER_H

#include "shuffle/budget.h"
#include "shuffle/spill_file.h"

struct leat_sorter;

/* < 0, 0, > 0 as memcmp; keys are not null. */
typedef int (*leat_compare_fn)(leat_bytes a, leat_bytes b, void *context);

struct leat_sorter_options {
    struct leat_budget *budget;    /* Borrowed. */
    struct leat_spill_file *spill; /* Borrowed. */
    leat_compare_fn compare;       /* NULL: by hash. */
    void *compare_context;
    bool descending; /* With compare; null then comes last. */
};

struct leat_sorted {
    uint32_t hash;
    uint32_t tag; /* The adder's own, 0 to 255. */
    leat_bytes key;
    leat_bytes value;
    int64_t timestamp_ms;
};

/* Caller destroys *out. */
LEAT_MUST_CHECK leat_status leat_sorter_create(const struct leat_sorter_options *options,
                                               struct leat_sorter **out, leat_error *err);

/* Copies. */
LEAT_MUST_CHECK leat_status leat_sorter_add(struct leat_sorter *sorter,
                                            const struct leat_sorted *record, leat_error *err);

/* Nothing is added afterwards. */
LEAT_MUST_CHECK leat_status leat_sorter_finish(struct leat_sorter *sorter, leat_error *err);

/* The next record; *out_done true, and out untouched, at the end. Views that live until the next
 * call. */
LEAT_MUST_CHECK leat_status leat_sorter_next(struct leat_sorter *sorter, struct leat_sorted *out,
                                             bool *out_done, leat_error *err);

uint64_t leat_sorter_count(const struct leat_sorter *sorter);

/* Accepts NULL. */
void leat_sorter_destroy(struct leat_sorter *sorter);

#endif
