/* operators_test: every operator, action and Kafka output, through leat_test_* as a user's test
 * would; what must come out is written by hand. */
#include <inttypes.h>
#include <stdarg.h>

#include "base/memory.h"
#include "leat/leat.h"
#include "leat/test.h"
#include "tests/support/run_batch.h"

typedef leat_dstream *(*build_fn)(leat_dstream *in, void *user);

struct job {
    build_fn build; /* Between topic "in" and topic "out". */
    leat_rdd_fn output;
    void *user;
    const char *settings[6]; /* key, value ..., NULL */
};

static leat_error err;

static leat_dstream *source(leat_streaming_context *ssc)
{
    return leat_typed(
        leat_kafka_direct_stream(ssc, "records",
                                 &(leat_kafka_source){.brokers = "memory", .topics = "in"}),
        LEAT_STRING, LEAT_STRING);
}

static leat_status create(leat_streaming_context *ssc, void *user)
{
    const struct job *job = user;
    leat_dstream *stream = source(ssc);

    if (job->build != NULL)
        stream = job->build(stream, job->user);
    if (job->output != NULL)
        leat_foreach_rdd(stream, job->output, job->user);
    else
        leat_save_to_kafka(stream, NULL, "out");
    return leat_ok(ssc);
}

static leat_test *start(struct job *job)
{
    leat_conf *conf = leat_conf_create(NULL, NULL);
    leat_test *test;

    leat_conf_set(conf, "leat.log.level", "error");
    for (size_t i = 0; job->settings[i] != NULL; i += 2)
        leat_conf_set(conf, job->settings[i], job->settings[i + 1]);
    test = leat_test_create(conf, LEAT_SECONDS(1), create, job, &err);
    if (test == NULL)
        fprintf(stderr, "%s\n", err.message);
    return test;
}

static void push(leat_test *test, int32_t partition, const char *key, const char *value)
{
    CHECK_OK(leat_test_push(test, "in", partition, leat_string(key), leat_string(value)));
}

static bool is_record(leat_test *test, size_t index, const char *key, const char *value)
{
    const leat_record *record = leat_test_output(test, "out", index);

    return record != NULL && leat_bytes_equal(record->key, leat_string(key)) &&
           leat_bytes_equal(record->value, leat_string(value));
}

/* Topic "out" has these records, "key=value", by commits, and no others; NULL ends them. */
static void put_out_all(leat_test *test, ...)
{
    const leat_record *record;
    const char *expected;
    va_list all;
    size_t i = 0;

    va_start(all, test);
    for (; (expected = va_arg(all, const char *)) != NULL; i++) {
        char text[100] = "nothing";

        record = leat_test_output(test, "out", i);
        if (record != NULL)
            snprintf(text, sizeof text, "%.*s=%.*s", LEAT_ARG(record->key),
                     LEAT_ARG(record->value));
        if (strcmp(text, expected) != 0)
            fprintf(stderr, "%zu: '%s' instead of '%s'\n", i, text, expected);
        CHECK(strcmp(text, expected) == 0);
    }
    va_end(all);
    CHECK(leat_test_output(test, "out", i) == NULL);
}

#define PUT_OUT(...) put_out_all(__VA_ARGS__, NULL)

/* Pushes a=1, b=22, c=333 to one partition, runs a batch. */
static leat_test *run_three(struct job *job)
{
    leat_test *test = start(job);

    CHECK(test != NULL);
    push(test, 0, "a", "1");
    push(test, 0, "b", "22");
    push(test, 0, "c", "333");
    run_batch(test);
    return test;
}

/* ---- operators ---- */

static leat_status twice(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)user;
    return leat_emit(out, in->key,
                     leat_task_format(task, "%.*s%.*s", LEAT_ARG(in->value), LEAT_ARG(in->value)));
}

static leat_dstream *add_map(leat_dstream *in, void *user)
{
    return leat_map(in, twice, user);
}

static void map_makes_one_of_one(void)
{
    struct job job = {.build = add_map};
    leat_test *test = run_three(&job);

    PUT_OUT(test, "a=11", "b=2222", "c=333333");
    leat_test_destroy(test);
}

