/*
 * rdkafka_writer: transactions by librdkafka.
 *
 * Every call is bounded: librdkafka may retry some for ever, and resumes one that is called again
 * after its time ran out. Once the job is stopped, a call gets a moment more: most are answered.
 *
 * Thread: the scheduler's.
 */
#include "kafka/rdkafka_writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum {
    INIT_SLICE_MS = 2000,
    SLICE_MS = 500,
    STOPPED_MS = 1500,
    PURGE_MS = 2000,
    DEFAULT_TRANSACTION_TIMEOUT_MS = 60000
};

struct patience {
    int64_t deadline_ms;
    bool is_cut; /* The job was stopped meanwhile. */
};

static struct rdkafka_writer *self_of(struct leat_writer *writer)
{
    return (struct rdkafka_writer *)writer;
}

static bool is_fencing(const rd_kafka_error_t *error)
{
    return leat_rdkafka_status(rd_kafka_error_code(error)) == LEAT_FENCED;
}

/* librdkafka does not say which topic it was. */
static void name_topics(struct rdkafka_writer *self, leat_error *err)
{
    char names[200] = "";

    pthread_mutex_lock(&self->mutex);
    for (const struct leat_writer_topic *topic = self->topics; topic != NULL; topic = topic->next) {
        size_t used = strlen(names);

        snprintf(names + used, sizeof names - used, "%s'%s'", used == 0 ? "" : ", ", topic->name);
    }
    pthread_mutex_unlock(&self->mutex);
    leat_error_prefix(err, "output topic %s", names);
}

/* Destroys error. */
static leat_status fail_call(struct rdkafka_writer *self, const char *what, rd_kafka_error_t *error,
                             leat_error *err)
{
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    leat_status status = leat_rdkafka_status(code);

    if (status == LEAT_UNAVAILABLE)
        status = leat_client_fail(&self->client, err, code, "%s: %s", what,
                                  rd_kafka_error_string(error));
    else if (status == LEAT_FENCED)
        leat_fail(err, status,
                  "%s: fenced: another instance uses this transactional id, or the transaction "
                  "outlived transaction.timeout.ms (%s: %s)",
                  what, self->client.brokers, rd_kafka_error_string(error));
    else
        leat_fail(err, status, "%s: %s%s (%s)", what, rd_kafka_error_string(error),
                  leat_rdkafka_advice(code), self->client.brokers);
    if (code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED && err != NULL)
        name_topics(self, err);
    rd_kafka_error_destroy(error);
    return status;
}

/* How long the next call may take. */
static int next_slice(const struct rdkafka_writer *self, struct patience *patience)
{
    int64_t stopped_ms = leat_client_now_ms() + STOPPED_MS;

    if (!patience->is_cut && leat_client_is_stopped(&self->client)) {
        patience->is_cut = true;
        if (stopped_ms < patience->deadline_ms)
            patience->deadline_ms = stopped_ms;
    }
    return leat_client_slice(patience->deadline_ms, SLICE_MS);
}

static struct patience patience_of(const struct rdkafka_writer *self)
{
    return (struct patience){.deadline_ms = leat_client_now_ms() + self->answer_timeout_ms};
}

/* Whether to call again, which resumes. Destroys error when it says yes. */
static bool resumes(struct rdkafka_writer *self, rd_kafka_error_t *error, int64_t deadline_ms)
{
    if (!rd_kafka_error_is_retriable(error) || rd_kafka_error_is_fatal(error) ||
        leat_client_now_ms() >= deadline_ms || leat_client_check(&self->client, NULL) != LEAT_OK)
        return false;
    rd_kafka_error_destroy(error);
    return true;
}

static rd_kafka_error_t *init_once(struct rdkafka_writer *self, int64_t deadline_ms)
{
    rd_kafka_error_t *error;

    do {
        error = rd_kafka_init_transactions(self->client.rk,
                                           leat_client_slice(deadline_ms, INIT_SLICE_MS));
    } while (error != NULL && !leat_client_is_stopped(&self->client) &&
             resumes(self, error, deadline_ms));
    return error;
}

