/*
 * retry_test: a function fails once, at each of its calls in turn: tasks that are tried again,
 * and batches, must come to the same output, state and accumulators as if nothing had failed.
 * What comes out is written by hand.
 */
#include <inttypes.h>

#include "base/memory.h"
#include "leat/leat.h"
#include "leat/test.h"
#include "tests/support/check.h"
#include "tests/support/scratch.h"

enum { LINE_MAX_BYTES = 1000, RECORDS_MAX = 50, CALLS_MAX = 200 };

static leat_error err;
static leat_accumulator *called;
static int calls;   /* Of the functions that may fail. */
static int fail_at; /* The call that does; 0: none. */
static int fail_for = 1;
static const char *guarantee = "exactly_once";
static leat_time batch_to_fail; /* 0: none. */
static int batch_failures_left;
static int tries; /* Attempts that were second ones or later, seen by a function. */

/* Counts before it fails: what a failed attempt counted must not remain. */
static leat_status count_or_fail(leat_task *task)
{
    leat_accumulator_add(called, task, 1);
    if (leat_task_attempt(task) > 0)
        tries++;
    calls++;
    if (fail_at > 0 && calls >= fail_at && calls < fail_at + fail_for)
        return leat_task_fail(task, LEAT_UNAVAILABLE, "not now");
    return LEAT_OK;
}

/* ---- functions ---- */

static leat_status number(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)user;
    LEAT_TRY(leat_emit_i64(out, in->key, strtol(in->value.data, NULL, 10)));
    return count_or_fail(task);
}

static leat_status text(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)user;
    LEAT_TRY(count_or_fail(task));
    return leat_emit(out, in->key, leat_task_format(task, "%" PRId64, leat_i64(in->value)));
}

static leat_status add(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    (void)user;
    LEAT_TRY(leat_buffer_set_i64(into, leat_i64(leat_buffer_view(into)) + leat_i64(value)));
    return count_or_fail(task);
}

static leat_status subtract(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    (void)user;
    LEAT_TRY(leat_buffer_set_i64(into, leat_i64(leat_buffer_view(into)) - leat_i64(value)));
    return count_or_fail(task);
}

static leat_status count(leat_task *task, leat_bytes key, leat_iterator *values, leat_emitter *out,
                         void *user)
{
    int64_t n = 0;

    (void)user;
    while (leat_iterator_next(values) != NULL)
        n++;
    LEAT_TRY(leat_emit_i64(out, key, n));
    return count_or_fail(task);
}

static leat_status pair(leat_task *task, const leat_record *left, const leat_record *right,
                        leat_emitter *out, void *user)
{
    (void)user;
    LEAT_TRY(leat_emit_i64(out, left->key, leat_i64(left->value) * 10 + leat_i64(right->value)));
    return count_or_fail(task);
}

/* Fails with the state set: that must be undone. */
static leat_status update(leat_task *task, leat_bytes key, leat_iterator *values, leat_state *state,
                          void *user)
{
    int64_t sum = leat_state_get_i64(state, 0);
    const leat_record *value;

    (void)key;
    (void)user;
    while ((value = leat_iterator_next(values)) != NULL)
        sum += leat_i64(value->value);
    LEAT_TRY(leat_state_set_i64(state, sum));
    return count_or_fail(task);
}

static leat_status running_sum(leat_task *task, leat_bytes key, const leat_record *in,
                               leat_state *state, leat_emitter *out, void *user)
{
    int64_t sum = leat_state_get_i64(state, 0) + leat_i64(in->value);

    (void)user;
    if (sum == 3)
        LEAT_TRY(leat_state_remove(state));
    else
        LEAT_TRY(leat_state_set_i64(state, sum));
    LEAT_TRY(leat_emit_i64(out, key, sum));
    return count_or_fail(task);
}

/* ---- jobs ---- */

typedef leat_dstream *(*build_fn)(leat_dstream *numbers);

static const leat_state_options numeric = {.type = LEAT_I64};

static leat_dstream *reduce(leat_dstream *numbers)
{
    return leat_reduce_by_key(numbers, add, NULL);
}

static leat_dstream *group_and_join(leat_dstream *numbers)
{
    leat_dstream *counts =
        leat_typed(leat_group_by_key(numbers, count, NULL), LEAT_STRING, LEAT_I64);

    return leat_typed(leat_join(reduce(numbers), counts, pair, NULL), LEAT_STRING, LEAT_I64);
}

static leat_dstream *update_all(leat_dstream *numbers)
{
    return leat_update_state_by_key(numbers, "sums", update, NULL, &numeric);
}

static leat_dstream *update_touched(leat_dstream *numbers)
{
    return leat_update_state_by_key(
        reduce(numbers), "sums", update, NULL,
        &(leat_state_options){.type = LEAT_I64, .touched_keys_only = true});
}

