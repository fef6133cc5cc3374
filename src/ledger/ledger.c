/* ledger: see ledger.h. */
#include "ledger/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/crash_point.h"
#include "base/memory.h"
#include "ledger/codec.h"

enum { ARENA_CHUNK_BYTES = 16 << 10 };
static const size_t view_bytes_max = (size_t)256 << 20;

struct leat_ledger {
    struct leat_checkpoint *checkpoint; /* Owned. */
    int64_t incarnation;
    struct leat_buffer text;
};

/* ---- values by name ---- */

static leat_status put_text(struct leat_ledger *ledger, enum leat_database database,
                            const char *name, const char *text, leat_error *err)
{
    return leat_checkpoint_put(ledger->checkpoint, database, leat_string(name), leat_string(text),
                               err);
}

static leat_status put_record(struct leat_ledger *ledger, const char *name, json_t *json,
                              leat_error *err)
{
    leat_bytes value;

    LEAT_TRY(leat_codec_seal(json, &ledger->text, err));
    value = (leat_bytes){ledger->text.data, ledger->text.size};
    return leat_checkpoint_put(ledger->checkpoint, LEAT_DATABASE_LEDGER, leat_string(name), value,
                               err);
}

static leat_status delete_record(struct leat_ledger *ledger, const char *name, leat_error *err)
{
    return leat_checkpoint_delete(ledger->checkpoint, LEAT_DATABASE_LEDGER, leat_string(name), err);
}

/* A number of meta; -1 when it is not there. */
static leat_status get_number(struct leat_ledger *ledger, const char *name, int64_t *out,
                              leat_error *err)
{
    leat_bytes value;
    char text[32];

    LEAT_TRY(leat_checkpoint_get(ledger->checkpoint, LEAT_DATABASE_META, leat_string(name), &value,
                                 err));
    *out = -1;
    if (value.data == NULL)
        return LEAT_OK;
    snprintf(text, sizeof text, "%.*s", value.size > 30 ? 30 : (int)value.size, value.data);
    if (sscanf(text, "%" SCNd64, out) != 1 || *out < 0)
        return leat_fail(err, LEAT_CORRUPT, "the checkpoint's '%s' is damaged: '%s'", name, text);
    return LEAT_OK;
}

static leat_status put_number(struct leat_ledger *ledger, const char *name, int64_t number,
                              leat_error *err)
{
    char text[32];

    snprintf(text, sizeof text, "%" PRId64, number);
    return put_text(ledger, LEAT_DATABASE_META, name, text, err);
}

/* ---- transactions ---- */

static leat_status begin_write(struct leat_ledger *ledger, leat_error *err)
{
    int64_t owner;

    LEAT_TRY(leat_checkpoint_begin(ledger->checkpoint, err));
    LEAT_TRY(get_number(ledger, "incarnation", &owner, err));
    if (owner == ledger->incarnation)
        return LEAT_OK;
    return leat_fail(err, LEAT_FENCED,
                     "replaced: checkpoint '%s' belongs to incarnation %" PRId64
                     " now, and this process is %" PRId64,
                     leat_checkpoint_directory(ledger->checkpoint), owner, ledger->incarnation);
}

static leat_status end_write(struct leat_ledger *ledger, leat_status status, leat_error *err)
{
    if (status == LEAT_OK)
        return leat_checkpoint_commit(ledger->checkpoint, err);
    leat_checkpoint_abort(ledger->checkpoint);
    return status;
}

/* ---- opening ---- */

static leat_status make_lineage(char out[LEAT_LINEAGE_SIZE], leat_error *err)
{
    unsigned char random[8];

    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return leat_fail(err, LEAT_UNAVAILABLE, "the system gives no random numbers");
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(out + 2 * i, 3, "%02x", random[i]);
    return LEAT_OK;
}

static leat_status put_new_lineage(struct leat_ledger *ledger, leat_error *err)
{
    char lineage[LEAT_LINEAGE_SIZE];

    LEAT_TRY(make_lineage(lineage, err));
    return put_text(ledger, LEAT_DATABASE_META, "lineage", lineage, err);
}

static leat_status take_incarnation(struct leat_ledger *ledger, int64_t slots, leat_error *err)
{
    int64_t recorded_slots;
    int64_t last;

    LEAT_TRY(get_number(ledger, "incarnation", &last, err));
    LEAT_TRY(get_number(ledger, "slots", &recorded_slots, err));
    if (last < 0) {
        last = 0;
        LEAT_TRY(put_new_lineage(ledger, err));
        LEAT_TRY(put_number(ledger, "slots", slots, err));
    } else if (recorded_slots != slots) {
        return leat_fail(err, LEAT_INVALID,
                         "leat.state.slots is %" PRId64
                         ", and checkpoint '%s' was made with %" PRId64
                         "; it is fixed for the life of a checkpoint",
                         slots, leat_checkpoint_directory(ledger->checkpoint), recorded_slots);
    }
    ledger->incarnation = last + 1;
    return put_number(ledger, "incarnation", ledger->incarnation, err);
}

