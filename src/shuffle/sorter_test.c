/* sorter_test: the order is that of qsort over an array, in memory, spilled and merged in levels.
 */
#include "shuffle/sorter.h"

#include <sys/mount.h>

#include "base/memory.h"
#include "tests/support/shuffled.h"

enum { RECORDS = 200000, POOL = 1 << 20 };

struct sample {
    struct leat_sorted record;
    size_t arrival;
};

static char pool[POOL];
static struct sample *samples;
static const struct leat_sorter_options *sorted_by; /* For qsort. */
static int64_t spilled_bytes;                       /* By the last sort_and_check. */

static void fill_pool(void)
{
    uint64_t seed = 1;

    for (size_t i = 0; i < POOL; i++)
        pool[i] = (char)random_next(&seed);
}

/* Few hashes and keys, so that all parts of the order count. */
static void make_samples(size_t count, uint64_t hashes, size_t value_most)
{
    uint64_t seed = 3;

    fill_pool();
    samples = leat_alloc(count, sizeof *samples);
    CHECK(samples != NULL);
    for (size_t i = 0; i < count; i++) {
        struct leat_sorted *record = &samples[i].record;

        samples[i].arrival = i;
        record->hash = (uint32_t)(random_below(&seed, hashes) * 0x9e3779b1U);
        record->tag = (uint32_t)random_below(&seed, 3) * 100;
        record->key = random_bytes(&seed, pool, 40);
        if (record->key.size > 2 && i % 2 == 0)
            record->key.size = 2;
        record->value = random_bytes(&seed, pool, value_most);
        record->timestamp_ms = (int64_t)random_next(&seed);
    }
}

static int compare_samples(const void *a, const void *b)
{
    const struct sample *left = a;
    const struct sample *right = b;
    int order;

    if (sorted_by->compare == NULL) {
        if (left->record.hash != right->record.hash)
            return left->record.hash < right->record.hash ? -1 : 1;
        order = compare_bytes(left->record.key, right->record.key);
        if (order == 0 && left->record.tag != right->record.tag)
            order = left->record.tag < right->record.tag ? -1 : 1;
    } else {
        order = compare_bytes(left->record.key, right->record.key);
        if (sorted_by->descending)
            order = -order;
    }
    return order != 0 ? order : (left->arrival > right->arrival) - (left->arrival < right->arrival);
}

static void add_samples(struct leat_sorter *sorter, size_t count)
{
    for (size_t i = 0; i < count; i++)
        CHECK_OK(leat_sorter_add(sorter, &samples[i].record, &err));
    CHECK(leat_sorter_count(sorter) == count);
}

static void check_sorted(struct leat_sorter *sorter, size_t count)
{
    struct leat_sorted got;
    bool done;

    for (size_t i = 0; i < count; i++) {
        const struct leat_sorted *wanted = &samples[i].record;

        CHECK_OK(leat_sorter_next(sorter, &got, &done, &err));
        CHECK(!done && got.hash == wanted->hash && got.tag == wanted->tag);
        CHECK(leat_bytes_equal(got.key, wanted->key) && leat_bytes_equal(got.value, wanted->value));
        CHECK(got.timestamp_ms == wanted->timestamp_ms);
    }
    got.hash = 12345;
    CHECK_OK(leat_sorter_next(sorter, &got, &done, &err));
    CHECK(done && got.hash == 12345);
    CHECK_OK(leat_sorter_next(sorter, &got, &done, &err));
    CHECK(done);
}

/* Sorts samples with both. */
static void sort_and_check(struct leat_sorter_options options, size_t count, size_t limit_bytes,
                           bool spills)
{
    struct leat_sorter *sorter;

    shuffled_begin(limit_bytes);
    options.budget = &budget;
    options.spill = spill;
    CHECK_OK(leat_sorter_create(&options, &sorter, &err));
    add_samples(sorter, count);
    CHECK_OK(leat_sorter_finish(sorter, &err));
    spilled_bytes = leat_spill_file_bytes(spill);
    CHECK((spilled_bytes > 0) == spills);
    sorted_by = &options;
    qsort(samples, count, sizeof *samples, compare_samples);
    check_sorted(sorter, count);
    leat_sorter_destroy(sorter);
    shuffled_end();
    leat_free(samples);
}

static int by_bytes(leat_bytes a, leat_bytes b, void *context)
{
    ++*(uint64_t *)context;
    CHECK(a.data != NULL && b.data != NULL);
    return compare_bytes(a, b);
}

static const struct leat_sorter_options by_hash = {0};

static void by_hash_then_key_then_tag_then_arrival(void)
{
    make_samples(RECORDS, 5000, 300);
    sort_and_check(by_hash, RECORDS, (size_t)1 << 30, false);
}

static void few_records_too(void)
{
    static const size_t counts[] = {0, 1, 2, 3, 100, 4000};

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        make_samples(counts[i] + 1, counts[i] / 4 + 1, 300);
        sort_and_check(by_hash, counts[i], (size_t)1 << 30, false);
    }
}

static void one_hash_for_all(void)
{
    make_samples(RECORDS, 1, 30);
    sort_and_check(by_hash, RECORDS, (size_t)1 << 30, false);
}

