/* record_list_test: what is appended is read in its order, in memory and spilled. */
#include "shuffle/record_list.h"

#include <sys/mount.h>

#include "base/memory.h"
#include "tests/support/shuffled.h"

enum { RECORDS = 200000, POOL = 1 << 20 };

static char pool[POOL];
static leat_record *expected;

static void set_up(size_t limit_bytes)
{
    uint64_t seed = 1;

    for (size_t i = 0; i < POOL; i++)
        pool[i] = (char)random_next(&seed);
    shuffled_begin(limit_bytes);
}

static leat_record record_of(leat_bytes key, leat_bytes value, int64_t timestamp_ms)
{
    return (leat_record){.key = key, .value = value, .timestamp_ms = timestamp_ms, .offset = 77};
}

static void make_expected(size_t count)
{
    uint64_t seed = 2;

    expected = leat_alloc(count, sizeof *expected);
    CHECK(expected != NULL);
    for (size_t i = 0; i < count; i++) {
        uint64_t kind = random_below(&seed, 50);
        int64_t timestamp_ms = 1700000000000 + (int64_t)random_below(&seed, 5000);

        if (kind < 3)
            timestamp_ms = kind == 0 ? -1 : kind == 1 ? INT64_MIN : INT64_MAX;
        expected[i] =
            record_of(random_bytes(&seed, pool, 200),
                      random_bytes(&seed, pool, i % 1000 == 0 ? 70000 : 300), timestamp_ms);
    }
}

static void check_record(const leat_record *got, const leat_record *wanted)
{
    CHECK(leat_bytes_equal(got->key, wanted->key));
    CHECK(leat_bytes_equal(got->value, wanted->value));
    CHECK(got->timestamp_ms == wanted->timestamp_ms);
    CHECK(got->offset == -1 && got->origin == NULL && got->headers == NULL);
}

/* Reads from the beginning, in pieces of changing size. */
static void check_reads(const struct leat_record_list *list, const leat_record *wanted,
                        size_t count)
{
    struct leat_record_reader reader;
    struct leat_chunk chunk;
    size_t done = 0;
    size_t most = 1;

    leat_record_reader_init(&reader, list);
    leat_chunk_init(&chunk);
    for (;;) {
        CHECK_OK(leat_record_reader_read(&reader, most, &chunk, &err));
        CHECK(chunk.count <= most && chunk.count <= count - done);
        if (chunk.count == 0)
            break;
        for (size_t i = 0; i < chunk.count; i++)
            check_record(&chunk.records[i], &wanted[done + i]);
        done += chunk.count;
        most = most % 700 + 1;
    }
    CHECK(done == count);
    CHECK_OK(leat_record_reader_read(&reader, 5, &chunk, &err));
    CHECK(chunk.count == 0);
    leat_record_reader_release(&reader);
    leat_chunk_release(&chunk);
}

static void append_all(struct leat_record_list *list, const leat_record *records, size_t count)
{
    for (size_t i = 0; i < count; i++)
        CHECK_OK(leat_record_list_append(list, &records[i], &err));
}

static void an_empty_list_takes_nothing(void)
{
    struct leat_record_list list;

    set_up(0);
    leat_record_list_init(&list, &budget, spill);
    CHECK(atomic_load(&budget.used_bytes) == 0 && list.first == NULL);
    check_reads(&list, NULL, 0);
    leat_record_list_release(&list);
    shuffled_end();
}

static void records_are_read_in_their_order(void)
{
    struct leat_record_list list;

    set_up((size_t)1 << 30);
    make_expected(RECORDS);
    leat_record_list_init(&list, &budget, spill);
    append_all(&list, expected, RECORDS);
    CHECK(list.records == RECORDS && leat_spill_file_bytes(spill) == 0);
    CHECK(list.bytes <= atomic_load(&budget.used_bytes));
    check_reads(&list, expected, RECORDS);
    check_reads(&list, expected, RECORDS);
    leat_record_list_release(&list);
    shuffled_end();
    leat_free(expected);
}

static void beyond_the_budget_they_are_spilled(void)
{
    static const size_t limits[] = {0, 1000, 200 << 10, 1 << 20};

    make_expected(RECORDS);
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        struct leat_record_list list;

        set_up(limits[i]);
        leat_record_list_init(&list, &budget, spill);
        append_all(&list, expected, RECORDS);
        CHECK(leat_spill_file_bytes(spill) > 0);
        CHECK(atomic_load(&budget.used_bytes) <= limits[i] + LEAT_BUDGET_BLOCK_BYTES + 70000);
        check_reads(&list, expected, RECORDS);
        leat_record_list_release(&list);
        shuffled_end();
    }
    leat_free(expected);
}

