/*
 * rdkafka_settings: turns settings into librdkafka's configuration: ours below, the user's over
 * it, and what correctness rests on last. Values are never repeated in messages when they may be
 * secrets.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/nearest.h"
#include "base/secret.h"
#include "kafka/rdkafka_internal.h"

enum {
    DEFAULT_MEMORY_BYTES = 64 << 20,
    DEFAULT_PARTITIONS = 4,
    READ_OVERHEAD_BYTES = 384, /* What librdkafka keeps beside the bytes of a record read. */
    WRITTEN_RECORD_BYTES = 80, /* Smaller ones count as this much: twice as much is beside it. */
    FETCH_BYTES_MAX = 2 << 20, /* Small answers are parsed while they are in the cache. */
    FETCH_BYTES_MIN = 1 << 20,
    WRITER_QUEUE_BYTES_MAX = 8 << 20,
    TEXT_MAX = 32
};

enum rule {
    RENAMED,   /* Java's or an old name; to is librdkafka's. */
    KIBIBYTES, /* Renamed, and given in KiB there. */
    NO_EFFECT, /* Known from elsewhere; there is nothing here that it could change. */
    OURS       /* Refused; to says why. */
};

static const struct {
    const char *name;
    enum rule rule;
    const char *to;
} rules[] = {
    {"max.request.size", RENAMED, "message.max.bytes"},
    {"buffer.memory", KIBIBYTES, "queue.buffering.max.kbytes"},
    {"fetch.max.wait.ms", RENAMED, "fetch.wait.max.ms"},
    {"send.buffer.bytes", RENAMED, "socket.send.buffer.bytes"},
    {"receive.buffer.bytes", RENAMED, "socket.receive.buffer.bytes"},
    {"metadata.max.age.ms", RENAMED, "topic.metadata.refresh.interval.ms"},
    {"auto.commit.interval.ms", NO_EFFECT, NULL},
    {"auto.offset.reset", NO_EFFECT, NULL}, /* The stream's; validated below. */
    {"session.timeout.ms", NO_EFFECT, NULL},
    {"heartbeat.interval.ms", NO_EFFECT, NULL},
    {"max.poll.interval.ms", NO_EFFECT, NULL},
    {"max.poll.records", NO_EFFECT, NULL},
    {"partitioner", OURS, "the partition of a key equals the Java client's, always"},
    {"transactional.id", OURS, "it comes from the job's group"},
    {"transaction.timeout.ms", OURS, "the job's settings decide how long a batch may take"},
    {"group.instance.id", OURS, "the job is no member of its group"},
    {"group.protocol", OURS, "the job is no member of its group"},
    {"partition.assignment.strategy", OURS, "the job is no member of its group"},
    {"enable.auto.offset.store", OURS, "offsets are committed with each batch"},
    {"offset.store.method", OURS, "offsets are committed with each batch"},
    {"enable.partition.eof", OURS, "the end of a batch rests on it"},
    {"enable.gapless.guarantee", OURS, "lost records would be lost in silence"},
    {"delivery.report.only.error", OURS, "every record's delivery is checked"},
};

/* librdkafka's own lists leave out its other names, and what has no value yet. */
static const char *const aliases[] = {
    "bootstrap.servers",
    "max.in.flight",
    "sasl.mechanism",
    "linger.ms",
    "compression.type",
    "retries",
    "delivery.timeout.ms",
    "request.timeout.ms",
    "sasl.username",
    "sasl.password",
    "sasl.oauthbearer.config",
    "ssl.ca.location",
    "ssl.ca.pem",
    "ssl.certificate.location",
    "ssl.certificate.pem",
    "ssl.cipher.suites",
    "ssl.crl.location",
    "ssl.key.location",
    "ssl.key.password",
    "ssl.key.pem",
    "ssl.keystore.location",
    "ssl.keystore.password",
    "client.rack",
    "debug",
};

struct setup {
    const struct leat_kafka_settings *settings;
    enum leat_client_role role;
    rd_kafka_conf_t *conf;
    leat_error *err;
};

static bool is_any(const char *key, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(key, names[i]) == 0)
            return true;
    return false;
}

static void offer_dump(struct leat_nearest *nearest, const char **dump, size_t count)
{
    for (size_t i = 0; i < count; i += 2)
        leat_nearest_offer(nearest, dump[i]);
}

