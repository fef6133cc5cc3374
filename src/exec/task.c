/* task: see task.h; and what a function may ask of its task, see leat/task.h. */
#include "exec/task.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum {
    STEPS_CHUNK_BYTES = 4 << 10,
    MEMORY_CHUNK_BYTES = 16 << 10,
    INPUT_RECORDS = 512,
    OUTPUT_RECORDS_MANY = 8 * INPUT_RECORDS, /* More of one chunk: read less at a time. */
    READ_WAIT_MS = 100                       /* How soon a waiting task sees a cancellation. */
};

static const struct leat_executor_options *options_of(const struct leat_task *task)
{
    return leat_executor_options(leat_batch_options(task->batch)->executor);
}

void leat_task_init(struct leat_task *task, struct leat_batch *batch, const struct leat_path *path,
                    struct leat_batch_range *range, int attempt)
{
    size_t limit;

    *task = (struct leat_task){.batch = batch,
                               .input_rdd = path->input_rdd,
                               .input_partition = path->input_partition,
                               .range = range,
                               .attempt = attempt};
    limit = options_of(task)->memory_limit_bytes;
    leat_arena_init(&task->steps, STEPS_CHUNK_BYTES, limit);
    leat_arena_init(&task->memory, MEMORY_CHUNK_BYTES, limit);
    leat_arena_init(&task->texts, MEMORY_CHUNK_BYTES, limit);
    leat_chunk_init(&task->input);
    leat_msgpack_writer_init(&task->writer);
    task->input_most = options_of(task)->chunk_records;
    if (task->input_most == 0)
        task->input_most = INPUT_RECORDS;
    task->input_done = range != NULL && range->from >= range->until;
}

void leat_task_release(struct leat_task *task)
{
    leat_task_release_producers(task);
    leat_chunk_release(&task->input);
    leat_msgpack_writer_release(&task->writer);
    leat_arena_release(&task->texts);
    leat_arena_release(&task->memory);
    leat_arena_release(&task->steps);
}

struct leat_batch *leat_task_batch(const leat_task *task)
{
    return task->batch;
}

leat_status leat_task_break(struct leat_task *task, leat_status status, const leat_error *err)
{
    if (task->broken != LEAT_OK)
        return task->broken;
    task->broken = status;
    if (err != NULL)
        task->error = *err;
    else if (task->error.status != status)
        leat_fail(&task->error, status, "%s", leat_status_text(status));
    task->error.status = status;
    return status;
}

void leat_task_begin_calls(struct leat_task *task, const struct leat_step *step)
{
    task->partition = step->partition;
    task->error.status = LEAT_OK;
}

/* One input that becomes thousands of outputs must not come by the hundreds. */
static void adapt_input(struct leat_task *task)
{
    size_t largest = 0;
    size_t most = options_of(task)->chunk_records;

    for (const struct leat_step *step = task->all_steps; step != NULL; step = step->next)
        if (step->emitter.chunk.count > largest)
            largest = step->emitter.chunk.count;
    if (largest > OUTPUT_RECORDS_MANY && task->input_most > 1)
        task->input_most /= 2;
    else if (largest < OUTPUT_RECORDS_MANY / 4 &&
             task->input_most < (most == 0 ? INPUT_RECORDS : most))
        task->input_most *= 2;
}

/* A later pass may read less. */
static void note_last(struct leat_batch_range *range, const leat_record *record)
{
    if (record->offset <= range->last_offset)
        return;
    range->last_offset = record->offset;
    range->last_timestamp_ms = record->timestamp_ms;
}

leat_status leat_task_drive(struct leat_task *task)
{
    struct leat_batch_range *range = task->range;
    struct leat_reader *reader = range->reader;
    enum leat_read_state state = LEAT_READ_MORE;
    leat_error err = {LEAT_OK, ""};
    leat_status status;

    if (leat_batch_is_over(task->batch))
        return leat_task_break(task, LEAT_CANCELLED, NULL);
    adapt_input(task);
    status = reader->ops->read(reader, range->reader_index, task->input_most, READ_WAIT_MS,
                               &task->input, &state, &err);
    if (status != LEAT_OK)
        return leat_task_break(task, status, &err);
    task->input_done = state == LEAT_READ_DONE;
    if (task->input.count == 0)
        return LEAT_OK;
    task->input_records += task->input.count;
    note_last(range, &task->input.records[task->input.count - 1]);
    return leat_step_push_children(task->root, &task->input);
}

leat_status leat_task_fail(leat_task *task, leat_status status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    leat_fail_va(&task->error, status, format, args);
    va_end(args);
    return status;
}

void *leat_task_alloc(leat_task *task, size_t size)
{
    void *memory = leat_arena_alloc(&task->memory, size);

    if (memory == NULL) {
        leat_task_fail(task, LEAT_LIMIT, "task_alloc of %zu bytes exceeds leat.memory.limit", size);
        leat_task_break(task, LEAT_LIMIT, NULL);
    }
    return memory;
}

leat_bytes leat_task_format(leat_task *task, const char *format, ...)
{
    va_list args;
    char *text;
    int size;

    va_start(args, format);
    size = vsnprintf(NULL, 0, format, args);
    va_end(args);
    text = size < 0 ? NULL : leat_arena_alloc(&task->texts, (size_t)size + 1);
    if (text == NULL) {
        leat_task_fail(task, LEAT_LIMIT, "task_format of %d bytes exceeds leat.memory.limit", size);
        leat_task_break(task, LEAT_LIMIT, NULL);
        return (leat_bytes){NULL, 0};
    }
    va_start(args, format);
    vsnprintf(text, (size_t)size + 1, format, args);
    va_end(args);
    return (leat_bytes){text, (size_t)size};
}

leat_time leat_task_time(const leat_task *task)
{
    return leat_batch_options(task->batch)->time;
}

int32_t leat_task_partition(const leat_task *task)
{
    return task->partition;
}

int32_t leat_task_stage(const leat_task *task)
{
    return leat_batch_stage_number(task->batch);
}

int32_t leat_task_attempt(const leat_task *task)
{
    return task->attempt;
}

const void *leat_broadcast_value(const leat_broadcast *broadcast, const leat_task *task)
{
    (void)task; /* Values change between batches only. */
    return broadcast->value;
}

void leat_accumulator_add(leat_accumulator *accumulator, leat_task *task, int64_t n)
{
    if (accumulator == NULL)
        return;
    if (task->accumulators == NULL) {
        size_t count = leat_batch_options(task->batch)->ssc->accumulator_count;

        task->accumulators = leat_arena_zalloc(&task->steps, count * sizeof *task->accumulators);
        if (task->accumulators == NULL) {
            leat_task_break(task, LEAT_NO_MEMORY, NULL);
            return;
        }
    }
    task->accumulators[accumulator->index] += n;
}
