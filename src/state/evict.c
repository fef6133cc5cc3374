/* evict: gives up what the database has anyway, a segment at a time, the oldest first. What was
 * asked for since the last look, or may not be given up, moves to the head. */
#include "state/table_internal.h"

enum {
    TRIES = 8,                /* Segments looked over for each new one, at most. */
    GAPS_BYTES_MIN = 16 << 10 /* Less is not worth closing. */
};

static bool is_over(const struct leat_table *table)
{
    const struct leat_state_budget *budget = table->segments.budget;

    return !table->in_memory_only &&
           atomic_load_explicit(&budget->held_bytes, memory_order_relaxed) > budget->limit_bytes;
}

/* Looking over a table of what may not be given up would only copy it. */
static bool has_clean(const struct leat_table *table)
{
    size_t live = table->segments.live;
    size_t dirty = table->pending_bytes + table->unfolded_bytes;

    return dirty < live - live / 8;
}

static bool has_gaps(const struct leat_table *table)
{
    size_t bytes = table->segments.bytes;

    return bytes > GAPS_BYTES_MIN && table->segments.live < bytes / 2;
}

/* What an entry needs, without the slack it grew with. */
static uint32_t units_kept(const struct leat_table *table, const struct leat_entry *entry)
{
    if (leat_table_is_pending(table, entry)) /* What it was before has to fit too. */
        return entry->units;
    return leat_entry_units(entry->key_size, entry->value_size);
}

static bool move_to_head(struct leat_table *table, const struct leat_entry *entry,
                         uint32_t reference)
{
    uint32_t units = units_kept(table, entry);
    bool grew;
    uint32_t target = leat_segments_alloc(&table->segments, units, &grew);
    struct leat_entry *moved;
    struct leat_segment *segment;
    leat_bytes key = leat_entry_key(entry);

    if (target == LEAT_SEGMENT_NONE)
        return false;
    moved = leat_table_entry(table, target);
    memcpy(moved, entry, sizeof *moved + entry->value_size);
    moved->units = units;
    moved->is_used = false;
    if (key.size > 0)
        memcpy((char *)moved + (size_t)units * LEAT_SEGMENT_UNIT - key.size, key.data, key.size);
    leat_index_replace(table, entry->hash, reference, target);
    if (leat_table_is_pending(table, entry))
        table->undo[entry->undo].reference = target;
    segment = &table->segments.items[leat_segments_number(target)];
    if (segment->newest < entry->generation)
        segment->newest = entry->generation;
    return true;
}

struct sweep {
    uint32_t number;
    bool evict;
    uint32_t spared; /* Bytes that got a second chance. */
};

static bool is_kept(const struct leat_table *table, const struct leat_entry *entry,
                    struct sweep *sweep)
{
    uint32_t bytes = entry->units * LEAT_SEGMENT_UNIT;

    if (!leat_table_is_clean(table, entry))
        return true;
    if (entry->is_none)
        return false;
    if (!sweep->evict)
        return true;
    if (!entry->is_used || sweep->spared > table->segments.items[sweep->number].size / 2)
        return false;
    sweep->spared += bytes;
    return true;
}

static void drop(struct leat_table *table, const struct leat_entry *entry, uint32_t reference)
{
    if (!entry->is_none)
        table->knows = LEAT_TABLE_SOME;
    leat_index_remove(table, entry->hash, reference);
}

/* False when memory is out: what could not move stays where it is. */
static bool empty(struct leat_table *table, struct sweep *sweep)
{
    uint32_t at = 0;

    while (at < table->segments.items[sweep->number].used) {
        uint32_t reference = leat_segments_reference(sweep->number, at);
        struct leat_entry *entry = leat_table_entry(table, reference);
        uint32_t bytes = entry->units * LEAT_SEGMENT_UNIT;

        at += bytes;
        if (entry->is_dead)
            continue;
        if (!is_kept(table, entry, sweep))
            drop(table, entry, reference);
        else if (!move_to_head(table, entry, reference))
            return false;
        entry->is_dead = true;
        leat_segments_kill(&table->segments, reference, entry->units);
    }
    return true;
}

/* False when there is nothing to look over, or no memory for it. */
static bool sweep_oldest(struct leat_table *table, bool evict)
{
    struct sweep sweep = {.number = table->segments.oldest, .evict = evict};
    const struct leat_segment *segment = &table->segments.items[sweep.number];

    if (sweep.number == 0)
        return false;
    if (!evict && segment->live == segment->size) { /* Without gaps. */
        if (sweep.number == table->segments.newest)
            return false;
        leat_segments_detach(&table->segments, sweep.number);
        leat_segments_attach(&table->segments, sweep.number);
        return true;
    }
    leat_segments_detach(&table->segments, sweep.number);
    if (!empty(table, &sweep)) {
        leat_segments_attach(&table->segments, sweep.number);
        return false;
    }
    leat_segments_give_back(&table->segments, sweep.number);
    return true;
}

void leat_table_make_room(struct leat_table *table)
{
    if (table->is_scanning) /* Its end makes room. */
        return;
    table->wants_room = false;
    for (int i = 0; i < TRIES; i++) {
        bool evict = is_over(table) && has_clean(table);

        if (!evict && !has_gaps(table))
            return;
        if (!sweep_oldest(table, evict))
            return;
    }
}

void leat_table_make_all_room(struct leat_table *table)
{
    size_t before = SIZE_MAX;

    while (is_over(table) && table->segments.bytes < before) {
        before = table->segments.bytes;
        leat_table_make_room(table);
        leat_index_trim(table);
    }
}

void leat_table_renumber(struct leat_table *table)
{
    const struct leat_generations *generations = table->generations;

    for (uint32_t number = table->segments.oldest; number != 0;
         number = table->segments.items[number].next) {
        struct leat_segment *segment = &table->segments.items[number];

        for (uint32_t at = 0; at < segment->used;) {
            struct leat_entry *entry = leat_table_entry(table, leat_segments_reference(number, at));

            entry->generation = entry->generation <= generations->folded ? 1 : 2;
            at += entry->units * LEAT_SEGMENT_UNIT;
        }
        segment->newest = segment->newest <= generations->folded ? 1 : 2;
    }
}
