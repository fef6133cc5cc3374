/* recover: makes what a start finds into where the job goes on: the recovery table's actions. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/crash_point.h"
#include "base/memory.h"
#include "files/staging.h"
#include "ledger/marker.h"
#include "stream/engine_internal.h"
#include "stream/meeting.h"
#include "stream/positions.h"

/* Each action leads to a row below it in the table. */
enum { ROUNDS_MAX = 6 };

/* ---- S3: nobody else writes any more ---- */

bool leat_engine_is_recorded_elsewhere(const struct leat_engine *engine,
                                       const struct leat_ledger_view *view)
{
    const struct leat_identity *identity = &view->identity;
    bool recorded_kafka = /* After --adopt only the identity is left. */
        view->is_new || view->settled.image.count > 0 || view->anchoring.after.count > 0 ||
        (view->prepared.present && view->prepared.authority == LEAT_AUTHORITY_KAFKA);

    if (identity->transactional_id == NULL || !recorded_kafka)
        return false;
    return engine->authority != LEAT_AUTHORITY_KAFKA ||
           strcmp(identity->transactional_id, engine->committer.transactional_id) != 0 ||
           strcmp(identity->cluster_id, engine->committer.cluster_id) != 0;
}

static leat_status fence(struct leat_engine *engine, const struct leat_ledger_view *view,
                         leat_error *err)
{
    leat_error reason = {LEAT_OK, ""};

    if (view != NULL && leat_engine_is_recorded_elsewhere(engine, view) &&
        leat_committer_fence(engine, view->identity.brokers, view->identity.transactional_id,
                             &reason) != LEAT_OK)
        return leat_meeting_say_gone(&view->identity, &reason, err);
    LEAT_TRY(leat_committer_open_writer(engine, err));
    LEAT_CRASH_POINT("start.after_init");
    return LEAT_OK;
}

/* ---- S5: the actions ---- */

static leat_status go_forward(struct leat_engine *engine, const struct leat_prepared *prepared,
                              leat_error *err)
{
    struct leat_settled settled = {.n = prepared->n,
                                   .time = prepared->time,
                                   .positions = prepared->positions,
                                   .image = prepared->after};
    char success[64];

    memcpy(settled.attempt, prepared->attempt, sizeof settled.attempt);
    leat_run_success_text(engine, prepared->n, success, sizeof success);
    LEAT_TRY(
        leat_engine_publish(engine, prepared->renames, prepared->rename_count, success, true, err));
    LEAT_TRY(leat_ledger_settle(engine->ledger, &settled, err));
    LEAT_CRASH_POINT("recover.after_apply");
    leat_log_write(&engine->log, LEAT_LOG_INFO, "stream",
                   "batch %" PRId64 " was committed before the last stop: it is settled now",
                   prepared->n);
    return LEAT_OK;
}

static leat_status go_back(struct leat_engine *engine, const struct leat_prepared *prepared,
                           leat_error *err)
{
    for (size_t i = 0; i < prepared->rename_count; i++)
        LEAT_TRY(leat_staging_clean(engine->files, prepared->renames[i].final,
                                    engine->staging_lineage, NULL, err));
    leat_log_write(&engine->log, LEAT_LOG_INFO, "stream",
                   "batch %" PRId64 " was not committed before the last stop: it runs again",
                   prepared->n);
    return leat_ledger_drop_prepared(engine->ledger, &prepared->plan, err);
}

static void tell_sources_that_existed(struct leat_engine *engine)
{
    for (size_t s = 0; s < engine->source_count; s++)
        for (size_t i = 0; i < engine->partition_count; i++)
            if (engine->settled.positions.entries[i].offset >= 0 &&
                strcmp(engine->partitions[i].source_name, engine->sources[s].source->name) == 0)
                engine->sources[s].existed = true;
}

/* Where the ledger says that the job stands; what it does not know begins at its first record. */
static leat_status take_ledger(struct leat_engine *engine, const struct leat_meeting *meeting,
                               leat_error *err)
{
    LEAT_TRY(leat_partitions_adopt(engine, &meeting->view.settled, err));
    tell_sources_that_existed(engine);
    LEAT_TRY(leat_positions_resolve(engine, LEAT_BEGIN_LATER, err));
    if (meeting->view.settled.n > 0)
        leat_batch_clock_resume(&engine->batch_clock, meeting->view.settled.time);
    return LEAT_OK;
}

