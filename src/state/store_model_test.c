/* store_model_test: thousands of random operations, batches, failures and restarts, at memory
 * limits that hold a part of it only, against two plain arrays: what is committed, and what is
 * pending. */
#include <time.h>

#include "base/memory.h"
#include "tests/support/state_sample.h"

enum { STORES = 2, KEYS = 400, SLOTS = 4, VALUE_MAX = 1500, LONG_KEY = 700, BATCHES = 500 };

/* Thousands of commits: none has to outlive a power cut. */
__attribute__((visibility("default"))) int fdatasync(int fd)
{
    (void)fd;
    return 0;
}

struct value {
    bool is_there;
    uint32_t seed; /* What the bytes are made of. */
    size_t size;
    leat_time time;
};

struct model {
    char root[PATH_MAX];
    uint64_t random;
    size_t memory_bytes;
    bool has_checkpoint;
    bool restarts;
    struct leat_checkpoint *checkpoint;
    struct leat_stores *stores;
    struct sample_place at[STORES];
    leat_bytes keys[KEYS];
    struct value committed[STORES][KEYS];
    struct value pending[STORES][KEYS];
    int64_t n; /* Of the batch that runs. */
    bool unfolded;
};

static uint32_t draw(struct model *model, uint32_t below)
{
    model->random = model->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(model->random >> 33) % below;
}

/* ---- keys and values ---- */

/* Null, empty, prefixes of each other, long ones that differ at their end only. */
static leat_bytes make_key(int i)
{
    char text[LONG_KEY + 1];
    size_t size;
    char *out;

    if (i == 0)
        return (leat_bytes){NULL, 0};
    memset(text, 'k', sizeof text);
    size = i == 1 ? 0 : (size_t)snprintf(text, 16, "%04d", i);
    if (i % 10 == 2) {
        memset(text, 'k', sizeof text);
        size = (size_t)snprintf(text + LONG_KEY - 100, 16, "%04d", i) + LONG_KEY - 100;
    } else if (i % 10 == 3) {
        text[size] = 'k';
        size = 500 + (size_t)(i / 10 % 10); /* Around what fits into a key of the database. */
    }
    out = leat_alloc(1, size + 1);
    CHECK(out != NULL);
    memcpy(out, text, size);
    return (leat_bytes){out, size};
}

static leat_bytes make_value(const struct value *value, char out[VALUE_MAX])
{
    for (size_t i = 0; i < value->size; i++)
        out[i] = (char)(value->seed + i * 7);
    return (leat_bytes){out, value->size};
}

static void check_value(const struct value *value, const struct leat_state_entry *entry)
{
    char bytes[VALUE_MAX];

    if (!value->is_there) {
        CHECK(entry->value.data == NULL);
        return;
    }
    CHECK(leat_bytes_equal(entry->value, make_value(value, bytes)));
    CHECK(entry->updated_at == value->time);
}

/* ---- opening ---- */

static void open_all(struct model *model)
{
    static const char *const names[STORES] = {"first", "second"};

    if (model->has_checkpoint)
        CHECK_OK(leat_checkpoint_open(model->root, &model->checkpoint, NULL));
    model->stores = sample_stores(model->checkpoint, SLOTS, model->memory_bytes);
    for (int s = 0; s < STORES; s++)
        model->at[s] =
            (struct sample_place){sample_declare(model->stores, names[s]), model->stores};
}

static void close_all(struct model *model)
{
    leat_stores_destroy(model->stores);
    leat_checkpoint_close(model->checkpoint);
}

/* ---- one batch ---- */

static void check_all(struct model *model)
{
    for (int s = 0; s < STORES; s++)
        for (int i = 0; i < KEYS; i++) {
            struct leat_state_entry entry = sample_get(&model->at[s], model->keys[i]);

            check_value(&model->pending[s][i], &entry);
        }
}

