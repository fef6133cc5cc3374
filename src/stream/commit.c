/* commit: from the last record of a batch to its last rename, see docs/internals/commit-protocol.md
 * B4 to B10. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/crash_point.h"
#include "base/memory.h"
#include "files/staging.h"
#include "graph/graph.h"
#include "stream/engine_internal.h"
#include "stream/state.h"

enum { PUBLISH_TRIES = 3, ARENA_CHUNK_BYTES = 16 << 10 };
static const size_t arena_bytes_max = (size_t)64 << 20;

void leat_run_name_attempt(struct leat_engine *engine)
{
    struct leat_batch_run *run = &engine->run;

    snprintf(run->attempt_name, sizeof run->attempt_name, "%" PRId64 ".%" PRId64,
             engine->incarnation, ++engine->attempts);
    snprintf(run->staging_name, sizeof run->staging_name, "%" PRId64 ".%s", run->n,
             run->attempt_name);
    leat_run_success_text(engine, run->n, run->success_text, sizeof run->success_text);
}

void leat_run_success_text(const struct leat_engine *engine, int64_t n, char *out, size_t size)
{
    snprintf(out, size, "leat %s batch %" PRId64, engine->staging_lineage, n);
}

/* ---- B4 to B6 ---- */

static leat_status flush(struct leat_engine *engine, leat_error *err)
{
    struct leat_writer *writer = engine->committer.writer;

    if (writer != NULL)
        LEAT_TRY(writer->ops->flush(writer, err));
    LEAT_CRASH_POINT("prepare.after_flush");
    return LEAT_OK;
}

/* Makes the staged directories durable; those whose final name is already ours are not renamed. */
static leat_status seal(struct leat_engine *engine, const struct leat_batch_result *result,
                        struct leat_rename *renames, size_t *out_count, leat_error *err)
{
    const char *success = engine->run.success_text;
    bool ours;

    *out_count = 0;
    if (result->staged_count == 0)
        return LEAT_OK;
    for (size_t i = 0; i < result->staged_count; i++)
        LEAT_TRY(leat_staging_seal(engine->files, result->staged[i].staged, success, err));
    LEAT_CRASH_POINT("prepare.after_file_sync");
    for (size_t i = 0; i < result->staged_count; i++) {
        LEAT_TRY(leat_staging_check(engine->files, result->staged[i].final, success, &ours, err));
        if (!ours)
            renames[(*out_count)++] =
                (struct leat_rename){result->staged[i].staged, result->staged[i].final};
    }
    return LEAT_OK;
}

/* ---- what the batch makes of the positions and of the group ---- */

/* What a next start knows the topic by: nothing, when records were left unread. */
static void remember_last(const struct leat_batch_range *range, struct leat_position *position)
{
    bool saw_all = range->read_whole || range->last_offset == range->until - 1;

    if (range->until == range->from || (saw_all && range->last_offset < 0))
        return;
    position->last_offset = saw_all ? range->last_offset : -1;
    position->last_timestamp_ms = saw_all ? range->last_timestamp_ms : -1;
}

static void fill_next(struct leat_engine *engine)
{
    const struct leat_batch_run *run = &engine->run;
    struct leat_settled *next = &engine->next;

    next->n = run->n;
    next->time = run->time;
    memcpy(next->attempt, run->attempt_name, sizeof next->attempt);
    for (size_t i = 0; i < engine->partition_count; i++)
        next->positions.entries[i] = engine->settled.positions.entries[i];
    for (size_t i = 0; i < run->range_count; i++) {
        struct leat_position *position = &next->positions.entries[run->range_partitions[i]];

        position->offset = run->ranges[i].until;
        remember_last(&run->ranges[i], position);
    }
    for (size_t i = 0; i < next->image.count; i++)
        next->image.entries[i] = engine->settled.image.entries[i];
    leat_image_fill(engine, &next->positions, run->n, run->attempt_name, run->time, &next->image);
}

void leat_engine_advance(struct leat_engine *engine)
{
    struct leat_settled settled = engine->settled;

    engine->settled = engine->next;
    engine->next = settled;
    engine->marker_time = leat_clock_wall_ms(&engine->parts.clock);
}

/* ---- B7 ---- */

