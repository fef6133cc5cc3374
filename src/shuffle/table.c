/* table: see table.h. */
#include "shuffle/table.h"

#include <stdalign.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"
#include "shuffle/order.h"
#include "shuffle/reducers.h"

enum {
    FIRST_SLOTS_BITS = 6,
    SLOTS_BITS_MAX = 31,
    ROOMY_SLOTS_MAX = 1 << 17, /* A megabyte: in the cache a wrong guess costs more. */
    FIRST_BLOCK_BYTES = 1 << 10,
    LINE_BYTES = 64, /* An entry of 32 bytes lies in one line. */
    BLOCKS_MAX = 1 << (32 - LEAT_TABLE_PLACE_BITS),
    HUGE_PAGES_BYTES_MIN = 4 << 20, /* Slots are read all over: fewer pages, fewer misses. */
    PREFETCH_SLOTS = 8
};

/* At the beginning of a block, which is aligned to a line; entries come after. */
struct block_head {
    void *allocated; /* Owned. */
    size_t used;     /* With this. */
    size_t bytes;    /* Taken from the budget. */
};

struct leat_value_block {
    struct leat_value_block *next;
    size_t bytes;
    uint64_t content[];
};

struct leat_large_value {
    struct leat_large_value *next;
    struct leat_large_value *previous;
    struct leat_buffer buffer;
    size_t counted_bytes;
};

_Static_assert(1 << (LEAT_TABLE_UNIT_BITS + LEAT_TABLE_PLACE_BITS) == LEAT_BUDGET_BLOCK_BYTES,
               "a place reaches every entry of a block");
_Static_assert(sizeof(struct block_head) <= LINE_BYTES, "entries begin at the second line");

void leat_key_table_init(struct leat_key_table *table, struct leat_budget *budget, size_t max_bytes,
                         bool has_numbers)
{
    *table = (struct leat_key_table){.budget = budget,
                                     .max_bytes = max_bytes,
                                     .head_bytes = has_numbers ? sizeof(struct leat_entry)
                                                               : sizeof(struct leat_value_entry)};
}

static struct block_head *head_of(const struct leat_key_table *table, size_t block)
{
    return (struct block_head *)(void *)table->blocks[block];
}

void leat_key_table_reset(struct leat_key_table *table)
{
    struct leat_budget *budget = table->budget;

    while (table->large != NULL) {
        struct leat_large_value *next = table->large->next;

        leat_buffer_release(&table->large->buffer);
        leat_free(table->large);
        table->large = next;
    }
    while (table->values != NULL) {
        struct leat_value_block *next = table->values->next;

        leat_free(table->values);
        table->values = next;
    }
    for (size_t i = 0; i < table->block_count; i++)
        leat_free(head_of(table, i)->allocated);
    leat_free(table->blocks);
    leat_free(table->slots);
    leat_budget_give(budget, table->held_bytes);
    leat_key_table_init(table, budget, table->max_bytes,
                        table->head_bytes == sizeof(struct leat_entry));
}

/* ---- memory ---- */

static leat_status no_memory(size_t bytes, leat_error *err)
{
    return leat_fail(err, LEAT_NO_MEMORY, "no memory for %zu bytes of a table of keys", bytes);
}

/* For what cannot wait. */
static void count_bytes(struct leat_key_table *table, size_t bytes)
{
    if (!leat_budget_take(table->budget, bytes)) {
        leat_budget_force(table->budget, bytes);
        if (table->held_bytes >= LEAT_BUDGET_FLOOR_BYTES)
            table->is_over = true;
    }
    table->held_bytes += bytes;
    if (table->max_bytes != 0 && table->held_bytes > table->max_bytes)
        table->is_over = true;
}

static void uncount_bytes(struct leat_key_table *table, size_t bytes)
{
    leat_budget_give(table->budget, bytes);
    table->held_bytes -= bytes;
}

/* False: not without exceeding. */
static bool take_bytes(struct leat_key_table *table, size_t bytes)
{
    if (table->max_bytes != 0 && table->held_bytes + bytes > table->max_bytes)
        return false;
    if (!leat_budget_take(table->budget, bytes)) {
        if (table->held_bytes >= LEAT_BUDGET_FLOOR_BYTES)
            return false;
        leat_budget_force(table->budget, bytes);
    }
    table->held_bytes += bytes;
    return true;
}

/* ---- slots ---- */

static void put_slot(struct leat_key_table *table, struct leat_key_table_slot slot)
{
    size_t at = slot.tag >> table->shift;

    while (table->slots[at].place != 0)
        at = (at + 1) & table->mask;
    table->slots[at] = slot;
}

