/* sequence_format_test: the SequenceFiles that output operations stage, read by the reader that
 * tests/hadoop holds against Hadoop's own. */
#include "record/sequence_file.h"

#include "base/memory.h"
#include "tests/support/scripted_batch.h"
#include "tests/support/watched_files.h"

static const char *home;
static char prefix[128], staged[192];
static leat_error err;

static struct leat_batch_options options_of(int compression, bool by_record)
{
    return (struct leat_batch_options){
        .time = 7000,
        .lineage = "ab",
        .attempt_name = "7.1.0",
        .success_text = "leat ab batch 7",
        .files = leat_local_files(),
        .parts = {.compression = compression, .by_record = by_record}};
}

static void set_up(void)
{
    home = scratch_directory();
    snprintf(prefix, sizeof prefix, "%s/words", home);
    snprintf(staged, sizeof staged, "%s/.leat-ab/7.1.0/0", home);
}

static bool says(const char *text)
{
    if (strstr(err.message, text) != NULL)
        return true;
    fprintf(stderr, "'%s' is not in: %s\n", text, err.message);
    return false;
}

/* "Text BytesWritable\nk=v\n...": the classes, then a line for each record, null as "-". */
static void print_file(const char *name, char *out, size_t size)
{
    static char bytes[1 << 16];
    struct leat_sequence_reader reader;
    leat_bytes key, value;
    bool end = false;
    char path[256];
    size_t got, at;
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", staged, name);
    file = fopen(path, "r");
    CHECK(file != NULL);
    got = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    CHECK_OK(leat_sequence_reader_init(&reader, (leat_bytes){bytes, got}, 1 << 20, &err));
    at = (size_t)snprintf(out, size, "%s %s\n", strrchr(leat_writable_class(reader.key), '.') + 1,
                          strrchr(leat_writable_class(reader.value), '.') + 1);
    for (;;) {
        CHECK_OK(leat_sequence_read(&reader, &key, &value, &end, &err));
        if (end)
            break;
        at += (size_t)snprintf(out + at, size - at, "%.*s=%.*s\n",
                               key.data == NULL ? 1 : (int)key.size,
                               key.data == NULL ? "-" : key.data, LEAT_ARG(value));
    }
    leat_sequence_reader_release(&reader);
}

static bool file_holds(const char *name, const char *expected)
{
    char found[4096];

    print_file(name, found, sizeof found);
    if (strcmp(found, expected) != 0)
        fprintf(stderr, "%s has: %s\n", name, found);
    return strcmp(found, expected) == 0;
}

static const char *const pairs[] = {"k=v", "a=", "=b", NULL};
static const char *const values[] = {"v", "w", NULL};
static const char *const mixed[] = {"v", "k=w", NULL};
static const char *const none[] = {NULL};

static void pairs_have_the_classes_of_their_types(void)
{
    for (int i = 0; i < 2 * LEAT_CODEC_COUNT; i++) {
        struct scripted job = {.lines = {pairs, none}, .partitions = 2};

        set_up();
        scripted_create(&job, LEAT_STRING, LEAT_BYTES);
        leat_save_as_hadoop_files(job.stream, prefix, NULL);
        CHECK_OK(scripted_run(&job, options_of(i / 2, i % 2 == 1), &err));
        CHECK(entries_in(staged) == 2); /* No extension: Hadoop reads the codec in the file. */
        CHECK(file_holds("part-00000", "Text BytesWritable\nk=v\na=\n=b\n"));
        CHECK(file_holds("part-00001", "Text BytesWritable\n"));
        scripted_destroy(&job);
        remove_scratch(home);
    }
}

static leat_status count_bytes(leat_task *task, const leat_record *in, leat_emitter *out,
                               void *user)
{
    int64_t size = (int64_t)in->value.size;
    double half = (double)size / 2;

    (void)task;
    (void)user;
    return leat_emit(out, (leat_bytes){(const char *)&size, sizeof size},
                     (leat_bytes){(const char *)&half, sizeof half});
}

static void numbers_are_numbers(void)
{
    struct scripted job = {.lines = {values}, .partitions = 1};
    char bytes[512];
    char path[256];
    FILE *file;

    set_up();
    scripted_create(&job, LEAT_BYTES, LEAT_BYTES);
    leat_save_as_hadoop_files(
        leat_typed(leat_map(job.stream, count_bytes, NULL), LEAT_I64, LEAT_F64), prefix, NULL);
    CHECK_OK(scripted_run(&job, options_of(LEAT_CODEC_NONE, false), &err));
    snprintf(path, sizeof path, "%s/part-00000", staged);
    file = fopen(path, "r");
    CHECK(file != NULL && fread(bytes, 1, sizeof bytes, file) == 4 + 34 + 36 + 6 + 16 + 2 * 24);
    fclose(file);
    CHECK(memcmp(bytes + 4 + 34 + 36 + 6 + 16,
                 "\0\0\0\020\0\0\0\010\0\0\0\0\0\0\0\001\077\340\0\0\0\0\0\0", 24) == 0);
    scripted_destroy(&job);
    remove_scratch(home);
}