/* As many records as the value has digits. */
static leat_status digits(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)task;
    (void)user;
    for (size_t i = 1; i < in->value.size; i++)
        LEAT_TRY(leat_emit(out, leat_string("other"), (leat_bytes){in->value.data, i}));
    return LEAT_OK;
}

static leat_dstream *add_flat_map(leat_dstream *in, void *user)
{
    return leat_flat_map(in, digits, user);
}

static void flat_map_makes_any_number(void)
{
    struct job job = {.build = add_flat_map};
    leat_test *test = run_three(&job);

    PUT_OUT(test, "other=2", "other=3", "other=33");
    leat_test_destroy(test);
}

static leat_dstream *add_value_operators(leat_dstream *in, void *user)
{
    return leat_flat_map_values(leat_map_values(in, twice, user), digits, user);
}

static void value_operators_keep_the_key(void)
{
    struct job job = {.build = add_value_operators};
    leat_test *test = run_three(&job);

    PUT_OUT(test, "a=1", "b=2", "b=22", "b=222", "c=3", "c=33", "c=333", "c=3333", "c=33333");
    leat_test_destroy(test);
}

static leat_status is_long(leat_task *task, const leat_record *in, bool *out_keep, void *user)
{
    (void)task;
    (void)user;
    *out_keep = in->value.size > 1;
    return LEAT_OK;
}

static leat_dstream *add_filters(leat_dstream *in, void *user)
{
    return leat_map(leat_filter(in, is_long, user), twice, user);
}

static void filter_keeps_what_it_is_told_to(void)
{
    struct job job = {.build = add_filters};
    leat_test *test = run_three(&job);

    PUT_OUT(test, "b=2222", "c=333333");
    leat_test_destroy(test);
}

/* The partition's records in one, with its number. */
static leat_status join_values(leat_task *task, leat_iterator *partition, leat_emitter *out,
                               void *user)
{
    char text[100] = "";
    const leat_record *record;

    (void)user;
    while ((record = leat_iterator_next(partition)) != NULL)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%.*s,", LEAT_ARG(record->value));
    return leat_emit(out, leat_task_format(task, "%" PRId32, leat_task_partition(task)),
                     leat_string(text));
}

static leat_dstream *add_map_partitions(leat_dstream *in, void *user)
{
    /* Two that pull, one after the other: the second has a stack of its own. */
    return leat_map_partitions(leat_map_partitions(in, join_values, user), join_values, user);
}

static void map_partitions_sees_each_partition_whole(void)
{
    struct job job = {.build = add_map_partitions};
    leat_test *test = start(&job);

    push(test, 0, "a", "1");
    push(test, 2, "b", "2");
    push(test, 0, "c", "3");
    run_batch(test);
    PUT_OUT(test, "0=1,3,,", "1=,", "2=2,,");
    leat_test_destroy(test);
}

static leat_dstream *add_union(leat_dstream *in, void *user)
{
    return leat_union(leat_filter(in, is_long, user), leat_map(in, twice, user));
}

static void union_puts_the_left_partitions_first(void)
{
    struct job job = {.build = add_union};
    leat_test *test = run_three(&job);

    CHECK(is_record(test, 0, "b", "22") || is_record(test, 0, "a", "11"));
    for (size_t i = 0; i < 5; i++)
        CHECK(leat_test_output(test, "out", i) != NULL);
    CHECK(leat_test_output(test, "out", 5) == NULL);
    leat_test_destroy(test);
}

static leat_rdd *only_long(leat_rdd *rdd, void *user)
{
    size_t count = 0;
    const leat_offset_range *ranges = leat_rdd_offset_ranges(rdd, &count);

    CHECK(leat_rdd_time(rdd) == 1000);
    CHECK(count == 1 && strcmp(ranges[0].topic, "in") == 0 && ranges[0].partition == 0);
    CHECK(ranges[0].from == 0 && ranges[0].until == 3);
    return leat_rdd_map_values(leat_rdd_filter(rdd, is_long, user), twice, user);
}

static leat_dstream *add_transform(leat_dstream *in, void *user)
{
    return leat_transform(in, only_long, user);
}

static void transform_sees_the_rdd_with_its_offset_ranges(void)
{
    struct job job = {.build = add_transform};
    leat_test *test = run_three(&job);

    PUT_OUT(test, "b=2222", "c=333333");
    leat_test_destroy(test);
}

