/* plan: how far the next batch reads: lag, rate control, what drain mode and the data loss policy
 * say; or the plan of an earlier start, as it was. */
#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "graph/graph.h"
#include "stream/engine_internal.h"
#include "stream/rate_control.h"

enum { MARKER_REFRESH_MS = 12 * 3600 * 1000 };

static bool reserve(struct leat_batch_run *run, size_t count)
{
    struct leat_batch_range *ranges;
    size_t *partitions;

    if (count <= run->capacity)
        return true;
    ranges = leat_grow(run->ranges, count, sizeof *ranges);
    if (ranges == NULL)
        return false;
    run->ranges = ranges;
    partitions = leat_grow(run->range_partitions, count, sizeof *partitions);
    if (partitions == NULL)
        return false;
    run->range_partitions = partitions;
    run->capacity = count;
    return true;
}

static void add_range(struct leat_engine *engine, size_t index, int64_t from, int64_t until)
{
    struct leat_batch_run *run = &engine->run;
    const struct leat_partition *at = &engine->partitions[index];

    run->range_partitions[run->range_count] = index;
    run->ranges[run->range_count++] = (struct leat_batch_range){
        .source = at->source->source,
        .reader = at->source->link->reader,
        .reader_index = at->reader_index,
        .topic = at->topic,
        .partition = at->partition,
        .on_writer_cluster = leat_link_is_writers(engine, at->source->link),
        .from = from,
        .until = until};
    run->records += until - from;
}

/* ---- data loss ---- */

static leat_status say_lost(const struct leat_partition *at, int64_t offset, leat_error *err)
{
    if (offset < at->log_start)
        return leat_fail(err, LEAT_INVALID,
                         "topic '%s' partition %" PRId32 ": the next offset to read is %" PRId64
                         ", and retention has deleted everything before %" PRId64
                         "; leat.kafka.data.loss=earliest|latest goes on and counts what is lost",
                         at->topic, at->partition, offset, at->log_start);
    return leat_fail(err, LEAT_INVALID,
                     "topic '%s' partition %" PRId32 ": the next offset to read is %" PRId64
                     ", and the log ends at %" PRId64
                     ": it was truncated or created anew; leat.kafka.data.loss=earliest|latest "
                     "goes on from there",
                     at->topic, at->partition, offset, at->log_end);
}

/* The next offset to read is still there, or the policy says where to go on. */
static leat_status check_loss(struct leat_engine *engine, const struct leat_partition *at,
                              struct leat_position *position, leat_error *err)
{
    int64_t from = position->offset;

    if (from >= at->log_start && from <= at->log_end)
        return LEAT_OK;
    if (engine->settings.data_loss == LEAT_DATA_LOSS_FAIL)
        return say_lost(at, from, err);
    position->offset =
        engine->settings.data_loss == LEAT_DATA_LOSS_LATEST ? at->log_end : at->log_start;
    position->last_offset = position->last_timestamp_ms = -1; /* Of another log, maybe. */
    if (position->offset > from)
        engine->lost_total += (uint64_t)(position->offset - from);
    leat_log_write(&engine->log, LEAT_LOG_ERROR, "stream",
                   "topic '%s' partition %" PRId32 ": offset %" PRId64
                   " is not there any more, the job goes on at %" PRId64 " (%" PRIu64
                   " records lost so far)",
                   at->topic, at->partition, from, position->offset, engine->lost_total);
    return LEAT_OK;
}

leat_status leat_engine_check_positions(struct leat_engine *engine, leat_error *err)
{
    for (size_t i = 0; i < engine->partition_count; i++)
        if (engine->partitions[i].source != NULL)
            LEAT_TRY(check_loss(engine, &engine->partitions[i],
                                &engine->settled.positions.entries[i], err));
    return LEAT_OK;
}

/* ---- rate ---- */

