/*
 * record_list: see record_list.h.
 *
 * A record in a block: size of the key, size of the value (0: null, otherwise one more than it is),
 * timestamp as the distance from the block's first one; each as a variable number of bytes, 7 bits
 * in each; then key and value.
 */
#include "shuffle/record_list.h"

#include <assert.h>

#include "base/copy.h"
#include "base/memory.h"

enum {
    FIRST_BLOCK_BYTES = 1 << 10,
    FORCED_BLOCK_BYTES = 4 << 10, /* Beyond the budget: what is worth a write of its own. */
    VARINT_MAX = 10,
    HEAD_MAX = 3 * VARINT_MAX
};

struct leat_record_block {
    struct leat_record_block *next;
    char *bytes; /* Owned; NULL: in the spill file, at offset. */
    size_t size; /* Used of capacity. */
    size_t capacity;
    int64_t offset;
    int64_t first_timestamp_ms;
};

void leat_record_list_init(struct leat_record_list *list, struct leat_budget *budget,
                           struct leat_spill_file *spill)
{
    *list = (struct leat_record_list){.budget = budget, .spill = spill};
}

/* ---- appending ---- */

static inline char *put_varint(char *at, uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        *at++ = (char)(number | 0x80);
    *at++ = (char)number;
    return at;
}

static inline uint64_t size_code(leat_bytes bytes)
{
    return bytes.data == NULL ? 0 : (uint64_t)bytes.size + 1;
}

/* Small distances, whatever their sign, are small numbers. */
static inline uint64_t distance_code(int64_t from, int64_t to)
{
    uint64_t distance = (uint64_t)to - (uint64_t)from;

    return (distance << 1) ^ (distance >> 63 == 0 ? 0 : UINT64_MAX);
}

static inline char *put_bytes(char *at, leat_bytes bytes)
{
    if (bytes.data == NULL)
        return at;
    leat_copy_bytes(at, bytes.data, bytes.size);
    return at + bytes.size;
}

static void put_record(struct leat_record_block *block, const leat_record *record)
{
    char *start = block->bytes + block->size;
    char *at = start;

    if (block->size == 0)
        block->first_timestamp_ms = record->timestamp_ms;
    at = put_varint(at, size_code(record->key));
    at = put_varint(at, size_code(record->value));
    at = put_varint(at, distance_code(block->first_timestamp_ms, record->timestamp_ms));
    at = put_bytes(at, record->key);
    at = put_bytes(at, record->value);
    block->size += (size_t)(at - start);
}

static leat_status spill(struct leat_record_list *list, struct leat_record_block *block,
                         leat_error *err)
{
    LEAT_TRY(leat_spill_file_write(list->spill, block->bytes, block->size, &block->offset, err));
    leat_free(block->bytes);
    block->bytes = NULL;
    leat_budget_give(list->budget, block->capacity);
    return LEAT_OK;
}

leat_status leat_record_list_spill_last(struct leat_record_list *list, leat_error *err)
{
    if (list->last == NULL || list->last->bytes == NULL)
        return LEAT_OK;
    return spill(list, list->last, err);
}

/* Beyond the budget the block before makes room: it is full, and the others are in memory because
 * there was room for them. When that is not enough, the new block is smaller than *capacity, so
 * that many lists do not take a large one each. */
static leat_status take(struct leat_record_list *list, size_t needed, size_t *capacity,
                        leat_error *err)
{
    size_t least = needed > FORCED_BLOCK_BYTES ? needed : FORCED_BLOCK_BYTES;

    if (leat_budget_take(list->budget, *capacity))
        return LEAT_OK;
    LEAT_TRY(leat_record_list_spill_last(list, err));
    for (; *capacity > least; *capacity /= 4)
        if (leat_budget_take(list->budget, *capacity))
            return LEAT_OK;
    if (*capacity < needed)
        *capacity = needed;
    leat_budget_force(list->budget, *capacity);
    return LEAT_OK;
}

static size_t next_capacity(const struct leat_record_list *list, size_t needed)
{
    size_t capacity = list->last == NULL ? FIRST_BLOCK_BYTES : list->last->capacity * 4;

    if (capacity > LEAT_BUDGET_BLOCK_BYTES)
        capacity = LEAT_BUDGET_BLOCK_BYTES;
    return capacity < needed ? needed : capacity;
}

static leat_status add_block(struct leat_record_list *list, size_t needed, leat_error *err)
{
    size_t capacity = next_capacity(list, needed);
    struct leat_record_block *block;

    LEAT_TRY(take(list, needed, &capacity, err));
    block = leat_alloc(1, sizeof *block);
    if (block != NULL)
        block->bytes = leat_grow(NULL, capacity, 1);
    if (block == NULL || block->bytes == NULL) {
        leat_free(block);
        leat_budget_give(list->budget, capacity);
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a block of %zu bytes of records",
                         capacity);
    }
    block->capacity = capacity;
    if (list->last == NULL)
        list->first = block;
    else
        list->last->next = block;
    list->last = block;
    return LEAT_OK;
}

