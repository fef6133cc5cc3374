/* start_up: from a set-up engine to one that can run batches: S1 to S7 of the commit protocol. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/crash_point.h"
#include "exec/broadcasts.h"
#include "graph/graph.h"
#include "record/murmur2.h"
#include "stream/engine_internal.h"
#include "stream/state.h"

/* S1: nobody else has the directory, and a new incarnation is on the disk. */
static leat_status open_ledger(struct leat_engine *engine, struct leat_ledger_view *view,
                               bool *out_has_view, leat_error *err)
{
    *out_has_view = false;
    if (engine->ssc->checkpoint == NULL) {
        snprintf(engine->lineage, sizeof engine->lineage, "-");
        engine->incarnation = leat_clock_wall_ms(&engine->parts.clock);
        LEAT_CRASH_POINT("start.after_lock");
        return LEAT_OK;
    }
    LEAT_TRY(
        leat_ledger_open(engine->ssc->checkpoint, engine->settings.slots, &engine->ledger, err));
    LEAT_TRY(leat_ledger_load(engine->ledger, view, err));
    *out_has_view = true;
    memcpy(engine->lineage, view->lineage, sizeof engine->lineage);
    engine->incarnation = view->incarnation;
    return LEAT_OK;
}

/* Two jobs without directories may write beside each other: their groups tell them apart. */
static void name_staging(struct leat_engine *engine)
{
    const char *group = engine->job_group;

    if (engine->ledger != NULL)
        snprintf(engine->staging_lineage, sizeof engine->staging_lineage, "%s", engine->lineage);
    else
        snprintf(engine->staging_lineage, sizeof engine->staging_lineage, "group-%08" PRIx32,
                 leat_murmur2(leat_string(group)));
}

/* What the job writes to must exist before anything is read. */
static leat_status check_output_topics(struct leat_engine *engine, leat_error *err)
{
    struct leat_writer *writer = engine->committer.writer;

    for (const struct leat_output *o = engine->ssc->outputs; o != NULL; o = o->next) {
        struct leat_writer_topic *topic;
        int32_t partitions;

        if (o->kind != LEAT_OUTPUT_KAFKA)
            continue;
        if (writer->ops->topic(writer, o->topic, &topic, &partitions, err) == LEAT_OK)
            continue;
        leat_error_prefix(err, "save_to_kafka at %s", o->where);
        return LEAT_INVALID;
    }
    return LEAT_OK;
}

static void set_rates(struct leat_engine *engine)
{
    const struct leat_settings *settings = &engine->settings;
    struct leat_pid_settings pid = {.proportional = settings->pid_proportional,
                                    .integral = settings->pid_integral,
                                    .derived = settings->pid_derived,
                                    .rate_min = settings->pid_min_rate,
                                    .interval_ms = engine->interval_ms};

    for (size_t i = 0; i < engine->source_count; i++)
        leat_pid_rate_init(&engine->sources[i].pid, &pid);
}

static leat_status find_log_ends(struct leat_engine *engine, leat_error *err)
{
    LEAT_TRY(leat_engine_log_ends(engine, engine->settings.connect_timeout_ms, err));
    for (size_t i = 0; i < engine->partition_count; i++)
        if (engine->partitions[i].source != NULL)
            engine->partitions[i].drain_until = engine->partitions[i].log_end;
    return LEAT_OK;
}

static leat_status find_place(struct leat_engine *engine, const struct leat_ledger_view *view,
                              leat_error *err)
{
    LEAT_TRY(leat_engine_connect(engine, err));
    LEAT_TRY(leat_committer_set_up(engine, err));
    LEAT_TRY(leat_engine_find_partitions(engine, true, err));
    LEAT_TRY(leat_image_lay_out(engine, err));
    LEAT_TRY(leat_engine_look(engine, view, err));
    LEAT_TRY(leat_engine_recover(engine, err));
    LEAT_TRY(leat_state_declare(engine, err));
    LEAT_TRY(check_output_topics(engine, err));
    LEAT_TRY(find_log_ends(engine, err));
    LEAT_TRY(leat_engine_check_positions(engine, err));
    return leat_engine_add_readers(engine, err);
}

leat_status leat_engine_start_up(struct leat_engine *engine, leat_error *err)
{
    leat_time now = leat_clock_wall_ms(&engine->parts.clock);
    struct leat_ledger_view view;
    bool has_view;
    leat_status status;

    LEAT_TRY(leat_broadcasts_load(engine->ssc, now, err));
    leat_batch_clock_init(&engine->batch_clock, engine->interval_ms, now);
    LEAT_TRY(open_ledger(engine, &view, &has_view, err));
    name_staging(engine);
    status = leat_state_open(engine, err);
    if (status == LEAT_OK)
        status = find_place(engine, has_view ? &view : NULL, err);
    if (has_view)
        leat_ledger_view_release(&view);
    LEAT_TRY(status);
    set_rates(engine);
    engine->last_time = engine->settled.n > 0 ? engine->settled.time : -1;
    engine->is_started = true;
    engine->poll_us = 2000;
    leat_log_write(&engine->log, LEAT_LOG_INFO, "stream",
                   "job '%s' goes on after batch %" PRId64 ", group '%s', %zu partitions",
                   engine->settings.app_name, engine->settled.n, engine->committer.group,
                   engine->partition_count);
    return LEAT_OK;
}