static void keys_and_values_of_any_size(void)
{
    static const size_t limits[] = {0, (size_t)1 << 30};
    const leat_bytes null = {NULL, 0};
    leat_record records[] = {
        record_of(null, null, -1),
        record_of(leat_string(""), null, 0),
        record_of(null, leat_string(""), 0),
        record_of((leat_bytes){pool, 65536}, (leat_bytes){pool, POOL}, 5),
        record_of(leat_string("a"), leat_string("b"), 6),
        record_of((leat_bytes){pool, 126}, (leat_bytes){pool, 127}, 7),
        record_of((leat_bytes){pool, 128}, (leat_bytes){pool, 16384}, 8),
        record_of(null, (leat_bytes){pool, POOL}, 9),
        record_of((leat_bytes){pool, LEAT_BUDGET_BLOCK_BYTES}, null, INT64_MIN),
        record_of(leat_string(""), leat_string(""), INT64_MAX),
    };
    enum { COUNT = sizeof records / sizeof records[0] };

    for (size_t i = 0; i < 2; i++) {
        struct leat_record_list list;

        set_up(limits[i]);
        leat_record_list_init(&list, &budget, spill);
        append_all(&list, records, COUNT);
        check_reads(&list, records, COUNT);
        leat_record_list_release(&list);
        shuffled_end();
    }
}

static void many_small_lists_take_little(void)
{
    enum { LISTS = 1000 };
    static struct leat_record_list lists[LISTS];
    leat_record record = record_of(leat_string("key"), leat_string("value"), 1);

    set_up((size_t)1 << 30);
    for (size_t i = 0; i < LISTS; i++) {
        leat_record_list_init(&lists[i], &budget, spill);
        CHECK_OK(leat_record_list_append(&lists[i], &record, &err));
        CHECK(lists[i].bytes <= 8 + 3);
    }
    CHECK(atomic_load(&budget.used_bytes) <= LISTS * 1024);
    for (size_t i = 0; i < LISTS; i++)
        leat_record_list_release(&lists[i]);
    shuffled_end();
}

/* Beyond the budget each has a small block, and none when it is complete. */
static void many_lists_beyond_the_budget_take_little(void)
{
    enum { LISTS = 300, COUNT = 60000, LIMIT = 256 << 10 };
    static struct leat_record_list lists[LISTS];
    char text[16];

    set_up(LIMIT);
    for (int i = 0; i < LISTS; i++)
        leat_record_list_init(&lists[i], &budget, spill);
    for (int i = 0; i < COUNT; i++) {
        leat_record record = record_of((leat_bytes){pool, 200}, (leat_bytes){text, 16}, i);

        memset(text, 'a' + i % 26, sizeof text);
        CHECK_OK(leat_record_list_append(&lists[i % LISTS], &record, &err));
        CHECK(atomic_load(&budget.used_bytes) <= LIMIT + LISTS * (4 << 10));
    }
    CHECK(leat_budget_is_exceeded(&budget));
    for (int i = 0; i < LISTS; i++)
        CHECK_OK(leat_record_list_spill_last(&lists[i], &err));
    CHECK(atomic_load(&budget.used_bytes) <= LIMIT);
    for (int i = 0; i < LISTS; i++) {
        leat_record record = record_of((leat_bytes){pool, 200}, (leat_bytes){text, 16}, i);
        leat_record wanted[COUNT / LISTS];
        static char texts[COUNT / LISTS][16];

        for (int r = 0; r < COUNT / LISTS; r++) {
            memset(texts[r], 'a' + (i + r * LISTS) % 26, sizeof texts[r]);
            wanted[r] = record;
            wanted[r].value.data = texts[r];
            wanted[r].timestamp_ms = i + r * LISTS;
        }
        check_reads(&lists[i], wanted, COUNT / LISTS);
        leat_record_list_release(&lists[i]);
    }
    shuffled_end();
}

/* What is spilled may be appended to. */
static void a_spilled_list_goes_on(void)
{
    enum { COUNT = 3000 };
    struct leat_record_list list;

    make_expected(COUNT);
    set_up((size_t)1 << 30);
    leat_record_list_init(&list, &budget, spill);
    CHECK_OK(leat_record_list_spill_last(&list, &err));
    append_all(&list, expected, COUNT / 2);
    CHECK_OK(leat_record_list_spill_last(&list, &err));
    CHECK_OK(leat_record_list_spill_last(&list, &err));
    append_all(&list, expected + COUNT / 2, COUNT - COUNT / 2);
    check_reads(&list, expected, COUNT);
    leat_record_list_release(&list);
    shuffled_end();
    leat_free(expected);
}

