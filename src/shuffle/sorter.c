/*
 * sorter: see sorter.h.
 *
 * Items lie in blocks in the order they came. When the budget ends, or all is there, they are
 * sorted through entries that point to them; room for the entries was taken from the budget as the
 * items came.
 */
#include "shuffle/sorter.h"

#include <assert.h>

#include "base/memory.h"
#include "shuffle/merge.h"
#include "shuffle/sorter_internal.h"

enum {
    FIRST_BLOCK_BYTES = 1 << 10,
    MERGED_RUNS_MAX = 128, /* At once; each has a segment in memory. */
    KEPT_BYTES_MAX = 1 << 20,
    SORT_BYTES = 2 * (int)sizeof(struct leat_sort_entry) /* For each item. */
};

struct block {
    struct block *next;
    size_t used;
    size_t capacity;
    uint64_t bytes[]; /* Items, aligned for their heads. */
};

struct leat_sorter {
    struct leat_budget *budget;    /* Borrowed. */
    struct leat_spill_file *spill; /* Borrowed. */
    struct leat_order order;
    uint64_t count;
    struct block *first; /* Owned. */
    struct block *last;
    size_t in_memory;                /* Items in blocks. */
    size_t sort_bytes;               /* Taken for their entries. */
    size_t taken_bytes;              /* All that was taken. */
    struct leat_sort_entry *entries; /* Owned; sorted once finished. */
    struct leat_run_writer writer;
    struct leat_run *runs; /* Owned, in order of arrival. */
    size_t run_count;
    size_t run_capacity;
    struct leat_merge merge;
    char *value; /* Owned; one that was apart. */
    size_t value_capacity;
    bool is_finished;
};

