/*
 * shuffle_write: the terminal that takes a parent partition's records apart by where they go.
 *
 * With a combiner, a small table combines what comes close together before it is written; a stream
 * that does not combine is written as it is. The table does not spill: when memory is short it is
 * written sooner, and the lists spill.
 */
#include <inttypes.h>

#include "base/memory.h"
#include "exec/wide.h"
#include "record/pair.h"

enum {
    TABLE_KEYS_MAX = 1 << 15, /* Then the table is written: it stays in the cache. */
    RECORDS_AT_ONCE = 256,    /* The aggregator looks ahead in them. */
    COMBINES_MIN_RECORDS_PER_KEY_PERCENT = 150
};

struct write {
    struct leat_record_list *lists; /* Owned until the attempt succeeds. */
    struct leat_aggregator *aggregator;
    bool pays; /* Combining does; judged at each full table. */
    uint32_t turn;
    struct leat_buffer pair; /* The key of a distinct record. */
};

static struct leat_wide *wide_of(const struct leat_terminal *terminal)
{
    return terminal->context;
}

static leat_status open_write(struct leat_terminal *terminal, const struct leat_terminal_task *at,
                              leat_error *err)
{
    struct leat_wide *wide = wide_of(terminal);
    struct leat_batch *batch = leat_task_batch(at->task);
    struct write *write = at->state;

    write->lists = leat_alloc(wide->partitions, sizeof *write->lists);
    if (write->lists == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for %" PRIu32 " partitions",
                         wide->partitions);
    for (uint32_t i = 0; i < wide->partitions; i++)
        leat_record_list_init(&write->lists[i], &batch->lists_budget, batch->spill);
    write->turn = (uint32_t)at->partition;
    write->pays = true;
    if (wide->ops->combines) {
        struct leat_aggregator_options options = {.combiner = wide->rdd->node.combiner,
                                                  .task = at->task,
                                                  .budget = &batch->budget,
                                                  .keys_max = TABLE_KEYS_MAX};
        leat_status status = leat_aggregator_create(&options, &write->aggregator, err);

        if (status != LEAT_OK) {
            leat_free(write->lists);
            return status;
        }
    }
    return LEAT_OK;
}

static leat_status place(const struct leat_wide *wide, struct write *write, int32_t from,
                         uint32_t hash, leat_bytes key, uint32_t *out, leat_error *err)
{
    if (wide->ops->keeps_partitions)
        *out = (uint32_t)from;
    else if (wide->ops->folds)
        *out = (uint32_t)from % wide->partitions;
    else if (wide->ops->spreads)
        *out = write->turn++ % wide->partitions;
    else
        *out = leat_wide_partition(wide, hash, key);
    if (*out >= wide->partitions)
        return leat_fail(err, LEAT_INVALID,
                         "the partitioner returned %" PRIu32 ", and there are %" PRIu32
                         " partitions",
                         *out, wide->partitions);
    return LEAT_OK;
}

static leat_status append(const struct leat_wide *wide, struct write *write, int32_t from,
                          uint32_t hash, const leat_record *record, leat_error *err)
{
    leat_bytes key = record->key;
    uint32_t partition;

    if (wide->rdd->node.keying == LEAT_KEYING_PAIR) { /* Goes where its key goes. */
        leat_bytes value;

        leat_pair_split(record->key, &key, &value);
        hash = leat_key_hash(key);
    }
    LEAT_TRY(place(wide, write, from, hash, key, &partition, err));
    return leat_record_list_append(&write->lists[partition], record, err);
}

/* Writes the table's combinations and empties it. */
static leat_status drain(const struct leat_wide *wide, struct write *write, int32_t from,
                         leat_error *err)
{
    struct leat_aggregate one;
    bool done = false;

    for (;;) {
        leat_record record = {.offset = -1};

        LEAT_TRY(leat_aggregator_next(write->aggregator, &one, &done, err));
        if (done)
            break;
        record.key = one.key;
        record.value = one.value;
        record.timestamp_ms = one.timestamp_ms;
        LEAT_TRY(append(wide, write, from, one.hash, &record, err));
    }
    leat_aggregator_reset(write->aggregator);
    return LEAT_OK;
}

