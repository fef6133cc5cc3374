/* emitter: what operator functions emit into, see leat/task.h. */
#include <string.h>

#include "exec/wide.h"

enum {
    BYTES_CHUNK = 64 << 10,
    FLUSH_RECORDS = 1024, /* Of a function that pulls and never ends by itself. */
    FLUSH_SHARE = 4       /* Or this part of its memory. */
};

leat_status leat_emitter_init(struct leat_emitter *emitter, struct leat_step *step)
{
    const struct leat_batch_options *options = leat_batch_options(step->task->batch);
    const struct leat_node *node = &step->rdd->node;

    *emitter = (struct leat_emitter){.step = step};
    leat_chunk_init(&emitter->chunk);
    leat_arena_init(&emitter->bytes, BYTES_CHUNK,
                    leat_executor_options(options->executor)->memory_limit_bytes);
    emitter->keeps_key =
        node->kind == LEAT_OPERATOR_MAP_VALUES || node->kind == LEAT_OPERATOR_FLAT_MAP_VALUES;
    emitter->holds =
        step->terminal == NULL && step->rdd->wide != NULL && step->rdd->wide->ops->by_record;
    emitter->copies = step->terminal == NULL && step->rdd->wide != NULL;
    emitter->key_type = node->key_type;
    emitter->value_type = node->value_type;
    return LEAT_OK;
}

void leat_emitter_reset(struct leat_emitter *emitter)
{
    emitter->chunk.count = 0;
    leat_arena_reset(&emitter->bytes);
}

leat_status leat_emitter_flush(struct leat_emitter *emitter)
{
    leat_status status = LEAT_OK;

    if (emitter->chunk.count > 0)
        status = leat_step_push_children(emitter->step, &emitter->chunk);
    leat_emitter_reset(emitter);
    return status;
}

void leat_emitter_release(struct leat_emitter *emitter)
{
    leat_chunk_release(&emitter->chunk);
    leat_arena_release(&emitter->bytes);
}

bool leat_emitter_is_full(const struct leat_emitter *emitter)
{
    return emitter->chunk.count >= FLUSH_RECORDS ||
           emitter->bytes.held_bytes > emitter->bytes.limit_bytes / FLUSH_SHARE;
}

static bool is_inside(leat_bytes part, leat_bytes whole)
{
    uintptr_t start = (uintptr_t)part.data;
    uintptr_t whole_start = (uintptr_t)whole.data;

    return start >= whole_start && start + part.size <= whole_start + whole.size;
}

bool leat_record_holds(const leat_record *record, leat_bytes bytes)
{
    return record != NULL && (is_inside(bytes, record->value) || is_inside(bytes, record->key));
}

/* A view into the input stays one; anything else is copied. */
static bool keep(struct leat_emitter *out, leat_bytes *bytes)
{
    char *copy;

    if (bytes->data == NULL || (!out->copies && leat_record_holds(out->input, *bytes)))
        return true;
    copy = leat_arena_alloc(&out->bytes, bytes->size > 0 ? bytes->size : 1);
    if (copy == NULL)
        return false;
    memcpy(copy, bytes->data, bytes->size);
    bytes->data = copy;
    return true;
}

static bool has_size_of(leat_type type, leat_bytes bytes)
{
    return (type != LEAT_I64 && type != LEAT_F64) || bytes.data == NULL || bytes.size == 8;
}

static leat_status refuse(const struct leat_emitter *out, leat_bytes bytes, const char *what)
{
    return leat_task_fail(out->step->task, LEAT_INVALID,
                          "emitted a %s of %zu bytes where the stream's type has 8; declare what "
                          "it emits with leat_typed",
                          what, bytes.size);
}

static leat_status append(struct leat_emitter *out, const leat_record *record)
{
    leat_record kept = *record;

    if (!has_size_of(out->key_type, kept.key))
        return refuse(out, kept.key, "key");
    if (!has_size_of(out->value_type, kept.value))
        return refuse(out, kept.value, "value");
    if (!keep(out, &kept.key) || !keep(out, &kept.value) || !leat_chunk_reserve(&out->chunk, 1))
        return leat_task_fail(out->step->task, LEAT_LIMIT,
                              "what it emits for one input exceeds leat.memory.limit");
    out->chunk.records[out->chunk.count++] = kept;
    if (out->step->push == NULL && !out->holds && leat_emitter_is_full(out))
        return leat_emitter_flush(out);
    return LEAT_OK;
}

leat_status leat_emit(leat_emitter *out, leat_bytes key, leat_bytes value)
{
    leat_record record = {.timestamp_ms = -1, .offset = -1};

    if (out->input != NULL)
        record = *out->input;
    if (!out->keeps_key)
        record.key = key;
    record.value = value;
    return append(out, &record);
}

leat_status leat_emit_i64(leat_emitter *out, leat_bytes key, int64_t value)
{
    return leat_emit(out, key, (leat_bytes){(const char *)&value, sizeof value});
}

leat_status leat_emit_f64(leat_emitter *out, leat_bytes key, double value)
{
    return leat_emit(out, key, (leat_bytes){(const char *)&value, sizeof value});
}

leat_status leat_emit_record(leat_emitter *out, const leat_record *record)
{
    leat_record copy = *record;

    if (out->keeps_key && out->input != NULL)
        copy.key = out->input->key;
    return append(out, &copy);
}
