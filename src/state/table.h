/*
 * table: the keys of one slot of one store, in memory: a cache of the state database, and what it
 * does not hold yet.
 *
 *   index      (hash, reference) in open addressing
 *   entry      in segments, key and value inline
 *   undo       one for each entry that the batch touched, with what was there before
 *
 * An entry's generation says what it is: the running one: pending; after the folded one: committed,
 * not folded; else clean, as the database has it. So accepting a batch and folding it touch no
 * entry. An entry without a value is a key that is known not to be there.
 *
 * Thread: one at a time; the generations change while no task runs.
 */
#ifndef LEAT_STATE_TABLE_H
#define LEAT_STATE_TABLE_H

#include "base/buffer.h"
#include "state/segments.h"

/* What all tables of a job share. */
struct leat_generations {
    uint32_t running; /* Of what is pending. */
    uint32_t folded;  /* Up to here the database has it. */
};

/* value at the front, key at the end: a value that grows within its block moves no key. */
struct leat_entry {
    leat_time updated_at;
    uint32_t hash;
    uint32_t generation;
    uint32_t key_size;
    uint32_t value_size;
    uint32_t units;     /* Of the block. */
    uint32_t undo : 26; /* Its place in undo, when pending. */
    uint32_t is_dead : 1;
    uint32_t is_none : 1;     /* There is no value. */
    uint32_t is_null_key : 1; /* Not the empty one. */
    uint32_t is_used : 1;     /* Asked for since it was looked over for eviction. */
    uint32_t is_seen : 1;     /* By the scan under way. */
    char bytes[];
};

struct leat_undo {
    uint32_t reference;  /* Of the entry. */
    uint32_t generation; /* The rest is what it was. */
    leat_time updated_at;
    size_t value_at; /* In undo_values. */
    uint32_t value_size;
    bool was_none;
    bool drop; /* It was not here, or the database has it: forget the entry. */
};

struct leat_index_place {
    uint32_t hash;
    uint32_t reference; /* LEAT_SEGMENT_NONE: free. */
};

enum leat_table_knows {
    LEAT_TABLE_UNKNOWN,
    LEAT_TABLE_ALL, /* What is not here is not in the database. */
    LEAT_TABLE_SOME
};

struct leat_table {
    const struct leat_generations *generations; /* Borrowed. */
    struct leat_segments segments;
    struct leat_index_place *index; /* Owned. */
    uint32_t index_bits;            /* 1 << index_bits places; 0: none. */
    uint32_t count;                 /* Of entries in the index. */
    struct leat_undo *undo;         /* Owned. */
    uint32_t undo_count;
    uint32_t undo_capacity;
    struct leat_buffer undo_values;
    size_t undo_values_held; /* Of it, in the budget. */
    size_t pending_bytes;    /* What may not be given up. */
    size_t unfolded_bytes;
    size_t published_bytes; /* Of both, in the budget. */
    enum leat_table_knows knows;
    bool in_memory_only; /* There is no database. */
    bool is_scanning;    /* No entry moves. */
    bool has_removed;    /* Something is pending that has no value. */
    bool wants_room;     /* leat_table_make_room has something to do. */
};

void leat_table_init(struct leat_table *table, struct leat_state_budget *budget,
                     const struct leat_generations *generations, uint32_t segment_size_max,
                     bool in_memory_only);
void leat_table_release(struct leat_table *table);

/* LEAT_SEGMENT_NONE: not here. Good until the table's next change. */
uint32_t leat_table_find(const struct leat_table *table, uint32_t hash, leat_bytes key);
static inline struct leat_entry *leat_table_entry(const struct leat_table *table,
                                                  uint32_t reference)
{
    return leat_segments_at(&table->segments, reference);
}
/* Brings the index's place, or later the entry, into the cache. */
void leat_table_prefetch(const struct leat_table *table, uint32_t hash, bool entry);

leat_bytes leat_entry_key(const struct leat_entry *entry);
/* Null: there is none. */
leat_bytes leat_entry_value(const struct leat_entry *entry);

/* What the database has of a key that is not here. Copies. */
LEAT_MUST_CHECK leat_status leat_table_load(struct leat_table *table, uint32_t hash, leat_bytes key,
                                            leat_bytes value, leat_time updated_at,
                                            struct leat_entry **out);
/* Copies; value null: removed. reference: what leat_table_find said. LEAT_LIMIT and LEAT_NO_MEMORY
 * change nothing. */
LEAT_MUST_CHECK leat_status leat_table_put(struct leat_table *table, uint32_t reference,
                                           uint32_t hash, leat_bytes key, leat_bytes value,
                                           leat_time updated_at);

/* Nothing is pending any more. */
void leat_table_revert(struct leat_table *table);
/* What was pending is committed; before the running generation moves on. */
void leat_table_accept(struct leat_table *table);
/* The folded generation has moved on. */
void leat_table_folded(struct leat_table *table);
/* Before generations begin anew: 1 for what is folded, 2 for what is not. Nothing is pending. */
void leat_table_renumber(struct leat_table *table);

/* Gives up clean entries while all tables hold more than they may, and closes gaps. Moves
 * entries. */
void leat_table_make_room(struct leat_table *table);
/* The same until they hold no more than they may, or this one has nothing more to give up. */
void leat_table_make_all_room(struct leat_table *table);

#endif
