/* produce: see produce.h. */
#include "produce.h"

enum { FULL_POLL_MS = 5, FLUSH_MS = 1000 };

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
    rd_kafka_resp_err_t code;

    if (error == NULL)
        return true;
    code = rd_kafka_error_code(error);
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL)
        bench_fail("a record was not taken: %s", rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return false;
}

void produce_record(rd_kafka_t *client, rd_kafka_topic_t *topic, int32_t partition,
                    const struct record *record, bool has_header, int64_t timestamp_ms)
{
    while (!produce(client, topic, partition, record, has_header, timestamp_ms))
        rd_kafka_poll(client, FULL_POLL_MS);
}

void produce_flush(rd_kafka_t *client)
{
    while (rd_kafka_flush(client, FLUSH_MS) == RD_KAFKA_RESP_ERR__TIMED_OUT)
        ;
}
