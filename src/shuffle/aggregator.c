/*
 * aggregator: see aggregator.h.
 *
 * Runs that are spilled are sorted by the table's tags, not by hashes, because the table all but
 * has that order already; the sorter is told tags where it asks for hashes.
 */
#include "shuffle/aggregator.h"

#include <assert.h>

#include "base/memory.h"
#include "shuffle/reducers.h"
#include "shuffle/sorter_internal.h"
#include "shuffle/table.h"

enum {
    SLOT_AHEAD = 32, /* Records between the fetching of a slot, of its entry, and their use. */
    ENTRY_AHEAD = 16,
    AHEAD_KEYS_MIN = 32 << 10, /* A smaller table is in the cache. */
    DRAIN_AHEAD = 8,
    KEPT_BUFFER_BYTES = 64 << 10
};

enum phase { ADDING, READING_TABLE, READING_SORTER };

struct leat_aggregator {
    struct leat_aggregator_options options;
    enum leat_reducer value_reducer; /* Both known, or both OTHER. */
    enum leat_reducer combination_reducer;
    struct leat_key_table table;
    struct leat_sorter *sorter; /* Owned; NULL: nothing was spilled. */
    struct leat_buffer scratch; /* What a reducer works in. */
    uint64_t added;
    leat_status failed; /* Records were lost: nothing more can be done with them. */
    enum phase phase;
    struct leat_key_table_cursor cursor;
    struct leat_buffer key;  /* Of the combination that is merged. */
    int64_t number;          /* The combination. */
    struct leat_sorted head; /* The next of the sorter. */
    bool has_head;
};

bool leat_combiner_is_numeric(const struct leat_combiner *combiner)
{
    return combiner->create == NULL &&
           leat_reducer_of(combiner->merge_value) != LEAT_REDUCER_OTHER &&
           leat_reducer_of(combiner->merge_combiners) != LEAT_REDUCER_OTHER &&
           (!combiner->has_zero ||
            (combiner->zero.data != NULL && combiner->zero.size == sizeof(int64_t)));
}

leat_status leat_aggregator_create(const struct leat_aggregator_options *options,
                                   struct leat_aggregator **out, leat_error *err)
{
    struct leat_aggregator *aggregator = leat_alloc(1, sizeof *aggregator);
    bool numbers = leat_combiner_is_numeric(&options->combiner);

