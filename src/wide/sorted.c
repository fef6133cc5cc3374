/* sorted: see sorted.h. */
#include "wide/sorted.h"

#include <string.h>

static leat_status add_chunk(struct leat_sorter *sorter, const struct leat_chunk *chunk, int tag,
                             leat_error *err)
{
    for (size_t i = 0; i < chunk->count; i++) {
        const leat_record *record = &chunk->records[i];
        struct leat_sorted sorted = {.hash = leat_key_hash(record->key),
                                     .tag = (uint32_t)tag,
                                     .key = record->key,
                                     .value = record->value,
                                     .timestamp_ms = record->timestamp_ms};

        LEAT_TRY(leat_sorter_add(sorter, &sorted, err));
    }
    return LEAT_OK;
}

static leat_status add_side(struct leat_task *task, struct leat_wide *wide, int side,
                            struct leat_sorter *sorter, leat_error *err)
{
    struct leat_wide_reader reader;
    int tag = wide->ops->right_first ? 1 - side : side;
    leat_status status;
    bool stop = false;

    leat_wide_reader_init(&reader, wide, side, task->root->partition);
    do {
        status = leat_wide_reader_next(&reader, err);
        if (status == LEAT_OK)
            status = add_chunk(sorter, &reader.chunk, tag, err);
        if (status == LEAT_OK)
            status = leat_wide_breathe(task, &stop);
    } while (status == LEAT_OK && reader.chunk.count > 0);
    leat_wide_reader_release(&reader);
    return status;
}

leat_status leat_sorted_open(struct leat_task *task, struct leat_wide *wide,
                             struct leat_sorter **out)
{
    struct leat_sorter_options options = {.budget = &task->batch->budget,
                                          .spill = task->batch->spill};
    struct leat_sorter *sorter = NULL;
    leat_error err = {LEAT_OK, ""};
    leat_status status = leat_sorter_create(&options, &sorter, &err);

    for (size_t side = 0; status == LEAT_OK && side < wide->rdd->parent_count; side++)
        status = add_side(task, wide, (int)side, sorter, &err);
    if (status == LEAT_OK)
        status = leat_sorter_finish(sorter, &err);
    if (status != LEAT_OK) {
        leat_sorter_destroy(sorter);
        return leat_wide_fail(task, status, &err);
    }
    *out = sorter;
    return LEAT_OK;
}

/* ---- key by key ---- */

leat_status leat_key_groups_step(struct leat_key_groups *groups)
{
    leat_error err = {LEAT_OK, ""};
    leat_status status = leat_sorter_next(groups->sorter, &groups->ahead, &groups->done, &err);

    return status == LEAT_OK ? LEAT_OK : leat_wide_fail(groups->task, status, &err);
}

leat_status leat_key_groups_begin(struct leat_key_groups *groups, struct leat_task *task,
                                  struct leat_sorter *sorter)
{
    *groups = (struct leat_key_groups){.task = task, .sorter = sorter};
    return leat_key_groups_step(groups);
}

void leat_key_groups_release(struct leat_key_groups *groups)
{
    leat_buffer_release(&groups->key);
}

leat_status leat_key_groups_enter(struct leat_key_groups *groups)
{
    leat_bytes key = groups->ahead.key;

    groups->hash = groups->ahead.hash;
    groups->key_is_null = key.data == NULL;
    leat_buffer_reset(&groups->key);
    if (leat_buffer_append(&groups->key, key.size == 0 ? "" : key.data, key.size) &&
        leat_buffer_reserve(&groups->key, 1))
        return LEAT_OK;
    return leat_task_break(groups->task, LEAT_NO_MEMORY, NULL);
}

leat_bytes leat_key_groups_key(const struct leat_key_groups *groups)
{
    if (groups->key_is_null)
        return (leat_bytes){NULL, 0};
    return (leat_bytes){groups->key.data, groups->key.size};
}

leat_record leat_key_groups_record(const struct leat_key_groups *groups)
{
    return (leat_record){.key = leat_key_groups_key(groups),
                         .value = groups->ahead.value,
                         .timestamp_ms = groups->ahead.timestamp_ms,
                         .offset = -1};
}

bool leat_key_groups_has(const struct leat_key_groups *groups, int tag)
{
    return !groups->done && groups->ahead.hash == groups->hash &&
           (tag < 0 || groups->ahead.tag == (uint32_t)tag) &&
           leat_bytes_equal(groups->ahead.key, leat_key_groups_key(groups));
}

leat_status leat_key_groups_keep(struct leat_key_groups *groups, int tag,
                                 struct leat_record_list *list)
{
    leat_error err = {LEAT_OK, ""};

    while (leat_key_groups_has(groups, tag)) {
        leat_record record = leat_key_groups_record(groups);
        leat_status status = leat_record_list_append(list, &record, &err);

        if (status != LEAT_OK)
            return leat_wide_fail(groups->task, status, &err);
        LEAT_TRY(leat_key_groups_step(groups));
    }
    return LEAT_OK;
}
