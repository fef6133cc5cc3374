/*
 * table: keys with a timestamp and a combination each: a number in the entry itself, or bytes.
 *
 *   slots    [tag place][tag place][    ][tag place] ...     open addressing, ordered by tag
 *   blocks   [entry key][entry key][entry key value] ...     64 KiB, in the order keys came
 *   values   bytes that have outgrown their entry            beyond LARGE_MIN a buffer of their own
 *
 * A tag is the hash, mixed so that no two hashes have the same and its high bits, which choose the
 * slot, depend on all of it. So growing copies slots from beginning to end and no records, and the
 * slots are all but sorted by tag. A place is a block and an offset in it, in 32 bits.
 *
 * Thread: one at a time.
 */
#ifndef LEAT_SHUFFLE_TABLE_H
#define LEAT_SHUFFLE_TABLE_H

#include "base/buffer.h"
#include "shuffle/item.h"

enum {
    LEAT_TABLE_UNIT_BITS = 3,   /* A place counts 8 bytes ... */
    LEAT_TABLE_PLACE_BITS = 13, /* ... and as many of them in a block. */
    LEAT_TABLE_LARGE_MIN = 8 << 10
};

struct leat_key_table_slot {
    uint32_t tag;
    uint32_t place; /* 0: free. */
};

struct leat_large_value;
struct leat_value_block;

/* The key's bytes are behind it: head_bytes of the table from its beginning. */
struct leat_entry {
    uint32_t tag;
    uint32_t key_size; /* As leat_size_code. */
    int64_t timestamp_ms;
    union {
        int64_t number;
        char *bytes;                    /* Borrowed from the table. */
        struct leat_large_value *large; /* Owned by the table. */
    } value;
};

struct leat_value_entry {
    struct leat_entry entry;
    uint32_t value_size; /* As leat_size_code; not when large. */
    uint32_t value_capacity;
    uint32_t units; /* 8 bytes each, of the entry with what is behind it. */
    bool is_large;
};

struct leat_key_table {
    struct leat_budget *budget;        /* Borrowed. */
    struct leat_key_table_slot *slots; /* Owned; NULL before the first key. */
    char **blocks;                     /* Owned. */
    size_t mask;
    unsigned shift;
    unsigned head_bytes;
    size_t keys;
    size_t keys_max; /* Beyond it the slots double. */
    size_t block_count;
    size_t block_capacity;
    size_t entry_room;               /* In the last block. */
    struct leat_value_block *values; /* Owned. */
    size_t value_room;
    struct leat_large_value *large; /* Owned. */
    size_t held_bytes;
    size_t max_bytes; /* 0: none. */
    bool is_over;     /* Holds more than budget and max_bytes allow. */
};

/* Takes no memory. has_numbers: combinations are 8 bytes for ever. */
void leat_key_table_init(struct leat_key_table *table, struct leat_budget *budget, size_t max_bytes,
                         bool has_numbers);
/* Forgets all and gives all back. */
void leat_key_table_reset(struct leat_key_table *table);

/* ---- looking up: inline, for it runs for every record ---- */

static inline uint32_t leat_key_table_tag(uint32_t hash)
{
    return (hash ^ (hash >> 16)) * 0x9e3779b1U;
}

/* The hash that has this tag. */
static inline uint32_t leat_key_table_hash(uint32_t tag)
{
    uint32_t hash = tag * 0x0e8b2f51U; /* The inverse. */

    return hash ^ (hash >> 16);
}

static inline struct leat_entry *leat_key_table_entry(const struct leat_key_table *table,
                                                      uint32_t place)
{
    size_t offset = (size_t)(place & ((1U << LEAT_TABLE_PLACE_BITS) - 1)) << LEAT_TABLE_UNIT_BITS;

    return (struct leat_entry *)(void *)(table->blocks[place >> LEAT_TABLE_PLACE_BITS] + offset);
}

static inline const char *leat_key_table_key_bytes(const struct leat_key_table *table,
                                                   const struct leat_entry *entry)
{
    return (const char *)entry + table->head_bytes;
}

static inline leat_bytes leat_key_table_key(const struct leat_key_table *table,
                                            const struct leat_entry *entry)
{
    return leat_size_view(leat_key_table_key_bytes(table, entry), entry->key_size);
}

static inline uint64_t leat_load_8(const char *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
    return word;
}

static inline uint32_t leat_load_4(const char *bytes)
{
    uint32_t word;

    memcpy(&word, bytes, sizeof word);
    return word;
}

