/* run_batch: one batch from its plan to its end, with as many attempts as it may have. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/crash_point.h"
#include "base/memory.h"
#include "codec/codec.h"
#include "exec/broadcasts.h"
#include "files/staging.h"
#include "ledger/marker.h"
#include "sink/outputs.h"
#include "stream/engine_internal.h"
#include "stream/held_back.h"
#include "stream/positions.h"
#include "stream/progress.h"
#include "stream/state.h"
#include "wide/operators.h"

enum {
    TOPICS_EVERY_US = 5000000, /* How often partitions added later are looked for. */
    LAG_EVERY_US = 1000000,    /* How often plain offsets are told, at most. */
    POLL_MIN_US = 2000,        /* Interval 0: from one look for data to the next. */
    POLL_MAX_US = 50000,
    GONE_TRIES = 20, /* Until the topics' list shows what the partitions' leaders know. */
    GONE_PAUSE_US = 100000,
    OUTLIVED_MAX = 2
};

/* ---- between batches ---- */

static leat_status refresh_partitions(struct leat_engine *engine, leat_error *err)
{
    if (!engine->expects_partitions &&
        leat_engine_now_us(engine) - engine->topics_asked_us < TOPICS_EVERY_US)
        return LEAT_OK;
    engine->expects_partitions = false;
    LEAT_TRY(leat_engine_find_partitions(engine, false, err));
    LEAT_TRY(leat_positions_resolve(engine, LEAT_BEGIN_LATER, err));
    LEAT_TRY(leat_image_extend(engine, err));
    return leat_engine_add_readers(engine, err);
}

/* A deleted topic leaves a pattern's stream, and stops one that names it. */
static leat_status find_log_ends(struct leat_engine *engine, leat_error *err)
{
    for (int left = GONE_TRIES;; left--) {
        leat_status status = leat_engine_log_ends(engine, engine->settings.request_timeout_ms, err);

        if (status != LEAT_INVALID || left == 0)
            return status;
        engine->topics_asked_us -= TOPICS_EVERY_US;
        LEAT_TRY(refresh_partitions(engine, err));
        if (!leat_engine_wait_us(engine, GONE_PAUSE_US))
            return status;
    }
}

static leat_status look_around(struct leat_engine *engine, leat_error *err)
{
    leat_broadcasts_refresh(engine->ssc, leat_clock_wall_ms(&engine->parts.clock), &engine->log);
    LEAT_TRY(refresh_partitions(engine, err));
    LEAT_TRY(find_log_ends(engine, err));
    leat_engine_watch_held_back(engine);
    return LEAT_OK;
}

/* ---- an attempt ---- */

/* A signal may have set it for good. */
static void clear_cancel(struct leat_engine *engine)
{
    atomic_store(&engine->cancel, false);
    if (leat_engine_stopping(engine) == LEAT_STOP_NOW)
        atomic_store(&engine->cancel, true);
}

static leat_status begin_attempt(struct leat_engine *engine, leat_error *err)
{
    struct leat_committer *committer = &engine->committer;

    leat_run_name_attempt(engine);
    for (size_t i = 0; i < engine->run.range_count; i++) {
        struct leat_batch_range *range = &engine->run.ranges[i];

        range->read_whole = false;
        range->records = range->skipped = 0;
        range->last_offset = range->last_timestamp_ms = -1;
    }
    clear_cancel(engine);
    if (committer->writer == NULL)
        return LEAT_OK;
    if (!committer->has_begun)
        LEAT_TRY(committer->writer->ops->begin(committer->writer, err));
    committer->has_begun = true;
    /* The brokers count from the first record; a tenth is left to commit in. */
    if (engine->authority == LEAT_AUTHORITY_KAFKA)
        leat_watchdog_arm(&engine->watchdog, (int64_t)committer->transaction_timeout_ms * 900);
    return LEAT_OK;
}

_Static_assert((int)LEAT_COMPRESSION_DEFLATE == (int)LEAT_CODEC_DEFLATE &&
                   (int)LEAT_COMPRESSION_GZIP == (int)LEAT_CODEC_GZIP &&
                   (int)LEAT_COMPRESSION_ZSTD == (int)LEAT_CODEC_ZSTD,
               "leat.files.compression has its words in the codecs' order");

