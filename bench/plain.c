/* plain: see plain.h. */
#include "plain.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { ASK_MS = 30000, FOREVER = -1, WAIT_MS = 10, FULL_POLL_MS = 1 };

static volatile sig_atomic_t is_stopped;

static void on_signal(int number)
{
    (void)number;
    is_stopped = 1;
}

static void check(rd_kafka_error_t *error, const char *what)
{
    if (error != NULL)
        bench_fail("%s: %s", what, rd_kafka_error_string(error));
}

static void check_code(rd_kafka_resp_err_t code, const char *what)
{
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        bench_fail("%s: %s", what, rd_kafka_err2str(code));
}

/* Small fetches are read while they are in the cache: 10 % less than 8 MB of CPU at 1 KB. */
static void open_consumer(struct plain *plain, char **argv, const char *topic, const char *group)
{
    const char *const settings[] = {"group.id",
                                    group,
                                    "client.id",
                                    "plain",
                                    "enable.auto.commit",
                                    "false",
                                    "enable.auto.offset.store",
                                    "false",
                                    "isolation.level",
                                    "read_committed",
                                    "auto.offset.reset",
                                    "error",
                                    "check.crcs",
                                    "true",
                                    "socket.nagle.disable",
                                    "true",
                                    "queued.min.messages",
                                    "1000000",
                                    "queued.max.messages.kbytes",
                                    "262144",
                                    "fetch.max.bytes",
                                    "2097152",
                                    "fetch.message.max.bytes",
                                    "1048576",
                                    "fetch.wait.max.ms",
                                    "10",
                                    "fetch.error.backoff.ms",
                                    "10",
                                    NULL};

    plain->consumer = bench_client(RD_KAFKA_CONSUMER, argv, settings);
    plain->input_partitions = bench_partition_count(plain->consumer, topic);
    if (plain->input_partitions > PLAIN_PARTITIONS_MAX)
        bench_fail("at most %d partitions", PLAIN_PARTITIONS_MAX);
    plain->input = rd_kafka_topic_new(plain->consumer, topic, NULL);
    plain->queue = rd_kafka_queue_new(plain->consumer);
    plain->group = rd_kafka_consumer_group_metadata_new(group);
}

/* A queue that outgrows the requests in flight makes librdkafka's thread spin: with a full batch
 * ready it does not wait for the answer that would let it send. */
static void open_producer(struct plain *plain, char **argv, const char *topic, const char *group)
{
    char transactional_id[256];
    const char *const settings[] = {"transactional.id",
                                    transactional_id,
                                    "client.id",
                                    "plain",
                                    "socket.nagle.disable",
                                    "true",
                                    "linger.ms",
                                    "50",
                                    "batch.num.messages",
                                    "100000",
                                    "queue.buffering.max.messages",
                                    "1000000",
                                    "queue.buffering.max.kbytes",
                                    "16384",
                                    "retry.backoff.ms",
                                    "2",
                                    NULL};

    snprintf(transactional_id, sizeof transactional_id, "plain-%s", group);
    plain->producer = bench_producer(argv, settings);
    check(rd_kafka_init_transactions(plain->producer, ASK_MS), "init_transactions");
    plain->output_partitions = bench_partition_count(plain->producer, topic);
    if (plain->output_partitions > PLAIN_PARTITIONS_MAX)
        bench_fail("at most %d partitions", PLAIN_PARTITIONS_MAX);
    plain->output = rd_kafka_topic_new(plain->producer, topic, NULL);
}

/* From the group's offsets, or the log's start. */
static void start(struct plain *plain, const char *topic)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new(plain->input_partitions);

    rd_kafka_topic_partition_list_add_range(list, topic, 0, plain->input_partitions - 1);
    check_code(rd_kafka_committed(plain->consumer, list, ASK_MS), "committed");
    for (int32_t i = 0; i < plain->input_partitions; i++) {
        int64_t low;
        int64_t high;

        check_code(list->elems[i].err, "committed");
        check_code(rd_kafka_query_watermark_offsets(plain->consumer, topic, i, &low, &high, ASK_MS),
                   "query_watermark_offsets");
        plain->next[i] = list->elems[i].offset < 0 ? low : list->elems[i].offset;
        plain->end[i] = high;
        plain->left += plain->next[i] < high;
        if (rd_kafka_consume_start_queue(plain->input, i, plain->next[i], plain->queue) != 0)
            check_code(rd_kafka_last_error(), "consume_start_queue");
    }
    rd_kafka_topic_partition_list_destroy(list);
}

