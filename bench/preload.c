/*
 * preload: fills a topic with the benchmark's input, as fast as one process can.
 *
 *   preload --brokers B --topic T --kind relay|daas|wordcount --records N [--value-bytes N]
 * [--headers 0|1] preload --params FILE          writes daas's dictionary
 */
#include "produce.h"

enum { RUN_RECORDS = 200, RECORDS_PER_MS = 20 };
static const int64_t first_timestamp_ms = 1700000000000;
static const uint64_t first_id = 100000;

static const char *const settings[] = {"linger.ms",
                                       "20",
                                       "batch.num.messages",
                                       "100000",
                                       "queue.buffering.max.messages",
                                       "100000",
                                       "enable.idempotence",
                                       "true",
                                       NULL};

static void fill(rd_kafka_t *client, const char *name, const struct record_source *source,
                 int64_t records)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, name, NULL);
    int partitions = bench_partition_count(client, name);

    for (int64_t i = 0; i < records; i++) {
        struct record record;
        int32_t partition = (int32_t)(i / RUN_RECORDS % partitions);

        record_make(source, (uint64_t)i, first_id + (uint64_t)i, &record);
        if (record.key_size > 0)
            partition = bench_partition_for_key(record.key, record.key_size, partitions);
        produce_record(client, topic, partition, &record, source->has_header,
                       first_timestamp_ms + i / RECORDS_PER_MS);
        if (i % RUN_RECORDS == 0)
            rd_kafka_poll(client, 0);
    }
    produce_flush(client);
    rd_kafka_topic_destroy(topic);
}

int main(int argc, char **argv)
{
    const char *params = bench_argument(argv, "--params", "");
    struct record_source source;
    rd_kafka_t *client;

    (void)argc;
    if (params[0] != '\0') {
        record_write_params(params);
        return 0;
    }
    source = record_source_from(argv);
    client = bench_producer(argv, settings);
    fill(client, bench_argument(argv, "--topic", NULL), &source,
         bench_number(argv, "--records", 3000000));
    rd_kafka_destroy(client);
    return 0;
}
