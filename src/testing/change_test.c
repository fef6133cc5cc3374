/* change_test: a job with state is stopped, changed and started again: what goes by the names, and
 * what is refused, as docs/guide/state-and-windows.md says. */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "leat/leat.h"
#include "leat/state_reader.h"
#include "leat/test.h"
#include "tests/support/check.h"
#include "tests/support/scratch.h"

enum { LINE_MAX_BYTES = 500, RECORDS_MAX = 50 };

/* What a start makes of the job. */
struct version {
    const char *state; /* Name of the sums; NULL: none. */
    leat_type type;    /* Of the sums; 0: LEAT_I64. */
    const char *window;
    leat_duration length;
    bool has_inverse;
    bool is_raw; /* The window is of records. */
    bool has_initial;
    bool has_timeout; /* The sums are of map_with_state. */
    leat_duration timeout;
    leat_duration time_to_live;
    bool is_late; /* The sums are of a window that is put out every other batch. */
};

static leat_error err;
static char home[PATH_MAX];
static size_t seen; /* Of the test's output. */
static const char *guarantee = "exactly_once";

static leat_status number(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)task;
    (void)user;
    return leat_emit_i64(out, in->key, strtol(in->value.data, NULL, 10));
}

static leat_status text(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    const char *label = user;

    return leat_emit(out, in->key,
                     leat_task_format(task, "%s%" PRId64, label, leat_i64(in->value)));
}

static leat_status update(leat_task *task, leat_bytes key, leat_iterator *values, leat_state *state,
                          void *user)
{
    int64_t sum = leat_state_get_i64(state, 0);
    const leat_record *value;

    (void)task;
    (void)key;
    (void)user;
    while ((value = leat_iterator_next(values)) != NULL)
        sum += leat_i64(value->value);
    return leat_state_set_i64(state, sum);
}

/* A key that times out says so. */
static leat_status add(leat_task *task, leat_bytes key, const leat_record *in, leat_state *state,
                       leat_emitter *out, void *user)
{
    int64_t sum = leat_state_get_i64(state, 0);

    (void)user;
    if (leat_state_is_timing_out(state))
        return leat_emit(out, key, leat_task_format(task, "gone%" PRId64, sum));
    sum += leat_i64(in->value);
    LEAT_TRY(leat_emit(out, key, leat_task_format(task, "s%" PRId64, sum)));
    return leat_state_set_i64(state, sum);
}

static leat_dstream *source(leat_streaming_context *ssc, const char *topic)
{
    leat_dstream *in = leat_kafka_direct_stream(
        ssc, topic, &(leat_kafka_source){.brokers = "memory", .topics = topic});

    return leat_typed(leat_map(leat_typed(in, LEAT_STRING, LEAT_STRING), number, NULL), LEAT_STRING,
                      LEAT_I64);
}

static void save(leat_dstream *numbers, const char *label)
{
    leat_save_to_kafka(
        leat_typed(leat_map(numbers, text, (void *)(uintptr_t)label), LEAT_STRING, LEAT_STRING),
        NULL, "out");
}

static void add_state(leat_streaming_context *ssc, leat_dstream *numbers,
                      const struct version *version)
{
    leat_state_options options = {.type = version->type == 0 ? LEAT_I64 : version->type,
                                  .touched_keys_only = true,
                                  .time_to_live = version->time_to_live,
                                  .initial = version->has_initial ? source(ssc, "initial") : NULL};

    if (version->has_timeout) {
        options = (leat_state_options){.type = LEAT_I64, .timeout = version->timeout};
        leat_save_to_kafka(
            leat_typed(leat_map_with_state(numbers, version->state, add, NULL, &options),
                       LEAT_STRING, LEAT_STRING),
            NULL, "out");
        return;
    }
    save(leat_update_state_by_key(numbers, version->state, update, NULL, &options), "s");
}

static leat_status create(leat_streaming_context *ssc, void *user)
{
    const struct version *version = user;
    leat_dstream *numbers = source(ssc, "in");

    if (version->state != NULL && version->is_late)
        add_state(ssc, leat_window(numbers, "late", LEAT_SECONDS(2), LEAT_SECONDS(2)), version);
    else if (version->state != NULL)
        add_state(ssc, numbers, version);
    if (version->window != NULL && version->is_raw)
        save(leat_window(numbers, version->window, version->length, 0), "w");
    else if (version->window != NULL)
        save(leat_reduce_by_key_and_window(numbers, version->window,
                                           version->has_inverse ? leat_sum_i64 : leat_max_i64, NULL,
                                           NULL, version->length, 0),
             "w");
    save(numbers, "n");
    return leat_ok(ssc);
}