static struct leat_files_options files_options(const struct leat_engine *engine)
{
    const struct leat_settings *settings = &engine->settings;

    return (struct leat_files_options){
        .compression = settings->files_compression,
        .by_record = settings->files_compression_type == LEAT_COMPRESSION_RECORD,
        .empty = settings->files_empty,
        .skip_empty_parts = settings->files_skip_empty_parts,
        .part_records_max = settings->files_part_records_max,
        .part_bytes_max = settings->files_part_bytes_max,
        .refused = settings->guarantee == LEAT_EXACTLY_ONCE && engine->ssc->checkpoint == NULL};
}

static struct leat_batch_options batch_options(struct leat_engine *engine)
{
    const struct leat_batch_run *run = &engine->run;

    return (struct leat_batch_options){.ssc = engine->ssc,
                                       .executor = engine->executor,
                                       .time = run->time,
                                       .attempt = run->attempt,
                                       .ranges = run->ranges,
                                       .range_count = run->range_count,
                                       .writer = engine->committer.writer,
                                       .files = engine->files,
                                       .lineage = engine->staging_lineage,
                                       .attempt_name = run->staging_name,
                                       .success_text = run->success_text,
                                       .parts = files_options(engine),
                                       .skipped_before = engine->skipped_total,
                                       .cancel = &engine->cancel,
                                       .wide_ops = leat_wide_operator,
                                       .default_partitions = engine->default_partitions,
                                       .slots = (uint32_t)engine->settings.slots,
                                       .spill_directory = engine->spill_directory,
                                       .last_time = engine->last_time,
                                       .interval = engine->interval_ms};
}

static bool had_effect(const struct leat_engine *engine, const struct leat_batch_result *result)
{
    return engine->run.records > 0 || result->output_records > 0 || result->staged_count > 0 ||
           leat_state_has_changes(engine) || leat_engine_marker_is_old(engine);
}

/* Removes the attempt's staging, with what is still in it. */
static void discard_staged(struct leat_engine *engine, struct leat_batch *batch)
{
    struct leat_batch_result result;
    leat_error err;

    leat_batch_result(batch, &result);
    for (size_t i = 0; i < result.made_count; i++)
        if (leat_staging_discard(engine->files, result.made[i].final, engine->staging_lineage,
                                 engine->run.staging_name, &err) != LEAT_OK)
            leat_log_write(&engine->log, LEAT_LOG_WARN, "stream", "left behind: %s", err.message);
}

/* The attempt was cancelled because its transaction would have ended before it. */
static leat_status say_outlived(struct leat_engine *engine, bool *out_again, leat_error *err)
{
    *out_again = ++engine->outlived < OUTLIVED_MAX;
    return leat_fail(err, LEAT_LIMIT,
                     "batch %" PRId64 " (%" PRId64 " records) outlived its transaction of %d ms; "
                     "lower leat.batch.records.max or raise leat.transaction.timeout",
                     engine->run.n, engine->run.records, engine->committer.transaction_timeout_ms);
}

static leat_status run_outputs(struct leat_engine *engine, struct leat_batch *batch,
                               bool *out_again, leat_error *err)
{
    leat_status status = leat_outputs_run(batch, leat_listeners_tell_output, engine, err);
    bool bit = leat_watchdog_disarm(&engine->watchdog);

    leat_listeners_end_outputs(engine);
    *out_again = leat_status_class(status) != LEAT_CLASS_STOP;
    if (bit)
        return say_outlived(engine, out_again, err);
    if (status == LEAT_OK)
        LEAT_CRASH_POINT("run.staged");
    return status;
}

/* An operator that was added to the running job would never run. */
static leat_status check_use(const struct leat_engine *engine, bool *out_again, leat_error *err)
{
    const leat_error *misuse = &engine->ssc->error;

    if (!atomic_load(&engine->ssc->misused))
        return LEAT_OK;
    *out_again = false;
    return leat_fail(err, misuse->status, "%s", misuse->message);
}

