/*
 * leat/kafka.h: Kafka as source and sink.
 *
 * Options are borrowed for the call, zero means default, fields are only ever appended.
 */
#ifndef LEAT_KAFKA_H
#define LEAT_KAFKA_H

#include "leat/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Offsets [from, until) of one partition. */
typedef struct {
    const char *topic;
    int32_t partition;
    int64_t from;
    int64_t until;
} leat_offset_range;

typedef struct {
    const char *brokers;           /* metadata.broker.list: host:port[,host:port] */
    const char *topics;            /* "a,b"; or the pattern below. */
    const char *topic_pattern;     /* POSIX extended regular expression over whole names. */
    const char *group_id;          /* NULL: leat-<app name>. */
    const char *auto_offset_reset; /* smallest|earliest, largest|latest (default). */
    int32_t fetch_message_max_bytes;
    const leat_offset_range *from_offsets; /* Where a first start begins; until is ignored. */
    size_t from_offsets_count;
    const char *const *parameters; /* "key", "value", ..., NULL: any other Kafka parameter. */
    leat_type key_type;            /* Default LEAT_BYTES; value_type too. */
    leat_type value_type;
} leat_kafka_source;

typedef struct {
    const char *brokers;           /* NULL: the first source's, with its security settings. */
    const char *const *parameters; /* linger.ms, max.request.size, compression.type, ... */
} leat_sink_options;

/*
 * The direct stream: every batch holds the offset range of each partition that rate control allows,
 * one RDD partition per topic partition, in offset order. Positions are the job's own: there is no
 * group membership, and the group gets its offsets in the batch's transaction. Partitions added
 * later are picked up from their first record. Since: 0.1
 */
#define leat_kafka_direct_stream(...) leat_kafka_direct_stream_at(LEAT_HERE, __VA_ARGS__)
LEAT_API leat_dstream *leat_kafka_direct_stream_at(const char *where, leat_streaming_context *ssc,
                                                   const char *name,
                                                   const leat_kafka_source *source);

/* Names a cluster and producer settings to write with. All sinks of an exactly-once job are on one
 * cluster: a second one is a start error. Names are unique. options may be NULL. Since: 0.1 */
LEAT_API leat_sink *leat_kafka_sink(leat_streaming_context *ssc, const char *name,
                                    const leat_sink_options *options);

/* The task's producer into sink, inside the batch's transaction: a failed attempt's records never
 * become visible. sink NULL: the job's only one, or the source's cluster. Never NULL: what is wrong
 * comes out of leat_produce. Since: 0.1 */
LEAT_API leat_producer *leat_task_producer(leat_task *task, const leat_sink *sink);

/*
 * Copies the record into the transaction; blocks while the queue is full. The partition is the one
 * that Java's client takes: murmur2 of the key; records without a key go round in runs. A record
 * that the broker refuses fails the batch and is named. Since: 0.1
 */
LEAT_API leat_status leat_produce(leat_producer *producer, const char *topic, leat_bytes key,
                                  leat_bytes value);

/* The same with the record's headers and, unless it is -1, its timestamp. Since: 0.1 */
LEAT_API leat_status leat_produce_record(leat_producer *producer, const char *topic,
                                         const leat_record *record);

#ifdef __cplusplus
}
#endif
#endif