leat_status leat_record_list_append(struct leat_record_list *list, const leat_record *record,
                                    leat_error *err)
{
    struct leat_record_block *last = list->last;
    size_t bytes = HEAD_MAX;
    size_t before;

    bytes += record->key.data == NULL ? 0 : record->key.size;
    bytes += record->value.data == NULL ? 0 : record->value.size;
    if (last == NULL || last->bytes == NULL || last->capacity - last->size < bytes) {
        LEAT_TRY(add_block(list, bytes, err));
        last = list->last;
    }
    before = last->size;
    put_record(last, record);
    list->records++;
    list->bytes += last->size - before;
    return LEAT_OK;
}

void leat_record_list_splice(struct leat_record_list *list, struct leat_record_list *from)
{
    assert(list->budget == from->budget && list->spill == from->spill);
    if (from->first == NULL)
        return;
    if (list->last == NULL)
        list->first = from->first;
    else
        list->last->next = from->first;
    list->last = from->last;
    list->records += from->records;
    list->bytes += from->bytes;
    leat_record_list_init(from, list->budget, list->spill);
}

void leat_record_list_release(struct leat_record_list *list)
{
    struct leat_record_block *block = list->first;

    while (block != NULL) {
        struct leat_record_block *next = block->next;

        if (block->bytes != NULL)
            leat_budget_give(list->budget, block->capacity);
        leat_free(block->bytes);
        leat_free(block);
        block = next;
    }
    leat_record_list_init(list, list->budget, list->spill);
}

/* ---- reading ---- */

void leat_record_reader_init(struct leat_record_reader *reader, const struct leat_record_list *list)
{
    *reader = (struct leat_record_reader){.list = list, .block = list->first};
}

static inline const char *get_varint(const char *at, uint64_t *out)
{
    uint64_t number = (unsigned char)*at++;

    if (number >= 0x80) {
        number &= 0x7f;
        for (unsigned shift = 7;; shift += 7) {
            uint64_t byte = (unsigned char)*at++;

            number |= (byte & 0x7f) << shift;
            if (byte < 0x80)
                break;
        }
    }
    *out = number;
    return at;
}

static inline const char *get_view(const char *at, uint64_t code, leat_bytes *out)
{
    if (code == 0) {
        *out = (leat_bytes){NULL, 0};
        return at;
    }
    *out = (leat_bytes){at, (size_t)(code - 1)};
    return at + out->size;
}

static const char *get_record(const char *at, int64_t first_timestamp_ms, leat_record *out)
{
    uint64_t key, value, distance;

    at = get_varint(at, &key);
    at = get_varint(at, &value);
    at = get_varint(at, &distance);
    distance = (distance >> 1) ^ ((distance & 1) == 0 ? 0 : UINT64_MAX);
    *out = (leat_record){.timestamp_ms = (int64_t)((uint64_t)first_timestamp_ms + distance),
                         .offset = -1};
    at = get_view(at, key, &out->key);
    return get_view(at, value, &out->value);
}

/* One spilled block is in memory at a time. */
static leat_status load(struct leat_record_reader *reader, leat_error *err)
{
    const struct leat_record_block *block = reader->block;

    if (block->size > reader->loaded_bytes) {
        char *loaded = leat_grow(reader->loaded, block->size, 1);

        if (loaded == NULL)
            return leat_fail(err, LEAT_NO_MEMORY,
                             "no memory to read a block of %zu bytes of records", block->size);
        leat_budget_force(reader->list->budget, block->size - reader->loaded_bytes);
        reader->loaded = loaded;
        reader->loaded_bytes = block->size;
    }
    return leat_spill_file_read(reader->list->spill, block->offset, reader->loaded, block->size,
                                err);
}

/* Goes to the next block when this one is read. True: there is something to read, and it may go
 * behind what out has already. */
static bool advance(struct leat_record_reader *reader, const struct leat_chunk *out)
{
    const struct leat_record_block *block = reader->block;

    if (block != NULL && reader->position == block->size) {
        if (block->bytes == NULL && out->count > 0)
            return false; /* What out has lies where the next one would be loaded. */
        block = reader->block = block->next;
        reader->position = 0;
    }
    if (block == NULL)
        return false;
    return block->bytes != NULL || reader->position > 0 || out->count == 0;
}

leat_status leat_record_reader_read(struct leat_record_reader *reader, size_t most,
                                    struct leat_chunk *out, leat_error *err)
{
    out->count = 0;
    if (!leat_chunk_reserve(out, most))
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for %zu records", most);
    while (out->count < most && advance(reader, out)) {
        const struct leat_record_block *block = reader->block;
        const char *start, *at, *end;

        if (block->bytes == NULL && reader->position == 0)
            LEAT_TRY(load(reader, err));
        start = block->bytes == NULL ? reader->loaded : block->bytes;
        end = start + block->size;
        for (at = start + reader->position; at < end && out->count < most; out->count++)
            at = get_record(at, block->first_timestamp_ms, &out->records[out->count]);
        reader->position = (size_t)(at - start);
    }
    return LEAT_OK;
}

void leat_record_reader_release(struct leat_record_reader *reader)
{
    leat_budget_give(reader->list->budget, reader->loaded_bytes);
    leat_free(reader->loaded);
    reader->loaded = NULL;
    reader->loaded_bytes = 0;
}