static leat_dstream *map_with_state(leat_dstream *numbers)
{
    return leat_typed(leat_map_with_state(numbers, "sums", running_sum, NULL, &numeric),
                      LEAT_STRING, LEAT_I64);
}

static leat_dstream *window(leat_dstream *numbers)
{
    return leat_reduce_by_key_and_window(numbers, "last-two", add, subtract, NULL, LEAT_SECONDS(2),
                                         LEAT_SECONDS(1));
}

static leat_dstream *window_without_inverse(leat_dstream *numbers)
{
    return leat_reduce_by_key_and_window(numbers, "last-two", add, NULL, NULL, LEAT_SECONDS(2),
                                         LEAT_SECONDS(1));
}

/* Behind all that was written and updated. */
static leat_status fail_batch(leat_rdd *rdd, void *user)
{
    uint64_t records, again;

    (void)user;
    LEAT_TRY(leat_rdd_count(rdd, &records));
    LEAT_TRY(leat_rdd_count(rdd, &again)); /* State has not moved meanwhile. */
    CHECK(again == records);
    if (leat_rdd_time(rdd) != batch_to_fail || batch_failures_left == 0)
        return LEAT_OK;
    batch_failures_left--;
    return leat_rdd_fail(rdd, LEAT_UNAVAILABLE, "not this batch");
}

static leat_status create(leat_streaming_context *ssc, void *user)
{
    build_fn build = *(build_fn *)user;
    leat_dstream *built;
    leat_dstream *in = leat_kafka_direct_stream(
        ssc, "records", &(leat_kafka_source){.brokers = "memory", .topics = "in"});
    leat_dstream *numbers = leat_typed(
        leat_map(leat_typed(in, LEAT_STRING, LEAT_STRING), number, NULL), LEAT_STRING, LEAT_I64);

    called = leat_accumulator_create(ssc, "called");
    built = build(numbers);
    leat_save_to_kafka(leat_typed(leat_map(built, text, NULL), LEAT_STRING, LEAT_STRING), NULL,
                       "out");
    leat_foreach_rdd(built, fail_batch, NULL);
    return leat_ok(ssc);
}

static leat_conf *settings(const char *directory)
{
    leat_conf *conf = leat_conf_create(NULL, NULL);

    leat_conf_set(conf, "leat.log.level", "error");
    leat_conf_set(conf, "leat.default.parallelism", "2");
    leat_conf_set(conf, "leat.processing.guarantee", guarantee);
    if (directory != NULL)
        leat_conf_set(conf, "leat.checkpoint.directory", directory);
    return conf;
}

static leat_test *start(build_fn build, const char *directory)
{
    static build_fn built;
    leat_test *test;

    built = build;
    test = leat_test_create(settings(directory), LEAT_SECONDS(1), create, &built, &err);
    if (test == NULL)
        fprintf(stderr, "%s\n", err.message);
    CHECK(test != NULL);
    return test;
}

/* ---- batches ---- */

static const char *const batches[][5] = {
    {"0a=1", "1b=2", "1c=3", "0a=4"}, {"1a=5", "0d=6"}, {NULL}, {"0b=1", "0c=2"}};
enum { BATCHES = sizeof batches / sizeof batches[0] };

