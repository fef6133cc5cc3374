/* topics_test: which topics a pattern finds, on librdkafka's mock brokers. */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "kafka/kafka.h"
#include "tests/support/check.h"

enum { TIMEOUT_MS = 10000 };

struct mock {
    rd_kafka_t *rk;
    rd_kafka_mock_cluster_t *brokers;
    struct leat_cluster *cluster;
};

static void open_mock(struct mock *mock)
{
    const struct leat_kafka_driver *driver = leat_rdkafka_driver();
    struct leat_kafka_settings settings = {.read_committed = true};
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char text[200];

    CHECK(rd_kafka_conf_set(conf, "log_level", "2", text, sizeof text) == RD_KAFKA_CONF_OK);
    mock->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    CHECK(mock->rk != NULL);
    mock->brokers = rd_kafka_mock_cluster_new(mock->rk, 1);
    CHECK(mock->brokers != NULL);
    CHECK(rd_kafka_mock_topic_create(mock->brokers, "in-a", 2, 1) == RD_KAFKA_RESP_ERR_NO_ERROR);
    CHECK(rd_kafka_mock_topic_create(mock->brokers, "in-b", 3, 1) == RD_KAFKA_RESP_ERR_NO_ERROR);
    CHECK(rd_kafka_mock_topic_create(mock->brokers, "out", 1, 1) == RD_KAFKA_RESP_ERR_NO_ERROR);
    settings.brokers = rd_kafka_mock_cluster_bootstraps(mock->brokers);
    CHECK_OK(driver->open_cluster(driver->context, &settings, &mock->cluster, NULL));
}

static void close_mock(struct mock *mock)
{
    mock->cluster->ops->destroy(mock->cluster);
    rd_kafka_mock_cluster_destroy(mock->brokers);
    rd_kafka_destroy(mock->rk);
}

static void list(struct mock *mock, struct leat_topic_list *out)
{
    CHECK_OK(mock->cluster->ops->topics_by_pattern(mock->cluster, "in-.*", TIMEOUT_MS, out, NULL));
}

static void a_topic_with_a_passing_error_is_still_listed(void)
{
    struct leat_topic_list topics;
    struct mock mock;

    open_mock(&mock);
    list(&mock, &topics);
    CHECK(topics.count == 2);
    CHECK(strcmp(topics.topics[1].name, "in-b") == 0 && topics.topics[1].partitions == 3);
    leat_topic_list_release(&topics);
    rd_kafka_mock_topic_set_error(mock.brokers, "in-b", RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE);
    list(&mock, &topics);
    CHECK(topics.count == 2);
    CHECK(strcmp(topics.topics[1].name, "in-b") == 0);
    leat_topic_list_release(&topics);
    close_mock(&mock);
}

static void an_unknown_topic_is_not_listed(void)
{
    struct leat_topic_list topics;
    struct mock mock;

    open_mock(&mock);
    rd_kafka_mock_topic_set_error(mock.brokers, "in-b", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    list(&mock, &topics);
    CHECK(topics.count == 1);
    CHECK(strcmp(topics.topics[0].name, "in-a") == 0 && topics.topics[0].partitions == 2);
    leat_topic_list_release(&topics);
    close_mock(&mock);
}

static const struct check_case cases[] = {
    CHECK_CASE(a_topic_with_a_passing_error_is_still_listed),
    CHECK_CASE(an_unknown_topic_is_not_listed),
};
CHECK_MAIN(cases)
