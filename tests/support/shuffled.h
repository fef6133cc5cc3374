/*
 * shuffled: what the tests of src/shuffle share: a budget with a spill file in a directory of its
 * own, and numbers and keys that are the same in every run.
 */
#ifndef LEAT_TESTS_SHUFFLED_H
#define LEAT_TESTS_SHUFFLED_H

#include "shuffle/budget.h"
#include "shuffle/spill_file.h"
#include "tests/support/scratch.h"

static leat_error err;
static struct leat_budget budget;
static struct leat_spill_file *spill;
static char spill_directory[PATH_MAX];

static inline void shuffled_begin(size_t limit_bytes)
{
    scratch_make(spill_directory);
    CHECK_OK(leat_spill_file_create(spill_directory, &spill, &err));
    leat_budget_init(&budget, limit_bytes);
}

/* All that was taken must have been given back. */
static inline void shuffled_end(void)
{
    CHECK(atomic_load(&budget.used_bytes) == 0);
    leat_spill_file_destroy(spill);
    scratch_remove(spill_directory);
}

static inline int says(const char *words)
{
    return strstr(err.message, words) != NULL;
}

/* splitmix64 */
static inline uint64_t random_next(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15U);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

static inline uint64_t random_below(uint64_t *state, uint64_t bound)
{
    return random_next(state) % bound;
}

/* Mostly small, sometimes null, empty or of some size up to most. text_pool has most bytes. */
static inline leat_bytes random_bytes(uint64_t *state, const char *pool, size_t most)
{
    uint64_t kind = random_below(state, 100);
    size_t size = (size_t)random_below(state, kind < 2 ? most : 24);

    if (kind == 98)
        return (leat_bytes){NULL, 0};
    if (kind == 99)
        size = 0;
    return (leat_bytes){pool + random_below(state, most - size), size};
}

/* Null first, then as memcmp, the shorter one first. */
static inline int compare_bytes(leat_bytes a, leat_bytes b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order;

    if (a.data == NULL || b.data == NULL)
        return (a.data != NULL) - (b.data != NULL);
    order = common == 0 ? 0 : memcmp(a.data, b.data, common);
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

#endif