/* The brokers refused the transaction timeout, which ends the client: another one with theirs. */
static leat_status cut_timeout(struct rdkafka_writer *self, int64_t deadline_ms, leat_error *err)
{
    int wanted_ms = self->transaction_timeout_ms;
    int maximum_ms = leat_client_transaction_maximum(&self->client, deadline_ms);

    if (maximum_ms <= 0 || maximum_ms >= wanted_ms)
        return leat_fail(err, LEAT_INVALID,
                         "a transaction timeout of %d ms is above the transaction.max.timeout.ms "
                         "of %s; lower leat.transaction.timeout",
                         wanted_ms, self->client.brokers);
    self->transaction_timeout_ms = self->settings.transaction_timeout_ms = maximum_ms;
    leat_client_close(&self->client);
    return leat_client_open(&self->client, &self->settings, LEAT_CLIENT_WRITER,
                            leat_produce_on_delivery, err);
}

static leat_status init(struct leat_writer *writer, int timeout_ms, int *out_transaction_timeout_ms,
                        leat_error *err)
{
    struct rdkafka_writer *self = self_of(writer);
    int64_t deadline_ms = leat_client_now_ms() + timeout_ms;
    rd_kafka_error_t *error;
    char what[256];

    *out_transaction_timeout_ms = self->transaction_timeout_ms;
    if (!self->is_transactional)
        return LEAT_OK;
    error = init_once(self, deadline_ms);
    if (error != NULL &&
        rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT) {
        rd_kafka_error_destroy(error);
        LEAT_TRY(cut_timeout(self, deadline_ms, err));
        error = init_once(self, deadline_ms);
    }
    if (error != NULL) {
        snprintf(what, sizeof what, "cannot initialise the transactional producer '%.200s'",
                 self->settings.transactional_id);
        return fail_call(self, what, error, err);
    }
    *out_transaction_timeout_ms = self->transaction_timeout_ms;
    leat_client_works(&self->client);
    return LEAT_OK;
}

static leat_status begin(struct leat_writer *writer, leat_error *err)
{
    struct rdkafka_writer *self = self_of(writer);
    rd_kafka_error_t *error = NULL;

    leat_produce_forget_failure(self);
    self->disturbances = atomic_load(&self->client.disturbances);
    if (self->is_transactional)
        error = rd_kafka_begin_transaction(self->client.rk);
    return error == NULL ? LEAT_OK : fail_call(self, "cannot begin a transaction", error, err);
}

