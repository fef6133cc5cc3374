/* part_files_test: the directories that file outputs stage, byte by byte, as text. */
#include "codec/codec.h"
#include "files/staging.h"
#include "sink/outputs.h"

#include "base/memory.h"
#include "tests/support/scripted_batch.h"
#include "tests/support/watched_files.h"

#define LINEAGE "00ff00ff00ff00ff"
#define SUCCESS "leat:1:00ff00ff00ff00ff:7"

static const char *home;
static char prefix[128], final[160], staged[192];
static leat_error err;

static const struct leat_batch_options seventh = {
    .time = 7000, .lineage = LINEAGE, .attempt_name = "7.1.0", .success_text = SUCCESS};

static struct leat_batch_options in_files(const struct leat_file_system *files)
{
    struct leat_batch_options options = seventh;

    options.files = files;
    return options;
}

static void set_up(void)
{
    home = scratch_directory();
    snprintf(prefix, sizeof prefix, "%s/out/words", home);
    snprintf(final, sizeof final, "%s-7000.txt", prefix);
    snprintf(staged, sizeof staged, "%s/out/.leat-" LINEAGE "/7.1.0/0", home);
    watch(-1, WATCHED_REFUSED);
}

static bool part_is(const char *directory, const char *name, const char *text)
{
    char path[256];

    snprintf(path, sizeof path, "%s/%s", directory, name);
    return file_is(path, text);
}

static bool says(const char *text)
{
    if (strstr(err.message, text) != NULL)
        return true;
    fprintf(stderr, "'%s' is not in: %s\n", text, err.message);
    return false;
}

static size_t staged_count(const struct scripted *job)
{
    struct leat_batch_result result;

    leat_batch_result(job->batch, &result);
    return result.staged_count;
}

static void each_partition_is_a_part_of_lines(void)
{
    static const char *const first[] = {"a", "b", NULL}, *const third[] = {"c", "", NULL};
    struct scripted job = {.lines = {first, NULL, third}, .partitions = 3};
    struct leat_batch_result result;

    set_up();
    scripted_create(&job, LEAT_BYTES, LEAT_STRING);
    leat_save_as_text_files(job.stream, prefix, "txt");
    CHECK_OK(scripted_run(&job, in_files(leat_local_files()), &err));
    leat_batch_result(job.batch, &result);
    CHECK(result.staged_count == 1);
    CHECK(strcmp(result.staged[0].staged, staged) == 0);
    CHECK(strcmp(result.staged[0].final, final) == 0);
    CHECK(entries_in(staged) == 3 && !is_there(final));
    CHECK(part_is(staged, "part-00000", "a\nb\n"));
    CHECK(part_is(staged, "part-00001", ""));
    CHECK(part_is(staged, "part-00002", "c\n\n"));
    CHECK_OK(leat_staging_seal(leat_local_files(), staged, SUCCESS, &err));
    CHECK_OK(leat_staging_publish(leat_local_files(), staged, final, SUCCESS, &err));
    CHECK(entries_in(final) == 4 && part_is(final, "_SUCCESS", SUCCESS "\n"));
    scripted_destroy(&job);
    remove_scratch(home);
}

static void a_value_keeps_its_own_newline_and_gets_another(void)
{
    static const char *const lines[] = {"ends\n", "in\nside", "k=v", NULL};
    struct scripted job = {.lines = {lines}, .partitions = 1};

    set_up();
    scripted_create(&job, LEAT_BYTES, LEAT_STRING);
    leat_save_as_text_files(job.stream, prefix, NULL);
    CHECK_OK(scripted_run(&job, in_files(leat_local_files()), &err));
    CHECK(part_is(staged, "part-00000", "ends\n\nin\nside\nv\n"));
    scripted_destroy(&job);
    remove_scratch(home);
}

