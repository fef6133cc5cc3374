/* aggregator_limits_test: bad records, hot keys, full tables, full disks, and no memory. */
#include "shuffle/aggregator.h"

#include <sys/mount.h>

#include "tests/support/aggregated.h"

static leat_status concatenate(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    leat_bytes before = leat_buffer_view(into);
    char *both = leat_alloc(1, before.size + value.size + 1);
    leat_status status = LEAT_NO_MEMORY;

    (void)task;
    (void)user;
    if (both == NULL)
        return status;
    if (before.size > 0)
        memcpy(both, before.data, before.size);
    memcpy(both + before.size, value.data, value.size);
    status = leat_buffer_set(into, (leat_bytes){both, before.size + value.size});
    leat_free(both);
    return status;
}

static leat_status add_text(struct leat_aggregator *aggregator, const char *key, leat_bytes value)
{
    leat_record record = {.key = leat_string(key), .value = value};

    return leat_aggregator_add(aggregator, leat_murmur2(record.key), &record, false, &err);
}

/* Beyond the budget it is spilled in pieces and comes back whole. */
static void a_hot_key_grows(void)
{
    enum { PIECES = 3000, PIECE = 500 };
    struct leat_aggregator *aggregator;
    struct leat_aggregate result;
    bool done;

    make_samples(1, 1);
    shuffled_begin(2 << 20);
    CHECK(leat_budget_take(&budget, 2 << 20)); /* Somebody else has it all. */
    aggregator = create(reducer(concatenate), 0);
    for (size_t i = 0; i < PIECES; i++) {
        CHECK_OK(add_text(aggregator, "hot", (leat_bytes){pool, PIECE}));
        if (i % 10 == 0)
            CHECK_OK(add_text(aggregator, "cold", leat_string("x")));
    }
    CHECK(leat_spill_file_bytes(spill) > 0);
    for (int i = 0; i < 2; i++) {
        CHECK_OK(leat_aggregator_next(aggregator, &result, &done, &err));
        CHECK(!done);
        if (leat_bytes_equal(result.key, leat_string("cold"))) {
            CHECK(result.value.size == PIECES / 10);
            continue;
        }
        CHECK(result.value.size == (size_t)PIECES * PIECE);
        for (size_t k = 0; k < PIECES; k++)
            CHECK(memcmp(result.value.data + k * PIECE, pool, PIECE) == 0);
    }
    CHECK_OK(leat_aggregator_next(aggregator, &result, &done, &err));
    CHECK(done);
    leat_aggregator_destroy(aggregator);
    leat_budget_give(&budget, 2 << 20);
    shuffled_end();
    free_samples();
}

static void a_combination_beyond_the_memory_limit_is_refused(void)
{
    struct leat_aggregator *aggregator;
    leat_status status = LEAT_OK;
    int added = 0;

    make_samples(1, 1);
    shuffled_begin(1 << 20);
    aggregator = create(reducer(concatenate), 0);
    while (status == LEAT_OK && added < 100) {
        status = add_text(aggregator, "hot", (leat_bytes){pool, 100000});
        added += status == LEAT_OK;
    }
    CHECK(status == LEAT_LIMIT || added == 100);
    if (status == LEAT_OK) {
        struct leat_aggregate result;
        bool done;

        status = leat_aggregator_next(aggregator, &result, &done, &err);
    }
    CHECK(status == LEAT_LIMIT && says("leat.memory.limit") && says("one key"));
    leat_aggregator_destroy(aggregator);
    shuffled_end();
    free_samples();
}

/* ---- errors ---- */

