/*
 * digest: what a topic holds for a read_committed reader, as one JSON line: the number of records
 * and a sum over their hashes, which does not depend on their order.
 *
 *   digest --brokers B --topic T [--timestamps 1] [--headers 1] [--last 1]
 *
 * With --last only the last record of each key counts; a key is in one partition.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"

enum { KEYS_MAX = 1 << 20, BATCH = 10000, ASK_MS = 30000, WAIT_MS = 100 };

static const char *const settings[] = {"isolation.level",
                                       "read_committed",
                                       "enable.partition.eof",
                                       "true",
                                       "auto.offset.reset",
                                       "error",
                                       "check.crcs",
                                       "true",
                                       "group.id",
                                       "digest",
                                       "enable.auto.commit",
                                       "false",
                                       "queued.min.messages",
                                       "1000000",
                                       "queued.max.messages.kbytes",
                                       "262144",
                                       NULL};

/* By the key's hash, which stands for the key. */
struct last {
    uint64_t key; /* 0: free. */
    uint64_t hash;
};

struct digest {
    int64_t records;
    int64_t bytes;
    uint64_t sum;
    bool timestamps;
    bool headers;
    struct last *last; /* NULL: all count. */
};

static uint64_t hash(uint64_t state, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    uint64_t word;

    state ^= bytes == NULL ? UINT64_MAX : size;
    for (; size >= 8; size -= 8, at += 8) {
        memcpy(&word, at, 8);
        state ^= word;
        state = bench_random(&state);
    }
    word = 0;
    if (size > 0)
        memcpy(&word, at, size);
    state ^= word;
    return bench_random(&state);
}

static uint64_t hash_headers(uint64_t state, const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers;
    const char *name;
    const void *value;
    size_t size;

    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return state;
    for (size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         i++)
        state = hash(hash(state, name, strlen(name)), value, size);
    return state;
}

/* Takes back what the key's record before it had added. */
static void forget_before(struct digest *digest, const rd_kafka_message_t *message, uint64_t added)
{
    uint64_t key = hash(1, message->key, message->key_len) | 1;
    size_t at = (key >> 20) % KEYS_MAX;

    if (digest->records == KEYS_MAX)
        bench_fail("more than %d keys", KEYS_MAX);
    while (digest->last[at].key != 0 && digest->last[at].key != key)
        at = (at + 1) % KEYS_MAX;
    if (digest->last[at].key == key) {
        digest->sum -= digest->last[at].hash;
        digest->records--;
    }
    digest->last[at] = (struct last){key, added};
}

/* True for a partition's end. */
static bool add(struct digest *digest, const rd_kafka_message_t *message)
{
    uint64_t state = 0;

    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
        return true;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
        bench_fail("cannot read: %s", rd_kafka_message_errstr(message));
    state = hash(state, message->key, message->key_len);
    state = hash(state, message->payload, message->len);
    if (digest->timestamps)
        state += (uint64_t)rd_kafka_message_timestamp(message, NULL) * 0x9e3779b97f4a7c15U;
    if (digest->headers)
        state = hash_headers(state, message);
    state = bench_random(&state);
    if (digest->last != NULL)
        forget_before(digest, message, state);
    else
        digest->bytes += (int64_t)(message->key_len + message->len);
    digest->sum += state;
    digest->records++;
    return false;
}

static int start(rd_kafka_t *client, rd_kafka_topic_t *topic, const char *name,
                 rd_kafka_queue_t *queue)
{
    int partitions = bench_partition_count(client, name);

    for (int32_t i = 0; i < partitions; i++) {
        int64_t low;
        int64_t high;

        if (rd_kafka_query_watermark_offsets(client, name, i, &low, &high, ASK_MS) !=
                RD_KAFKA_RESP_ERR_NO_ERROR ||
            rd_kafka_consume_start_queue(topic, i, low, queue) != 0)
            bench_fail("cannot read partition %d of '%s'", (int)i, name);
    }
    return partitions;
}

int main(int argc, char **argv)
{
    static rd_kafka_message_t *messages[BATCH];
    struct digest digest = {.timestamps = bench_number(argv, "--timestamps", 0) != 0,
                            .headers = bench_number(argv, "--headers", 0) != 0};
    const char *name = bench_argument(argv, "--topic", NULL);
    rd_kafka_t *client = bench_client(RD_KAFKA_CONSUMER, argv, settings);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, name, NULL);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    int left = start(client, topic, name, queue);
    int partitions = left;

    (void)argc;
    if (bench_number(argv, "--last", 0) != 0) {
        digest.last = calloc(KEYS_MAX, sizeof *digest.last);
        if (digest.last == NULL)
            bench_fail("no memory");
    }
    while (left > 0) {
        ssize_t count = rd_kafka_consume_batch_queue(queue, WAIT_MS, messages, BATCH);

        for (ssize_t i = 0; i < count; i++) {
            left -= add(&digest, messages[i]);
            rd_kafka_message_destroy(messages[i]);
        }
    }
    printf("{\"records\": %" PRId64 ", \"bytes\": %" PRId64 ", \"sum\": \"%016" PRIx64 "\"}\n",
           digest.records, digest.bytes, digest.sum);
    for (int32_t i = 0; i < partitions; i++)
        rd_kafka_consume_stop(topic, i);
    free(digest.last);
    rd_kafka_queue_destroy(queue);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    return 0;
}
