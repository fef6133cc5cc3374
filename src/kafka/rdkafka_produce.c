/*
 * rdkafka_produce: hands records to librdkafka and learns what became of them.
 *
 * Runs of plain records go by rd_kafka_produce_batch, which is twice as fast; it knows neither
 * headers nor timestamps, so records with these go one by one.
 *
 * Thread: any; deliveries are reported inside whichever thread polls.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "kafka/rdkafka_writer.h"

enum { BATCH_RECORDS = 256, FULL_POLL_MS = 5, FLUSH_MS = 200, TOPIC_MS = 30000, KEY_EXCERPT = 48 };

static struct rdkafka_writer *writer_of(struct leat_client *client)
{
    return (struct rdkafka_writer *)((char *)client - offsetof(struct rdkafka_writer, client));
}

/* ---- failures ---- */

/* What of a key a message can show. */
static const char *excerpt(const void *key, size_t size, char text[KEY_EXCERPT + 4])
{
    const unsigned char *bytes = key;
    size_t shown = size > KEY_EXCERPT ? KEY_EXCERPT : size;

    if (key == NULL)
        return "null";
    for (size_t i = 0; i < shown; i++)
        text[i] = isprint(bytes[i]) ? (char)bytes[i] : '.';
    snprintf(text + shown, 4, "%s", size > shown ? "..." : "");
    return text;
}

static leat_status fail_record(struct leat_client *client, const char *topic, int32_t partition,
                               const rd_kafka_message_t *record, rd_kafka_resp_err_t code,
                               leat_error *err)
{
    char key[KEY_EXCERPT + 4];
    leat_status status = leat_rdkafka_status(code);

    return leat_fail(err, status,
                     "record for '%s' partition %" PRId32 " with key '%s', %zu bytes, was not "
                     "written: %s%s (%s)",
                     topic, partition, excerpt(record->key, record->key_len, key),
                     record->len + record->key_len, rd_kafka_err2str(code),
                     leat_rdkafka_advice(code), client->brokers);
}

void leat_produce_on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
    const struct leat_ear *ear = opaque; /* Somebody listens: it is who polls. */
    struct rdkafka_writer *self = writer_of(ear->client);

    (void)rk;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR ||
        message->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE ||
        message->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT)
        return;
    pthread_mutex_lock(&self->mutex);
    if (!atomic_load(&self->has_failed)) {
        fail_record(&self->client, rd_kafka_topic_name(message->rkt), message->partition, message,
                    message->err, &self->failure);
        atomic_store(&self->has_failed, true);
    }
    pthread_mutex_unlock(&self->mutex);
}

void leat_produce_forget_failure(struct rdkafka_writer *writer)
{
    pthread_mutex_lock(&writer->mutex);
    atomic_store(&writer->has_failed, false);
    pthread_mutex_unlock(&writer->mutex);
}

static leat_status check_deliveries(struct rdkafka_writer *self, leat_error *err)
{
    leat_status status = LEAT_OK;

    if (!atomic_load(&self->has_failed))
        return LEAT_OK;
    pthread_mutex_lock(&self->mutex);
    status = leat_fail(err, self->failure.status, "%s", self->failure.message);
    pthread_mutex_unlock(&self->mutex);
    return status;
}

/* ---- topics ---- */

static struct leat_writer_topic *find_topic(struct rdkafka_writer *self, const char *name)
{
    struct leat_writer_topic *topic = self->topics;

    while (topic != NULL && strcmp(topic->name, name) != 0)
        topic = topic->next;
    return topic;
}

static leat_status open_topic(struct rdkafka_writer *self, const char *name,
                              struct leat_writer_topic **out, leat_error *err)
{
    size_t size = strlen(name) + 1;
    struct leat_writer_topic *topic = leat_alloc(1, sizeof *topic + size);
    rd_kafka_resp_err_t code;

    if (topic == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for topic '%s'", name);
    memcpy(topic->name, name, size);
    topic->topic = rd_kafka_topic_new(self->client.rk, name, NULL);
    code = topic->topic == NULL
               ? rd_kafka_last_error()
               : leat_client_partition_count(&self->client, topic->topic,
                                             leat_client_now_ms() + TOPIC_MS, &topic->partitions);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        *out = topic;
        return LEAT_OK;
    }
    if (topic->topic != NULL)
        rd_kafka_topic_destroy(topic->topic);
    leat_free(topic);
    if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        return leat_fail(err, LEAT_INVALID, "output topic '%s' does not exist on %s; create it",
                         name, self->client.brokers);
    return leat_client_fail(&self->client, err, code, "cannot write to topic '%s'", name);
}

