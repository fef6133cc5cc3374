/*
 * murmur2: Kafka's hash of a key, as org.apache.kafka.common.utils.Utils.murmur2 computes it, and
 * the partition that its default partitioner takes. It also places keys in slots.
 *
 * Thread: any.
 */
#ifndef LEAT_RECORD_MURMUR2_H
#define LEAT_RECORD_MURMUR2_H

#include "base/status.h"

uint32_t leat_murmur2(leat_bytes key);

/* (murmur2 & 0x7fffffff) % partitions; partitions > 0. */
int32_t leat_partition_for_key(leat_bytes key, int32_t partitions);

#endif
