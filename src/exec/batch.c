/* batch: see batch.h. */
#include "exec/batch_internal.h"
#include "exec/wide.h"

#include <string.h>

#include "base/memory.h"

enum { ARENA_CHUNK_BYTES = 16 << 10 };

leat_status leat_batch_create(const struct leat_batch_options *options, struct leat_batch **out,
                              leat_error *err)
{
    size_t limit = leat_executor_options(options->executor)->memory_limit_bytes;
    struct leat_batch *batch = leat_alloc(1, sizeof *batch);
    size_t streams = (size_t)options->ssc->next_id;

    if (batch == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a batch");
    batch->options = *options;
    leat_arena_init(&batch->arena, ARENA_CHUNK_BYTES, limit);
    pthread_mutex_init(&batch->mutex, NULL);
    leat_budget_init(&batch->budget, limit / 2);
    leat_budget_init(&batch->lists_budget, limit / 4);
    batch->rdds = leat_batch_alloc(batch, (streams + 1) * sizeof *batch->rdds);
    batch->rdd_made = leat_batch_alloc(batch, (streams + 1) * sizeof *batch->rdd_made);
    batch->stateful =
        leat_batch_alloc(batch, (options->ssc->stateful_count + 1) * sizeof *batch->stateful);
    if (batch->rdds == NULL || batch->rdd_made == NULL || batch->stateful == NULL) {
        leat_batch_destroy(batch);
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a batch");
    }
    if (options->spill_directory != NULL) {
        leat_status status = leat_spill_file_create(options->spill_directory, &batch->spill, err);

        if (status != LEAT_OK) {
            leat_batch_destroy(batch);
            return status;
        }
    }
    *out = batch;
    return LEAT_OK;
}

const struct leat_batch_options *leat_batch_options(const struct leat_batch *batch)
{
    return &batch->options;
}

void *leat_batch_alloc(struct leat_batch *batch, size_t size)
{
    return leat_arena_zalloc(&batch->arena, size);
}

void leat_batch_set_running(struct leat_batch *batch, const char *where)
{
    batch->running = where;
}

/* A batch of nothing but holes was known to be empty only once it was read. */
static bool is_published(const struct leat_batch *batch, const struct leat_staged_output *output,
                         uint64_t input_records)
{
    return output->always || batch->options.parts.empty || input_records > 0 ||
           atomic_load(output->has_records);
}

void leat_batch_result(const struct leat_batch *batch, struct leat_batch_result *out)
{
    uint64_t read = 0;

    *out = (struct leat_batch_result){
        .output_records = atomic_load(&batch->output_records),
        .attempts = atomic_load(&batch->attempts),
        .staged = batch->published,
        .made = batch->staged,
        .made_count = batch->staged_count,
    };
    for (size_t i = 0; i < batch->options.range_count; i++) {
        const struct leat_batch_range *range = &batch->options.ranges[i];

        read += range->records;
        out->input_records +=
            range->read_whole ? range->records : (uint64_t)(range->until - range->from);
        out->skipped_records += range->skipped;
    }
    out->skipped_records += atomic_load(&batch->wide_skipped_records);
    for (size_t i = 0; i < batch->staged_count; i++)
        if (is_published(batch, &batch->staged[i], read))
            batch->published[out->staged_count++] = batch->staged[i];
}

void leat_batch_fail(struct leat_batch *batch, const leat_error *err)
{
    pthread_mutex_lock(&batch->mutex);
    if (batch->error.status == LEAT_OK || batch->error.status == LEAT_CANCELLED)
        batch->error = *err;
    pthread_mutex_unlock(&batch->mutex);
    atomic_store(&batch->failed, true);
}

leat_status leat_batch_error(const struct leat_batch *batch, leat_error *err)
{
    if (batch->error.status != LEAT_OK && err != NULL)
        *err = batch->error;
    return batch->error.status;
}

bool leat_batch_failed_by_function(const struct leat_batch *batch)
{
    return batch->failed_by_function;
}

void leat_batch_note_attempts(struct leat_batch *batch, int attempts)
{
    int most = atomic_load(&batch->attempts);

    while (attempts > most && !atomic_compare_exchange_weak(&batch->attempts, &most, attempts))
        ;
}

bool leat_batch_handed_over(const struct leat_batch *batch)
{
    return atomic_load(&batch->handed_over);
}

bool leat_batch_is_over(const struct leat_batch *batch)
{
    return atomic_load_explicit(&batch->failed, memory_order_relaxed) ||
           (batch->options.cancel != NULL &&
            atomic_load_explicit(batch->options.cancel, memory_order_relaxed));
}

int32_t leat_batch_stage_number(const struct leat_batch *batch)
{
    return batch->stages - 1;
}

const char *leat_batch_running(const struct leat_batch *batch)
{
    return batch->running;
}

static bool grow_staged(struct leat_batch *batch)
{
    size_t capacity = batch->staged_capacity == 0 ? 4 : batch->staged_capacity * 2;
    struct leat_staged_output *grown = leat_batch_alloc(batch, capacity * sizeof *grown);
    struct leat_staged_output *published = leat_batch_alloc(batch, capacity * sizeof *published);

    if (grown == NULL || published == NULL)
        return false;
    if (batch->staged_count > 0)
        memcpy(grown, batch->staged, batch->staged_count * sizeof *grown);
    batch->staged = grown;
    batch->published = published;
    batch->staged_capacity = capacity;
    return true;
}

leat_status leat_batch_stage(struct leat_batch *batch, const struct leat_staged_output *output,
                             leat_error *err)
{
    for (size_t i = 0; i < batch->staged_count; i++)
        if (strcmp(batch->staged[i].final, output->final) == 0)
            return leat_fail(err, LEAT_INVALID,
                             "output directory '%s' is written twice in one batch; give one of "
                             "them another name",
                             output->final);
    if (batch->staged_count == batch->staged_capacity && !grow_staged(batch))
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for the output '%s'", output->final);
    batch->staged[batch->staged_count++] = *output;
    return LEAT_OK;
}

bool leat_batch_may_log_skip(const struct leat_batch *batch, uint64_t more)
{
    const struct leat_executor_options *options = leat_executor_options(batch->options.executor);

    return batch->options.skipped_before + atomic_load(&batch->skipped_records) + more <
           options->bad_records_logged;
}

void leat_batch_log_skip(const struct leat_batch *batch, const leat_error *err)
{
    leat_log_write(leat_executor_options(batch->options.executor)->log, LEAT_LOG_WARN, "exec",
                   "skipped a bad record: %s", err->message);
}

struct leat_arena *leat_batch_keep_arena(struct leat_batch *batch)
{
    struct leat_kept_arena *kept = leat_alloc(1, sizeof *kept);

    if (kept == NULL)
        return NULL;
    leat_arena_init(&kept->arena, ARENA_CHUNK_BYTES,
                    leat_executor_options(batch->options.executor)->memory_limit_bytes);
    pthread_mutex_lock(&batch->mutex);
    kept->next = batch->kept;
    batch->kept = kept;
    pthread_mutex_unlock(&batch->mutex);
    return &kept->arena;
}

void leat_batch_add_accumulators(struct leat_batch *batch, const int64_t *values)
{
    size_t count = batch->options.ssc->accumulator_count;
    leat_error err;
    bool kept;

    if (values == NULL || count == 0)
        return;
    pthread_mutex_lock(&batch->mutex);
    if (batch->accumulators == NULL)
        batch->accumulators = leat_alloc(count, sizeof *batch->accumulators);
    kept = batch->accumulators != NULL;
    for (size_t i = 0; kept && i < count; i++)
        batch->accumulators[i] += values[i];
    pthread_mutex_unlock(&batch->mutex);
    if (kept)
        return;
    leat_fail(&err, LEAT_NO_MEMORY, "no memory for %zu accumulators", count);
    leat_batch_fail(batch, &err);
}

void leat_batch_publish_accumulators(struct leat_batch *batch)
{
    struct leat_accumulator *accumulator = batch->options.ssc->accumulators;

    if (batch->accumulators == NULL)
        return;
    for (; accumulator != NULL; accumulator = accumulator->next)
        atomic_fetch_add(&accumulator->committed, batch->accumulators[accumulator->index]);
    leat_free(batch->accumulators);
    batch->accumulators = NULL;
}

void leat_batch_destroy(struct leat_batch *batch)
{
    if (batch == NULL)
        return;
    for (struct leat_wide *wide = batch->wides; wide != NULL; wide = wide->next)
        leat_wide_release(wide);
    leat_spill_file_destroy(batch->spill);
    while (batch->kept != NULL) {
        struct leat_kept_arena *kept = batch->kept;

        batch->kept = kept->next;
        leat_arena_release(&kept->arena);
        leat_free(kept);
    }
    leat_free(batch->accumulators);
    leat_arena_release(&batch->arena);
    pthread_mutex_destroy(&batch->mutex);
    leat_free(batch);
}
