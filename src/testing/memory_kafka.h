/*
 * memory_kafka: Kafka in memory, behind the same interfaces as librdkafka: topics with offsets,
 * transactions that become visible whole or never, group offsets with metadata, fencing.
 *
 * What it keeps of Kafka: a reader that reads committed stops at the last stable offset and never
 * sees an aborted record, whose offset stays a hole; a new producer of a transactional id aborts
 * what the old one left open and fences it.
 *
 * Thread: any; one lock.
 */
#ifndef LEAT_TESTING_MEMORY_KAFKA_H
#define LEAT_TESTING_MEMORY_KAFKA_H

#include "kafka/kafka.h"

struct leat_memory_kafka;

/* Caller destroys it, after everything that its driver opened. NULL when memory is out. */
struct leat_memory_kafka *leat_memory_kafka_create(void);
void leat_memory_kafka_destroy(struct leat_memory_kafka *kafka);

/* Borrowed from kafka. */
const struct leat_kafka_driver *leat_memory_kafka_driver(struct leat_memory_kafka *kafka);

/* Makes the topic, or gives it more partitions. */
LEAT_MUST_CHECK leat_status leat_memory_kafka_create_topic(struct leat_memory_kafka *kafka,
                                                           const char *topic, int32_t partitions);

/* Appends a committed record. Copies. LEAT_INVALID: no such topic or partition. */
LEAT_MUST_CHECK leat_status leat_memory_kafka_push(struct leat_memory_kafka *kafka,
                                                   const char *topic, int32_t partition,
                                                   leat_bytes key, leat_bytes value,
                                                   int64_t timestamp_ms);

/* The index-th record of topic in the order of commits, and within a commit partition after
 * partition; NULL: no more. Borrowed from kafka. */
const leat_record *leat_memory_kafka_committed(struct leat_memory_kafka *kafka, const char *topic,
                                               size_t index);

/* The timestamp of records that a writer is given without one. */
void leat_memory_kafka_set_time(struct leat_memory_kafka *kafka, int64_t now_ms);

#endif