static leat_status refuse_unknown(const struct setup *setup, const char *key)
{
    struct leat_nearest nearest = {.word = key};
    rd_kafka_topic_conf_t *topic_conf = rd_kafka_topic_conf_new();
    size_t count = 0;
    size_t topic_count = 0;
    const char **dump = rd_kafka_conf_dump(setup->conf, &count);
    const char **topic_dump = rd_kafka_topic_conf_dump(topic_conf, &topic_count);
    leat_status status;

    offer_dump(&nearest, dump, count);
    offer_dump(&nearest, topic_dump, topic_count);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (rules[i].rule != OURS)
            leat_nearest_offer(&nearest, rules[i].name);
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
        leat_nearest_offer(&nearest, aliases[i]);
    status = nearest.name == NULL
                 ? leat_fail(setup->err, LEAT_INVALID, "unknown Kafka parameter '%s'", key)
                 : leat_fail(setup->err, LEAT_INVALID,
                             "unknown Kafka parameter '%s'; did you mean '%s'?", key, nearest.name);
    rd_kafka_conf_dump_free(dump, count);
    rd_kafka_conf_dump_free(topic_dump, topic_count);
    rd_kafka_topic_conf_destroy(topic_conf);
    return status;
}

static leat_status set(const struct setup *setup, const char *key, const char *value,
                       const char *named)
{
    char text[300];

    switch (rd_kafka_conf_set(setup->conf, key, value, text, sizeof text)) {
    case RD_KAFKA_CONF_OK:
        return LEAT_OK;
    case RD_KAFKA_CONF_UNKNOWN:
        return refuse_unknown(setup, named);
    default:
        if (leat_is_secret(key))
            return leat_fail(setup->err, LEAT_INVALID, "Kafka parameter '%s': bad value", named);
        return leat_fail(setup->err, LEAT_INVALID, "Kafka parameter '%s': %s", named, text);
    }
}

static leat_status set_number(const struct setup *setup, const char *key, int64_t value)
{
    char text[TEXT_MAX];

    snprintf(text, sizeof text, "%" PRId64, value);
    return set(setup, key, text, key);
}

/* Newer versions know it; this one may not. */
static bool set_if_known(const struct setup *setup, const char *key, const char *value)
{
    return rd_kafka_conf_set(setup->conf, key, value, NULL, 0) == RD_KAFKA_CONF_OK;
}

static int64_t number_of(const struct setup *setup, const char *key)
{
    char text[TEXT_MAX] = "0";
    size_t size = sizeof text;

    if (rd_kafka_conf_get(setup->conf, key, text, &size) != RD_KAFKA_CONF_OK)
        return 0;
    return strtoll(text, NULL, 10);
}

/* ---- the user's ---- */

static leat_status refuse(const struct setup *setup, const char *key, const char *why)
{
    return leat_fail(setup->err, LEAT_INVALID, "Kafka parameter '%s' is leat's own: %s", key, why);
}

/* Those that may say what is so anyway. *out_done: nothing is left to do. */
static leat_status check_contradiction(const struct setup *setup, const char *key,
                                       const char *value, bool *out_done)
{
    const struct leat_kafka_settings *settings = setup->settings;
    static const char *const brokers[] = {"metadata.broker.list", "bootstrap.servers"};
    bool earliest;

    *out_done = true;
    if (is_any(key, brokers, 2))
        return settings->brokers == NULL || strcmp(value, settings->brokers) == 0
                   ? LEAT_OK
                   : leat_fail(setup->err, LEAT_INVALID, "%s is '%s', but the brokers are '%s'",
                               key, value, settings->brokers);
    if (strcmp(key, "auto.offset.reset") == 0)
        return leat_offset_reset_parse(value, &earliest, setup->err);
    if (strcmp(key, "group.id") == 0)
        return settings->group == NULL || strcmp(value, settings->group) == 0
                   ? LEAT_OK
                   : refuse(setup, key, "set the stream's group");
    if (strcmp(key, "enable.auto.commit") == 0 || strcmp(key, "auto.commit.enable") == 0)
        return strcasecmp(value, "false") == 0
                   ? LEAT_OK
                   : refuse(setup, key, "offsets are committed with each batch");
    if (strcmp(key, "enable.idempotence") == 0)
        return strcasecmp(value, "true") == 0
                   ? LEAT_OK
                   : refuse(setup, key, "without it records are written twice");
    if (strcmp(key, "acks") == 0 || strcmp(key, "request.required.acks") == 0)
        return strcmp(value, "all") == 0 || strcmp(value, "-1") == 0
                   ? LEAT_OK
                   : refuse(setup, key, "it is all, or acknowledged records can be lost");
    if (strcmp(key, "isolation.level") == 0)
        return setup->role != LEAT_CLIENT_READER ||
                       (strcmp(value, "read_committed") == 0) == settings->read_committed
                   ? LEAT_OK
                   : refuse(setup, key, "set the stream's isolation level");
    *out_done = false;
    return LEAT_OK;
}

