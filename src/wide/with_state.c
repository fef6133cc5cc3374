/*
 * with_state: map_with_state: each record meets its key's state, in the order of the partition;
 * then keys whose timeout passed are called a last time. And state_snapshots: all there is after
 * that.
 */
#include "wide/operators.h"
#include "wide/state.h"

/* Calls the function; in NULL: the key is timing out. What a failed call emitted is dropped. */
static leat_status call(struct leat_keyed *keyed, leat_bytes key, const leat_record *in)
{
    leat_task *task = keyed->task;
    const struct leat_node *node = &keyed->wide->rdd->node;
    struct leat_emitter *out = &task->root->emitter;
    size_t before = out->chunk.count;
    leat_status status;

    task->has_key = true;
    task->key_in_work = key;
    out->input = in;
    status = node->fn.map_with_state(task, key, in, &keyed->state, out, node->user);
    status = leat_task_end_call(task, status);
    out->input = NULL;
    if (status == LEAT_OK)
        return LEAT_OK;
    out->chunk.count = before;
    return leat_step_failed(task->root, in, status);
}

static leat_status take_record(struct leat_keyed *keyed, const leat_record *record)
{
    uint32_t hash = leat_key_hash(record->key);
    uint32_t slot = leat_keyed_slot(keyed, hash);
    uint64_t skipped = keyed->task->skipped_records;
    leat_time old_deadline;

    LEAT_TRY(leat_keyed_load(keyed, slot, hash, record->key));
    old_deadline = leat_expiry_deadline(keyed);
    LEAT_TRY(call(keyed, record->key, record));
    if (keyed->task->skipped_records != skipped)
        return LEAT_OK; /* The record was left out, and what it did to the state. */
    LEAT_TRY(leat_keyed_save(keyed, slot, hash, record->key, keyed->stateful->timeout > 0));
    return leat_expiry_note(keyed, slot, record->key, old_deadline);
}

static leat_status take_initial(struct leat_keyed *keyed, const leat_record *record)
{
    uint32_t hash = leat_key_hash(record->key);
    uint32_t slot = leat_keyed_slot(keyed, hash);
    leat_status status;

    if (record->value.data == NULL) /* No state. */
        return LEAT_OK;
    LEAT_TRY(leat_keyed_load(keyed, slot, hash, record->key));
    status = leat_state_set(&keyed->state, record->value);
    if (status != LEAT_OK)
        return leat_step_failed(keyed->task->root, NULL, status);
    LEAT_TRY(leat_keyed_save(keyed, slot, hash, record->key, false));
    return leat_expiry_note(keyed, slot, record->key, INT64_MAX);
}

static leat_status flush_if_full(struct leat_task *task)
{
    return leat_emitter_is_full(&task->root->emitter) ? leat_emitter_flush(&task->root->emitter)
                                                      : LEAT_OK;
}

static leat_status read_side(struct leat_keyed *keyed, int side)
{
    leat_task *task = keyed->task;
    struct leat_wide_reader reader;
    leat_error err = {LEAT_OK, ""};
    leat_status status;
    bool stop = false;

    leat_wide_reader_init(&reader, keyed->wide, side, task->root->partition);
    do {
        status = leat_wide_reader_next(&reader, &err);
        if (status != LEAT_OK)
            status = leat_wide_fail(task, status, &err);
        for (size_t i = 0; status == LEAT_OK && i < reader.chunk.count; i++) {
            status = side == 0 ? take_record(keyed, &reader.chunk.records[i])
                               : take_initial(keyed, &reader.chunk.records[i]);
            if (status == LEAT_OK)
                status = flush_if_full(task);
        }
        if (status == LEAT_OK)
            status = leat_wide_breathe(task, &stop);
    } while (status == LEAT_OK && reader.chunk.count > 0);
    leat_wide_reader_release(&reader);
    return status;
}

static leat_status time_out(void *context, struct leat_keyed *keyed, leat_bytes key)
{
    (void)context;
    if (keyed->stateful->timeout == 0 ||
        keyed->now - keyed->state.updated_at <= keyed->stateful->timeout)
        return LEAT_OK; /* Its time to live has passed, which is no timeout. */
    keyed->state.timing_out = true;
    LEAT_TRY(call(keyed, key, NULL));
    keyed->state.timing_out = false;
    return flush_if_full(keyed->task);
}

static leat_status run(struct leat_task *task, struct leat_wide *wide)
{
    struct leat_keyed keyed;
    leat_status status = LEAT_OK;

    leat_keyed_init(&keyed, task, wide);
    if (wide->rdd->parent_count > 1)
        status = read_side(&keyed, 1);
    if (status == LEAT_OK)
        status = read_side(&keyed, 0);
    if (status == LEAT_OK)
        status = leat_expiry_sweep(&keyed, task->root->partition, time_out, NULL);
    task->has_key = false;
    leat_keyed_release(&keyed);
    return status;
}

const struct leat_wide_ops leat_with_state_ops = {
    .by_slot = true, .by_record = true, .run = run, .abandon = leat_keyed_abandon};

/* ---- snapshots ---- */

static leat_status put_out(void *context, leat_bytes key, const struct leat_state_entry *entry)
{
    struct leat_keyed *keyed = context;
    leat_record out = {.offset = -1, .timestamp_ms = keyed->now};
    leat_status status;
    bool stop = false;

    LEAT_TRY(leat_wide_breathe(keyed->task, &stop));
    leat_keyed_take(keyed, entry);
    out.key = key;
    out.value = keyed->state.value;
    if (out.value.data == NULL)
        return LEAT_OK;
    status = leat_emit_record(&keyed->task->root->emitter, &out);
    return status == LEAT_OK ? LEAT_OK : leat_step_failed(keyed->task->root, NULL, status);
}

static leat_status run_snapshots(struct leat_task *task, struct leat_wide *wide)
{
    struct leat_keyed keyed;
    leat_error err = {LEAT_OK, ""};
    leat_status status = LEAT_OK;

    leat_keyed_init(&keyed, task, wide);
    for (uint32_t slot = (uint32_t)task->root->partition;
         status == LEAT_OK && !task->stopped && slot < wide->slots; slot += wide->partitions)
        status = leat_store_scan(keyed.store, slot, (leat_bytes){"", 0}, put_out, &keyed, &err);
    leat_keyed_release(&keyed);
    if (status == LEAT_OK || task->broken != LEAT_OK)
        return status;
    return leat_keyed_fail(task, wide, status, &err);
}

const struct leat_wide_ops leat_snapshots_ops = {
    .by_slot = true, .only_waits = true, .run = run_snapshots};