/* Keeps what is a record, and counts. */
static size_t take(struct plain *plain, rd_kafka_message_t **messages, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        rd_kafka_message_t *message = messages[i];

        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
            bench_fail("cannot read: %s", rd_kafka_message_errstr(message));
        if (plain->drains) {
            if (message->offset >= plain->end[message->partition]) {
                rd_kafka_message_destroy(message);
                continue;
            }
            plain->left -= message->offset + 1 == plain->end[message->partition];
        }
        plain->next[message->partition] = message->offset + 1;
        messages[kept++] = message;
    }
    plain->records += (int64_t)kept;
    return kept;
}

static bool is_finished(const struct plain *plain)
{
    return is_stopped || (plain->drains && plain->left == 0);
}

static size_t read_some(struct plain *plain, rd_kafka_message_t **messages)
{
    ssize_t count = rd_kafka_consume_batch_queue(plain->queue, 0, messages, PLAIN_BATCH);

    if (count == 0) /* It would wait for all of them. */
        count = rd_kafka_consume_batch_queue(plain->queue, WAIT_MS, messages, 1);
    return count < 0 ? 0 : take(plain, messages, (size_t)count);
}

static void commit(struct plain *plain, const char *topic)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new(plain->input_partitions);

    for (int32_t i = 0; i < plain->input_partitions; i++)
        rd_kafka_topic_partition_list_add(list, topic, i)->offset = plain->next[i];
    check(rd_kafka_send_offsets_to_transaction(plain->producer, list, plain->group, FOREVER),
          "send_offsets_to_transaction");
    check(rd_kafka_commit_transaction(plain->producer, FOREVER), "commit_transaction");
    rd_kafka_topic_partition_list_destroy(list);
}

static void run(struct plain *plain, const char *topic, plain_process_fn process, plain_end_fn end)
{
    rd_kafka_message_t *messages[PLAIN_BATCH];
    int64_t deadline_us = bench_monotonic_us();

    while (!is_finished(plain)) {
        int64_t before = plain->records;

        check(rd_kafka_begin_transaction(plain->producer), "begin_transaction");
        deadline_us += plain->interval_us;
        if (deadline_us < bench_monotonic_us())
            deadline_us = bench_monotonic_us();
        while (!is_finished(plain) &&
               (bench_monotonic_us() < deadline_us || plain->records == before)) {
            size_t count = read_some(plain, messages);

            if (count > 0)
                process(plain, messages, count);
            rd_kafka_poll(plain->producer, 0);
        }
        if (end != NULL)
            end(plain);
        commit(plain, topic);
    }
}

static void close_all(struct plain *plain)
{
    for (int32_t i = 0; i < plain->input_partitions; i++)
        rd_kafka_consume_stop(plain->input, i);
    rd_kafka_topic_destroy(plain->output);
    rd_kafka_destroy(plain->producer);
    rd_kafka_consumer_group_metadata_destroy(plain->group);
    rd_kafka_queue_destroy(plain->queue);
    rd_kafka_topic_destroy(plain->input);
    rd_kafka_destroy_flags(plain->consumer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

void plain_run(char **argv, plain_process_fn process, plain_end_fn end)
{
    struct plain plain = {.interval_us = 1000 * bench_number(argv, "--interval-ms", 1000),
                          .drains = bench_number(argv, "--drain", 0) != 0};
    const char *topic = bench_argument(argv, "--topic", "in");
    const char *group = bench_argument(argv, "--group", "plain");

    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    open_producer(&plain, argv, bench_argument(argv, "--output-topic", "out"), group);
    open_consumer(&plain, argv, topic, group);
    start(&plain, topic);
    run(&plain, topic, process, end);
    close_all(&plain);
    fprintf(stderr, "%" PRId64 " records\n", plain.records);
}

void plain_produce_batch(struct plain *plain, int32_t partition, rd_kafka_message_t *messages,
                         size_t count)
{
    while (count > 0) {
        int taken = rd_kafka_produce_batch(plain->output, partition, RD_KAFKA_MSG_F_COPY, messages,
                                           (int)count);

        if (taken == (int)count)
            return;
        while (messages->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            messages++;
            count--;
        }
        if (messages->err != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            bench_fail("a record was not taken: %s", rd_kafka_err2str(messages->err));
        rd_kafka_poll(plain->producer, FULL_POLL_MS);
    }
}
