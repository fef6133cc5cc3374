/* batch: the end of a batch for all stores: delta, accept, fold. See store.h. */
#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"
#include "state/store_internal.h"

/* ---- all tables ---- */

typedef void (*table_fn)(struct leat_table *table);

static void for_each_table(struct leat_stores *stores, table_fn call)
{
    for (struct leat_store *store = stores->first; store != NULL; store = store->next)
        for (uint32_t slot = 0; slot < stores->slots; slot++)
            if (store->tables[slot] != NULL)
                call(store->tables[slot]);
}

void leat_stores_revert(struct leat_stores *stores)
{
    for_each_table(stores, leat_table_revert);
    stores->written_n = 0;
}

bool leat_stores_have_changes(const struct leat_stores *stores)
{
    for (const struct leat_store *store = stores->first; store != NULL; store = store->next)
        for (uint32_t slot = 0; slot < stores->slots; slot++)
            if (store->tables[slot] != NULL && store->tables[slot]->undo_count > 0)
                return true;
    return false;
}

/* ---- the delta ---- */

/* First by a number made of the key's first bytes: most are told apart without a look at them. */
struct leat_change {
    uint64_t first;
    const struct leat_entry *entry;
};

static uint64_t first_bytes(leat_bytes key)
{
    char bytes[8] = {0};

    if (key.size > 0)
        memcpy(bytes, key.data, key.size < sizeof bytes ? key.size : sizeof bytes);
    return leat_load_be64(bytes);
}

/* Keys of which not every byte is in the database's. */
static int compare_long(leat_bytes a, leat_bytes b)
{
    struct leat_stored_key keys[2];

    leat_stored_key_make(&keys[0], 0, 0, a);
    leat_stored_key_make(&keys[1], 0, 0, b);
    return leat_stored_key_compare(leat_stored_key_view(&keys[0]), leat_stored_key_view(&keys[1]));
}

static int compare(const void *left, const void *right)
{
    const struct leat_change *a = left;
    const struct leat_change *b = right;
    leat_bytes a_key;
    leat_bytes b_key;

    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    a_key = leat_entry_key(a->entry);
    b_key = leat_entry_key(b->entry);
    if (a_key.size > LEAT_STORED_PLAIN || b_key.size > LEAT_STORED_PLAIN)
        return compare_long(a_key, b_key);
    return leat_stored_key_compare(a_key, b_key);
}

/* All but the null key. */
static leat_status sort_changes(struct leat_stores *stores, const struct leat_table *table,
                                size_t *out_count, leat_error *err)
{
    size_t count = 0;

    if (table->undo_count > stores->changes_capacity) {
        struct leat_change *changes =
            leat_grow(stores->changes, table->undo_count, sizeof *changes);

        if (changes == NULL)
            return leat_fail(err, LEAT_NO_MEMORY, "no memory for what a batch did to the state");
        stores->changes = changes;
        stores->changes_capacity = table->undo_count;
    }
    for (uint32_t i = 0; i < table->undo_count; i++) {
        const struct leat_entry *entry = leat_table_entry(table, table->undo[i].reference);

        if (!entry->is_null_key)
            stores->changes[count++] =
                (struct leat_change){first_bytes(leat_entry_key(entry)), entry};
    }
    qsort(stores->changes, count, sizeof *stores->changes, compare);
    *out_count = count;
    return LEAT_OK;
}

static leat_status add_entry(const struct leat_store *store, uint32_t slot,
                             const struct leat_entry *entry, struct leat_delta_writer *writer,
                             leat_error *err)
{
    leat_bytes key = leat_entry_key(entry);
    struct leat_stored_key stored;

    leat_stored_key_make(&stored, store->id, slot, key);
    return leat_delta_add(writer, &stored, key, leat_entry_value(entry), entry->updated_at, err);
}

static leat_status add_table(struct leat_store *store, uint32_t slot,
                             struct leat_delta_writer *writer, leat_error *err)
{
    const struct leat_table *table = store->tables[slot];
    size_t count = 0;

    if (table == NULL || table->undo_count == 0)
        return LEAT_OK;
    LEAT_TRY(sort_changes(store->stores, table, &count, err));
    for (size_t i = 0; i < count; i++)
        LEAT_TRY(add_entry(store, slot, store->stores->changes[i].entry, writer, err));
    return LEAT_OK;
}

/* It lies behind all others of its store. */
static leat_status add_null_key(struct leat_store *store, struct leat_delta_writer *writer,
                                leat_error *err)
{
    uint32_t slot = leat_stores_slot(store->stores, 0);
    const struct leat_table *table = store->tables[slot];
    uint32_t reference;

    if (table == NULL)
        return LEAT_OK;
    reference = leat_table_find(table, 0, (leat_bytes){NULL, 0});
    if (reference == LEAT_SEGMENT_NONE ||
        leat_table_entry(table, reference)->generation != store->stores->generations.running)
        return LEAT_OK;
    return add_entry(store, slot, leat_table_entry(table, reference), writer, err);
}

static leat_status add_all(struct leat_stores *stores, struct leat_delta_writer *writer, int64_t n,
                           leat_error *err)
{
    LEAT_TRY(leat_delta_begin(writer, stores->checkpoint, n, err));
    for (struct leat_store *store = stores->first; store != NULL; store = store->next) {
        for (uint32_t slot = 0; slot < stores->slots; slot++)
            LEAT_TRY(add_table(store, slot, writer, err));
        LEAT_TRY(add_null_key(store, writer, err));
    }
    return leat_delta_end(writer, err);
}

