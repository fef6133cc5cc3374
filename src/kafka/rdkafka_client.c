/*
 * rdkafka_client: one rd_kafka_t and what its callbacks have seen, see rdkafka_internal.h.
 *
 * Thread: any; the callbacks run in librdkafka's threads or inside rd_kafka_poll.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "kafka/rdkafka_internal.h"

enum {
    RETRY_PAUSE_MS = 50,
    REFUSED_LONG_MS = 30000 /* A broker that restarts may refuse for a moment. */
};

int64_t leat_client_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int leat_client_slice(int64_t deadline_ms, int slice_ms)
{
    int64_t left = deadline_ms - leat_client_now_ms();

    if (left < 1)
        return 1;
    return left < slice_ms ? (int)left : slice_ms;
}

/* ---- callbacks ---- */

static bool is_refusal(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR__SSL;
}

/* librdkafka ends what it says with its own state: " (after 3ms in state CONNECT)". */
static void keep_reason(char *out, size_t size, const char *reason)
{
    const char *end = strstr(reason, " (after ");
    size_t length = end == NULL ? strlen(reason) : (size_t)(end - reason);

    snprintf(out, size, "%.*s", (int)length, reason);
}

static void hear_error(struct leat_client *client, rd_kafka_resp_err_t err, const char *reason)
{
    pthread_mutex_lock(&client->mutex);
    if (err != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || client->trouble[0] == '\0')
        keep_reason(client->trouble, sizeof client->trouble, reason);
    if (is_refusal(err)) {
        if (client->refusal == RD_KAFKA_RESP_ERR_NO_ERROR)
            client->refused_at_ms = leat_client_now_ms();
        client->refusal = err;
        keep_reason(client->refusal_text, sizeof client->refusal_text, reason);
    }
    pthread_mutex_unlock(&client->mutex);
}

static void on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
    struct leat_ear *ear = opaque;

    (void)rk;
    pthread_mutex_lock(&ear->mutex);
    if (ear->client != NULL)
        hear_error(ear->client, (rd_kafka_resp_err_t)code, reason);
    pthread_mutex_unlock(&ear->mutex);
}

static enum leat_log_level log_level(int level)
{
    if (level <= LOG_ERR)
        return LEAT_LOG_WARN; /* Ours to call an error, once we gave up. */
    return level <= LOG_NOTICE ? LEAT_LOG_INFO : LEAT_LOG_DEBUG;
}

/* Before the first answer the call that waits for it says what is wrong, and a connection that is
 * closed while nobody uses it is no trouble. */
static bool is_said_elsewhere(struct leat_client *client, const char *facility, const char *line)
{
    return strcmp(facility, "FAIL") == 0 &&
           (!atomic_load(&client->worked) || strstr(line, "Disconnected") != NULL);
}

static void hear_log(struct leat_client *client, int level, const char *facility, const char *line)
{
    if (strcmp(facility, "REQTMOUT") == 0)
        atomic_fetch_add(&client->disturbances, 1);
    if (strcmp(facility, "CONFWARN") == 0) /* The other side's parameters. */
        return;
    /* What the call that failed says as well. */
    if (strcmp(facility, "TXNERR") == 0 || strcmp(facility, "FATAL") == 0)
        level = LOG_DEBUG;
    if (level < LOG_INFO && is_said_elsewhere(client, facility, line))
        level = LOG_INFO;
    leat_log_write(client->log, log_level(level), "kafka", "%s: %s", facility, line);
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *line)
{
    struct leat_ear *ear = rd_kafka_opaque(rk);

    pthread_mutex_lock(&ear->mutex);
    if (ear->client != NULL)
        hear_log(ear->client, level, facility, line);
    pthread_mutex_unlock(&ear->mutex);
}

/* ---- connections ---- */

/* One that cannot be noted down is not hung up. */
static void note_socket(struct leat_ear *ear, int fd)
{
    int *grown;

    pthread_mutex_lock(&ear->mutex);
    grown = leat_grow(ear->sockets, ear->socket_count + 1, sizeof *grown);
    if (grown != NULL) {
        ear->sockets = grown;
        ear->sockets[ear->socket_count++] = fd;
    }
    pthread_mutex_unlock(&ear->mutex);
}

static void forget_socket(struct leat_ear *ear, int fd)
{
    for (size_t i = 0; i < ear->socket_count; i++)
        if (ear->sockets[i] == fd)
            ear->sockets[i--] = ear->sockets[--ear->socket_count];
}

static int on_socket(int domain, int type, int protocol, void *opaque)
{
    int fd = socket(domain, type | SOCK_CLOEXEC, protocol);

    if (fd >= 0)
        note_socket(opaque, fd);
    return fd;
}

void leat_client_hang_up(struct leat_client *client)
{
    struct leat_ear *ear = client->ear;

    pthread_mutex_lock(&ear->mutex);
    for (size_t i = 0; i < ear->socket_count; i++)
        shutdown(ear->sockets[i], SHUT_RDWR);
    pthread_mutex_unlock(&ear->mutex);
}

static int on_close(int fd, void *opaque)
{
    struct leat_ear *ear = opaque;

    pthread_mutex_lock(&ear->mutex);
    forget_socket(ear, fd); /* Before the number is another's. */
    if (ear->client != NULL)
        atomic_fetch_add(&ear->client->disturbances, 1);
    pthread_mutex_unlock(&ear->mutex);
    return close(fd);
}

/* ---- life ---- */