static void revert_model(struct model *model)
{
    memcpy(model->pending, model->committed, sizeof model->pending);
}

/* A batch that is too large is given up. */
static bool changed(struct model *model, leat_status status, const leat_error *err)
{
    if (status == LEAT_OK)
        return true;
    CHECK(status == LEAT_LIMIT && strstr(err->message, "leat.memory.limit") != NULL);
    leat_stores_revert(model->stores);
    revert_model(model);
    return false;
}

static void change(struct model *model)
{
    char bytes[VALUE_MAX];
    int s = (int)draw(model, STORES);
    int i = (int)(draw(model, 3) == 0 ? draw(model, 20) : draw(model, KEYS));
    struct value value = {true, draw(model, 256), draw(model, 120), (leat_time)draw(model, 1000)};
    leat_error err = {LEAT_OK, ""};

    if (draw(model, 40) == 0)
        value.size = draw(model, VALUE_MAX);
    if (draw(model, 5) == 0) {
        value = (struct value){.is_there = false};
        if (!changed(model, sample_remove(&model->at[s], model->keys[i], &err), &err))
            return;
    } else if (!changed(model,
                        sample_put(&model->at[s], model->keys[i], make_value(&value, bytes),
                                   value.time, &err),
                        &err)) {
        return;
    }
    model->pending[s][i] = value;
}

static void revert_a_slot(struct model *model)
{
    int s = (int)draw(model, STORES);
    uint32_t slot = draw(model, SLOTS);

    leat_store_revert_slot(model->at[s].store, slot);
    for (int i = 0; i < KEYS; i++)
        if (leat_stores_slot(model->stores, sample_hash(model->keys[i])) == slot)
            model->pending[s][i] = model->committed[s][i];
}

static void run_batch(struct model *model)
{
    uint32_t changes = draw(model, 60);

    for (uint32_t c = 0; c < changes; c++) {
        int s = (int)draw(model, STORES);
        int i = (int)draw(model, KEYS);
        struct leat_state_entry entry = sample_get(&model->at[s], model->keys[i]);

        check_value(&model->pending[s][i], &entry);
        change(model);
        if (draw(model, 200) == 0)
            revert_a_slot(model);
    }
}

/* ---- scans ---- */

struct meeting {
    struct model *model;
    int store;
    leat_bytes prefix;
    bool seen[KEYS];
    bool change;
};

static leat_status meet(void *context, leat_bytes key, const struct leat_state_entry *entry)
{
    struct meeting *meeting = context;
    struct model *model = meeting->model;
    struct value *value = NULL;
    char bytes[VALUE_MAX];
    int i;

    for (i = 0; i < KEYS && value == NULL; i++)
        if (leat_bytes_equal(key, model->keys[i]))
            value = &model->pending[meeting->store][i];
    CHECK(value != NULL && !meeting->seen[i - 1]);
    meeting->seen[i - 1] = true;
    check_value(value, entry);
    if (meeting->change && draw(model, 2) == 0) {
        struct value next = {true, value->seed + 1, value->size + 9, value->time + 1};
        struct sample_place *at = &model->at[meeting->store];

        if (next.size < VALUE_MAX &&
            sample_put(at, key, make_value(&next, bytes), next.time, NULL) == LEAT_OK)
            *value = next;
    } else if (meeting->change && draw(model, 4) == 0) {
        if (sample_remove(&model->at[meeting->store], key, NULL) == LEAT_OK)
            value->is_there = false;
    }
    return LEAT_OK;
}

static bool begins(leat_bytes key, leat_bytes prefix)
{
    return key.size >= prefix.size &&
           (prefix.size == 0 || memcmp(key.data, prefix.data, prefix.size) == 0);
}

