/* table: see table.h. */
#include "state/table.h"

#include <assert.h>

#include "base/memory.h"
#include "state/table_internal.h"

void leat_table_init(struct leat_table *table, struct leat_state_budget *budget,
                     const struct leat_generations *generations, uint32_t segment_size_max,
                     bool in_memory_only)
{
    *table = (struct leat_table){.generations = generations, .in_memory_only = in_memory_only};
    table->knows = in_memory_only ? LEAT_TABLE_ALL : LEAT_TABLE_UNKNOWN;
    leat_segments_init(&table->segments, budget, segment_size_max);
}

void leat_table_release(struct leat_table *table)
{
    size_t index = table->index_bits == 0 ? 0 : ((size_t)1 << table->index_bits);
    size_t held = index * sizeof *table->index + table->undo_capacity * sizeof *table->undo +
                  table->undo_values_held;

    atomic_fetch_sub_explicit(&table->segments.budget->held_bytes, held, memory_order_relaxed);
    table->pending_bytes = table->unfolded_bytes = 0;
    leat_table_publish(table);
    leat_segments_release(&table->segments);
    leat_free(table->index);
    leat_free(table->undo);
    leat_buffer_release(&table->undo_values);
    leat_table_init(table, table->segments.budget, table->generations, table->segments.size_max,
                    table->in_memory_only);
}

leat_bytes leat_entry_key(const struct leat_entry *entry)
{
    const char *end = (const char *)entry + (size_t)entry->units * LEAT_SEGMENT_UNIT;

    return (leat_bytes){entry->is_null_key ? NULL : end - entry->key_size, entry->key_size};
}

leat_bytes leat_entry_value(const struct leat_entry *entry)
{
    return (leat_bytes){entry->is_none ? NULL : entry->bytes, entry->value_size};
}

/* ---- the life of an entry ---- */

void leat_table_kill(struct leat_table *table, uint32_t reference)
{
    struct leat_entry *entry = leat_table_entry(table, reference);
    uint32_t number = leat_segments_number(reference);

    entry->is_dead = true;
    leat_segments_kill(&table->segments, reference, entry->units);
    if (table->segments.items[number].live > 0 || table->is_scanning)
        return;
    if (number == table->segments.head) {
        table->segments.items[number].used = 0;
        return;
    }
    leat_segments_detach(&table->segments, number);
    leat_segments_give_back(&table->segments, number);
}

void leat_table_forget(struct leat_table *table, uint32_t reference)
{
    leat_index_remove(table, leat_table_entry(table, reference)->hash, reference);
    leat_table_kill(table, reference);
}

static void set_value(struct leat_entry *entry, leat_bytes value, leat_time updated_at)
{
    if (value.size > 0)
        memmove(entry->bytes, value.data, value.size); /* It may be this entry's own. */
    entry->value_size = (uint32_t)value.size;
    entry->is_none = value.data == NULL;
    entry->updated_at = updated_at;
}

static void set_key(struct leat_entry *entry, leat_bytes key)
{
    char *end = (char *)entry + (size_t)entry->units * LEAT_SEGMENT_UNIT;

    entry->key_size = (uint32_t)key.size;
    entry->is_null_key = key.data == NULL;
    if (key.size > 0)
        memcpy(end - key.size, key.data, key.size);
}

static uint32_t alloc(struct leat_table *table, uint32_t units)
{
    bool grew = false;
    uint32_t reference = leat_segments_alloc(&table->segments, units, &grew);

    table->wants_room = table->wants_room || grew;
    return reference;
}

/* A new entry in the index; LEAT_SEGMENT_NONE when memory is out. */
static uint32_t add(struct leat_table *table, uint32_t hash, leat_bytes key, leat_bytes value,
                    leat_time updated_at)
{
    uint32_t units = leat_entry_units(key.size, value.size);
    uint32_t reference;
    struct leat_entry *entry;

    if (!leat_index_reserve(table))
        return LEAT_SEGMENT_NONE;
    reference = alloc(table, units);
    if (reference == LEAT_SEGMENT_NONE)
        return LEAT_SEGMENT_NONE;
    entry = leat_table_entry(table, reference);
    *entry = (struct leat_entry){.hash = hash, .units = units, .is_seen = table->is_scanning};
    set_key(entry, key);
    set_value(entry, value, updated_at);
    leat_index_insert(table, hash, reference);
    return reference;
}