/* ---- what a record carries ---- */

static leat_status describe(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)user;
    return leat_emit(out, in->key,
                     leat_task_format(task, "%s %" PRId32 " %" PRId64 " %" PRId64 " at %" PRId64,
                                      leat_record_topic(in), leat_record_partition(in), in->offset,
                                      in->timestamp_ms, leat_task_time(task)));
}

static leat_dstream *add_describe(leat_dstream *in, void *user)
{
    return leat_map(leat_map(in, twice, user), describe, user);
}

static void an_emitted_record_has_its_inputs_origin(void)
{
    struct job job = {.build = add_describe};
    leat_test *test = start(&job);

    run_batch(test); /* The clock is at 1000. */
    push(test, 1, "a", "x");
    push(test, 1, "b", "y");
    run_batch(test);
    PUT_OUT(test, "a=in 1 0 1000 at 2000", "b=in 1 1 1000 at 2000");
    CHECK(leat_test_output(test, "out", 0)->timestamp_ms == 1000);
    leat_test_destroy(test);
}

/* ---- actions ---- */

static leat_status each(leat_task *task, const leat_record *record, void *user)
{
    (void)task;
    *(size_t *)user += record->value.size;
    return LEAT_OK;
}

static leat_status use_actions(leat_rdd *rdd, void *user)
{
    const leat_record *records = NULL;
    uint64_t number = 0;
    size_t count = 0;
    bool empty = true;

    LEAT_TRY(leat_rdd_is_empty(rdd, &empty));
    CHECK(empty == (leat_rdd_time(rdd) != 1000));
    LEAT_TRY(leat_rdd_take(rdd, 2, &records, &count));
    CHECK(count == (empty ? 0 : 2));
    CHECK(empty || leat_bytes_equal(records[1].value, leat_string("22")));
    LEAT_TRY(leat_rdd_count(rdd, &number));
    CHECK(number == (empty ? 0 : 3));
    LEAT_TRY(leat_rdd_collect(leat_rdd_flat_map(rdd, digits, NULL), &records, &count));
    CHECK(count == (empty ? 0 : 3));
    CHECK(empty || leat_bytes_equal(records[2].value, leat_string("33")));
    return leat_rdd_foreach(rdd, each, user);
}

static void actions_read_the_batch(void)
{
    size_t bytes = 0;
    struct job job = {.output = use_actions, .user = &bytes};
    leat_test *test = run_three(&job);

    CHECK(bytes == 6);
    run_batch(test); /* An empty batch is given, too. */
    CHECK(bytes == 6);
    leat_test_destroy(test);
}

static leat_status produce_all(leat_task *task, leat_iterator *partition, void *user)
{
    leat_producer *producer = leat_task_producer(task, NULL);
    const leat_record *record;
    size_t *failures = user;
    size_t seen = 0;

    while ((record = leat_iterator_next(partition)) != NULL) {
        LEAT_TRY(leat_produce(producer, "out", record->key, record->value));
        if (++seen == 2 && (*failures)-- > 0)
            return leat_task_fail(task, LEAT_UNAVAILABLE, "the network is down");
    }
    return LEAT_OK;
}

static leat_status output_partitions(leat_rdd *rdd, void *user)
{
    return leat_rdd_foreach_partition(rdd, produce_all, user);
}

static void a_function_that_fails_once_half_way_produces_once(void)
{
    size_t failures = 1;
    struct job job = {.output = output_partitions, .user = &failures};
    leat_test *test = run_three(&job);

    PUT_OUT(test, "a=1", "b=22", "c=333");
    leat_test_destroy(test);
}

static void a_function_that_always_fails_stops_the_job_and_nothing_is_seen(void)
{
    size_t failures = 100;
    struct job job = {.output = output_partitions, .user = &failures};
    leat_test *test = start(&job);

    push(test, 0, "a", "1");
    push(test, 0, "b", "22");
    CHECK(leat_test_run_batch(test, &err) == LEAT_UNAVAILABLE);
    CHECK(strstr(err.message, "the network is down") != NULL);
    CHECK(strstr(err.message, "operators_test.c:") != NULL);
    CHECK(failures == 96); /* spark.task.maxFailures: 4 */
    PUT_OUT(test);
    CHECK(leat_test_run_batch(test, &err) == LEAT_INVALID);
    leat_test_destroy(test);
}