static leat_status create(struct leat_client *client, const struct leat_kafka_settings *settings,
                          enum leat_client_role role,
                          void (*dr_cb)(rd_kafka_t *, const rd_kafka_message_t *, void *),
                          leat_error *err)
{
    rd_kafka_conf_t *conf = NULL;
    char text[300];

    LEAT_TRY(leat_client_conf(settings, role, &conf, &client->limits, err));
    rd_kafka_conf_set_opaque(conf, client->ear);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_closesocket_cb(conf, on_close);
    if (role == LEAT_CLIENT_WRITER)
        rd_kafka_conf_set_socket_cb(conf, on_socket);
    if (dr_cb != NULL)
        rd_kafka_conf_set_dr_msg_cb(conf, dr_cb);
    client->rk = rd_kafka_new(role == LEAT_CLIENT_WRITER ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER,
                              conf, text, sizeof text);
    if (client->rk == NULL) {
        rd_kafka_conf_destroy(conf);
        return leat_fail(err, LEAT_INVALID, "cannot open Kafka client: %s", text);
    }
    return LEAT_OK;
}

leat_status leat_client_open(struct leat_client *client, const struct leat_kafka_settings *settings,
                             enum leat_client_role role,
                             void (*dr_cb)(rd_kafka_t *, const rd_kafka_message_t *, void *),
                             leat_error *err)
{
    size_t size = settings->brokers == NULL ? 1 : strlen(settings->brokers) + 1;
    leat_status status;

    *client = (struct leat_client){.log = settings->log,
                                   .stop = settings->stop,
                                   .request_timeout_ms = settings->request_timeout_ms};
    client->brokers = leat_alloc(1, size);
    if (client->brokers == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a Kafka client");
    if (settings->brokers != NULL)
        memcpy(client->brokers, settings->brokers, size);
    pthread_mutex_init(&client->mutex, NULL);
    status = leat_ear_create(client, &client->ear, err);
    if (status == LEAT_OK)
        status = create(client, settings, role, dr_cb, err);
    if (status != LEAT_OK)
        leat_client_close(client);
    return status;
}

void leat_client_close(struct leat_client *client)
{
    if (client->brokers == NULL)
        return;
    if (client->rk != NULL)
        leat_client_end(client);
    leat_ear_destroy(client->ear);
    pthread_mutex_destroy(&client->mutex);
    leat_free(client->brokers);
    *client = (struct leat_client){0};
}

/* ---- trouble ---- */

void leat_client_works(struct leat_client *client)
{
    atomic_store(&client->worked, true);
    pthread_mutex_lock(&client->mutex);
    client->refusal = RD_KAFKA_RESP_ERR_NO_ERROR;
    client->trouble[0] = '\0';
    pthread_mutex_unlock(&client->mutex);
}

static const char *advice_on_refusal(const struct leat_client *client)
{
    /* It sends the nonce of SCRAM's last message twice, which Kafka checks since 3.7.2. */
    if (strstr(client->refusal_text, "SCRAM") != NULL && rd_kafka_version() < 0x020601ff)
        return "; check sasl.username and sasl.password; if they are right: Kafka 3.7.2 and later "
               "refuses SCRAM of librdkafka before 2.6.1, so use a newer one, or "
               "sasl.mechanism=PLAIN";
    return leat_rdkafka_advice(client->refusal);
}

leat_status leat_client_check(struct leat_client *client, leat_error *err)
{
    leat_status status = LEAT_OK;

    rd_kafka_poll(client->rk, 0);
    pthread_mutex_lock(&client->mutex);
    if (client->refusal != RD_KAFKA_RESP_ERR_NO_ERROR &&
        (!atomic_load(&client->worked) ||
         leat_client_now_ms() - client->refused_at_ms > REFUSED_LONG_MS))
        status = leat_fail(err, LEAT_INVALID, "Kafka at %s refuses this client: %s%s",
                           client->brokers, client->refusal_text, advice_on_refusal(client));
    pthread_mutex_unlock(&client->mutex);
    return status;
}

bool leat_client_is_stopped(const struct leat_client *client)
{
    return client->stop != NULL && atomic_load(client->stop);
}

bool leat_client_retry(struct leat_client *client, rd_kafka_resp_err_t code, int64_t deadline_ms)
{
    struct timespec pause = {0, RETRY_PAUSE_MS * 1000000L};

    if (!leat_rdkafka_is_transient(code) || leat_client_now_ms() >= deadline_ms)
        return false;
    if (leat_client_is_stopped(client) || leat_client_check(client, NULL) != LEAT_OK)
        return false;
    if (code != RD_KAFKA_RESP_ERR__TIMED_OUT) /* That one has waited already. */
        nanosleep(&pause, NULL);
    return true;
}

leat_status leat_client_fail(struct leat_client *client, leat_error *err, rd_kafka_resp_err_t code,
                             const char *what, ...)
{
    char start[256];
    char trouble[sizeof client->trouble];
    leat_status status = leat_client_check(client, err);
    va_list args;

    va_start(args, what);
    vsnprintf(start, sizeof start, what, args);
    va_end(args);
    if (status != LEAT_OK) {
        leat_error_prefix(err, "%s", start);
        return status;
    }
    status = leat_rdkafka_status(code);
    if (status != LEAT_UNAVAILABLE)
        return leat_fail(err, status, "%s: %s%s (%s)", start, rd_kafka_err2str(code),
                         leat_rdkafka_advice(code), client->brokers);
    if (leat_client_is_stopped(client))
        status = LEAT_CANCELLED;
    pthread_mutex_lock(&client->mutex);
    memcpy(trouble, client->trouble, sizeof trouble);
    pthread_mutex_unlock(&client->mutex);
    return leat_fail(err, status, "%s: no answer from Kafka at %s: %s", start, client->brokers,
                     trouble[0] == '\0' ? rd_kafka_err2str(code) : trouble);
}