static void scan(struct model *model, bool may_change)
{
    static const char *const prefixes[] = {"", "00", "003", "kkkk", "0", "x"};
    struct value before[KEYS];
    struct meeting meeting = {
        .model = model, .store = (int)draw(model, STORES), .change = may_change};

    meeting.prefix = leat_string(prefixes[draw(model, 6)]);
    memcpy(before, model->pending[meeting.store], sizeof before);
    for (uint32_t slot = 0; slot < SLOTS; slot++)
        CHECK_OK(leat_store_scan(model->at[meeting.store].store, slot, meeting.prefix, meet,
                                 &meeting, NULL));
    for (int i = 0; i < KEYS; i++)
        CHECK(meeting.seen[i] == (before[i].is_there && begins(model->keys[i], meeting.prefix)));
}

/* ---- the end of a batch ---- */

static void accept_model(struct model *model)
{
    memcpy(model->committed, model->pending, sizeof model->committed);
    model->n++;
}

/* prepared(n) is on the disk, and then the process ends. The group says which way. */
static void crash_when_prepared(struct model *model)
{
    bool forward = draw(model, 2) == 0;

    close_all(model);
    open_all(model);
    CHECK_OK(leat_checkpoint_begin(model->checkpoint, NULL));
    if (forward)
        CHECK_OK(leat_stores_fold(model->stores, model->n, NULL));
    else
        CHECK_OK(leat_stores_drop_delta(model->stores, NULL));
    if (draw(model, 4) == 0) { /* And once more, before that is on the disk. */
        leat_checkpoint_abort(model->checkpoint);
        crash_when_prepared(model);
        return;
    }
    CHECK_OK(leat_checkpoint_commit(model->checkpoint, NULL));
    if (forward) {
        leat_stores_folded(model->stores);
        CHECK_OK(leat_stores_apply(model->stores, true, NULL));
        accept_model(model);
    } else {
        revert_model(model);
    }
    model->unfolded = false;
}

/* As leat_ledger_write_prepared; false: it failed, and nothing is on the disk. */
static bool prepare(struct model *model)
{
    bool fold = model->unfolded;

    CHECK_OK(leat_checkpoint_begin(model->checkpoint, NULL));
    if (fold)
        CHECK_OK(leat_stores_fold(model->stores, model->n - 1, NULL));
    CHECK_OK(leat_stores_write_delta(model->stores, model->n, NULL));
    if (draw(model, 8) == 0) {
        leat_checkpoint_abort(model->checkpoint);
        return false;
    }
    CHECK_OK(leat_checkpoint_commit(model->checkpoint, NULL));
    if (fold) {
        leat_stores_folded(model->stores);
        CHECK_OK(leat_stores_apply(model->stores, draw(model, 4) == 0, NULL));
    }
    model->unfolded = false;
    return true;
}

static void commit(struct model *model)
{
    if (!prepare(model)) {
        if (draw(model, 2) == 0)
            return; /* Goes on, and tries again. */
        leat_stores_revert(model->stores);
        revert_model(model);
        return;
    }
    switch (draw(model, 6)) {
    case 0:
        if (!model->restarts)
            return; /* Prepares it once more. */
        crash_when_prepared(model);
        break;
    case 1: /* Kafka says no. */
        leat_stores_revert(model->stores);
        revert_model(model);
        break;
    default:
        leat_stores_accept(model->stores);
        accept_model(model);
        model->unfolded = true;
    }
}

/* As leat_ledger_settle with changes. */
static void settle_at_once(struct model *model)
{
    CHECK_OK(leat_checkpoint_begin(model->checkpoint, NULL));
    if (model->unfolded)
        CHECK_OK(leat_stores_fold(model->stores, model->n - 1, NULL));
    CHECK_OK(leat_stores_write_delta(model->stores, model->n, NULL));
    CHECK_OK(leat_stores_fold(model->stores, model->n, NULL));
    CHECK_OK(leat_checkpoint_commit(model->checkpoint, NULL));
    leat_stores_folded(model->stores);
    CHECK(!leat_stores_have_changes(model->stores));
    CHECK_OK(leat_stores_apply(model->stores, draw(model, 2) == 0, NULL));
    accept_model(model);
    model->unfolded = false;
}