static void spilled_runs_are_merged(void)
{
    make_samples(RECORDS, 5000, 300);
    sort_and_check(by_hash, RECORDS, 3 << 20, true);
}

/* 256 KiB is the least that a run has: some 200 of them, so that some is written twice. */
static void many_runs_are_merged_in_levels(void)
{
    int64_t bytes = 0;

    make_samples(RECORDS, 1000000, 15000);
    for (size_t i = 0; i < RECORDS; i++)
        bytes += 24 + 7 + (int64_t)(samples[i].record.key.size + samples[i].record.value.size);
    sort_and_check(by_hash, RECORDS, 0, true);
    CHECK(spilled_bytes > bytes);
}

static void equal_keys_spread_over_runs_keep_their_order(void)
{
    make_samples(RECORDS, 1, 10000);
    for (size_t i = 0; i < RECORDS; i++) {
        samples[i].record.key = leat_string("hot");
        samples[i].record.tag = 7;
    }
    sort_and_check(by_hash, RECORDS, 0, true);
}

static void by_a_compare_function(void)
{
    static const size_t limits[] = {0, (size_t)1 << 30};
    uint64_t calls = 0;

    for (size_t i = 0; i < 4; i++) {
        struct leat_sorter_options options = {.compare = by_bytes, .compare_context = &calls};

        options.descending = i % 2 == 1;
        make_samples(50000, 5000, 300);
        sort_and_check(options, 50000, limits[i / 2], i / 2 == 0);
    }
    CHECK(calls > 0);
}

static void large_values_and_keys(void)
{
    static const size_t limits[] = {0, (size_t)1 << 30};
    enum { COUNT = 64 };

    for (size_t i = 0; i < 2; i++) {
        make_samples(COUNT, 7, 300);
        for (size_t k = 0; k < COUNT; k += 2)
            samples[k].record.value = (leat_bytes){pool, POOL - k};
        for (size_t k = 0; k < COUNT; k += 3)
            samples[k].record.key = (leat_bytes){pool + k, 65536 + k};
        samples[5].record.key = (leat_bytes){pool, POOL};
        samples[7].record.value = (leat_bytes){pool, 16384};
        samples[9].record.value = (leat_bytes){pool, 16385};
        sort_and_check(by_hash, COUNT, limits[i], limits[i] == 0);
    }
}

/* Thirty megabytes each; only one is in memory while they are read. */
static void huge_values_are_read_one_at_a_time(void)
{
    enum { COUNT = 8, SIZE = 30 << 20 };
    char *huge = leat_alloc(1, SIZE);
    struct leat_sorter *sorter;
    struct leat_sorted got;
    bool done;

    CHECK(huge != NULL);
    shuffled_begin(1 << 20);
    CHECK_OK(leat_sorter_create(&(struct leat_sorter_options){.budget = &budget, .spill = spill},
                                &sorter, &err));
    for (uint32_t i = 0; i < COUNT; i++) {
        huge[0] = (char)i;
        huge[SIZE - 1] = (char)(i + 1);
        CHECK_OK(leat_sorter_add(
            sorter, &(struct leat_sorted){.hash = COUNT - i, .value = {huge, SIZE}}, &err));
        CHECK(atomic_load(&budget.used_bytes) < SIZE + (1 << 20));
    }
    CHECK_OK(leat_sorter_add(sorter, &(struct leat_sorted){.hash = COUNT + 1}, &err));
    CHECK_OK(leat_sorter_finish(sorter, &err));
    for (uint32_t i = COUNT; i-- > 0;) {
        CHECK_OK(leat_sorter_next(sorter, &got, &done, &err));
        CHECK(!done && got.hash == COUNT - i && got.value.size == SIZE);
        CHECK(got.value.data[0] == (char)i && got.value.data[SIZE - 1] == (char)(i + 1));
        CHECK(atomic_load(&budget.used_bytes) < SIZE + (2 << 20));
    }
    leat_sorter_destroy(sorter);
    shuffled_end();
    leat_free(huge);
}

/* What is beyond the budget: the floor, what merging reads, and a block. */
static void memory_stays_within_the_budget(void)
{
    const size_t limit = 8 << 20;
    struct leat_sorter *sorter;
    struct leat_sorted got;
    bool done = false;

    make_samples(RECORDS, 1000000, 10000);
    shuffled_begin(limit);
    CHECK_OK(leat_sorter_create(&(struct leat_sorter_options){.budget = &budget, .spill = spill},
                                &sorter, &err));
    for (size_t i = 0; i < RECORDS; i++) {
        CHECK_OK(leat_sorter_add(sorter, &samples[i].record, &err));
        CHECK(atomic_load(&budget.used_bytes) <= limit + LEAT_BUDGET_BLOCK_BYTES);
    }
    CHECK_OK(leat_sorter_finish(sorter, &err));
    while (!done) {
        CHECK_OK(leat_sorter_next(sorter, &got, &done, &err));
        CHECK(atomic_load(&budget.used_bytes) <= limit + (5 << 20));
    }
    leat_sorter_destroy(sorter);
    shuffled_end();
    leat_free(samples);
}

