/*
 * records: the benchmark's input, the same on every machine.
 *
 *   relay   a key, a header and random bytes
 *   daas    msgpack {"id", "user", "kind", "value", "tags"}, no key, about 150 bytes; three of four
 *           kinds are wanted and have two tags on average: 1.5 records out per record in
 *   wordcount   lines of ten words of ten thousand, of 3 to 10 letters, no key
 */
#ifndef BENCH_RECORDS_H
#define BENCH_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RECORD_VALUE_MAX = 1 << 20, RECORD_KEY_MAX = 16, RECORD_HEADER_BYTES = 16 };

enum record_kind { RECORD_RELAY, RECORD_DAAS, RECORD_WORDCOUNT };

struct record_source {
    enum record_kind kind;
    size_t value_bytes; /* relay */
    bool has_header;    /* relay */
};

struct record {
    char key[RECORD_KEY_MAX];
    size_t key_size; /* 0: no key. */
    char header[RECORD_HEADER_BYTES];
    const char *value; /* Borrowed until the next one is made. */
    size_t value_size;
};

/* `--kind relay|daas|wordcount`, `--value-bytes N`, `--headers 0|1`. */
struct record_source record_source_from(char **argv);

/* Record number `index`; daas: with this id. */
void record_make(const struct record_source *source, uint64_t index, uint64_t id,
                 struct record *out);

/* Writes daas's dictionary as JSON. */
void record_write_params(const char *path);

#endif
