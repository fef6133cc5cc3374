/* aggregator_test: what sorted arrays of the same records come to, in memory and spilled. */
#include "shuffle/aggregator.h"

#include "shuffle/table.h"
#include "tests/support/aggregated.h"

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t greatest(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void in_memory_results_come_in_the_order_of_keys(void)
{
    struct leat_aggregator *aggregator;

    make_samples(RECORDS, 30000);
    fold_samples(RECORDS, add);
    shuffled_begin(AMPLE);
    aggregator = create(reducer(leat_sum_i64), 0);
    CHECK(atomic_load(&budget.used_bytes) == 0);
    add_samples(aggregator, RECORDS);
    CHECK(leat_aggregator_keys(aggregator) == wanted_count);
    CHECK(!leat_aggregator_is_full(aggregator) && leat_spill_file_bytes(spill) == 0);
    check_results(aggregator, true);
    leat_aggregator_destroy(aggregator);
    shuffled_end();
    free_samples();
}

static void every_known_reducer_combines(void)
{
    static const struct {
        leat_reduce_fn fn;
        int64_t (*fold)(int64_t, int64_t);
    } known[] = {{leat_sum_i64, add}, {leat_min_i64, least}, {leat_max_i64, greatest}};

    make_samples(50000, 5000);
    for (size_t i = 0; i < 6; i++) {
        struct leat_aggregator *aggregator;

        fold_samples(50000, known[i / 2].fold);
        shuffled_begin(i % 2 == 0 ? AMPLE : 0);
        aggregator = create(reducer(known[i / 2].fn), 0);
        add_samples(aggregator, 50000);
        CHECK((leat_spill_file_bytes(spill) > 0) == (i % 2 == 1));
        check_results(aggregator, i % 2 == 0);
        leat_aggregator_destroy(aggregator);
        shuffled_end();
    }
    free_samples();
}

/* Whole numbers, so that their sum does not depend on the order. */
static void floats_are_summed(void)
{
    struct leat_aggregator *aggregator;
    struct leat_aggregate result;
    double expected = 0;
    bool done;

    shuffled_begin(AMPLE);
    aggregator = create(reducer(leat_sum_f64), 0);
    for (int i = 0; i < 1000; i++) {
        double number = i * 0.5;
        leat_record record = {.key = leat_string("k"), .value = {(char *)&number, sizeof number}};

        expected += number;
        CHECK_OK(leat_aggregator_add(aggregator, 1, &record, i % 2 == 0, &err));
    }
    CHECK_OK(leat_aggregator_next(aggregator, &result, &done, &err));
    CHECK(!done && leat_f64(result.value) == expected);
    leat_aggregator_destroy(aggregator);
    shuffled_end();
}

static void spilled_tables_are_merged(void)
{
    static const struct {
        size_t limit, table_bytes_max;
    } limits[] = {{0, 0}, {1 << 20, 0}, {AMPLE, 300 << 10}, {AMPLE, 1}};

    make_samples(RECORDS, 100000);
    fold_samples(RECORDS, add);
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        size_t count = i == 3 ? 500 : RECORDS; /* Every key a run. */
        struct leat_aggregator *aggregator;

        fold_samples(count, add);
        shuffled_begin(limits[i].limit);
        aggregator = create(reducer(leat_sum_i64), limits[i].table_bytes_max);
        add_samples(aggregator, count);
        CHECK(leat_spill_file_bytes(spill) > 0);
        check_results(aggregator, false);
        leat_aggregator_destroy(aggregator);
        shuffled_end();
    }
    free_samples();
}