static void a_typed_key_comes_before_a_tab(void)
{
    static const char *const lines[] = {"k=v", "no key", "=", NULL};
    struct scripted job = {.lines = {lines}, .partitions = 1};

    set_up();
    scripted_create(&job, LEAT_STRING, LEAT_STRING);
    leat_save_as_text_files(job.stream, prefix, NULL);
    CHECK_OK(scripted_run(&job, in_files(leat_local_files()), &err));
    CHECK(part_is(staged, "part-00000", "k\tv\nNone\tno key\n\t\n"));
    scripted_destroy(&job);
    remove_scratch(home);
}

static void lines_longer_than_the_buffer_arrive_whole(void)
{
    enum { SIZE = 200000 };
    char *line = leat_alloc(1, SIZE), *found = leat_alloc(1, 2 * SIZE);
    const char *lines[] = {line, line, NULL};
    struct scripted job = {.lines = {lines}, .partitions = 1};
    char path[256];
    FILE *file;

    set_up();
    memset(line, 'x', SIZE - 1);
    scripted_create(&job, LEAT_BYTES, LEAT_STRING);
    leat_save_as_text_files(job.stream, prefix, NULL);
    CHECK_OK(scripted_run(&job, in_files(watched_files()), &err));
    snprintf(path, sizeof path, "%s/part-00000", staged);
    file = fopen(path, "r");
    CHECK(file != NULL && fread(found, 1, 2 * SIZE, file) == 2 * SIZE && fclose(file) == 0);
    CHECK(watched_last("write %s", path) == watched.count - 2); /* Before its close. */
    CHECK(strcmp(watched.lines[watched.count - 3], watched.lines[watched.count - 2]) == 0);
    line[SIZE - 1] = '\n';
    CHECK(memcmp(found, line, SIZE) == 0 && memcmp(found + SIZE, line, SIZE) == 0);
    leat_free(line);
    leat_free(found);
    scripted_destroy(&job);
    remove_scratch(home);
}

/* Spark writes a directory of empty parts for each empty batch; here only when it is asked for. */
static void an_empty_batch_has_a_directory_only_when_asked(void)
{
    struct scripted job = {.partitions = 2};
    struct leat_batch_options options = in_files(leat_local_files());

    set_up();
    scripted_create(&job, LEAT_BYTES, LEAT_STRING);
    leat_save_as_text_files(job.stream, prefix, NULL);
    CHECK_OK(scripted_run(&job, options, &err));
    CHECK(staged_count(&job) == 0 && entries_in(home) == 0); /* Though the stream was run. */
    options.parts.empty = true;
    CHECK_OK(scripted_run(&job, options, &err));
    CHECK(staged_count(&job) == 1 && entries_in(staged) == 2);
    CHECK(part_is(staged, "part-00000", "") && part_is(staged, "part-00001", ""));
    job.partitions = 0;
    options.attempt_name = "8.1.0";
    CHECK_OK(scripted_run(&job, options, &err));
    snprintf(staged, sizeof staged, "%s/out/.leat-" LINEAGE "/8.1.0/0", home);
    CHECK(staged_count(&job) == 1 && entries_in(staged) == 0);
    scripted_destroy(&job);
    remove_scratch(home);
}

/* A range of aborted or compacted offsets is known to be empty only once it was read. */
static void a_batch_of_holes_publishes_nothing_and_says_what_it_made(void)
{
    static const char *const lines[] = {"a", "b", NULL};
    struct scripted job = {.lines = {lines}, .partitions = 1, .holes = true};
    struct leat_batch_result result;

    set_up();
    scripted_create(&job, LEAT_BYTES, LEAT_STRING);
    leat_save_as_text_files(job.stream, prefix, NULL);
    CHECK_OK(scripted_run(&job, in_files(leat_local_files()), &err));
    leat_batch_result(job.batch, &result);
    CHECK(result.staged_count == 0 && result.made_count == 1);
    CHECK(strcmp(result.made[0].staged, staged) == 0 && is_there(staged));
    scripted_destroy(&job);
    remove_scratch(home);
}

