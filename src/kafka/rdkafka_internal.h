/*
 * rdkafka: the parts of the librdkafka implementation, see kafka.h.
 *
 * A client is one rd_kafka_t with what its callbacks have seen: authentication and TLS failures,
 * which librdkafka would go on retrying in silence, and closed connections.
 */
#ifndef LEAT_KAFKA_RDKAFKA_INTERNAL_H
#define LEAT_KAFKA_RDKAFKA_INTERNAL_H

#include <librdkafka/rdkafka.h>
#include <pthread.h>

#include "kafka/kafka.h"
#include "record/record.h"

enum leat_client_role { LEAT_CLIENT_CLUSTER, LEAT_CLIENT_READER, LEAT_CLIENT_WRITER };

/* ---- rdkafka_settings.c ---- */

/* What a handle got, for those who must stay within it. */
struct leat_client_limits {
    int64_t queue_messages; /* Reader: messages a partition's queue holds before fetching stops. */
    int64_t queue_bytes;
    bool wakes_itself; /* Reader: looks at full queues every few ms (2.2 and later). */
    int64_t message_bytes_max;
};

/* Caller destroys *out_conf. LEAT_INVALID names the parameter, and the nearest one that exists. */
leat_status leat_client_conf(const struct leat_kafka_settings *settings, enum leat_client_role role,
                             rd_kafka_conf_t **out_conf, struct leat_client_limits *out_limits,
                             leat_error *err);

/* ---- rdkafka_client.c ---- */

/* What librdkafka's callbacks get. */
struct leat_ear {
    pthread_mutex_t mutex;
    struct leat_client *client; /* Guarded by mutex; NULL: nobody listens any more. */
    int *sockets;               /* Owned. Guarded by mutex; a writer's that are open. */
    size_t socket_count;        /* Guarded by mutex. */
    rd_kafka_t *rk;             /* That is being destroyed. */
    bool has_ended;             /* Guarded by mutex. */
    bool is_left;               /* Guarded by mutex: nobody waits for the end. */
    pthread_cond_t ended;
};

struct leat_client {
    rd_kafka_t *rk;       /* Owned. */
    struct leat_ear *ear; /* Owned, until the client ends. */
    char *brokers;        /* Owned; for messages. */
    int64_t request_timeout_ms;
    const atomic_bool *stop; /* Borrowed; NULL: none. */
    const struct leat_log *log;
    struct leat_client_limits limits;
    atomic_uint disturbances;    /* Connections closed and requests timed out so far. */
    atomic_bool worked;          /* A broker has answered. */
    pthread_mutex_t mutex;       /* Guards refusal, refused_at_ms and trouble. */
    rd_kafka_resp_err_t refusal; /* Authentication or TLS, since the last time it worked. */
    int64_t refused_at_ms;
    char refusal_text[300];
    char trouble[300]; /* The last thing that went wrong. */
};

/* opaque of the callbacks is the client's ear; dr_cb may be NULL. Fills *client, which must not
 * move. */
leat_status leat_client_open(struct leat_client *client, const struct leat_kafka_settings *settings,
                             enum leat_client_role role,
                             void (*dr_cb)(rd_kafka_t *, const rd_kafka_message_t *, void *),
                             leat_error *err);
void leat_client_close(struct leat_client *client);

/* A broker answered: what was refused before is over. */
void leat_client_works(struct leat_client *client);

/* Ends a writer's connections: what is on its way has failed. Any thread. */
void leat_client_hang_up(struct leat_client *client);

/* True once nobody wants to wait for brokers any more. */
bool leat_client_is_stopped(const struct leat_client *client);

/* LEAT_INVALID with the reason when the brokers refuse this client for good. */
leat_status leat_client_check(struct leat_client *client, leat_error *err);

/* After a failed call: true when it is worth trying again before deadline_ms, after a pause. */
bool leat_client_retry(struct leat_client *client, rd_kafka_resp_err_t code, int64_t deadline_ms);

