/* store: see store.h. Here: opening, and one key. */
#include "state/store.h"

#include <assert.h>

#include "base/memory.h"
#include "state/store_internal.h"

enum { SEGMENT_MIN = 1 << 10 };
static const size_t bytes_max = (size_t)1 << 30; /* Of a key, and of a value. */

/* ---- opening ---- */

/* So that all slots together do not round the limit up by much. */
static uint32_t segment_size_max(const struct leat_stores_options *options)
{
    size_t size = options->memory_bytes / options->slots / 32;

    if (size > LEAT_POOL_PIECE)
        return LEAT_POOL_PIECE;
    return size < SEGMENT_MIN ? SEGMENT_MIN : (uint32_t)(size & ~(size_t)511);
}

leat_status leat_stores_open(const struct leat_stores_options *options, struct leat_stores **out,
                             leat_error *err)
{
    struct leat_stores *stores = leat_alloc(1, sizeof *stores);
    leat_status status = LEAT_OK;

    assert(options->slots >= 1 && options->slots <= 4096);
    if (stores == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for the state");
    stores->checkpoint = options->checkpoint;
    stores->slots = options->slots;
    stores->segment_size_max = segment_size_max(options);
    leat_pool_init(&stores->budget.pool);
    stores->budget.limit_bytes = options->memory_bytes;
    stores->generations = (struct leat_generations){.running = 2, .folded = 1}; /* 0: nothing. */
    stores->next_id = 1;
    if (stores->checkpoint != NULL) {
        status = leat_delta_apply(stores->checkpoint, err);
        if (status == LEAT_OK)
            status = leat_names_load(stores, err);
    }
    if (status != LEAT_OK) {
        leat_stores_destroy(stores);
        return status;
    }
    *out = stores;
    return LEAT_OK;
}

void leat_store_destroy(struct leat_store *store)
{
    if (store == NULL)
        return;
    for (uint32_t i = 0; store->tables != NULL && i < store->stores->slots; i++) {
        if (store->tables[i] != NULL)
            leat_table_release(store->tables[i]);
        leat_free(store->tables[i]);
    }
    leat_free(store->tables);
    leat_free(store->name);
    leat_free(store->kind);
    leat_free(store->type);
    leat_free(store->where);
    leat_free(store);
}

void leat_stores_destroy(struct leat_stores *stores)
{
    if (stores == NULL)
        return;
    while (stores->first != NULL) {
        struct leat_store *store = stores->first;

        stores->first = store->next;
        leat_store_destroy(store);
    }
    assert(atomic_load(&stores->budget.held_bytes) == 0);
    leat_pool_release(&stores->budget.pool);
    leat_free(stores->changes);
    leat_free(stores);
}

uint32_t leat_stores_slot_count(const struct leat_stores *stores)
{
    return stores->slots;
}

uint32_t leat_stores_slot(const struct leat_stores *stores, uint32_t hash)
{
    return (hash & 0x7fffffffu) % stores->slots;
}

/* ---- a slot's table ---- */

leat_status leat_store_fail_damaged(const struct leat_store *store, leat_error *err)
{
    return leat_fail(err, LEAT_CORRUPT,
                     "state '%s': what checkpoint '%s' has stored is damaged; restore it from a "
                     "backup, or start with another directory and --adopt",
                     store->name, leat_checkpoint_directory(store->stores->checkpoint));
}

static leat_status fail_no_memory(const struct leat_store *store, leat_error *err)
{
    return leat_fail(err, LEAT_NO_MEMORY, "no memory for state '%s'", store->name);
}

static leat_status find_any(const struct leat_store *store, struct leat_checkpoint_reader *reader,
                            uint32_t slot, bool *out, leat_error *err)
{
    struct leat_stored_key from;
    leat_bytes key;
    leat_bytes value;

    leat_stored_key_make(&from, store->id, slot, leat_string(""));
    LEAT_TRY(leat_checkpoint_reader_seek(reader, LEAT_DATABASE_STATE, leat_stored_key_view(&from),
                                         &key, &value, err));
    *out = *out || (key.data != NULL && memcmp(key.data, from.bytes, LEAT_STORED_PREFIX) == 0);
    return LEAT_OK;
}

/* A slot of which the database has nothing needs not to be asked for new keys. */
static leat_status ask_whether_empty(const struct leat_store *store, uint32_t slot,
                                     struct leat_table *table, leat_error *err)
{
    struct leat_checkpoint_reader *reader;
    bool is_any = false;
    leat_status status;

    if (table->knows != LEAT_TABLE_UNKNOWN)
        return LEAT_OK;
    LEAT_TRY(leat_checkpoint_reader_take(store->stores->checkpoint, &reader, err));
    status = find_any(store, reader, slot, &is_any, err);
    if (status == LEAT_OK)
        status = find_any(store, reader, slot | LEAT_STORED_NULL_SLOT, &is_any, err);
    leat_checkpoint_reader_give(reader);
    table->knows = is_any ? LEAT_TABLE_SOME : LEAT_TABLE_ALL;
    return status;
}

struct leat_table *leat_store_table(struct leat_store *store, uint32_t slot, leat_error *err)
{
    struct leat_stores *stores = store->stores;
    struct leat_table *table = store->tables[slot];

    if (table != NULL)
        return table;
    table = leat_alloc(1, sizeof *table);
    if (table == NULL) {
        fail_no_memory(store, err);
        return NULL;
    }
    leat_table_init(table, &stores->budget, &stores->generations, stores->segment_size_max,
                    stores->checkpoint == NULL);
    if (ask_whether_empty(store, slot, table, err) != LEAT_OK) {
        leat_free(table);
        return NULL;
    }
    store->tables[slot] = table;
    return table;
}

/* The status of what left the sentence in err. */
static leat_status failed(const leat_error *err)
{
    return err->status;
}

/* ---- reading the database ---- */

leat_status leat_store_read(const struct leat_store *store, struct leat_checkpoint_reader *reader,
                            uint32_t slot, leat_bytes key, struct leat_stored *out, leat_error *err)
{
    struct leat_stored_key stored;
    leat_bytes value;

    leat_stored_key_make(&stored, store->id, slot, key);
    LEAT_TRY(leat_checkpoint_reader_get(reader, LEAT_DATABASE_STATE, leat_stored_key_view(&stored),
                                        &value, err));
    *out = (struct leat_stored){.value = {NULL, 0}};
    if (value.data == NULL)
        return LEAT_OK;
    if (!leat_stored_read(leat_stored_key_view(&stored), value, out))
        return leat_store_fail_damaged(store, err);
    if (leat_bytes_equal(out->key, key))
        return LEAT_OK;
    return leat_fail(err, LEAT_INVALID,
                     "state '%s': two keys of %zu and %zu bytes begin alike and have the same "
                     "SHA-256: their state cannot be told apart",
                     store->name, key.size, out->key.size);
}

/* *out LEAT_SEGMENT_NONE: the database has nothing of it. */
static leat_status load(struct leat_store *store, uint32_t slot, struct leat_table *table,
                        uint32_t hash, leat_bytes key, struct leat_entry **out, leat_error *err)
{
    struct leat_checkpoint_reader *reader;
    struct leat_stored stored;
    leat_status status;

    *out = NULL;
    LEAT_TRY(leat_checkpoint_reader_take(store->stores->checkpoint, &reader, err));
    status = leat_store_read(store, reader, slot, key, &stored, err);
    if (status == LEAT_OK && stored.value.data != NULL) {
        status = leat_table_load(table, hash, key, stored.value, stored.updated_at, out);
        if (status != LEAT_OK)
            fail_no_memory(store, err);
    }
    leat_checkpoint_reader_give(reader);
    return status;
}

/* ---- one key ---- */

void leat_store_prefetch(const struct leat_store *store, uint32_t slot, uint32_t hash,
                         enum leat_prefetch what)
{
    if (store->tables[slot] != NULL)
        leat_table_prefetch(store->tables[slot], hash, what == LEAT_PREFETCH_ENTRY);
}

leat_status leat_store_get(struct leat_store *store, uint32_t slot, uint32_t hash, leat_bytes key,
                           struct leat_state_entry *out, leat_error *err)
{
    leat_error unused;
    struct leat_table *table = leat_store_table(store, slot, err == NULL ? &unused : err);
    struct leat_entry *entry = NULL;
    uint32_t reference;

    if (table == NULL)
        return failed(err == NULL ? &unused : err);
    if (table->wants_room)
        leat_table_make_room(table);
    reference = leat_table_find(table, hash, key);
    if (reference != LEAT_SEGMENT_NONE) {
        entry = leat_table_entry(table, reference);
        if (!entry->is_used)
            entry->is_used = true;
    } else if (table->knows != LEAT_TABLE_ALL) {
        LEAT_TRY(load(store, slot, table, hash, key, &entry, err));
    }
    *out = (struct leat_state_entry){.value = {NULL, 0}};
    if (entry != NULL && !entry->is_none)
        *out = (struct leat_state_entry){leat_entry_value(entry), entry->updated_at};
    return LEAT_OK;
}

static leat_status fail_put(const struct leat_store *store, leat_status status, leat_error *err)
{
    if (status == LEAT_NO_MEMORY)
        return fail_no_memory(store, err);
    return leat_fail(err, status,
                     "state '%s' at %s: what has changed and is not on the disk yet does not fit "
                     "into memory: state has %zu KiB of it; raise leat.memory.limit, or make the "
                     "batches smaller (leat.batch.records.max)",
                     store->name, store->where == NULL ? "?" : store->where,
                     store->stores->budget.limit_bytes >> 10);
}

static leat_status put(struct leat_store *store, struct leat_table *table, uint32_t reference,
                       uint32_t hash, leat_bytes key, leat_bytes value, leat_time updated_at,
                       leat_error *err)
{
    leat_status status = leat_table_put(table, reference, hash, key, value, updated_at);

    if (table->wants_room)
        leat_table_make_room(table);
    return status == LEAT_OK ? LEAT_OK : fail_put(store, status, err);
}

leat_status leat_store_put(struct leat_store *store, uint32_t slot, uint32_t hash, leat_bytes key,
                           leat_bytes value, leat_time updated_at, leat_error *err)
{
    leat_error unused;
    struct leat_table *table = leat_store_table(store, slot, err == NULL ? &unused : err);

    assert(value.data != NULL);
    if (table == NULL)
        return failed(err == NULL ? &unused : err);
    if (key.size > bytes_max || value.size > bytes_max)
        return leat_fail(err, LEAT_INVALID,
                         "state '%s' at %s: a key of %zu bytes with a value of %zu: 1 GiB each is "
                         "the most",
                         store->name, store->where == NULL ? "?" : store->where, key.size,
                         value.size);
    return put(store, table, leat_table_find(table, hash, key), hash, key, value, updated_at, err);
}

/* Whether there is something to remove. */
static leat_status find_value(struct leat_store *store, uint32_t slot, struct leat_table *table,
                              uint32_t reference, leat_bytes key, bool *out, leat_error *err)
{
    struct leat_checkpoint_reader *reader;
    struct leat_stored stored;
    leat_status status;

    *out = false;
    if (reference != LEAT_SEGMENT_NONE) {
        *out = !leat_table_entry(table, reference)->is_none;
        return LEAT_OK;
    }
    if (table->knows == LEAT_TABLE_ALL)
        return LEAT_OK;
    LEAT_TRY(leat_checkpoint_reader_take(store->stores->checkpoint, &reader, err));
    status = leat_store_read(store, reader, slot, key, &stored, err);
    *out = status == LEAT_OK && stored.value.data != NULL;
    leat_checkpoint_reader_give(reader);
    return status;
}

leat_status leat_store_remove(struct leat_store *store, uint32_t slot, uint32_t hash,
                              leat_bytes key, leat_error *err)
{
    leat_error unused;
    struct leat_table *table = leat_store_table(store, slot, err == NULL ? &unused : err);
    leat_bytes none = {NULL, 0};
    uint32_t reference;
    bool is_there;

    if (table == NULL)
        return failed(err == NULL ? &unused : err);
    reference = leat_table_find(table, hash, key);
    LEAT_TRY(find_value(store, slot, table, reference, key, &is_there, err));
    return is_there ? put(store, table, reference, hash, key, none, 0, err) : LEAT_OK;
}

void leat_store_revert_slot(struct leat_store *store, uint32_t slot)
{
    if (store->tables[slot] != NULL)
        leat_table_revert(store->tables[slot]);
}

bool leat_stores_are_empty(const struct leat_stores *stores)
{
    return stores->first == NULL;
}