static size_t slots_bytes(const struct leat_key_table *table)
{
    return table->slots == NULL ? 0 : (table->mask + 1) * sizeof *table->slots;
}

static void want_huge_pages(void *memory, size_t bytes)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t start = ((uintptr_t)memory + page - 1) & ~(page - 1);
    uintptr_t end = ((uintptr_t)memory + bytes) & ~(page - 1);

    if (bytes >= HUGE_PAGES_BYTES_MIN)
        (void)madvise((char *)memory + (start - (uintptr_t)memory), end - start, MADV_HUGEPAGE);
}

static unsigned next_slots_bits(const struct leat_key_table *table)
{
    return table->slots == NULL ? FIRST_SLOTS_BITS : 32 - table->shift + 1;
}

/* The slots' order by tag stays, so the new ones are written from beginning to end. */
static bool grow_slots(struct leat_key_table *table)
{
    unsigned bits = next_slots_bits(table);
    size_t count = (size_t)1 << bits;
    size_t old_bytes = slots_bytes(table);
    size_t old_count = old_bytes / sizeof *table->slots;
    struct leat_key_table_slot *old = table->slots;
    struct leat_key_table_slot *slots = leat_alloc(count, sizeof *slots);

    if (slots == NULL)
        return false;
    want_huge_pages(slots, count * sizeof *slots);
    table->slots = slots;
    table->mask = count - 1;
    table->shift = 32 - bits;
    table->keys_max = count <= ROOMY_SLOTS_MAX ? count / 4 : count / 8 * 5;
    for (size_t i = 0; i < old_count; i++)
        if (old[i].place != 0)
            put_slot(table, old[i]);
    leat_free(old);
    uncount_bytes(table, old_bytes);
    return true;
}

/* ---- blocks ---- */

static bool reserve_block_pointer(struct leat_key_table *table)
{
    size_t capacity = table->block_capacity == 0 ? 8 : 2 * table->block_capacity;
    char **grown;

    if (table->block_count < table->block_capacity)
        return true;
    grown = leat_grow(table->blocks, capacity, sizeof *grown);
    if (grown == NULL)
        return false;
    table->blocks = grown;
    table->block_capacity = capacity;
    return true;
}

/* Room for the entry in bytes of a block, of which some are lost to alignment. */
static size_t block_overhead(void)
{
    return LINE_BYTES + LINE_BYTES - alignof(max_align_t);
}

static size_t next_block_bytes(const struct leat_key_table *table, size_t entry_size)
{
    size_t bytes = table->block_count == 0 ? FIRST_BLOCK_BYTES
                                           : head_of(table, table->block_count - 1)->bytes * 4;

    if (bytes > LEAT_BUDGET_BLOCK_BYTES)
        bytes = LEAT_BUDGET_BLOCK_BYTES;
    return bytes < entry_size + block_overhead() ? entry_size + block_overhead() : bytes;
}

static bool add_block(struct leat_key_table *table, size_t bytes)
{
    uintptr_t line = LINE_BYTES;
    struct block_head *head;
    char *allocated;
    char *block;

    if (!reserve_block_pointer(table))
        return false;
    allocated = leat_grow(NULL, bytes, 1);
    if (allocated == NULL)
        return false;
    block = allocated + (-(uintptr_t)allocated & (line - 1));
    table->blocks[table->block_count++] = block;
    head = (struct block_head *)(void *)block;
    *head = (struct block_head){.allocated = allocated, .used = LINE_BYTES, .bytes = bytes};
    table->entry_room = (size_t)(allocated + bytes - block) - LINE_BYTES;
    return true;
}

leat_status leat_key_table_make_room(struct leat_key_table *table, size_t entry_size,
                                     bool may_exceed, bool *out_full, leat_error *err)
{
    bool slots_grow = table->keys == table->keys_max;
    bool block_grows = entry_size > table->entry_room;
    size_t slots = sizeof *table->slots << next_slots_bits(table);
    size_t block = next_block_bytes(table, entry_size);
    size_t wanted = (slots_grow ? slots : 0) + (block_grows ? block : 0);

    *out_full = (slots_grow && next_slots_bits(table) > SLOTS_BITS_MAX) ||
                (block_grows && table->block_count == BLOCKS_MAX);
    if (*out_full && may_exceed)
        return leat_fail(err, LEAT_LIMIT, "a table of %zu keys cannot grow further", table->keys);
    *out_full = *out_full || (!may_exceed && !take_bytes(table, wanted));
    if (*out_full)
        return LEAT_OK;
    if (may_exceed)
        count_bytes(table, wanted);
    if (slots_grow && !grow_slots(table)) {
        uncount_bytes(table, wanted);
        return no_memory(slots, err);
    }
    if (block_grows && !add_block(table, block)) {
        uncount_bytes(table, block);
        return no_memory(block, err);
    }
    return LEAT_OK;
}