static leat_status write_prepared(struct leat_engine *engine, const struct leat_rename *renames,
                                  size_t count, leat_error *err)
{
    struct leat_prepared prepared = {.present = true,
                                     .n = engine->run.n,
                                     .time = engine->run.time,
                                     .authority = engine->authority,
                                     .identity = leat_committer_identity(engine),
                                     .before = engine->settled.image,
                                     .after = engine->next.image,
                                     .positions = engine->next.positions,
                                     .renames = renames,
                                     .rename_count = count};
    struct leat_arena arena;
    leat_status status;

    memcpy(prepared.attempt, engine->run.attempt_name, sizeof prepared.attempt);
    leat_arena_init(&arena, ARENA_CHUNK_BYTES, arena_bytes_max);
    status = leat_plan_of_run(engine, &arena, &prepared.plan, err);
    if (status == LEAT_OK)
        status = leat_ledger_write_prepared(
            engine->ledger, engine->settled_is_dirty ? &engine->settled : NULL, &prepared, err);
    leat_arena_release(&arena);
    LEAT_TRY(status);
    engine->settled_is_dirty = false;
    engine->plan_is_left = false;
    return LEAT_OK;
}

leat_status leat_engine_clean_staging(struct leat_engine *engine, leat_error *err)
{
    const struct leat_output *output = engine->ssc->outputs;
    leat_status status = LEAT_OK;

    for (; output != NULL && status == LEAT_OK; output = output->next) {
        struct leat_buffer path = {0};

        if (!leat_output_is_files(output))
            continue;
        if (leat_output_path(output->prefix, 0, output->suffix, &path))
            status =
                leat_staging_clean(engine->files, path.data, engine->staging_lineage, NULL, err);
        else
            status = leat_fail(err, LEAT_NO_MEMORY, "no memory for a path");
        if (status != LEAT_OK)
            leat_error_prefix(err, "%s at %s", leat_output_name(output->kind), output->where);
        leat_buffer_release(&path);
    }
    return status;
}

/* ---- B8, B9 ---- */

leat_status leat_engine_roll_back(struct leat_engine *engine, leat_error *err)
{
    struct leat_writer *writer = engine->committer.writer;
    leat_status status;

    if (writer == NULL || !engine->committer.has_begun)
        return LEAT_OK;
    engine->committer.has_begun = false;
    status = writer->ops->abort(writer, err);
    if (status != LEAT_UNAVAILABLE)
        return status;
    if (leat_engine_stopping(engine) == LEAT_STOP_NOW)
        return leat_fail(err, LEAT_UNAVAILABLE,
                         "stopped, and the brokers at %s did not answer its abort: the next start "
                         "settles it",
                         engine->committer.brokers);
    /* EndTxn with a commit was never sent: a new producer is proof enough. */
    leat_log_write(&engine->log, LEAT_LOG_WARN, "stream", "a new producer is needed: %s",
                   err->message);
    leat_committer_close_writer(engine);
    return leat_committer_open_writer(engine, err);
}

/* Nobody waits for the brokers any more. prepared(n) and the group tell the next start. */
static leat_status leave_in_doubt(const struct leat_engine *engine, leat_error *err)
{
    return leat_fail(err, LEAT_UNAVAILABLE,
                     "stopped before the brokers at %s had answered its commit: the next start "
                     "finds out whether it is committed",
                     engine->committer.brokers);
}

/* The transaction's end is unknown, or a late copy of the request may be under way. */
static leat_status settle_doubt(struct leat_engine *engine, bool *out_again, leat_error *err)
{
    enum leat_verdict verdict;
    leat_error reason = *err;
    leat_status status;

    if (leat_engine_stopping(engine) == LEAT_STOP_NOW)
        return leave_in_doubt(engine, err);
    leat_log_write(&engine->log, LEAT_LOG_WARN, "stream", "batch %" PRId64 ": %s; asking the group",
                   engine->run.n, reason.message);
    status =
        leat_engine_find_out(engine, &engine->settled.image, &engine->next.image, &verdict, err);
    if (status == LEAT_CANCELLED)
        return leave_in_doubt(engine, err);
    LEAT_TRY(status);
    if (verdict == LEAT_VERDICT_COMMITTED)
        return LEAT_OK;
    *out_again = true;
    return leat_fail(err, LEAT_UNAVAILABLE, "%s", reason.message);
}

static leat_status end_transaction(struct leat_engine *engine, bool *out_again, leat_error *err)
{
    struct leat_writer *writer = engine->committer.writer;

    LEAT_TRY(leat_image_send(engine, &engine->next.image, err));
    LEAT_CRASH_POINT("commit.after_offsets");
    LEAT_CRASH_POINT("commit.before_end_txn");
    engine->committer.has_begun = false;
    switch (writer->ops->commit(writer, err)) {
    case LEAT_COMMIT_DONE:
        break;
    case LEAT_COMMIT_FENCED:
        return LEAT_FENCED;
    default:
        LEAT_TRY(settle_doubt(engine, out_again, err));
    }
    LEAT_CRASH_POINT("commit.after_end_txn");
    return LEAT_OK;
}