static leat_status send_offsets(struct leat_writer *writer, const char *group,
                                const struct leat_topic_partition *partitions,
                                const struct leat_group_offset *offsets, size_t count,
                                leat_error *err)
{
    struct rdkafka_writer *self = self_of(writer);
    struct patience patience = patience_of(self);
    rd_kafka_consumer_group_metadata_t *metadata;
    rd_kafka_topic_partition_list_t *list;
    rd_kafka_error_t *error;

    if (!self->is_transactional)
        return leat_fail(err, LEAT_INVALID, "offsets need a transaction");
    list = leat_offset_list(partitions, offsets, count);
    if (list == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for %zu offsets", count);
    metadata = rd_kafka_consumer_group_metadata_new(group);
    self->disturbances = atomic_load(&self->client.disturbances);
    leat_hangup_begin(&self->hangup, patience.deadline_ms);
    do {
        error = rd_kafka_send_offsets_to_transaction(self->client.rk, list, metadata,
                                                     next_slice(self, &patience));
    } while (error != NULL && resumes(self, error, patience.deadline_ms));
    leat_hangup_end(&self->hangup);
    rd_kafka_consumer_group_metadata_destroy(metadata);
    rd_kafka_topic_partition_list_destroy(list);
    if (error == NULL)
        return LEAT_OK;
    return fail_call(self, "cannot add the offsets to the transaction", error, err);
}

/* A copy of the request that a broken connection delays would commit part of the next batch. */
static enum leat_commit_outcome judge_success(struct rdkafka_writer *self, leat_error *err)
{
    if (atomic_load(&self->client.disturbances) == self->disturbances)
        return LEAT_COMMIT_DONE;
    leat_fail(err, LEAT_UNAVAILABLE,
              "committed, but a connection to %s broke meanwhile: a late copy of the request is "
              "possible",
              self->client.brokers);
    return LEAT_COMMIT_UNCERTAIN;
}

static enum leat_commit_outcome commit(struct leat_writer *writer, leat_error *err)
{
    struct rdkafka_writer *self = self_of(writer);
    struct patience patience = patience_of(self);
    rd_kafka_error_t *error;

    if (!self->is_transactional)
        return leat_produce_flush(writer, err) == LEAT_OK ? LEAT_COMMIT_DONE
                                                          : LEAT_COMMIT_UNCERTAIN;
    do {
        error = rd_kafka_commit_transaction(self->client.rk, next_slice(self, &patience));
    } while (error != NULL && resumes(self, error, patience.deadline_ms));
    if (error == NULL)
        return judge_success(self, err);
    return fail_call(self, "the commit's outcome is unknown", error, err) == LEAT_FENCED
               ? LEAT_COMMIT_FENCED
               : LEAT_COMMIT_UNCERTAIN;
}

static leat_status abort_transaction(struct leat_writer *writer, leat_error *err)
{
    struct rdkafka_writer *self = self_of(writer);
    struct patience patience = patience_of(self);
    rd_kafka_error_t *error;

    if (!self->is_transactional) {
        rd_kafka_purge(self->client.rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        rd_kafka_flush(self->client.rk, PURGE_MS);
        return LEAT_OK;
    }
    do {
        error = rd_kafka_abort_transaction(self->client.rk, next_slice(self, &patience));
    } while (error != NULL && resumes(self, error, patience.deadline_ms));
    if (error == NULL)
        return LEAT_OK;
    if (is_fencing(error))
        return fail_call(self, "cannot abort the transaction", error, err);
    fail_call(self, "cannot abort the transaction", error, err);
    if (err != NULL)
        err->status = LEAT_UNAVAILABLE;
    return LEAT_UNAVAILABLE;
}

static void destroy(struct leat_writer *writer)
{
    struct rdkafka_writer *self = self_of(writer);

    leat_hangup_stop(&self->hangup);
    if (self->client.rk != NULL)
        rd_kafka_purge(self->client.rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                                            RD_KAFKA_PURGE_F_NON_BLOCKING);
    leat_produce_release_topics(self);
    leat_client_close(&self->client);
    pthread_mutex_destroy(&self->mutex);
    leat_free(self);
}

leat_status leat_rdkafka_open_writer(void *context, const struct leat_kafka_settings *settings,
                                     struct leat_writer **out, leat_error *err)
{
    static const struct leat_writer_ops ops = {.init = init,
                                               .begin = begin,
                                               .topic = leat_produce_topic,
                                               .produce = leat_produce_records,
                                               .flush = leat_produce_flush,
                                               .send_offsets = send_offsets,
                                               .commit = commit,
                                               .abort = abort_transaction,
                                               .destroy = destroy};
    struct rdkafka_writer *self = leat_alloc(1, sizeof *self);
    leat_status status;

    (void)context;
    if (self == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a Kafka writer");
    self->writer.ops = &ops;
    self->settings = *settings;
    self->is_transactional = settings->transactional_id != NULL;
    self->transaction_timeout_ms = settings->transaction_timeout_ms > 0
                                       ? settings->transaction_timeout_ms
                                       : DEFAULT_TRANSACTION_TIMEOUT_MS;
    self->answer_timeout_ms = settings->request_timeout_ms > 0 ? settings->request_timeout_ms
                                                               : self->transaction_timeout_ms;
    pthread_mutex_init(&self->mutex, NULL);
    status = leat_client_open(&self->client, settings, LEAT_CLIENT_WRITER, leat_produce_on_delivery,
                              err);
    if (status == LEAT_OK && self->is_transactional)
        status = leat_hangup_start(&self->hangup, &self->client, STOPPED_MS, err);
    if (status != LEAT_OK) {
        destroy(&self->writer);
        return status;
    }
    *out = &self->writer;
    return LEAT_OK;
}
