/* kafka_support: see kafka_support.h. */
#include "tests/broker/kafka_support.h"

#include <unistd.h>

static rd_kafka_t *admin(void)
{
    static rd_kafka_t *handle;

    if (handle == NULL)
        handle = raw_producer(NULL);
    return handle;
}

const char *brokers(void)
{
    const char *list = getenv("LEAT_TEST_BOOTSTRAP");

    return list == NULL ? "127.0.0.1:9092" : list;
}

const char *fresh_name(const char *words)
{
    static int count;
    char *name = malloc(128);

    CHECK(name != NULL);
    snprintf(name, 128, "%s-%d-%d", words, (int)getpid(), ++count);
    return name;
}

/* ---- admin ---- */

static rd_kafka_event_t *wait_event(rd_kafka_queue_t *queue)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, TIMEOUT_MS);

    CHECK(event != NULL);
    if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
        fprintf(stderr, "%s\n", rd_kafka_event_error_string(event));
    CHECK(rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR);
    return event;
}

static void set_topic_settings(rd_kafka_NewTopic_t *topic, const char *settings)
{
    char copy[256];

    snprintf(copy, sizeof copy, "%s", settings == NULL ? "" : settings);
    for (char *at = copy; *at != '\0';) {
        char *value = strchr(at, '=');
        char *end = strchr(at, ',');

        CHECK(value != NULL);
        *value++ = '\0';
        if (end != NULL)
            *end = '\0';
        rd_kafka_NewTopic_set_config(topic, at, value);
        at = end == NULL ? value + strlen(value) : end + 1;
    }
}

void make_topic(const char *name, int partitions, const char *settings)
{
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(name, partitions, 1, NULL, 0);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(admin());
    rd_kafka_event_t *event;
    size_t count;

    set_topic_settings(topic, settings);
    rd_kafka_CreateTopics(admin(), &topic, 1, NULL, queue);
    event = wait_event(queue);
    CHECK(rd_kafka_topic_result_error(rd_kafka_CreateTopics_result_topics(
              rd_kafka_event_CreateTopics_result(event), &count)[0]) == 0);
    rd_kafka_event_destroy(event);
    rd_kafka_NewTopic_destroy(topic);
    rd_kafka_queue_destroy(queue);
}

const char *new_topic(const char *words, int partitions, const char *settings)
{
    const char *name = fresh_name(words);

    make_topic(name, partitions, settings);
    return name;
}

void add_partitions(const char *name, int partitions)
{
    rd_kafka_NewPartitions_t *more = rd_kafka_NewPartitions_new(name, (size_t)partitions, NULL, 0);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(admin());

    rd_kafka_CreatePartitions(admin(), &more, 1, NULL, queue);
    rd_kafka_event_destroy(wait_event(queue));
    rd_kafka_NewPartitions_destroy(more);
    rd_kafka_queue_destroy(queue);
}

void delete_topic(const char *name)
{
    rd_kafka_DeleteTopic_t *old = rd_kafka_DeleteTopic_new(name);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(admin());

    rd_kafka_DeleteTopics(admin(), &old, 1, NULL, queue);
    rd_kafka_event_destroy(wait_event(queue));
    rd_kafka_DeleteTopic_destroy(old);
    rd_kafka_queue_destroy(queue);
}

void delete_records(const char *topic, int partition, int64_t before)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(admin());
    rd_kafka_DeleteRecords_t *old;

    rd_kafka_topic_partition_list_add(list, topic, partition)->offset = before;
    old = rd_kafka_DeleteRecords_new(list);
    rd_kafka_DeleteRecords(admin(), &old, 1, NULL, queue);
    rd_kafka_event_destroy(wait_event(queue));
    rd_kafka_DeleteRecords_destroy(old);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_queue_destroy(queue);
}

/* ---- raw producers ---- */

static void check_error(rd_kafka_error_t *error)
{
    if (error != NULL)
        fprintf(stderr, "%s\n", rd_kafka_error_string(error));
    CHECK(error == NULL);
}

rd_kafka_t *raw_producer(const char *transactional_id)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char text[256];
    rd_kafka_t *producer;

    rd_kafka_conf_set(conf, "bootstrap.servers", brokers(), NULL, 0);
    rd_kafka_conf_set(conf, "linger.ms", "0", NULL, 0);
    rd_kafka_conf_set(conf, "retry.backoff.ms", "2", NULL, 0);
    if (transactional_id != NULL)
        rd_kafka_conf_set(conf, "transactional.id", transactional_id, NULL, 0);
    producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    CHECK(producer != NULL);
    if (transactional_id != NULL)
        check_error(rd_kafka_init_transactions(producer, TIMEOUT_MS));
    return producer;
}

