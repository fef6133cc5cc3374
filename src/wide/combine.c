/* combine: one record a key: the combinations that the parent's tasks wrote, combined. */
#include "record/pair.h"
#include "wide/operators.h"

enum { RECORDS_AT_ONCE = 512 }; /* The aggregator looks ahead in them. */

static leat_status emit(struct leat_task *task, struct leat_aggregate *one)
{
    struct leat_emitter *out = &task->root->emitter;
    leat_record record = {.offset = -1, .timestamp_ms = one->timestamp_ms};
    leat_status status;

    record.key = one->key;
    record.value = one->value;
    if (task->root->rdd->node.keying == LEAT_KEYING_PAIR)
        leat_pair_split(one->key, &record.key, &record.value);
    status = leat_emit_record(out, &record);
    return status == LEAT_OK ? LEAT_OK : leat_step_failed(task->root, NULL, status);
}

static leat_status add_chunk(struct leat_aggregator *aggregator, const struct leat_chunk *chunk,
                             leat_error *err)
{
    uint32_t hashes[RECORDS_AT_ONCE];

    for (size_t start = 0; start < chunk->count; start += RECORDS_AT_ONCE) {
        size_t left = chunk->count - start;
        size_t count = left < RECORDS_AT_ONCE ? left : RECORDS_AT_ONCE;
        const leat_record *records = &chunk->records[start];
        size_t added;

        for (size_t i = 0; i < count; i++)
            hashes[i] = leat_key_hash(records[i].key);
        LEAT_TRY(leat_aggregator_add_many(aggregator, hashes, records, count, true, &added, err));
    }
    return LEAT_OK;
}

leat_status leat_combine_read(struct leat_task *task, const struct leat_wide *wide,
                              struct leat_aggregator *aggregator)
{
    struct leat_wide_reader reader;
    leat_error err = {LEAT_OK, ""};
    leat_status status = LEAT_OK;
    bool stop = false;

    leat_wide_reader_init(&reader, wide, 0, task->root->partition);
    while (status == LEAT_OK && !stop) {
        status = leat_wide_reader_next(&reader, &err);
        if (status != LEAT_OK || reader.chunk.count == 0)
            break;
        status = add_chunk(aggregator, &reader.chunk, &err);
        if (status == LEAT_OK)
            status = leat_wide_breathe(task, &stop);
    }
    leat_wide_reader_release(&reader);
    return status == LEAT_OK ? LEAT_OK : leat_wide_fail(task, status, &err);
}

static leat_status put_out(struct leat_task *task, struct leat_aggregator *aggregator)
{
    static const int64_t zero = 0;
    struct leat_aggregate one = {.timestamp_ms = -1};
    leat_error err = {LEAT_OK, ""};
    bool any = false;
    bool done = false;
    bool stop = false;

    while (!stop) {
        leat_status status = leat_aggregator_next(aggregator, &one, &done, &err);

        if (status != LEAT_OK)
            return leat_wide_fail(task, status, &err);
        if (done)
            break;
        any = true;
        LEAT_TRY(emit(task, &one));
        LEAT_TRY(leat_wide_breathe(task, &stop));
    }
    if (any || task->root->rdd->node.kind != LEAT_OPERATOR_COUNT)
        return LEAT_OK;
    one.value = (leat_bytes){(const char *)&zero, sizeof zero};
    return emit(task, &one);
}

static leat_status run(struct leat_task *task, struct leat_wide *wide)
{
    struct leat_aggregator_options options = {.combiner = wide->rdd->node.combiner,
                                              .task = task,
                                              .budget = &task->batch->budget,
                                              .spill = task->batch->spill};
    struct leat_aggregator *aggregator = NULL;
    leat_error err = {LEAT_OK, ""};
    leat_status status = leat_aggregator_create(&options, &aggregator, &err);

    if (status != LEAT_OK)
        return leat_wide_fail(task, status, &err);
    status = leat_combine_read(task, wide, aggregator);
    if (status == LEAT_OK)
        status = put_out(task, aggregator);
    leat_aggregator_destroy(aggregator);
    return status;
}

const struct leat_wide_ops leat_combine_ops = {.combines = true, .run = run};
