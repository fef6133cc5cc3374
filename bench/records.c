/* records: see records.h. */
#include "records.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common.h"

enum { USERS = 20000, USERS_WITH_SEGMENT = 15000, KINDS = 4, KINDS_WANTED = 3, TAGS = 1000 };
enum { WORDS = 10000, LINE_WORDS = 10, LETTERS = 26 };

static const char *const kinds[KINDS] = {"view", "click", "purchase", "heartbeat"};
static char value[RECORD_VALUE_MAX + 8];

struct record_source record_source_from(char **argv)
{
    const char *kind = bench_argument(argv, "--kind", NULL);
    struct record_source source = {.value_bytes = (size_t)bench_number(argv, "--value-bytes", 1000),
                                   .has_header = bench_number(argv, "--headers", 1) != 0};

    if (strcmp(kind, "daas") == 0)
        source.kind = RECORD_DAAS;
    else if (strcmp(kind, "wordcount") == 0)
        source.kind = RECORD_WORDCOUNT;
    else if (strcmp(kind, "relay") != 0)
        bench_fail("--kind is relay, daas or wordcount, not '%s'", kind);
    source.has_header = source.has_header && source.kind == RECORD_RELAY;
    if (source.value_bytes > RECORD_VALUE_MAX)
        bench_fail("--value-bytes is at most %d", RECORD_VALUE_MAX);
    return source;
}

static void make_relay(const struct record_source *source, uint64_t index, struct record *out)
{
    uint64_t state = index;

    out->key_size = (size_t)snprintf(out->key, sizeof out->key, "key-%08" PRIx32,
                                     (uint32_t)bench_random(&state));
    snprintf(out->header, sizeof out->header, "%015" PRIx64, bench_random(&state) >> 4);
    for (size_t i = 0; i < source->value_bytes; i += 8) {
        uint64_t word = bench_random(&state);

        memcpy(value + i, &word, 8);
    }
    out->value_size = source->value_bytes;
}

static char *put_string(char *at, const char *text, size_t size)
{
    if (size < 32) {
        *at++ = (char)(0xa0 | size);
    } else {
        *at++ = (char)0xd9;
        *at++ = (char)size;
    }
    memcpy(at, text, size);
    return at + size;
}

static char *put_big_endian(char *at, uint64_t number)
{
    for (int shift = 56; shift >= 0; shift -= 8)
        *at++ = (char)(number >> shift);
    return at;
}

/* The shortest forms of 4 and 8 bytes; ids start above 65535. */
static char *put_id(char *at, uint64_t id)
{
    if (id > UINT32_MAX) {
        *at++ = (char)0xcf;
        return put_big_endian(at, id);
    }
    *at++ = (char)0xce;
    for (int shift = 24; shift >= 0; shift -= 8)
        *at++ = (char)(id >> shift);
    return at;
}

static int user_name(unsigned number, char *text, size_t size)
{
    return snprintf(text, size, "user-%08u-%04x", number, number * 40503U & 0xffffU);
}

static void make_daas(uint64_t index, uint64_t id, struct record *out)
{
    uint64_t state = index;
    uint64_t dice = bench_random(&state);
    const char *kind = kinds[dice % KINDS];
    uint64_t tags = 1 + (dice >> 8) % 3;
    double number = (double)(dice >> 40) / 256;
    uint64_t bits;
    char text[64];
    char *at = value;

    *at++ = (char)0x85;
    at = put_id(put_string(at, "id", 2), id);
    at = put_string(at, "user", 4);
    at = put_string(at, text,
                    (size_t)user_name((unsigned)(bench_random(&state) % USERS), text, sizeof text));
    at = put_string(put_string(at, "kind", 4), kind, strlen(kind));
    at = put_string(at, "value", 5);
    *at++ = (char)0xcb;
    memcpy(&bits, &number, sizeof bits);
    at = put_big_endian(at, bits);
    at = put_string(at, "tags", 4);
    *at++ = (char)(0x90 | tags);
    for (uint64_t i = 0; i < tags; i++) {
        int size = snprintf(text, sizeof text, "catalogue/automotive/exterior/part-%04u",
                            (unsigned)(bench_random(&state) % TAGS));

        at = put_string(at, text, (size_t)size);
    }
    out->key_size = 0;
    out->value_size = (size_t)(at - value);
}

/* Three letters that no other word begins with, and up to seven more. */
static char *put_word(char *at, unsigned number)
{
    uint64_t state = number;
    uint64_t more = bench_random(&state);

    *at++ = (char)('a' + number % LETTERS);
    *at++ = (char)('a' + number / LETTERS % LETTERS);
    *at++ = (char)('a' + number / LETTERS / LETTERS);
    for (uint64_t left = more % 8; left > 0; left--) {
        more /= LETTERS;
        *at++ = (char)('a' + more % LETTERS);
    }
    return at;
}

static void make_line(uint64_t index, struct record *out)
{
    uint64_t state = index;
    char *at = value;

    for (int i = 0; i < LINE_WORDS; i++) {
        if (i > 0)
            *at++ = ' ';
        at = put_word(at, (unsigned)(bench_random(&state) % WORDS));
    }
    out->key_size = 0;
    out->value_size = (size_t)(at - value);
}

void record_make(const struct record_source *source, uint64_t index, uint64_t id,
                 struct record *out)
{
    switch (source->kind) {
    case RECORD_RELAY:
        make_relay(source, index, out);
        break;
    case RECORD_DAAS:
        make_daas(index, id, out);
        break;
    case RECORD_WORDCOUNT:
        make_line(index, out);
        break;
    }
    out->value = value;
}

void record_write_params(const char *path)
{
    FILE *file = fopen(path, "w");
    char user[64];

    if (file == NULL)
        bench_fail("cannot write '%s'", path);
    fputs("{\"kinds\": [", file);
    for (int i = 0; i < KINDS_WANTED; i++)
        fprintf(file, "%s\"%s\"", i == 0 ? "" : ", ", kinds[i]);
    fputs("], \"segments\": {", file);
    for (unsigned i = 0; i < USERS_WITH_SEGMENT; i++) {
        user_name(i, user, sizeof user);
        fprintf(file, "%s\"%s\": \"segment-%u\"", i == 0 ? "" : ", ", user, i % 97);
    }
    fputs("}}\n", file);
    if (fclose(file) != 0)
        bench_fail("cannot write '%s'", path);
}