struct leat_entry *leat_key_table_insert(struct leat_key_table *table, uint32_t tag, leat_bytes key,
                                         size_t value_size)
{
    size_t block = table->block_count - 1;
    struct block_head *head = head_of(table, block);
    uint32_t code = leat_size_code(key);
    size_t size = leat_key_table_entry_size(table, code, value_size);
    uint32_t place =
        (uint32_t)(block << LEAT_TABLE_PLACE_BITS | head->used >> LEAT_TABLE_UNIT_BITS);
    struct leat_entry *entry = leat_key_table_entry(table, place);

    *entry = (struct leat_entry){.tag = tag, .key_size = code};
    leat_copy_bytes((char *)entry + table->head_bytes, key.data, leat_size_length(code));
    if (table->head_bytes == sizeof(struct leat_value_entry)) {
        struct leat_value_entry *value = (struct leat_value_entry *)entry;

        value->value_size = LEAT_SIZE_NULL;
        value->units = (uint32_t)(size >> LEAT_TABLE_UNIT_BITS);
        value->is_large = false;
        entry->value.bytes = (char *)entry + table->head_bytes + leat_size_length(code);
        value->value_capacity = (uint32_t)(size - table->head_bytes - leat_size_length(code));
    }
    head->used += size;
    /* A place reaches no further. */
    table->entry_room = head->used < LEAT_BUDGET_BLOCK_BYTES ? table->entry_room - size : 0;
    put_slot(table, (struct leat_key_table_slot){tag, place});
    table->keys++;
    return entry;
}

/* ---- values that are bytes ---- */

leat_bytes leat_key_table_value(const struct leat_entry *entry)
{
    const struct leat_value_entry *value = (const struct leat_value_entry *)entry;

    if (value->is_large)
        return leat_buffer_view(&entry->value.large->buffer);
    return leat_size_view(entry->value.bytes, value->value_size);
}

struct leat_buffer *leat_key_table_large(struct leat_entry *entry)
{
    return ((struct leat_value_entry *)entry)->is_large ? &entry->value.large->buffer : NULL;
}

void leat_key_table_count_large(struct leat_key_table *table, struct leat_entry *entry)
{
    struct leat_large_value *large = entry->value.large;
    size_t capacity = large->buffer.capacity;

    if (capacity > large->counted_bytes)
        count_bytes(table, capacity - large->counted_bytes);
    else
        uncount_bytes(table, large->counted_bytes - capacity);
    large->counted_bytes = capacity;
}

static leat_status make_large(struct leat_key_table *table, struct leat_entry *entry,
                              leat_bytes bytes, leat_error *err)
{
    struct leat_large_value *large = leat_alloc(1, sizeof *large);

    if (large == NULL || leat_buffer_set(&large->buffer, bytes) != LEAT_OK) {
        leat_free(large);
        return no_memory(bytes.size, err);
    }
    large->next = table->large;
    if (large->next != NULL)
        large->next->previous = large;
    table->large = large;
    entry->value.large = large;
    ((struct leat_value_entry *)entry)->is_large = true;
    leat_key_table_count_large(table, entry);
    return LEAT_OK;
}

/* Twice what is needed, so that a value that grows moves seldom. */
static leat_status move_value(struct leat_key_table *table, struct leat_value_entry *value,
                              size_t size, leat_error *err)
{
    size_t capacity = leat_round_8(2 * size);
    struct leat_value_block *block = table->values;

    if (capacity > table->value_room) {
        size_t bytes = block == NULL ? FIRST_BLOCK_BYTES : block->bytes * 4;

        if (bytes > LEAT_BUDGET_BLOCK_BYTES)
            bytes = LEAT_BUDGET_BLOCK_BYTES;
        if (bytes < sizeof *block + capacity)
            bytes = sizeof *block + capacity;
        block = leat_grow(NULL, 1, bytes);
        if (block == NULL)
            return no_memory(bytes, err);
        count_bytes(table, bytes);
        *block = (struct leat_value_block){.next = table->values, .bytes = bytes};
        table->values = block;
        table->value_room = bytes - sizeof *block;
    }
    value->entry.value.bytes = (char *)block + block->bytes - table->value_room;
    value->value_capacity = (uint32_t)capacity;
    table->value_room -= capacity;
    return LEAT_OK;
}

