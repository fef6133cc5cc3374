/* budget_test: the limit holds among threads. */
#include "shuffle/budget.h"

#include <pthread.h>

#include "tests/support/check.h"

static struct leat_budget budget;

static void what_is_taken_never_exceeds_the_limit(void)
{
    leat_budget_init(&budget, 100);
    CHECK(leat_budget_take(&budget, 60) && !leat_budget_take(&budget, 41));
    CHECK(leat_budget_take(&budget, 40) && !leat_budget_take(&budget, 1));
    CHECK(leat_budget_take(&budget, 0));
    leat_budget_give(&budget, 100);
    CHECK(!leat_budget_take(&budget, SIZE_MAX) && atomic_load(&budget.used_bytes) == 0);
}

static void force_goes_beyond_it_and_then_nothing_is_free(void)
{
    leat_budget_init(&budget, 100);
    leat_budget_force(&budget, 150);
    CHECK(!leat_budget_take(&budget, 1));
    leat_budget_give(&budget, 51);
    CHECK(leat_budget_take(&budget, 1) && !leat_budget_take(&budget, 1));
    leat_budget_give(&budget, 100);
}

enum { THREADS = 4, ROUNDS = 100000 };

static void *take_and_give(void *context)
{
    size_t *taken = context;

    for (int i = 0; i < ROUNDS; i++)
        if (leat_budget_take(&budget, 30)) {
            CHECK(atomic_load(&budget.used_bytes) <= 100);
            leat_budget_give(&budget, 30);
            ++*taken;
        }
    return NULL;
}

static void threads_share_it(void)
{
    pthread_t threads[THREADS];
    size_t taken[THREADS] = {0};

    leat_budget_init(&budget, 100);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, take_and_give, &taken[i]) == 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        CHECK(taken[i] > 0);
    }
    CHECK(atomic_load(&budget.used_bytes) == 0);
}

static const struct check_case cases[] = {
    CHECK_CASE(what_is_taken_never_exceeds_the_limit),
    CHECK_CASE(force_goes_beyond_it_and_then_nothing_is_free),
    CHECK_CASE(threads_share_it),
};
CHECK_MAIN(cases)
