/*
 * plain_relay: every record unchanged to another topic by a hand-written loop; see plain.h.
 *
 * Timestamps and headers are kept, so records go one by one. The message that came in gives its
 * headers away.
 */
#include "plain.h"

static void produce(struct plain *plain, rd_kafka_message_t *message, int32_t partition)
{
    rd_kafka_headers_t *headers = NULL;
    rd_kafka_vu_t fields[7] = {
        {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = plain->output},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = partition},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {message->key, message->key_len}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {message->payload, message->len}},
        {.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = rd_kafka_message_timestamp(message, NULL)}};
    rd_kafka_error_t *error;
    rd_kafka_resp_err_t code;
    size_t count = 6;

    if (rd_kafka_message_detach_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        fields[6].vtype = RD_KAFKA_VTYPE_HEADERS;
        fields[6].u.headers = headers;
        count = 7;
    }
    while ((error = rd_kafka_produceva(plain->producer, fields, count)) != NULL) {
        code = rd_kafka_error_code(error);
        if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            bench_fail("a record was not taken: %s", rd_kafka_error_string(error));
        rd_kafka_error_destroy(error);
        rd_kafka_poll(plain->producer, 1);
    }
}

static void relay(struct plain *plain, rd_kafka_message_t **messages, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        rd_kafka_message_t *message = messages[i];
        int32_t partition =
            message->key == NULL
                ? message->partition % plain->output_partitions
                : bench_partition_for_key(message->key, message->key_len, plain->output_partitions);

        produce(plain, message, partition);
        rd_kafka_message_destroy(message);
    }
}

int main(int argc, char **argv)
{
    (void)argc;
    plain_run(argv, relay, NULL);
    return 0;
}