/* What one interval is worth; without one, the time since the last batch began. */
static double batch_seconds(const struct leat_engine *engine)
{
    int64_t since_us;

    if (engine->interval_ms > 0)
        return (double)engine->interval_ms / 1000;
    since_us = leat_engine_now_us(engine) - engine->run.last_start_us;
    return engine->run.last_start_us == 0 || since_us > 1000000 ? 1 : (double)since_us / 1e6;
}

static struct leat_rate_limits limits_of(const struct leat_engine *engine,
                                         const struct leat_source_state *state)
{
    const struct leat_settings *settings = &engine->settings;
    struct leat_rate_limits limits = {.partition_rate_max = settings->max_rate_per_partition,
                                      .partition_min = settings->min_rate_per_partition,
                                      .batch_seconds = batch_seconds(engine)};

    if (settings->backpressure)
        limits.stream_rate = state->rate > 0 ? state->rate : settings->initial_rate;
    return limits;
}

/* Fills lags and counts for the ranges of one source, from first on. */
static void count_source(const struct leat_engine *engine, const struct leat_source_state *state,
                         size_t first, int64_t *lags, int64_t *counts)
{
    const struct leat_batch_run *run = &engine->run;
    struct leat_rate_limits limits = limits_of(engine, state);

    leat_rate_caps(&limits, lags + first, run->range_count - first, counts + first);
    for (size_t i = first; i < run->range_count; i++)
        if (counts[i] > lags[i])
            counts[i] = lags[i];
}

static int64_t end_of(const struct leat_engine *engine, const struct leat_partition *at)
{
    if (engine->settings.stop_after_drain && at->log_end > at->drain_until)
        return at->drain_until;
    return at->log_end;
}

static void lay_out_ranges(struct leat_engine *engine, int64_t *lags, int64_t *counts)
{
    struct leat_batch_run *run = &engine->run;

    for (size_t s = 0; s < engine->source_count; s++) {
        size_t first = run->range_count;

        for (size_t i = 0; i < engine->partition_count; i++) {
            const struct leat_partition *at = &engine->partitions[i];
            int64_t from = engine->settled.positions.entries[i].offset;
            int64_t end;

            if (at->source != &engine->sources[s])
                continue;
            end = end_of(engine, at);
            lags[run->range_count] = end > from ? end - from : 0;
            add_range(engine, i, from, from);
        }
        count_source(engine, &engine->sources[s], first, lags, counts);
    }
    leat_rate_spread(engine->settings.batch_records_max, (uint64_t)run->n, counts,
                     run->range_count);
    for (size_t i = 0; i < run->range_count; i++) {
        run->ranges[i].until = run->ranges[i].from + counts[i];
        run->records += counts[i];
    }
}