    if (aggregator == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for an aggregation");
    aggregator->options = *options;
    if (options->keys_max == 0)
        aggregator->options.keys_max = SIZE_MAX;
    if (numbers) {
        aggregator->value_reducer = leat_reducer_of(options->combiner.merge_value);
        aggregator->combination_reducer = leat_reducer_of(options->combiner.merge_combiners);
    }
    leat_key_table_init(&aggregator->table, options->budget, options->table_bytes_max, numbers);
    *out = aggregator;
    return LEAT_OK;
}

static bool is_numeric(const struct leat_aggregator *aggregator)
{
    return aggregator->value_reducer != LEAT_REDUCER_OTHER;
}

/* ---- spilling ---- */

static leat_bytes value_of(const struct leat_aggregator *aggregator, const struct leat_entry *entry)
{
    if (is_numeric(aggregator))
        return (leat_bytes){(const char *)&entry->value.number, sizeof entry->value.number};
    return leat_key_table_value(entry);
}

static leat_status write_table(struct leat_aggregator *aggregator, leat_error *err)
{
    struct leat_key_table *table = &aggregator->table;

    if (aggregator->sorter == NULL)
        LEAT_TRY(
            leat_sorter_create(&(struct leat_sorter_options){.budget = aggregator->options.budget,
                                                             .spill = aggregator->options.spill},
                               &aggregator->sorter, err));
    leat_key_table_sort(table);
    for (size_t i = 0; i < table->keys; i++) {
        const struct leat_entry *entry = leat_key_table_entry(table, table->slots[i].place);
        struct leat_sorted record = {.hash = entry->tag,
                                     .key = leat_key_table_key(table, entry),
                                     .value = value_of(aggregator, entry),
                                     .timestamp_ms = entry->timestamp_ms};

        if (i + DRAIN_AHEAD < table->keys)
            __builtin_prefetch(leat_key_table_entry(table, table->slots[i + DRAIN_AHEAD].place));
        LEAT_TRY(leat_sorter_put_in_run(aggregator->sorter, &record, err));
    }
    return leat_sorter_end_run(aggregator->sorter, err);
}

static leat_status spill_table(struct leat_aggregator *aggregator, leat_error *err)
{
    aggregator->failed = write_table(aggregator, err);
    leat_key_table_reset(&aggregator->table);
    return aggregator->failed;
}

static leat_status make_room(struct leat_aggregator *aggregator, size_t entry_size, leat_error *err)
{
    bool can_spill = aggregator->options.spill != NULL;
    bool is_full;

    if (leat_key_table_has_room(&aggregator->table, entry_size))
        return LEAT_OK;
    LEAT_TRY(leat_key_table_make_room(&aggregator->table, entry_size, !can_spill, &is_full, err));
    if (!is_full)
        return LEAT_OK;
    LEAT_TRY(spill_table(aggregator, err));
    return leat_key_table_make_room(&aggregator->table, entry_size, true, &is_full, err);
}

/* Values that have grown do not ask before. */
static leat_status spill_if_over(struct leat_aggregator *aggregator, leat_error *err)
{
    if (!aggregator->table.is_over || aggregator->options.spill == NULL)
        return LEAT_OK;
    return spill_table(aggregator, err);
}

/* ---- adding numbers ---- */

/* Out of line: what comes once for each key would cost every record. */
__attribute__((noinline)) static leat_status
add_first_number(struct leat_aggregator *aggregator, uint32_t tag, const leat_record *record,
                 int64_t operand, bool is_combination, leat_error *err)
{
    const struct leat_combiner *combiner = &aggregator->options.combiner;
    struct leat_key_table *table = &aggregator->table;
    struct leat_entry *entry;
    int64_t number = operand;

    if (combiner->has_zero && !is_combination) {
        memcpy(&number, combiner->zero.data, sizeof number);
        if (!leat_reducer_apply(aggregator->value_reducer, &number, operand))
            return leat_reducer_overflow(aggregator->options.task, number, operand);
    }
    LEAT_TRY(make_room(aggregator, leat_key_table_entry_size(table, leat_size_code(record->key), 0),
                       err));
    entry = leat_key_table_insert(table, tag, record->key, 0);
    entry->value.number = number;
    entry->timestamp_ms = record->timestamp_ms;
    return LEAT_OK;
}

static inline enum leat_reducer reducer_for(const struct leat_aggregator *aggregator,
                                            bool is_combination)
{
    return is_combination ? aggregator->combination_reducer : aggregator->value_reducer;
}

/* Inline in both: it runs for every record. */
__attribute__((always_inline)) static inline leat_status
add_number(struct leat_aggregator *aggregator, enum leat_reducer reducer, uint32_t hash,
           const leat_record *record, bool is_combination, leat_error *err)
{
    uint32_t tag = leat_key_table_tag(hash);
    struct leat_entry *entry;
    int64_t operand;

    if (!leat_reducer_operand(record->value, &operand))
        return leat_reducer_refuse(aggregator->options.task, reducer, record->value);
    entry = leat_key_table_find(&aggregator->table, tag, record->key);
    if (entry == NULL)
        return add_first_number(aggregator, tag, record, operand, is_combination, err);
    if (!leat_reducer_apply(reducer, &entry->value.number, operand))
        return leat_reducer_overflow(aggregator->options.task, entry->value.number, operand);
    if (record->timestamp_ms > entry->timestamp_ms)
        entry->timestamp_ms = record->timestamp_ms;
    return LEAT_OK;
}

/* ---- adding bytes ---- */

static leat_status no_memory_for(size_t bytes, leat_error *err)
{
    return leat_fail(err, LEAT_NO_MEMORY, "no memory to combine %zu bytes", bytes);
}

/* What a reducer has made must fit into memory, as nothing else about one key has to. */
static leat_status check_size(const struct leat_aggregator *aggregator, leat_bytes combination,
                              leat_error *err)
{
    size_t limit = aggregator->options.budget->limit_bytes;

    if (limit < LEAT_BUDGET_FLOOR_BYTES)
        limit = LEAT_BUDGET_FLOOR_BYTES;
    if (combination.size <= limit && combination.size < LEAT_SIZE_NULL)
        return LEAT_OK;
    return leat_fail(err, LEAT_LIMIT,
                     "the combination of one key has %zu bytes, more than the %zu that "
                     "leat.memory.limit leaves for it",
                     combination.size, limit);
}

/* *out is value itself or in scratch. */
static leat_status create_combination(struct leat_aggregator *aggregator, leat_bytes value,
                                      bool is_combination, leat_bytes *out, leat_error *err)
{
    const struct leat_combiner *combiner = &aggregator->options.combiner;
    leat_reduce_fn fn = combiner->has_zero ? combiner->merge_value : combiner->create;

    if (is_combination || fn == NULL) {
        *out = value;
        return LEAT_OK;
    }
    leat_buffer_set_null(&aggregator->scratch);
    if (combiner->has_zero && leat_buffer_set(&aggregator->scratch, combiner->zero) != LEAT_OK)
        return no_memory_for(combiner->zero.size, err);
    LEAT_TRY(fn(aggregator->options.task, &aggregator->scratch, value, combiner->user));
    *out = leat_buffer_view(&aggregator->scratch);
    return check_size(aggregator, *out, err);
}

static leat_status add_first_bytes(struct leat_aggregator *aggregator, uint32_t tag,
                                   const leat_record *record, bool is_combination, leat_error *err)
{
    struct leat_key_table *table = &aggregator->table;
    struct leat_entry *entry;
    leat_bytes combination;
    size_t inside, size;

    LEAT_TRY(create_combination(aggregator, record->value, is_combination, &combination, err));
    inside = combination.size > LEAT_TABLE_LARGE_MIN ? 0 : combination.size;
    size = leat_key_table_entry_size(table, leat_size_code(record->key), inside);
    LEAT_TRY(make_room(aggregator, size, err));
    entry = leat_key_table_insert(table, tag, record->key, inside);
    entry->timestamp_ms = record->timestamp_ms;
    aggregator->failed = leat_key_table_set_value(table, entry, combination, err);
    return aggregator->failed;
}

/* Small combinations are combined in scratch, large ones where they are. */
static leat_status merge_bytes(struct leat_aggregator *aggregator, struct leat_entry *entry,
                               leat_bytes value, bool is_combination, leat_error *err)
{
    const struct leat_combiner *combiner = &aggregator->options.combiner;
    leat_reduce_fn fn = is_combination ? combiner->merge_combiners : combiner->merge_value;
    struct leat_buffer *large = leat_key_table_large(entry);
    struct leat_buffer *scratch = &aggregator->scratch;
    leat_bytes combination;
    leat_status status;

    if (large != NULL) {
        status = fn(aggregator->options.task, large, value, combiner->user);
        leat_key_table_count_large(&aggregator->table, entry);
        return status != LEAT_OK ? status : check_size(aggregator, leat_buffer_view(large), err);
    }
    combination = leat_key_table_value(entry);
    if (leat_buffer_set(scratch, combination) != LEAT_OK)
        return no_memory_for(combination.size, err);
    LEAT_TRY(fn(aggregator->options.task, scratch, value, combiner->user));
    combination = leat_buffer_view(scratch);
    LEAT_TRY(check_size(aggregator, combination, err));
    return leat_key_table_set_value(&aggregator->table, entry, combination, err);
}

static leat_status add_bytes(struct leat_aggregator *aggregator, uint32_t hash,
                             const leat_record *record, bool is_combination, leat_error *err)
{
    uint32_t tag = leat_key_table_tag(hash);
    struct leat_entry *entry = leat_key_table_find(&aggregator->table, tag, record->key);

    if (entry == NULL) {
        LEAT_TRY(add_first_bytes(aggregator, tag, record, is_combination, err));
    } else {
        LEAT_TRY(merge_bytes(aggregator, entry, record->value, is_combination, err));
        if (record->timestamp_ms > entry->timestamp_ms)
            entry->timestamp_ms = record->timestamp_ms;
    }
    return spill_if_over(aggregator, err);
}

/* ---- adding ---- */

static inline bool is_small(const leat_record *record)
{
    return record->key.size < LEAT_SIZE_NULL && record->value.size < LEAT_SIZE_NULL;
}

static leat_status check_record(const struct leat_aggregator *aggregator, const leat_record *record,
                                leat_error *err)
{
    if (aggregator->failed != LEAT_OK)
        return leat_fail(err, aggregator->failed, "the aggregation has failed already");
    if (is_small(record))
        return LEAT_OK;
    return leat_fail(
        err, LEAT_LIMIT,
        "a record with a key of %zu bytes and a value of %zu bytes cannot be combined: "
        "each has to be smaller than 4 GiB",
        record->key.size, record->value.size);
}

leat_status leat_aggregator_add(struct leat_aggregator *aggregator, uint32_t hash,
                                const leat_record *record, bool is_combination, leat_error *err)
{
    leat_status status;

    assert(aggregator->phase == ADDING);
    if (aggregator->failed != LEAT_OK || !is_small(record))
        return check_record(aggregator, record, err);
    if (is_numeric(aggregator))
        status = add_number(aggregator, reducer_for(aggregator, is_combination), hash, record,
                            is_combination, err);
    else
        status = add_bytes(aggregator, hash, record, is_combination, err);
    aggregator->added += status == LEAT_OK;
    return status;
}

static inline void look_ahead(const struct leat_aggregator *aggregator, const uint32_t *hashes,
                              size_t left)
{
    const struct leat_key_table *table = &aggregator->table;

    if (table->keys <= AHEAD_KEYS_MIN)
        return;
    if (SLOT_AHEAD < left)
        leat_key_table_prefetch_slot(table, leat_key_table_tag(hashes[SLOT_AHEAD]));
    if (ENTRY_AHEAD < left)
        leat_key_table_prefetch_entry(table, leat_key_table_tag(hashes[ENTRY_AHEAD]));
}

static leat_status add_numbers(struct leat_aggregator *aggregator, const uint32_t *hashes,
                               const leat_record *records, size_t count, bool is_combination,
                               size_t *out_added, leat_error *err)
{
    enum leat_reducer reducer = reducer_for(aggregator, is_combination);
    leat_status status = LEAT_OK;
    size_t i;

    for (i = 0; i < count; i++) {
        const leat_record *record = &records[i];

        look_ahead(aggregator, &hashes[i], count - i);
        status = is_small(record)
                     ? add_number(aggregator, reducer, hashes[i], record, is_combination, err)
                     : check_record(aggregator, record, err);
        if (status != LEAT_OK)
            break;
    }
    aggregator->added += i;
    *out_added = i;
    return status;
}

leat_status leat_aggregator_add_many(struct leat_aggregator *aggregator, const uint32_t *hashes,
                                     const leat_record *records, size_t count, bool is_combination,
                                     size_t *out_added, leat_error *err)
{
    assert(aggregator->phase == ADDING);
    if (is_numeric(aggregator) && aggregator->failed == LEAT_OK)
        return add_numbers(aggregator, hashes, records, count, is_combination, out_added, err);
    for (size_t i = 0; i < count; i++) {
        leat_status status;

        look_ahead(aggregator, &hashes[i], count - i);
        status = leat_aggregator_add(aggregator, hashes[i], &records[i], is_combination, err);
        if (status != LEAT_OK) {
            *out_added = i;
            return status;
        }
    }
    *out_added = count;
    return LEAT_OK;
}

bool leat_aggregator_is_full(const struct leat_aggregator *aggregator)
{
    return aggregator->table.keys >= aggregator->options.keys_max || aggregator->table.is_over;
}

size_t leat_aggregator_keys(const struct leat_aggregator *aggregator)
{
    return aggregator->table.keys;
}

uint64_t leat_aggregator_added(const struct leat_aggregator *aggregator)
{
    return aggregator->added;
}

/* ---- reading ---- */

static leat_status begin_reading(struct leat_aggregator *aggregator, leat_error *err)
{
    if (aggregator->failed != LEAT_OK)
        return leat_fail(err, aggregator->failed, "the aggregation has failed already");
    if (aggregator->sorter == NULL) {
        aggregator->phase = READING_TABLE;
        return LEAT_OK;
    }
    if (aggregator->table.keys > 0)
        LEAT_TRY(spill_table(aggregator, err));
    leat_key_table_reset(&aggregator->table);
    aggregator->failed = leat_sorter_finish(aggregator->sorter, err);
    aggregator->phase = READING_SORTER;
    return aggregator->failed;
}

static void next_of_table(struct leat_aggregator *aggregator, struct leat_aggregate *out,
                          bool *out_done)
{
    const struct leat_entry *entry = leat_key_table_next(&aggregator->table, &aggregator->cursor);

    *out_done = entry == NULL;
    if (entry != NULL)
        *out = (struct leat_aggregate){.hash = leat_key_table_hash(entry->tag),
                                       .key = leat_key_table_key(&aggregator->table, entry),
                                       .value = value_of(aggregator, entry),
                                       .timestamp_ms = entry->timestamp_ms};
}

static leat_status next_head(struct leat_aggregator *aggregator, leat_error *err)
{
    bool done;

    LEAT_TRY(leat_sorter_next(aggregator->sorter, &aggregator->head, &done, err));
    aggregator->has_head = !done;
    return LEAT_OK;
}

/* The first combination of a key. */
static leat_status begin_merge(struct leat_aggregator *aggregator, leat_error *err)
{
    const struct leat_sorted *head = &aggregator->head;

    if (leat_buffer_set(&aggregator->key, head->key) != LEAT_OK)
        return no_memory_for(head->key.size, err);
    if (is_numeric(aggregator))
        memcpy(&aggregator->number, head->value.data, sizeof aggregator->number);
    else if (leat_buffer_set(&aggregator->scratch, head->value) != LEAT_OK)
        return no_memory_for(head->value.size, err);
    return LEAT_OK;
}

static leat_status merge_head(struct leat_aggregator *aggregator, leat_error *err)
{
    const struct leat_combiner *combiner = &aggregator->options.combiner;
    leat_bytes value = aggregator->head.value;
    int64_t operand;

    if (!is_numeric(aggregator)) {
        LEAT_TRY(combiner->merge_combiners(aggregator->options.task, &aggregator->scratch, value,
                                           combiner->user));
        return check_size(aggregator, leat_buffer_view(&aggregator->scratch), err);
    }
    memcpy(&operand, value.data, sizeof operand);
    if (!leat_reducer_apply(aggregator->combination_reducer, &aggregator->number, operand))
        return leat_reducer_overflow(aggregator->options.task, aggregator->number, operand);
    return LEAT_OK;
}

static leat_status next_of_sorter(struct leat_aggregator *aggregator, struct leat_aggregate *out,
                                  bool *out_done, leat_error *err)
{
    const struct leat_sorted *head = &aggregator->head;
    struct leat_aggregate merged;

    if (!aggregator->has_head)
        LEAT_TRY(next_head(aggregator, err));
    *out_done = !aggregator->has_head;
    if (!aggregator->has_head)
        return LEAT_OK;
    LEAT_TRY(begin_merge(aggregator, err));
    merged = (struct leat_aggregate){.hash = head->hash,
                                     .key = leat_buffer_view(&aggregator->key),
                                     .timestamp_ms = head->timestamp_ms};
    for (;;) {
        LEAT_TRY(next_head(aggregator, err));
        if (!aggregator->has_head || head->hash != merged.hash ||
            !leat_bytes_equal(head->key, merged.key))
            break;
        LEAT_TRY(merge_head(aggregator, err));
        if (head->timestamp_ms > merged.timestamp_ms)
            merged.timestamp_ms = head->timestamp_ms;
    }
    merged.hash = leat_key_table_hash(merged.hash);
    merged.value = is_numeric(aggregator)
                       ? (leat_bytes){(const char *)&aggregator->number, sizeof aggregator->number}
                       : leat_buffer_view(&aggregator->scratch);
    *out = merged;
    return LEAT_OK;
}

leat_status leat_aggregator_next(struct leat_aggregator *aggregator, struct leat_aggregate *out,
                                 bool *out_done, leat_error *err)
{
    if (aggregator->phase == ADDING)
        LEAT_TRY(begin_reading(aggregator, err));
    if (aggregator->phase == READING_SORTER) {
        if (aggregator->failed != LEAT_OK)
            return leat_fail(err, aggregator->failed, "the aggregation has failed already");
        aggregator->failed = next_of_sorter(aggregator, out, out_done, err);
        return aggregator->failed;
    }
    next_of_table(aggregator, out, out_done);
    return LEAT_OK;
}

static void shrink(struct leat_buffer *buffer)
{
    if (buffer->capacity > KEPT_BUFFER_BYTES)
        leat_buffer_release(buffer);
}

void leat_aggregator_reset(struct leat_aggregator *aggregator)
{
    leat_key_table_reset(&aggregator->table);
    leat_sorter_destroy(aggregator->sorter);
    aggregator->sorter = NULL;
    shrink(&aggregator->scratch);
    shrink(&aggregator->key);
    aggregator->added = 0;
    aggregator->failed = LEAT_OK;
    aggregator->phase = ADDING;
    aggregator->cursor = (struct leat_key_table_cursor){0};
    aggregator->has_head = false;
}

void leat_aggregator_destroy(struct leat_aggregator *aggregator)
{
    if (aggregator == NULL)
        return;
    leat_aggregator_reset(aggregator);
    leat_buffer_release(&aggregator->scratch);
    leat_buffer_release(&aggregator->key);
    leat_free(aggregator);
}
