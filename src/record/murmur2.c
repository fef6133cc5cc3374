/* murmur2: see murmur2.h. */
#include "record/murmur2.h"

#include <assert.h>

static uint32_t load_le32(const char *bytes)
{
    const unsigned char *b = (const unsigned char *)bytes;

    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* The last 1 to 3 bytes, without asking how many: the processor cannot foresee it. */
static uint32_t load_tail(leat_bytes key, size_t left)
{
    const unsigned char *b = (const unsigned char *)key.data;

    if (key.size >= 4)
        return load_le32(key.data + key.size - 4) >> (32 - 8 * left);
    return (uint32_t)b[0] | (left > 1 ? (uint32_t)b[1] << 8 : 0) |
           (left > 2 ? (uint32_t)b[2] << 16 : 0);
}

uint32_t leat_murmur2(leat_bytes key)
{
    const uint32_t m = 0x5bd1e995;
    uint32_t hash = 0x9747b28cU ^ (uint32_t)key.size;
    const char *at = key.data;
    size_t left = key.size;

    for (; left >= 4; left -= 4, at += 4) {
        uint32_t k = load_le32(at) * m;

        hash = (hash * m) ^ ((k ^ (k >> 24)) * m);
    }
    if (left > 0)
        hash = (hash ^ load_tail(key, left)) * m;
    hash = (hash ^ (hash >> 13)) * m;
    return hash ^ (hash >> 15);
}

int32_t leat_partition_for_key(leat_bytes key, int32_t partitions)
{
    assert(partitions > 0);
    return (int32_t)((leat_murmur2(key) & 0x7fffffffU) % (uint32_t)partitions);
}
