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

/* (murmur2 & 0x7fffffff) % partitions, as the Java client's Utils.toPositive has it: the sign bit
 * is dropped, not the number negated. partitions > 0. Java gives a null key no partition of its own
 * but the one that its producer fills at the time, and so does ours; here null is as empty. */
int32_t leat_partition_for_key(leat_bytes key, int32_t partitions);

#endif
