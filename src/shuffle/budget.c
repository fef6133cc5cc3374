/* budget: see budget.h. */
#include "shuffle/budget.h"

#include <assert.h>

void leat_budget_init(struct leat_budget *budget, size_t limit_bytes)
{
    atomic_init(&budget->used_bytes, 0);
    budget->limit_bytes = limit_bytes;
}

bool leat_budget_take(struct leat_budget *budget, size_t bytes)
{
    size_t used = atomic_load_explicit(&budget->used_bytes, memory_order_relaxed);

    do {
        if (used > budget->limit_bytes || bytes > budget->limit_bytes - used)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&budget->used_bytes, &used, used + bytes,
                                                    memory_order_relaxed, memory_order_relaxed));
    return true;
}

void leat_budget_force(struct leat_budget *budget, size_t bytes)
{
    atomic_fetch_add_explicit(&budget->used_bytes, bytes, memory_order_relaxed);
}

void leat_budget_give(struct leat_budget *budget, size_t bytes)
{
    size_t before = atomic_fetch_sub_explicit(&budget->used_bytes, bytes, memory_order_relaxed);

    assert(before >= bytes);
    (void)before;
}

bool leat_budget_is_exceeded(const struct leat_budget *budget)
{
    return atomic_load_explicit(&budget->used_bytes, memory_order_relaxed) > budget->limit_bytes;
}
