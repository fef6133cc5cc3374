/*
 * state_reader: see leat/state_reader.h.
 *
 * A value of update_state_by_key and map_with_state lies behind the time at which it was set
 * (wide/state.h); what else is stored, the engine alone understands.
 */
#include "leat/state_reader.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "base/memory.h"
#include "ledger/ledger.h"
#include "record/json.h"
#include "record/type.h"
#include "state/store.h"
#include "stream/state.h"

enum { SET_AT = 8 };
static const size_t memory_bytes = (size_t)64 << 20;

struct leat_state_reader {
    struct leat_ledger *ledger; /* Owned, as is the rest. */
    struct leat_stores *stores;
    int64_t undecided;
};

/* What one store's lines need. */
struct lines {
    leat_state_line_fn line;
    void *context;
    leat_error *err;
    struct leat_buffer text; /* Owned. */
    const char *wanted;      /* NULL: any. */
    bool was_found;
    bool is_users;
    leat_type key_type;
    leat_type value_type;
};

/* ---- opening ---- */

static leat_status open_stores(struct leat_state_reader *reader, leat_error *err)
{
    struct leat_ledger_view view;
    struct leat_stores_options options = {.checkpoint = leat_ledger_checkpoint(reader->ledger),
                                          .memory_bytes = memory_bytes};

    LEAT_TRY(leat_ledger_load(reader->ledger, &view, err));
    options.slots = (uint32_t)view.slots;
    reader->undecided = view.prepared.present ? view.prepared.n : 0;
    leat_ledger_view_release(&view);
    return leat_stores_open(&options, &reader->stores, err);
}

