/* emitter: what operator functions emit into, see leat/task.h. */
#include "base/copy.h"
#include "exec/wide.h"
#include "record/type.h"

enum {
    BYTES_CHUNK = 64 << 10,
    FLUSH_RECORDS = 1024, /* Of a function that pulls and never ends by itself. */
    FLUSH_SHARE = 4       /* Or this part of its memory. */
};

void leat_emitter_init(struct leat_emitter *emitter, struct leat_step *step)
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
    emitter->key_has_size = leat_type_size(node->key_type) != 0;
    emitter->value_has_size = leat_type_size(node->value_type) != 0;
}

void leat_emitter_reset(struct leat_emitter *emitter)
{
    emitter->chunk.count = 0;
    emitter->taken = 0;
    leat_arena_reset(&emitter->bytes);
}

leat_status leat_emitter_flush(struct leat_emitter *emitter)
{
    leat_status status = LEAT_OK;

    if (emitter->chunk.count > 0)
        status = leat_step_push_children(emitter->step, &emitter->chunk);
    emitter->step->task->partition = emitter->step->partition; /* The function goes on. */
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

/* A view into the input stays one; anything else is copied. */
static inline bool keep(struct leat_emitter *out, leat_bytes *bytes)
{
    char *copy;

    if (bytes->data == NULL || (!out->copies && leat_record_holds(out->input, *bytes)))
        return true;
    copy = leat_arena_alloc(&out->bytes, bytes->size);
    if (copy == NULL)
        return false;
    leat_copy_bytes(copy, bytes->data, bytes->size);
    bytes->data = copy;
    return true;
}

static leat_status refuse(const struct leat_emitter *out, leat_bytes bytes, const char *what)
{
    return leat_task_fail(out->step->task, LEAT_INVALID,
                          "emitted a %s of %zu bytes where the stream's type has 8; declare what "
                          "it emits with leat_typed",
                          what, bytes.size);
}

static bool is_missized(leat_bytes bytes)
{
    return bytes.data != NULL && bytes.size != 8;
}

/* Nothing is kept: the taker is done with the record when it returns. */
static leat_status hand_over(struct leat_emitter *out, leat_bytes key, leat_bytes value,
                             const leat_record *from)
{
    struct leat_step *taker = out->taker;
    leat_record record;
    leat_error err; /* A zeroed one is too much for each record. */
    leat_status status;

    if (out->key_has_size && is_missized(key))
        return refuse(out, key, "key");
    if (out->value_has_size && is_missized(value))
        return refuse(out, value, "value");
    record.key = key;
    record.value = value;
    record.timestamp_ms = from == NULL ? -1 : from->timestamp_ms;
    record.offset = -1;
    record.origin = NULL;
    record.headers = NULL;
    out->taken++;
    err.status = LEAT_OK;
    status = taker->terminal->ops->take(taker->terminal, &taker->at, &record, &err);
    if (status == LEAT_OK)
        return LEAT_OK;
    if (err.status == LEAT_OK)
        err.message[0] = '\0';
    return leat_terminal_failed(taker, status, &err);
}

/* Puts out a record of this key and value; the rest is from's, or nothing when that is NULL. It is
 * written field by field where it stays: a record that was just written and is copied as a whole
 * makes the processor wait for it. */
static inline leat_status append(struct leat_emitter *out, leat_bytes key, leat_bytes value,
                                 const leat_record *from)
{
    struct leat_chunk *chunk = &out->chunk;
    leat_record *record;

    if (out->key_has_size && is_missized(key))
        return refuse(out, key, "key");
    if (out->value_has_size && is_missized(value))
        return refuse(out, value, "value");
    if (!keep(out, &key) || !keep(out, &value) ||
        (chunk->count == chunk->capacity && !leat_chunk_reserve(chunk, 1)))
        return leat_task_fail(out->step->task, LEAT_LIMIT,
                              "what it emits for one input exceeds leat.memory.limit");
    record = &chunk->records[chunk->count++];
    record->key = key;
    record->value = value;
    record->timestamp_ms = from == NULL ? -1 : from->timestamp_ms;
    record->offset = from == NULL ? -1 : from->offset;
    record->origin = from == NULL ? NULL : from->origin;
    record->headers = from == NULL ? NULL : from->headers;
    if (out->step->push == NULL && !out->holds && leat_emitter_is_full(out))
        return leat_emitter_flush(out);
    return LEAT_OK;
}

static leat_bytes key_for(const struct leat_emitter *out, leat_bytes given)
{
    return out->keeps_key && out->input != NULL ? out->input->key : given;
}

static inline leat_status emit(struct leat_emitter *out, leat_bytes key, leat_bytes value)
{
    if (out->taker != NULL)
        return hand_over(out, key_for(out, key), value, out->input);
    return append(out, key_for(out, key), value, out->input);
}

leat_status leat_emit(leat_emitter *out, leat_bytes key, leat_bytes value)
{
    return emit(out, key, value);
}

leat_status leat_emit_i64(leat_emitter *out, leat_bytes key, int64_t value)
{
    return emit(out, key, (leat_bytes){(const char *)&value, sizeof value});
}

leat_status leat_emit_f64(leat_emitter *out, leat_bytes key, double value)
{
    return emit(out, key, (leat_bytes){(const char *)&value, sizeof value});
}

leat_status leat_emit_record(leat_emitter *out, const leat_record *record)
{
    leat_record whole = *record; /* It may lie in what grows. */

    if (out->taker != NULL)
        return hand_over(out, key_for(out, whole.key), whole.value, &whole);
    return append(out, key_for(out, whole.key), whole.value, &whole);
}