/* The process ends where nothing is prepared: what is pending is gone. */
static void restart(struct model *model)
{
    leat_stores_revert(model->stores);
    revert_model(model);
    if (model->unfolded) {
        CHECK_OK(leat_checkpoint_begin(model->checkpoint, NULL));
        CHECK_OK(leat_stores_fold(model->stores, model->n - 1, NULL));
        CHECK_OK(leat_checkpoint_commit(model->checkpoint, NULL));
        leat_stores_folded(model->stores);
        model->unfolded = false;
    }
    close_all(model);
    open_all(model);
}

static void end_batch(struct model *model)
{
    uint32_t what = draw(model, 20);

    if (what == 0) {
        leat_stores_revert(model->stores);
        revert_model(model);
    } else if (!model->has_checkpoint) {
        leat_stores_accept(model->stores);
        accept_model(model);
    } else if (what == 1 && model->restarts) {
        restart(model);
    } else if (what == 2) {
        settle_at_once(model);
    } else {
        commit(model);
    }
}

static void run(bool has_checkpoint, bool restarts, size_t memory_bytes, uint64_t seed)
{
    struct model *model = leat_alloc(1, sizeof *model);

    CHECK(model != NULL);
    fprintf(stderr, "  seed %llu, %zu bytes\n", (unsigned long long)seed, memory_bytes);
    model->random = seed;
    model->memory_bytes = memory_bytes;
    model->has_checkpoint = has_checkpoint;
    model->restarts = restarts;
    model->n = 1;
    for (int i = 0; i < KEYS; i++)
        model->keys[i] = make_key(i);
    scratch_make(model->root);
    open_all(model);
    for (int b = 0; b < BATCHES; b++) {
        run_batch(model);
        if (draw(model, 4) == 0)
            scan(model, draw(model, 2) == 0);
        if (draw(model, 10) == 0)
            check_all(model);
        end_batch(model);
    }
    check_all(model);
    CHECK(model->n > BATCHES / 4); /* Enough batches came to an end. */
    close_all(model);
    scratch_remove(model->root);
    for (int i = 0; i < KEYS; i++)
        leat_free((void *)(uintptr_t)model->keys[i].data);
    leat_free(model);
}

/* LEAT_SEED repeats a run. */
static uint64_t seed_of(int i)
{
    const char *text = getenv("LEAT_SEED");

    return text != NULL ? strtoull(text, NULL, 10) : (uint64_t)time(NULL) * 10 + (uint64_t)i;
}

static void a_roomy_cache_is_the_model(void)
{
    run(true, true, (size_t)64 << 20, seed_of(0));
}

static void a_small_cache_is_the_model(void)
{
    run(true, true, 100 << 10, seed_of(1));
}

static void a_tiny_cache_is_the_model(void)
{
    run(true, true, 40 << 10, seed_of(2));
}

static void a_small_cache_that_never_restarts_is_the_model(void)
{
    run(true, false, 60 << 10, seed_of(4));
}

static void a_roomy_cache_that_never_restarts_is_the_model(void)
{
    run(true, false, (size_t)64 << 20, seed_of(5));
}

static void a_store_without_a_checkpoint_is_the_model(void)
{
    run(false, false, (size_t)64 << 20, seed_of(3));
}

static const struct check_case cases[] = {
    CHECK_CASE(a_roomy_cache_is_the_model),
    CHECK_CASE(a_small_cache_is_the_model),
    CHECK_CASE(a_tiny_cache_is_the_model),
    CHECK_CASE(a_small_cache_that_never_restarts_is_the_model),
    CHECK_CASE(a_roomy_cache_that_never_restarts_is_the_model),
    CHECK_CASE(a_store_without_a_checkpoint_is_the_model),
};
CHECK_MAIN(cases)
