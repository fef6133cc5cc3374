/*
 * held_state: how much of the memory the keyed state of a job by leat_test_* holds.
 */
#ifndef LEAT_TESTS_HELD_STATE_H
#define LEAT_TESTS_HELD_STATE_H

#include "graph/context.h"
#include "leat/test.h"
#include "state/store_internal.h"
#include "stream/engine_internal.h"

static inline struct leat_state_budget *held_state_budget(leat_test *test)
{
    return &leat_test_context(test)->engine->stores->budget;
}

static inline size_t held_state_bytes(leat_test *test)
{
    return atomic_load(&held_state_budget(test)->held_bytes);
}

static inline size_t held_state_limit(leat_test *test)
{
    return held_state_budget(test)->limit_bytes;
}

#endif