static void several_outputs_are_staged_apart(void)
{
    static const char *const lines[] = {"a", NULL};
    struct scripted job = {.lines = {lines}, .partitions = 1};

    set_up();
    scripted_create(&job, LEAT_BYTES, LEAT_STRING);
    leat_save_as_text_files(job.stream, prefix, "one");
    leat_save_as_text_files(job.stream, prefix, "two");
    CHECK_OK(scripted_run(&job, in_files(leat_local_files()), &err));
    CHECK(staged_count(&job) == 2 && part_is(staged, "part-00000", "a\n"));
    staged[strlen(staged) - 1] = '1';
    CHECK(part_is(staged, "part-00000", "a\n"));
    scripted_destroy(&job);
    remove_scratch(home);
}

/* Whatever their formats are: a name is a name. */
static leat_status validate(const char *first, const char *second, const char *suffix)
{
    struct scripted job = {.partitions = 1};
    leat_status status;

    scripted_create(&job, LEAT_BYTES, LEAT_STRING);
    leat_save_as_hadoop_files(job.stream, first, NULL);
    leat_save_as_text_files(job.stream, second, suffix);
    status = leat_graph_validate(job.ssc, false, &err);
    scripted_destroy(&job);
    return status;
}

static void names_that_cannot_be_are_refused_at_start(void)
{
    CHECK_OK(validate("/data/words", "/data/words", "txt"));
    CHECK_OK(validate("/data/words", "file:///data/letters", ""));
    CHECK(validate("/data/words", "/data/words", "") == LEAT_INVALID);
    CHECK(says("'/data/words'") && says("another prefix or suffix"));
    CHECK(validate("/data/words", "hdfs://name:8020/words", NULL) == LEAT_INVALID);
    CHECK(says("'hdfs://name:8020/words'") && says("local paths only"));
    CHECK(validate("file://host/words", "/data/words", NULL) == LEAT_INVALID);
}

static void files_need_a_checkpoint_for_exactly_once(void)
{
    static void (*const adds[])(const char *, leat_dstream *, const char *, const char *) = {
        leat_save_as_text_files_at, leat_save_as_hadoop_files_at, leat_save_as_object_files_at};
    static const char *const names[] = {"save_as_text_files with", "save_as_hadoop_files with",
                                        "save_as_object_files with"};

    for (int i = 0; i < 3; i++) {
        struct scripted job = {.partitions = 1};

        scripted_create(&job, LEAT_BYTES, LEAT_STRING);
        adds[i](LEAT_HERE, job.stream, "/data/words", NULL);
        CHECK(leat_graph_validate(job.ssc, true, &err) == LEAT_INVALID);
        CHECK(says(names[i]) && says("leat.checkpoint.directory"));
        CHECK_OK(leat_graph_validate(job.ssc, false, &err));
        scripted_destroy(&job);
    }
}

/* ---- leat.files.* ---- */

static struct leat_batch_options with_parts(struct leat_files_options parts)
{
    struct leat_batch_options options = in_files(leat_local_files());

    options.parts = parts;
    return options;
}

/* map_partitions may emit where nothing was read, as windows and timeouts do. */
static leat_status emit_one(leat_task *task, leat_iterator *in, leat_emitter *out, void *user)
{
    (void)task;
    (void)user;
    while (leat_iterator_next(in) != NULL)
        ;
    return leat_emit(out, (leat_bytes){NULL, 0}, leat_string("made"));
}

static void records_of_an_empty_batch_are_written(void)
{
    static const char *const lines[] = {"a", NULL};
    struct scripted job = {.partitions = 2};
    struct leat_batch_result result;

    set_up();
    scripted_create(&job, LEAT_BYTES, LEAT_STRING);
    leat_save_as_text_files(leat_map_partitions(job.stream, emit_one, NULL), prefix, NULL);
    leat_save_as_text_files(job.stream, prefix, "none");
    CHECK_OK(scripted_run(&job, in_files(leat_local_files()), &err));
    leat_batch_result(job.batch, &result);
    CHECK(result.staged_count == 1 && result.made_count == 2);
    CHECK(strcmp(result.staged[0].staged, staged) == 0);
    CHECK(part_is(staged, "part-00000", "made\n") && part_is(staged, "part-00001", "made\n"));
    job.lines[0] = lines;
    CHECK_OK(scripted_run(&job, in_files(leat_local_files()), &err));
    CHECK(staged_count(&job) == 2);
    scripted_destroy(&job);
    remove_scratch(home);
}