static leat_status run_and_commit(struct leat_engine *engine, struct leat_batch *batch,
                                  struct leat_batch_progress *progress, bool *out_again,
                                  leat_error *err)
{
    struct leat_batch_result result;

    leat_status status = run_outputs(engine, batch, out_again, err);

    if (status == LEAT_OK)
        status = check_use(engine, out_again, err);
    if (status != LEAT_OK) { /* Nothing is prepared: what is staged is nobody's. */
        discard_staged(engine, batch);
        return status;
    }
    leat_batch_result(batch, &result);
    progress->records = result.input_records;
    progress->output_records = result.output_records;
    progress->skipped_records = result.skipped_records;
    if (!had_effect(engine, &result)) {
        discard_staged(engine, batch);
        engine->plan_is_left = engine->plan_is_left || engine->run.plan_is_kept;
        return LEAT_OK;
    }
    LEAT_TRY(leat_engine_commit(engine, batch, out_again, err));
    discard_staged(engine, batch); /* Only empty directories are left. */
    engine->skipped_total += result.skipped_records;
    leat_batch_publish_accumulators(batch);
    return LEAT_OK;
}

/* A task's attempts and the batch's are counted together. */
static void count_attempts(struct leat_engine *engine, const struct leat_batch *batch)
{
    struct leat_batch_result result = {.attempts = 0};

    if (batch != NULL)
        leat_batch_result(batch, &result);
    if (result.attempts > engine->run.attempts_had)
        engine->run.attempts_had = result.attempts;
}

/* *out_again: it left nothing behind and may be tried again; the error says why it failed. */
static leat_status run_attempt(struct leat_engine *engine, struct leat_batch_progress *progress,
                               bool *out_again, leat_error *err)
{
    struct leat_batch_options options;
    struct leat_batch *batch = NULL;
    leat_error reason = {LEAT_OK, ""};
    leat_status status;

    *out_again = false;
    engine->run.attempts_had = engine->run.attempt + 1;
    LEAT_TRY(begin_attempt(engine, err));
    options = batch_options(engine);
    status = leat_batch_create(&options, &batch, &reason);
    if (status == LEAT_OK)
        status = run_and_commit(engine, batch, progress, out_again, &reason);
    (void)leat_watchdog_disarm(&engine->watchdog);
    if (status != LEAT_OK) {
        leat_error failure;
        leat_status rolled = leat_engine_roll_back(engine, &failure);

        count_attempts(engine, batch);
        leat_state_revert(engine);
        if (batch != NULL && *out_again)
            discard_staged(engine, batch);
        if (rolled != LEAT_OK) {
            status = rolled;
            reason = failure;
            *out_again = false;
        }
        if (err != NULL)
            *err = reason;
    }
    leat_batch_destroy(batch);
    return status;
}

static leat_status run_attempts(struct leat_engine *engine, struct leat_batch_progress *progress,
                                leat_error *err)
{
    for (;;) {
        bool again;
        leat_status status = run_attempt(engine, progress, &again, err);

        if (status == LEAT_OK) {
            engine->outlived = 0;
            return LEAT_OK;
        }
        if (leat_engine_stopping(engine) == LEAT_STOP_NOW && again)
            return leat_fail(err, LEAT_CANCELLED, "stopped while batch %" PRId64 " ran",
                             engine->run.n);
        if (!again || engine->run.attempts_had >= engine->settings.task_failures_max) {
            leat_error_prefix(err, "batch %" PRId64 " at %" PRId64 " ms, attempt %d", engine->run.n,
                              engine->run.time, engine->run.attempts_had);
            return status;
        }
        leat_log_write(&engine->log, LEAT_LOG_WARN, "stream",
                       "batch %" PRId64 ", attempt %d failed and is tried again: %s", engine->run.n,
                       engine->run.attempts_had, err->message);
        engine->run.attempt = engine->run.attempts_had;
    }
}

/* ---- after a batch ---- */

static void learn_rates(struct leat_engine *engine, int64_t processing_ms)
{
    leat_time now = leat_clock_wall_ms(&engine->parts.clock);

    for (size_t s = 0; s < engine->source_count; s++) {
        struct leat_source_state *state = &engine->sources[s];
        int64_t records = 0;

        for (size_t i = 0; i < engine->run.range_count; i++)
            if (engine->run.ranges[i].source == state->source)
                records += engine->run.ranges[i].until - engine->run.ranges[i].from;
        (void)leat_pid_rate_update(&state->pid, now, records, processing_ms,
                                   engine->run.scheduling_ms, &state->rate);
    }
}

