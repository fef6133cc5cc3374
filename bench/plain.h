/*
 * plain: the frame of the hand-written loops that leat is measured against: read, process, and a
 * transaction of records and offsets every interval.
 *
 *   --brokers B --topic T --group G --output-topic T [--interval-ms 1000] [--drain 1]
 *   [-XC consumer.parameter=value]... [-XP producer.parameter=value]...
 *
 * What it does not do: recover by itself (an error ends it; a restart goes on from the group's
 * offsets), and drain a topic that ends in a transaction's marker or an aborted record.
 */
#ifndef BENCH_PLAIN_H
#define BENCH_PLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "common.h"

enum { PLAIN_PARTITIONS_MAX = 64, PLAIN_BATCH = 1000 };

struct plain {
    rd_kafka_t *consumer;
    rd_kafka_t *producer;
    rd_kafka_topic_t *input;
    rd_kafka_topic_t *output;
    rd_kafka_queue_t *queue; /* All partitions of the input. */
    rd_kafka_consumer_group_metadata_t *group;
    int32_t input_partitions;
    int32_t output_partitions;
    int64_t next[PLAIN_PARTITIONS_MAX];
    int64_t end[PLAIN_PARTITIONS_MAX]; /* When draining. */
    int left;                          /* Partitions that are not drained. */
    int64_t interval_us;
    bool drains;
    int64_t records;
};

/* Produces whatever comes of these messages, and then destroys or keeps them. */
typedef void (*plain_process_fn)(struct plain *, rd_kafka_message_t **messages, size_t count);

/* Produces what is due at the end of a transaction. */
typedef void (*plain_end_fn)(struct plain *);

/* Runs until everything is drained, or SIGTERM. end may be NULL. */
void plain_run(char **argv, plain_process_fn process, plain_end_fn end);

/* rd_kafka_produce_batch, for as often as it takes. */
void plain_produce_batch(struct plain *plain, int32_t partition, rd_kafka_message_t *messages,
                         size_t count);

#endif