leat_status leat_produce_topic(struct leat_writer *writer, const char *name,
                               struct leat_writer_topic **out, int32_t *out_partitions,
                               leat_error *err)
{
    struct rdkafka_writer *self = (struct rdkafka_writer *)writer;
    struct leat_writer_topic *topic;
    struct leat_writer_topic *other;

    pthread_mutex_lock(&self->mutex);
    topic = find_topic(self, name);
    pthread_mutex_unlock(&self->mutex);
    if (topic == NULL) {
        LEAT_TRY(open_topic(self, name, &topic, err));
        pthread_mutex_lock(&self->mutex);
        other = find_topic(self, name); /* Another thread may have been faster. */
        topic->next = other == NULL ? self->topics : NULL;
        if (other == NULL)
            self->topics = topic;
        pthread_mutex_unlock(&self->mutex);
        if (other != NULL) {
            rd_kafka_topic_destroy(topic->topic);
            leat_free(topic);
            topic = other;
        }
    }
    *out = topic;
    *out_partitions = topic->partitions;
    return LEAT_OK;
}

void leat_produce_release_topics(struct rdkafka_writer *writer)
{
    while (writer->topics != NULL) {
        struct leat_writer_topic *topic = writer->topics;

        writer->topics = topic->next;
        rd_kafka_topic_destroy(topic->topic);
        leat_free(topic);
    }
}

/* ---- records ---- */

static leat_status wait_for_room(struct rdkafka_writer *self, const atomic_bool *cancel,
                                 leat_error *err)
{
    rd_kafka_poll(self->client.rk, FULL_POLL_MS);
    LEAT_TRY(check_deliveries(self, err));
    if (cancel != NULL && atomic_load(cancel))
        return leat_fail(err, LEAT_CANCELLED, "stopped while the output queue was full");
    return leat_client_check(&self->client, err);
}

/* The record was not taken. LEAT_OK: try it again. */
static leat_status not_taken(struct rdkafka_writer *self, const struct leat_writer_topic *topic,
                             int32_t partition, const struct leat_write *write,
                             rd_kafka_resp_err_t code, const atomic_bool *cancel, leat_error *err)
{
    rd_kafka_message_t record = {.len = write->value.size, .key_len = write->key.size};
    char text[300];
    rd_kafka_resp_err_t fatal;

    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        return wait_for_room(self, cancel, err);
    rd_kafka_poll(self->client.rk, 0);
    LEAT_TRY(check_deliveries(self, err));
    fatal = rd_kafka_fatal_error(self->client.rk, text, sizeof text);
    if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR)
        return leat_fail(err, leat_rdkafka_status(fatal), "cannot write to topic '%s': %s",
                         topic->name, text);
    record.key = (void *)(uintptr_t)write->key.data;
    return fail_record(&self->client, topic->name, partition, &record, code, err);
}

static leat_status produce_plain(struct rdkafka_writer *self, struct leat_writer_topic *topic,
                                 int32_t partition, const struct leat_write *writes, size_t count,
                                 const atomic_bool *cancel, leat_error *err)
{
    rd_kafka_message_t messages[BATCH_RECORDS];
    size_t done = 0;

    for (size_t i = 0; i < count; i++) { /* Each field is set once: the array is large. */
        messages[i].err = RD_KAFKA_RESP_ERR_NO_ERROR;
        messages[i].rkt = NULL;
        messages[i].partition = partition;
        messages[i].payload = (void *)(uintptr_t)writes[i].value.data;
        messages[i].len = writes[i].value.size;
        messages[i].key = (void *)(uintptr_t)writes[i].key.data;
        messages[i].key_len = writes[i].key.size;
        messages[i].offset = 0;
        messages[i]._private = NULL;
    }
    while (done < count) {
        int taken = rd_kafka_produce_batch(topic->topic, partition, RD_KAFKA_MSG_F_COPY,
                                           messages + done, (int)(count - done));

        if (taken == (int)(count - done))
            break;
        while (messages[done].err == RD_KAFKA_RESP_ERR_NO_ERROR)
            done++;
        LEAT_TRY(not_taken(self, topic, partition, &writes[done], messages[done].err, cancel, err));
    }
    return LEAT_OK;
}

/* A message of librdkafka's own has its headers as a list already. */
static rd_kafka_headers_t *native_headers(const struct leat_write *write)
{
    rd_kafka_headers_t *list = NULL;

    if (write->takes_headers) {
        rd_kafka_message_t *message = (rd_kafka_message_t *)(uintptr_t)write->headers;

        return rd_kafka_message_detach_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR ? list
                                                                                             : NULL;
    }
    return rd_kafka_message_headers(write->headers, &list) == RD_KAFKA_RESP_ERR_NO_ERROR
               ? rd_kafka_headers_copy(list)
               : NULL;
}

