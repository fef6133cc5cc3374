/* store_memory_test: what a store holds: no more than it may, nothing lost when there is none, and
 * each thread its own slots. */
#include <pthread.h>

#include "base/memory.h"
#include "state/store_internal.h"
#include "tests/support/state_fixture.h"

__attribute__((visibility("default"))) int fdatasync(int fd)
{
    (void)fd;
    return 0;
}

/* ---- memory ---- */

static void what_does_not_fit_names_the_setting_and_goes_away(void)
{
    char value[1000];
    struct fixture fixture;
    leat_error err = {LEAT_OK, ""};
    leat_status status = LEAT_OK;
    int count = 0;

    memset(value, 'v', sizeof value);
    fixture_start(&fixture, 256 << 10);
    for (; status == LEAT_OK && count < 1000; count++) {
        char key[16];

        number_key(key, count);
        status =
            sample_put(&fixture.at, leat_string(key), (leat_bytes){value, sizeof value}, 1, &err);
    }
    CHECK(status == LEAT_LIMIT && count > 150);
    CHECK(strstr(err.message, "leat.memory.limit") != NULL && strstr(err.message, "'it'") != NULL);
    CHECK(strstr(err.message, "job.c:7") != NULL);
    leat_stores_revert(fixture.stores);
    for (int i = 0; i < count; i++) {
        char key[16];

        number_key(key, i);
        fixture_check(&fixture, leat_string(key), NULL);
    }
    fixture_put(&fixture, leat_string("again"), "1");
    fixture_finish(&fixture);
}

/* Batches of a part of the memory go on for ever, and hold no more than they may. */
static void state_may_be_much_larger_than_memory(void)
{
    enum { BATCHES = 60, CHANGES = 300 };
    struct fixture fixture;

    fixture_start(&fixture, 256 << 10);
    for (int b = 0; b < BATCHES; b++) {
        for (int i = 0; i < CHANGES; i++) {
            char key[16];

            number_key(key, b * CHANGES + i);
            fixture_put(&fixture, leat_string(key), "0123456789012345678901234567890123456789");
        }
        fixture_commit(&fixture);
        CHECK(atomic_load(&fixture.stores->budget.held_bytes) <= fixture.memory_bytes);
        CHECK(atomic_load(&fixture.stores->budget.dirty_bytes) == 0);
    }
    for (int i = 0; i < BATCHES * CHANGES; i++) {
        char key[16];

        number_key(key, i);
        fixture_check(&fixture, leat_string(key), "0123456789012345678901234567890123456789");
    }
    CHECK(atomic_load(&fixture.stores->budget.held_bytes) <= fixture.memory_bytes * 9 / 8);
    fixture_finish(&fixture);
}

static leat_status get_again(void *context, leat_bytes key, const struct leat_state_entry *entry)
{
    struct leat_state_entry again = sample_get(context, key);

    CHECK(leat_bytes_equal(again.value, entry->value));
    return LEAT_OK;
}

static leat_status look_only(void *context, leat_bytes key, const struct leat_state_entry *entry)
{
    (void)key;
    CHECK(entry->value.size == 40);
    ++*(int *)context;
    return LEAT_OK;
}

/* A visit may load what it likes: afterwards the memory is what it may be. */
static void after_a_scan_no_more_is_held_than_may_be(void)
{
    enum { BATCHES = 60, CHANGES = 300 };
    struct fixture fixture;
    size_t held;
    int count = 0;

    fixture_start(&fixture, 256 << 10);
    for (int b = 0; b < BATCHES; b++) {
        for (int i = 0; i < CHANGES; i++) {
            char key[16];

            number_key(key, b * CHANGES + i);
            fixture_put(&fixture, leat_string(key), "0123456789012345678901234567890123456789");
        }
        fixture_commit(&fixture);
    }
    held = atomic_load(&fixture.stores->budget.held_bytes);
    for (uint32_t slot = 0; slot < FIXTURE_SLOTS; slot++)
        CHECK_OK(leat_store_scan(fixture.at.store, slot, leat_string(""), look_only, &count, NULL));
    CHECK(count == BATCHES * CHANGES);
    CHECK(atomic_load(&fixture.stores->budget.held_bytes) == held);
    for (uint32_t slot = 0; slot < FIXTURE_SLOTS; slot++) {
        CHECK_OK(
            leat_store_scan(fixture.at.store, slot, leat_string(""), get_again, &fixture.at, NULL));
        CHECK(atomic_load(&fixture.stores->budget.held_bytes) <= fixture.memory_bytes);
    }
    fixture_finish(&fixture);
}