static leat_status tell_link(struct leat_engine *engine, const struct leat_link *link,
                             leat_error *err)
{
    struct leat_group_offset *offsets = leat_alloc(link->query_count + 1, sizeof *offsets);
    struct leat_marker marker = {.n = engine->settled.n, .time = engine->settled.time};
    leat_status status;

    if (offsets == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for the group's offsets");
    memcpy(marker.lineage, engine->lineage, sizeof marker.lineage);
    memcpy(marker.attempt, engine->settled.attempt, sizeof marker.attempt);
    for (size_t i = 0; i < link->query_count; i++) {
        offsets[i].offset = engine->settled.positions.entries[link->query_partitions[i]].offset;
        leat_marker_write(&marker, offsets[i].metadata);
    }
    status =
        link->cluster->ops->commit_offsets(link->cluster, link->query, offsets, link->query_count,
                                           (int)engine->settings.request_timeout_ms, err);
    leat_free(offsets);
    return status;
}

/* B11: where Kafka's own tools see how far the job is. Without a directory and without Kafka output
 * it is all that a next start has. */
leat_status leat_engine_tell_group(struct leat_engine *engine, bool now, leat_error *err)
{
    bool is_all = engine->ledger == NULL && engine->authority != LEAT_AUTHORITY_KAFKA;
    int64_t now_us = leat_engine_now_us(engine);

    if (engine->authority == LEAT_AUTHORITY_KAFKA && !engine->committer.uses_marker_topic)
        return LEAT_OK;
    if (!is_all && !now && now_us - engine->lag_told_us < LAG_EVERY_US)
        return LEAT_OK;
    engine->lag_told_us = now_us;
    for (size_t i = 0; i < engine->link_count; i++) {
        leat_status status = tell_link(engine, &engine->links[i], err);

        if (status != LEAT_OK && is_all)
            return status;
        if (status != LEAT_OK)
            leat_log_write(&engine->log, LEAT_LOG_WARN, "stream", "lag is not shown: %s",
                           err->message);
    }
    return LEAT_OK;
}

static leat_status finish(struct leat_engine *engine, struct leat_batch_progress *progress,
                          leat_error *err)
{
    const struct leat_batch_run *run = &engine->run;

    engine->last_time = run->time;
    leat_state_finish(engine);
    progress->n = run->n;
    progress->time = run->time;
    progress->scheduling_ms = run->scheduling_ms;
    progress->processing_us = leat_engine_now_us(engine) - run->started_us;
    progress->lag = leat_engine_lag(engine);
    progress->held_back = leat_engine_held_back(engine);
    progress->ranges = run->ranges;
    progress->range_count = run->range_count;
    learn_rates(engine, progress->processing_us / 1000);
    LEAT_TRY(leat_engine_tell_group(engine, false, err));
    LEAT_CRASH_POINT("done.after_lag");
    leat_listeners_complete(engine, NULL);
    leat_progress_show(engine, progress);
    return LEAT_OK;
}

static leat_status run(struct leat_engine *engine, struct leat_batch_progress *progress,
                       leat_error *err)
{
    LEAT_TRY(leat_listeners_submit(engine, err));
    leat_listeners_begin(engine);
    return run_attempts(engine, progress, err);
}

leat_status leat_engine_run_batch(struct leat_engine *engine, bool *out_ran, leat_error *err)
{
    struct leat_batch_progress progress = {.records = 0};
    leat_error reason = {LEAT_OK, ""};
    leat_status status;

    *out_ran = false;
    status = look_around(engine, &reason);
    if (status == LEAT_OK)
        status = leat_engine_plan(engine, out_ran, &reason);
    if (status == LEAT_OK && *out_ran)
        status = run(engine, &progress, &reason);
    if (status == LEAT_OK && *out_ran)
        status = finish(engine, &progress, &reason);
    if (status != LEAT_OK)
        leat_listeners_complete(engine, reason.message);
    if (*out_ran)
        engine->poll_us = POLL_MIN_US;
    else if (engine->poll_us < POLL_MAX_US)
        engine->poll_us *= 2;
    if (status != LEAT_OK && err != NULL) {
        *err = reason;
        err->status = status;
    }
    return status;
}
