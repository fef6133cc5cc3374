/*
 * aggregator: one combination a key: a hash table that a reducer combines into; beyond the budget
 * its content goes, as combinations, to a sorter, which brings equal keys together again.
 *
 * The reducers that the library knows (leat_sum_i64 ...) run without a call, on 8 bytes in the
 * table's own entry.
 *
 * Thread: its task's.
 */
#ifndef LEAT_SHUFFLE_AGGREGATOR_H
#define LEAT_SHUFFLE_AGGREGATOR_H

#include "leat/task.h"
#include "shuffle/budget.h"
#include "shuffle/spill_file.h"

/* How values become a combination. */
struct leat_combiner {
    leat_reduce_fn create;          /* First value into an empty buffer; NULL: copied. */
    leat_reduce_fn merge_value;     /* A further value. */
    leat_reduce_fn merge_combiners; /* Another combination. */
    leat_bytes zero;                /* has_zero: what a combination begins with. Borrowed. */
    bool has_zero;
    void *user;
};

/* Whether it works on 8 bytes by reducers that the library knows: no function is called. */
bool leat_combiner_is_numeric(const struct leat_combiner *combiner);

struct leat_aggregator;

struct leat_aggregator_options {
    struct leat_combiner combiner;
    leat_task *task;               /* For the reducers. Borrowed. */
    struct leat_budget *budget;    /* Borrowed. */
    struct leat_spill_file *spill; /* Borrowed. NULL: nothing is spilled; ask is_full. */
    size_t table_bytes_max;        /* Spilled, or full, beyond this too; 0: none. */
    size_t keys_max;               /* Full from so many on; 0: none. */
};

/* Takes little memory before the first add. Caller destroys *out. */
LEAT_MUST_CHECK leat_status leat_aggregator_create(const struct leat_aggregator_options *options,
                                                   struct leat_aggregator **out, leat_error *err);

/* One record's value, or with is_combination another aggregator's output. hash is murmur2 of the
 * key (0 for null). The status of a reducer that fails is returned as it is, and err is untouched:
 * its task has the sentence. */
LEAT_MUST_CHECK leat_status leat_aggregator_add(struct leat_aggregator *aggregator, uint32_t hash,
                                                const leat_record *record, bool is_combination,
                                                leat_error *err);

/* The same for many, and faster: it looks ahead. *out_added is how many went in; with an error the
 * one after them is at fault, and the rest may be added after it. */
LEAT_MUST_CHECK leat_status leat_aggregator_add_many(struct leat_aggregator *aggregator,
                                                     const uint32_t *hashes,
                                                     const leat_record *records, size_t count,
                                                     bool is_combination, size_t *out_added,
                                                     leat_error *err);

/* Without a spill file: holds as much as it should, and is to be read and reset. */
bool leat_aggregator_is_full(const struct leat_aggregator *aggregator);

/* A key's combination, with the latest timestamp of its records. */
struct leat_aggregate {
    uint32_t hash;
    leat_bytes key;
    leat_bytes value;
    int64_t timestamp_ms;
};

/* Everything was added. In the order keys came first while all is in memory, otherwise in
 * one that follows from the keys. *out_done true at the end. Views that live until the next call.
 */
LEAT_MUST_CHECK leat_status leat_aggregator_next(struct leat_aggregator *aggregator,
                                                 struct leat_aggregate *out, bool *out_done,
                                                 leat_error *err);

/* Forgets everything, for the next use. */
void leat_aggregator_reset(struct leat_aggregator *aggregator);

/* Keys in the table now, and records added since the last reset: how well it combines. */
size_t leat_aggregator_keys(const struct leat_aggregator *aggregator);
uint64_t leat_aggregator_added(const struct leat_aggregator *aggregator);

/* Accepts NULL. */
void leat_aggregator_destroy(struct leat_aggregator *aggregator);

#endif