/* What the ledger held belongs to another story from now on. */
static leat_status start_lineage(struct leat_engine *engine, leat_error *err)
{
    struct leat_ledger_view view;

    LEAT_TRY(leat_ledger_new_lineage(engine->ledger, err));
    LEAT_TRY(leat_ledger_load(engine->ledger, &view, err));
    memcpy(engine->lineage, view.lineage, sizeof engine->lineage);
    memcpy(engine->staging_lineage, view.lineage, sizeof view.lineage);
    leat_ledger_view_release(&view);
    return LEAT_OK;
}

/* The last batch of this lineage by the group's markers, when settled knows none that late. */
static void take_newest_marker(struct leat_engine *engine, const struct leat_image *found)
{
    for (size_t i = 0; i < found->count; i++) {
        struct leat_marker marker;

        if (found->entries[i].at.offset < 0 ||
            !leat_marker_parse(found->entries[i].at.metadata, &marker) ||
            strcmp(marker.lineage, engine->lineage) != 0 || marker.n < engine->settled.n)
            continue;
        engine->settled.n = marker.n;
        engine->settled.time = marker.time;
        memcpy(engine->settled.attempt, marker.attempt, sizeof marker.attempt);
    }
}

/* Numbers and times that somebody may have seen are not given again. */
static void take_newest_batch(struct leat_engine *engine, const struct leat_meeting *meeting)
{
    const struct leat_prepared *prepared = &meeting->view.prepared;
    struct leat_settled *settled = &engine->settled;
    int64_t known;

    if (prepared->present && prepared->n > settled->n) {
        settled->n = prepared->n;
        settled->time = prepared->time;
        memcpy(settled->attempt, prepared->attempt, sizeof settled->attempt);
    }
    known = settled->n;
    take_newest_marker(engine, &meeting->found);
    if (settled->n > known)
        leat_log_write(&engine->log, LEAT_LOG_WARN, "stream",
                       "the group has batch %" PRId64 " of this lineage, and the checkpoint none "
                       "after %" PRId64 ": batches go on after that of the group",
                       settled->n, known);
    if (settled->n > 0)
        leat_batch_clock_resume(&engine->batch_clock, settled->time);
}

/* Positions are the group's from now on, whatever the ledger says of them. */
static leat_status take_group(struct leat_engine *engine, const struct leat_meeting *meeting,
                              leat_error *err)
{
    bool has_ledger = meeting->has_view && !meeting->view.is_new;

    if (has_ledger) {
        LEAT_TRY(leat_partitions_adopt(engine, &meeting->view.settled, err));
        take_newest_batch(engine, meeting);
        LEAT_TRY(engine->settings.adopt ? start_lineage(engine, err)
                                        : leat_ledger_drop_prepared(engine->ledger, NULL, err));
    }
    for (size_t i = 0; i < engine->partition_count; i++)
        if (engine->partitions[i].source != NULL)
            engine->settled.positions.entries[i].offset = -1;
    return leat_positions_resolve(engine, has_ledger ? LEAT_BEGIN_GROUP : LEAT_BEGIN_FIRST, err);
}

/* Without a directory the group's marker says which batch was the last. */
static leat_status resume(struct leat_engine *engine, const struct leat_meeting *meeting,
                          leat_error *err)
{
    take_newest_marker(engine, &meeting->found);
    if (engine->settled.n > 0)
        leat_batch_clock_resume(&engine->batch_clock, engine->settled.time);
    leat_image_adopt(engine, &meeting->found);
    return leat_positions_resolve(engine, LEAT_BEGIN_GROUP, err);
}

