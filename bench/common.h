/*
 * common: what the benchmark's own programs share. They use librdkafka alone, never the engine.
 *
 * Whatever goes wrong ends the program with a sentence and exit status 1.
 */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

#include <librdkafka/rdkafka.h>
#include <stdint.h>

/* A client's settings: pairs of name and value, ended by NULL. */
typedef const char *const bench_settings[];

__attribute__((noreturn, format(printf, 1, 2))) void bench_fail(const char *format, ...);

/* `--name value` of the command line; fallback NULL: it must be there. */
const char *bench_argument(char **argv, const char *name, const char *fallback);
int64_t bench_number(char **argv, const char *name, int64_t fallback);

int64_t bench_monotonic_us(void);
int64_t bench_realtime_us(void);

/* The settings of both come from the program and then, after each `-X`, from the command line. */
rd_kafka_t *bench_client(rd_kafka_type_t type, char **argv, const char *const *settings);
/* Like it, with a delivery report callback that fails the program. */
rd_kafka_t *bench_producer(char **argv, const char *const *settings);

/* Partition count of a topic, asked of the cluster. */
int bench_partition_count(rd_kafka_t *client, const char *topic);

/* The Java client's partition for a key. */
int32_t bench_partition_for_key(const void *key, size_t size, int32_t partitions);

/* The next number of a sequence that is the same everywhere (splitmix64). */
static inline uint64_t bench_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15U);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

#endif
