/* ledger: see ledger.h. */
#include "ledger/ledger.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/crash_point.h"
#include "base/memory.h"
#include "ledger/codec.h"
#include "ledger/ledger_internal.h"
#include "state/delta.h"

/* ---- values by name ---- */

/* Takes ownership of json. */
static leat_status put(struct leat_ledger *ledger, enum leat_database database, const char *name,
                       json_t *json, leat_error *err)
{
    leat_bytes value;

    LEAT_TRY(leat_codec_seal(json, name, &ledger->text, err));
    value = (leat_bytes){ledger->text.data, ledger->text.size};
    return leat_checkpoint_put(ledger->checkpoint, database, leat_string(name), value, err);
}

static leat_status put_record(struct leat_ledger *ledger, const char *name, json_t *json,
                              leat_error *err)
{
    return put(ledger, LEAT_DATABASE_LEDGER, name, json, err);
}

static leat_status delete_record(struct leat_ledger *ledger, const char *name, leat_error *err)
{
    return leat_checkpoint_delete(ledger->checkpoint, LEAT_DATABASE_LEDGER, leat_string(name), err);
}

static leat_status put_number(struct leat_ledger *ledger, const char *name, int64_t number,
                              leat_error *err)
{
    return put(ledger, LEAT_DATABASE_META, name, json_pack("[I]", (json_int_t)number), err);
}

/* ---- transactions ---- */

