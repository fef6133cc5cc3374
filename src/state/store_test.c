/* store_test: what a store refuses, keeps apart, and does at its edges. */
#include "base/memory.h"
#include "state/store_internal.h"
#include "tests/support/state_fixture.h"

__attribute__((visibility("default"))) int fdatasync(int fd)
{
    (void)fd;
    return 0;
}

/* ---- names ---- */

static leat_status declare(struct leat_stores *stores, const char *name, const char *kind,
                           const char *type, leat_error *err)
{
    struct leat_store_definition definition = {name, kind, type, "new.c:8"};
    struct leat_store *store = NULL;
    leat_status status = leat_stores_declare(stores, &definition, &store, err);

    CHECK((status == LEAT_OK) == (store != NULL));
    return status;
}

static void another_kind_or_type_is_refused_with_both_named(void)
{
    struct fixture fixture;
    leat_error err = {LEAT_OK, ""};

    fixture_start(&fixture, 1 << 20);
    fixture_put(&fixture, leat_string("key"), "value");
    fixture_commit(&fixture);
    fixture_close(&fixture);
    CHECK_OK(leat_checkpoint_open(fixture.root, &fixture.checkpoint, NULL));
    fixture.stores = sample_stores(fixture.checkpoint, FIXTURE_SLOTS, 1 << 20);
    CHECK(declare(fixture.stores, "it", "map_with_state", "string -> i64", &err) == LEAT_INVALID);
    CHECK(strstr(err.message, "'it' at new.c:8") != NULL);
    CHECK(strstr(err.message, "string -> i64") != NULL);
    CHECK(strstr(err.message, "string -> bytes") != NULL);
    CHECK(strstr(err.message, "use another name") != NULL);
    CHECK(declare(fixture.stores, "it", "window", "string -> bytes", &err) == LEAT_INVALID);
    CHECK(strstr(err.message, "window") != NULL && strstr(err.message, "map_with_state") != NULL);
    CHECK_OK(declare(fixture.stores, "it", "map_with_state", "string -> bytes", &err));
    CHECK_OK(declare(fixture.stores, "another", "window", "string -> i64", &err));
    fixture_finish(&fixture);
}

static void a_name_is_declared_once(void)
{
    struct fixture fixture;
    leat_error err = {LEAT_OK, ""};

    fixture_start(&fixture, 1 << 20);
    CHECK(declare(fixture.stores, "it", "map_with_state", "string -> bytes", &err) == LEAT_INVALID);
    CHECK(strstr(err.message, "job.c:7") != NULL && strstr(err.message, "new.c:8") != NULL);
    fixture_finish(&fixture);
}

static void a_name_has_1_to_200_bytes(void)
{
    char longest[202];
    struct fixture fixture;

    memset(longest, 'n', sizeof longest);
    longest[201] = '\0';
    fixture_start(&fixture, 1 << 20);
    CHECK(declare(fixture.stores, "", "window", "t", NULL) == LEAT_INVALID);
    CHECK(declare(fixture.stores, longest, "window", "t", NULL) == LEAT_INVALID);
    longest[200] = '\0';
    CHECK_OK(declare(fixture.stores, longest, "window", "t", NULL));
    fixture_put(&fixture, leat_string("key"), "value");
    fixture_commit(&fixture);
    fixture_reopen(&fixture);
    CHECK(leat_stores_find(fixture.stores, longest) != NULL);
    CHECK(leat_stores_find(fixture.stores, "other") == NULL);
    fixture_finish(&fixture);
}

static void a_name_that_was_never_committed_is_free(void)
{
    struct fixture fixture;

    fixture_start(&fixture, 1 << 20);
    CHECK_OK(declare(fixture.stores, "tried", "window", "t", NULL));
    fixture_reopen(&fixture);
    CHECK_OK(declare(fixture.stores, "tried", "map_with_state", "other", NULL));
    fixture_finish(&fixture);
}

