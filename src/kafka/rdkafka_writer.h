/*
 * rdkafka_writer: what the two halves of the writer share: transactions, and handing over records.
 *
 * Thread: see kafka.h.
 */
#ifndef LEAT_KAFKA_RDKAFKA_WRITER_H
#define LEAT_KAFKA_RDKAFKA_WRITER_H

#include "kafka/rdkafka_hangup.h"
#include "kafka/rdkafka_internal.h"

struct leat_writer_topic {
    rd_kafka_topic_t *topic; /* Owned. */
    int32_t partitions;
    struct leat_writer_topic *next;
    char name[];
};

struct rdkafka_writer {
    struct leat_writer writer;
    struct leat_client client;           /* First thing the callbacks get: see writer_of. */
    struct leat_kafka_settings settings; /* Borrowed until init has succeeded. */
    bool is_transactional;
    int transaction_timeout_ms;
    int64_t answer_timeout_ms; /* Of a call that ends or abandons a transaction. */
    struct leat_hangup hangup;
    unsigned disturbances;  /* Of the client, when the offsets were sent. */
    atomic_bool has_failed; /* A record was not delivered; failure says which. */
    pthread_mutex_t mutex;  /* Guards failure and topics. */
    leat_error failure;
    struct leat_writer_topic *topics; /* Owned. */
};

/* rdkafka_produce.c */
leat_status leat_produce_topic(struct leat_writer *writer, const char *name,
                               struct leat_writer_topic **out, int32_t *out_partitions,
                               leat_error *err);
leat_status leat_produce_records(struct leat_writer *writer, struct leat_writer_topic *topic,
                                 int32_t partition, const struct leat_write *writes, size_t count,
                                 const atomic_bool *cancel, leat_error *err);
leat_status leat_produce_flush(struct leat_writer *writer, leat_error *err);
void leat_produce_on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque);
void leat_produce_forget_failure(struct rdkafka_writer *writer);
void leat_produce_release_topics(struct rdkafka_writer *writer);

#endif
