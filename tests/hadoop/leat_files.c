/*
 * leat_files: leat's side of hadoop_test.py: each line of standard input is
 *
 *   dump FILE OUT                     prints a SequenceFile's records with leat's reader
 *   write DIRECTORY COMPRESSION TYPE COUNT ONLY
 *                                     runs a job over COUNT records; DIRECTORY/<KEY>-<VALUE>-1000
 *                                     for the pair of classes ONLY, or for "all" of them, and
 *                                     DIRECTORY/object-1000
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/memory.h"
#include "leat/leat.h"
#include "leat/test.h"
#include "record/sequence_file.h"
#include "tests/support/check.h"

static leat_error err;

static const leat_type types[LEAT_WRITABLE_COUNT] = {LEAT_BYTES, LEAT_BYTES, LEAT_STRING, LEAT_I64,
                                                     LEAT_F64};

static const char *short_name(enum leat_writable writable)
{
    return strrchr(leat_writable_class(writable), '.') + 1;
}

/* ---- dump ---- */

static char *read_file(const char *path, size_t *out_size)
{
    FILE *file = fopen(path, "rb");
    char *bytes;
    long size;

    CHECK(file != NULL && fseek(file, 0, SEEK_END) == 0);
    size = ftell(file);
    CHECK(size >= 0 && fseek(file, 0, SEEK_SET) == 0);
    bytes = leat_alloc((size_t)size + 1, 1);
    *out_size = fread(bytes, 1, (size_t)size, file);
    CHECK(*out_size == (size_t)size);
    fclose(file);
    return bytes;
}

static void print_one(FILE *out, enum leat_writable writable, leat_bytes bytes, const char *end)
{
    uint64_t bits;

    if (writable == LEAT_WRITABLE_NULL) {
        fprintf(out, "-%s", end);
    } else if (writable == LEAT_WRITABLE_LONG) {
        fprintf(out, "%" PRId64 "%s", leat_i64(bytes), end);
    } else if (writable == LEAT_WRITABLE_DOUBLE) {
        memcpy(&bits, bytes.data, sizeof bits);
        fprintf(out, "%" PRIx64 "%s", bits, end);
    } else {
        fputc('x', out);
        for (size_t i = 0; i < bytes.size; i++)
            fprintf(out, "%02x", (unsigned char)bytes.data[i]);
        fputs(end, out);
    }
}

static void dump(const char *path, const char *to)
{
    struct leat_sequence_reader reader;
    FILE *out = fopen(to, "w");
    size_t size;
    char *bytes = read_file(path, &size);
    leat_bytes key, value;
    bool end = false;

    CHECK(out != NULL);
    CHECK_OK(leat_sequence_reader_init(&reader, (leat_bytes){bytes, size}, 64 << 20, &err));
    fprintf(out, "%s %s %s %s\n", short_name(reader.key), short_name(reader.value),
            reader.codec == LEAT_CODEC_NONE ? "NONE"
            : reader.in_blocks              ? "BLOCK"
                                            : "RECORD",
            reader.codec == LEAT_CODEC_NONE ? "-"
                                            : strrchr(leat_codec_class(reader.codec), '.') + 1);
    for (;;) {
        CHECK_OK(leat_sequence_read(&reader, &key, &value, &end, &err));
        if (end)
            break;
        print_one(out, reader.key, key, " ");
        print_one(out, reader.value, value, "\n");
    }
    leat_sequence_reader_release(&reader);
    leat_free(bytes);
    CHECK(fclose(out) == 0);
}

/* ---- write ---- */

/* A key's and a value's class. */
struct pair {
    enum leat_writable key;
    enum leat_writable value;
};