struct listing {
    int count;
    struct leat_store_summary last;
    char name[32];
};

static leat_status list(void *context, const struct leat_store_summary *summary)
{
    struct listing *listing = context;

    listing->count++;
    listing->last = *summary;
    snprintf(listing->name, sizeof listing->name, "%s", summary->name);
    return LEAT_OK;
}

static void what_a_stopped_job_kept_is_listed_without_its_declaration(void)
{
    struct listing listing = {.count = 0};
    struct fixture fixture;
    uint64_t bytes;

    fixture_start(&fixture, 1 << 20);
    fixture_put(&fixture, leat_string("ab"), "123");
    fixture_put(&fixture, leat_string("c"), "");
    fixture_put(&fixture, (leat_bytes){NULL, 0}, "1");
    fixture_put(&fixture, leat_string("gone"), "1");
    fixture_write_delta(&fixture);
    CHECK_OK(sample_remove(&fixture.at, leat_string("gone"), NULL));
    fixture_write_delta(&fixture);
    fixture_close(&fixture);
    CHECK_OK(leat_checkpoint_open(fixture.root, &fixture.checkpoint, NULL));
    CHECK_OK(leat_checkpoint_begin(fixture.checkpoint, NULL));
    CHECK_OK(leat_delta_fold(fixture.checkpoint, 2, &bytes, NULL)); /* The next start applies it. */
    CHECK_OK(leat_checkpoint_commit(fixture.checkpoint, NULL));
    fixture.stores = sample_stores(fixture.checkpoint, FIXTURE_SLOTS, 1 << 20);
    CHECK_OK(leat_stores_list(fixture.stores, list, &listing, NULL));
    CHECK(listing.count == 1 && strcmp(listing.name, "it") == 0);
    CHECK(listing.last.keys == 3 && listing.last.bytes == 2 + 3 + 1 + 1);
    CHECK(strcmp(leat_stores_find(fixture.stores, "it")->type, "string -> bytes") == 0);
    fixture_finish(&fixture);
}

/* ---- keys and values ---- */

static void null_and_empty_are_two_keys(void)
{
    struct leat_stores_options options = {NULL, 1, 1 << 20}; /* Both in one slot. */
    leat_bytes null = {NULL, 0};
    char root[PATH_MAX];

    scratch_make(root);
    for (int with = 0; with < 2; with++) {
        struct leat_stores *stores;
        struct sample_place at;

        if (with == 1)
            CHECK_OK(leat_checkpoint_open(root, &options.checkpoint, NULL));
        CHECK_OK(leat_stores_open(&options, &stores, NULL));
        at = (struct sample_place){sample_declare(stores, "it"), stores};
        CHECK_OK(sample_put(&at, null, leat_string("null"), 1, NULL));
        CHECK(sample_get(&at, leat_string("")).value.data == NULL);
        CHECK_OK(sample_put(&at, leat_string(""), leat_string("empty"), 2, NULL));
        CHECK(leat_bytes_equal(sample_get(&at, null).value, leat_string("null")));
        CHECK(sample_get(&at, null).updated_at == 1);
        CHECK(leat_bytes_equal(sample_get(&at, leat_string("")).value, leat_string("empty")));
        CHECK_OK(sample_remove(&at, leat_string(""), NULL));
        CHECK(sample_get(&at, leat_string("")).value.data == NULL);
        CHECK(leat_bytes_equal(sample_get(&at, null).value, leat_string("null")));
        leat_stores_destroy(stores);
        leat_checkpoint_close(options.checkpoint);
    }
    scratch_remove(root);
}