static void keys_that_are_all_null_are_null_writable(void)
{
    struct scripted job = {.lines = {values, pairs, none}, .partitions = 3};

    set_up();
    scripted_create(&job, LEAT_BYTES, LEAT_STRING);
    leat_save_as_hadoop_files(job.stream, prefix, NULL);
    CHECK_OK(scripted_run(&job, options_of(LEAT_CODEC_ZSTD, false), &err));
    CHECK(file_holds("part-00000", "NullWritable Text\n-=v\n-=w\n"));
    CHECK(file_holds("part-00001", "BytesWritable Text\nk=v\na=\n=b\n"));
    CHECK(file_holds("part-00002", "NullWritable Text\n"));
    scripted_destroy(&job);
    remove_scratch(home);
}

static void a_key_after_none_is_refused_until_its_type_is_said(void)
{
    struct scripted job = {.lines = {mixed}, .partitions = 1};

    set_up();
    scripted_create(&job, LEAT_BYTES, LEAT_STRING);
    leat_save_as_hadoop_files(job.stream, prefix, NULL);
    CHECK(scripted_run(&job, options_of(LEAT_CODEC_NONE, false), &err) == LEAT_INVALID);
    CHECK(says("save_as_hadoop_files at ") && says("record 2 of partition 0 has a key") &&
          says("leat_typed"));
    scripted_destroy(&job);
    job = (struct scripted){.lines = {mixed}, .partitions = 1};
    scripted_create(&job, LEAT_STRING, LEAT_STRING);
    leat_save_as_hadoop_files(job.stream, prefix, NULL);
    CHECK_OK(scripted_run(&job, options_of(LEAT_CODEC_NONE, false), &err));
    CHECK(file_holds("part-00000", "Text Text\n=v\nk=w\n"));
    scripted_destroy(&job);
    remove_scratch(home);
}

static leat_status drop_value(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)task;
    (void)user;
    return leat_emit(out, in->key, (leat_bytes){NULL, 0});
}

static void a_null_is_no_number(void)
{
    struct scripted job = {.lines = {values}, .partitions = 1};

    set_up();
    scripted_create(&job, LEAT_BYTES, LEAT_STRING);
    leat_save_as_hadoop_files(
        leat_typed(leat_map(job.stream, drop_value, NULL), LEAT_BYTES, LEAT_I64), prefix, NULL);
    CHECK(scripted_run(&job, options_of(LEAT_CODEC_NONE, false), &err) == LEAT_INVALID);
    CHECK(says("record 1 of partition 0: null is no number"));
    scripted_destroy(&job);
    remove_scratch(home);
}

static void object_files_hold_the_values_alone(void)
{
    struct scripted job = {.lines = {mixed, pairs}, .partitions = 2};

    set_up();
    scripted_create(&job, LEAT_STRING, LEAT_STRING);
    leat_save_as_object_files(job.stream, prefix, "seq");
    CHECK_OK(scripted_run(&job, options_of(LEAT_CODEC_GZIP, true), &err));
    CHECK(file_holds("part-00000", "NullWritable BytesWritable\n-=v\n-=w\n"));
    CHECK(file_holds("part-00001", "NullWritable BytesWritable\n-=v\n-=\n-=b\n"));
    scripted_destroy(&job);
    remove_scratch(home);
}

/* Each file is whole: it has a header of its own, and chooses its key's class anew. */
static void a_part_of_several_files_has_several_headers(void)
{
    static const char *const rolled[] = {"v", "k=w", NULL};
    struct scripted job = {.lines = {rolled}, .partitions = 1};
    struct leat_batch_options options = options_of(LEAT_CODEC_DEFLATE, false);

    set_up();
    options.parts.part_records_max = 1;
    scripted_create(&job, LEAT_BYTES, LEAT_STRING);
    leat_save_as_hadoop_files(job.stream, prefix, NULL);
    CHECK_OK(scripted_run(&job, options, &err));
    CHECK(entries_in(staged) == 2);
    CHECK(file_holds("part-00000-00000", "NullWritable Text\n-=v\n"));
    CHECK(file_holds("part-00000-00001", "BytesWritable Text\nk=w\n"));
    scripted_destroy(&job);
    remove_scratch(home);
}

static void no_memory_fails_the_batch_and_leaks_nothing(void)
{
    struct scripted job = {.lines = {pairs, none}, .partitions = 2};
    leat_status status = LEAT_NO_MEMORY;

    set_up();
    scripted_create(&job, LEAT_STRING, LEAT_STRING);
    leat_save_as_hadoop_files(job.stream, prefix, NULL);
    for (long n = 0; status != LEAT_OK; n++) {
        CHECK(n < 400);
        leat_memory_fail_after(n);
        status = scripted_run(&job, options_of(LEAT_CODEC_GZIP, false), &err);
        leat_memory_fail_after(-1);
        CHECK(status == LEAT_OK || status == LEAT_NO_MEMORY || status == LEAT_LIMIT);
    }
    CHECK(file_holds("part-00000", "Text Text\nk=v\na=\n=b\n"));
    scripted_destroy(&job);
    remove_scratch(home);
}

static const struct check_case cases[] = {
    CHECK_CASE(pairs_have_the_classes_of_their_types),
    CHECK_CASE(numbers_are_numbers),
    CHECK_CASE(keys_that_are_all_null_are_null_writable),
    CHECK_CASE(a_key_after_none_is_refused_until_its_type_is_said),
    CHECK_CASE(a_null_is_no_number),
    CHECK_CASE(object_files_hold_the_values_alone),
    CHECK_CASE(a_part_of_several_files_has_several_headers),
    CHECK_CASE(no_memory_fails_the_batch_and_leaks_nothing),
};

CHECK_MAIN(cases)