static size_t next; /* Record of topic "out" that was not looked at yet. */

static leat_conf *settings(void)
{
    leat_conf *conf = leat_conf_create(NULL, NULL);

    leat_conf_set(conf, "leat.log.level", "error");
    leat_conf_set(conf, "leat.checkpoint.directory", home);
    leat_conf_set(conf, "leat.processing.guarantee", guarantee);
    return conf;
}

static leat_test *start(struct version *version)
{
    leat_test *test;

    next = 0;
    scratch_make(home);
    test = leat_test_create(settings(), LEAT_SECONDS(1), create, version, &err);
    if (test == NULL)
        fprintf(stderr, "%s\n", err.message);
    CHECK(test != NULL);
    return test;
}

static void restart(leat_test *test)
{
    leat_status status = leat_test_restart(test, settings(), &err);

    if (status != LEAT_OK)
        fprintf(stderr, "%s\n", err.message);
    CHECK_OK(status);
}

static void end(leat_test *test)
{
    seen = 0;
    leat_test_destroy(test);
    scratch_remove(home);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* A batch of key=value, NULL: of nothing; and what comes of it, sorted, without the numbers. */
static void gives(leat_test *test, const char *pushed, const char *expected)
{
    char texts[RECORDS_MAX][20];
    char line[LINE_MAX_BYTES] = "";
    const leat_record *record;
    size_t count = 0;

    if (pushed != NULL)
        CHECK_OK(leat_test_push(test, "in", 0, (leat_bytes){pushed, 1}, leat_string(pushed + 2)));
    CHECK_OK(leat_test_run_batch(test, &err));
    for (; (record = leat_test_output(test, "out", seen)) != NULL; seen++)
        if (record->value.data[0] != 'n' && count < RECORDS_MAX)
            snprintf(texts[count++], sizeof texts[0], "%.*s=%.*s ", LEAT_ARG(record->key),
                     LEAT_ARG(record->value));
    qsort(texts, count, sizeof texts[0], by_text);
    for (size_t i = 0; i < count; i++)
        strncat(line, texts[i], sizeof line - strlen(line) - 1);
    if (strcmp(line, expected) != 0)
        fprintf(stderr, "'%s' instead of '%s'\n", line, expected);
    CHECK(strcmp(line, expected) == 0);
}

static void refuses(leat_test *test, const char *words)
{
    CHECK(leat_test_restart(test, settings(), &err) == LEAT_INVALID);
    if (strstr(err.message, words) == NULL)
        fprintf(stderr, "%s\n", err.message);
    CHECK(strstr(err.message, words) != NULL && strstr(err.message, "change_test.c:") != NULL);
}

static void a_name_goes_on_wherever_it_comes_back(void)
{
    struct version version = {.state = "sums"};
    leat_test *test = start(&version);

    gives(test, "a=1", "a=s1 ");
    version.window = "last-two"; /* Added beside it. */
    version.length = LEAT_SECONDS(2);
    restart(test);
    gives(test, "a=2", "a=s3 a=w2 ");
    version.state = NULL; /* The sums leave, */
    restart(test);
    gives(test, "a=10", "a=w10 ");
    version.state = "sums"; /* and are there again. */
    version.window = NULL;
    restart(test);
    gives(test, "a=3", "a=s6 ");
    version.state = "others";
    restart(test);
    gives(test, "a=3", "a=s3 ");
    end(test);
}

static void another_type_or_kind_is_refused_and_both_are_named(void)
{
    struct version version = {.state = "sums"};
    leat_test *test = start(&version);

    gives(test, "a=1", "a=s1 ");
    version.type = LEAT_F64;
    refuses(test, "'sums'");
    refuses(test, "string -> f64");
    refuses(test, "string -> i64");
    version = (struct version){.window = "sums", .length = LEAT_SECONDS(2)};
    refuses(test, "update_state_by_key");
    version = (struct version){.state = "sums"};
    restart(test);
    gives(test, "a=1", "a=s2 ");
    end(test);
}

static void an_inverse_is_another_kind(void)
{
    struct version version = {
        .window = "last-three", .length = LEAT_SECONDS(3), .has_inverse = true};
    leat_test *test = start(&version);

    gives(test, "a=1", "a=w1 ");
    version.has_inverse = false;
    refuses(test, "with inverse");
    end(test);
}

static void two_of_one_name_are_refused(void)
{
    struct version version = {.state = "same", .window = "same", .length = LEAT_SECONDS(2)};

    scratch_make(home);
    CHECK(leat_test_create(settings(), LEAT_SECONDS(1), create, &version, &err) == NULL);
    CHECK(strstr(err.message, "same") != NULL);
    scratch_remove(home);
}

/* Four batches of 1, 2, 4 and 8: sums and maxima of the last ones by hand. */
static void window_changes_its_length(struct version version, const char *const expected[5])
{
    leat_test *test;

    version.window = "recent";
    version.length = LEAT_SECONDS(2);
    test = start(&version);
    gives(test, "a=1", expected[0]);
    gives(test, "a=2", expected[1]);
    version.length = LEAT_SECONDS(4); /* What it had forgotten stays forgotten. */
    restart(test);
    gives(test, "a=4", expected[2]);
    gives(test, "a=8", expected[3]);
    version.length = LEAT_SECONDS(1);
    restart(test);
    gives(test, NULL, "");
    gives(test, "a=16", expected[4]);
    end(test);
}

static void a_windows_length_may_change(void)
{
    window_changes_its_length((struct version){.is_raw = true},
                              (const char *const[]){"a=w1 ", "a=w1 a=w2 ", "a=w1 a=w2 a=w4 ",
                                                    "a=w1 a=w2 a=w4 a=w8 ", "a=w16 "});
    window_changes_its_length((struct version){.has_inverse = true},
                              (const char *const[]){"a=w1 ", "a=w3 ", "a=w7 ", "a=w15 ", "a=w16 "});
    window_changes_its_length((struct version){.has_inverse = false},
                              (const char *const[]){"a=w1 ", "a=w2 ", "a=w4 ", "a=w8 ", "a=w16 "});
}

static void timeout_changes(leat_duration from, leat_duration to)
{
    struct version version = {.state = "sums", .has_timeout = true, .timeout = from};
    leat_test *test = start(&version);

    gives(test, "a=1", "a=s1 ");
    gives(test, "b=1", "b=s1 ");
    version.timeout = to;
    restart(test);
    gives(test, "b=1", "b=s2 ");
    for (leat_duration at = LEAT_SECONDS(3); at <= to; at += LEAT_SECONDS(1))
        gives(test, NULL, "");
    gives(test, NULL, "a=gone1 "); /* In the first batch after its time. */
    gives(test, NULL, "");
    gives(test, NULL, "b=gone2 ");
    gives(test, "a=1", "a=s1 ");
    end(test);
}

static void a_timeout_may_change(void)
{
    timeout_changes(LEAT_SECONDS(3), LEAT_SECONDS(7));    /* Longer, */
    timeout_changes(LEAT_SECONDS(1000), LEAT_SECONDS(4)); /* shorter, */
    timeout_changes(0, LEAT_SECONDS(5));                  /* new. */
}

static void a_timeout_may_go_and_come_back(void)
{
    struct version version = {.state = "sums", .has_timeout = true, .timeout = LEAT_SECONDS(4)};
    leat_test *test = start(&version);

    gives(test, "a=1", "a=s1 ");
    version.timeout = 0;
    restart(test);
    gives(test, "b=1", "b=s1 ");
    version.timeout = LEAT_SECONDS(4);
    restart(test);
    gives(test, NULL, "");
    gives(test, NULL, "");
    gives(test, NULL, "");
    gives(test, NULL, "a=gone1 ");
    gives(test, NULL, "b=gone1 ");
    end(test);
}

static leat_status is_of_b(void *context, leat_bytes line)
{
    int *count = context;

    CHECK(strncmp(line.data, "{\"key\": \"b\"", 11) == 0);
    ++*count;
    return LEAT_OK;
}

static void time_to_live_changes(leat_duration from, int idle, leat_duration to)
{
    struct version version = {.state = "sums", .time_to_live = from};
    leat_test *test = start(&version);
    leat_state_reader *reader;
    int count = 0;

    gives(test, "a=1", "a=s1 ");
    for (int i = 0; i < idle; i++)
        gives(test, NULL, "");
    version.time_to_live = to;
    restart(test);
    gives(test, "b=1", "b=s1 ");
    for (int i = 2; i < 10; i++) {
        char expected[20];

        snprintf(expected, sizeof expected, "b=s%d ", i);
        gives(test, "b=1", expected);
    }
    leat_test_destroy(test);
    CHECK_OK(leat_state_reader_open(home, &reader, &err));
    CHECK_OK(leat_state_reader_export(reader, "sums", is_of_b, &count, &err));
    CHECK(count == 1);
    leat_state_reader_close(reader);
    scratch_remove(home);
    seen = 0;
}

/* What has expired takes no room any more. */
static void a_time_to_live_may_change(void)
{
    time_to_live_changes(LEAT_SECONDS(2), 0, LEAT_SECONDS(5));
    time_to_live_changes(LEAT_SECONDS(1000), 0, LEAT_SECONDS(3));
    time_to_live_changes(LEAT_SECONDS(1000), 6, LEAT_SECONDS(3));
    time_to_live_changes(0, 0, LEAT_SECONDS(3));
    time_to_live_changes(0, 6, LEAT_SECONDS(3)); /* Gone by then. */
}

static void initial_state_counts_once(void)
{
    struct version version = {.state = "sums", .has_initial = true};
    leat_test *test = start(&version);

    CHECK_OK(leat_test_push(test, "initial", 0, leat_string("a"), leat_string("100")));
    gives(test, "a=1", "a=s101 ");
    CHECK_OK(leat_test_push(test, "initial", 0, leat_string("a"), leat_string("1000")));
    restart(test);
    gives(test, "a=1", "a=s102 ");
    end(test);
}

static void initial_state_counts_for_a_new_name_only(void)
{
    initial_state_counts_once();
    guarantee = "at_least_once";
    initial_state_counts_once();
    guarantee = "exactly_once";
}

static void initial_state_waits_for_the_first_batch_that_runs_the_operator(void)
{
    struct version version = {.state = "sums", .has_initial = true, .is_late = true};
    leat_test *test = start(&version);

    gives(test, "a=1", "");
    restart(test);
    CHECK_OK(leat_test_push(test, "initial", 0, leat_string("a"), leat_string("100")));
    gives(test, "a=2", "a=s103 ");
    end(test);
}

#ifdef LEAT_CRASH_POINTS
static void run_first_batch(leat_test *test)
{
    CHECK_OK(leat_test_push(test, "initial", 0, leat_string("a"), leat_string("100")));
    gives(test, "a=1", "a=s101 ");
}

/* In a child, whose Kafka is gone with it; its checkpoint is not. */
static void crash_in_the_first_batch(struct version *version)
{
    int status = 0;
    pid_t pid = fork();

    CHECK(pid >= 0);
    if (pid == 0) {
        leat_test *test = leat_test_create(settings(), LEAT_SECONDS(1), create, version, &err);

        CHECK(test != NULL && setenv("LEAT_CRASH", "commit.before_end_txn", 1) == 0);
        run_first_batch(test);
        _exit(1);
    }
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* positions: NULL, or where the next start takes them from. */
static void initial_state_counts_again(const char *positions)
{
    struct version version = {.state = "sums", .has_initial = true};
    leat_conf *conf;
    leat_test *test;

    scratch_make(home);
    crash_in_the_first_batch(&version);
    conf = settings();
    leat_conf_set(conf, "leat.assume", "aborted");
    if (positions != NULL)
        leat_conf_set(conf, "leat.positions", positions);
    test = leat_test_create(conf, LEAT_SECONDS(1), create, &version, &err);
    if (test == NULL)
        fprintf(stderr, "%s\n", err.message);
    CHECK(test != NULL);
    run_first_batch(test);
    restart(test);
    CHECK_OK(leat_test_push(test, "initial", 0, leat_string("a"), leat_string("1000")));
    gives(test, "a=1", "a=s102 ");
    end(test);
}

static void initial_state_counts_after_a_first_batch_that_was_rolled_back(void)
{
    initial_state_counts_again(NULL);
    initial_state_counts_again("group");
}
#endif

static const struct check_case cases[] = {
    CHECK_CASE(a_name_goes_on_wherever_it_comes_back),
    CHECK_CASE(another_type_or_kind_is_refused_and_both_are_named),
    CHECK_CASE(an_inverse_is_another_kind),
    CHECK_CASE(two_of_one_name_are_refused),
    CHECK_CASE(a_windows_length_may_change),
    CHECK_CASE(a_timeout_may_change),
    CHECK_CASE(a_timeout_may_go_and_come_back),
    CHECK_CASE(a_time_to_live_may_change),
    CHECK_CASE(initial_state_counts_for_a_new_name_only),
    CHECK_CASE(initial_state_waits_for_the_first_batch_that_runs_the_operator),
#ifdef LEAT_CRASH_POINTS
    CHECK_CASE(initial_state_counts_after_a_first_batch_that_was_rolled_back),
#endif
};

CHECK_MAIN(cases)