/* ---- mistakes ---- */

static leat_status nothing(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)task;
    (void)in;
    (void)out;
    (void)user;
    return LEAT_OK;
}

static leat_dstream *add_wrong_map(leat_dstream *in, void *user)
{
    return leat_map(in, nothing, user);
}

static leat_status unknown(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)task;
    (void)in;
    (void)out;
    (void)user;
    return (leat_status)77;
}

static leat_dstream *add_unknown(leat_dstream *in, void *user)
{
    return leat_flat_map(in, unknown, user);
}

static leat_dstream *add_wrong_type(leat_dstream *in, void *user)
{
    return leat_typed(leat_map(in, twice, user), LEAT_STRING, LEAT_I64);
}

/* Runs one record into the mistake; the sentence must have the words. */
static void says(build_fn build, const char *words)
{
    struct job job = {.build = build, .settings = {"leat.task.maxFailures", "1"}};
    leat_test *test = start(&job);

    push(test, 3, "a", "1");
    CHECK(leat_test_run_batch(test, &err) != LEAT_OK);
    if (strstr(err.message, words) == NULL)
        fprintf(stderr, "%s\n", err.message);
    CHECK(strstr(err.message, words) != NULL);
    CHECK(strstr(err.message, "operators_test.c:") != NULL);
    CHECK(strstr(err.message, "partition 3") != NULL);
    PUT_OUT(test);
    leat_test_destroy(test);
}

static void mistakes_are_named_with_place_and_record(void)
{
    says(add_wrong_map, "map");
    says(add_unknown, "77");
    says(add_wrong_type, "2 bytes where the stream's type has 8");
}

static leat_status refuse_b(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)user;
    LEAT_TRY(leat_emit(out, in->key, in->value));
    if (leat_bytes_equal(in->key, leat_string("b")))
        return leat_task_fail(task, LEAT_BAD_RECORD, "no b");
    return LEAT_OK;
}

static leat_dstream *add_refusal(leat_dstream *in, void *user)
{
    return leat_map(in, refuse_b, user);
}

static void bad_records_fail_the_batch_or_are_skipped_with_all_that_they_emitted(void)
{
    struct job fails = {.build = add_refusal};
    struct job skips = {.build = add_refusal, .settings = {"leat.bad.records", "skip"}};
    leat_test *test = start(&fails);

    push(test, 0, "b", "1");
    CHECK(leat_test_run_batch(test, &err) == LEAT_BAD_RECORD);
    CHECK(strstr(err.message, "no b") != NULL);
    leat_test_destroy(test);
    test = run_three(&skips);
    PUT_OUT(test, "a=1", "c=333");
    leat_test_destroy(test);
}

/* ---- broadcasts, accumulators ---- */

struct shared {
    leat_broadcast *word;
    leat_accumulator *seen;
    int loads;
    int destroyed;
    bool fails;
    int failures_left;
};

static leat_status load(void **out_value, void *user, leat_error *error)
{
    struct shared *shared = user;
    char *word = leat_alloc(1, 16);

    CHECK(word != NULL);
    shared->loads++;
    if (shared->fails) {
        leat_free(word);
        snprintf(error->message, sizeof error->message, "no word");
        return LEAT_UNAVAILABLE;
    }
    snprintf(word, 16, "word-%d", shared->loads);
    *out_value = word;
    return LEAT_OK;
}

static struct shared *of_words;

static void destroy(void *value)
{
    of_words->destroyed++;
    leat_free(value);
}

static leat_status add_word(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    struct shared *shared = user;

    leat_accumulator_add(shared->seen, task, 1);
    LEAT_TRY(leat_emit(out, in->key, leat_string(leat_broadcast_value(shared->word, task))));
    if (shared->failures_left > 0 && shared->failures_left-- > 0)
        return leat_task_fail(task, LEAT_UNAVAILABLE, "once more");
    return LEAT_OK;
}