leat_status leat_sorter_create(const struct leat_sorter_options *options, struct leat_sorter **out,
                               leat_error *err)
{
    struct leat_sorter *sorter = leat_alloc(1, sizeof *sorter);

    if (sorter == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a sorter");
    sorter->budget = options->budget;
    sorter->spill = options->spill;
    sorter->order.compare = options->compare;
    sorter->order.context = options->compare_context;
    sorter->order.descending = options->compare != NULL && options->descending;
    leat_run_writer_init(&sorter->writer, options->budget, options->spill);
    *out = sorter;
    return LEAT_OK;
}

/* ---- what is in memory ---- */

static void forget_blocks(struct leat_sorter *sorter)
{
    struct block *block = sorter->first;

    while (block != NULL) {
        struct block *next = block->next;

        leat_free(block);
        block = next;
    }
    sorter->first = sorter->last = NULL;
    leat_free(sorter->entries);
    sorter->entries = NULL;
    leat_budget_give(sorter->budget, sorter->taken_bytes);
    sorter->in_memory = sorter->sort_bytes = sorter->taken_bytes = 0;
}

/* Makes sorter->entries, sorted. */
static leat_status sort_blocks(struct leat_sorter *sorter, leat_error *err)
{
    size_t count = sorter->in_memory;
    struct leat_sort_entry *entries, *scratch, *sorted;
    size_t at = 0;

    if (count == 0)
        return LEAT_OK;
    entries = leat_grow(NULL, count, sizeof *entries);
    scratch = leat_grow(NULL, count, sizeof *scratch);
    if (entries == NULL || scratch == NULL) {
        leat_free(entries);
        leat_free(scratch);
        return leat_fail(err, LEAT_NO_MEMORY, "no memory to sort %zu records", count);
    }
    for (const struct block *block = sorter->first; block != NULL; block = block->next) {
        const char *bytes = (const char *)block->bytes;

        for (size_t used = 0; used < block->used;) {
            const struct leat_item *item = (const struct leat_item *)(const void *)(bytes + used);

            entries[at++] = (struct leat_sort_entry){item->hash, item};
            used += leat_item_size(item);
        }
    }
    assert(at == count);
    sorted = leat_order_sort(&sorter->order, entries, scratch, count);
    leat_free(sorted == entries ? scratch : entries);
    sorter->entries = sorted;
    return LEAT_OK;
}

/* ---- runs ---- */

static leat_status reserve_run(struct leat_sorter *sorter, leat_error *err)
{
    size_t capacity = sorter->run_capacity == 0 ? 8 : 2 * sorter->run_capacity;
    struct leat_run *grown;

    if (sorter->run_count < sorter->run_capacity)
        return LEAT_OK;
    grown = leat_grow(sorter->runs, capacity, sizeof *grown);
    if (grown == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for %zu sorted runs", capacity);
    sorter->runs = grown;
    sorter->run_capacity = capacity;
    return LEAT_OK;
}

leat_status leat_sorter_end_run(struct leat_sorter *sorter, leat_error *err)
{
    LEAT_TRY(reserve_run(sorter, err));
    LEAT_TRY(leat_run_writer_finish(&sorter->writer, &sorter->runs[sorter->run_count], err));
    sorter->run_count++;
    return LEAT_OK;
}

static leat_status write_entries(struct leat_sorter *sorter, leat_error *err)
{
    for (size_t i = 0; i < sorter->in_memory; i++) {
        const struct leat_item *item = sorter->entries[i].item;
        const char *key = leat_item_bytes(item);

        LEAT_TRY(leat_run_writer_put(&sorter->writer, item, key,
                                     key + leat_size_length(item->key_size), err));
    }
    return leat_sorter_end_run(sorter, err);
}

static leat_status spill_blocks(struct leat_sorter *sorter, leat_error *err)
{
    leat_status status;

    LEAT_TRY(sort_blocks(sorter, err));
    status = write_entries(sorter, err);
    if (status == LEAT_OK) {
        forget_blocks(sorter);
        return LEAT_OK;
    }
    leat_run_writer_release(&sorter->writer); /* All is in memory still. */
    leat_free(sorter->entries);
    sorter->entries = NULL;
    return status;
}

/* ---- adding ---- */

static leat_status take(struct leat_sorter *sorter, size_t bytes, leat_error *err)
{
    if (!leat_budget_take(sorter->budget, bytes)) {
        if (sorter->taken_bytes >= LEAT_BUDGET_FLOOR_BYTES)
            LEAT_TRY(spill_blocks(sorter, err));
        leat_budget_force(sorter->budget, bytes);
    }
    sorter->taken_bytes += bytes;
    return LEAT_OK;
}

static size_t next_capacity(const struct leat_sorter *sorter, size_t size)
{
    size_t capacity = sorter->last == NULL ? FIRST_BLOCK_BYTES : sorter->last->capacity * 4;

    if (capacity > LEAT_BUDGET_BLOCK_BYTES - sizeof(struct block))
        capacity = LEAT_BUDGET_BLOCK_BYTES - sizeof(struct block);
    return capacity < size ? size : capacity;
}

static leat_status add_block(struct leat_sorter *sorter, size_t size, leat_error *err)
{
    size_t capacity = next_capacity(sorter, size);
    struct block *block;

    LEAT_TRY(take(sorter, sizeof *block + capacity, err));
    block = leat_grow(NULL, 1, sizeof *block + capacity);
    if (block == NULL) {
        leat_budget_give(sorter->budget, sizeof *block + capacity);
        sorter->taken_bytes -= sizeof *block + capacity;
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a block of %zu bytes of records",
                         capacity);
    }
    *block = (struct block){.capacity = capacity};
    if (sorter->last == NULL)
        sorter->first = block;
    else
        sorter->last->next = block;
    sorter->last = block;
    return LEAT_OK;
}

/* Entries for one more item; in steps that begin small. */
static leat_status reserve_entry(struct leat_sorter *sorter, leat_error *err)
{
    size_t more = sorter->sort_bytes;

    if ((sorter->in_memory + 1) * SORT_BYTES <= sorter->sort_bytes)
        return LEAT_OK;
    if (more < FIRST_BLOCK_BYTES)
        more = FIRST_BLOCK_BYTES;
    if (more > LEAT_BUDGET_BLOCK_BYTES)
        more = LEAT_BUDGET_BLOCK_BYTES;
    LEAT_TRY(take(sorter, more, err));
    sorter->sort_bytes += more;
    return LEAT_OK;
}

static struct leat_item head_of(const struct leat_sorted *record)
{
    return (struct leat_item){.hash = record->hash,
                              .tag = record->tag,
                              .key_size = leat_size_code(record->key),
                              .value_size = leat_size_code(record->value),
                              .timestamp_ms = record->timestamp_ms};
}

static leat_status check_sizes(const struct leat_sorted *record, leat_error *err)
{
    if (record->key.size < LEAT_SIZE_NULL && record->value.size < LEAT_SIZE_NULL)
        return LEAT_OK;
    return leat_fail(err, LEAT_LIMIT,
                     "a record with a key of %zu bytes and a value of %zu bytes cannot be sorted: "
                     "each has to be smaller than 4 GiB",
                     record->key.size, record->value.size);
}

leat_status leat_sorter_add(struct leat_sorter *sorter, const struct leat_sorted *record,
                            leat_error *err)
{
    struct leat_item head = head_of(record);
    size_t size;
    char *at;

    assert(!sorter->is_finished && record->tag <= LEAT_ITEM_TAG_MAX);
    LEAT_TRY(check_sizes(record, err));
    size = leat_item_size(&head);
    LEAT_TRY(reserve_entry(sorter, err));
    if (sorter->last == NULL || sorter->last->capacity - sorter->last->used < size)
        LEAT_TRY(add_block(sorter, size, err));
    at = (char *)sorter->last->bytes + sorter->last->used;
    memcpy(at, &head, sizeof head);
    leat_copy_bytes(at + sizeof head, record->key.data, leat_size_length(head.key_size));
    leat_copy_bytes(at + sizeof head + leat_size_length(head.key_size), record->value.data,
                    leat_size_length(head.value_size));
    sorter->last->used += size;
    sorter->in_memory++;
    sorter->count++;
    return LEAT_OK;
}

leat_status leat_sorter_put_in_run(struct leat_sorter *sorter, const struct leat_sorted *record,
                                   leat_error *err)
{
    struct leat_item head = head_of(record);

    assert(!sorter->is_finished && sorter->in_memory == 0);
    LEAT_TRY(check_sizes(record, err));
    LEAT_TRY(
        leat_run_writer_put(&sorter->writer, &head, record->key.data, record->value.data, err));
    sorter->count++;
    return LEAT_OK;
}

/* ---- merging ---- */

static leat_status merge_into_writer(struct leat_sorter *sorter, struct leat_merge *merge,
                                     leat_error *err)
{
    const struct leat_item *item;

    for (;;) {
        const char *key;

        LEAT_TRY(leat_merge_next(merge, &item, err));
        if (item == NULL)
            return LEAT_OK;
        key = leat_item_bytes(item);
        LEAT_TRY(leat_run_writer_put(&sorter->writer, item, key,
                                     key + leat_size_length(item->key_size), err));
    }
}

/* Runs [first, first + count) become one, in their place. */
static leat_status merge_runs(struct leat_sorter *sorter, size_t first, size_t count,
                              leat_error *err)
{
    struct leat_merge_input input = {.runs = &sorter->runs[first],
                                     .run_count = count,
                                     .budget = sorter->budget,
                                     .spill = sorter->spill};
    struct leat_run merged = {0};
    struct leat_merge merge;
    leat_status status;

    LEAT_TRY(leat_merge_init(&merge, &sorter->order, &input, err));
    status = merge_into_writer(sorter, &merge, err);
    leat_merge_release(&merge);
    if (status == LEAT_OK)
        status = leat_run_writer_finish(&sorter->writer, &merged, err);
    leat_run_writer_release(&sorter->writer);
    if (status != LEAT_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        leat_run_release(&sorter->runs[first + i]);
    sorter->runs[first] = merged;
    memmove(&sorter->runs[first + 1], &sorter->runs[first + count],
            (sorter->run_count - first - count) * sizeof *sorter->runs);
    sorter->run_count -= count - 1;
    return LEAT_OK;
}

/* Neighbours only, so that equal records stay in the order they came; no more than needed; and what
 * was merged is not merged again before all others were. */
static leat_status reduce_runs(struct leat_sorter *sorter, leat_error *err)
{
    size_t first = 0;

    while (sorter->run_count > MERGED_RUNS_MAX) {
        size_t count = sorter->run_count - MERGED_RUNS_MAX + 1;

        if (count > MERGED_RUNS_MAX)
            count = MERGED_RUNS_MAX;
        if (count > sorter->run_count - first)
            count = sorter->run_count - first;
        if (count < 2) {
            first = 0;
            continue;
        }
        LEAT_TRY(merge_runs(sorter, first, count, err));
        first++;
    }
    return LEAT_OK;
}

leat_status leat_sorter_finish(struct leat_sorter *sorter, leat_error *err)
{
    struct leat_merge_input input = {.budget = sorter->budget, .spill = sorter->spill};

    assert(!sorter->is_finished);
    LEAT_TRY(reduce_runs(sorter, err));
    if (sorter->entries == NULL)
        LEAT_TRY(sort_blocks(sorter, err));
    input.runs = sorter->runs;
    input.run_count = sorter->run_count;
    input.entries = sorter->entries;
    input.entry_count = sorter->in_memory;
    LEAT_TRY(leat_merge_init(&sorter->merge, &sorter->order, &input, err));
    sorter->is_finished = true;
    return LEAT_OK;
}

/* ---- reading ---- */

/* A huge one's memory is not kept for the next. */
static leat_status load_value(struct leat_sorter *sorter, const struct leat_item *item,
                              leat_error *err)
{
    size_t size = item->value_size;
    int64_t offset;

    memcpy(&offset, leat_item_bytes(item) + leat_size_length(item->key_size), sizeof offset);
    if (size > sorter->value_capacity || sorter->value_capacity > KEPT_BYTES_MAX) {
        char *grown = leat_grow(NULL, size, 1);

        if (grown == NULL)
            return leat_fail(err, LEAT_NO_MEMORY, "no memory for a value of %zu bytes", size);
        leat_budget_give(sorter->budget, sorter->value_capacity);
        leat_budget_force(sorter->budget, size);
        leat_free(sorter->value);
        sorter->value = grown;
        sorter->value_capacity = size;
    }
    return leat_spill_file_read(sorter->spill, offset, sorter->value, size, err);
}

leat_status leat_sorter_next(struct leat_sorter *sorter, struct leat_sorted *out, bool *out_done,
                             leat_error *err)
{
    const struct leat_item *item;
    leat_bytes value;

    assert(sorter->is_finished);
    LEAT_TRY(leat_merge_next(&sorter->merge, &item, err));
    *out_done = item == NULL;
    if (item == NULL)
        return LEAT_OK;
    if (leat_item_is_apart(item)) {
        LEAT_TRY(load_value(sorter, item, err));
        value = (leat_bytes){sorter->value, item->value_size};
    } else {
        value = leat_item_value(item);
    }
    *out = (struct leat_sorted){.hash = item->hash,
                                .tag = item->tag & LEAT_ITEM_TAG_MAX,
                                .key = leat_item_key(item),
                                .value = value,
                                .timestamp_ms = item->timestamp_ms};
    return LEAT_OK;
}

uint64_t leat_sorter_count(const struct leat_sorter *sorter)
{
    return sorter->count;
}

void leat_sorter_destroy(struct leat_sorter *sorter)
{
    if (sorter == NULL)
        return;
    leat_merge_release(&sorter->merge);
    for (size_t i = 0; i < sorter->run_count; i++)
        leat_run_release(&sorter->runs[i]);
    leat_free(sorter->runs);
    leat_run_writer_release(&sorter->writer);
    forget_blocks(sorter);
    leat_budget_give(sorter->budget, sorter->value_capacity);
    leat_free(sorter->value);
    leat_free(sorter);
}