static void an_empty_part_can_be_left_out(void)
{
    static const char *const lines[] = {"a", NULL}, *const none[] = {NULL};
    struct scripted job = {.lines = {none, lines, none}, .partitions = 3};

    set_up();
    scripted_create(&job, LEAT_BYTES, LEAT_STRING);
    leat_save_as_text_files(job.stream, prefix, NULL);
    CHECK_OK(scripted_run(&job, with_parts((struct leat_files_options){.skip_empty_parts = true}),
                          &err));
    CHECK(staged_count(&job) == 1 && entries_in(staged) == 1);
    CHECK(part_is(staged, "part-00001", "a\n"));
    scripted_destroy(&job);
    remove_scratch(home);
}

static void a_part_goes_on_in_a_new_file_after_so_many_records(void)
{
    static const char *const five[] = {"a", "b", "c", "d", "e", NULL},
                             *const four[] = {"f", "g", "h", "i", NULL}, *const none[] = {NULL};
    struct scripted job = {.lines = {five, four, none}, .partitions = 3};

    set_up();
    scripted_create(&job, LEAT_BYTES, LEAT_STRING);
    leat_save_as_text_files(job.stream, prefix, NULL);
    CHECK_OK(
        scripted_run(&job, with_parts((struct leat_files_options){.part_records_max = 2}), &err));
    CHECK(entries_in(staged) == 6);
    CHECK(part_is(staged, "part-00000-00000", "a\nb\n"));
    CHECK(part_is(staged, "part-00000-00001", "c\nd\n"));
    CHECK(part_is(staged, "part-00000-00002", "e\n"));
    CHECK(part_is(staged, "part-00001-00000", "f\ng\n"));
    CHECK(part_is(staged, "part-00001-00001", "h\ni\n"));
    CHECK(part_is(staged, "part-00002-00000", ""));
    scripted_destroy(&job);
    remove_scratch(home);
}

static void a_part_goes_on_in_a_new_file_after_so_many_bytes(void)
{
    static const char *const lines[] = {"aaa", "bb", "a long one", "c", NULL};
    struct scripted job = {.lines = {lines}, .partitions = 1};

    set_up();
    scripted_create(&job, LEAT_BYTES, LEAT_STRING);
    leat_save_as_text_files(job.stream, prefix, NULL);
    CHECK_OK(
        scripted_run(&job, with_parts((struct leat_files_options){.part_bytes_max = 7}), &err));
    CHECK(entries_in(staged) == 3);
    CHECK(part_is(staged, "part-00000-00000", "aaa\nbb\n"));
    CHECK(part_is(staged, "part-00000-00001", "a long one\n"));
    CHECK(part_is(staged, "part-00000-00002", "c\n"));
    scripted_destroy(&job);
    remove_scratch(home);
}

/* The first attempt made three files and failed; the second has records for one. */
static int attempts;

static leat_status drop_most_after_the_first(leat_task *task, const leat_record *in,
                                             leat_emitter *out, void *user)
{
    const char *first = in->value.data;

    (void)task;
    (void)user;
    if (*first == 'a' && attempts++ == 0)
        return leat_emit(out, in->key, in->value);
    if (*first == 'd' && attempts == 1)
        return LEAT_UNAVAILABLE;
    return attempts == 1 || *first == 'a' ? leat_emit(out, in->key, in->value) : LEAT_OK;
}

static void files_of_an_attempt_that_failed_do_not_stay(void)
{
    static const char *const lines[] = {"a", "b", "c", "d", NULL};
    struct scripted job = {.lines = {lines}, .partitions = 1};

    set_up();
    attempts = 0;
    scripted_create(&job, LEAT_BYTES, LEAT_STRING);
    scripted_retry(&job, 2);
    leat_save_as_text_files(leat_flat_map(job.stream, drop_most_after_the_first, NULL), prefix,
                            NULL);
    CHECK_OK(
        scripted_run(&job, with_parts((struct leat_files_options){.part_records_max = 1}), &err));
    CHECK(attempts == 2 && entries_in(staged) == 1);
    CHECK(part_is(staged, "part-00000-00000", "a\n"));
    scripted_destroy(&job);
    remove_scratch(home);
}

