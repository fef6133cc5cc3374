/*
 * state_fixture: one store over a checkpoint of its own, and its batches as the ledger ends them.
 */
#ifndef LEAT_TESTS_STATE_FIXTURE_H
#define LEAT_TESTS_STATE_FIXTURE_H

#include "tests/support/state_sample.h"

enum { FIXTURE_SLOTS = 4 };

struct fixture {
    char root[PATH_MAX];
    size_t memory_bytes;
    struct leat_checkpoint *checkpoint;
    struct leat_stores *stores;
    struct sample_place at;
    int64_t n;
};

static inline void fixture_open(struct fixture *fixture)
{
    CHECK_OK(leat_checkpoint_open(fixture->root, &fixture->checkpoint, NULL));
    fixture->stores = sample_stores(fixture->checkpoint, FIXTURE_SLOTS, fixture->memory_bytes);
    fixture->at = (struct sample_place){sample_declare(fixture->stores, "it"), fixture->stores};
}

static inline void fixture_start(struct fixture *fixture, size_t memory_bytes)
{
    *fixture = (struct fixture){.memory_bytes = memory_bytes};
    scratch_make(fixture->root);
    fixture_open(fixture);
}

static inline void fixture_close(struct fixture *fixture)
{
    leat_stores_destroy(fixture->stores);
    leat_checkpoint_close(fixture->checkpoint);
}

static inline void fixture_reopen(struct fixture *fixture)
{
    fixture_close(fixture);
    fixture_open(fixture);
}

static inline void fixture_finish(struct fixture *fixture)
{
    fixture_close(fixture);
    scratch_remove(fixture->root);
}

static inline void fixture_write_delta(struct fixture *fixture)
{
    CHECK_OK(leat_checkpoint_begin(fixture->checkpoint, NULL));
    CHECK_OK(leat_stores_fold(fixture->stores, fixture->n, NULL));
    CHECK_OK(leat_stores_write_delta(fixture->stores, ++fixture->n, NULL));
    CHECK_OK(leat_checkpoint_commit(fixture->checkpoint, NULL));
    leat_stores_folded(fixture->stores);
    leat_stores_accept(fixture->stores);
}

static inline void fixture_fold(struct fixture *fixture)
{
    CHECK_OK(leat_checkpoint_begin(fixture->checkpoint, NULL));
    CHECK_OK(leat_stores_fold(fixture->stores, fixture->n, NULL));
    CHECK_OK(leat_checkpoint_commit(fixture->checkpoint, NULL));
    leat_stores_folded(fixture->stores);
}

static inline void fixture_commit(struct fixture *fixture)
{
    fixture_write_delta(fixture);
    fixture_fold(fixture);
    CHECK_OK(leat_stores_apply(fixture->stores, true, NULL));
}

static inline void fixture_put(struct fixture *fixture, leat_bytes key, const char *value)
{
    CHECK_OK(sample_put(&fixture->at, key, leat_string(value), 5, NULL));
}

static inline void fixture_check(struct fixture *fixture, leat_bytes key, const char *value)
{
    CHECK(leat_bytes_equal(sample_get(&fixture->at, key).value, leat_string(value)));
}

static inline void number_key(char out[16], int i)
{
    snprintf(out, 16, "%08d", i);
}

#endif
