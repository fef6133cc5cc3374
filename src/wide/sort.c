/*
 * sort: sort_by_key: the records of a partition in the order of their keys, and all keys of a
 * partition before those of the next.
 *
 * Where one partition ends and the next begins is taken from a sample of what was written, the same
 * for every task; each partition reads all that was written and takes its own.
 */
#include <stdlib.h>

#include "record/compare.h"
#include "wide/sorted.h"

enum { SAMPLES_A_LIST = 256, CHUNK_RECORDS = 512 };

/* Upper ends of all partitions but the last; the batch's. */
struct leat_boundaries {
    leat_bytes *keys;
    size_t count;
    leat_type type;
};

struct sample {
    leat_bytes *keys; /* In the arena. */
    size_t count;
    struct leat_arena *arena;
};

static leat_status add_sample(struct sample *sample, leat_bytes key, leat_error *err)
{
    char *copy;

    if (key.data == NULL)
        return LEAT_OK;
    copy = leat_arena_copy(sample->arena, key.data, key.size);
    if (copy == NULL)
        return leat_fail(err, LEAT_LIMIT, "no memory for a sample of the keys");
    sample->keys[sample->count++] = (leat_bytes){copy, key.size};
    return LEAT_OK;
}

static leat_status sample_list(const struct leat_record_list *list, struct sample *sample,
                               leat_error *err)
{
    uint64_t stride = list->records / SAMPLES_A_LIST + 1;
    struct leat_record_reader reader;
    struct leat_chunk chunk;
    leat_status status = LEAT_OK;
    uint64_t number = 0;

    leat_record_reader_init(&reader, list);
    leat_chunk_init(&chunk);
    do {
        status = leat_record_reader_read(&reader, CHUNK_RECORDS, &chunk, err);
        for (size_t i = 0; status == LEAT_OK && i < chunk.count; i++, number++)
            if (number % stride == 0)
                status = add_sample(sample, chunk.records[i].key, err);
    } while (status == LEAT_OK && chunk.count > 0);
    leat_chunk_release(&chunk);
    leat_record_reader_release(&reader);
    return status;
}

/* qsort has no context: keys are of one type within a call, and it is one call at a time. */
static _Thread_local leat_type sorting_type;

static int by_key(const void *left, const void *right)
{
    const leat_bytes *a = left;
    const leat_bytes *b = right;

    return leat_compare_keys(*a, *b, &sorting_type);
}

static leat_status take_samples(const struct leat_wide *wide, struct sample *sample,
                                leat_error *err)
{
    size_t lists = leat_wide_list_count(wide, 0);

    sample->keys =
        leat_arena_alloc(sample->arena, (lists * SAMPLES_A_LIST + 1) * sizeof *sample->keys);
    if (sample->keys == NULL)
        return leat_fail(err, LEAT_LIMIT, "no memory for a sample of the keys");
    for (size_t i = 0; i < lists; i++) {
        const struct leat_record_list *list = leat_wide_list(wide, 0, i, 0);

        if (list != NULL && list->records > 0)
            LEAT_TRY(sample_list(list, sample, err));
    }
    return LEAT_OK;
}

static leat_status find_boundaries(const struct leat_wide *wide, struct leat_arena *arena,
                                   struct leat_boundaries *out, leat_error *err)
{
    struct sample sample = {.arena = arena};

    out->keys = leat_arena_alloc(arena, wide->partitions * sizeof *out->keys);
    if (out->keys == NULL)
        return leat_fail(err, LEAT_LIMIT, "no memory for %u partitions", wide->partitions);
    LEAT_TRY(take_samples(wide, &sample, err));
    sorting_type = out->type;
    qsort(sample.keys, sample.count, sizeof *sample.keys, by_key);
    for (uint32_t i = 1; i < wide->partitions && sample.count > 0; i++)
        out->keys[out->count++] = sample.keys[sample.count * i / wide->partitions];
    return LEAT_OK;
}