leat_status leat_state_reader_open(const char *directory, leat_state_reader **out, leat_error *err)
{
    struct leat_state_reader *reader = leat_alloc(1, sizeof *reader);
    leat_status status;

    if (reader == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory to read the state");
    status = leat_ledger_open_to_read(directory, &reader->ledger, err);
    if (status == LEAT_OK)
        status = open_stores(reader, err);
    if (status != LEAT_OK) {
        leat_state_reader_close(reader);
        return status;
    }
    *out = reader;
    return LEAT_OK;
}

void leat_state_reader_close(leat_state_reader *reader)
{
    if (reader == NULL)
        return;
    leat_stores_destroy(reader->stores);
    leat_ledger_close(reader->ledger);
    leat_free(reader);
}

int64_t leat_state_reader_undecided(const leat_state_reader *reader)
{
    return reader->undecided;
}

/* ---- lines ---- */

static leat_status no_memory(const struct lines *lines)
{
    return leat_fail(lines->err, LEAT_NO_MEMORY, "no memory for a line of the state");
}

static leat_status put_line(struct lines *lines)
{
    return lines->line(lines->context, (leat_bytes){lines->text.data, lines->text.size});
}

static leat_status put_summary(void *context, const struct leat_store_summary *summary)
{
    struct lines *lines = context;
    struct leat_buffer *out = &lines->text;

    if (strcmp(summary->name, LEAT_STATE_BEGUN) == 0)
        return LEAT_OK;
    leat_buffer_reset(out);
    if (!leat_buffer_printf(out, "{\"name\": ") ||
        !leat_json_append_bytes(out, leat_string(summary->name)) ||
        !leat_buffer_printf(out,
                            ", \"kind\": \"%s\", \"type\": \"%s\", \"keys\": %" PRIu64
                            ", \"bytes\": %" PRIu64 "}",
                            summary->kind, summary->type, summary->keys, summary->bytes))
        return no_memory(lines);
    return put_line(lines);
}

leat_status leat_state_reader_list(leat_state_reader *reader, leat_state_line_fn line,
                                   void *context, leat_error *err)
{
    struct lines lines = {.line = line, .context = context, .err = err};
    leat_status status = leat_stores_list(reader->stores, put_summary, &lines, err);

    leat_buffer_release(&lines.text);
    return status;
}

static int append(const char *text, size_t size, void *out)
{
    return leat_buffer_append(out, text, size) ? 0 : -1;
}

/* A document as one; what is none, as text. */
static bool append_document(struct leat_buffer *out, leat_bytes bytes)
{
    json_t *json =
        bytes.data == NULL ? NULL : json_loadb(bytes.data, bytes.size, JSON_DECODE_ANY, NULL);
    bool ok;

    if (json == NULL)
        return leat_json_append_bytes(out, bytes);
    ok = json_dump_callback(json, append, out, JSON_COMPACT | JSON_ENCODE_ANY) == 0;
    json_decref(json);
    return ok;
}

static bool append_typed(struct leat_buffer *out, leat_bytes bytes, leat_type type)
{
    return type == LEAT_JSON ? append_document(out, bytes) : leat_json_append(out, bytes, type);
}

static leat_status put_entry(void *context, leat_bytes key, const struct leat_state_entry *entry)
{
    struct lines *lines = context;
    struct leat_buffer *out = &lines->text;
    leat_bytes value = entry->value;

    if (lines->is_users) {
        if (value.size < SET_AT)
            return leat_fail(lines->err, LEAT_CORRUPT, "a value of state '%s' is damaged",
                             lines->wanted);
        value = (leat_bytes){value.data + SET_AT, value.size - SET_AT};
    }
    leat_buffer_reset(out);
    if (!leat_buffer_printf(out, "{\"key\": ") || !append_typed(out, key, lines->key_type) ||
        !leat_buffer_printf(out, ", \"value\": ") || !append_typed(out, value, lines->value_type) ||
        !leat_buffer_printf(out, ", \"updated_at_ms\": %" PRId64 "}", entry->updated_at))
        return no_memory(lines);
    return put_line(lines);
}

/* ---- types ---- */

static leat_type type_of(const char *name, size_t size)
{
    for (leat_type type = LEAT_BYTES; type <= LEAT_JSON; type++)
        if (leat_bytes_equal((leat_bytes){name, size}, leat_string(leat_type_name(type))))
            return type;
    return LEAT_BYTES;
}

/* "string -> i64" */
static void find_types(struct lines *lines, const struct leat_store_summary *summary)
{
    static const char arrow[] = " -> ";
    const char *middle = strstr(summary->type, arrow);
    const char *suffix = strrchr(summary->name, '#');
    bool is_own =
        suffix != NULL && (strcmp(suffix, "#expiry") == 0 || strcmp(suffix, "#panes") == 0 ||
                           strcmp(suffix, "#times") == 0);

    lines->is_users = !is_own && (strcmp(summary->kind, "update_state_by_key") == 0 ||
                                  strcmp(summary->kind, "map_with_state") == 0);
    lines->key_type = lines->value_type = LEAT_BYTES;
    if (is_own || middle == NULL)
        return;
    lines->key_type = type_of(summary->type, (size_t)(middle - summary->type));
    middle += sizeof arrow - 1;
    if (lines->is_users)
        lines->value_type = type_of(middle, strlen(middle));
}

static leat_status look_for(void *context, const struct leat_store_summary *summary)
{
    struct lines *lines = context;

    if (strcmp(summary->name, lines->wanted) != 0)
        return LEAT_OK;
    lines->was_found = true;
    find_types(lines, summary);
    return LEAT_OK;
}

static leat_status put_entries(leat_state_reader *reader, struct lines *lines)
{
    struct leat_store *store = leat_stores_find(reader->stores, lines->wanted);
    uint32_t slots = leat_stores_slot_count(reader->stores);

    for (uint32_t slot = 0; slot < slots; slot++)
        LEAT_TRY(leat_store_scan(store, slot, leat_string(""), put_entry, lines, lines->err));
    return LEAT_OK;
}

leat_status leat_state_reader_export(leat_state_reader *reader, const char *name,
                                     leat_state_line_fn line, void *context, leat_error *err)
{
    struct lines lines = {.line = line, .context = context, .err = err, .wanted = name};
    leat_status status = leat_stores_list(reader->stores, look_for, &lines, err);

    if (status == LEAT_OK && !lines.was_found)
        status = leat_fail(err, LEAT_INVALID, "there is no state '%s'; `leat state list` has them",
                           name);
    if (status == LEAT_OK)
        status = put_entries(reader, &lines);
    leat_buffer_release(&lines.text);
    return status;
}