leat_status leat_key_table_set_value(struct leat_key_table *table, struct leat_entry *entry,
                                     leat_bytes bytes, leat_error *err)
{
    struct leat_value_entry *value = (struct leat_value_entry *)entry;

    if (value->is_large) {
        if (leat_buffer_set(&entry->value.large->buffer, bytes) != LEAT_OK)
            return no_memory(bytes.size, err);
        leat_key_table_count_large(table, entry);
        return LEAT_OK;
    }
    if (bytes.size > LEAT_TABLE_LARGE_MIN)
        return make_large(table, entry, bytes, err);
    if (bytes.size > value->value_capacity)
        LEAT_TRY(move_value(table, value, bytes.size, err));
    leat_copy_bytes(entry->value.bytes, bytes.data, bytes.size);
    value->value_size = leat_size_code(bytes);
    return LEAT_OK;
}

/* ---- all entries ---- */

struct leat_entry *leat_key_table_next(const struct leat_key_table *table,
                                       struct leat_key_table_cursor *cursor)
{
    struct leat_entry *entry;

    if (cursor->block < table->block_count &&
        cursor->offset == head_of(table, cursor->block)->used) {
        cursor->block++;
        cursor->offset = 0;
    }
    if (cursor->block == table->block_count)
        return NULL;
    if (cursor->offset == 0)
        cursor->offset = LINE_BYTES;
    entry = (struct leat_entry *)(void *)(table->blocks[cursor->block] + cursor->offset);
    if (table->head_bytes == sizeof(struct leat_entry))
        cursor->offset += leat_key_table_entry_size(table, entry->key_size, 0);
    else
        cursor->offset += (size_t)((struct leat_value_entry *)entry)->units << LEAT_TABLE_UNIT_BITS;
    return entry;
}

/* Those whose probing went round the end have the highest tags of all: they go there. False: no
 * memory, and nothing is done; the sort will be slower. */
static size_t unwrap(struct leat_key_table *table, struct leat_key_table_slot **out_wrapped)
{
    struct leat_key_table_slot *wrapped;
    size_t count = 0;

    for (size_t i = 0; i <= table->mask && table->slots[i].place != 0; i++)
        count += table->slots[i].tag >> table->shift > i;
    wrapped = count == 0 ? NULL : leat_grow(NULL, count, sizeof *wrapped);
    *out_wrapped = wrapped;
    if (wrapped == NULL)
        return 0;
    count = 0;
    for (size_t i = 0; i <= table->mask && table->slots[i].place != 0; i++)
        if (table->slots[i].tag >> table->shift > i)
            wrapped[count++] = table->slots[i];
    return count;
}

static void compact(struct leat_key_table *table)
{
    struct leat_key_table_slot *wrapped;
    size_t wrapped_count = unwrap(table, &wrapped);
    size_t end = 0;
    bool in_first_run = wrapped_count > 0;

    for (size_t i = 0; i <= table->mask; i++) {
        in_first_run = in_first_run && table->slots[i].place != 0;
        if (table->slots[i].place == 0 || (in_first_run && table->slots[i].tag >> table->shift > i))
            continue;
        table->slots[end++] = table->slots[i];
    }
    leat_copy_bytes((char *)(table->slots + end), (const char *)wrapped,
                    wrapped_count * sizeof *wrapped);
    leat_free(wrapped);
}

static bool is_after(const struct leat_key_table *table, struct leat_key_table_slot a,
                     struct leat_key_table_slot b)
{
    if (a.tag != b.tag)
        return a.tag > b.tag;
    return leat_key_compare(leat_key_table_key(table, leat_key_table_entry(table, a.place)),
                            leat_key_table_key(table, leat_key_table_entry(table, b.place))) > 0;
}

/* By insertion, for hardly any is far from its place. */
void leat_key_table_sort(struct leat_key_table *table)
{
    if (table->keys == 0)
        return;
    compact(table);
    for (size_t i = 1; i < table->keys; i++) {
        struct leat_key_table_slot slot = table->slots[i];
        size_t at = i;

        for (; at > 0 && is_after(table, table->slots[at - 1], slot); at--)
            table->slots[at] = table->slots[at - 1];
        table->slots[at] = slot;
    }
}
