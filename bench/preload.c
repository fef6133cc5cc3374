/*
 * preload: fills a topic with the benchmark's input, as fast as one process can.
 *
 *   preload --brokers B --topic T --kind relay|daas --records N [--value-bytes N] [--headers 0|1]
 *   preload --params FILE          writes daas's dictionary
 */
#include <stdio.h>

#include "common.h"
#include "records.h"

enum { RUN_RECORDS = 200, RECORDS_PER_MS = 20 };
static const int64_t first_timestamp_ms = 1700000000000;
static const uint64_t first_id = 100000;

static const char *const settings[] = {"linger.ms",
                                       "20",
                                       "batch.num.messages",
                                       "100000",
                                       "queue.buffering.max.messages",
                                       "100000",
                                       "enable.idempotence",
                                       "true",
                                       NULL};

/* False when the queue is full. */
static bool produce(rd_kafka_t *client, rd_kafka_topic_t *topic, int32_t partition,
                    const struct record *record, bool has_header, int64_t timestamp_ms)
{
    rd_kafka_vu_t fields[7] = {
        {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = topic},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = partition},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_KEY,
         .u.mem = {record->key_size == 0 ? NULL : (void *)(uintptr_t)record->key,
                   record->key_size}},
        {.vtype = RD_KAFKA_VTYPE_VALUE,
         .u.mem = {(void *)(uintptr_t)record->value, record->value_size}},
        {.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = timestamp_ms},
        {.vtype = RD_KAFKA_VTYPE_HEADER,
         .u.header = {"trace", record->header, RECORD_HEADER_BYTES - 1}}};
    rd_kafka_error_t *error = rd_kafka_produceva(client, fields, has_header ? 7 : 6);
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);

    rd_kafka_error_destroy(error);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR__QUEUE_FULL)
        bench_fail("a record was not taken: %s", rd_kafka_err2str(code));
    return code == RD_KAFKA_RESP_ERR_NO_ERROR;
}

int main(int argc, char **argv)
{
    const char *params = bench_argument(argv, "--params", "");
    struct record_source source;
    int64_t records;
    rd_kafka_t *client;
    rd_kafka_topic_t *topic;
    int partitions;

    (void)argc;
    if (params[0] != '\0') {
        record_write_params(params);
        return 0;
    }
    source = record_source_from(argv);
    records = bench_number(argv, "--records", 3000000);
    client = bench_producer(argv, settings);
    partitions = bench_partition_count(client, bench_argument(argv, "--topic", NULL));
    topic = rd_kafka_topic_new(client, bench_argument(argv, "--topic", NULL), NULL);
    for (int64_t i = 0; i < records; i++) {
        struct record record;
        int32_t partition = (int32_t)(i / RUN_RECORDS % partitions);

        record_make(&source, (uint64_t)i, first_id + (uint64_t)i, &record);
        if (record.key_size > 0)
            partition = bench_partition_for_key(record.key, record.key_size, partitions);
        while (!produce(client, topic, partition, &record, !source.is_daas && source.has_header,
                        first_timestamp_ms + i / RECORDS_PER_MS))
            rd_kafka_poll(client, 5);
        if (i % RUN_RECORDS == 0)
            rd_kafka_poll(client, 0);
    }
    while (rd_kafka_flush(client, 1000) == RD_KAFKA_RESP_ERR__TIMED_OUT)
        ;
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(client);
    return 0;
}
