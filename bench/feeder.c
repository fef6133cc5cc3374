/*
 * feeder: records at a steady rate, each with the time it was made: in ms as its timestamp, in us
 * as daas's id.
 *
 *   feeder --brokers B --topic T --kind relay|daas [--rate 20000] [--seconds 75]
 */
#include <time.h>

#include "produce.h"

enum { TICK_US = 1000, SECOND_US = 1000000 };

static const char *const settings[] = {"linger.ms", "1", "socket.nagle.disable", "true", NULL};

static void wait_until(int64_t monotonic_us)
{
    struct timespec at = {monotonic_us / SECOND_US, monotonic_us % SECOND_US * 1000};

    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

static void feed(rd_kafka_t *client, const char *name, const struct record_source *source,
                 int64_t rate, int64_t seconds)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, name, NULL);
    int partitions = bench_partition_count(client, name);
    int64_t start_us = bench_monotonic_us();
    int64_t sent = 0;

    for (int64_t at_us = 0; at_us < seconds * SECOND_US; at_us += TICK_US) {
        wait_until(start_us + at_us);
        for (; sent < at_us * rate / SECOND_US; sent++) {
            int64_t now_us = bench_realtime_us();
            int32_t partition = (int32_t)(sent % partitions);
            struct record record;

            record_make(source, (uint64_t)sent, (uint64_t)now_us, &record);
            if (record.key_size > 0)
                partition = bench_partition_for_key(record.key, record.key_size, partitions);
            produce_record(client, topic, partition, &record, source->has_header, now_us / 1000);
        }
        rd_kafka_poll(client, 0);
    }
    produce_flush(client);
    rd_kafka_topic_destroy(topic);
}

int main(int argc, char **argv)
{
    struct record_source source = record_source_from(argv);
    rd_kafka_t *client = bench_producer(argv, settings);

    (void)argc;
    feed(client, bench_argument(argv, "--topic", NULL), &source,
         bench_number(argv, "--rate", 20000), bench_number(argv, "--seconds", 75));
    rd_kafka_destroy(client);
    return 0;
}
