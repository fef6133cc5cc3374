/*
 * budget: how much what a batch holds may take of memory, beyond which its holders spill.
 *
 * Holders take and give in blocks of tens of kilobytes, not per record.
 *
 * Thread: any.
 */
#ifndef LEAT_SHUFFLE_BUDGET_H
#define LEAT_SHUFFLE_BUDGET_H

#include <stdatomic.h>

#include "base/status.h"

/* A holder takes its memory in blocks of at most BLOCK, the first ones smaller; one that holds less
 * than FLOOR goes on by force, because what it could spill would not be worth a run. */
enum { LEAT_BUDGET_BLOCK_BYTES = 64 << 10, LEAT_BUDGET_FLOOR_BYTES = 256 << 10 };

struct leat_budget {
    atomic_size_t used_bytes;
    size_t limit_bytes;
};

void leat_budget_init(struct leat_budget *budget, size_t limit_bytes);

/* False when it would exceed the limit: spill something, then leat_budget_force what is needed to
 * go on at all (one block). */
bool leat_budget_take(struct leat_budget *budget, size_t bytes);
void leat_budget_force(struct leat_budget *budget, size_t bytes);
void leat_budget_give(struct leat_budget *budget, size_t bytes);

/* More was forced than fits. */
bool leat_budget_is_exceeded(const struct leat_budget *budget);

#endif