static void keys_of_every_length_around_the_databases_limit_come_back(void)
{
    char bytes[600];
    struct fixture fixture;

    memset(bytes, 'k', sizeof bytes);
    fixture_start(&fixture, 1 << 20);
    for (size_t size = 495; size < 520; size++) {
        char value[16];

        snprintf(value, sizeof value, "%zu", size);
        fixture_put(&fixture, (leat_bytes){bytes, size}, value);
    }
    fixture_commit(&fixture);
    fixture_reopen(&fixture);
    for (size_t size = 495; size < 520; size++) {
        char value[16];

        snprintf(value, sizeof value, "%zu", size);
        fixture_check(&fixture, (leat_bytes){bytes, size}, value);
    }
    fixture_finish(&fixture);
}

/* A key may be made so that it ends as another's SHA-256; it is shorter than what stands for it. */
static void a_key_that_looks_like_a_stored_one_is_another(void)
{
    struct leat_stored_key stored;
    char bytes[600];
    leat_bytes long_key = {bytes, sizeof bytes};
    leat_bytes forged;
    struct fixture fixture;

    memset(bytes, 'k', sizeof bytes);
    fixture_start(&fixture, 1 << 20);
    leat_stored_key_make(&stored, 1, 0, long_key);
    CHECK(stored.size == LEAT_STORED_KEY_MAX);
    forged = (leat_bytes){stored.bytes + LEAT_STORED_PREFIX, stored.size - LEAT_STORED_PREFIX};
    fixture_put(&fixture, long_key, "long");
    fixture_put(&fixture, forged, "forged");
    fixture_commit(&fixture);
    fixture_reopen(&fixture);
    fixture_check(&fixture, long_key, "long");
    fixture_check(&fixture, forged, "forged");
    fixture_finish(&fixture);
}

static void a_value_may_come_from_the_store_itself(void)
{
    struct fixture fixture;
    leat_bytes a = leat_string("a");
    leat_bytes b = leat_string("b");

    fixture_start(&fixture, 8 << 10);
    fixture_put(&fixture, a, "0123456789");
    for (int i = 0; i < 100; i++) {
        leat_bytes value = sample_get(&fixture.at, a).value;

        CHECK_OK(sample_put(&fixture.at, b, value, i, NULL));
        value = sample_get(&fixture.at, b).value;
        CHECK_OK(sample_put(&fixture.at, b, (leat_bytes){value.data + 1, 5}, i, NULL));
        fixture_check(&fixture, b, "12345");
        fixture_commit(&fixture);
    }
    fixture_check(&fixture, a, "0123456789");
    fixture_finish(&fixture);
}

static void removing_what_is_not_there_is_no_change(void)
{
    struct fixture fixture;

    fixture_start(&fixture, 1 << 20);
    CHECK_OK(sample_remove(&fixture.at, leat_string("a"), NULL));
    CHECK(!leat_stores_have_changes(fixture.stores));
    fixture_put(&fixture, leat_string("b"), "1");
    fixture_commit(&fixture);
    fixture_reopen(&fixture);
    CHECK_OK(sample_remove(&fixture.at, leat_string("a"), NULL));
    CHECK(!leat_stores_have_changes(fixture.stores));
    CHECK_OK(sample_remove(&fixture.at, leat_string("b"), NULL));
    CHECK(leat_stores_have_changes(fixture.stores));
    fixture_check(&fixture, leat_string("b"), NULL);
    leat_store_revert_slot(fixture.at.store,
                           leat_stores_slot(fixture.stores, sample_hash(leat_string("b"))));
    CHECK(!leat_stores_have_changes(fixture.stores));
    fixture_check(&fixture, leat_string("b"), "1");
    fixture_finish(&fixture);
}

/* ---- scans ---- */

struct growing {
    struct fixture *fixture;
    int visits;
};

/* The first visit makes all others larger than a segment. */
static leat_status grow_others(void *context, leat_bytes key, const struct leat_state_entry *entry)
{
    static char large[3000];
    struct growing *growing = context;

    (void)key;
    CHECK(growing->visits == 0 ? entry->value.size == 1 : entry->value.size == sizeof large);
    for (int i = 0; i < 20 && growing->visits == 0; i++) {
        char name[16];

        number_key(name, i);
        CHECK_OK(sample_put(&growing->fixture->at, leat_string(name),
                            (leat_bytes){large, sizeof large}, 2, NULL));
    }
    growing->visits++;
    return LEAT_OK;
}