static void push_batch(leat_test *test, size_t batch)
{
    for (size_t i = 0; batches[batch][i] != NULL; i++) {
        const char *record = batches[batch][i];

        CHECK_OK(leat_test_push(test, "in", record[0] - '0', (leat_bytes){record + 1, 1},
                                leat_string(record + 3)));
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* What has come out since *next, sorted, behind what line has. */
static void add_output(leat_test *test, size_t *next, char line[LINE_MAX_BYTES])
{
    char texts[RECORDS_MAX][30];
    const leat_record *record;
    size_t records = 0;

    for (; (record = leat_test_output(test, "out", *next)) != NULL; ++*next) {
        CHECK(records < RECORDS_MAX);
        snprintf(texts[records++], sizeof texts[0], " %.*s=%.*s", LEAT_ARG(record->key),
                 LEAT_ARG(record->value));
    }
    qsort(texts, records, sizeof texts[0], by_text);
    for (size_t i = 0; i < records; i++)
        strncat(line, texts[i], LINE_MAX_BYTES - strlen(line) - 1);
    strncat(line, " |", LINE_MAX_BYTES - strlen(line) - 1);
}

static void is_line(const char *line, const char *expected)
{
    if (strcmp(line, expected) != 0)
        fprintf(stderr, "failing at %d: '%s' instead of '%s'\n", fail_at, line, expected);
    CHECK(strcmp(line, expected) == 0);
}

/* All batches; returns what the accumulator came to. */
static int64_t run_all(build_fn build, const char *expected)
{
    leat_test *test = start(build, NULL);
    char line[LINE_MAX_BYTES] = "";
    size_t next = 0;
    int64_t value;

    calls = 0;
    for (size_t i = 0; i < BATCHES; i++) {
        leat_status status;

        push_batch(test, i);
        status = leat_test_run_batch(test, &err);
        if (status != LEAT_OK)
            fprintf(stderr, "%s\n", err.message);
        CHECK_OK(status);
        add_output(test, &next, line);
    }
    is_line(line, expected);
    value = leat_accumulator_value(called);
    leat_test_destroy(test);
    return value;
}

static void fails_anywhere(build_fn build, const char *expected)
{
    int64_t value;
    int most;

    fail_at = 0;
    value = run_all(build, expected);
    most = calls;
    CHECK(most > 8 && most < CALLS_MAX && value == most);
    for (fail_at = 1; fail_at <= most; fail_at++) {
        tries = 0;
        CHECK(run_all(build, expected) == value);
        CHECK(tries > 0);
    }
    fail_at = 0;
    for (batch_to_fail = 1000; batch_to_fail <= BATCHES * 1000; batch_to_fail += 1000) {
        batch_failures_left = 2;
        CHECK(run_all(build, expected) == value);
        CHECK(batch_failures_left == 0);
    }
    batch_to_fail = 0;
}

static void reducers_may_fail(void)
{
    fails_anywhere(reduce, " a=5 b=2 c=3 | a=5 d=6 | | b=1 c=2 |");
}

static void groups_and_joins_may_fail(void)
{
    fails_anywhere(group_and_join, " a=52 b=21 c=31 | a=51 d=61 | | b=11 c=21 |");
}

static void state_that_an_attempt_set_is_undone(void)
{
    fails_anywhere(update_all,
                   " a=5 b=2 c=3 | a=10 b=2 c=3 d=6 | a=10 b=2 c=3 d=6 | a=10 b=3 c=5 d=6 |");
    fails_anywhere(update_touched, " a=5 b=2 c=3 | a=10 d=6 | | b=3 c=5 |");
}

/* c is removed at 3 and begins again; b comes to 3 in the end. */
static void state_that_an_attempt_removed_is_there_again(void)
{
    fails_anywhere(map_with_state, " a=1 a=5 b=2 c=3 | a=10 d=6 | | b=3 c=2 |");
}

static void windows_are_undone(void)
{
    fails_anywhere(window, " a=5 b=2 c=3 | a=10 b=2 c=3 d=6 | a=5 d=6 | b=1 c=2 |");
    fails_anywhere(window_without_inverse, " a=5 b=2 c=3 | a=10 b=2 c=3 d=6 | a=5 d=6 | b=1 c=2 |");
}

/* ---- a job that fails for good ---- */

/* The second batch fails at one of its calls until the job stops; a new start goes on. */
static void run_over_a_stop(build_fn build, int call, const char *expected)
{
    char directory[PATH_MAX];
    char line[LINE_MAX_BYTES] = "";
    leat_test *test;
    size_t next = 0;

    scratch_make(directory);
    test = start(build, directory);
    for (size_t i = 0; i < BATCHES; i++) {
        push_batch(test, i);
        calls = 0;
        fail_at = i == 1 ? call : 0;
        fail_for = CALLS_MAX;
        if (i == 1) {
            CHECK(leat_test_run_batch(test, &err) == LEAT_UNAVAILABLE);
            CHECK(strstr(err.message, "not now") != NULL);
            fail_at = 0;
            CHECK_OK(leat_test_restart(test, settings(directory), &err));
        }
        CHECK_OK(leat_test_run_batch(test, &err));
        add_output(test, &next, line);
    }
    fail_for = 1;
    is_line(line, expected);
    leat_test_destroy(test);
    scratch_remove(directory);
}

static void fail_and_start_again(void)
{
    for (int call = 1; call <= 6; call++) {
        run_over_a_stop(update_all, call,
                        " a=5 b=2 c=3 | a=10 b=2 c=3 d=6 | a=10 b=2 c=3 d=6 | a=10 b=3 c=5 d=6 |");
        run_over_a_stop(map_with_state, call, " a=1 a=5 b=2 c=3 | a=10 d=6 | | b=3 c=2 |");
    }
}

static void state_is_that_of_the_last_commit_after_a_job_failed(void)
{
    fail_and_start_again();
    guarantee = "at_least_once";
    fail_and_start_again();
    guarantee = "exactly_once";
}

static const struct check_case cases[] = {
    CHECK_CASE(reducers_may_fail),
    CHECK_CASE(groups_and_joins_may_fail),
    CHECK_CASE(state_that_an_attempt_set_is_undone),
    CHECK_CASE(state_that_an_attempt_removed_is_there_again),
    CHECK_CASE(windows_are_undone),
    CHECK_CASE(state_is_that_of_the_last_commit_after_a_job_failed),
};

CHECK_MAIN(cases)
