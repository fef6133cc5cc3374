/* common: see common.h. */
#include "common.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ASK_MS = 30000 };

void bench_fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

const char *bench_argument(char **argv, const char *name, const char *fallback)
{
    for (char **word = argv + 1; *word != NULL; word++)
        if (strcmp(*word, name) == 0 && word[1] != NULL)
            return word[1];
    if (fallback == NULL)
        bench_fail("%s: needs %s", argv[0], name);
    return fallback;
}

int64_t bench_number(char **argv, const char *name, int64_t fallback)
{
    const char *text = bench_argument(argv, name, "");

    return text[0] == '\0' ? fallback : strtoll(text, NULL, 10);
}

static int64_t clock_us(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t bench_monotonic_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

int64_t bench_realtime_us(void)
{
    return clock_us(CLOCK_REALTIME);
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char text[256];

    if (rd_kafka_conf_set(conf, name, value, text, sizeof text) != RD_KAFKA_CONF_OK)
        bench_fail("%s", text);
}

static void set_from_command_line(rd_kafka_conf_t *conf, char **argv, const char *option)
{
    for (char **word = argv + 1; *word != NULL; word++) {
        char name[128];
        const char *equals = word[1] == NULL ? NULL : strchr(word[1], '=');

        if (strcmp(*word, option) != 0 || equals == NULL)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)(equals - word[1]), word[1]);
        set(conf, name, equals + 1);
    }
}

static rd_kafka_t *create(rd_kafka_type_t type, rd_kafka_conf_t *conf, char **argv,
                          const char *const *settings)
{
    char text[256];
    rd_kafka_t *client;

    set(conf, "bootstrap.servers", bench_argument(argv, "--brokers", "localhost:9092"));
    for (; *settings != NULL; settings += 2)
        set(conf, settings[0], settings[1]);
    set_from_command_line(conf, argv, type == RD_KAFKA_PRODUCER ? "-XP" : "-XC");
    client = rd_kafka_new(type, conf, text, sizeof text);
    if (client == NULL)
        bench_fail("%s", text);
    return client;
}

rd_kafka_t *bench_client(rd_kafka_type_t type, char **argv, const char *const *settings)
{
    return create(type, rd_kafka_conf_new(), argv, settings);
}

static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
    (void)client;
    (void)opaque;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
        bench_fail("a record was not written: %s", rd_kafka_err2str(message->err));
}

rd_kafka_t *bench_producer(char **argv, const char *const *settings)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    return create(RD_KAFKA_PRODUCER, conf, argv, settings);
}

int bench_partition_count(rd_kafka_t *client, const char *topic)
{
    rd_kafka_topic_t *handle = rd_kafka_topic_new(client, topic, NULL);
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t code = rd_kafka_metadata(client, 0, handle, &metadata, ASK_MS);
    int count;

    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        bench_fail("topic '%s': %s", topic, rd_kafka_err2str(code));
    count = metadata->topics[0].partition_cnt;
    if (count == 0)
        bench_fail("there is no topic '%s'", topic);
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(handle);
    return count;
}

int32_t bench_partition_for_key(const void *key, size_t size, int32_t partitions)
{
    const uint32_t m = 0x5bd1e995;
    const unsigned char *at = key;
    uint32_t hash = 0x9747b28cU ^ (uint32_t)size;

    for (; size >= 4; size -= 4, at += 4) {
        uint32_t k;

        memcpy(&k, at, 4);
        k *= m;
        hash = (hash * m) ^ ((k ^ (k >> 24)) * m);
    }
    if (size == 3)
        hash ^= (uint32_t)at[2] << 16;
    if (size >= 2)
        hash ^= (uint32_t)at[1] << 8;
    if (size >= 1)
        hash = (hash ^ at[0]) * m;
    hash = (hash ^ (hash >> 13)) * m;
    hash ^= hash >> 15;
    return (int32_t)((hash & 0x7fffffffU) % (uint32_t)partitions);
}
