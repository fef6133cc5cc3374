/* engine: see engine.h. Set-up and tear-down; what runs between them has a file for each step. */
#include "stream/engine.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/machine.h"
#include "exec/broadcasts.h"
#include "exec/executor.h"
#include "graph/graph.h"
#include "state/store.h"
#include "stream/engine_internal.h"
#include "stream/kafka_parameters.h"
#include "stream/state.h"

enum { ARENA_CHUNK_BYTES = 16 << 10 };
static const size_t arena_bytes_max = (size_t)256 << 20;

leat_status leat_engine_create(struct leat_streaming_context *ssc, struct leat_engine **out,
                               leat_error *err)
{
    struct leat_engine *engine = leat_alloc(1, sizeof *engine);
    leat_status status;

    if (engine == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for the engine");
    status = leat_wakeup_init(&engine->wakeup, err);
    if (status != LEAT_OK) {
        leat_free(engine);
        return status;
    }
    engine->ssc = ssc;
    leat_arena_init(&engine->arena, ARENA_CHUNK_BYTES, arena_bytes_max);
    leat_listeners_init(&engine->told);
    *out = engine;
    return LEAT_OK;
}

static void note(void *context, const char *line)
{
    const struct leat_engine *engine = context;

    leat_log_write(&engine->log, LEAT_LOG_WARN, "config", "%s", line);
}

/* The settings in force, the program's own where no key says otherwise. */
static leat_status resolve(struct leat_engine *engine, leat_error *err)
{
    struct leat_streaming_context *ssc = engine->ssc;
    struct leat_settings *settings = &engine->settings;

    LEAT_TRY(leat_conf_resolve(ssc->conf, settings, err));
    LEAT_TRY(leat_conf_check_arguments(ssc->conf, err));
    engine->log.level = (enum leat_log_level)settings->log_level;
    engine->interval_ms =
        settings->batch_interval_ms >= 0 ? settings->batch_interval_ms : ssc->interval;
    if (engine->interval_ms != 0 && (engine->interval_ms < 10 || engine->interval_ms > 86400000))
        return leat_fail(err, LEAT_INVALID,
                         "a batch interval of %" PRId64 " ms: it must be 0, or from 10 ms to 24 h",
                         engine->interval_ms);
    if (settings->checkpoint_directory != NULL)
        ssc->checkpoint = settings->checkpoint_directory;
    return LEAT_OK;
}

static enum leat_authority authority_of(const struct leat_engine *engine)
{
    if (engine->settings.guarantee == LEAT_AT_LEAST_ONCE)
        return LEAT_AUTHORITY_AT_LEAST_ONCE;
    return leat_graph_writes_kafka(engine->ssc) ? LEAT_AUTHORITY_KAFKA : LEAT_AUTHORITY_LEDGER;
}

static leat_status make_executor(struct leat_engine *engine, leat_error *err)
{
    const struct leat_settings *settings = &engine->settings;
    struct leat_executor_options options = {
        .threads = engine->parts.one_thread ? 1 : (size_t)settings->cores,
        .task_failures_max = (int)settings->task_failures_max,
        .skip_bad_records = settings->bad_records == LEAT_BAD_RECORDS_SKIP,
        .bad_records_logged = (uint64_t)settings->bad_records_logged,
        .memory_limit_bytes = (size_t)settings->memory_limit_bytes / 4,
        .log = &engine->log,
    };

    return leat_executor_create(&options, &engine->executor, err);
}

leat_status leat_engine_set_up(struct leat_engine *engine, const struct leat_engine_parts *parts,
                               leat_error *err)
{
    struct leat_streaming_context *ssc = engine->ssc;

    engine->parts = *parts;
    engine->log = parts->log;
    engine->files = leat_local_files();
    if (ssc->error.status != LEAT_OK && ssc->conf == NULL)
        return leat_fail(err, ssc->error.status, "%s", ssc->error.message);
    LEAT_TRY(resolve(engine, err));
    LEAT_TRY(leat_graph_validate(ssc, engine->settings.guarantee == LEAT_EXACTLY_ONCE, err));
    LEAT_TRY(leat_state_check(engine, err));
    LEAT_TRY(leat_kafka_parameters_apply(ssc, err));
    ssc->frozen = true;
    leat_conf_notes(ssc->conf, note, engine);
    engine->authority = authority_of(engine);
    return leat_job_group(engine, err);
}

static void set_places(struct leat_engine *engine)
{
    const struct leat_settings *settings = &engine->settings;
    const char *directory = getenv("TMPDIR");

    engine->default_partitions = (uint32_t)settings->default_parallelism;
    if (engine->default_partitions == 0)
        engine->default_partitions = (uint32_t)leat_machine_cores();
    engine->spill_directory = settings->spill_directory;
    if (engine->spill_directory == NULL)
        engine->spill_directory = directory == NULL || directory[0] == '\0' ? "/tmp" : directory;
}

leat_status leat_engine_open(struct leat_engine *engine, leat_error *err)
{
    set_places(engine);
    LEAT_TRY(make_executor(engine, err));
    return leat_watchdog_start(&engine->watchdog, &engine->cancel, err);
}

const struct leat_settings *leat_engine_settings(const struct leat_engine *engine)
{
    return &engine->settings;
}

const struct leat_log *leat_engine_log(const struct leat_engine *engine)
{
    return &engine->log;
}

int64_t leat_engine_now_us(const struct leat_engine *engine)
{
    return leat_clock_monotonic_us(&engine->parts.clock);
}

int64_t leat_engine_patience_ms(const struct leat_engine *engine)
{
    return engine->is_started ? engine->settings.request_timeout_ms
                              : engine->settings.connect_timeout_ms;
}

int64_t leat_engine_interval_ms(const struct leat_engine *engine)
{
    return engine->interval_ms;
}

void leat_engine_expect_partitions(struct leat_engine *engine)
{
    engine->expects_partitions = true;
}

leat_time leat_engine_now_ms(const struct leat_engine *engine)
{
    return leat_clock_wall_ms(&engine->parts.clock);
}

int64_t leat_engine_poll_us(const struct leat_engine *engine)
{
    return engine->poll_us;
}

leat_time leat_engine_due(struct leat_engine *engine)
{
    leat_time now = leat_clock_wall_ms(&engine->parts.clock);

    return engine->has_pending ? now : leat_batch_clock_due(&engine->batch_clock, now);
}

int64_t leat_engine_lag(const struct leat_engine *engine)
{
    int64_t lag = 0;

    for (size_t i = 0; i < engine->partition_count; i++) {
        const struct leat_partition *at = &engine->partitions[i];
        int64_t offset = engine->settled.positions.entries[i].offset;

        if (at->source != NULL && at->high_watermark > offset)
            lag += at->high_watermark - offset;
    }
    return lag;
}

bool leat_engine_is_drained(const struct leat_engine *engine)
{
    if (!engine->settings.stop_after_drain || engine->has_pending)
        return false;
    for (size_t i = 0; i < engine->partition_count; i++) {
        const struct leat_partition *at = &engine->partitions[i];

        if (at->source != NULL && engine->settled.positions.entries[i].offset < at->drain_until)
            return false;
    }
    return true;
}

leat_status leat_engine_shut_down(struct leat_engine *engine, leat_error *err)
{
    if (engine->settled.n > 0)
        LEAT_TRY(leat_engine_tell_group(engine, true, err));
    if (engine->ledger != NULL && (engine->settled_is_dirty || engine->plan_is_left))
        LEAT_TRY(leat_ledger_settle(engine->ledger, &engine->settled, err));
    engine->settled_is_dirty = false;
    engine->plan_is_left = false;
    return leat_engine_clean_staging(engine, err);
}

void leat_engine_destroy(struct leat_engine *engine)
{
    if (engine == NULL)
        return;
    leat_watchdog_end(&engine->watchdog);
    leat_engine_disconnect(engine);
    leat_executor_destroy(engine->executor);
    leat_broadcasts_release(engine->ssc);
    if (engine->has_pending)
        leat_ledger_view_release(&engine->pending);
    leat_stores_destroy(engine->stores);
    leat_ledger_close(engine->ledger);
    leat_free(engine->partitions);
    leat_free(engine->settled.positions.entries);
    leat_free(engine->settled.image.entries);
    leat_free(engine->next.positions.entries);
    leat_free(engine->next.image.entries);
    leat_free(engine->image_keys);
    leat_free(engine->image_offsets);
    leat_free(engine->run.ranges);
    leat_free(engine->run.range_partitions);
    leat_listeners_release(&engine->told);
    leat_arena_release(&engine->arena);
    leat_wakeup_release(&engine->wakeup);
    leat_free(engine);
}

void leat_engine_stop(struct leat_engine *engine, bool gracefully)
{
    int none = LEAT_STOP_NONE;

    if (gracefully) {
        atomic_compare_exchange_strong(&engine->stop, &none, LEAT_STOP_GRACEFULLY);
    } else {
        atomic_store(&engine->stop, LEAT_STOP_NOW);
        atomic_store(&engine->stops_now, true);
        atomic_store(&engine->cancel, true);
    }
    leat_wakeup_set(&engine->wakeup);
}

enum leat_stop leat_engine_stopping(const struct leat_engine *engine)
{
    return (enum leat_stop)atomic_load(&engine->stop);
}

bool leat_engine_wait_us(struct leat_engine *engine, int64_t us)
{
    return leat_clock_wait_us(&engine->parts.clock, us, &engine->wakeup);
}