/* One hash for all, hashes whose tags are the last of all, and the first. */
static void keys_of_one_hash_are_kept_apart(void)
{
    make_samples(3000, 300);
    for (size_t i = 0; i < 6; i++) {
        struct leat_aggregator *aggregator;

        for (size_t k = 0; k < 3000; k++) {
            uint32_t of_key = samples[k].key.size == 0 ? 0 : (unsigned char)samples[k].key.data[0];

            samples[k].hash = i / 2 == 0 ? 77 : leat_key_table_hash(i / 2 == 1 ? ~of_key : of_key);
        }
        fold_samples(3000, add);
        shuffled_begin(AMPLE);
        aggregator = create(reducer(leat_sum_i64), i % 2 == 0 ? 0 : 12 << 10);
        add_samples(aggregator, 3000);
        CHECK((leat_spill_file_bytes(spill) > 0) == (i % 2 == 1));
        check_results(aggregator, i % 2 == 0);
        leat_aggregator_destroy(aggregator);
        shuffled_end();
    }
    free_samples();
}

static void tags_are_hashes_mixed(void)
{
    uint64_t seed = 1;

    for (int i = 0; i < 1000; i++) {
        uint32_t hash = (uint32_t)random_next(&seed);

        CHECK(leat_key_table_hash(leat_key_table_tag(hash)) == hash);
    }
}

/* ---- reducers of our own ---- */

/* Sum and count; a value is a number. */
struct mean {
    int64_t sum;
    int64_t count;
};

static leat_status set_mean(leat_buffer *into, struct mean mean)
{
    return leat_buffer_set(into, (leat_bytes){(const char *)&mean, sizeof mean});
}

static struct mean get_mean(leat_bytes bytes)
{
    struct mean mean;

    CHECK(bytes.data != NULL && bytes.size == sizeof mean);
    memcpy(&mean, bytes.data, sizeof mean);
    return mean;
}

static leat_status mean_create(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    (void)task;
    CHECK(leat_buffer_view(into).data == NULL && user == &samples);
    return set_mean(into, (struct mean){leat_i64(value), 1});
}

static leat_status mean_add(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    struct mean mean = get_mean(leat_buffer_view(into));

    (void)task;
    CHECK(user == &samples);
    return set_mean(into, (struct mean){mean.sum + leat_i64(value), mean.count + 1});
}

static leat_status mean_merge(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    struct mean mean = get_mean(leat_buffer_view(into));
    struct mean other = get_mean(value);

    (void)task;
    CHECK(user == &samples);
    return set_mean(into, (struct mean){mean.sum + other.sum, mean.count + other.count});
}

/* The map side's output into the reduce side. */
static void combinations_are_combined(struct leat_combiner combiner, size_t limit)
{
    struct leat_aggregator *parts[3], *whole;

    shuffled_begin(limit);
    whole = create(combiner, 0);
    for (size_t p = 0; p < 3; p++) {
        struct leat_aggregate result;
        bool done;

        parts[p] = create(combiner, 0);
        for (size_t i = p; i < 60000; i += 3)
            CHECK_OK(add_sample(parts[p], &samples[i]));
        for (;;) {
            CHECK_OK(leat_aggregator_next(parts[p], &result, &done, &err));
            if (done)
                break;
            CHECK_OK(leat_aggregator_add(whole, result.hash,
                                         &(leat_record){.key = result.key,
                                                        .value = result.value,
                                                        .timestamp_ms = result.timestamp_ms},
                                         true, &err));
        }
        leat_aggregator_destroy(parts[p]);
    }
    check_results(whole, false);
    leat_aggregator_destroy(whole);
    shuffled_end();
}

static void combiners_create_add_and_merge(void)
{
    static const struct mean zero = {0, 0};
    static const int64_t number_zero = 0;
    const struct leat_combiner mean = {.create = mean_create,
                                       .merge_value = mean_add,
                                       .merge_combiners = mean_merge,
                                       .user = &samples};
    struct leat_combiner from_zero = mean;
    struct leat_combiner sum_from_zero = reducer(leat_sum_i64);

    from_zero.create = NULL;
    from_zero.has_zero = true;
    from_zero.zero = (leat_bytes){(const char *)&zero, sizeof zero};
    sum_from_zero.has_zero = true;
    sum_from_zero.zero = number_view(&number_zero);
    make_samples(60000, 20000);
    fold_samples(60000, add);
    for (size_t limit = 0; limit <= AMPLE; limit += AMPLE) {
        combinations_are_combined(mean, limit);
        combinations_are_combined(from_zero, limit);
        combinations_are_combined(sum_from_zero, limit);
        combinations_are_combined(reducer(leat_sum_i64), limit);
    }
    free_samples();
}

