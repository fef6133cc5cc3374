/*
 * table_internal: what the table (table.c), its undo (undo.c) and its eviction (evict.c) share.
 */
#ifndef LEAT_STATE_TABLE_INTERNAL_H
#define LEAT_STATE_TABLE_INTERNAL_H

#include "state/table.h"

/* For a block with a key of so many bytes and room for such a value. */
static inline uint32_t leat_entry_units(size_t key_size, size_t value_size)
{
    size_t bytes = sizeof(struct leat_entry) + key_size + value_size;

    return (uint32_t)((bytes + LEAT_SEGMENT_UNIT - 1) / LEAT_SEGMENT_UNIT);
}

static inline size_t leat_entry_room(const struct leat_entry *entry)
{
    return (size_t)entry->units * LEAT_SEGMENT_UNIT - sizeof *entry - entry->key_size;
}

static inline bool leat_table_is_pending(const struct leat_table *table,
                                         const struct leat_entry *entry)
{
    return entry->generation == table->generations->running;
}

static inline bool leat_table_is_clean(const struct leat_table *table,
                                       const struct leat_entry *entry)
{
    return entry->generation <= table->generations->folded;
}

/* ---- index ---- */

LEAT_MUST_CHECK bool leat_index_reserve(struct leat_table *table);
/* Smaller, when it is for far more than there is, and there is memory for that. */
void leat_index_trim(struct leat_table *table);
void leat_index_insert(struct leat_table *table, uint32_t hash, uint32_t reference);
/* reference must be there. */
void leat_index_replace(struct leat_table *table, uint32_t hash, uint32_t reference,
                        uint32_t replacement);
void leat_index_remove(struct leat_table *table, uint32_t hash, uint32_t reference);

/* Out of the index, dead; its segment is given back with the last one. */
void leat_table_forget(struct leat_table *table, uint32_t reference);
/* Dead, and nothing else. */
void leat_table_kill(struct leat_table *table, uint32_t reference);

/* ---- undo ---- */

/* Room for one more, and for a copy of entry's value; entry NULL: a new one. */
LEAT_MUST_CHECK leat_status leat_undo_reserve(struct leat_table *table,
                                              const struct leat_entry *entry);
/* Makes the entry pending; is_new: it was not here. */
void leat_undo_push(struct leat_table *table, struct leat_entry *entry, uint32_t reference,
                    bool is_new);

/* ---- accounts ---- */

/* LEAT_LIMIT when so many more bytes that may not be given up are too many. */
LEAT_MUST_CHECK leat_status leat_table_check_limit(struct leat_table *table, size_t bytes);
void leat_table_publish(struct leat_table *table);

#endif
