/*
 * latency_reader: how old records are when a read_committed reader gets them, as one JSON line.
 *
 *   latency_reader --brokers B --topic T --by timestamp|id [--warm-up 10] [--seconds 60]
 *
 * id: the us since the epoch in the msgpack that daas writes; timestamp: Kafka's, in ms. Starts at
 * the topic's end; the times count from its first record.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common.h"

enum { WAIT_MS = 100, BIN_US = 100, BINS = 600000, SECOND_US = 1000000, PATIENCE_S = 60 };

static const char *const settings[] = {"isolation.level",
                                       "read_committed",
                                       "enable.auto.commit",
                                       "false",
                                       "group.id",
                                       "latency",
                                       "socket.nagle.disable",
                                       "true",
                                       "fetch.wait.max.ms",
                                       "100",
                                       "fetch.error.backoff.ms",
                                       "1",
                                       NULL};

static struct {
    int64_t counts[BINS]; /* The last one: and older. */
    int64_t count;
    int64_t max_us;
    int64_t first_us; /* When the first record came; 0: not yet. */
    int64_t warm_up_us;
    int64_t window_us;
    bool by_id;
    bool ended;
} seen;

/* {"id": N first, as the job writes it. */
static int64_t id_of(const rd_kafka_message_t *message)
{
    const unsigned char *at = message->payload;
    uint64_t id = 0;

    if (message->len < 13 || memcmp(at, "\x83\xa2id\xcf", 5) != 0)
        bench_fail("this is no record of daas with the time as its id");
    for (int i = 5; i < 13; i++)
        id = id << 8 | at[i];
    return (int64_t)id;
}

static void on_message(rd_kafka_message_t *message, void *opaque)
{
    int64_t now_us = bench_realtime_us();
    int64_t age_us;

    (void)opaque;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
        bench_fail("cannot read: %s", rd_kafka_message_errstr(message));
    if (seen.first_us == 0)
        seen.first_us = now_us;
    if (now_us < seen.first_us + seen.warm_up_us)
        return;
    if (now_us >= seen.first_us + seen.warm_up_us + seen.window_us) {
        seen.ended = true;
        return;
    }
    age_us =
        now_us - (seen.by_id ? id_of(message) : 1000 * rd_kafka_message_timestamp(message, NULL));
    if (age_us < 0)
        age_us = 0;
    seen.counts[age_us / BIN_US < BINS ? age_us / BIN_US : BINS - 1]++;
    seen.count++;
    if (age_us > seen.max_us)
        seen.max_us = age_us;
}

static double percentile_ms(double share)
{
    int64_t left = (int64_t)(share * (double)seen.count);
    size_t bin = 0;

    while (bin < BINS - 1 && (left -= seen.counts[bin]) >= 0)
        bin++;
    return (double)(bin + 1) * BIN_US / 1000;
}

int main(int argc, char **argv)
{
    const char *name = bench_argument(argv, "--topic", NULL);
    rd_kafka_t *client = bench_client(RD_KAFKA_CONSUMER, argv, settings);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, name, NULL);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    int partitions = bench_partition_count(client, name);
    int64_t started_us = bench_monotonic_us();

    (void)argc;
    seen.by_id = strcmp(bench_argument(argv, "--by", "timestamp"), "id") == 0;
    seen.warm_up_us = SECOND_US * bench_number(argv, "--warm-up", 10);
    seen.window_us = SECOND_US * bench_number(argv, "--seconds", 60);
    for (int32_t i = 0; i < partitions; i++)
        if (rd_kafka_consume_start_queue(topic, i, RD_KAFKA_OFFSET_END, queue) != 0)
            bench_fail("cannot read partition %d of '%s'", (int)i, name);
    while (!seen.ended) {
        rd_kafka_consume_callback_queue(queue, WAIT_MS, on_message, NULL);
        if (bench_monotonic_us() - started_us >
            seen.warm_up_us + seen.window_us + (int64_t)PATIENCE_S * SECOND_US)
            bench_fail("the records stopped too early");
    }
    printf("{\"records\": %" PRId64 ", \"p50_ms\": %.1f, \"p99_ms\": %.1f, \"max_ms\": %.1f}\n",
           seen.count, percentile_ms(0.5), percentile_ms(0.99), (double)seen.max_us / 1000);
    for (int32_t i = 0; i < partitions; i++)
        rd_kafka_consume_stop(topic, i);
    rd_kafka_queue_destroy(queue);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    return 0;
}
