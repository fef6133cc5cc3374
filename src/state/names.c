/*
 * names: which stores there are, and of what.
 *
 *   meta database: "store.<name>" -> CRC 4 | id 4 | kind NUL | type NUL
 */
#include <assert.h>
#include <zlib.h>

#include "base/memory.h"
#include "state/store_internal.h"

enum { NAME_MAX_BYTES = 200, HEADER = 8 };
static const char prefix[] = "store.";
enum { PREFIX = sizeof prefix - 1 };

/* ---- the list ---- */

static struct leat_store *find(const struct leat_stores *stores, leat_bytes name)
{
    for (struct leat_store *store = stores->first; store != NULL; store = store->next)
        if (leat_bytes_equal(leat_string(store->name), name))
            return store;
    return NULL;
}

struct leat_store *leat_stores_find(struct leat_stores *stores, const char *name)
{
    return find(stores, leat_string(name));
}

/* By id: a delta goes through the stores as they lie in the database. */
static void enlist(struct leat_stores *stores, struct leat_store *store)
{
    struct leat_store **at = &stores->first;

    while (*at != NULL && (*at)->id < store->id)
        at = &(*at)->next;
    store->next = *at;
    *at = store;
    if (stores->next_id <= store->id)
        stores->next_id = store->id + 1;
}

static char *copy(leat_bytes text)
{
    char *out = leat_alloc(1, text.size + 1);

    if (out != NULL && text.size > 0)
        memcpy(out, text.data, text.size);
    return out;
}

/* NULL when memory is out. */
static struct leat_store *make(struct leat_stores *stores, uint32_t id, leat_bytes name,
                               leat_bytes kind, leat_bytes type)
{
    struct leat_store *store = leat_alloc(1, sizeof *store);

    if (store == NULL)
        return NULL;
    store->stores = stores;
    store->id = id;
    store->name = copy(name);
    store->kind = copy(kind);
    store->type = copy(type);
    store->tables = leat_alloc(stores->slots, sizeof *store->tables);
    if (store->name != NULL && store->kind != NULL && store->type != NULL && store->tables != NULL)
        return store;
    leat_store_destroy(store);
    return NULL;
}

/* ---- records ---- */

static uint32_t crc_of(leat_bytes key, const char *bytes, size_t size)
{
    unsigned long crc = crc32_z(0, (const unsigned char *)key.data, key.size);

    return (uint32_t)crc32_z(crc, (const unsigned char *)bytes, size);
}

static leat_status fail_damaged(leat_bytes key, leat_error *err)
{
    return leat_fail(err, LEAT_CORRUPT,
                     "the checkpoint's record '%.*s' is damaged; restore it from a backup, or "
                     "start with another directory and --adopt",
                     LEAT_ARG(key));
}