static leat_status anchor(struct leat_engine *engine, leat_error *err)
{
    struct leat_image *image = &engine->settled.image;
    struct leat_group_offset *found = leat_alloc(image->count + 1, sizeof *found);
    leat_status status = LEAT_OK;

    if (found == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for %zu offsets", image->count);
    if (image->count > 0)
        status = leat_image_read(engine, engine->committer.cluster, image, found, err);
    if (status == LEAT_OK)
        status = leat_engine_anchor(engine, found, err);
    leat_free(found);
    return status;
}

/* A plan of the last stop is run again before anything else. */
static void keep_plan(struct leat_engine *engine, struct leat_meeting *meeting)
{
    if (!meeting->has_view || !meeting->view.plan.present ||
        meeting->view.plan.n != engine->settled.n + 1)
        return;
    engine->pending = meeting->view;
    engine->has_pending = true;
    meeting->has_view = false;
}

/* True in *out_done when the job knows where it goes on. */
static leat_status act(struct leat_engine *engine, struct leat_meeting *meeting, bool *out_done,
                       leat_error *err)
{
    leat_error question = {LEAT_OK, ""};

    *out_done = true;
    switch (leat_meeting_decide(engine, meeting, &question)) {
    case LEAT_RECOVERY_GENESIS:
    case LEAT_RECOVERY_TAKE_OVER:
        LEAT_TRY(take_group(engine, meeting, err));
        return anchor(engine, err);
    case LEAT_RECOVERY_REDO_ANCHOR:
    case LEAT_RECOVERY_ANCHOR:
        LEAT_TRY(take_ledger(engine, meeting, err));
        keep_plan(engine, meeting);
        return anchor(engine, err);
    case LEAT_RECOVERY_GO_ON:
        LEAT_TRY(take_ledger(engine, meeting, err));
        leat_image_adopt(engine, &meeting->view.settled.image);
        keep_plan(engine, meeting);
        return LEAT_OK;
    case LEAT_RECOVERY_RESUME:
        return resume(engine, meeting, err);
    case LEAT_RECOVERY_FORWARD:
        *out_done = false;
        return go_forward(engine, &meeting->view.prepared, err);
    case LEAT_RECOVERY_BACK:
        *out_done = false;
        return go_back(engine, &meeting->view.prepared, err);
    default:
        return leat_fail(err, question.status, "%s", question.message);
    }
}

/* What the user decided is kept for those who ask later. */
static leat_status keep_decision(struct leat_engine *engine, leat_error *err)
{
    const struct leat_settings *settings = &engine->settings;
    char text[128];

    if (!settings->adopt && settings->positions == LEAT_POSITIONS_ASK &&
        settings->assume == LEAT_ASSUME_ASK)
        return LEAT_OK;
    snprintf(text, sizeof text, "adopt=%d positions=%d assume=%d group=%.60s", settings->adopt,
             settings->positions, settings->assume, engine->committer.group);
    leat_log_write(&engine->log, LEAT_LOG_WARN, "stream", "started with decisions: %s", text);
    if (engine->ledger == NULL)
        return LEAT_OK;
    return leat_ledger_write_decision(engine->ledger, leat_clock_wall_ms(&engine->parts.clock),
                                      text, err);
}

leat_status leat_engine_recover(struct leat_engine *engine, leat_error *err)
{
    struct leat_meeting meeting;
    leat_status status = leat_meeting_load(engine, &meeting, err);
    bool done = false;

    if (status == LEAT_OK)
        status = fence(engine, meeting.has_view ? &meeting.view : NULL, err);
    for (int round = 0; round < ROUNDS_MAX && !done && status == LEAT_OK; round++) {
        leat_meeting_release(&meeting);
        status = leat_meeting_load(engine, &meeting, err);
        if (status == LEAT_OK)
            status = leat_meeting_ask(engine, &meeting, err);
        if (status == LEAT_OK && round == 0)
            LEAT_CRASH_POINT("start.after_group");
        if (status == LEAT_OK)
            status = act(engine, &meeting, &done, err);
    }
    leat_meeting_release(&meeting);
    LEAT_TRY(status);
    if (!done)
        return leat_fail(err, LEAT_CORRUPT, "the checkpoint's records contradict each other");
    LEAT_TRY(keep_decision(engine, err));
    return leat_engine_clean_staging(engine, err);
}

leat_status leat_engine_find_out(struct leat_engine *engine, const struct leat_image *before,
                                 const struct leat_image *after, enum leat_verdict *out,
                                 leat_error *err)
{
    struct leat_group_offset *found = leat_alloc(after->count + 1, sizeof *found);
    enum leat_group_match match;
    leat_status status;

    if (found == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for %zu offsets", after->count);
    leat_committer_close_writer(engine);
    status = leat_committer_open_writer(engine, err);
    if (status == LEAT_OK)
        status = leat_image_read(engine, engine->committer.cluster, after, found, err);
    match = status == LEAT_OK ? leat_image_match(before, after, found) : LEAT_GROUP_OTHER;
    leat_free(found);
    LEAT_TRY(status);
    *out = match == LEAT_GROUP_AFTER ? LEAT_VERDICT_COMMITTED : LEAT_VERDICT_NOT_COMMITTED;
    if (match == LEAT_GROUP_AFTER || match == LEAT_GROUP_BEFORE)
        return LEAT_OK;
    return leat_fail(err, LEAT_INVALID,
                     "group '%s' shows offsets that this job did not write: somebody else commits "
                     "there; start again to see what they are",
                     engine->committer.group);
}