leat_status leat_table_load(struct leat_table *table, uint32_t hash, leat_bytes key,
                            leat_bytes value, leat_time updated_at, struct leat_entry **out)
{
    uint32_t reference = add(table, hash, key, value, updated_at);

    if (reference == LEAT_SEGMENT_NONE)
        return LEAT_NO_MEMORY;
    *out = leat_table_entry(table, reference);
    (*out)->generation = table->generations->folded;
    return LEAT_OK;
}

/* The scan looks for keys that the database has not in segments of generations after the folded
 * one. */
static void mark_segment(struct leat_table *table, uint32_t reference)
{
    table->segments.items[leat_segments_number(reference)].newest = table->generations->running;
}

static leat_status put_new(struct leat_table *table, uint32_t hash, leat_bytes key,
                           leat_bytes value, leat_time updated_at)
{
    size_t bytes = (size_t)leat_entry_units(key.size, value.size) * LEAT_SEGMENT_UNIT;
    uint32_t reference;

    LEAT_TRY(leat_table_check_limit(table, bytes + sizeof(struct leat_undo)));
    LEAT_TRY(leat_undo_reserve(table, NULL));
    reference = add(table, hash, key, value, updated_at);
    if (reference == LEAT_SEGMENT_NONE)
        return LEAT_NO_MEMORY;
    leat_undo_push(table, leat_table_entry(table, reference), reference, true);
    mark_segment(table, reference);
    return LEAT_OK;
}

/* A block that the value fits into; with slack for one that grows again and again in a batch. */
static uint32_t units_for(const struct leat_table *table, const struct leat_entry *entry,
                          size_t value_size)
{
    uint32_t units = leat_entry_units(entry->key_size, value_size);
    uint32_t grown = entry->units + entry->units / 2;

    if (value_size <= leat_entry_room(entry))
        return entry->units;
    return leat_table_is_pending(table, entry) && grown > units ? grown : units;
}

/* Into a new block; the old one is dead. */
static void move_entry(struct leat_table *table, struct leat_entry *entry, uint32_t reference,
                       uint32_t units, uint32_t target, leat_bytes value, leat_time updated_at)
{
    struct leat_entry *moved = leat_table_entry(table, target);

    memcpy(moved, entry, sizeof *moved);
    moved->units = units;
    set_key(moved, leat_entry_key(entry));
    set_value(moved, value, updated_at);
    leat_index_replace(table, entry->hash, reference, target);
    table->undo[moved->undo].reference = target;
    table->pending_bytes += (size_t)(units - entry->units) * LEAT_SEGMENT_UNIT;
    mark_segment(table, target);
    leat_table_kill(table, reference);
}

static leat_status put_old(struct leat_table *table, uint32_t reference, leat_bytes value,
                           leat_time updated_at)
{
    struct leat_entry *entry = leat_table_entry(table, reference);
    bool was_pending = leat_table_is_pending(table, entry);
    bool was_none = entry->is_none;
    uint32_t units = units_for(table, entry, value.size);
    size_t bytes = (size_t)(units - entry->units) * LEAT_SEGMENT_UNIT;
    uint32_t target = reference;

    if (!table->is_scanning)
        entry->is_seen = false;
    if (!was_pending) {
        bytes += (size_t)entry->units * LEAT_SEGMENT_UNIT + entry->value_size;
        LEAT_TRY(leat_undo_reserve(table, entry));
    }
    if (bytes > 0)
        LEAT_TRY(leat_table_check_limit(table, bytes));
    if (units > entry->units)
        target = alloc(table, units);
    if (target == LEAT_SEGMENT_NONE)
        return LEAT_NO_MEMORY;
    if (!was_pending)
        leat_undo_push(table, entry, reference, false);
    if (target != reference) {
        move_entry(table, entry, reference, units, target, value, updated_at);
        return LEAT_OK;
    }
    set_value(entry, value, updated_at);
    if (was_none)
        mark_segment(table, reference);
    return LEAT_OK;
}

leat_status leat_table_put(struct leat_table *table, uint32_t reference, uint32_t hash,
                           leat_bytes key, leat_bytes value, leat_time updated_at)
{
    if (reference == LEAT_SEGMENT_NONE)
        return put_new(table, hash, key, value, updated_at);
    return put_old(table, reference, value, updated_at);
}