/* Segments of full size, an index in huge pages, and eviction of both. */
static void a_large_table_is_no_other(void)
{
    enum { KEYS = 300000, MEMORY = 24 << 20 };
    struct leat_stores_options options = {NULL, 1, MEMORY};
    struct fixture fixture = {.memory_bytes = MEMORY};
    leat_bytes key;
    int64_t number;

    scratch_make(fixture.root);
    CHECK_OK(leat_checkpoint_open(fixture.root, &fixture.checkpoint, NULL));
    options.checkpoint = fixture.checkpoint;
    CHECK_OK(leat_stores_open(&options, &fixture.stores, NULL));
    fixture.at = (struct sample_place){sample_declare(fixture.stores, "it"), fixture.stores};
    key = (leat_bytes){(const char *)&number, sizeof number};
    for (number = 0; number < KEYS; number++) {
        CHECK_OK(sample_put(&fixture.at, key, key, number, NULL));
        leat_store_prefetch(fixture.at.store, 0, sample_hash(key), LEAT_PREFETCH_PLACE);
        leat_store_prefetch(fixture.at.store, 0, sample_hash(key), LEAT_PREFETCH_ENTRY);
        if (number % 20000 == 0)
            fixture_commit(&fixture);
    }
    fixture_commit(&fixture);
    CHECK(atomic_load(&fixture.stores->budget.held_bytes) <= MEMORY);
    for (number = 0; number < KEYS; number++) {
        struct leat_state_entry entry = sample_get(&fixture.at, key);

        CHECK(leat_bytes_equal(entry.value, key) && entry.updated_at == number);
    }
    fixture_finish(&fixture);
}

static void a_hot_key_takes_the_memory_of_one(void)
{
    struct fixture fixture;
    size_t held = 0;

    fixture_start(&fixture, 1 << 20);
    for (int b = 0; b < 200; b++) {
        for (int i = 0; i < 10; i++)
            fixture_put(&fixture, leat_string("hot"),
                        b % 2 == 0 ? "short" : "a little longer than that");
        fixture_commit(&fixture);
        if (b == 10)
            held = atomic_load(&fixture.stores->budget.held_bytes);
    }
    CHECK(atomic_load(&fixture.stores->budget.held_bytes) == held);
    fixture_finish(&fixture);
}

static void generations_begin_anew_after_the_last(void)
{
    struct fixture fixture;

    fixture_start(&fixture, 1 << 20);
    fixture_put(&fixture, leat_string("clean"), "1");
    fixture_commit(&fixture);
    fixture_check(&fixture, leat_string("clean"), "1");
    fixture.stores->generations.running = UINT32_MAX - 1;
    fixture_put(&fixture, leat_string("a"), "1");
    fixture_write_delta(&fixture);
    fixture_put(&fixture, leat_string("b"), "1");
    fixture_write_delta(&fixture); /* Here. */
    CHECK(fixture.stores->generations.running == 3);
    fixture_put(&fixture, leat_string("a"), "2");
    fixture_put(&fixture, leat_string("clean"), "2");
    leat_stores_revert(fixture.stores);
    fixture_check(&fixture, leat_string("a"), "1");
    fixture_check(&fixture, leat_string("b"), "1");
    fixture_check(&fixture, leat_string("clean"), "1");
    fixture_fold(&fixture);
    CHECK_OK(leat_stores_apply(fixture.stores, true, NULL));
    CHECK(fixture.stores->generations.folded == 2);
    fixture_put(&fixture, leat_string("b"), "2");
    fixture.stores->generations.running = UINT32_MAX;
    leat_stores_revert(fixture.stores);
    fixture_put(&fixture, leat_string("b"), "3");
    CHECK_OK(leat_checkpoint_begin(fixture.checkpoint, NULL));
    CHECK_OK(leat_stores_write_delta(fixture.stores, ++fixture.n, NULL));
    CHECK_OK(leat_stores_fold(fixture.stores, fixture.n, NULL));
    CHECK_OK(leat_checkpoint_commit(fixture.checkpoint, NULL));
    leat_stores_folded(fixture.stores);
    CHECK_OK(leat_stores_apply(fixture.stores, true, NULL));
    CHECK(fixture.stores->generations.running == 3 && fixture.stores->generations.folded == 2);
    fixture_reopen(&fixture);
    fixture_check(&fixture, leat_string("a"), "1");
    fixture_check(&fixture, leat_string("b"), "3");
    fixture_finish(&fixture);
}

/* ---- failing allocations ---- */

static void no_memory_changes_nothing(void)
{
    struct fixture fixture;
    leat_status status;
    long count = 0;

    fixture_start(&fixture, 1 << 20);
    for (int i = 0; i < 64; i++) {
        char key[16];
        leat_bytes value = leat_string("a value that takes a new block for the key");

        number_key(key, i);
        fixture_put(&fixture, leat_string(key), "1");
        fixture_commit(&fixture);
        for (long fail = 0;; fail++) {
            leat_memory_fail_after(fail);
            status = sample_put(&fixture.at, leat_string(key), value, 2, NULL);
            leat_memory_fail_after(-1);
            if (status == LEAT_OK)
                break;
            CHECK(status == LEAT_NO_MEMORY);
            fixture_check(&fixture, leat_string(key), "1");
            CHECK(!leat_stores_have_changes(fixture.stores));
            count++;
        }
        leat_stores_revert(fixture.stores);
        fixture_check(&fixture, leat_string(key), "1");
    }
    CHECK(count > 0);
    fixture_finish(&fixture);
}