static leat_status set_kibibytes(const struct setup *setup, const char *key, const char *value,
                                 const char *to)
{
    char *end = NULL;
    long long bytes = strtoll(value, &end, 10);

    if (end == value || *end != '\0' || bytes < 1024)
        return leat_fail(setup->err, LEAT_INVALID,
                         "Kafka parameter '%s' is '%s'; it is a number of bytes", key, value);
    return set_number(setup, to, bytes / 1024);
}

/* librdkafka tells OpenSSL's view of a missing file, without its name. */
static leat_status check_file(const struct setup *setup, const char *key, const char *value)
{
    static const char *const files[] = {"ssl.ca.location", "ssl.certificate.location",
                                        "ssl.key.location", "ssl.crl.location",
                                        "ssl.keystore.location"};

    if (!is_any(key, files, sizeof files / sizeof files[0]) || strcmp(value, "probe") == 0 ||
        access(value, R_OK) == 0)
        return LEAT_OK;
    return leat_fail(setup->err, LEAT_INVALID, "Kafka parameter '%s': cannot read '%.200s': %s",
                     key, value, strerror(errno));
}

static leat_status set_users(const struct setup *setup, const char *key, const char *value)
{
    bool done;

    LEAT_TRY(check_contradiction(setup, key, value, &done));
    if (done)
        return LEAT_OK;
    LEAT_TRY(check_file(setup, key, value));
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (strcmp(key, rules[i].name) != 0)
            continue;
        switch (rules[i].rule) {
        case RENAMED:
            return set(setup, rules[i].to, value, key);
        case KIBIBYTES:
            return set_kibibytes(setup, key, value, rules[i].to);
        case NO_EFFECT:
            return LEAT_OK;
        case OURS:
            return refuse(setup, key, rules[i].to);
        }
    }
    return set(setup, key, value, key);
}

static leat_status set_all_users(const struct setup *setup)
{
    const char *const *parameters = setup->settings->parameters;

    for (size_t i = 0; parameters != NULL && parameters[i] != NULL; i += 2) {
        if (parameters[i + 1] == NULL)
            return leat_fail(setup->err, LEAT_INVALID, "Kafka parameter '%s' has no value",
                             parameters[i]);
        LEAT_TRY(set_users(setup, parameters[i], parameters[i + 1]));
    }
    return LEAT_OK;
}

/* ---- ours ---- */

static leat_status set_common(const struct setup *setup)
{
    LEAT_TRY(set(setup, "client.id", "leat", "client.id"));
    LEAT_TRY(set(setup, "socket.nagle.disable", "true", "socket.nagle.disable"));
    LEAT_TRY(set(setup, "socket.keepalive.enable", "true", "socket.keepalive.enable"));
    LEAT_TRY(set_number(setup, "reconnect.backoff.ms", 50));
    LEAT_TRY(set_number(setup, "reconnect.backoff.max.ms", 1000));
    LEAT_TRY(set_number(setup, "topic.metadata.refresh.fast.interval.ms", 100));
    LEAT_TRY(set(setup, "log.connection.close", "true", "log.connection.close"));
    set_if_known(setup, "enable.metrics.push", "false");
    return LEAT_OK;
}

static size_t memory_of(const struct leat_kafka_settings *settings)
{
    return settings->memory_bytes == 0 ? DEFAULT_MEMORY_BYTES : settings->memory_bytes;
}

/* A partition's queue is bounded twice: by bytes of values, and by records, for what librdkafka
 * keeps beside each. */
static leat_status set_reader(const struct setup *setup, bool *out_wakes_itself)
{
    const struct leat_kafka_settings *settings = setup->settings;
    size_t expected =
        settings->partitions_expected == 0 ? DEFAULT_PARTITIONS : settings->partitions_expected;
    int64_t share = (int64_t)(memory_of(settings) / 2 / expected);
    int64_t fetch = (int64_t)(memory_of(settings) / 8);
    int64_t records = share / READ_OVERHEAD_BYTES;

    fetch = fetch > FETCH_BYTES_MAX ? FETCH_BYTES_MAX : fetch;
    fetch = fetch < FETCH_BYTES_MIN ? FETCH_BYTES_MIN : fetch;
    LEAT_TRY(set_number(setup, "queued.min.messages", records < 100 ? 100 : records));
    LEAT_TRY(set_number(setup, "queued.max.messages.kbytes", share < 65536 ? 64 : share / 1024));
    LEAT_TRY(set_number(setup, "fetch.max.bytes", fetch));
    LEAT_TRY(set_number(setup, "fetch.message.max.bytes", fetch / 2));
    LEAT_TRY(set_number(setup, "fetch.wait.max.ms", 20));
    LEAT_TRY(set_number(setup, "fetch.error.backoff.ms", 10));
    LEAT_TRY(set(setup, "check.crcs", "true", "check.crcs"));
    *out_wakes_itself = set_if_known(setup, "fetch.queue.backoff.ms", "5");
    return LEAT_OK;
}

