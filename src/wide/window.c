/*
 * window: the records of the last batches. Each batch's are stored in blocks, in the slot that has
 * their partition's number, and put out with those before them when the window is due.
 *
 *   pane entry   time, u32 number -> records: {u32 key size, u32 value size, i64 timestamp, key,
 *                value}..., a size of all ones: null
 */
#include <string.h>

#include "base/memory.h"
#include "wide/operators.h"
#include "wide/panes.h"

enum { TIME_BYTES = 8, BLOCK_BYTES = 256 << 10, HEAD_BYTES = 16 };

struct window {
    struct leat_keyed keyed;
    uint32_t slot;
    uint32_t blocks; /* Of this batch. */
    struct leat_buffer block;
};

static uint32_t size_of(leat_bytes bytes)
{
    return bytes.data == NULL ? UINT32_MAX : (uint32_t)bytes.size;
}

static leat_status append(struct window *window, const leat_record *record)
{
    uint32_t sizes[2] = {size_of(record->key), size_of(record->value)};
    struct leat_buffer *block = &window->block;

    if (leat_buffer_append(block, sizes, sizeof sizes) &&
        leat_buffer_append(block, &record->timestamp_ms, sizeof record->timestamp_ms) &&
        (record->key.size == 0 || leat_buffer_append(block, record->key.data, record->key.size)) &&
        (record->value.size == 0 ||
         leat_buffer_append(block, record->value.data, record->value.size)))
        return LEAT_OK;
    return leat_task_break(window->keyed.task, LEAT_NO_MEMORY, NULL);
}

static leat_status store_block(struct window *window)
{
    char entry[TIME_BYTES + sizeof(uint32_t)];
    uint32_t number = __builtin_bswap32(window->blocks);

    if (window->block.size == 0)
        return LEAT_OK;
    leat_time_encode(window->keyed.now, entry);
    memcpy(entry + TIME_BYTES, &number, sizeof number);
    if (window->blocks++ == 0)
        LEAT_TRY(leat_panes_note(&window->keyed, window->slot));
    LEAT_TRY(leat_panes_put(&window->keyed, window->slot, (leat_bytes){entry, sizeof entry},
                            (leat_bytes){window->block.data, window->block.size}));
    leat_buffer_reset(&window->block);
    return LEAT_OK;
}

static leat_status store_batch(struct window *window)
{
    leat_task *task = window->keyed.task;
    struct leat_wide_reader reader;
    leat_error err = {LEAT_OK, ""};
    leat_status status;
    bool stop = false;

    leat_wide_reader_init(&reader, window->keyed.wide, 0, task->root->partition);
    do {
        status = leat_wide_reader_next(&reader, &err);
        if (status != LEAT_OK)
            status = leat_wide_fail(task, status, &err);
        for (size_t i = 0; status == LEAT_OK && i < reader.chunk.count; i++) {
            status = append(window, &reader.chunk.records[i]);
            if (status == LEAT_OK && window->block.size >= BLOCK_BYTES)
                status = store_block(window);
        }
        if (status == LEAT_OK)
            status = leat_wide_breathe(task, &stop);
    } while (status == LEAT_OK && reader.chunk.count > 0);
    leat_wide_reader_release(&reader);
    return status == LEAT_OK ? store_block(window) : status;
}

/* ---- what is put out ---- */

static leat_bytes take(const char **position, uint32_t size)
{
    leat_bytes bytes = {NULL, 0};

    if (size == UINT32_MAX)
        return bytes;
    bytes = (leat_bytes){*position, size};
    *position += size;
    return bytes;
}

static leat_status put_out_block(void *context, leat_bytes key,
                                 const struct leat_state_entry *entry)
{
    struct window *window = context;
    leat_task *task = window->keyed.task;
    const char *position = entry->value.data;
    const char *end = position + entry->value.size;
    bool stop = false;

    (void)key;
    LEAT_TRY(leat_wide_breathe(task, &stop));
    while (position < end) {
        leat_record record = {.offset = -1};
        uint32_t sizes[2];
        leat_status status;

        memcpy(sizes, position, sizeof sizes);
        memcpy(&record.timestamp_ms, position + sizeof sizes, sizeof record.timestamp_ms);
        position += HEAD_BYTES;
        record.key = take(&position, sizes[0]);
        record.value = take(&position, sizes[1]);
        status = leat_emit_record(&task->root->emitter, &record);
        if (status != LEAT_OK)
            return leat_step_failed(task->root, NULL, status);
    }
    return LEAT_OK;
}

static leat_status remove_block(void *context, leat_bytes key, const struct leat_state_entry *entry)
{
    struct window *window = context;
    char copy[TIME_BYTES + sizeof(uint32_t)];

    (void)entry;
    memcpy(copy, key.data, sizeof copy);
    return leat_panes_remove(&window->keyed, window->slot, (leat_bytes){copy, sizeof copy});
}

static leat_status visit_panes(struct window *window, const leat_time *times, size_t count,
                               bool due)
{
    struct leat_keyed *keyed = &window->keyed;
    leat_time start = keyed->now - keyed->stateful->length;

    for (size_t i = 0; i < count; i++) {
        if (times[i] > start && due)
            LEAT_TRY(leat_panes_scan(keyed, window->slot, times[i], put_out_block, window));
        if (times[i] > start)
            continue;
        LEAT_TRY(leat_panes_scan(keyed, window->slot, times[i], remove_block, window));
        LEAT_TRY(leat_panes_drop(keyed, window->slot, times[i]));
    }
    return LEAT_OK;
}

static leat_status run_slots(struct window *window, bool due)
{
    const struct leat_wide *wide = window->keyed.wide;
    uint32_t first = (uint32_t)window->keyed.task->root->partition;

    if (first >= wide->slots)
        return LEAT_OK;
    window->slot = first;
    LEAT_TRY(store_batch(window));
    for (uint32_t slot = first; slot < wide->slots; slot += wide->partitions) {
        leat_time *times;
        size_t count;
        leat_status status;

        window->slot = slot;
        LEAT_TRY(leat_panes_times(&window->keyed, slot, &times, &count));
        status = visit_panes(window, times, count, due);
        leat_free(times);
        LEAT_TRY(status);
    }
    return LEAT_OK;
}

static leat_status run(struct leat_task *task, struct leat_wide *wide)
{
    const struct leat_batch_options *options = leat_batch_options(task->batch);
    struct window window = {.slot = 0};
    leat_status status;

    leat_keyed_init(&window.keyed, task, wide);
    status = run_slots(&window, leat_stateful_is_due(window.keyed.stateful, options->last_time,
                                                     options->time, options->interval));
    leat_buffer_release(&window.block);
    leat_keyed_release(&window.keyed);
    return status;
}

const struct leat_wide_ops leat_window_ops = {
    .by_slot = true, .folds = true, .run = run, .abandon = leat_keyed_abandon};