leat_status leat_stores_write_delta(struct leat_stores *stores, int64_t n, leat_error *err)
{
    struct leat_delta_writer writer = {.n = n};
    leat_status status;

    if (stores->checkpoint == NULL)
        return LEAT_OK;
    LEAT_TRY(
        leat_names_write(stores, err)); /* A batch may have begun with them and changed none. */
    status = add_all(stores, &writer, n, err);
    leat_delta_release(&writer);
    if (status == LEAT_OK) {
        stores->written_n = n;
        stores->has_written = true;
    }
    return status;
}

leat_status leat_stores_drop_delta(struct leat_stores *stores, leat_error *err)
{
    if (stores->checkpoint == NULL)
        return LEAT_OK;
    return leat_delta_drop(stores->checkpoint, err);
}

/* ---- generations ---- */

/* After four thousand million batches they begin anew: 1 for what is applied, 2 for what is not. */
static void next_generation(struct leat_stores *stores)
{
    if (stores->generations.running < UINT32_MAX) {
        stores->generations.running++;
        return;
    }
    for_each_table(stores, leat_table_renumber);
    stores->generations = (struct leat_generations){.running = 3, .folded = 1};
    stores->counting = 1; /* Less than does: it is found out with the next batch. */
}

void leat_stores_accept(struct leat_stores *stores)
{
    assert(stores->checkpoint == NULL || stores->written_n != 0 ||
           !leat_stores_have_changes(stores));
    for_each_table(stores, leat_table_accept);
    if (stores->written_n != 0)
        leat_names_accept(stores);
    stores->written_n = 0;
    next_generation(stores);
}

/* ---- folding and applying ---- */

leat_status leat_stores_fold(struct leat_stores *stores, int64_t n, leat_error *err)
{
    stores->folding = 0;
    if (stores->checkpoint == NULL)
        return LEAT_OK;
    LEAT_TRY(leat_delta_fold(stores->checkpoint, n, &stores->folding_bytes, err));
    /* at_least_once folds what is pending in the transaction that wrote it. */
    stores->folding = stores->generations.running - (stores->written_n == n ? 0 : 1);
    return LEAT_OK;
}

void leat_stores_folded(struct leat_stores *stores)
{
    uint32_t folding = stores->folding;

    stores->folding = 0;
    if (folding == 0)
        return;
    stores->counting_bytes += stores->folding_bytes;
    stores->counting_deltas += stores->folding_bytes > 0;
    if (folding == stores->generations.running) {
        leat_stores_accept(stores);
        folding = stores->generations.running - 1; /* They may have begun anew. */
    }
    stores->counting = folding;
}

static void forget_tables(struct leat_stores *stores)
{
    for (struct leat_store *store = stores->first; store != NULL; store = store->next)
        for (uint32_t slot = 0; slot < stores->slots; slot++) {
            if (store->tables[slot] != NULL)
                leat_table_release(store->tables[slot]);
            leat_free(store->tables[slot]);
            store->tables[slot] = NULL;
        }
}

/* Memory is short of room for caching when much of it waits to be applied. */
static bool is_much_unfolded(const struct leat_stores *stores)
{
    size_t bytes = 0;

    for (const struct leat_store *store = stores->first; store != NULL; store = store->next)
        for (uint32_t slot = 0; slot < stores->slots; slot++)
            if (store->tables[slot] != NULL)
                bytes += store->tables[slot]->unfolded_bytes;
    return bytes > stores->budget.limit_bytes / 4;
}

/* Often enough that a start has little left to apply, rarely enough that a page of the state
 * database is not written for every batch. */
static bool is_worthwhile(const struct leat_stores *stores)
{
    enum { BYTES_MAX = 8 << 20, DELTAS_MAX = 64 };

    return stores->counting_bytes >= BYTES_MAX || stores->counting_deltas >= DELTAS_MAX ||
           !stores->has_written || is_much_unfolded(stores);
}

leat_status leat_stores_apply(struct leat_stores *stores, bool everything, leat_error *err)
{
    if (stores->checkpoint == NULL || stores->counting_deltas == 0 ||
        (!everything && !is_worthwhile(stores)))
        return LEAT_OK;
    LEAT_TRY(leat_delta_apply(stores->checkpoint, err));
    stores->counting_bytes = 0;
    stores->counting_deltas = 0;
    if (stores->counting > stores->generations.folded)
        stores->generations.folded = stores->counting;
    if (!stores->has_written) /* It was an earlier process's: what was read is old. */
        forget_tables(stores);
    if (stores->counting == stores->generations.running - 1)
        for_each_table(stores, leat_table_folded);
    /* Tasks give up only what is in their own slots: the rest is given up here. */
    for_each_table(stores, leat_table_make_all_room);
    return LEAT_OK;
}

leat_status leat_state_clear(struct leat_checkpoint *checkpoint, leat_error *err)
{
    LEAT_TRY(leat_checkpoint_clear(checkpoint, LEAT_DATABASE_STATE, err));
    LEAT_TRY(leat_checkpoint_clear(checkpoint, LEAT_DATABASE_DELTA, err));
    return leat_names_delete(checkpoint, err);
}

leat_status leat_stores_clear(struct leat_stores *stores, leat_error *err)
{
    assert(!leat_stores_have_changes(stores));
    forget_tables(stores);
    stores->folding = 0;
    stores->counting_bytes = 0;
    stores->counting_deltas = 0;
    leat_names_forget(stores);
    return stores->checkpoint == NULL ? LEAT_OK : leat_state_clear(stores->checkpoint, err);
}
