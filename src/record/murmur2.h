/*
 * murmur2: Kafka's hash of a key, as org.apache.kafka.common.utils.Utils.murmur2 computes it, and
 * the partition that its default partitioner takes. It also places keys in slots.
 *
 * Thread: any.
 */
#ifndef LEAT_RECORD_MURMUR2_H
#define LEAT_RECORD_MURMUR2_H

#include "base/status.h"

static inline uint32_t leat_load_le32(const char *bytes)
{
    const unsigned char *b = (const unsigned char *)bytes;

    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* The last 1 to 3 bytes, without asking how many: the processor cannot foresee it. */
static inline uint32_t leat_murmur2_tail(leat_bytes key, size_t left)
{
    const unsigned char *b = (const unsigned char *)key.data;

    if (key.size >= 4)
        return leat_load_le32(key.data + key.size - 4) >> (32 - 8 * left);
    return (uint32_t)b[0] | (left > 1 ? (uint32_t)b[1] << 8 : 0) |
           (left > 2 ? (uint32_t)b[2] << 16 : 0);
}

/* Inline: it runs for every record of a shuffle. */
static inline uint32_t leat_murmur2(leat_bytes key)
{
    const uint32_t m = 0x5bd1e995;
    uint32_t hash = 0x9747b28cU ^ (uint32_t)key.size;
    const char *at = key.data;
    size_t left = key.size;

    for (; left >= 4; left -= 4, at += 4) {
        uint32_t k = leat_load_le32(at) * m;

        hash = (hash * m) ^ ((k ^ (k >> 24)) * m);
    }
    if (left > 0)
        hash = (hash ^ leat_murmur2_tail(key, left)) * m;
    hash = (hash ^ (hash >> 13)) * m;
    return hash ^ (hash >> 15);
}

/* (murmur2 & 0x7fffffff) % partitions, as the Java client's Utils.toPositive has it: the sign bit
 * is dropped, not the number negated. partitions > 0. Java gives a null key no partition of its own
 * but the one that its producer fills at the time, and so does ours; here null is as empty. */
int32_t leat_partition_for_key(leat_bytes key, int32_t partitions);

#endif
