/*
 * order: which item comes before which, and the sorting of those in memory.
 *
 * By hash it is a radix sort of (hash, pointer), and only items of one hash are looked at; by a
 * compare function it is a merge sort. Both keep the order of what is equal.
 *
 * Thread: any.
 */
#ifndef LEAT_SHUFFLE_ORDER_H
#define LEAT_SHUFFLE_ORDER_H

#include "shuffle/item.h"

struct leat_order {
    leat_compare_fn compare; /* NULL: by hash. */
    void *context;
    bool descending;
};

struct leat_sort_entry {
    uint32_t hash;
    const struct leat_item *item; /* Borrowed. */
};

/* Null before all others, then as memcmp, the shorter one first. */
int leat_key_compare(leat_bytes a, leat_bytes b);

/* < 0, 0, > 0; 0 is left to the order of arrival. */
int leat_order_compare(const struct leat_order *order, const struct leat_item *a,
                       const struct leat_item *b);

/* scratch has room for count entries. Returns entries or scratch: where the sorted ones are. */
struct leat_sort_entry *leat_order_sort(const struct leat_order *order,
                                        struct leat_sort_entry *entries,
                                        struct leat_sort_entry *scratch, size_t count);

#endif