static void send_one(rd_kafka_t *producer, const char *topic, int partition, const char *key,
                     const char *value, int64_t timestamp_ms)
{
    size_t key_size = key == NULL ? 0 : strlen(key);
    size_t value_size = value == NULL ? 0 : strlen(value);
    rd_kafka_resp_err_t code =
        rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key, key_size),
                          RD_KAFKA_V_VALUE((void *)(uintptr_t)value, value_size),
                          RD_KAFKA_V_TIMESTAMP(timestamp_ms), RD_KAFKA_V_END);

    CHECK(code == RD_KAFKA_RESP_ERR_NO_ERROR);
}

void raw_produce(rd_kafka_t *producer, const char *topic, int partition, const char *key,
                 const char *value, int64_t timestamp_ms)
{
    send_one(producer, topic, partition, key, value, timestamp_ms);
    CHECK(rd_kafka_flush(producer, TIMEOUT_MS) == RD_KAFKA_RESP_ERR_NO_ERROR);
}

void fill_topic(const char *topic, int partition, int first, int count)
{
    char value[32];

    for (int i = first; i < first + count; i++) {
        snprintf(value, sizeof value, "%d", i);
        send_one(admin(), topic, partition, NULL, value, 0);
    }
    CHECK(rd_kafka_flush(admin(), TIMEOUT_MS) == RD_KAFKA_RESP_ERR_NO_ERROR);
}

void raw_begin(rd_kafka_t *producer)
{
    check_error(rd_kafka_begin_transaction(producer));
}

void raw_commit(rd_kafka_t *producer)
{
    check_error(rd_kafka_commit_transaction(producer, TIMEOUT_MS));
}

void raw_abort(rd_kafka_t *producer)
{
    check_error(rd_kafka_abort_transaction(producer, TIMEOUT_MS));
}

/* ---- what is tested ---- */

static const struct leat_log log_to_stderr = {.write = leat_log_to_stderr, .level = LEAT_LOG_WARN};

struct leat_cluster *open_cluster(const char *group)
{
    const struct leat_kafka_driver *driver = leat_rdkafka_driver();
    struct leat_kafka_settings settings = {
        .brokers = brokers(), .group = group, .read_committed = true, .log = &log_to_stderr};
    struct leat_cluster *cluster = NULL;

    CHECK_OK(driver->open_cluster(driver->context, &settings, &cluster, NULL));
    return cluster;
}

struct leat_reader *open_reader(bool read_committed)
{
    const struct leat_kafka_driver *driver = leat_rdkafka_driver();
    struct leat_kafka_settings settings = {
        .brokers = brokers(), .read_committed = read_committed, .log = &log_to_stderr};
    struct leat_reader *reader = NULL;

    CHECK_OK(driver->open_reader(driver->context, &settings, &reader, NULL));
    return reader;
}

struct leat_writer *open_writer(const char *transactional_id)
{
    const struct leat_kafka_driver *driver = leat_rdkafka_driver();
    static const char *const parameters[] = {"max.request.size", "20000000", NULL};
    struct leat_kafka_settings settings = {.brokers = brokers(),
                                           .parameters = parameters,
                                           .transactional_id = transactional_id,
                                           .log = &log_to_stderr};
    struct leat_writer *writer = NULL;

    CHECK_OK(driver->open_writer(driver->context, &settings, &writer, NULL));
    return writer;
}

struct leat_writer *begin_writer(const char *transactional_id)
{
    struct leat_writer *writer = open_writer(transactional_id);
    int timeout_ms = 0;

    CHECK_OK(writer->ops->init(writer, TIMEOUT_MS, &timeout_ms, NULL));
    CHECK(timeout_ms > 0);
    CHECK_OK(writer->ops->begin(writer, NULL));
    return writer;
}

const char *read_values(struct leat_reader *reader, size_t index, int64_t from, int64_t until)
{
    static char text[65536];
    enum leat_read_state state = LEAT_READ_MORE;
    struct leat_chunk chunk;
    size_t used = 0;

    text[0] = '\0';
    leat_chunk_init(&chunk);
    CHECK_OK(reader->ops->begin(reader, index, from, until, NULL));
    for (int tries = 0; state != LEAT_READ_DONE && tries < 200; tries++) {
        leat_error err = {LEAT_OK, ""};

        if (reader->ops->read(reader, index, 100, 100, &chunk, &state, &err) != LEAT_OK) {
            snprintf(text, sizeof text, "%s", err.message);
            break;
        }
        for (size_t i = 0; i < chunk.count; i++)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%.*s",
                                     used == 0 ? "" : " ", LEAT_ARG(chunk.records[i].value));
    }
    reader->ops->release(reader, index);
    leat_chunk_release(&chunk);
    return text;
}

int64_t stable_end(const char *topic, int partition)
{
    struct leat_cluster *cluster = open_cluster(NULL);
    struct leat_topic_partition at = {topic, partition};
    int64_t end = -1;

    CHECK_OK(cluster->ops->log_ranges(cluster, &at, 1, TIMEOUT_MS, NULL, &end, NULL));
    cluster->ops->destroy(cluster);
    return end;
}