static void a_bad_record_leaves_its_key_as_it_was(void)
{
    static const int64_t numbers[] = {INT64_MAX, 1, -5};
    struct leat_aggregator *aggregator;
    struct leat_aggregate result;
    bool done;

    shuffled_begin(AMPLE);
    aggregator = create(reducer(leat_sum_i64), 0);
    err.message[0] = '\0';
    CHECK(add_text(aggregator, "k", leat_string("1234567")) == LEAT_BAD_RECORD);
    CHECK(strstr(task_sentence.message, "7 bytes") != NULL && err.message[0] == '\0');
    CHECK(add_text(aggregator, "k", leat_string(NULL)) == LEAT_BAD_RECORD);
    CHECK(leat_aggregator_keys(aggregator) == 0);
    CHECK_OK(add_text(aggregator, "k", number_view(&numbers[0])));
    CHECK(add_text(aggregator, "k", number_view(&numbers[1])) == LEAT_LIMIT);
    CHECK(strstr(task_sentence.message, "beyond 64 bits") != NULL && err.message[0] == '\0');
    CHECK_OK(add_text(aggregator, "k", number_view(&numbers[2])));
    CHECK(leat_aggregator_added(aggregator) == 2);
    CHECK_OK(leat_aggregator_next(aggregator, &result, &done, &err));
    CHECK(!done && leat_i64(result.value) == INT64_MAX - 5);
    leat_aggregator_destroy(aggregator);
    shuffled_end();
}

static void many_are_added_up_to_the_one_at_fault(void)
{
    enum { COUNT = 60000, BAD = 41234 };
    struct leat_aggregator *aggregator;
    leat_record *records = leat_alloc(COUNT, sizeof *records);
    uint32_t *hashes = leat_alloc(COUNT, sizeof *hashes);
    size_t added;

    make_samples(COUNT, 30000);
    CHECK(records != NULL && hashes != NULL);
    for (size_t i = 0; i < COUNT; i++) {
        records[i] = record_of(&samples[i]);
        hashes[i] = samples[i].hash;
    }
    records[BAD].value.size = 3;
    shuffled_begin(AMPLE);
    aggregator = create(reducer(leat_sum_i64), 0);
    CHECK(leat_aggregator_add_many(aggregator, hashes, records, COUNT, false, &added, &err) ==
          LEAT_BAD_RECORD);
    CHECK(added == BAD);
    CHECK_OK(leat_aggregator_add_many(aggregator, hashes + BAD + 1, records + BAD + 1,
                                      COUNT - BAD - 1, false, &added, &err));
    CHECK(added == COUNT - BAD - 1 && leat_aggregator_added(aggregator) == COUNT - 1);
    memmove(&samples[BAD], &samples[BAD + 1], (COUNT - BAD - 1) * sizeof *samples);
    fold_samples(COUNT - 1, add);
    check_results(aggregator, true);
    leat_aggregator_destroy(aggregator);
    shuffled_end();
    leat_free(records);
    leat_free(hashes);
    free_samples();
}

static void without_a_spill_file_it_says_when_it_is_full(void)
{
    static const size_t limits[][2] = {{AMPLE, 400 << 10}, {400 << 10, 0}};

    make_samples(RECORDS, 100000);
    for (size_t i = 0; i < 2; i++) {
        struct leat_aggregator *aggregator;
        size_t at = 0;

        shuffled_begin(limits[i][0]);
        CHECK_OK(leat_aggregator_create(
            &(struct leat_aggregator_options){.combiner = reducer(leat_sum_i64),
                                              .budget = &budget,
                                              .table_bytes_max = limits[i][1]},
            &aggregator, &err));
        for (int round = 0; round < 3; round++) {
            size_t start = at;

            while (!leat_aggregator_is_full(aggregator)) {
                CHECK(at < RECORDS);
                CHECK_OK(add_sample(aggregator, &samples[at++]));
            }
            CHECK(atomic_load(&budget.used_bytes) > 256 << 10);
            CHECK(atomic_load(&budget.used_bytes) < 800 << 10);
            memmove(samples, samples + start, (at - start) * sizeof *samples);
            fold_samples(at - start, add);
            check_results(aggregator, true);
            leat_aggregator_reset(aggregator);
            CHECK(leat_aggregator_added(aggregator) == 0 && leat_aggregator_keys(aggregator) == 0);
            CHECK(atomic_load(&budget.used_bytes) == 0);
        }
        leat_aggregator_destroy(aggregator);
        shuffled_end();
    }
    free_samples();
}