/* ---- B10 ---- */

static leat_status rename_all(struct leat_engine *engine, const struct leat_rename *renames,
                              size_t count, const char *success, bool recovering, leat_error *err)
{
    for (size_t i = 0; i < count; i++) {
        LEAT_TRY(
            leat_staging_publish(engine->files, renames[i].staged, renames[i].final, success, err));
        if (recovering)
            LEAT_CRASH_POINT_INDEXED("recover.renamed", (unsigned)i);
        else
            LEAT_CRASH_POINT_INDEXED("publish.renamed", (unsigned)i);
    }
    for (size_t i = 0; i < count; i++)
        LEAT_TRY(
            leat_staging_sync_parents(engine->files, renames[i].staged, renames[i].final, err));
    return LEAT_OK;
}

leat_status leat_engine_publish(struct leat_engine *engine, const struct leat_rename *renames,
                                size_t count, const char *success, bool recovering, leat_error *err)
{
    leat_status status = LEAT_OK;

    if (count == 0)
        return LEAT_OK;
    for (int i = 0; i < PUBLISH_TRIES; i++) {
        status = rename_all(engine, renames, count, success, recovering, err);
        if (status != LEAT_IO)
            break;
        leat_log_write(&engine->log, LEAT_LOG_ERROR, "stream", "publish: %s", err->message);
    }
    LEAT_TRY(status);
    if (recovering)
        LEAT_CRASH_POINT("recover.after_dir_sync");
    else
        LEAT_CRASH_POINT("publish.after_dir_sync");
    return LEAT_OK;
}

/* ---- the whole ---- */

/* Up to where the batch is committed. *out_again: rolled back, may be tried again. */
static leat_status prepare_and_commit(struct leat_engine *engine,
                                      const struct leat_batch_result *result,
                                      struct leat_rename *renames, size_t *out_count,
                                      bool *out_again, leat_error *err)
{
    leat_status status = flush(engine, err);

    if (status == LEAT_OK)
        status = seal(engine, result, renames, out_count, err);
    if (status == LEAT_OK)
        status = leat_state_begin(engine, err);
    *out_again = status != LEAT_OK && leat_status_class(status) != LEAT_CLASS_STOP;
    LEAT_TRY(status);
    fill_next(engine);
    if (engine->authority == LEAT_AUTHORITY_AT_LEAST_ONCE)
        return LEAT_OK;
    if (engine->ledger != NULL)
        LEAT_TRY(write_prepared(engine, renames, *out_count, err));
    if (engine->authority != LEAT_AUTHORITY_KAFKA)
        return LEAT_OK;
    status = end_transaction(engine, out_again, err);
    if (status != LEAT_OK && engine->committer.has_begun)
        *out_again = leat_status_class(status) != LEAT_CLASS_STOP;
    return status;
}

/* The transaction of at_least_once: what is published stays, so that comes last. */
static leat_status settle(struct leat_engine *engine, leat_error *err)
{
    leat_engine_advance(engine);
    if (engine->authority != LEAT_AUTHORITY_AT_LEAST_ONCE || engine->ledger == NULL)
        leat_state_accept(engine);
    engine->committer.has_begun = false;
    engine->settled_is_dirty =
        engine->ledger != NULL && engine->authority != LEAT_AUTHORITY_AT_LEAST_ONCE;
    if (engine->ledger == NULL || engine->settled_is_dirty)
        return LEAT_OK;
    engine->plan_is_left = false;
    LEAT_TRY(leat_ledger_settle(engine->ledger, &engine->settled, err));
    leat_state_accept(engine); /* That write was its commit. */
    return LEAT_OK;
}

leat_status leat_engine_commit(struct leat_engine *engine, struct leat_batch *batch,
                               bool *out_again, leat_error *err)
{
    struct leat_batch_result result;
    struct leat_rename *renames;
    size_t count = 0;
    leat_status status;

    *out_again = false;
    leat_batch_result(batch, &result);
    renames = leat_batch_alloc(batch, (result.staged_count + 1) * sizeof *renames);
    if (renames == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for the batch's renames");
    status = prepare_and_commit(engine, &result, renames, &count, out_again, err);
    LEAT_TRY(status);
    status = leat_engine_publish(engine, renames, count, engine->run.success_text, false, err);
    if (status == LEAT_OK)
        status = settle(engine, err);
    return status;
}