/* The status and sentence of a call that failed for good, ran out of time or was stopped. `what` is
 * the start of the sentence: "cannot read the end of 'orders'". */
LEAT_PRINTF(4, 5)
leat_status leat_client_fail(struct leat_client *client, leat_error *err, rd_kafka_resp_err_t code,
                             const char *what, ...);

int64_t leat_client_now_ms(void);
/* At least 1, at most slice_ms. */
int leat_client_slice(int64_t deadline_ms, int slice_ms);

/* ---- rdkafka_ending.c ---- */

leat_status leat_ear_create(struct leat_client *client, struct leat_ear **out, leat_error *err);
void leat_ear_destroy(struct leat_ear *ear); /* Accepts NULL. */
/* Destroys rk and ear, within seconds. */
void leat_client_end(struct leat_client *client);

/* ---- rdkafka_metadata.c ---- */

/* topic NULL: all of them. Caller destroys *out. */
rd_kafka_resp_err_t leat_client_metadata(struct leat_client *client, rd_kafka_topic_t *topic,
                                         int64_t deadline_ms, const rd_kafka_metadata_t **out);
/* The topic's own code and partition count; it never creates one. */
rd_kafka_resp_err_t leat_client_partition_count(struct leat_client *client, rd_kafka_topic_t *topic,
                                                int64_t deadline_ms, int32_t *out_partitions);

/* ---- rdkafka_maximum.c ---- */

/* The brokers' transaction.max.timeout.ms; -1 when they do not say. */
int leat_client_transaction_maximum(struct leat_client *client, int64_t deadline_ms);

/* ---- rdkafka_error.c ---- */

/* True when asking again can help. */
bool leat_rdkafka_is_transient(rd_kafka_resp_err_t code);
/* LEAT_UNAVAILABLE for transient ones, LEAT_FENCED, LEAT_CORRUPT, otherwise LEAT_INVALID. */
leat_status leat_rdkafka_status(rd_kafka_resp_err_t code);
/* What to do about it, as the end of a sentence; "" when nothing useful can be said. */
const char *leat_rdkafka_advice(rd_kafka_resp_err_t code);

/* ---- rdkafka_group.c ---- */

struct rdkafka_group; /* A handle of its own: stable offsets need read_committed. */
leat_status leat_group_open(const struct leat_kafka_settings *settings, struct rdkafka_group **out,
                            leat_error *err);
void leat_group_destroy(struct rdkafka_group *group);
leat_status leat_group_members(struct rdkafka_group *group, int timeout_ms, size_t *out_count,
                               char out_member[128], leat_error *err);
leat_status leat_group_fetch(struct rdkafka_group *group,
                             const struct leat_topic_partition *partitions, size_t count,
                             int timeout_ms, struct leat_group_offset *out, leat_error *err);
leat_status leat_group_commit(struct rdkafka_group *group,
                              const struct leat_topic_partition *partitions,
                              const struct leat_group_offset *offsets, size_t count, int timeout_ms,
                              leat_error *err);

/* Copies offset and metadata; NULL when memory is out. Caller destroys. */
rd_kafka_topic_partition_list_t *leat_offset_list(const struct leat_topic_partition *partitions,
                                                  const struct leat_group_offset *offsets,
                                                  size_t count);

/* ---- rdkafka_range.c ---- */

/* Headers of this origin are the rd_kafka_message_t that the record was read in. */
bool leat_range_has_native_headers(const struct leat_origin *origin);

/* ---- rdkafka_cluster.c, rdkafka_reader.c, rdkafka_writer.c ---- */

leat_status leat_rdkafka_open_cluster(void *context, const struct leat_kafka_settings *settings,
                                      struct leat_cluster **out, leat_error *err);
leat_status leat_rdkafka_open_reader(void *context, const struct leat_kafka_settings *settings,
                                     struct leat_reader **out, leat_error *err);
leat_status leat_rdkafka_open_writer(void *context, const struct leat_kafka_settings *settings,
                                     struct leat_writer **out, leat_error *err);

#endif