/* A single value is its own combination unless the combiner begins with something else. */
static bool may_pass_by(const struct leat_combiner *combiner)
{
    return combiner->create == NULL && !combiner->has_zero;
}

static leat_status drain_full(const struct leat_wide *wide, struct write *write, int32_t from,
                              leat_error *err)
{
    uint64_t percent =
        leat_aggregator_added(write->aggregator) * 100 / leat_aggregator_keys(write->aggregator);

    write->pays =
        percent >= COMBINES_MIN_RECORDS_PER_KEY_PERCENT || !may_pass_by(&wide->rdd->node.combiner);
    return drain(wide, write, from, err);
}

/* What the operator takes of the record; false when memory is out. */
static bool take(enum leat_keying keying, const leat_record *record, struct leat_buffer *pair,
                 leat_record *out)
{
    static const int64_t one = 1;

    *out = *record;
    switch (keying) {
    case LEAT_KEYING_RECORD:
        break;
    case LEAT_KEYING_NULL:
        out->key = (leat_bytes){NULL, 0};
        break;
    case LEAT_KEYING_NULL_ONE:
        out->key = (leat_bytes){NULL, 0};
        out->value = (leat_bytes){(const char *)&one, sizeof one};
        break;
    case LEAT_KEYING_VALUE_ONE:
        out->key = record->value;
        out->value = (leat_bytes){(const char *)&one, sizeof one};
        break;
    case LEAT_KEYING_PAIR:
        leat_buffer_reset(pair);
        if (!leat_pair_append(pair, record))
            return false;
        out->key = (leat_bytes){pair->data, pair->size};
        out->value = (leat_bytes){NULL, 0};
        break;
    }
    return true;
}

static bool is_by_key(const struct leat_wide_ops *ops)
{
    return !ops->keeps_partitions && !ops->folds && !ops->spreads && !ops->gathers;
}

static leat_status put(const struct leat_wide *wide, struct write *write, int32_t from,
                       const uint32_t *hashes, const leat_record *records, size_t count,
                       leat_error *err)
{
    size_t added;

    if (wide->ops->combines && write->pays) {
        LEAT_TRY(leat_aggregator_add_many(write->aggregator, hashes, records, count, false, &added,
                                          err));
        return leat_aggregator_is_full(write->aggregator) ? drain_full(wide, write, from, err)
                                                          : LEAT_OK;
    }
    for (size_t i = 0; i < count; i++)
        LEAT_TRY(append(wide, write, from, hashes[i], &records[i], err));
    return LEAT_OK;
}

/* One after the other where there is one buffer for the key. */
static size_t most_at_once(enum leat_keying keying)
{
    return keying == LEAT_KEYING_PAIR ? 1 : RECORDS_AT_ONCE;
}

static leat_status push(struct leat_terminal *terminal, const struct leat_terminal_task *at,
                        const struct leat_chunk *chunk, bool *out_enough, leat_error *err)
{
    const struct leat_wide *wide = wide_of(terminal);
    enum leat_keying keying = wide->rdd->node.keying;
    struct write *write = at->state;
    bool by_key = is_by_key(wide->ops);
    size_t most = most_at_once(keying);
    leat_record taken[RECORDS_AT_ONCE];
    uint32_t hashes[RECORDS_AT_ONCE];

    (void)out_enough;
    for (size_t start = 0; start < chunk->count; start += most) {
        size_t count = chunk->count - start < most ? chunk->count - start : most;
        const leat_record *records = &chunk->records[start];

        for (size_t i = 0; keying != LEAT_KEYING_RECORD && i < count; i++)
            if (!take(keying, &records[i], &write->pair, &taken[i]))
                return leat_fail(err, LEAT_NO_MEMORY, "no memory for a key");
        if (keying != LEAT_KEYING_RECORD)
            records = taken;
        for (size_t i = 0; i < count; i++)
            hashes[i] = by_key ? leat_key_hash(records[i].key) : 0;
        LEAT_TRY(put(wide, write, at->partition, hashes, records, count, err));
    }
    return LEAT_OK;
}

