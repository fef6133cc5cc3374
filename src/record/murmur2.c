/* murmur2: see murmur2.h. */
#include "record/murmur2.h"

#include <assert.h>

static uint32_t load_le32(const char *bytes)
{
    const unsigned char *b = (const unsigned char *)bytes;

    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
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
    if (left > 0) {
        if (left == 3)
            hash ^= (uint32_t)(unsigned char)at[2] << 16;
        if (left >= 2)
            hash ^= (uint32_t)(unsigned char)at[1] << 8;
        hash = (hash ^ (unsigned char)at[0]) * m;
    }
    hash = (hash ^ (hash >> 13)) * m;
    return hash ^ (hash >> 15);
}

int32_t leat_partition_for_key(leat_bytes key, int32_t partitions)
{
    assert(partitions > 0);
    return (int32_t)((leat_murmur2(key) & 0x7fffffffU) % (uint32_t)partitions);
}