static void no_memory_opens_nothing(void)
{
    struct fixture fixture;
    leat_status status;
    long count = 0;

    fixture_start(&fixture, 1 << 20);
    fixture_put(&fixture, leat_string("a"), "1");
    fixture_commit(&fixture);
    leat_stores_destroy(fixture.stores);
    do {
        struct leat_stores_options options = {fixture.checkpoint, FIXTURE_SLOTS, 1 << 20};
        struct leat_store_definition definition = {"second", "kind", "type", "job.c:8"};
        struct leat_store *store;

        fixture.stores = NULL;
        leat_memory_fail_after(count++);
        status = leat_stores_open(&options, &fixture.stores, NULL);
        if (status == LEAT_OK)
            status = leat_stores_declare(fixture.stores, &definition, &store, NULL);
        leat_memory_fail_after(-1);
        CHECK(status == LEAT_OK || status == LEAT_NO_MEMORY);
        if (status != LEAT_OK)
            leat_stores_destroy(fixture.stores);
    } while (status != LEAT_OK);
    CHECK(count > 5);
    fixture_finish(&fixture);
}

/* Room is made by moving: without memory for that, nothing is lost. */
static void no_memory_for_making_room_loses_nothing(void)
{
    enum { KEYS = 2000 };
    struct fixture fixture;

    fixture_start(&fixture, 64 << 10);
    for (int i = 0; i < KEYS; i++) {
        char key[16];
        leat_status status;

        number_key(key, i);
        leat_memory_fail_after(i % 3);
        status = sample_put(&fixture.at, leat_string(key), leat_string(key), 1, NULL);
        leat_memory_fail_after(-1);
        if (status != LEAT_OK)
            CHECK_OK(sample_put(&fixture.at, leat_string(key), leat_string(key), 1, NULL));
        if (i % 50 == 49)
            fixture_commit(&fixture);
    }
    for (int i = 0; i < KEYS; i++) {
        char key[16];

        number_key(key, i);
        fixture_check(&fixture, leat_string(key), key);
    }
    fixture_finish(&fixture);
}

/* ---- threads ---- */

struct worker {
    struct fixture *fixture;
    int first;
    int missing;
};

/* Its own slots: every other key hash. */
static void *work(void *context)
{
    struct worker *worker = context;

    for (int i = 0; i < 4000; i++) {
        char key[16];
        struct leat_state_entry entry;
        uint32_t hash, slot;

        number_key(key, i % 1000);
        hash = sample_hash(leat_string(key));
        slot = leat_stores_slot(worker->fixture->stores, hash);
        if ((int)(slot % 2) != worker->first)
            continue;
        CHECK_OK(
            leat_store_get(worker->fixture->at.store, slot, hash, leat_string(key), &entry, NULL));
        worker->missing += entry.value.data == NULL;
        CHECK_OK(leat_store_put(worker->fixture->at.store, slot, hash, leat_string(key),
                                leat_string("0123456789012345678901234567890123456789"), i, NULL));
    }
    return NULL;
}

static void threads_work_on_slots_of_their_own(void)
{
    struct fixture fixture;

    fixture_start(&fixture, 200 << 10); /* Too little for all keys and their undo. */
    for (int b = 0; b < 5; b++) {
        struct worker workers[2] = {{&fixture, 0, 0}, {&fixture, 1, 0}};
        pthread_t threads[2];

        for (int i = 0; i < 2; i++)
            CHECK(pthread_create(&threads[i], NULL, work, &workers[i]) == 0);
        for (int i = 0; i < 2; i++)
            CHECK(pthread_join(threads[i], NULL) == 0);
        CHECK(workers[0].missing + workers[1].missing == (b == 0 ? 1000 : 0));
        fixture_commit(&fixture);
    }
    fixture_finish(&fixture);
}

static const struct check_case cases[] = {
    CHECK_CASE(what_does_not_fit_names_the_setting_and_goes_away),
    CHECK_CASE(state_may_be_much_larger_than_memory),
    CHECK_CASE(after_a_scan_no_more_is_held_than_may_be),
    CHECK_CASE(a_large_table_is_no_other),
    CHECK_CASE(a_hot_key_takes_the_memory_of_one),
    CHECK_CASE(generations_begin_anew_after_the_last),
    CHECK_CASE(no_memory_changes_nothing),
    CHECK_CASE(no_memory_opens_nothing),
    CHECK_CASE(no_memory_for_making_room_loses_nothing),
    CHECK_CASE(threads_work_on_slots_of_their_own),
};
CHECK_MAIN(cases)
