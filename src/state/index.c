/* index: where a table's entries are, by hash: linear probing, deletion by moving back. */
#include <assert.h>

#include "base/memory.h"
#include "state/table_internal.h"

enum { BITS_MIN = 3, CACHE_LINE = 64 };

/* The slot took the hash modulo a number: the product's high bits depend on all of it. */
static uint32_t home(const struct leat_table *table, uint32_t hash)
{
    return (hash * 0x9E3779B1u) >> (32 - table->index_bits);
}

static bool is_same_key(const struct leat_entry *entry, leat_bytes key)
{
    if (entry->key_size != key.size || entry->is_null_key != (key.data == NULL))
        return false;
    return key.size == 0 || memcmp(leat_entry_key(entry).data, key.data, key.size) == 0;
}

void leat_table_prefetch(const struct leat_table *table, uint32_t hash, bool entry)
{
    const struct leat_index_place *place;

    if (table->index_bits == 0)
        return;
    place = &table->index[home(table, hash)];
    if (!entry) {
        __builtin_prefetch(place);
        return;
    }
    /* Most keys are at home. */
    if (place->reference != LEAT_SEGMENT_NONE) {
        const char *at = leat_segments_at(&table->segments, place->reference);

        __builtin_prefetch(at, 1);
        __builtin_prefetch(at + CACHE_LINE, 1);
    }
}

uint32_t leat_table_find(const struct leat_table *table, uint32_t hash, leat_bytes key)
{
    uint32_t mask;

    if (table->index_bits == 0)
        return LEAT_SEGMENT_NONE;
    mask = (1u << table->index_bits) - 1;
    for (uint32_t i = home(table, hash);; i = (i + 1) & mask) {
        const struct leat_index_place *place = &table->index[i];

        if (place->reference == LEAT_SEGMENT_NONE)
            return LEAT_SEGMENT_NONE;
        if (place->hash == hash && is_same_key(leat_table_entry(table, place->reference), key))
            return place->reference;
    }
}

static void insert(struct leat_table *table, uint32_t hash, uint32_t reference)
{
    uint32_t mask = (1u << table->index_bits) - 1;
    uint32_t i = home(table, hash);

    while (table->index[i].reference != LEAT_SEGMENT_NONE)
        i = (i + 1) & mask;
    table->index[i] = (struct leat_index_place){hash, reference};
}

/* Free ones; in huge pages where they fill some. */
static struct leat_index_place *make_places(size_t count)
{
    size_t bytes = count * sizeof(struct leat_index_place);
    struct leat_index_place *index;

    if (bytes < LEAT_HUGE_PAGE)
        return leat_alloc(count, sizeof *index);
    index = leat_alloc_huge(bytes);
    if (index != NULL)
        memset(index, 0, bytes);
    return index;
}

static uint32_t places_of(const struct leat_table *table)
{
    return table->index_bits == 0 ? 0 : 1u << table->index_bits;
}

/* False when memory is out: it is as it was. */
static bool rebuild(struct leat_table *table, uint32_t bits)
{
    uint32_t places = places_of(table);
    struct leat_index_place *old = table->index;
    struct leat_index_place *index = make_places((size_t)1 << bits);

    if (index == NULL)
        return false;
    table->index = index;
    table->index_bits = bits;
    for (uint32_t i = 0; i < places; i++)
        if (old[i].reference != LEAT_SEGMENT_NONE)
            insert(table, old[i].hash, old[i].reference);
    leat_free(old);
    atomic_fetch_add_explicit(&table->segments.budget->held_bytes,
                              ((size_t)1 << bits) * sizeof *index, memory_order_relaxed);
    atomic_fetch_sub_explicit(&table->segments.budget->held_bytes, places * sizeof *index,
                              memory_order_relaxed);
    return true;
}

bool leat_index_reserve(struct leat_table *table)
{
    uint32_t places = places_of(table);
    uint32_t bits = places == 0 ? BITS_MIN : table->index_bits + 1;

    if (table->count + 1 <= places - places / 4)
        return true;
    return bits <= 31 && rebuild(table, bits);
}

void leat_index_trim(struct leat_table *table)
{
    uint32_t bits = table->index_bits;

    while (bits > BITS_MIN && table->count < (1u << bits) / 8)
        bits--;
    if (bits < table->index_bits)
        (void)rebuild(table, bits);
}

void leat_index_insert(struct leat_table *table, uint32_t hash, uint32_t reference)
{
    insert(table, hash, reference);
    table->count++;
}

static uint32_t find_place(const struct leat_table *table, uint32_t hash, uint32_t reference)
{
    uint32_t mask = (1u << table->index_bits) - 1;
    uint32_t i = home(table, hash);

    while (table->index[i].reference != reference) {
        assert(table->index[i].reference != LEAT_SEGMENT_NONE);
        i = (i + 1) & mask;
    }
    return i;
}

void leat_index_replace(struct leat_table *table, uint32_t hash, uint32_t reference,
                        uint32_t replacement)
{
    table->index[find_place(table, hash, reference)].reference = replacement;
}

void leat_index_remove(struct leat_table *table, uint32_t hash, uint32_t reference)
{
    uint32_t mask = (1u << table->index_bits) - 1;
    uint32_t gap = find_place(table, hash, reference);

    for (uint32_t i = (gap + 1) & mask; table->index[i].reference != LEAT_SEGMENT_NONE;
         i = (i + 1) & mask) {
        uint32_t wanted = home(table, table->index[i].hash);

        /* It may move back to the gap unless its home lies between the two. */
        if (((i - wanted) & mask) < ((i - gap) & mask))
            continue;
        table->index[gap] = table->index[i];
        gap = i;
    }
    table->index[gap].reference = LEAT_SEGMENT_NONE;
    table->count--;
}
