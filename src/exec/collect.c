/* collect: collect, take and is_empty: copies that live as long as the batch, see leat/rdd.h. */
#include <string.h>

#include "exec/batch_internal.h"

struct collected {
    leat_record *records; /* Owned until given to the batch. */
    size_t count;
    size_t capacity;
    struct leat_arena *arena;
};

struct collection {
    struct collected *partitions;
    size_t most; /* Enough; SIZE_MAX: all. */
};

static bool copy_bytes(struct leat_arena *arena, leat_bytes *bytes)
{
    if (bytes->data == NULL)
        return true;
    bytes->data = leat_arena_copy(arena, bytes->data, bytes->size);
    return bytes->data != NULL;
}

/* The copy has no headers: those belong to the reader and go with the chunk. */
static bool collect_record(struct collected *into, const leat_record *record)
{
    if (into->count == into->capacity) {
        size_t capacity = into->capacity == 0 ? 64 : into->capacity * 2;
        leat_record *grown = leat_arena_alloc(into->arena, capacity * sizeof *grown);

        if (grown == NULL)
            return false;
        if (into->count > 0)
            memcpy(grown, into->records, into->count * sizeof *grown);
        into->records = grown;
        into->capacity = capacity;
    }
    into->records[into->count] = *record;
    into->records[into->count].headers = NULL;
    return copy_bytes(into->arena, &into->records[into->count].key) &&
           copy_bytes(into->arena, &into->records[into->count].value) && ++into->count > 0;
}

static leat_status collect_open(struct leat_terminal *terminal, const struct leat_terminal_task *at,
                                leat_error *err)
{
    struct collection *collection = terminal->context;
    struct collected *into = &collection->partitions[at->partition];

    *into = (struct collected){.arena = leat_batch_keep_arena(leat_task_batch(at->task))};
    if (into->arena == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory");
    return LEAT_OK;
}

static leat_status collect_push(struct leat_terminal *terminal, const struct leat_terminal_task *at,
                                const struct leat_chunk *chunk, bool *out_enough, leat_error *err)
{
    struct collection *collection = terminal->context;
    struct collected *into = &collection->partitions[at->partition];

    for (size_t i = 0; i < chunk->count && into->count < collection->most; i++)
        if (!collect_record(into, &chunk->records[i]))
            return leat_fail(err, LEAT_LIMIT,
                             "more than %zu records exceed leat.memory.limit; use "
                             "foreach_partition",
                             into->count);
    *out_enough = into->count >= collection->most;
    return LEAT_OK;
}

static const struct leat_terminal_ops collect_ops = {
    .state_bytes = 0, .open = collect_open, .push = collect_push};

/* One array of all partitions' records, in their order. */
static leat_status join_collected(leat_rdd *rdd, const struct collection *collection, size_t most,
                                  const leat_record **out_records, size_t *out_count)
{
    leat_record *all;
    size_t count = 0;

    for (size_t i = 0; i < rdd->partitions; i++)
        count += collection->partitions[i].count;
    all = leat_batch_alloc(rdd->batch, (count + 1) * sizeof *all);
    if (all == NULL)
        return leat_rdd_fail(rdd, LEAT_LIMIT, "%zu records exceed leat.memory.limit", count);
    count = 0;
    for (size_t i = 0; i < rdd->partitions; i++)
        for (size_t j = 0; j < collection->partitions[i].count && count < most; j++)
            all[count++] = collection->partitions[i].records[j];
    *out_records = all;
    *out_count = count;
    return LEAT_OK;
}

leat_status leat_rdd_collect(leat_rdd *rdd, const leat_record **out_records, size_t *out_count)
{
    struct collection collection = {.most = SIZE_MAX};
    struct leat_terminal terminal = {.ops = &collect_ops, .name = "collect"};

    if (rdd == NULL)
        return LEAT_INVALID;
    collection.partitions =
        leat_batch_alloc(rdd->batch, (rdd->partitions + 1) * sizeof *collection.partitions);
    if (collection.partitions == NULL)
        return leat_rdd_fail(rdd, LEAT_NO_MEMORY, "collect: no memory");
    terminal.context = &collection;
    LEAT_TRY(leat_action_run(rdd, &terminal));
    return join_collected(rdd, &collection, SIZE_MAX, out_records, out_count);
}

leat_status leat_pass_take(leat_rdd *rdd, size_t max, const leat_record **out_records,
                           size_t *out_count, leat_error *err)
{
    struct collection collection = {.most = max};
    struct leat_terminal terminal = {
        .ops = &collect_ops, .name = "take", .rdd = rdd, .context = &collection};
    size_t count = 0;

    terminal.where = rdd->batch->running;
    collection.partitions =
        leat_batch_alloc(rdd->batch, (rdd->partitions + 1) * sizeof *collection.partitions);
    if (collection.partitions == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "take: no memory");
    for (size_t i = 0; i < rdd->partitions && count < max; i++) {
        collection.most = max - count;
        LEAT_TRY(leat_pass_run_partition(rdd->batch, &terminal, (int32_t)i, err));
        count += collection.partitions[i].count;
    }
    if (join_collected(rdd, &collection, max, out_records, out_count) != LEAT_OK)
        return leat_batch_error(rdd->batch, err);
    return LEAT_OK;
}

leat_status leat_rdd_take(leat_rdd *rdd, size_t max, const leat_record **out_records,
                          size_t *out_count)
{
    leat_error err = {LEAT_OK, ""};
    leat_status status;

    if (rdd == NULL)
        return LEAT_INVALID;
    status = leat_pass_take(rdd, max, out_records, out_count, &err);
    if (status != LEAT_OK)
        leat_batch_fail(rdd->batch, &err);
    return status;
}

leat_status leat_rdd_is_empty(leat_rdd *rdd, bool *out_empty)
{
    const leat_record *records;
    size_t count = 0;

    LEAT_TRY(leat_rdd_take(rdd, 1, &records, &count));
    *out_empty = count == 0;
    return LEAT_OK;
}
