/*
 * rdkafka_ending: ends an rd_kafka_t within bounded time, see rdkafka_internal.h.
 *
 * rd_kafka_destroy waits for ever when a topic was deleted that the handle has read: librdkafka
 * forgets to count a broker down (github.com/confluentinc/librdkafka/issues/4362). Such a handle is
 * left to itself; the ear sees to it that its callbacks find nobody.
 */
#include <errno.h>
#include <time.h>

#include "base/memory.h"
#include "kafka/rdkafka_internal.h"

enum { PATIENCE_S = 5 };

leat_status leat_ear_create(struct leat_client *client, struct leat_ear **out, leat_error *err)
{
    struct leat_ear *ear = leat_alloc(1, sizeof *ear);
    pthread_condattr_t monotonic;

    if (ear == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a Kafka client");
    ear->client = client;
    pthread_mutex_init(&ear->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&ear->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    *out = ear;
    return LEAT_OK;
}

void leat_ear_destroy(struct leat_ear *ear)
{
    if (ear == NULL)
        return;
    pthread_cond_destroy(&ear->ended);
    pthread_mutex_destroy(&ear->mutex);
    leat_free(ear->sockets);
    leat_free(ear);
}

static void *end(void *context)
{
    struct leat_ear *ear = context;
    bool is_left;

    rd_kafka_destroy_flags(ear->rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    pthread_mutex_lock(&ear->mutex);
    ear->has_ended = true;
    is_left = ear->is_left;
    pthread_cond_signal(&ear->ended);
    pthread_mutex_unlock(&ear->mutex);
    if (is_left)
        leat_ear_destroy(ear);
    return NULL;
}

/* True when the handle ended: the ear is the caller's again. */
static bool wait_for_end(struct leat_ear *ear)
{
    struct timespec until;
    bool has_ended;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&ear->mutex);
    while (!ear->has_ended && pthread_cond_timedwait(&ear->ended, &ear->mutex, &until) != ETIMEDOUT)
        ;
    has_ended = ear->has_ended;
    ear->is_left = !has_ended;
    ear->client = NULL;
    pthread_mutex_unlock(&ear->mutex);
    return has_ended;
}

void leat_client_end(struct leat_client *client)
{
    struct leat_ear *ear = client->ear;
    pthread_t thread;

    ear->rk = client->rk;
    if (pthread_create(&thread, NULL, end, ear) != 0) {
        rd_kafka_destroy_flags(client->rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
        leat_ear_destroy(ear);
    } else if (wait_for_end(ear)) {
        pthread_join(thread, NULL);
        leat_ear_destroy(ear);
    } else {
        pthread_detach(thread);
        leat_log_write(client->log, LEAT_LOG_INFO, "kafka",
                       "a client of %s does not end: it has read a topic that was deleted",
                       client->brokers);
    }
    client->ear = NULL;
}
