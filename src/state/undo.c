/* undo: what a batch has touched in a table, and how it was before. */
#include <assert.h>

#include "base/memory.h"
#include "state/table_internal.h"

enum {
    TOUCHED_MAX = 1 << 26, /* What leat_entry.undo can say. */
    CAPACITY_MIN = 16,
    CAPACITY_KEPT = 1024,
    VALUES_KEPT = 64 << 10,
    PUBLISH_BYTES = 4096
};

static void hold(struct leat_table *table, size_t bytes)
{
    atomic_fetch_add_explicit(&table->segments.budget->held_bytes, bytes, memory_order_relaxed);
}

static void unhold(struct leat_table *table, size_t bytes)
{
    atomic_fetch_sub_explicit(&table->segments.budget->held_bytes, bytes, memory_order_relaxed);
}

/* ---- accounts ---- */

void leat_table_publish(struct leat_table *table)
{
    size_t now = table->pending_bytes + table->unfolded_bytes;

    /* Wraps around as it should when there is less than before. */
    atomic_fetch_add_explicit(&table->segments.budget->dirty_bytes, now - table->published_bytes,
                              memory_order_relaxed);
    table->published_bytes = now;
}

static void add_pending(struct leat_table *table, size_t bytes)
{
    size_t step = table->segments.budget->limit_bytes / 64;

    table->pending_bytes += bytes;
    if (table->pending_bytes + table->unfolded_bytes - table->published_bytes >=
        (step < PUBLISH_BYTES ? step : PUBLISH_BYTES))
        leat_table_publish(table);
}

leat_status leat_table_check_limit(struct leat_table *table, size_t bytes)
{
    const struct leat_state_budget *budget = table->segments.budget;
    size_t used;

    if (table->in_memory_only)
        used = atomic_load_explicit(&budget->held_bytes, memory_order_relaxed);
    else
        used = atomic_load_explicit(&budget->dirty_bytes, memory_order_relaxed) +
               table->pending_bytes + table->unfolded_bytes - table->published_bytes;
    return bytes <= budget->limit_bytes && used <= budget->limit_bytes - bytes ? LEAT_OK
                                                                               : LEAT_LIMIT;
}

/* ---- the list ---- */

/* What is clean is forgotten when the batch is, and read again; unless it is known that everything
 * is here. */
static bool must_copy(const struct leat_table *table, const struct leat_entry *entry)
{
    return !leat_table_is_clean(table, entry) || table->knows == LEAT_TABLE_ALL;
}

static bool grow_list(struct leat_table *table)
{
    uint32_t capacity =
        table->undo_capacity < CAPACITY_MIN ? CAPACITY_MIN : 2 * table->undo_capacity;
    struct leat_undo *undo = leat_grow(table->undo, capacity, sizeof *undo);

    if (undo == NULL)
        return false;
    hold(table, (capacity - table->undo_capacity) * sizeof *undo);
    table->undo = undo;
    table->undo_capacity = capacity;
    return true;
}

leat_status leat_undo_reserve(struct leat_table *table, const struct leat_entry *entry)
{
    if (table->undo_count == TOUCHED_MAX)
        return LEAT_LIMIT;
    if (table->undo_count == table->undo_capacity && !grow_list(table))
        return LEAT_NO_MEMORY;
    if (entry == NULL || !must_copy(table, entry))
        return LEAT_OK;
    if (!leat_buffer_reserve(&table->undo_values, entry->value_size))
        return LEAT_NO_MEMORY;
    hold(table, table->undo_values.capacity - table->undo_values_held);
    table->undo_values_held = table->undo_values.capacity;
    return LEAT_OK;
}

void leat_undo_push(struct leat_table *table, struct leat_entry *entry, uint32_t reference,
                    bool is_new)
{
    struct leat_undo *undo = &table->undo[table->undo_count];
    size_t bytes = sizeof *undo + (size_t)entry->units * LEAT_SEGMENT_UNIT;

    *undo = (struct leat_undo){.reference = reference, .drop = is_new || !must_copy(table, entry)};
    if (!undo->drop) {
        struct leat_buffer *values = &table->undo_values;

        undo->generation = entry->generation;
        undo->updated_at = entry->updated_at;
        undo->was_none = entry->is_none;
        undo->value_size = entry->value_size;
        undo->value_at = values->size;
        if (entry->value_size > 0)
            memcpy(values->data + values->size, entry->bytes, entry->value_size);
        values->size += entry->value_size;
        bytes += entry->value_size;
    }
    entry->undo = table->undo_count++ & (TOUCHED_MAX - 1);
    entry->generation = table->generations->running;
    add_pending(table, bytes);
}

static void empty_list(struct leat_table *table)
{
    if (table->undo_capacity > CAPACITY_KEPT && table->undo_count < table->undo_capacity / 4) {
        unhold(table, table->undo_capacity * sizeof *table->undo);
        leat_free(table->undo);
        table->undo = NULL;
        table->undo_capacity = 0;
    }
    if (table->undo_values.capacity > VALUES_KEPT &&
        table->undo_values.size < table->undo_values.capacity / 4) {
        unhold(table, table->undo_values_held);
        leat_buffer_release(&table->undo_values);
        table->undo_values_held = 0;
    }
    table->undo_count = 0;
    leat_buffer_reset(&table->undo_values);
    table->pending_bytes = 0;
}

/* ---- the end of a batch ---- */

static void restore(struct leat_table *table, const struct leat_undo *undo)
{
    struct leat_entry *entry = leat_table_entry(table, undo->reference);

    if (undo->drop) {
        leat_table_forget(table, undo->reference);
        return;
    }
    /* A block never becomes smaller while its entry is pending. */
    if (undo->value_size > 0)
        memcpy(entry->bytes, table->undo_values.data + undo->value_at, undo->value_size);
    entry->value_size = undo->value_size;
    entry->is_none = undo->was_none;
    entry->updated_at = undo->updated_at;
    entry->generation = undo->generation;
}

void leat_table_revert(struct leat_table *table)
{
    for (uint32_t i = table->undo_count; i > 0; i--)
        restore(table, &table->undo[i - 1]);
    empty_list(table);
    leat_table_publish(table);
}

static void forget_removed(struct leat_table *table)
{
    for (uint32_t i = 0; i < table->undo_count; i++)
        if (leat_table_entry(table, table->undo[i].reference)->is_none)
            leat_table_forget(table, table->undo[i].reference);
}

void leat_table_accept(struct leat_table *table)
{
    if (table->in_memory_only && table->has_removed)
        forget_removed(table);
    table->has_removed = false;
    if (!table->in_memory_only)
        table->unfolded_bytes += table->pending_bytes;
    empty_list(table);
    leat_table_publish(table);
}

void leat_table_folded(struct leat_table *table)
{
    table->unfolded_bytes = 0;
    leat_table_publish(table);
}