static void a_splice_puts_one_behind_the_other(void)
{
    static const size_t limits[] = {100 << 10, (size_t)1 << 30};
    enum { COUNT = 30000 };

    make_expected(COUNT);
    for (size_t i = 0; i < 2; i++) {
        struct leat_record_list list, from;

        set_up(limits[i]);
        leat_record_list_init(&list, &budget, spill);
        leat_record_list_init(&from, &budget, spill);
        leat_record_list_splice(&list, &from);
        CHECK(list.first == NULL);
        append_all(&from, expected, 10000);
        leat_record_list_splice(&list, &from); /* Into an empty one. */
        CHECK(from.first == NULL && from.records == 0 && from.bytes == 0);
        append_all(&from, expected + 10000, 10000);
        leat_record_list_splice(&list, &from);
        leat_record_list_splice(&list, &from); /* Nothing. */
        append_all(&list, expected + 20000, 10000);
        CHECK(list.records == COUNT);
        check_reads(&list, expected, COUNT);
        leat_record_list_release(&from);
        leat_record_list_release(&list);
        shuffled_end();
    }
    leat_free(expected);
}

/* Every allocation fails once; the list is then as it was before. */
static void no_memory_leaves_the_list_as_it_was(void)
{
    enum { COUNT = 3000 };

    make_expected(COUNT);
    for (size_t limit = 0; limit <= 1 << 20; limit += 1 << 20) {
        struct leat_record_list list;
        size_t failures = 0;

        set_up(limit);
        leat_record_list_init(&list, &budget, spill);
        for (size_t i = 0; i < COUNT; i++) {
            leat_status status = LEAT_NO_MEMORY;

            for (long n = 0; status != LEAT_OK; n++) {
                leat_memory_fail_after(n);
                status = leat_record_list_append(&list, &expected[i], &err);
                leat_memory_fail_after(-1);
                CHECK(status == LEAT_OK || (status == LEAT_NO_MEMORY && says("no memory")));
                failures += status != LEAT_OK;
                CHECK(list.records == i + (status == LEAT_OK));
            }
        }
        CHECK(failures >= 8); /* Two for each block. */
        check_reads(&list, expected, COUNT);
        leat_record_list_release(&list);
        shuffled_end();
    }
    leat_free(expected);
}

static void no_memory_to_read_can_be_read_again(void)
{
    struct leat_record_reader reader;
    struct leat_record_list list;
    struct leat_chunk chunk;
    leat_status status;
    long n = 0;

    set_up(0);
    make_expected(3000);
    leat_record_list_init(&list, &budget, spill);
    append_all(&list, expected, 3000);
    leat_record_reader_init(&reader, &list);
    leat_chunk_init(&chunk);
    do {
        leat_memory_fail_after(n++);
        status = leat_record_reader_read(&reader, 10, &chunk, &err);
        leat_memory_fail_after(-1);
        CHECK(status == LEAT_OK || (status == LEAT_NO_MEMORY && says("no memory")));
    } while (status != LEAT_OK);
    CHECK(n == 3 && chunk.count > 0);
    check_record(&chunk.records[0], &expected[0]);
    leat_record_reader_release(&reader);
    leat_chunk_release(&chunk);
    leat_record_list_release(&list);
    shuffled_end();
    leat_free(expected);
}

/* Only root may mount; elsewhere this is not tested. */
static void a_full_disk_fails_the_append_and_nothing_else(void)
{
    struct leat_record_list list;
    leat_status status = LEAT_OK;
    size_t appended = 0;

    set_up(0);
    make_expected(RECORDS);
    if (mount("none", spill_directory, "tmpfs", 0, "size=256k") == 0) {
        leat_record_list_init(&list, &budget, spill);
        while (status == LEAT_OK) {
            status = leat_record_list_append(&list, &expected[appended], &err);
            appended += status == LEAT_OK;
            CHECK(appended < RECORDS);
        }
        CHECK(status == LEAT_IO && says(spill_directory) && says("leat.spill.directory"));
        CHECK(list.records == appended);
        check_reads(&list, expected, appended);
        leat_record_list_release(&list);
        leat_spill_file_destroy(spill);
        spill = NULL;
        CHECK(umount(spill_directory) == 0);
    }
    shuffled_end();
    leat_free(expected);
}

static const struct check_case cases[] = {
    CHECK_CASE(an_empty_list_takes_nothing),
    CHECK_CASE(records_are_read_in_their_order),
    CHECK_CASE(beyond_the_budget_they_are_spilled),
    CHECK_CASE(many_lists_beyond_the_budget_take_little),
    CHECK_CASE(a_spilled_list_goes_on),
    CHECK_CASE(keys_and_values_of_any_size),
    CHECK_CASE(many_small_lists_take_little),
    CHECK_CASE(a_splice_puts_one_behind_the_other),
    CHECK_CASE(no_memory_leaves_the_list_as_it_was),
    CHECK_CASE(no_memory_to_read_can_be_read_again),
    CHECK_CASE(a_full_disk_fails_the_append_and_nothing_else),
};
CHECK_MAIN(cases)
