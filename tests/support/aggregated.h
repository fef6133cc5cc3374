/*
 * aggregated: what the tests of the aggregator share: records with numbers, what sorted arrays of
 * them come to, and the comparison of results with that.
 */
#ifndef LEAT_TESTS_AGGREGATED_H
#define LEAT_TESTS_AGGREGATED_H

#include "base/memory.h"
#include "record/murmur2.h"
#include "shuffle/aggregator.h"
#include "tests/support/shuffled.h"
#include "tests/support/task_stand_in.h"

enum { RECORDS = 200000, POOL = 1 << 20, AMPLE = 1 << 30 };

/* One record, or one result. */
struct sample {
    uint32_t hash;
    leat_bytes key;
    int64_t number;
    int64_t timestamp_ms;
    size_t arrival;
};

static char pool[POOL];
static struct sample *samples;
static struct sample *wanted; /* By key. */
static size_t wanted_count;

static inline int by_key_and_arrival(const void *a, const void *b)
{
    const struct sample *left = a;
    const struct sample *right = b;
    int order = compare_bytes(left->key, right->key);

    return order != 0 ? order : (left->arrival > right->arrival) - (left->arrival < right->arrival);
}

static inline int by_arrival(const void *a, const void *b)
{
    const struct sample *left = a;
    const struct sample *right = b;

    return (left->arrival > right->arrival) - (left->arrival < right->arrival);
}

/* The longer one; of equal ones the greater. */
static inline leat_status longest(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    leat_bytes before = leat_buffer_view(into);

    (void)task;
    (void)user;
    if (before.size > value.size ||
        (before.size == value.size && compare_bytes(before, value) >= 0))
        return LEAT_OK;
    return leat_buffer_set(into, value);
}

static inline leat_bytes number_view(const int64_t *number)
{
    return (leat_bytes){(const char *)number, sizeof *number};
}

static inline void make_samples(size_t count, size_t keys)
{
    uint64_t seed = 5;

    for (size_t i = 0; i < POOL; i++)
        pool[i] = (char)random_next(&seed);
    samples = leat_alloc(count, sizeof *samples);
    wanted = leat_alloc(count, sizeof *wanted);
    CHECK(samples != NULL && wanted != NULL);
    for (size_t i = 0; i < count; i++) {
        uint64_t which = random_below(&seed, keys);
        leat_bytes key = {pool + which * 4, which % 24 + 4};

        if (which == 1)
            key = (leat_bytes){NULL, 0};
        if (which == 2)
            key = (leat_bytes){"", 0};
        if (which == 3 || which == 4)
            key.size = 65536;
        samples[i] = (struct sample){.hash = key.data == NULL ? 0 : leat_murmur2(key),
                                     .key = key,
                                     .number = (int64_t)random_below(&seed, 2000) - 1000,
                                     .timestamp_ms = (int64_t)random_below(&seed, 1000000) - 1,
                                     .arrival = i};
    }
}

static inline void free_samples(void)
{
    leat_free(samples);
    leat_free(wanted);
}

/* wanted: one for each key, with the first's arrival, combined by fold. */
static inline void fold_samples(size_t count, int64_t (*fold)(int64_t, int64_t))
{
    memcpy(wanted, samples, count * sizeof *wanted);
    qsort(wanted, count, sizeof *wanted, by_key_and_arrival);
    wanted_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct sample *last = wanted_count == 0 ? NULL : &wanted[wanted_count - 1];

        if (last == NULL || compare_bytes(last->key, wanted[i].key) != 0) {
            wanted[wanted_count++] = wanted[i];
            continue;
        }
        last->number = fold(last->number, wanted[i].number);
        if (wanted[i].timestamp_ms > last->timestamp_ms)
            last->timestamp_ms = wanted[i].timestamp_ms;
    }
}

static inline int64_t add(int64_t a, int64_t b)
{
    return a + b;
}

static inline struct leat_aggregator *create(struct leat_combiner combiner, size_t table_bytes_max)
{
    struct leat_aggregator *aggregator;

    CHECK_OK(leat_aggregator_create(
        &(struct leat_aggregator_options){.combiner = combiner,
                                          .budget = &budget,
                                          .spill = spill,
                                          .table_bytes_max = table_bytes_max},
        &aggregator, &err));
    return aggregator;
}

static inline struct leat_combiner reducer(leat_reduce_fn fn)
{
    return (struct leat_combiner){.merge_value = fn, .merge_combiners = fn};
}

static inline leat_record record_of(const struct sample *sample)
{
    return (leat_record){.key = sample->key,
                         .value = number_view(&sample->number),
                         .timestamp_ms = sample->timestamp_ms};
}

static inline leat_status add_sample(struct leat_aggregator *aggregator,
                                     const struct sample *sample)
{
    leat_record record = record_of(sample);

    return leat_aggregator_add(aggregator, sample->hash, &record, false, &err);
}

static inline void add_samples(struct leat_aggregator *aggregator, size_t count)
{
    for (size_t i = 0; i < count; i++)
        CHECK_OK(add_sample(aggregator, &samples[i]));
    CHECK(leat_aggregator_added(aggregator) == count);
}

/* In the order of wanted when in_order, otherwise in any. The number is the value's first. */
static inline void check_results(struct leat_aggregator *aggregator, bool in_order)
{
    struct sample *got = leat_alloc(wanted_count, sizeof *got);
    char **keys = leat_alloc(wanted_count, sizeof *keys);
    struct leat_aggregate result;
    bool done = false;

    CHECK(got != NULL && keys != NULL);
    for (size_t i = 0; i < wanted_count; i++) {
        CHECK_OK(leat_aggregator_next(aggregator, &result, &done, &err));
        CHECK(!done && result.value.size >= sizeof got[i].number);
        keys[i] = leat_alloc(1, result.key.size + 1);
        CHECK(keys[i] != NULL);
        if (result.key.size > 0)
            memcpy(keys[i], result.key.data, result.key.size);
        got[i].hash = result.hash;
        got[i].key = (leat_bytes){result.key.data == NULL ? NULL : keys[i], result.key.size};
        memcpy(&got[i].number, result.value.data, sizeof got[i].number);
        got[i].timestamp_ms = result.timestamp_ms;
    }
    CHECK_OK(leat_aggregator_next(aggregator, &result, &done, &err));
    CHECK(done);
    qsort(wanted, wanted_count, sizeof *wanted, in_order ? by_arrival : by_key_and_arrival);
    if (!in_order)
        qsort(got, wanted_count, sizeof *got, by_key_and_arrival);
    for (size_t i = 0; i < wanted_count; i++) {
        CHECK(got[i].hash == wanted[i].hash && leat_bytes_equal(got[i].key, wanted[i].key));
        CHECK(got[i].number == wanted[i].number);
        CHECK(got[i].timestamp_ms == wanted[i].timestamp_ms);
    }
    for (size_t i = 0; i < wanted_count; i++)
        leat_free(keys[i]);
    leat_free(keys);
    leat_free(got);
}

#endif