static void a_scan_finds_what_a_visit_moved(void)
{
    for (int folded = 0; folded < 2; folded++) {
        struct fixture fixture;
        struct growing growing = {&fixture, 0};

        *(&fixture) = (struct fixture){.memory_bytes = 4 << 20};
        scratch_make(fixture.root);
        CHECK_OK(leat_checkpoint_open(fixture.root, &fixture.checkpoint, NULL));
        fixture.stores = sample_stores(fixture.checkpoint, 1, fixture.memory_bytes);
        fixture.at = (struct sample_place){sample_declare(fixture.stores, "it"), fixture.stores};
        for (int i = 0; i < 20; i++) {
            char key[16];

            number_key(key, i);
            fixture_put(&fixture, leat_string(key), "1");
            if (i == 10 && folded == 1)
                fixture_commit(&fixture);
        }
        CHECK_OK(
            leat_store_scan(fixture.at.store, 0, leat_string(""), grow_others, &growing, NULL));
        CHECK(growing.visits == 20);
        fixture_finish(&fixture);
    }
}

static leat_status stop_at_once(void *context, leat_bytes key, const struct leat_state_entry *entry)
{
    (void)context;
    (void)key;
    (void)entry;
    return LEAT_CANCELLED;
}

struct order {
    char keys[256];
};

static leat_status note(void *context, leat_bytes key, const struct leat_state_entry *entry)
{
    struct order *order = context;

    (void)entry;
    snprintf(order->keys + strlen(order->keys), sizeof order->keys - strlen(order->keys), "%.*s ",
             LEAT_ARG(key));
    return LEAT_OK;
}

static void a_scan_has_the_databases_keys_in_order_and_then_newer_ones(void)
{
    struct leat_stores_options options = {NULL, 1, 1 << 20};
    struct order order = {""};
    struct fixture fixture = {.memory_bytes = 1 << 20};

    scratch_make(fixture.root);
    CHECK_OK(leat_checkpoint_open(fixture.root, &fixture.checkpoint, NULL));
    options.checkpoint = fixture.checkpoint;
    CHECK_OK(leat_stores_open(&options, &fixture.stores, NULL));
    fixture.at = (struct sample_place){sample_declare(fixture.stores, "it"), fixture.stores};
    fixture_put(&fixture, leat_string("pc"), "1");
    fixture_put(&fixture, leat_string("pa"), "1");
    fixture_put(&fixture, leat_string("q"), "1");
    fixture_put(&fixture, leat_string("pd"), "1");
    fixture_commit(&fixture);
    fixture_put(&fixture, leat_string("pz"), "1");
    fixture_put(&fixture, leat_string("pb"), "1");
    fixture_put(&fixture, leat_string("pc"), "2");
    CHECK_OK(sample_remove(&fixture.at, leat_string("pd"), NULL));
    for (int i = 0; i < 2; i++) {
        order.keys[0] = '\0';
        CHECK_OK(leat_store_scan(fixture.at.store, 0, leat_string("p"), note, &order, NULL));
        CHECK(strcmp(order.keys, "pa pc pz pb ") == 0);
        CHECK(leat_store_scan(fixture.at.store, 0, leat_string("p"), stop_at_once, NULL, NULL) ==
              LEAT_CANCELLED);
    }
    fixture_finish(&fixture);
}

/* ---- damage ---- */