/* Keys below the first boundary, null too, are range 0. */
static size_t range_of(const struct leat_boundaries *boundaries, leat_bytes key)
{
    leat_type type = boundaries->type;
    size_t low = 0;
    size_t high = boundaries->count;

    while (key.data != NULL && low < high) {
        size_t middle = (low + high) / 2;

        if (leat_compare_keys(boundaries->keys[middle], key, &type) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ---- the run ---- */

struct range {
    const struct leat_boundaries *boundaries;
    size_t index;
};

static leat_status add_range(struct leat_task *task, struct leat_wide *wide,
                             const struct range *range, struct leat_sorter *sorter, leat_error *err)
{
    struct leat_wide_reader reader;
    leat_status status;
    bool stop = false;

    leat_wide_reader_init(&reader, wide, 0, 0);
    do {
        status = leat_wide_reader_next(&reader, err);
        for (size_t i = 0; status == LEAT_OK && i < reader.chunk.count; i++) {
            const leat_record *record = &reader.chunk.records[i];
            struct leat_sorted sorted = {
                .key = record->key, .value = record->value, .timestamp_ms = record->timestamp_ms};

            if (range_of(range->boundaries, record->key) == range->index)
                status = leat_sorter_add(sorter, &sorted, err);
        }
        if (status == LEAT_OK)
            status = leat_wide_breathe(task, &stop);
    } while (status == LEAT_OK && reader.chunk.count > 0);
    leat_wide_reader_release(&reader);
    return status == LEAT_OK ? leat_sorter_finish(sorter, err) : status;
}

static leat_status put_out(struct leat_task *task, struct leat_sorter *sorter, leat_error *err)
{
    struct leat_sorted sorted;
    bool done = false;
    bool stop = false;

    while (!stop) {
        leat_record record = {.offset = -1};
        leat_status status;

        LEAT_TRY(leat_sorter_next(sorter, &sorted, &done, err));
        if (done)
            return LEAT_OK;
        record.key = sorted.key;
        record.value = sorted.value;
        record.timestamp_ms = sorted.timestamp_ms;
        status = leat_emit_record(&task->root->emitter, &record);
        if (status != LEAT_OK)
            return leat_step_failed(task->root, NULL, status);
        LEAT_TRY(leat_wide_breathe(task, &stop));
    }
    return LEAT_OK;
}

static leat_status run_range(struct leat_task *task, struct leat_wide *wide,
                             struct leat_boundaries *boundaries, struct leat_sorter *sorter,
                             leat_error *err)
{
    struct range range = {.boundaries = boundaries, .index = (size_t)task->root->partition};
    struct leat_arena *arena = leat_batch_keep_arena(task->batch);

    if (arena == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a sample of the keys");
    boundaries->type = wide->rdd->parents[0]->node.key_type;
    if (wide->partitions > 1)
        LEAT_TRY(find_boundaries(wide, arena, boundaries, err));
    if (wide->rdd->node.descending)
        range.index = wide->partitions - 1 - range.index;
    LEAT_TRY(add_range(task, wide, &range, sorter, err));
    return put_out(task, sorter, err);
}

static leat_status run(struct leat_task *task, struct leat_wide *wide)
{
    leat_type type = wide->rdd->parents[0]->node.key_type;
    struct leat_sorter_options options = {.budget = &task->batch->budget,
                                          .spill = task->batch->spill,
                                          .compare = leat_compare_keys,
                                          .compare_context = &type,
                                          .descending = wide->rdd->node.descending};
    struct leat_boundaries boundaries = {.count = 0};
    struct leat_sorter *sorter = NULL;
    leat_error err = {LEAT_OK, ""};
    leat_status status = leat_sorter_create(&options, &sorter, &err);

    if (status == LEAT_OK)
        status = run_range(task, wide, &boundaries, sorter, &err);
    leat_sorter_destroy(sorter);
    if (status == LEAT_OK || task->broken != LEAT_OK)
        return status;
    return leat_wide_fail(task, status, &err);
}

const struct leat_wide_ops leat_sort_ops = {.gathers = true, .run = run};