leat_status leat_ledger_open(const char *directory, int64_t slots, struct leat_ledger **out,
                             leat_error *err)
{
    struct leat_ledger *ledger = leat_alloc(1, sizeof *ledger);
    leat_status status;

    if (ledger == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for the ledger");
    status = leat_checkpoint_open(directory, &ledger->checkpoint, err);
    if (status == LEAT_OK)
        status = leat_checkpoint_begin(ledger->checkpoint, err);
    if (status == LEAT_OK)
        status = end_write(ledger, take_incarnation(ledger, slots, err), err);
    if (status != LEAT_OK) {
        leat_ledger_close(ledger);
        return status;
    }
    LEAT_CRASH_POINT("start.after_lock");
    *out = ledger;
    return LEAT_OK;
}

void leat_ledger_close(struct leat_ledger *ledger)
{
    if (ledger == NULL)
        return;
    leat_checkpoint_close(ledger->checkpoint);
    leat_buffer_release(&ledger->text);
    leat_free(ledger);
}

/* ---- reading ---- */

typedef bool (*read_fn)(const json_t *json, struct leat_ledger_view *view);

static bool read_identity(const json_t *json, struct leat_ledger_view *view)
{
    return leat_codec_read_identity(json, &view->arena, &view->identity);
}

static bool read_settled(const json_t *json, struct leat_ledger_view *view)
{
    return leat_codec_read_settled(json, &view->arena, &view->settled);
}

static bool read_anchoring(const json_t *json, struct leat_ledger_view *view)
{
    return leat_codec_read_anchoring(json, &view->arena, &view->anchoring);
}

static bool read_plan(const json_t *json, struct leat_ledger_view *view)
{
    return leat_codec_read_plan(json, &view->arena, &view->plan);
}

static bool read_prepared(const json_t *json, struct leat_ledger_view *view)
{
    return leat_codec_read_prepared(json, &view->arena, &view->prepared);
}

static leat_status load_record(struct leat_ledger *ledger, const char *name, read_fn read,
                               struct leat_ledger_view *view, bool *out_found, leat_error *err)
{
    leat_status status = LEAT_OK;
    leat_bytes text;
    json_t *json;

    LEAT_TRY(leat_checkpoint_get(ledger->checkpoint, LEAT_DATABASE_LEDGER, leat_string(name), &text,
                                 err));
    *out_found = text.data != NULL;
    if (text.data == NULL)
        return LEAT_OK;
    LEAT_TRY(leat_codec_open(text, name, &json, err));
    if (!read(json, view))
        status = leat_fail(err, LEAT_CORRUPT,
                           "the ledger's '%s' cannot be read: it was written by another version, "
                           "or memory is out",
                           name);
    json_decref(json);
    return status;
}

static leat_status load_all(struct leat_ledger *ledger, struct leat_ledger_view *view,
                            leat_error *err)
{
    leat_bytes lineage;
    bool found;

    LEAT_TRY(leat_checkpoint_get(ledger->checkpoint, LEAT_DATABASE_META, leat_string("lineage"),
                                 &lineage, err));
    if (lineage.size != LEAT_LINEAGE_SIZE - 1)
        return leat_fail(err, LEAT_CORRUPT, "the checkpoint's 'lineage' is damaged");
    memcpy(view->lineage, lineage.data, lineage.size);
    LEAT_TRY(get_number(ledger, "slots", &view->slots, err));
    view->incarnation = ledger->incarnation;
    LEAT_TRY(load_record(ledger, "identity", read_identity, view, &found, err));
    LEAT_TRY(load_record(ledger, "settled", read_settled, view, &found, err));
    view->is_new = !found;
    LEAT_TRY(load_record(ledger, "anchoring", read_anchoring, view, &found, err));
    LEAT_TRY(load_record(ledger, "plan", read_plan, view, &found, err));
    return load_record(ledger, "prepared", read_prepared, view, &found, err);
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
    *out = view;
    return LEAT_OK;
}

void leat_ledger_view_release(struct leat_ledger_view *view)
{
    leat_arena_release(&view->arena);
}

/* ---- writing ---- */

leat_status leat_ledger_new_lineage(struct leat_ledger *ledger, leat_error *err)
{
    leat_status status = begin_write(ledger, err);

    if (status == LEAT_OK)
        status = put_new_lineage(ledger, err);
    return end_write(ledger, status, err);
}

static leat_status put_settled(struct leat_ledger *ledger, const struct leat_settled *settled,
                               leat_error *err)
{
    if (settled == NULL)
        return LEAT_OK;
    return put_record(ledger, "settled", leat_codec_settled(settled), err);
}

static leat_status anchoring_records(struct leat_ledger *ledger,
                                     const struct leat_identity *identity,
                                     const struct leat_settled *settled,
                                     const struct leat_anchoring *anchoring, leat_error *err)
{
    LEAT_TRY(begin_write(ledger, err));
    LEAT_TRY(put_record(ledger, "identity", leat_codec_identity(identity), err));
    LEAT_TRY(put_settled(ledger, settled, err));
    return put_record(ledger, "anchoring", leat_codec_anchoring(anchoring), err);
}

leat_status leat_ledger_write_anchoring(struct leat_ledger *ledger,
                                        const struct leat_identity *identity,
                                        const struct leat_settled *settled,
                                        const struct leat_anchoring *anchoring, leat_error *err)
{
    LEAT_TRY(end_write(ledger, anchoring_records(ledger, identity, settled, anchoring, err), err));
    LEAT_CRASH_POINT("anchor.after_sync");
    return LEAT_OK;
}

static leat_status plan_records(struct leat_ledger *ledger, const struct leat_settled *settled,
                                const struct leat_plan *plan, leat_error *err)
{
    LEAT_TRY(begin_write(ledger, err));
    LEAT_TRY(put_settled(ledger, settled, err));
    if (settled != NULL)
        LEAT_TRY(delete_record(ledger, "prepared", err));
    return put_record(ledger, "plan", leat_codec_plan(plan), err);
}

leat_status leat_ledger_write_plan(struct leat_ledger *ledger, const struct leat_settled *settled,
                                   const struct leat_plan *plan, leat_error *err)
{
    leat_status status = plan_records(ledger, settled, plan, err);

    LEAT_CRASH_POINT("plan.before_sync");
    LEAT_TRY(end_write(ledger, status, err));
    LEAT_CRASH_POINT("plan.after_sync");
    return LEAT_OK;
}

static leat_status prepared_records(struct leat_ledger *ledger, const struct leat_settled *settled,
                                    const struct leat_prepared *prepared, leat_error *err)
{
    LEAT_TRY(begin_write(ledger, err));
    LEAT_TRY(put_settled(ledger, settled, err));
    LEAT_TRY(put_record(ledger, "prepared", leat_codec_prepared(prepared), err));
    LEAT_TRY(delete_record(ledger, "plan", err));
    return delete_record(ledger, "anchoring", err);
}

leat_status leat_ledger_write_prepared(struct leat_ledger *ledger,
                                       const struct leat_settled *settled,
                                       const struct leat_prepared *prepared, leat_error *err)
{
    leat_status status = prepared_records(ledger, settled, prepared, err);

    LEAT_CRASH_POINT("prepare.before_sync");
    LEAT_TRY(end_write(ledger, status, err));
    LEAT_CRASH_POINT("prepare.after_sync");
    return LEAT_OK;
}

static leat_status settled_records(struct leat_ledger *ledger, const struct leat_settled *settled,
                                   leat_error *err)
{
    LEAT_TRY(begin_write(ledger, err));
    LEAT_TRY(put_settled(ledger, settled, err));
    LEAT_TRY(delete_record(ledger, "prepared", err));
    LEAT_TRY(delete_record(ledger, "plan", err));
    return delete_record(ledger, "anchoring", err);
}

leat_status leat_ledger_settle(struct leat_ledger *ledger, const struct leat_settled *settled,
                               leat_error *err)
{
    return end_write(ledger, settled_records(ledger, settled, err), err);
}

static leat_status dropped_records(struct leat_ledger *ledger, const struct leat_plan *plan,
                                   leat_error *err)
{
    LEAT_TRY(begin_write(ledger, err));
    LEAT_TRY(delete_record(ledger, "prepared", err));
    if (plan == NULL)
        return delete_record(ledger, "plan", err);
    return put_record(ledger, "plan", leat_codec_plan(plan), err);
}

leat_status leat_ledger_drop_prepared(struct leat_ledger *ledger, const struct leat_plan *plan,
                                      leat_error *err)
{
    return end_write(ledger, dropped_records(ledger, plan, err), err);
}

leat_status leat_ledger_write_decision(struct leat_ledger *ledger, leat_time now,
                                       const char *decision, leat_error *err)
{
    char name[64];
    leat_status status = begin_write(ledger, err);

    snprintf(name, sizeof name, "decision.%020" PRId64 ".%" PRId64, now, ledger->incarnation);
    if (status == LEAT_OK)
        status = put_text(ledger, LEAT_DATABASE_META, name, decision, err);
    return end_write(ledger, status, err);
}