static leat_status take_one(struct leat_terminal *terminal, const struct leat_terminal_task *at,
                            const leat_record *emitted, leat_error *err)
{
    const struct leat_wide *wide = wide_of(terminal);
    struct write *write = at->state;
    const leat_record *record = emitted;
    leat_record taken;
    uint32_t hash;

    if (wide->rdd->node.keying != LEAT_KEYING_RECORD) {
        (void)take(wide->rdd->node.keying, emitted, NULL, &taken);
        record = &taken;
    }
    hash = leat_key_hash(record->key);
    if (!write->pays)
        return append(wide, write, at->partition, hash, record, err);
    LEAT_TRY(leat_aggregator_add(write->aggregator, hash, record, false, err));
    if (!leat_aggregator_is_full(write->aggregator))
        return LEAT_OK;
    return drain_full(wide, write, at->partition, err);
}

/* Combining numbers takes no function, and no view is kept; a pair would need a buffer. */
static bool takes_each(const struct leat_wide *wide)
{
    return wide->ops->combines && is_by_key(wide->ops) &&
           wide->rdd->node.keying != LEAT_KEYING_PAIR &&
           leat_combiner_is_numeric(&wide->rdd->node.combiner);
}

static void release(struct leat_terminal *terminal, struct write *write)
{
    leat_aggregator_destroy(write->aggregator);
    write->aggregator = NULL;
    leat_buffer_release(&write->pair);
    leat_shuffle_lists_release(write->lists, wide_of(terminal)->partitions);
    write->lists = NULL;
}

/* Nothing is appended any more: what is not full would stay in memory until the batch ends. */
static leat_status make_room(const struct leat_wide *wide, struct write *write,
                             const struct leat_budget *budget, leat_error *err)
{
    if (!leat_budget_is_exceeded(budget))
        return LEAT_OK;
    for (uint32_t i = 0; i < wide->partitions; i++)
        LEAT_TRY(leat_record_list_spill_last(&write->lists[i], err));
    return LEAT_OK;
}

/* The attempt succeeds: its lists become the shuffle's. */
static leat_status close_write(struct leat_terminal *terminal, const struct leat_terminal_task *at,
                               leat_error *err)
{
    struct leat_wide *wide = wide_of(terminal);
    struct write *write = at->state;
    int side = terminal == &wide->writes[1];
    leat_status status = LEAT_OK;

    if (write->aggregator != NULL)
        status = drain(wide, write, at->partition, err);
    if (status == LEAT_OK)
        status = make_room(wide, write, &leat_task_batch(at->task)->lists_budget, err);
    if (status == LEAT_OK) {
        leat_shuffle_lists_release(wide->lists[side][at->partition], wide->partitions);
        wide->lists[side][at->partition] = write->lists;
        write->lists = NULL;
    }
    release(terminal, write);
    return status;
}

static void abandon(struct leat_terminal *terminal, const struct leat_terminal_task *at)
{
    release(terminal, at->state);
}

void leat_shuffle_lists_release(struct leat_record_list *lists, uint32_t count)
{
    for (uint32_t i = 0; lists != NULL && i < count; i++)
        leat_record_list_release(&lists[i]);
    leat_free(lists);
}

void leat_shuffle_write_init(struct leat_wide *wide, int side, struct leat_terminal *out)
{
    static const struct leat_terminal_ops ops = {.state_bytes = sizeof(struct write),
                                                 .open = open_write,
                                                 .push = push,
                                                 .take = take_one,
                                                 .close = close_write,
                                                 .abandon = abandon};

    *out = (struct leat_terminal){.ops = &ops,
                                  .rdd = wide->rdd->parents[side],
                                  .name = leat_operator_name(wide->rdd->node.kind),
                                  .where = wide->rdd->node.where,
                                  .context = wide,
                                  .takes_each = takes_each(wide)};
}
