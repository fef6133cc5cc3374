/*
 * state_sample: stores over a checkpoint as the stream opens them, and one key at a time.
 */
#ifndef LEAT_TESTS_STATE_SAMPLE_H
#define LEAT_TESTS_STATE_SAMPLE_H

#include "record/murmur2.h"
#include "state/store.h"
#include "tests/support/scratch.h"

static inline void sample_ok(leat_status status, const leat_error *err)
{
    if (status == LEAT_OK)
        return;
    fprintf(stderr, "status %d: %s\n", (int)status, err->message);
    CHECK(0);
}

static inline struct leat_stores *sample_stores(struct leat_checkpoint *checkpoint, uint32_t slots,
                                                size_t memory_bytes)
{
    struct leat_stores_options options = {checkpoint, slots, memory_bytes};
    struct leat_stores *stores;
    leat_error err;

    sample_ok(leat_stores_open(&options, &stores, &err), &err);
    return stores;
}

static inline struct leat_store *sample_declare(struct leat_stores *stores, const char *name)
{
    struct leat_store_definition definition = {name, "map_with_state", "string -> bytes",
                                               "job.c:7"};
    struct leat_store *store;
    leat_error err;

    sample_ok(leat_stores_declare(stores, &definition, &store, &err), &err);
    return store;
}

struct sample_place {
    struct leat_store *store;
    struct leat_stores *stores;
};

static inline uint32_t sample_hash(leat_bytes key)
{
    return key.data == NULL ? 0 : leat_murmur2(key);
}

static inline leat_status sample_put(const struct sample_place *at, leat_bytes key,
                                     leat_bytes value, leat_time time, leat_error *err)
{
    uint32_t hash = sample_hash(key);

    return leat_store_put(at->store, leat_stores_slot(at->stores, hash), hash, key, value, time,
                          err);
}

static inline leat_status sample_remove(const struct sample_place *at, leat_bytes key,
                                        leat_error *err)
{
    uint32_t hash = sample_hash(key);

    return leat_store_remove(at->store, leat_stores_slot(at->stores, hash), hash, key, err);
}

static inline struct leat_state_entry sample_get(const struct sample_place *at, leat_bytes key)
{
    uint32_t hash = sample_hash(key);
    struct leat_state_entry entry;
    leat_error err;

    sample_ok(
        leat_store_get(at->store, leat_stores_slot(at->stores, hash), hash, key, &entry, &err),
        &err);
    return entry;
}

#endif