static void damaged_state_is_never_taken_as_good(void)
{
    struct leat_stored_key stored;
    struct fixture fixture;
    leat_bytes key = leat_string("a");
    uint32_t hash = sample_hash(key);
    struct leat_state_entry entry;
    leat_error err = {LEAT_OK, ""};

    fixture_start(&fixture, 1 << 20);
    fixture_put(&fixture, key, "1");
    fixture_commit(&fixture);
    fixture_reopen(&fixture);
    leat_stored_key_make(&stored, 1, leat_stores_slot(fixture.stores, hash), key);
    CHECK_OK(leat_checkpoint_begin(fixture.checkpoint, NULL));
    CHECK_OK(leat_checkpoint_put(fixture.checkpoint, LEAT_DATABASE_STATE,
                                 leat_stored_key_view(&stored), leat_string("x"), NULL));
    CHECK_OK(leat_checkpoint_commit(fixture.checkpoint, NULL));
    CHECK(leat_store_get(fixture.at.store, leat_stores_slot(fixture.stores, hash), hash, key,
                         &entry, &err) == LEAT_CORRUPT);
    CHECK(strstr(err.message, "'it'") != NULL && strstr(err.message, fixture.root) != NULL);
    fixture_finish(&fixture);
}

static void a_damaged_name_is_found_out(void)
{
    static const char name[] = "store.it";
    struct fixture fixture;
    leat_bytes value;
    char good[64];
    size_t size;

    fixture_start(&fixture, 1 << 20);
    fixture_put(&fixture, leat_string("a"), "1");
    fixture_commit(&fixture);
    CHECK_OK(leat_checkpoint_begin(fixture.checkpoint, NULL));
    CHECK_OK(leat_checkpoint_get(fixture.checkpoint, LEAT_DATABASE_META, leat_string(name), &value,
                                 NULL));
    CHECK(value.data != NULL && value.size <= sizeof good);
    size = value.size;
    memcpy(good, value.data, size);
    leat_checkpoint_abort(fixture.checkpoint);
    leat_stores_destroy(fixture.stores);
    for (size_t at = 0; at < 2 * size; at++) {
        struct leat_stores_options options = {fixture.checkpoint, FIXTURE_SLOTS, 1 << 20};
        leat_error err = {LEAT_OK, ""};
        char bad[64];

        memcpy(bad, good, size);
        if (at < size)
            bad[at] = (char)(bad[at] ^ (1 << at % 8));
        CHECK_OK(leat_checkpoint_begin(fixture.checkpoint, NULL));
        CHECK_OK(leat_checkpoint_put(fixture.checkpoint, LEAT_DATABASE_META, leat_string(name),
                                     (leat_bytes){bad, at < size ? size : at - size}, NULL));
        CHECK_OK(leat_checkpoint_commit(fixture.checkpoint, NULL));
        CHECK(leat_stores_open(&options, &fixture.stores, &err) == LEAT_CORRUPT);
        CHECK(strstr(err.message, name) != NULL);
    }
    leat_checkpoint_close(fixture.checkpoint);
    scratch_remove(fixture.root);
}

static const struct check_case cases[] = {
    CHECK_CASE(another_kind_or_type_is_refused_with_both_named),
    CHECK_CASE(a_name_is_declared_once),
    CHECK_CASE(a_name_has_1_to_200_bytes),
    CHECK_CASE(a_name_that_was_never_committed_is_free),
    CHECK_CASE(what_a_stopped_job_kept_is_listed_without_its_declaration),
    CHECK_CASE(null_and_empty_are_two_keys),
    CHECK_CASE(keys_of_every_length_around_the_databases_limit_come_back),
    CHECK_CASE(a_key_that_looks_like_a_stored_one_is_another),
    CHECK_CASE(a_value_may_come_from_the_store_itself),
    CHECK_CASE(removing_what_is_not_there_is_no_change),
    CHECK_CASE(a_scan_finds_what_a_visit_moved),
    CHECK_CASE(a_scan_has_the_databases_keys_in_order_and_then_newer_ones),
    CHECK_CASE(damaged_state_is_never_taken_as_good),
    CHECK_CASE(a_damaged_name_is_found_out),
};
CHECK_MAIN(cases)