/* The headers as a list that librdkafka takes. NULL when there are none. */
static rd_kafka_headers_t *list_headers(const struct leat_write *write)
{
    rd_kafka_headers_t *list = NULL;
    const char *name = NULL;
    leat_bytes value;

    if (write->headers == NULL)
        return NULL;
    if (leat_range_has_native_headers(write->origin))
        return native_headers(write);
    for (size_t i = 0;
         write->origin->header != NULL && write->origin->header(write->headers, i, &name, &value);
         i++) {
        if (list == NULL)
            list = rd_kafka_headers_new(8);
        rd_kafka_header_add(list, name, -1, value.data, (ssize_t)value.size);
    }
    return list;
}

static rd_kafka_resp_err_t produce_one(struct rdkafka_writer *self, struct leat_writer_topic *topic,
                                       int32_t partition, const struct leat_write *write,
                                       rd_kafka_headers_t *headers)
{
    rd_kafka_vu_t fields[7] = {{.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = topic->topic},
                               {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = partition},
                               {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
                               {.vtype = RD_KAFKA_VTYPE_KEY,
                                .u.mem = {(void *)(uintptr_t)write->key.data, write->key.size}},
                               {.vtype = RD_KAFKA_VTYPE_VALUE,
                                .u.mem = {(void *)(uintptr_t)write->value.data, write->value.size}},
                               {.vtype = RD_KAFKA_VTYPE_TIMESTAMP,
                                .u.i64 = write->timestamp_ms < 0 ? 0 : write->timestamp_ms},
                               {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers}};
    rd_kafka_error_t *error = rd_kafka_produceva(self->client.rk, fields, headers == NULL ? 6 : 7);
    rd_kafka_resp_err_t code;

    if (error == NULL)
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    return code;
}

static leat_status produce_full(struct rdkafka_writer *self, struct leat_writer_topic *topic,
                                int32_t partition, const struct leat_write *write,
                                const atomic_bool *cancel, leat_error *err)
{
    rd_kafka_headers_t *headers = list_headers(write);
    leat_status status = LEAT_OK;

    while (status == LEAT_OK) {
        rd_kafka_resp_err_t code = produce_one(self, topic, partition, write, headers);

        if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
            return LEAT_OK;
        status = not_taken(self, topic, partition, write, code, cancel, err);
    }
    if (headers != NULL)
        rd_kafka_headers_destroy(headers);
    return status;
}

static bool is_plain(const struct leat_write *write)
{
    return write->headers == NULL && write->timestamp_ms < 0;
}

leat_status leat_produce_records(struct leat_writer *writer, struct leat_writer_topic *topic,
                                 int32_t partition, const struct leat_write *writes, size_t count,
                                 const atomic_bool *cancel, leat_error *err)
{
    struct rdkafka_writer *self = (struct rdkafka_writer *)writer;
    size_t run;

    for (size_t i = 0; i < count; i += run) {
        for (run = 0; i + run < count && run < BATCH_RECORDS && is_plain(&writes[i + run]); run++)
            ;
        if (run > 0) {
            LEAT_TRY(produce_plain(self, topic, partition, writes + i, run, cancel, err));
        } else {
            LEAT_TRY(produce_full(self, topic, partition, &writes[i], cancel, err));
            run = 1;
        }
    }
    rd_kafka_poll(self->client.rk, 0);
    return check_deliveries(self, err);
}

/* Nothing was acknowledged for waited_ms. */
static leat_status judge_flush(struct rdkafka_writer *self, int left, int64_t waited_ms,
                               leat_error *err)
{
    int64_t limit_ms = self->client.request_timeout_ms;

    LEAT_TRY(check_deliveries(self, err));
    LEAT_TRY(leat_client_check(&self->client, err));
    if (!leat_client_is_stopped(&self->client) && (limit_ms == 0 || waited_ms < limit_ms))
        return LEAT_OK;
    return leat_client_fail(&self->client, err, RD_KAFKA_RESP_ERR__TIMED_OUT,
                            "%d records are not acknowledged", left);
}

leat_status leat_produce_flush(struct leat_writer *writer, leat_error *err)
{
    struct rdkafka_writer *self = (struct rdkafka_writer *)writer;
    int left = rd_kafka_outq_len(self->client.rk);
    int64_t waited_ms = 0; /* In slices: a stopped process waits not. */
    rd_kafka_resp_err_t code;

    while ((code = rd_kafka_flush(self->client.rk, FLUSH_MS)) == RD_KAFKA_RESP_ERR__TIMED_OUT) {
        int now_left = rd_kafka_outq_len(self->client.rk);

        waited_ms = now_left == left ? waited_ms + FLUSH_MS : 0;
        left = now_left;
        LEAT_TRY(judge_flush(self, left, waited_ms, err));
    }
    LEAT_TRY(check_deliveries(self, err));
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return leat_client_fail(&self->client, err, code, "cannot flush the output");
    return LEAT_OK;
}