static leat_status create_shared(leat_streaming_context *ssc, void *user)
{
    struct shared *shared = user;

    shared->word = leat_broadcast_create(ssc, "word", load, destroy, shared,
                                         &(leat_broadcast_options){.refresh = 3000});
    shared->seen = leat_accumulator_create(ssc, "seen");
    leat_save_to_kafka(leat_map(source(ssc), add_word, shared), NULL, "out");
    return leat_ok(ssc);
}

static void a_broadcast_is_refreshed_between_batches_and_destroyed_once(void)
{
    struct shared shared = {.failures_left = 1};
    leat_test *test;

    of_words = &shared;
    test = leat_test_create(leat_conf_create(NULL, NULL), LEAT_SECONDS(1), create_shared, &shared,
                            &err);
    CHECK(test != NULL && shared.loads == 1);
    push(test, 0, "a", "");
    run_batch(test); /* 1 s; the first attempt fails. */
    CHECK(leat_accumulator_value(shared.seen) == 1);
    push(test, 0, "b", "");
    run_batch(test); /* 2 s */
    shared.fails = true;
    push(test, 0, "c", "");
    run_batch(test); /* 3 s: it fails, the old value stays. */
    shared.fails = false;
    leat_broadcast_refresh(shared.word);
    push(test, 0, "d", "");
    run_batch(test);
    PUT_OUT(test, "a=word-1", "b=word-1", "c=word-1", "d=word-3");
    CHECK(leat_accumulator_value(shared.seen) == 4);
    CHECK(shared.destroyed == 1);
    leat_test_destroy(test);
    CHECK(shared.destroyed == 2);
}

static void a_broadcast_that_cannot_be_loaded_fails_start(void)
{
    struct shared shared = {.fails = true};

    of_words = &shared;
    CHECK(leat_test_create(leat_conf_create(NULL, NULL), LEAT_SECONDS(1), create_shared, &shared,
                           &err) == NULL);
    CHECK(strcmp(err.message, "broadcast 'word': no word") == 0);
}

/* ---- batches ---- */

static void rate_caps_hold_what_is_more_for_later(void)
{
    struct job job = {.settings = {"spark.streaming.kafka.maxRatePerPartition", "2"}};
    leat_test *test = start(&job);

    for (int i = 0; i < 5; i++)
        push(test, 0, "k", "v");
    run_batch(test);
    CHECK(leat_test_output(test, "out", 1) != NULL && leat_test_output(test, "out", 2) == NULL);
    run_batch(test);
    CHECK(leat_test_output(test, "out", 3) != NULL && leat_test_output(test, "out", 4) == NULL);
    run_batch(test);
    CHECK(leat_test_output(test, "out", 4) != NULL && leat_test_output(test, "out", 5) == NULL);
    leat_test_destroy(test);
}

static void at_least_once_writes_the_same(void)
{
    struct job job = {.build = add_map, .settings = {"leat.processing.guarantee", "at_least_once"}};
    leat_test *test = run_three(&job);

    PUT_OUT(test, "a=11", "b=2222", "c=333333");
    leat_test_destroy(test);
}

static const struct check_case cases[] = {
    CHECK_CASE(map_makes_one_of_one),
    CHECK_CASE(flat_map_makes_any_number),
    CHECK_CASE(value_operators_keep_the_key),
    CHECK_CASE(filter_keeps_what_it_is_told_to),
    CHECK_CASE(map_partitions_sees_each_partition_whole),
    CHECK_CASE(union_puts_the_left_partitions_first),
    CHECK_CASE(transform_sees_the_rdd_with_its_offset_ranges),
    CHECK_CASE(an_emitted_record_has_its_inputs_origin),
    CHECK_CASE(actions_read_the_batch),
    CHECK_CASE(a_function_that_fails_once_half_way_produces_once),
    CHECK_CASE(a_function_that_always_fails_stops_the_job_and_nothing_is_seen),
    CHECK_CASE(mistakes_are_named_with_place_and_record),
    CHECK_CASE(bad_records_fail_the_batch_or_are_skipped_with_all_that_they_emitted),
    CHECK_CASE(a_broadcast_is_refreshed_between_batches_and_destroyed_once),
    CHECK_CASE(a_broadcast_that_cannot_be_loaded_fails_start),
    CHECK_CASE(rate_caps_hold_what_is_more_for_later),
    CHECK_CASE(at_least_once_writes_the_same),
};

CHECK_MAIN(cases)