static bool unpacks_to(const char *command, const char *name, const char *text)
{
    char line[640];
    char path[256];

    snprintf(path, sizeof path, "%s/plain", home);
    snprintf(line, sizeof line, "%s < '%s/%s' > '%s'", command, staged, name, path);
    CHECK(system(line) == 0);
    return file_is(path, text);
}

/* Read back by what others have. */
static void text_is_compressed_under_the_codec_s_extension(void)
{
    static const struct {
        enum leat_codec_kind codec;
        const char *name;
        const char *command;
    } codecs[] = {
        {LEAT_CODEC_GZIP, "part-00000.gz", "gzip -d"},
        {LEAT_CODEC_ZSTD, "part-00000.zst", "zstd -d -q"},
        {LEAT_CODEC_DEFLATE, "part-00000.deflate",
         "python3 -c 'import sys,zlib;"
         "sys.stdout.buffer.write(zlib.decompress(sys.stdin.buffer.read()))'"},
    };
    static const char *const lines[] = {"a", "b", "", NULL};

    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++) {
        struct scripted job = {.lines = {lines, NULL}, .partitions = 2};
        char empty[32];

        set_up();
        scripted_create(&job, LEAT_BYTES, LEAT_STRING);
        leat_save_as_text_files(job.stream, prefix, NULL);
        CHECK_OK(scripted_run(
            &job, with_parts((struct leat_files_options){.compression = (int)codecs[i].codec}),
            &err));
        CHECK(entries_in(staged) == 2);
        CHECK(unpacks_to(codecs[i].command, codecs[i].name, "a\nb\n\n"));
        snprintf(empty, sizeof empty, "part-00001%s", strrchr(codecs[i].name, '.'));
        CHECK(unpacks_to(codecs[i].command, empty, ""));
        scripted_destroy(&job);
        remove_scratch(home);
    }
}

/* ---- failures ---- */

/* The calls of one batch: look and make for the directory, then open, write and close. */
static void a_failing_call_fails_the_batch_with_its_operator_and_path(void)
{
    static const char *const lines[] = {"a", NULL};
    leat_status status = LEAT_IO;
    int n = 0;

    for (; status != LEAT_OK; n++) {
        struct scripted job = {.lines = {lines}, .partitions = 1};

        set_up();
        scripted_create(&job, LEAT_BYTES, LEAT_STRING);
        leat_save_as_text_files(job.stream, prefix, "txt");
        watch(n, WATCHED_CRASHED);
        status = scripted_run(&job, in_files(watched_files()), &err);
        CHECK(status == LEAT_OK || status == LEAT_IO);
        if (status == LEAT_IO)
            CHECK(says("save_as_text_files at ") && says("part_files_test.c:") && says(home));
        CHECK(!is_there(final));
        scripted_destroy(&job);
        remove_scratch(home);
    }
    CHECK(n > 6);
}

static void a_task_tried_again_writes_its_part_from_the_beginning(void)
{
    static const char *const lines[] = {"a", "b", NULL};

    for (int n = 0;; n++) {
        struct scripted job = {.lines = {lines}, .partitions = 1};
        leat_status status;

        set_up();
        scripted_create(&job, LEAT_BYTES, LEAT_STRING);
        scripted_retry(&job, 2);
        leat_save_as_text_files(job.stream, prefix, "txt");
        watch(n, WATCHED_REFUSED);
        status = scripted_run(&job, in_files(watched_files()), &err);
        if (n >= watched.count) {
            CHECK_OK(status);
            scripted_destroy(&job);
            remove_scratch(home);
            return;
        }
        if (strncmp(watched.lines[n], "open", 4) == 0 ||
            strncmp(watched.lines[n], "write", 5) == 0 ||
            strncmp(watched.lines[n], "close", 5) == 0) {
            CHECK_OK(status);
            CHECK(entries_in(staged) == 1 && part_is(staged, "part-00000", "a\nb\n"));
        }
        scripted_destroy(&job);
        remove_scratch(home);
    }
}

