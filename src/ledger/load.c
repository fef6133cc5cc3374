/* load: reads the ledger as a whole: records that are good each, and make sense together. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/codec.h"
#include "ledger/ledger_internal.h"

enum { ARENA_CHUNK_BYTES = 16 << 10 };
static const size_t view_bytes_max = (size_t)256 << 20;

leat_status leat_ledger_get(struct leat_ledger *ledger, enum leat_database database,
                            const char *name, json_t **out, leat_error *err)
{
    leat_bytes text;

    LEAT_TRY(leat_checkpoint_get(ledger->checkpoint, database, leat_string(name), &text, err));
    *out = NULL;
    return text.data == NULL ? LEAT_OK : leat_codec_open(text, name, out, err);
}

leat_status leat_ledger_fail_missing(const char *name, leat_error *err)
{
    return leat_fail(err, LEAT_CORRUPT,
                     "the ledger's '%s' is missing; restore the checkpoint from a backup, or start "
                     "with another directory and --adopt",
                     name);
}

leat_status leat_ledger_get_number(struct leat_ledger *ledger, const char *name, int64_t *out,
                                   leat_error *err)
{
    json_t *json;
    json_t *number;
    leat_status status = LEAT_OK;

    LEAT_TRY(leat_ledger_get(ledger, LEAT_DATABASE_META, name, &json, err));
    number = json_array_get(json, 0);
    if (!json_is_integer(number))
        status = leat_ledger_fail_missing(name, err);
    else
        *out = json_integer_value(number);
    json_decref(json);
    return status;
}

typedef bool (*read_fn)(const json_t *json, struct leat_codec_reader *reader,
                        struct leat_ledger_view *view);

static bool read_lineage(const json_t *json, struct leat_codec_reader *reader,
                         struct leat_ledger_view *view)
{
    const char *lineage = json_string_value(json_array_get(json, 0));

    (void)reader;
    return lineage != NULL &&
           snprintf(view->lineage, sizeof view->lineage, "%s", lineage) == LEAT_LINEAGE_SIZE - 1;
}

static bool read_identity(const json_t *json, struct leat_codec_reader *reader,
                          struct leat_ledger_view *view)
{
    return leat_codec_read_identity(json, reader, &view->identity);
}

static bool read_settled(const json_t *json, struct leat_codec_reader *reader,
                         struct leat_ledger_view *view)
{
    view->is_new = false;
    return leat_codec_read_settled(json, reader, &view->settled);
}

static bool read_anchoring(const json_t *json, struct leat_codec_reader *reader,
                           struct leat_ledger_view *view)
{
    return leat_codec_read_anchoring(json, reader, &view->anchoring);
}

static bool read_plan(const json_t *json, struct leat_codec_reader *reader,
                      struct leat_ledger_view *view)
{
    return leat_codec_read_plan(json, reader, &view->plan);
}

static bool read_prepared(const json_t *json, struct leat_codec_reader *reader,
                          struct leat_ledger_view *view)
{
    return leat_codec_read_prepared(json, reader, &view->prepared);
}

static leat_status load_record(struct leat_ledger *ledger, enum leat_database database,
                               const char *name, read_fn read, struct leat_ledger_view *view,
                               leat_error *err)
{
    struct leat_codec_reader reader = {.arena = &view->arena};
    leat_status status = LEAT_OK;
    json_t *json;

    LEAT_TRY(leat_ledger_get(ledger, database, name, &json, err));
    if (json == NULL)
        return LEAT_OK;
    if (!read(json, &reader, view))
        status = reader.no_memory
                     ? leat_fail(err, LEAT_NO_MEMORY, "no memory for the ledger's '%s'", name)
                     : leat_fail(err, LEAT_CORRUPT,
                                 "the ledger's '%s' cannot be read: it was written by another "
                                 "version; use that one",
                                 name);
    json_decref(json);
    return status;
}

static bool has_same_keys(const struct leat_image *a, const struct leat_image *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->entries[i].partition != b->entries[i].partition ||
            strcmp(a->entries[i].topic, b->entries[i].topic) != 0)
            return false;
    return true;
}

/* Records that are good each can still be no ledger together. */
static leat_status check_view(const struct leat_ledger_view *view, leat_error *err)
{
    bool has_more = view->anchoring.present || view->plan.present || view->prepared.present;
    const struct leat_prepared *prepared = &view->prepared;

    if (view->lineage[0] == '\0')
        return leat_ledger_fail_missing("lineage", err);
    if (view->is_new && has_more)
        return leat_ledger_fail_missing("settled", err);
    if (!view->is_new && view->identity.transactional_id == NULL)
        return leat_ledger_fail_missing("identity", err);
    if ((!prepared->present ||
         (prepared->n == view->settled.n + 1 && prepared->plan.n == prepared->n &&
          has_same_keys(&prepared->before, &prepared->after))) &&
        (!view->anchoring.present ||
         has_same_keys(&view->anchoring.before, &view->anchoring.after)))
        return LEAT_OK;
    return leat_fail(err, LEAT_CORRUPT,
                     "the ledger's records contradict each other (settled %" PRId64
                     ", prepared %" PRId64 "); restore the checkpoint from a backup",
                     view->settled.n, prepared->n);
}

static leat_status load_all(struct leat_ledger *ledger, struct leat_ledger_view *view,
                            leat_error *err)
{
    static const struct {
        enum leat_database database;
        const char *name;
        read_fn read;
    } records[] = {{LEAT_DATABASE_META, "lineage", read_lineage},
                   {LEAT_DATABASE_LEDGER, "identity", read_identity},
                   {LEAT_DATABASE_LEDGER, "settled", read_settled},
                   {LEAT_DATABASE_LEDGER, "anchoring", read_anchoring},
                   {LEAT_DATABASE_LEDGER, "plan", read_plan},
                   {LEAT_DATABASE_LEDGER, "prepared", read_prepared}};

    view->incarnation = ledger->incarnation;
    LEAT_TRY(leat_ledger_get_number(ledger, "slots", &view->slots, err));
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++)
        LEAT_TRY(
            load_record(ledger, records[i].database, records[i].name, records[i].read, view, err));
    return check_view(view, err);
}

leat_status leat_ledger_load(struct leat_ledger *ledger, struct leat_ledger_view *out,
                             leat_error *err)
{
    struct leat_ledger_view view = {.is_new = true};
    leat_status status;

    leat_arena_init(&view.arena, ARENA_CHUNK_BYTES, view_bytes_max);
    status = leat_checkpoint_begin(ledger->checkpoint, err);
    if (status == LEAT_OK)
        status = load_all(ledger, &view, err);
    leat_checkpoint_abort(ledger->checkpoint);
    if (status != LEAT_OK) {
        leat_ledger_view_release(&view);
        return status;
    }
    ledger->settled_n = view.is_new ? -1 : view.settled.n;
    *out = view;
    return LEAT_OK;
}

void leat_ledger_view_release(struct leat_ledger_view *view)
{
    leat_arena_release(&view->arena);
}
