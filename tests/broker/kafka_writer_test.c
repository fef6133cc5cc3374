/* kafka_writer_test: transactions on a real broker. */
#include "tests/broker/kafka_support.h"

static void write_text(struct leat_writer *writer, const char *topic, int partition,
                       const char *value)
{
    struct leat_writer_topic *out = NULL;
    struct leat_write write = {.value = leat_string(value), .timestamp_ms = -1};
    leat_error err = {LEAT_OK, ""};
    int32_t partitions = 0;

    CHECK_OK(writer->ops->topic(writer, topic, &out, &partitions, NULL));
    CHECK(partition < partitions);
    if (writer->ops->produce(writer, out, partition, &write, 1, NULL, &err) != LEAT_OK)
        fprintf(stderr, "%s\n", err.message);
    CHECK_OK(err.status);
}

static void a_transaction_commits_records_and_offsets_together(void)
{
    const char *topic = new_topic("output", 2, NULL);
    const char *group = fresh_name("group");
    struct leat_cluster *cluster = open_cluster(group);
    struct leat_writer *writer = begin_writer(fresh_name("id"));
    struct leat_reader *reader = open_reader(true);
    struct leat_topic_partition at[2] = {{topic, 0}, {topic, 1}};
    struct leat_group_offset sent = {.offset = 41, .metadata = "leat:1:0123:7:1.1:99"};
    struct leat_group_offset found[2];
    struct leat_reader_start start = {.topic = topic, .partition = 1, .last_offset = -1};
    leat_error err = {LEAT_OK, ""};
    size_t index = 0;

    write_text(writer, topic, 1, "one");
    write_text(writer, topic, 1, "two");
    CHECK_OK(writer->ops->flush(writer, &err));
    CHECK_OK(writer->ops->send_offsets(writer, group, &at[1], &sent, 1, &err));
    CHECK(stable_end(topic, 1) == 0);
    CHECK(writer->ops->commit(writer, &err) == LEAT_COMMIT_DONE);
    CHECK_OK(cluster->ops->group_offsets(cluster, at, 2, TIMEOUT_MS, found, &err));
    CHECK(found[0].offset == -1 && found[0].metadata[0] == '\0');
    CHECK(found[1].offset == 41);
    CHECK(strcmp(found[1].metadata, sent.metadata) == 0);
    CHECK(stable_end(topic, 1) == 3);
    CHECK_OK(reader->ops->add(reader, &start, &index, &err));
    CHECK(strcmp(read_values(reader, index, 0, 3), "one two") == 0);
    reader->ops->destroy(reader);
    writer->ops->destroy(writer);
    cluster->ops->destroy(cluster);
}

static const struct check_case cases[] = {
    CHECK_CASE(a_transaction_commits_records_and_offsets_together),
};

CHECK_MAIN(cases)