static leat_status read_record(struct leat_stores *stores, leat_bytes key, leat_bytes value,
                               leat_error *err)
{
    struct leat_store *store;
    leat_bytes kind;
    leat_bytes type;

    if (value.size < HEADER + 2 || value.data[value.size - 1] != '\0' ||
        leat_load_be32(value.data) != crc_of(key, value.data + 4, value.size - 4))
        return fail_damaged(key, err);
    kind = leat_string(value.data + HEADER);
    if (HEADER + kind.size + 1 >= value.size)
        return fail_damaged(key, err);
    type = leat_string(value.data + HEADER + kind.size + 1);
    store = make(stores, leat_load_be32(value.data + 4),
                 (leat_bytes){key.data + PREFIX, key.size - PREFIX}, kind, type);
    if (store == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for the names of the state");
    store->is_stored = true;
    enlist(stores, store);
    return LEAT_OK;
}

static bool is_name(leat_bytes key)
{
    return key.data != NULL && key.size > PREFIX && memcmp(key.data, prefix, PREFIX) == 0;
}

leat_status leat_names_load(struct leat_stores *stores, leat_error *err)
{
    struct leat_checkpoint_reader *reader;
    leat_bytes key;
    leat_bytes value;
    leat_status status;

    LEAT_TRY(leat_checkpoint_reader_take(stores->checkpoint, &reader, err));
    status = leat_checkpoint_reader_seek(reader, LEAT_DATABASE_META, leat_string(prefix), &key,
                                         &value, err);
    while (status == LEAT_OK && is_name(key)) {
        status = read_record(stores, key, value, err);
        if (status == LEAT_OK)
            status = leat_checkpoint_reader_next(reader, &key, &value, err);
    }
    leat_checkpoint_reader_give(reader);
    return status;
}

static leat_status write_record(const struct leat_store *store, leat_error *err)
{
    struct leat_buffer key = {0};
    struct leat_buffer value = {0};
    leat_status status = LEAT_OK;
    char header[HEADER] = {0};

    leat_store_be32(header + 4, store->id);
    if (!leat_buffer_printf(&key, "%s%s", prefix, store->name) ||
        !leat_buffer_append(&value, header, sizeof header) ||
        !leat_buffer_append(&value, store->kind, strlen(store->kind) + 1) ||
        !leat_buffer_append(&value, store->type, strlen(store->type) + 1))
        status =
            leat_fail(err, LEAT_NO_MEMORY, "no memory for the name of state '%s'", store->name);
    if (status == LEAT_OK) {
        leat_bytes name = {key.data, key.size};

        leat_store_be32(value.data, crc_of(name, value.data + 4, value.size - 4));
        status = leat_checkpoint_put(store->stores->checkpoint, LEAT_DATABASE_META, name,
                                     (leat_bytes){value.data, value.size}, err);
    }
    leat_buffer_release(&key);
    leat_buffer_release(&value);
    return status;
}

leat_status leat_names_write(struct leat_stores *stores, leat_error *err)
{
    for (struct leat_store *store = stores->first; store != NULL; store = store->next) {
        if (store->is_stored)
            continue;
        LEAT_TRY(write_record(store, err));
        store->is_written = true;
    }
    return LEAT_OK;
}

void leat_names_accept(struct leat_stores *stores)
{
    for (struct leat_store *store = stores->first; store != NULL; store = store->next)
        store->is_stored = store->is_stored || store->is_written;
}

/* ---- a new lineage ---- */

static leat_status delete_record(struct leat_checkpoint *checkpoint, leat_bytes key,
                                 leat_error *err)
{
    char name[PREFIX + NAME_MAX_BYTES];

    if (key.size > sizeof name)
        return fail_damaged(key, err);
    memcpy(name, key.data, key.size);
    return leat_checkpoint_delete(checkpoint, LEAT_DATABASE_META, (leat_bytes){name, key.size},
                                  err);
}

void leat_names_forget(struct leat_stores *stores)
{
    struct leat_store **at = &stores->first;

    while (*at != NULL) {
        struct leat_store *store = *at;

        store->is_stored = store->is_written = false;
        if (store->where != NULL) {
            at = &store->next;
            continue;
        }
        *at = store->next;
        leat_store_destroy(store);
    }
}

leat_status leat_names_delete(struct leat_checkpoint *checkpoint, leat_error *err)
{
    for (;;) {
        leat_bytes key;
        leat_bytes value;

        LEAT_TRY(leat_checkpoint_seek(checkpoint, LEAT_DATABASE_META, leat_string(prefix), &key,
                                      &value, err));
        if (!is_name(key))
            return LEAT_OK;
        LEAT_TRY(delete_record(checkpoint, key, err));
    }
}

/* ---- declaring ---- */

static leat_status check_same(const struct leat_store *store,
                              const struct leat_store_definition *definition, leat_error *err)
{
    if (store->where != NULL)
        return leat_fail(
            err, LEAT_INVALID, "%s '%s' at %s has the name of the %s at %s; use another name",
            definition->kind, definition->name, definition->where, store->kind, store->where);
    if (strcmp(store->kind, definition->kind) == 0 && strcmp(store->type, definition->type) == 0)
        return LEAT_OK;
    return leat_fail(err, LEAT_INVALID,
                     "%s '%s' at %s keeps %s, and what is stored under this name is of %s and %s; "
                     "use another name",
                     definition->kind, definition->name, definition->where, definition->type,
                     store->kind, store->type);
}

static leat_status check_name(const struct leat_store_definition *definition, leat_error *err)
{
    size_t size = strlen(definition->name);

    if (size >= 1 && size <= NAME_MAX_BYTES)
        return LEAT_OK;
    return leat_fail(err, LEAT_INVALID, "%s at %s: a name has 1 to %d bytes, not %zu",
                     definition->kind, definition->where, NAME_MAX_BYTES, size);
}

leat_status leat_stores_declare(struct leat_stores *stores,
                                const struct leat_store_definition *definition,
                                struct leat_store **out, leat_error *err)
{
    struct leat_store *store = find(stores, leat_string(definition->name));
    char *where;

    LEAT_TRY(check_name(definition, err));
    if (store != NULL)
        LEAT_TRY(check_same(store, definition, err));
    where = copy(leat_string(definition->where));
    if (where != NULL && store == NULL) {
        store = make(stores, stores->next_id, leat_string(definition->name),
                     leat_string(definition->kind), leat_string(definition->type));
        if (store != NULL)
            enlist(stores, store);
    }
    if (where == NULL || store == NULL) {
        leat_free(where);
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for state '%s'", definition->name);
    }
    store->where = where;
    *out = store;
    return LEAT_OK;
}