static void after_a_reset_it_is_as_new(void)
{
    struct leat_aggregator *aggregator;

    make_samples(RECORDS, 50000);
    shuffled_begin(1 << 20);
    aggregator = create(reducer(leat_sum_i64), 0);
    fold_samples(RECORDS, add);
    add_samples(aggregator, RECORDS);
    check_results(aggregator, false);
    leat_aggregator_reset(aggregator);
    CHECK(atomic_load(&budget.used_bytes) == 0);
    fold_samples(1000, add);
    add_samples(aggregator, 1000);
    check_results(aggregator, true);
    leat_aggregator_reset(aggregator);
    add_samples(aggregator, RECORDS); /* Not read. */
    leat_aggregator_destroy(aggregator);
    leat_aggregator_destroy(NULL);
    shuffled_end();
    free_samples();
}

static uint64_t order_of_results(size_t limit, size_t count)
{
    struct leat_aggregator *aggregator;
    struct leat_aggregate result;
    uint64_t digest = 0;
    bool done = false;

    shuffled_begin(limit);
    aggregator = create(reducer(leat_sum_i64), 0);
    add_samples(aggregator, count);
    while (!done) {
        CHECK_OK(leat_aggregator_next(aggregator, &result, &done, &err));
        if (!done)
            digest = digest * 31 + leat_murmur2(result.key) + (uint64_t)leat_i64(result.value);
    }
    leat_aggregator_destroy(aggregator);
    shuffled_end();
    return digest;
}

/* Wherever the runs end. */
static void the_order_of_spilled_results_follows_from_the_keys(void)
{
    uint64_t order;

    make_samples(RECORDS, 100000);
    order = order_of_results(0, RECORDS);
    CHECK(order == order_of_results(0, RECORDS));
    CHECK(order == order_of_results(1 << 20, RECORDS));
    CHECK(order == order_of_results(3 << 20, RECORDS));
    CHECK(order_of_results(AMPLE, RECORDS) == order_of_results(AMPLE, RECORDS));
    free_samples();
}

static void many_small_tables_take_little(void)
{
    enum { TABLES = 1000 };
    static struct leat_aggregator *aggregators[TABLES];

    make_samples(1, 1);
    shuffled_begin(AMPLE);
    for (size_t i = 0; i < TABLES; i++) {
        CHECK_OK(leat_aggregator_create(
            &(struct leat_aggregator_options){
                .combiner = reducer(leat_sum_i64), .budget = &budget, .spill = spill},
            &aggregators[i], &err));
        CHECK_OK(add_sample(aggregators[i], &samples[0]));
    }
    CHECK(atomic_load(&budget.used_bytes) <= TABLES * 2048);
    for (size_t i = 0; i < TABLES; i++)
        leat_aggregator_destroy(aggregators[i]);
    shuffled_end();
    free_samples();
}

/* Creates, adds all and reads all; whatever fails ends it. */
static leat_status run_through(leat_reduce_fn fn, size_t count)
{
    struct leat_aggregator *aggregator = NULL;
    struct leat_aggregate result;
    bool done = false;
    size_t results = 0;
    leat_status status = leat_aggregator_create(
        &(struct leat_aggregator_options){
            .combiner = reducer(fn), .budget = &budget, .spill = spill},
        &aggregator, &err);

    for (size_t i = 0; i < count && status == LEAT_OK; i++)
        status = add_sample(aggregator, &samples[i]);
    while (status == LEAT_OK && !done) {
        status = leat_aggregator_next(aggregator, &result, &done, &err);
        results += status == LEAT_OK && !done;
    }
    CHECK(status != LEAT_OK || results == wanted_count);
    leat_aggregator_destroy(aggregator);
    return status;
}

