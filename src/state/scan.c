/*
 * scan: every key of a slot: first as the database has them, each replaced by what the table knows
 * better; then those that the database does not have. See store.h.
 *
 * An entry that the first part met, or that came up during the scan, is marked as seen, so that the
 * second part meets each of the others once, wherever a visit moves it.
 */
#include <assert.h>

#include "base/memory.h"
#include "record/murmur2.h"
#include "state/store_internal.h"

struct scan {
    struct leat_store *store;
    struct leat_table *table;
    uint32_t slot;
    leat_bytes prefix;
    leat_store_visit_fn visit;
    void *context;
};

static bool has_prefix(leat_bytes key, leat_bytes prefix)
{
    return prefix.size == 0 ||
           (key.size >= prefix.size && memcmp(key.data, prefix.data, prefix.size) == 0);
}

/* ---- what the database has ---- */

static leat_status visit_stored(const struct scan *scan, const struct leat_stored *stored)
{
    struct leat_state_entry found = {stored->value, stored->updated_at};
    uint32_t hash = stored->key.data == NULL ? 0 : leat_murmur2(stored->key);
    uint32_t reference = leat_table_find(scan->table, hash, stored->key);

    if (reference != LEAT_SEGMENT_NONE) {
        struct leat_entry *entry = leat_table_entry(scan->table, reference);

        entry->is_seen = true;
        found = (struct leat_state_entry){leat_entry_value(entry), entry->updated_at};
    }
    if (found.value.data == NULL)
        return LEAT_OK;
    return scan->visit(scan->context, stored->key, &found);
}

/* As much of the prefix as the keys of the database have. */
static void make_range(const struct scan *scan, struct leat_stored_key *out)
{
    enum { COMPARED_MAX = 400 }; /* Longer keys go on with their SHA-256. */
    leat_bytes prefix = scan->prefix;

    if (prefix.size > COMPARED_MAX)
        prefix.size = COMPARED_MAX;
    if (prefix.data == NULL)
        prefix = leat_string("");
    leat_stored_key_make(out, scan->store->id, scan->slot, prefix);
}

static leat_status scan_range(const struct scan *scan, struct leat_checkpoint_reader *reader,
                              const struct leat_stored_key *range, leat_error *err)
{
    leat_bytes key;
    leat_bytes value;

    LEAT_TRY(leat_checkpoint_reader_seek(reader, LEAT_DATABASE_STATE, leat_stored_key_view(range),
                                         &key, &value, err));
    while (key.data != NULL && has_prefix(key, leat_stored_key_view(range))) {
        struct leat_stored stored;

        if (!leat_stored_read(key, value, &stored))
            return leat_store_fail_damaged(scan->store, err);
        if (has_prefix(stored.key, scan->prefix))
            LEAT_TRY(visit_stored(scan, &stored));
        LEAT_TRY(leat_checkpoint_reader_next(reader, &key, &value, err));
    }
    return LEAT_OK;
}

static leat_status scan_null_key(const struct scan *scan, struct leat_checkpoint_reader *reader,
                                 leat_error *err)
{
    struct leat_stored stored;

    if (scan->prefix.size > 0)
        return LEAT_OK;
    LEAT_TRY(leat_store_read(scan->store, reader, scan->slot, (leat_bytes){NULL, 0}, &stored, err));
    return stored.value.data == NULL ? LEAT_OK : visit_stored(scan, &stored);
}

static leat_status scan_database(const struct scan *scan, leat_error *err)
{
    struct leat_checkpoint_reader *reader;
    struct leat_stored_key range;
    leat_status status;

    if (scan->store->stores->checkpoint == NULL)
        return LEAT_OK;
    make_range(scan, &range);
    LEAT_TRY(leat_checkpoint_reader_take(scan->store->stores->checkpoint, &reader, err));
    status = scan_range(scan, reader, &range, err);
    if (status == LEAT_OK)
        status = scan_null_key(scan, reader, err);
    leat_checkpoint_reader_give(reader);
    return status;
}

/* ---- what only the table has ---- */

typedef leat_status (*entry_fn)(const struct scan *scan, struct leat_entry *entry);

static leat_status visit_entry(const struct scan *scan, struct leat_entry *entry)
{
    struct leat_state_entry found = {leat_entry_value(entry), entry->updated_at};

    if (entry->is_seen || entry->is_none || !has_prefix(leat_entry_key(entry), scan->prefix) ||
        entry->generation <= scan->table->generations->folded)
        return LEAT_OK;
    entry->is_seen = true;
    return scan->visit(scan->context, leat_entry_key(entry), &found);
}

static leat_status forget_seen(const struct scan *scan, struct leat_entry *entry)
{
    (void)scan;
    entry->is_seen = false;
    return LEAT_OK;
}

/* Entries that the database may not have; also those that come up on the way. */
static leat_status for_each_newer(const struct scan *scan, entry_fn call)
{
    const struct leat_segments *segments = &scan->table->segments;

    for (uint32_t number = segments->oldest; number != 0; number = segments->items[number].next) {
        if (segments->items[number].newest <= scan->table->generations->folded)
            continue;
        for (uint32_t at = 0; at < segments->items[number].used;) {
            uint32_t reference = leat_segments_reference(number, at);
            struct leat_entry *entry = leat_table_entry(scan->table, reference);

            at += entry->units * LEAT_SEGMENT_UNIT;
            if (!entry->is_dead)
                LEAT_TRY(call(scan, entry));
        }
    }
    return LEAT_OK;
}

leat_status leat_store_scan(struct leat_store *store, uint32_t slot, leat_bytes prefix,
                            leat_store_visit_fn visit, void *context, leat_error *err)
{
    struct scan scan = {store, NULL, slot, prefix, visit, context};
    leat_error unused;
    leat_status status;

    scan.table = leat_store_table(store, slot, err == NULL ? &unused : err);
    if (scan.table == NULL)
        return err == NULL ? unused.status : err->status;
    assert(!scan.table->is_scanning);
    scan.table->is_scanning = true;
    scan.table->segments.keep_order = true;
    status = scan_database(&scan, err);
    if (status == LEAT_OK)
        status = for_each_newer(&scan, visit_entry);
    (void)for_each_newer(&scan, forget_seen);
    scan.table->segments.keep_order = false;
    scan.table->is_scanning = false;
    if (scan.table->wants_room) /* It grew, and nothing could be given up meanwhile. */
        leat_table_make_all_room(scan.table);
    scan.table->wants_room = true;
    return status;
}

/* ---- leat state list ---- */

static leat_status count(void *context, leat_bytes key, const struct leat_state_entry *entry)
{
    struct leat_store_summary *summary = context;

    summary->keys++;
    summary->bytes += key.size + entry->value.size;
    return LEAT_OK;
}

leat_status leat_stores_list(struct leat_stores *stores, leat_stores_list_fn list, void *context,
                             leat_error *err)
{
    for (struct leat_store *store = stores->first; store != NULL; store = store->next) {
        struct leat_store_summary summary = {store->name, store->kind, store->type, 0, 0};

        for (uint32_t slot = 0; slot < stores->slots; slot++)
            LEAT_TRY(leat_store_scan(store, slot, leat_string(""), count, &summary, err));
        LEAT_TRY(list(context, &summary));
    }
    return LEAT_OK;
}