/* As sample() of hadoop_test.py has it; storage is the number's or the text's. */
static leat_bytes sample(enum leat_writable writable, int i, char storage[1024])
{
    int64_t whole = i * INT64_C(1234567891) - (INT64_C(1) << 40);
    double real = i / 7.0 - 3;
    size_t size = 0;

    if (writable == LEAT_WRITABLE_NULL)
        return (leat_bytes){NULL, 0};
    if (writable == LEAT_WRITABLE_LONG || writable == LEAT_WRITABLE_DOUBLE) {
        memcpy(storage, writable == LEAT_WRITABLE_LONG ? (void *)&whole : (void *)&real, 8);
        return (leat_bytes){storage, 8};
    }
    for (int n = 0; n < i % 97; n++)
        size += (size_t)snprintf(storage + size, 1024 - size, "gr\xc3\xbc\xc3\x9f ");
    size += (size_t)snprintf(storage + size, 1024 - size, "%d", i);
    return (leat_bytes){storage, size};
}

static leat_status make(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    const struct pair *pair = user;
    int i = atoi(in->value.data);
    char key[1024], value[1024];

    (void)task;
    return leat_emit(out, sample(pair->key, i, key), sample(pair->value, i, value));
}

struct job {
    const char *directory;
    const char *only;
    struct pair pairs[LEAT_WRITABLE_COUNT * LEAT_WRITABLE_COUNT];
};

static leat_dstream *add_pair(leat_dstream *numbers, struct pair *pair)
{
    return leat_typed(leat_map(numbers, make, pair), types[pair->key], types[pair->value]);
}

static leat_status create(leat_streaming_context *ssc, void *user)
{
    struct job *job = user;
    struct pair *pair = job->pairs;
    leat_dstream *numbers = leat_kafka_direct_stream(
        ssc, "numbers", &(leat_kafka_source){.brokers = "memory", .topics = "in"});
    char prefix[1200], name[64];

    for (int k = 0; k < LEAT_WRITABLE_COUNT; k++) {
        for (int v = LEAT_WRITABLE_BYTES; v < LEAT_WRITABLE_COUNT; v++) {
            *pair = (struct pair){(enum leat_writable)k, (enum leat_writable)v};
            snprintf(name, sizeof name, "%s-%s", short_name(pair->key), short_name(pair->value));
            if (strcmp(job->only, "all") != 0 && strcmp(job->only, name) != 0)
                continue;
            snprintf(prefix, sizeof prefix, "%s/%s", job->directory, name);
            leat_save_as_hadoop_files(add_pair(numbers, pair++), prefix, NULL);
        }
    }
    *pair = (struct pair){LEAT_WRITABLE_TEXT, LEAT_WRITABLE_TEXT};
    snprintf(prefix, sizeof prefix, "%s/object", job->directory);
    leat_save_as_object_files(add_pair(numbers, pair), prefix, NULL);
    return leat_ok(ssc);
}

static void write_files(const char *directory, const char *compression, const char *type, int count,
                        const char *only)
{
    leat_conf *conf = leat_conf_create(NULL, NULL);
    struct job job = {.directory = directory, .only = only};
    leat_test *test;

    leat_conf_set(conf, "leat.files.compression", compression);
    leat_conf_set(conf, "leat.files.compression.type", type);
    leat_conf_set(conf, "leat.processing.guarantee", "at_least_once");
    test = leat_test_create(conf, LEAT_SECONDS(1), create, &job, &err);
    if (test == NULL)
        fprintf(stderr, "%s\n", err.message);
    CHECK(test != NULL);
    for (int i = 0; i < count; i++) {
        char text[16]; /* With its NUL, for atoi. */
        int size = snprintf(text, sizeof text, "%d", i) + 1;

        CHECK_OK(
            leat_test_push(test, "in", 0, (leat_bytes){NULL, 0}, (leat_bytes){text, (size_t)size}));
    }
    if (leat_test_run_batch(test, &err) != LEAT_OK)
        fprintf(stderr, "%s\n", err.message);
    CHECK(err.status == LEAT_OK);
    leat_test_destroy(test);
}

int main(void)
{
    char line[2048], words[6][512];

    while (fgets(line, sizeof line, stdin) != NULL) {
        int count = sscanf(line, "%511s %511s %511s %511s %511s %511s", words[0], words[1],
                           words[2], words[3], words[4], words[5]);

        if (count == 3 && strcmp(words[0], "dump") == 0)
            dump(words[1], words[2]);
        else if (count == 6)
            write_files(words[1], words[2], words[3], atoi(words[4]), words[5]);
    }
    return 0;
}