static leat_status make_ranges(struct leat_engine *engine, leat_error *err)
{
    int64_t *numbers = leat_alloc(2 * engine->partition_count + 1, sizeof *numbers);

    if (numbers == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a plan");
    lay_out_ranges(engine, numbers, numbers + engine->partition_count);
    leat_free(numbers);
    return LEAT_OK;
}

/* ---- a plan of an earlier start ---- */

static bool is_in_the_job(const struct leat_engine *engine, const struct leat_plan_range *range)
{
    size_t index = leat_partition_find(engine, range->source, range->topic, range->partition);

    return index != SIZE_MAX && engine->partitions[index].source != NULL;
}

/* The first range that has records and whose partition left the job. */
static const struct leat_plan_range *find_missing(const struct leat_engine *engine)
{
    const struct leat_plan *plan = &engine->pending.plan;

    for (size_t i = 0; i < plan->count; i++)
        if (plan->ranges[i].until > plan->ranges[i].from &&
            !is_in_the_job(engine, &plan->ranges[i]))
            return &plan->ranges[i];
    return NULL;
}

static bool has_ranges_left(const struct leat_engine *engine)
{
    for (size_t i = 0; i < engine->pending.plan.count; i++)
        if (is_in_the_job(engine, &engine->pending.plan.ranges[i]))
            return true;
    return false;
}

/* missing NULL: not one of its partitions is in the job, and it has no records there. */
static leat_status drop_plan(struct leat_engine *engine, const struct leat_plan_range *missing,
                             leat_error *err)
{
    const struct leat_plan *plan = &engine->pending.plan;

    if (missing != NULL && plan->external && engine->settings.assume != LEAT_ASSUME_ABORTED)
        return leat_fail(
            err, LEAT_INVALID,
            "batch %" PRId64 " was under way when the job stopped, and what it did outside of "
            "Kafka cannot be rolled back: stream '%.60s' must read topic '%s' partition %" PRId32
            " once more, to run it again; --assume=aborted drops the batch instead, and what "
            "it has of other partitions is read again",
            plan->n, missing->source, missing->topic, missing->partition);
    if (missing != NULL)
        leat_log_write(&engine->log, LEAT_LOG_WARN, "stream",
                       "the plan of batch %" PRId64 " is dropped: topic '%s' partition %" PRId32
                       " of stream '%s' left the job",
                       plan->n, missing->topic, missing->partition, missing->source);
    return leat_ledger_drop_prepared(engine->ledger, NULL, err);
}

/* Every partition of the plan as it was; those that are new since read nothing this time. */
static leat_status replay_ranges(struct leat_engine *engine, leat_error *err)
{
    const struct leat_plan *plan = &engine->pending.plan;

    LEAT_TRY(make_ranges(engine, err));
    engine->run.records = 0;
    for (size_t r = 0; r < engine->run.range_count; r++) {
        struct leat_batch_range *range = &engine->run.ranges[r];

        range->until = range->from;
        for (size_t i = 0; i < plan->count; i++) {
            const struct leat_plan_range *planned = &plan->ranges[i];

            if (planned->partition != range->partition ||
                strcmp(planned->topic, range->topic) != 0 ||
                strcmp(planned->source, range->source->name) != 0)
                continue;
            if (planned->until > range->from)
                range->until = planned->until;
        }
        engine->run.records += range->until - range->from;
    }
    engine->run.time = plan->time;
    engine->run.external = plan->external;
    engine->run.plan_is_kept = true;
    engine->run.is_replay = true;
    return LEAT_OK;
}

static leat_status take_pending(struct leat_engine *engine, leat_error *err)
{
    const struct leat_plan_range *missing = find_missing(engine);
    leat_status status;

    if (missing == NULL && has_ranges_left(engine))
        status = replay_ranges(engine, err);
    else {
        status = drop_plan(engine, missing, err);
        if (status == LEAT_OK)
            status = make_ranges(engine, err);
    }
    leat_ledger_view_release(&engine->pending);
    engine->has_pending = false;
    return status;
}

/* ---- the plan ---- */

static bool has_external_effects(const struct leat_engine *engine)
{
    if (engine->authority == LEAT_AUTHORITY_AT_LEAST_ONCE)
        return true;
    for (const struct leat_output *o = engine->ssc->outputs; o != NULL; o = o->next)
        if (leat_output_has_effects(o))
            return true;
    return false;
}

/* Functions that are called for each batch, or each partition of it, may act without a record; a
 * count of nothing is a record, and state and windows go on by themselves. */
static bool may_act_on_nothing(const struct leat_engine *engine)
{
    for (const struct leat_dstream *s = engine->ssc->streams; s != NULL; s = s->next)
        if (s->node.kind == LEAT_OPERATOR_TRANSFORM ||
            s->node.kind == LEAT_OPERATOR_MAP_PARTITIONS || s->node.kind == LEAT_OPERATOR_GLOM ||
            s->node.kind == LEAT_OPERATOR_COUNT || s->node.stateful != NULL)
            return true;
    for (const struct leat_output *o = engine->ssc->outputs; o != NULL; o = o->next)
        if (o->kind == LEAT_OUTPUT_FOREACH_RDD ||
            (leat_output_is_files(o) && engine->settings.files_empty))
            return true;
    return false;
}

static void begin_run(struct leat_engine *engine)
{
    struct leat_batch_run *run = &engine->run;
    leat_time now = leat_clock_wall_ms(&engine->parts.clock);

    run->n = engine->settled.n + 1;
    run->time = leat_batch_clock_label(&engine->batch_clock, now);
    run->range_count = 0;
    run->records = 0;
    run->attempt = 0;
    run->is_replay = false;
    run->plan_is_kept = false;
    run->external = has_external_effects(engine);
}

leat_status leat_plan_of_run(const struct leat_engine *engine, struct leat_arena *arena,
                             struct leat_plan *out, leat_error *err)
{
    const struct leat_batch_run *run = &engine->run;

    *out = (struct leat_plan){.present = true,
                              .n = run->n,
                              .time = run->time,
                              .external = run->external,
                              .count = run->range_count};
    out->ranges = leat_arena_zalloc(arena, (run->range_count + 1) * sizeof *out->ranges);
    if (out->ranges == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a plan");
    for (size_t i = 0; i < run->range_count; i++) {
        const struct leat_batch_range *from = &run->ranges[i];

        out->ranges[i] = (struct leat_plan_range){.source = from->source->name,
                                                  .topic = from->topic,
                                                  .partition = from->partition,
                                                  .from = from->from,
                                                  .until = from->until};
    }
    return LEAT_OK;
}

/* B2: what cannot be rolled back is run again as it was. */
static leat_status keep_plan(struct leat_engine *engine, leat_error *err)
{
    struct leat_arena arena;
    struct leat_plan plan;
    leat_status status;

    if (engine->ledger == NULL || !engine->run.external || engine->run.plan_is_kept)
        return LEAT_OK;
    if (engine->run.records == 0 && !may_act_on_nothing(engine))
        return LEAT_OK;
    leat_arena_init(&arena, 4096, (size_t)64 << 20);
    status = leat_plan_of_run(engine, &arena, &plan, err);
    if (status == LEAT_OK)
        status = leat_ledger_write_plan(
            engine->ledger, engine->settled_is_dirty ? &engine->settled : NULL, &plan, err);
    leat_arena_release(&arena);
    LEAT_TRY(status);
    engine->settled_is_dirty = false;
    engine->plan_is_left = false;
    engine->run.plan_is_kept = true;
    return LEAT_OK;
}

bool leat_engine_marker_is_old(const struct leat_engine *engine)
{
    return engine->authority == LEAT_AUTHORITY_KAFKA &&
           leat_clock_wall_ms(&engine->parts.clock) - engine->marker_time >= MARKER_REFRESH_MS;
}

leat_status leat_engine_plan(struct leat_engine *engine, bool *out_runs, leat_error *err)
{
    leat_time now = leat_clock_wall_ms(&engine->parts.clock);

    *out_runs = false;
    if (!reserve(&engine->run, engine->partition_count + 1))
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a plan");
    LEAT_TRY(leat_engine_check_positions(engine, err));
    begin_run(engine);
    if (engine->has_pending)
        LEAT_TRY(take_pending(engine, err));
    else
        LEAT_TRY(make_ranges(engine, err));
    if (engine->interval_ms == 0 && engine->run.records == 0 && !engine->run.is_replay &&
        !leat_engine_marker_is_old(engine))
        return LEAT_OK;
    *out_runs = true;
    engine->run.started_us = leat_engine_now_us(engine);
    engine->run.started_ms = now;
    engine->run.last_start_us = engine->run.started_us;
    engine->run.scheduling_ms = now > engine->run.time ? now - engine->run.time : 0;
    leat_batch_clock_use(&engine->batch_clock, engine->run.time, now);
    return keep_plan(engine, err);
}
