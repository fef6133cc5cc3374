/* anchor: gives the group the markers of the last batch that is over, before anything follows it:
 * from then on "nothing committed" never has to mean "not committed". */
#include "base/crash_point.h"
#include "base/memory.h"
#include "stream/engine_internal.h"

/* What the ledger keeps before the group is touched. */
static leat_status record(struct leat_engine *engine, const struct leat_image *before,
                          leat_error *err)
{
    struct leat_identity identity = leat_committer_identity(engine);
    struct leat_anchoring anchoring = {
        .present = true, .before = *before, .after = engine->settled.image};

    if (engine->ledger == NULL)
        return LEAT_OK;
    return leat_ledger_write_anchoring(engine->ledger, &identity, &engine->settled, &anchoring,
                                       err);
}

static leat_status commit_markers(struct leat_engine *engine, bool *out_committed, leat_error *err)
{
    struct leat_writer *writer = engine->committer.writer;
    leat_status status;

    *out_committed = false;
    LEAT_TRY(writer->ops->begin(writer, err));
    engine->committer.has_begun = true;
    status = leat_image_send(engine, &engine->settled.image, err);
    if (status != LEAT_OK)
        return status;
    engine->committer.has_begun = false;
    switch (writer->ops->commit(writer, err)) {
    case LEAT_COMMIT_DONE:
        *out_committed = true;
        return LEAT_OK;
    case LEAT_COMMIT_FENCED:
        return LEAT_FENCED;
    default:
        return LEAT_UNAVAILABLE;
    }
}

/* N2, until it is known to be done. */
static leat_status mark_group(struct leat_engine *engine, const struct leat_image *before,
                              leat_error *err)
{
    for (int left = 3;; left--) {
        enum leat_verdict verdict;
        leat_error reason;
        bool committed;
        leat_status status = commit_markers(engine, &committed, &reason);

        if (committed)
            return LEAT_OK;
        if (leat_status_class(status) == LEAT_CLASS_STOP || left == 0)
            return leat_fail(err, status, "%s", reason.message);
        leat_log_write(&engine->log, LEAT_LOG_WARN, "stream", "anchor: %s", reason.message);
        LEAT_TRY(leat_engine_find_out(engine, before, &engine->settled.image, &verdict, err));
        if (verdict == LEAT_VERDICT_COMMITTED)
            return LEAT_OK;
    }
}

static leat_status anchor_in_kafka(struct leat_engine *engine,
                                   const struct leat_group_offset *found, leat_error *err)
{
    struct leat_image *image = &engine->settled.image;
    struct leat_image before = {.count = image->count};
    leat_status status;

    before.entries = leat_alloc(image->count + 1, sizeof *before.entries);
    if (before.entries == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for %zu markers", image->count);
    for (size_t i = 0; i < image->count; i++) {
        before.entries[i] = image->entries[i];
        before.entries[i].at = found[i];
    }
    leat_image_fill(engine, &engine->settled.positions, engine->settled.n, engine->settled.attempt,
                    engine->settled.time, image);
    status = record(engine, &before, err);
    if (status == LEAT_OK)
        status = mark_group(engine, &before, err);
    leat_free(before.entries);
    if (status == LEAT_OK)
        LEAT_CRASH_POINT("anchor.after_commit");
    return status;
}

leat_status leat_engine_anchor(struct leat_engine *engine, const struct leat_group_offset *found,
                               leat_error *err)
{
    struct leat_image none = {NULL, 0};

    engine->marker_time = leat_clock_wall_ms(&engine->parts.clock);
    if (engine->authority == LEAT_AUTHORITY_KAFKA)
        return anchor_in_kafka(engine, found, err);
    if (engine->ledger == NULL) /* The group is all that a next start has. */
        return leat_engine_tell_group(engine, true, err);
    if (engine->has_pending) /* The plan must stay. */
        return LEAT_OK;
    LEAT_TRY(record(engine, &none, err));
    return leat_ledger_settle(engine->ledger, &engine->settled, err);
}