/* Asked in every write transaction. */
static leat_status check_owner(void *context, leat_error *err)
{
    struct leat_ledger *ledger = context;
    int64_t owner;

    LEAT_TRY(leat_ledger_get_number(ledger, "incarnation", &owner, err));
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

/* ---- state ---- */

struct leat_checkpoint *leat_ledger_checkpoint(struct leat_ledger *ledger)
{
    return ledger->checkpoint;
}

void leat_ledger_attach_stores(struct leat_ledger *ledger, struct leat_stores *stores)
{
    ledger->stores = stores;
}

/* What settled batches did to the state counts. */
static leat_status fold_state(struct leat_ledger *ledger, const struct leat_settled *settled,
                              leat_error *err)
{
    uint64_t bytes;

    if (settled == NULL)
        return LEAT_OK;
    if (ledger->stores != NULL)
        return leat_stores_fold(ledger->stores, settled->n, err);
    return leat_delta_fold(ledger->checkpoint, settled->n, &bytes, err);
}

static leat_status apply_state(struct leat_ledger *ledger, bool everything, leat_error *err)
{
    if (ledger->stores != NULL)
        return leat_stores_apply(ledger->stores, everything, err);
    return leat_delta_apply(ledger->checkpoint, err);
}

/* The batch's own write is good already: the next one says what was wrong. */
static void apply_later(struct leat_ledger *ledger)
{
    ledger->must_apply = apply_state(ledger, false, NULL) != LEAT_OK;
}

static leat_status apply_earlier(struct leat_ledger *ledger, leat_error *err)
{
    if (!ledger->must_apply)
        return LEAT_OK;
    LEAT_TRY(apply_state(ledger, false, err));
    ledger->must_apply = false;
    return LEAT_OK;
}

static leat_status write_delta(struct leat_ledger *ledger, int64_t n, leat_error *err)
{
    return ledger->stores == NULL ? LEAT_OK : leat_stores_write_delta(ledger->stores, n, err);
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
    return put(ledger, LEAT_DATABASE_META, "lineage", json_pack("[s]", lineage), err);
}

/* Whether a process has had this directory before; then it has a lineage too. */
static leat_status find_owner(struct leat_ledger *ledger, bool *out, leat_error *err)
{
    json_t *lineage;
    json_t *incarnation;
    leat_status status = LEAT_OK;

    LEAT_TRY(leat_ledger_get(ledger, LEAT_DATABASE_META, "lineage", &lineage, err));
    status = leat_ledger_get(ledger, LEAT_DATABASE_META, "incarnation", &incarnation, err);
    if (status != LEAT_OK) {
        json_decref(lineage);
        return status;
    }
    if (lineage == NULL && incarnation != NULL)
        status = leat_ledger_fail_missing("lineage", err);
    *out = lineage != NULL;
    json_decref(lineage);
    json_decref(incarnation);
    return status;
}

static leat_status check_slots(struct leat_ledger *ledger, int64_t slots, leat_error *err)
{
    int64_t recorded;

    LEAT_TRY(leat_ledger_get_number(ledger, "slots", &recorded, err));
    if (recorded == slots)
        return LEAT_OK;
    return leat_fail(err, LEAT_INVALID,
                     "leat.state.slots is %" PRId64 ", and checkpoint '%s' was made with %" PRId64
                     "; it is fixed for the life of a checkpoint",
                     slots, leat_checkpoint_directory(ledger->checkpoint), recorded);
}

static leat_status take_incarnation(struct leat_ledger *ledger, int64_t slots, leat_error *err)
{
    int64_t last = 0;
    bool had_owner;

    LEAT_TRY(find_owner(ledger, &had_owner, err));
    if (had_owner) {
        LEAT_TRY(leat_ledger_get_number(ledger, "incarnation", &last, err));
        LEAT_TRY(check_slots(ledger, slots, err));
    } else {
        LEAT_TRY(put_new_lineage(ledger, err));
        LEAT_TRY(put_number(ledger, "slots", slots, err));
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
    ledger->settled_n = -1;
    status = leat_checkpoint_open(directory, &ledger->checkpoint, err);
    if (status == LEAT_OK)
        status = leat_checkpoint_begin(ledger->checkpoint, err);
    if (status == LEAT_OK)
        status = end_write(ledger, take_incarnation(ledger, slots, err), err);
    if (status != LEAT_OK) {
        leat_ledger_close(ledger);
        return status;
    }
    leat_checkpoint_guard(ledger->checkpoint, check_owner, ledger);
    LEAT_CRASH_POINT("start.after_lock");
    *out = ledger;
    return LEAT_OK;
}

/* Before it is opened: opening makes what is missing. */
static leat_status refuse_missing(const char *directory, leat_error *err)
{
    char file[PATH_MAX];

    if (snprintf(file, sizeof file, "%s/data.mdb", directory) < (int)sizeof file &&
        access(file, F_OK) == 0)
        return LEAT_OK;
    return leat_fail(err, LEAT_INVALID, "there is no checkpoint in '%.300s'", directory);
}

static leat_status check_lineage(struct leat_ledger *ledger, leat_error *err)
{
    bool had_owner = false;
    leat_status status;

    LEAT_TRY(leat_checkpoint_begin(ledger->checkpoint, err));
    status = find_owner(ledger, &had_owner, err);
    leat_checkpoint_abort(ledger->checkpoint);
    if (status == LEAT_OK && !had_owner)
        return leat_fail(err, LEAT_INVALID, "no job has used the checkpoint in '%.300s' yet",
                         leat_checkpoint_directory(ledger->checkpoint));
    return status;
}

leat_status leat_ledger_open_to_read(const char *directory, struct leat_ledger **out,
                                     leat_error *err)
{
    struct leat_ledger *ledger;
    leat_status status;

    LEAT_TRY(refuse_missing(directory, err));
    ledger = leat_alloc(1, sizeof *ledger);
    if (ledger == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for the ledger");
    ledger->settled_n = -1;
    status = leat_checkpoint_open(directory, &ledger->checkpoint, err);
    if (status == LEAT_OK)
        status = check_lineage(ledger, err);
    if (status != LEAT_OK) {
        leat_ledger_close(ledger);
        return status;
    }
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

/* ---- writing ---- */

/* Also what another job kept, when this one has no state. */
static leat_status clear_state(struct leat_ledger *ledger, leat_error *err)
{
    if (ledger->stores != NULL)
        return leat_stores_clear(ledger->stores, err);
    return leat_state_clear(ledger->checkpoint, err);
}

static leat_status new_lineage_records(struct leat_ledger *ledger, leat_error *err)
{
    static const char *const forgotten[] = {"settled", "anchoring", "plan", "prepared"};

    LEAT_TRY(leat_checkpoint_begin(ledger->checkpoint, err));
    LEAT_TRY(clear_state(ledger, err));
    for (size_t i = 0; i < sizeof forgotten / sizeof forgotten[0]; i++)
        LEAT_TRY(delete_record(ledger, forgotten[i], err));
    return put_new_lineage(ledger, err);
}

leat_status leat_ledger_new_lineage(struct leat_ledger *ledger, leat_error *err)
{
    LEAT_TRY(end_write(ledger, new_lineage_records(ledger, err), err));
    ledger->settled_n = -1;
    return LEAT_OK;
}

static leat_status put_settled(struct leat_ledger *ledger, const struct leat_settled *settled,
                               leat_error *err)
{
    if (settled == NULL)
        return LEAT_OK;
    return put_record(ledger, "settled", leat_codec_settled(settled), err);
}

/* At most one batch is unfolded: the one after settled. */
static leat_status check_next(const struct leat_ledger *ledger, const struct leat_settled *settled,
                              int64_t n, leat_error *err)
{
    int64_t last = settled != NULL ? settled->n : ledger->settled_n;

    if (last < 0 || n == last + 1)
        return LEAT_OK;
    return leat_fail(err, LEAT_INVALID,
                     "batch %" PRId64 " cannot follow batch %" PRId64 " in checkpoint '%s'", n,
                     last, leat_checkpoint_directory(ledger->checkpoint));
}

static leat_status end_settling(struct leat_ledger *ledger, const struct leat_settled *settled,
                                leat_status status, leat_error *err)
{
    LEAT_TRY(end_write(ledger, status, err));
    if (settled != NULL)
        ledger->settled_n = settled->n;
    return LEAT_OK;
}

/* As above, where the state was folded too. */
static leat_status end_folding(struct leat_ledger *ledger, const struct leat_settled *settled,
                               leat_status status, leat_error *err)
{
    LEAT_TRY(end_settling(ledger, settled, status, err));
    if (settled != NULL && ledger->stores != NULL)
        leat_stores_folded(ledger->stores);
    return LEAT_OK;
}

static leat_status anchoring_records(struct leat_ledger *ledger,
                                     const struct leat_identity *identity,
                                     const struct leat_settled *settled,
                                     const struct leat_anchoring *anchoring, leat_error *err)
{
    LEAT_TRY(leat_checkpoint_begin(ledger->checkpoint, err));
    LEAT_TRY(put_record(ledger, "identity", leat_codec_identity(identity), err));
    LEAT_TRY(put_settled(ledger, settled, err));
    return put_record(ledger, "anchoring", leat_codec_anchoring(anchoring), err);
}

leat_status leat_ledger_write_anchoring(struct leat_ledger *ledger,
                                        const struct leat_identity *identity,
                                        const struct leat_settled *settled,
                                        const struct leat_anchoring *anchoring, leat_error *err)
{
    LEAT_TRY(end_settling(ledger, settled,
                          anchoring_records(ledger, identity, settled, anchoring, err), err));
    LEAT_CRASH_POINT("anchor.after_sync");
    return LEAT_OK;
}

static leat_status plan_records(struct leat_ledger *ledger, const struct leat_settled *settled,
                                const struct leat_plan *plan, leat_error *err)
{
    LEAT_TRY(check_next(ledger, settled, plan->n, err));
    LEAT_TRY(leat_checkpoint_begin(ledger->checkpoint, err));
    LEAT_TRY(put_settled(ledger, settled, err));
    LEAT_TRY(fold_state(ledger, settled, err));
    if (settled != NULL)
        LEAT_TRY(delete_record(ledger, "prepared", err));
    return put_record(ledger, "plan", leat_codec_plan(plan), err);
}

leat_status leat_ledger_write_plan(struct leat_ledger *ledger, const struct leat_settled *settled,
                                   const struct leat_plan *plan, leat_error *err)
{
    leat_status status;

    LEAT_TRY(apply_earlier(ledger, err));
    status = plan_records(ledger, settled, plan, err);
    LEAT_CRASH_POINT("plan.before_sync");
    LEAT_TRY(end_folding(ledger, settled, status, err));
    LEAT_CRASH_POINT("plan.after_sync");
    if (settled != NULL)
        apply_later(ledger);
    return LEAT_OK;
}

static leat_status prepared_records(struct leat_ledger *ledger, const struct leat_settled *settled,
                                    const struct leat_prepared *prepared, leat_error *err)
{
    LEAT_TRY(check_next(ledger, settled, prepared->n, err));
    LEAT_TRY(leat_checkpoint_begin(ledger->checkpoint, err));
    LEAT_TRY(put_settled(ledger, settled, err));
    LEAT_TRY(fold_state(ledger, settled, err));
    LEAT_TRY(put_record(ledger, "prepared", leat_codec_prepared(prepared), err));
    LEAT_TRY(write_delta(ledger, prepared->n, err));
    LEAT_TRY(delete_record(ledger, "plan", err));
    return delete_record(ledger, "anchoring", err);
}

leat_status leat_ledger_write_prepared(struct leat_ledger *ledger,
                                       const struct leat_settled *settled,
                                       const struct leat_prepared *prepared, leat_error *err)
{
    leat_status status;

    LEAT_TRY(apply_earlier(ledger, err));
    status = prepared_records(ledger, settled, prepared, err);
    LEAT_CRASH_POINT("prepare.before_sync");
    LEAT_TRY(end_folding(ledger, settled, status, err));
    LEAT_CRASH_POINT("prepare.after_sync");
    if (settled != NULL)
        apply_later(ledger);
    return LEAT_OK;
}

static leat_status settled_records(struct leat_ledger *ledger, const struct leat_settled *settled,
                                   bool write_state, leat_error *err)
{
    LEAT_TRY(leat_checkpoint_begin(ledger->checkpoint, err));
    LEAT_TRY(put_settled(ledger, settled, err));
    if (write_state)
        LEAT_TRY(leat_stores_write_delta(ledger->stores, settled->n, err));
    LEAT_TRY(fold_state(ledger, settled, err));
    LEAT_TRY(delete_record(ledger, "prepared", err));
    LEAT_TRY(delete_record(ledger, "plan", err));
    return delete_record(ledger, "anchoring", err);
}

leat_status leat_ledger_settle(struct leat_ledger *ledger, const struct leat_settled *settled,
                               leat_error *err)
{
    /* at_least_once settles every batch, and need not apply each at once. */
    bool write_state = ledger->stores != NULL && leat_stores_have_changes(ledger->stores);

    LEAT_TRY(apply_earlier(ledger, err));
    LEAT_TRY(end_folding(ledger, settled, settled_records(ledger, settled, write_state, err), err));
    return apply_state(ledger, !write_state, err);
}

static leat_status dropped_records(struct leat_ledger *ledger, const struct leat_plan *plan,
                                   leat_error *err)
{
    LEAT_TRY(leat_checkpoint_begin(ledger->checkpoint, err));
    LEAT_TRY(leat_delta_drop(ledger->checkpoint, err));
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

/* Several decisions of one moment get a name each. */
static leat_status put_decision(struct leat_ledger *ledger, leat_time now, const char *decision,
                                leat_error *err)
{
    leat_bytes there;
    char name[64];

    LEAT_TRY(leat_checkpoint_begin(ledger->checkpoint, err));
    do {
        snprintf(name, sizeof name, "decision.%020" PRId64 ".%" PRId64, now++, ledger->incarnation);
        LEAT_TRY(leat_checkpoint_get(ledger->checkpoint, LEAT_DATABASE_META, leat_string(name),
                                     &there, err));
    } while (there.data != NULL);
    return put(ledger, LEAT_DATABASE_META, name, json_pack("[o]", leat_codec_text(decision)), err);
}

leat_status leat_ledger_write_decision(struct leat_ledger *ledger, leat_time now,
                                       const char *decision, leat_error *err)
{
    return end_write(ledger, put_decision(ledger, now, decision, err), err);
}
