/* state_reader_test: what a stopped job left, by leat/state_reader.h, and what the next start makes
 * of it. What must be there is written by hand. */
#include <stdio.h>
#include <unistd.h>

#include "leat/leat.h"
#include "tests/support/run_batch.h"
#include "tests/support/scratch.h"

enum { LINES_SIZE = 4096 };

/* What a test's job is: its states' types. */
struct job {
    char folder[PATH_MAX];
    char checkpoint[PATH_MAX];
    leat_type counts;
    const char *cores;
    const char *parallelism;
};

static leat_error err;

/* ---- the job ---- */

static leat_status running(leat_task *task, leat_bytes key, leat_iterator *values,
                           leat_state *state, void *user)
{
    int64_t count = leat_state_get_i64(state, 0);

    (void)task;
    (void)key;
    (void)user;
    while (leat_iterator_next(values) != NULL)
        count++;
    return leat_state_set_i64(state, count);
}

static leat_status last(leat_task *task, leat_bytes key, const leat_record *in, leat_state *state,
                        leat_emitter *out, void *user)
{
    (void)task;
    (void)key;
    (void)out;
    (void)user;
    return in == NULL ? LEAT_OK : leat_state_set(state, in->value);
}

static leat_status to_text(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)user;
    return leat_emit(out, in->key, leat_task_format(task, "%d", (int)leat_i64(in->value)));
}

static leat_status create(leat_streaming_context *ssc, void *user)
{
    const struct job *job = user;
    leat_dstream *in = leat_typed(
        leat_kafka_direct_stream(ssc, "in", &(leat_kafka_source){.brokers = "m", .topics = "in"}),
        LEAT_STRING, LEAT_STRING);
    leat_dstream *counts = leat_update_state_by_key(
        in, "counts", running, NULL,
        &(leat_state_options){.touched_keys_only = true, .type = job->counts});
    leat_dstream *latest =
        leat_map_with_state(in, "latest", last, NULL,
                            &(leat_state_options){.type = LEAT_JSON, .timeout = LEAT_SECONDS(9)});

    leat_save_to_kafka(leat_typed(leat_map(counts, to_text, NULL), LEAT_STRING, LEAT_STRING), NULL,
                       "out");
    leat_save_to_kafka(leat_typed(latest, LEAT_STRING, LEAT_STRING), NULL, "out");
    return leat_ok(ssc);
}

static leat_conf *make_conf(const struct job *job)
{
    leat_conf *conf = leat_conf_create(NULL, NULL);

    leat_conf_set(conf, "leat.log.level", "error");
    leat_conf_set(conf, "leat.checkpoint.directory", job->checkpoint);
    leat_conf_set(conf, "leat.local.cores", job->cores);
    leat_conf_set(conf, "leat.default.parallelism", job->parallelism);
    return conf;
}

static leat_test *start(struct job *job)
{
    leat_test *test;

    *job = (struct job){.counts = LEAT_I64, .cores = "1", .parallelism = "3"};
    scratch_make(job->folder);
    scratch_path(job->checkpoint, job->folder, "checkpoint");
    test = leat_test_create(make_conf(job), LEAT_SECONDS(1), create, job, &err);
    CHECK(test != NULL);
    return test;
}

static void push(leat_test *test, const char *key, const char *value)
{
    CHECK_OK(leat_test_push(test, "in", 0, leat_string(key), leat_string(value)));
}

/* ---- what was left ---- */

static leat_status collect(void *context, leat_bytes line)
{
    char *lines = context;
    size_t used = strlen(lines);

    CHECK(used + line.size + 2 < LINES_SIZE);
    snprintf(lines + used, LINES_SIZE - used, "%.*s\n", LEAT_ARG(line));
    return LEAT_OK;
}

static leat_state_reader *open_reader(const struct job *job)
{
    leat_state_reader *reader = NULL;

    if (leat_state_reader_open(job->checkpoint, &reader, &err) != LEAT_OK)
        fprintf(stderr, "%s\n", err.message);
    CHECK(reader != NULL);
    return reader;
}

/* That every one of the lines is there, and no other. */
static void check_lines(const char *lines, const char *const *expected, size_t count)
{
    size_t size = 0;

    for (size_t i = 0; i < count; i++) {
        if (strstr(lines, expected[i]) == NULL)
            fprintf(stderr, "no line %sin\n%s", expected[i], lines);
        CHECK(strstr(lines, expected[i]) != NULL);
        size += strlen(expected[i]);
    }
    CHECK(strlen(lines) == size);
}