static void a_directory_that_cannot_be_written_is_said_so(void)
{
    static const char *const lines[] = {"a", NULL};
    struct scripted job = {.lines = {lines}, .partitions = 1};

    set_up();
    put_file("out", "not a directory");
    scripted_create(&job, LEAT_BYTES, LEAT_STRING);
    leat_save_as_text_files(job.stream, prefix, "txt");
    CHECK(scripted_run(&job, in_files(leat_local_files()), &err) == LEAT_IO);
    CHECK(says("/out'") && says("move it away"));
    scripted_destroy(&job);
    remove_scratch(home);
}

/* Every allocation of the batch fails once. */
static void no_memory_fails_the_batch_and_leaks_nothing(void)
{
    static const char *const lines[] = {"a", "b", NULL};
    struct scripted job = {.lines = {lines, lines}, .partitions = 2};
    struct leat_batch_options packed =
        with_parts((struct leat_files_options){.compression = LEAT_CODEC_GZIP});
    leat_status status = LEAT_NO_MEMORY;

    set_up();
    scripted_create(&job, LEAT_BYTES, LEAT_STRING);
    leat_save_as_text_files(job.stream, prefix, "txt");
    for (long n = 0; status != LEAT_OK; n++) {
        CHECK(n < 200);
        leat_memory_fail_after(n);
        status = scripted_run(&job, in_files(leat_local_files()), &err);
        leat_memory_fail_after(-1);
        CHECK(status == LEAT_OK || status == LEAT_NO_MEMORY || status == LEAT_LIMIT);
    }
    CHECK(part_is(staged, "part-00000", "a\nb\n") && part_is(staged, "part-00001", "a\nb\n"));
    status = LEAT_NO_MEMORY;
    for (long n = 0; status != LEAT_OK; n++) {
        CHECK(n < 300);
        leat_memory_fail_after(n);
        status = scripted_run(&job, packed, &err);
        leat_memory_fail_after(-1);
        CHECK(status == LEAT_OK || status == LEAT_NO_MEMORY || status == LEAT_LIMIT);
    }
    CHECK(unpacks_to("gzip -d", "part-00001.gz", "a\nb\n"));
    scripted_destroy(&job);
    remove_scratch(home);
}

static const struct check_case cases[] = {
    CHECK_CASE(each_partition_is_a_part_of_lines),
    CHECK_CASE(a_value_keeps_its_own_newline_and_gets_another),
    CHECK_CASE(a_typed_key_comes_before_a_tab),
    CHECK_CASE(lines_longer_than_the_buffer_arrive_whole),
    CHECK_CASE(an_empty_batch_has_a_directory_only_when_asked),
    CHECK_CASE(a_batch_of_holes_publishes_nothing_and_says_what_it_made),
    CHECK_CASE(several_outputs_are_staged_apart),
    CHECK_CASE(names_that_cannot_be_are_refused_at_start),
    CHECK_CASE(files_need_a_checkpoint_for_exactly_once),
    CHECK_CASE(records_of_an_empty_batch_are_written),
    CHECK_CASE(an_empty_part_can_be_left_out),
    CHECK_CASE(a_part_goes_on_in_a_new_file_after_so_many_records),
    CHECK_CASE(a_part_goes_on_in_a_new_file_after_so_many_bytes),
    CHECK_CASE(files_of_an_attempt_that_failed_do_not_stay),
    CHECK_CASE(text_is_compressed_under_the_codec_s_extension),
    CHECK_CASE(a_failing_call_fails_the_batch_with_its_operator_and_path),
    CHECK_CASE(a_task_tried_again_writes_its_part_from_the_beginning),
    CHECK_CASE(a_directory_that_cannot_be_written_is_said_so),
    CHECK_CASE(no_memory_fails_the_batch_and_leaks_nothing),
};

CHECK_MAIN(cases)