/* Most keys are short: two loads that may overlap are faster than a call. */
static inline bool leat_same_bytes(const char *a, const char *b, size_t size)
{
    if (size > 16)
        return memcmp(a, b, size) == 0;
    if (size >= 8)
        return ((leat_load_8(a) ^ leat_load_8(b)) |
                (leat_load_8(a + size - 8) ^ leat_load_8(b + size - 8))) == 0;
    if (size >= 4)
        return ((leat_load_4(a) ^ leat_load_4(b)) |
                (leat_load_4(a + size - 4) ^ leat_load_4(b + size - 4))) == 0;
    return size == 0 || (a[0] == b[0] && a[size - 1] == b[size - 1] && a[size / 2] == b[size / 2]);
}

/* NULL: the key is not there. */
__attribute__((always_inline)) static inline struct leat_entry *
leat_key_table_find(const struct leat_key_table *table, uint32_t tag, leat_bytes key)
{
    uint32_t code = leat_size_code(key);

    if (table->slots == NULL)
        return NULL;
    for (size_t at = tag >> table->shift;; at = (at + 1) & table->mask) {
        struct leat_key_table_slot slot = table->slots[at];
        struct leat_entry *entry;

        if (slot.place == 0)
            return NULL;
        if (slot.tag != tag)
            continue;
        entry = leat_key_table_entry(table, slot.place);
        if (entry->key_size == code && leat_same_bytes(leat_key_table_key_bytes(table, entry),
                                                       key.data, leat_size_length(code)))
            return entry;
    }
}

/* Two steps of a look-up to come, some records apart. */
static inline void leat_key_table_prefetch_slot(const struct leat_key_table *table, uint32_t tag)
{
    if (table->slots != NULL)
        __builtin_prefetch(&table->slots[tag >> table->shift]);
}

static inline void leat_key_table_prefetch_entry(const struct leat_key_table *table, uint32_t tag)
{
    if (table->slots == NULL)
        return;
    for (size_t at = tag >> table->shift; table->slots[at].place != 0;
         at = (at + 1) & table->mask) {
        if (table->slots[at].tag != tag)
            continue;
        __builtin_prefetch(leat_key_table_entry(table, table->slots[at].place));
        return;
    }
}

/* ---- adding ---- */

/* Bytes of a new entry, with those of a value that lies in it. */
static inline size_t leat_key_table_entry_size(const struct leat_key_table *table,
                                               uint32_t key_code, size_t value_size)
{
    return leat_round_8(table->head_bytes + leat_size_length(key_code) + value_size);
}

static inline bool leat_key_table_has_room(const struct leat_key_table *table, size_t entry_size)
{
    return table->keys < table->keys_max && entry_size <= table->entry_room;
}

/* Makes it so. *out_full true, and nothing is done: the table holds at least the floor and the
 * budget or max_bytes is at its end; not with may_exceed, which sets is_over then. */
LEAT_MUST_CHECK leat_status leat_key_table_make_room(struct leat_key_table *table,
                                                     size_t entry_size, bool may_exceed,
                                                     bool *out_full, leat_error *err);

/* Copies the key, which is not there; there is room. Its value is 0, or null with room for
 * value_size bytes. */
struct leat_entry *leat_key_table_insert(struct leat_key_table *table, uint32_t tag, leat_bytes key,
                                         size_t value_size);

/* ---- values that are bytes ---- */

leat_bytes leat_key_table_value(const struct leat_entry *entry);

/* Copies value, which is no part of the table. May set is_over. */
LEAT_MUST_CHECK leat_status leat_key_table_set_value(struct leat_key_table *table,
                                                     struct leat_entry *entry, leat_bytes value,
                                                     leat_error *err);

/* The buffer of a large one, to be combined into where it is; NULL: it is small. When it has
 * changed, leat_key_table_count_large. */
struct leat_buffer *leat_key_table_large(struct leat_entry *entry);
void leat_key_table_count_large(struct leat_key_table *table, struct leat_entry *entry);

/* ---- all entries ---- */

/* Zero-initialised it is at the beginning. */
struct leat_key_table_cursor {
    size_t block;
    size_t offset;
};

/* In the order keys came; NULL at the end. */
struct leat_entry *leat_key_table_next(const struct leat_key_table *table,
                                       struct leat_key_table_cursor *cursor);

/* Slots 0 to keys are then sorted by tag and key, and the table is good for nothing but to read
 * them and to be reset. */
void leat_key_table_sort(struct leat_key_table *table);

#endif