/* A zero of another size than numbers have, which leat_sum_i64 then refuses. */
static void a_zero_of_another_size_is_refused(void)
{
    struct leat_combiner combiner = reducer(leat_sum_i64);
    struct leat_aggregator *aggregator;
    struct sample sample = {.key = {"k", 1}, .number = 1};

    combiner.has_zero = true;
    combiner.zero = leat_string("0");
    shuffled_begin(AMPLE);
    aggregator = create(combiner, 0);
    CHECK(add_sample(aggregator, &sample) == LEAT_BAD_RECORD);
    leat_aggregator_destroy(aggregator);
    shuffled_end();
}

/* Values null, empty, small and of up to a megabyte, whose combinations move as they grow. */
static void values_of_any_size_are_combined(void)
{
    static const size_t limits[] = {1 << 20, 2 << 20, AMPLE};
    enum { COUNT = 20000, KEYS = 700 };

    make_samples(1, 1);
    for (size_t l = 0; l < 3; l++) {
        static leat_bytes best[KEYS];
        static bool seen[KEYS];
        struct leat_aggregator *aggregator;
        struct leat_aggregate result;
        uint64_t seed = 9;
        size_t count = 0;
        bool done = false;

        memset(best, 0, sizeof best);
        memset(seen, 0, sizeof seen);
        shuffled_begin(limits[l]);
        aggregator = create(reducer(longest), 0);
        for (size_t i = 0; i < COUNT; i++) {
            int64_t k = (int64_t)random_below(&seed, KEYS);
            size_t most = i % 1000 == 0 ? POOL : i % 50 == 0 ? 20000 : 100;
            leat_bytes value = random_bytes(&seed, pool, most);
            leat_record record = {.key = number_view(&k), .value = value, .timestamp_ms = -1};

            if (i % 1000 == 0)
                value.size = record.value.size =
                    value.data == NULL ? 0 : POOL - (size_t)(value.data - pool);
            CHECK_OK(leat_aggregator_add(aggregator, leat_murmur2(record.key), &record, i % 3 == 0,
                                         &err));
            if (!seen[k] || best[k].size < value.size ||
                (best[k].size == value.size && compare_bytes(best[k], value) < 0))
                best[k] = value;
            count += !seen[k];
            seen[k] = true;
        }
        CHECK((leat_spill_file_bytes(spill) > 0) == (l < 2));
        for (;;) {
            CHECK_OK(leat_aggregator_next(aggregator, &result, &done, &err));
            if (done)
                break;
            CHECK(leat_bytes_equal(result.value, best[leat_i64(result.key)]));
            CHECK(seen[leat_i64(result.key)] && result.timestamp_ms == -1);
            seen[leat_i64(result.key)] = false;
            count--;
        }
        CHECK(count == 0);
        leat_aggregator_destroy(aggregator);
        shuffled_end();
    }
    free_samples();
}

static const struct check_case cases[] = {
    CHECK_CASE(in_memory_results_come_in_the_order_of_keys),
    CHECK_CASE(every_known_reducer_combines),
    CHECK_CASE(floats_are_summed),
    CHECK_CASE(spilled_tables_are_merged),
    CHECK_CASE(keys_of_one_hash_are_kept_apart),
    CHECK_CASE(tags_are_hashes_mixed),
    CHECK_CASE(combiners_create_add_and_merge),
    CHECK_CASE(a_zero_of_another_size_is_refused),
    CHECK_CASE(values_of_any_size_are_combined),
};
CHECK_MAIN(cases)