static void exports(leat_state_reader *reader, const char *name, const char *const *expected,
                    size_t count)
{
    char lines[LINES_SIZE] = "";

    CHECK_OK(leat_state_reader_export(reader, name, collect, lines, &err));
    check_lines(lines, expected, count);
}

#define EXPORTS(reader, name, ...)                            \
    exports(reader, name, (const char *const[]){__VA_ARGS__}, \
            sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void keys_and_values_are_written_by_their_type(void)
{
    struct job job;
    leat_test *test = start(&job);
    leat_state_reader *reader;

    push(test, "a", "1");
    push(test, "\xff", "{\"n\" : [1, 2]}");
    run_batch(test);
    push(test, "a", "\"x\"");
    push(test, "b", "no JSON");
    run_batch(test);
    leat_test_destroy(test);
    reader = open_reader(&job);
    CHECK(leat_state_reader_undecided(reader) == 0);
    EXPORTS(reader, "counts", "{\"key\": \"a\", \"value\": 2, \"updated_at_ms\": 2000}\n",
            "{\"key\": \"b\", \"value\": 1, \"updated_at_ms\": 2000}\n",
            "{\"key\": \"base64:/w==\", \"value\": 1, \"updated_at_ms\": 1000}\n");
    EXPORTS(reader, "latest", "{\"key\": \"a\", \"value\": \"x\", \"updated_at_ms\": 2000}\n",
            "{\"key\": \"b\", \"value\": \"no JSON\", \"updated_at_ms\": 2000}\n",
            "{\"key\": \"base64:/w==\", \"value\": {\"n\":[1,2]}, \"updated_at_ms\": 1000}\n");
    leat_state_reader_close(reader);
    scratch_remove(job.folder);
}

static void states_are_listed_with_their_size(void)
{
    struct job job;
    leat_test *test = start(&job);
    leat_state_reader *reader;
    char lines[LINES_SIZE] = "";

    push(test, "a", "1");
    push(test, "bc", "1");
    run_batch(test);
    leat_test_destroy(test);
    reader = open_reader(&job);
    CHECK_OK(leat_state_reader_list(reader, collect, lines, &err));
    /* Each value lies behind 8 bytes of time; a deadline is one of them, the key's name behind. */
    CHECK(strstr(lines, "{\"name\": \"counts\", \"kind\": \"update_state_by_key\", \"type\": "
                        "\"string -> i64\", \"keys\": 2, \"bytes\": 35}\n") != NULL);
    CHECK(strstr(lines, "{\"name\": \"latest\", \"kind\": \"map_with_state\", \"type\": "
                        "\"string -> json\", \"keys\": 2, \"bytes\": 21}\n") != NULL);
    CHECK(strstr(lines, "{\"name\": \"latest#expiry\"") != NULL);
    leat_state_reader_close(reader);
    scratch_remove(job.folder);
}

/* Its last batch is the next start's to settle; all before it counts, folded or not. */
static void what_a_killed_job_committed_is_there(void)
{
    struct job job;
    leat_test *test = start(&job);
    leat_state_reader *reader;
    leat_conf *conf;

    for (int i = 0; i < 3; i++) {
        push(test, "a", "1");
        run_batch(test);
    }
    conf = make_conf(&job);
    leat_conf_set(conf, "leat.state.slots", "32"); /* Refused before it touches anything. */
    CHECK(leat_test_restart(test, conf, &err) == LEAT_INVALID);
    leat_test_destroy(test);
    reader = open_reader(&job);
    CHECK(leat_state_reader_undecided(reader) == 3);
    EXPORTS(reader, "counts", "{\"key\": \"a\", \"value\": 2, \"updated_at_ms\": 2000}\n");
    leat_state_reader_close(reader);
    scratch_remove(job.folder);
}

static void a_directory_in_use_is_refused_by_process(void)
{
    struct job job;
    leat_test *test = start(&job);
    leat_state_reader *reader = NULL;
    char holder[64];

    snprintf(holder, sizeof holder, "in use by process %ld", (long)getpid());
    CHECK(leat_state_reader_open(job.checkpoint, &reader, &err) == LEAT_INVALID);
    CHECK(reader == NULL && strstr(err.message, holder) != NULL);
    leat_test_destroy(test);
    leat_state_reader_close(open_reader(&job));
    scratch_remove(job.folder);
}

static void no_checkpoint_is_refused_and_none_is_made(void)
{
    char folder[PATH_MAX];
    char missing[PATH_MAX];
    leat_state_reader *reader = NULL;

    scratch_make(folder);
    scratch_path(missing, folder, "missing");
    CHECK(leat_state_reader_open(missing, &reader, &err) == LEAT_INVALID);
    CHECK(strstr(err.message, missing) != NULL && access(missing, F_OK) != 0);
    CHECK(leat_state_reader_open(folder, &reader, &err) == LEAT_INVALID);
    scratch_remove(folder);
}

static void a_name_that_is_not_there_is_refused(void)
{
    struct job job;
    leat_test *test = start(&job);
    leat_state_reader *reader;
    char lines[LINES_SIZE] = "";

    push(test, "a", "1");
    run_batch(test);
    leat_test_destroy(test);
    reader = open_reader(&job);
    CHECK(leat_state_reader_export(reader, "count", collect, lines, &err) == LEAT_INVALID);
    CHECK(strstr(err.message, "'count'") != NULL && lines[0] == '\0');
    leat_state_reader_close(reader);
    scratch_remove(job.folder);
}

static leat_status stop_at_once(void *context, leat_bytes line)
{
    (void)line;
    ++*(int *)context;
    return LEAT_CANCELLED;
}

static void a_line_function_ends_the_reading(void)
{
    struct job job;
    leat_test *test = start(&job);
    leat_state_reader *reader;
    int calls = 0;

    push(test, "a", "1");
    push(test, "b", "1");
    run_batch(test);
    leat_test_destroy(test);
    reader = open_reader(&job);
    CHECK(leat_state_reader_export(reader, "counts", stop_at_once, &calls, &err) == LEAT_CANCELLED);
    CHECK(calls == 1);
    leat_state_reader_close(reader);
    scratch_remove(job.folder);
}

/* ---- the next start ---- */

static void another_number_of_tasks_keeps_the_state(void)
{
    static const struct {
        const char *cores;
        const char *parallelism;
    } starts[] = {{"2", "3"}, {"2", "7"}, {"1", "1"}, {"3", "64"}, {"1", "100"}, {"2", "2"}};
    enum { STARTS = sizeof starts / sizeof starts[0], KEYS = 40 };
    struct job job;
    leat_test *test = start(&job);
    leat_state_reader *reader;
    char lines[LINES_SIZE] = "";

    for (int i = 0; i <= STARTS; i++) {
        for (int key = 0; key < KEYS; key++) {
            char name[16];

            snprintf(name, sizeof name, "key%d", key);
            push(test, name, "1");
        }
        run_batch(test);
        if (i == STARTS)
            break;
        job.cores = starts[i].cores;
        job.parallelism = starts[i].parallelism;
        CHECK_OK(leat_test_restart(test, make_conf(&job), &err));
    }
    leat_test_destroy(test);
    reader = open_reader(&job);
    CHECK_OK(leat_state_reader_export(reader, "counts", collect, lines, &err));
    for (int key = 0; key < KEYS; key++) {
        char line[100];

        snprintf(line, sizeof line, "{\"key\": \"key%d\", \"value\": %d, \"updated_at_ms\": %d}\n",
                 key, STARTS + 1, 1000 * (STARTS + 1));
        CHECK(strstr(lines, line) != NULL);
    }
    leat_state_reader_close(reader);
    scratch_remove(job.folder);
}

static void a_changed_type_is_refused_with_both_named(void)
{
    struct job job;
    leat_test *test = start(&job);
    leat_state_reader *reader;

    push(test, "a", "1");
    run_batch(test);
    job.counts = LEAT_F64;
    CHECK(leat_test_restart(test, make_conf(&job), &err) == LEAT_INVALID);
    CHECK(strstr(err.message, "'counts'") != NULL && strstr(err.message, "string -> i64") != NULL);
    CHECK(strstr(err.message, "string -> f64") != NULL);
    leat_test_destroy(test);
    reader = open_reader(&job);
    EXPORTS(reader, "counts", "{\"key\": \"a\", \"value\": 1, \"updated_at_ms\": 1000}\n");
    leat_state_reader_close(reader);
    scratch_remove(job.folder);
}

static const struct check_case cases[] = {
    CHECK_CASE(keys_and_values_are_written_by_their_type),
    CHECK_CASE(states_are_listed_with_their_size),
    CHECK_CASE(what_a_killed_job_committed_is_there),
    CHECK_CASE(a_directory_in_use_is_refused_by_process),
    CHECK_CASE(no_checkpoint_is_refused_and_none_is_made),
    CHECK_CASE(a_name_that_is_not_there_is_refused),
    CHECK_CASE(a_line_function_ends_the_reading),
    CHECK_CASE(another_number_of_tasks_keeps_the_state),
    CHECK_CASE(a_changed_type_is_refused_with_both_named),
};
CHECK_MAIN(cases)