static void many_small_sorters_take_little(void)
{
    enum { SORTERS = 1000 };
    static struct leat_sorter *sorters[SORTERS];
    struct leat_sorted record = {.key = leat_string("key"), .value = leat_string("value")};

    shuffled_begin((size_t)1 << 30);
    for (size_t i = 0; i < SORTERS; i++) {
        CHECK_OK(leat_sorter_create(
            &(struct leat_sorter_options){.budget = &budget, .spill = spill}, &sorters[i], &err));
        CHECK_OK(leat_sorter_add(sorters[i], &record, &err));
    }
    CHECK(atomic_load(&budget.used_bytes) < SORTERS * 2100);
    for (size_t i = 0; i < SORTERS; i++)
        leat_sorter_destroy(sorters[i]);
    leat_sorter_destroy(NULL);
    shuffled_end();
}

/* The n-th allocation fails: an error that says so, and what was taken is given back. */
static leat_status sort_some(size_t count)
{
    struct leat_sorter *sorter = NULL;
    struct leat_sorted got;
    bool done = false;
    size_t read = 0;
    leat_status status = leat_sorter_create(
        &(struct leat_sorter_options){.budget = &budget, .spill = spill}, &sorter, &err);

    for (size_t i = 0; i < count && status == LEAT_OK; i++)
        status = leat_sorter_add(sorter, &samples[i].record, &err);
    if (status == LEAT_OK)
        status = leat_sorter_finish(sorter, &err);
    while (status == LEAT_OK && !done) {
        status = leat_sorter_next(sorter, &got, &done, &err);
        read += status == LEAT_OK && !done;
    }
    CHECK(status != LEAT_OK || read == count);
    leat_sorter_destroy(sorter);
    return status;
}

static void no_memory_is_an_error_and_nothing_is_lost(void)
{
    static const size_t limits[] = {0, (size_t)1 << 30};

    make_samples(20000, 5000, 2000);
    for (size_t i = 0; i < 2; i++) {
        leat_status status = LEAT_NO_MEMORY;
        long n = 0;

        shuffled_begin(limits[i]);
        for (; status != LEAT_OK; n++) {
            leat_memory_fail_after(n);
            status = sort_some(20000);
            leat_memory_fail_after(-1);
            CHECK(status == LEAT_OK || (status == LEAT_NO_MEMORY && says("no memory")));
            CHECK(atomic_load(&budget.used_bytes) == 0);
        }
        CHECK(n > 20);
        shuffled_end();
    }
    leat_free(samples);
}

/* A failed add may be tried again. */
static void an_add_without_memory_changes_nothing(void)
{
    enum { COUNT = 20000 };
    struct leat_sorter_options options = {0};
    struct leat_sorter *sorter;

    make_samples(COUNT, 5000, 2000);
    shuffled_begin(0);
    options.budget = &budget;
    options.spill = spill;
    CHECK_OK(leat_sorter_create(&options, &sorter, &err));
    for (size_t i = 0; i < COUNT; i++) {
        leat_status status = LEAT_NO_MEMORY;

        for (long n = 0; status != LEAT_OK; n++) {
            leat_memory_fail_after(n);
            status = leat_sorter_add(sorter, &samples[i].record, &err);
            leat_memory_fail_after(-1);
        }
    }
    CHECK_OK(leat_sorter_finish(sorter, &err));
    sorted_by = &options;
    qsort(samples, COUNT, sizeof *samples, compare_samples);
    check_sorted(sorter, COUNT);
    leat_sorter_destroy(sorter);
    shuffled_end();
    leat_free(samples);
}

/* Only root may mount; elsewhere this is not tested. */
static void a_full_disk_fails_the_add(void)
{
    leat_status status;

    make_samples(RECORDS, 5000, 300);
    shuffled_begin(0);
    if (mount("none", spill_directory, "tmpfs", 0, "size=1m") == 0) {
        status = sort_some(RECORDS);
        CHECK(status == LEAT_IO && says(spill_directory) && says("leat.spill.directory"));
        leat_spill_file_destroy(spill);
        spill = NULL;
        CHECK(umount(spill_directory) == 0);
    }
    shuffled_end();
    leat_free(samples);
}

static const struct check_case cases[] = {
    CHECK_CASE(by_hash_then_key_then_tag_then_arrival),
    CHECK_CASE(few_records_too),
    CHECK_CASE(one_hash_for_all),
    CHECK_CASE(spilled_runs_are_merged),
    CHECK_CASE(many_runs_are_merged_in_levels),
    CHECK_CASE(equal_keys_spread_over_runs_keep_their_order),
    CHECK_CASE(by_a_compare_function),
    CHECK_CASE(large_values_and_keys),
    CHECK_CASE(huge_values_are_read_one_at_a_time),
    CHECK_CASE(memory_stays_within_the_budget),
    CHECK_CASE(many_small_sorters_take_little),
    CHECK_CASE(no_memory_is_an_error_and_nothing_is_lost),
    CHECK_CASE(an_add_without_memory_changes_nothing),
    CHECK_CASE(a_full_disk_fails_the_add),
};
CHECK_MAIN(cases)