/* A queue that outgrows the requests in flight makes librdkafka's thread spin: with a full batch
 * ready it does not wait for the answer that would let it send. Five requests of a megabyte are in
 * flight. Bounded twice like a reader's: each task thread fills heap of its own with small records,
 * which stays with the process. */
static leat_status set_writer(const struct setup *setup)
{
    size_t queue = memory_of(setup->settings);

    queue = queue > WRITER_QUEUE_BYTES_MAX ? WRITER_QUEUE_BYTES_MAX : queue;
    LEAT_TRY(set_number(setup, "batch.num.messages", 100000));
    LEAT_TRY(
        set_number(setup, "queue.buffering.max.messages", (int64_t)(queue / WRITTEN_RECORD_BYTES)));
    LEAT_TRY(set_number(setup, "queue.buffering.max.kbytes", (int64_t)(queue / 1024)));
    LEAT_TRY(set_number(setup, "linger.ms", 50));
    return set_number(setup, "retry.backoff.ms", 2);
}

/* ---- what correctness rests on ---- */

static leat_status force_reader(const struct setup *setup)
{
    LEAT_TRY(set(setup, "enable.partition.eof", "true", "enable.partition.eof"));
    LEAT_TRY(set(setup, "auto.offset.reset", "error", "auto.offset.reset"));
    LEAT_TRY(set(setup, "allow.auto.create.topics", "false", "allow.auto.create.topics"));
    LEAT_TRY(set(setup, "enable.auto.commit", "false", "enable.auto.commit"));
    LEAT_TRY(set(setup, "enable.auto.offset.store", "false", "enable.auto.offset.store"));
    return set(setup, "isolation.level",
               setup->settings->read_committed ? "read_committed" : "read_uncommitted",
               "isolation.level");
}

/* One record of the largest size must fit in the queue. */
static leat_status force_writer(const struct setup *setup)
{
    const struct leat_kafka_settings *settings = setup->settings;
    int64_t room = 2 * number_of(setup, "message.max.bytes") / 1024 + 1;

    if (number_of(setup, "queue.buffering.max.kbytes") < room)
        LEAT_TRY(set_number(setup, "queue.buffering.max.kbytes", room));
    LEAT_TRY(set(setup, "enable.idempotence", "true", "enable.idempotence"));
    LEAT_TRY(set_number(setup, "socket.max.fails", 1));
    if (settings->transactional_id == NULL)
        return LEAT_OK;
    if (settings->transaction_timeout_ms > 0)
        LEAT_TRY(set_number(setup, "transaction.timeout.ms", settings->transaction_timeout_ms));
    return set(setup, "transactional.id", settings->transactional_id, "transactional.id");
}

static leat_status fill(const struct setup *setup, struct leat_client_limits *limits)
{
    const struct leat_kafka_settings *settings = setup->settings;

    LEAT_TRY(set_common(setup));
    if (setup->role == LEAT_CLIENT_WRITER)
        LEAT_TRY(set_writer(setup));
    else
        LEAT_TRY(set_reader(setup, &limits->wakes_itself));
    LEAT_TRY(set_all_users(setup));
    if (settings->brokers != NULL)
        LEAT_TRY(set(setup, "bootstrap.servers", settings->brokers, "bootstrap.servers"));
    if (settings->group != NULL && setup->role == LEAT_CLIENT_CLUSTER)
        LEAT_TRY(set(setup, "group.id", settings->group, "group.id"));
    LEAT_TRY(setup->role == LEAT_CLIENT_WRITER ? force_writer(setup) : force_reader(setup));
    limits->queue_messages = number_of(setup, "queued.min.messages");
    limits->queue_bytes = number_of(setup, "queued.max.messages.kbytes") * 1024;
    limits->message_bytes_max = number_of(setup, "message.max.bytes");
    return LEAT_OK;
}

leat_status leat_client_conf(const struct leat_kafka_settings *settings, enum leat_client_role role,
                             rd_kafka_conf_t **out_conf, struct leat_client_limits *out_limits,
                             leat_error *err)
{
    struct setup setup = {.settings = settings, .role = role, .err = err};
    struct leat_client_limits limits = {0};
    leat_status status;

    if (settings->brokers == NULL || settings->brokers[0] == '\0')
        return leat_fail(err, LEAT_INVALID, "no Kafka brokers: set metadata.broker.list");
    setup.conf = rd_kafka_conf_new();
    status = fill(&setup, &limits);
    if (status != LEAT_OK) {
        rd_kafka_conf_destroy(setup.conf);
        return status;
    }
    *out_conf = setup.conf;
    *out_limits = limits;
    return LEAT_OK;
}
