/*
 * item: a record as a sorter keeps it, in memory and in a run alike.
 *
 *   [head 24 bytes][key][value]                 padded to 8 bytes
 *   [head 24 bytes][key][offset of the value]   apart: a large value has a place of its own in the
 *                                               spill file, and is read when its turn has come
 *
 * Thread: any; plain data.
 */
#ifndef LEAT_SHUFFLE_ITEM_H
#define LEAT_SHUFFLE_ITEM_H

#include "base/copy.h"
#include "shuffle/sorter.h"

/* A size that stands for null; sizes are below it. */
#define LEAT_SIZE_NULL UINT32_MAX

enum {
    LEAT_ITEM_TAG_MAX = 0xff,
    LEAT_ITEM_APART = 0x100,        /* In tag. */
    LEAT_ITEM_VALUE_MAX = 16 << 10, /* In a run; larger ones are apart. */
};

struct leat_item {
    uint32_t hash;
    uint32_t tag;
    uint32_t key_size;
    uint32_t value_size;
    int64_t timestamp_ms;
};

static inline uint32_t leat_size_code(leat_bytes bytes)
{
    return bytes.data == NULL ? LEAT_SIZE_NULL : (uint32_t)bytes.size;
}

/* Bytes that are there. */
static inline size_t leat_size_length(uint32_t code)
{
    return code == LEAT_SIZE_NULL ? 0 : code;
}

static inline leat_bytes leat_size_view(const char *data, uint32_t code)
{
    return code == LEAT_SIZE_NULL ? (leat_bytes){NULL, 0} : (leat_bytes){data, code};
}

static inline size_t leat_round_8(size_t size)
{
    return (size + 7) & ~(size_t)7;
}

static inline const char *leat_item_bytes(const struct leat_item *item)
{
    return (const char *)(item + 1);
}

static inline leat_bytes leat_item_key(const struct leat_item *item)
{
    return leat_size_view(leat_item_bytes(item), item->key_size);
}

/* Of one that is not apart. */
static inline leat_bytes leat_item_value(const struct leat_item *item)
{
    return leat_size_view(leat_item_bytes(item) + leat_size_length(item->key_size),
                          item->value_size);
}

static inline bool leat_item_is_apart(const struct leat_item *item)
{
    return (item->tag & LEAT_ITEM_APART) != 0;
}

/* With its padding. */
static inline size_t leat_item_size(const struct leat_item *item)
{
    size_t value = leat_item_is_apart(item) ? sizeof(int64_t) : leat_size_length(item->value_size);

    return leat_round_8(sizeof *item + leat_size_length(item->key_size) + value);
}

#endif
