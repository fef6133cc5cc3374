/* produce: one record of the benchmark's input on its way into a topic. */
#ifndef BENCH_PRODUCE_H
#define BENCH_PRODUCE_H

#include <stdbool.h>

#include "common.h"
#include "records.h"

/* By key, or else to the partition given. Waits while the queue is full. */
void produce_record(rd_kafka_t *client, rd_kafka_topic_t *topic, int32_t partition,
                    const struct record *record, bool has_header, int64_t timestamp_ms);
void produce_flush(rd_kafka_t *client);

#endif