static void no_memory_is_an_error_and_nothing_is_lost(void)
{
    make_samples(20000, 15000);
    fold_samples(20000, add);
    for (int i = 0; i < 4; i++) {
        leat_status status = LEAT_NO_MEMORY;
        long n = 0;

        shuffled_begin(i % 2 == 0 ? 0 : AMPLE);
        for (; status != LEAT_OK; n++) {
            leat_memory_fail_after(n);
            status = run_through(i / 2 == 0 ? leat_sum_i64 : longest, 20000);
            leat_memory_fail_after(-1);
            CHECK(status == LEAT_OK || status == LEAT_NO_MEMORY);
            CHECK(atomic_load(&budget.used_bytes) == 0);
        }
        CHECK(n > 10);
        shuffled_end();
    }
    free_samples();
}

/* An add that failed for want of memory may be tried again, as long as nothing was to be spilled.
 */
static void an_add_without_memory_changes_nothing(void)
{
    struct leat_aggregator *aggregator;

    make_samples(20000, 15000);
    fold_samples(20000, add);
    shuffled_begin(AMPLE);
    aggregator = create(reducer(leat_sum_i64), 0);
    for (size_t i = 0; i < 20000; i++) {
        leat_status status = LEAT_NO_MEMORY;

        for (long n = 0; status != LEAT_OK; n++) {
            leat_memory_fail_after(n);
            status = add_sample(aggregator, &samples[i]);
            leat_memory_fail_after(-1);
            CHECK(status == LEAT_OK || (status == LEAT_NO_MEMORY && says("no memory")));
        }
    }
    check_results(aggregator, true);
    leat_aggregator_destroy(aggregator);
    shuffled_end();
    free_samples();
}

/* Only root may mount; elsewhere this is not tested. */
static void a_full_disk_fails_the_aggregation_for_good(void)
{
    struct leat_aggregator *aggregator;
    struct leat_aggregate result;
    leat_status status = LEAT_OK;
    bool done;

    make_samples(RECORDS, 100000);
    shuffled_begin(0);
    if (mount("none", spill_directory, "tmpfs", 0, "size=1m") == 0) {
        aggregator = create(reducer(leat_sum_i64), 0);
        for (size_t i = 0; i < RECORDS && status == LEAT_OK; i++)
            status = add_sample(aggregator, &samples[i]);
        CHECK(status == LEAT_IO && says(spill_directory) && says("leat.spill.directory"));
        CHECK(add_sample(aggregator, &samples[0]) == LEAT_IO && says("failed already"));
        CHECK(leat_aggregator_next(aggregator, &result, &done, &err) == LEAT_IO);
        leat_aggregator_destroy(aggregator);
        leat_spill_file_destroy(spill);
        spill = NULL;
        CHECK(umount(spill_directory) == 0);
    }
    shuffled_end();
    free_samples();
}

static const struct check_case cases[] = {
    CHECK_CASE(a_hot_key_grows),
    CHECK_CASE(a_combination_beyond_the_memory_limit_is_refused),
    CHECK_CASE(a_bad_record_leaves_its_key_as_it_was),
    CHECK_CASE(many_are_added_up_to_the_one_at_fault),
    CHECK_CASE(without_a_spill_file_it_says_when_it_is_full),
    CHECK_CASE(after_a_reset_it_is_as_new),
    CHECK_CASE(the_order_of_spilled_results_follows_from_the_keys),
    CHECK_CASE(many_small_tables_take_little),
    CHECK_CASE(no_memory_is_an_error_and_nothing_is_lost),
    CHECK_CASE(an_add_without_memory_changes_nothing),
    CHECK_CASE(a_full_disk_fails_the_aggregation_for_good),
};
CHECK_MAIN(cases)
