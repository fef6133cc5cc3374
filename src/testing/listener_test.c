/* listener_test: what listeners are told, and when, through leat_test_*; written by hand. */
#include <inttypes.h>
#include <stdarg.h>

#include "leat/leat.h"
#include "leat/test.h"
#include "tests/support/check.h"
#include "tests/support/scratch.h"

enum { TEXT_MAX = 4000 };

static leat_error err;
static char heard[TEXT_MAX]; /* A line for each callback. */
static leat_test *running;
static int failures_left;
static leat_status failure = LEAT_UNAVAILABLE;

static void hear(const char *format, ...) LEAT_PRINTF(1, 2);

static void hear(const char *format, ...)
{
    size_t length = strlen(heard);
    va_list args;

    va_start(args, format);
    vsnprintf(heard + length, TEXT_MAX - length, format, args);
    va_end(args);
}

static void heard_is(const char *expected)
{
    if (strcmp(heard, expected) != 0)
        fprintf(stderr, "heard:\n%s\ninstead of:\n%s\n", heard, expected);
    CHECK(strcmp(heard, expected) == 0);
    heard[0] = '\0';
}

static void on_start(leat_time time, void *user)
{
    CHECK(user == heard);
    hear("streaming at %" PRId64 "\n", time);
}

static void on_submitted(const leat_batch_info *batch, void *user)
{
    (void)user;
    hear("submitted %" PRId64 " at %" PRId64 ": %" PRId64 " records%s\n", batch->number,
         batch->batch_time, batch->records, batch->is_replay ? ", again" : "");
    for (size_t i = 0; i < batch->input_count; i++) {
        const leat_input_info *input = &batch->inputs[i];

        hear("  %d %s %" PRId64, (int)input->stream_id, input->name, input->records);
        for (size_t r = 0; r < input->range_count; r++)
            hear(" %s/%d %d-%d", input->ranges[r].topic, (int)input->ranges[r].partition,
                 (int)input->ranges[r].from, (int)input->ranges[r].until);
        hear("\n");
    }
    CHECK(batch->processing_start_time == -1 && batch->total_delay == -1);
}

static void on_started(const leat_batch_info *batch, void *user)
{
    (void)user;
    hear("started at %" PRId64 ", %" PRId64 " late\n", batch->processing_start_time,
         batch->scheduling_delay);
    CHECK(batch->processing_end_time == -1 && batch->processing_delay == -1);
}

static void on_output_started(const leat_output_operation_info *output, void *user)
{
    (void)user;
    hear("begin %d %s at %" PRId64 "\n", (int)output->id, output->name, output->start_time);
    CHECK(strstr(output->description, " at ") != NULL &&
          strstr(output->description, "listener_test.c:") != NULL);
    CHECK(output->end_time == -1 && output->failure_reason == NULL);
}

static void on_output_completed(const leat_output_operation_info *output, void *user)
{
    (void)user;
    CHECK(leat_test_output(running, "out", 0) != NULL || output->failure_reason != NULL);
    hear("end %d %s at %" PRId64 "%s\n", (int)output->id, output->name, output->end_time,
         output->failure_reason == NULL ? "" : " failed");
}

static void on_completed(const leat_batch_info *batch, void *user)
{
    (void)user;
    CHECK(batch->total_delay == batch->scheduling_delay + batch->processing_delay);
    CHECK(batch->processing_end_time == batch->processing_start_time + batch->processing_delay);
    CHECK(batch->submission_time == batch->processing_start_time - batch->scheduling_delay);
    hear("completed %" PRId64 " of %zu: %s\n", batch->number, batch->output_operation_count,
         batch->failure_reason == NULL                         ? "well"
         : strstr(batch->failure_reason, "no network") != NULL ? "no network"
                                                               : batch->failure_reason);
}

static const leat_listener all = {on_start,     on_submitted,      on_started,
                                  on_completed, on_output_started, on_output_completed};

static leat_status maybe_fail(leat_rdd *rdd, void *user)
{
    uint64_t count;

    (void)user;
    LEAT_TRY(leat_rdd_count(rdd, &count));
    if (failures_left > 0 && failures_left-- > 0)
        return leat_rdd_fail(rdd, failure, "no network");
    return LEAT_OK;
}

static leat_dstream *source(leat_streaming_context *ssc, const char *topic)
{
    return leat_kafka_direct_stream(ssc, topic,
                                    &(leat_kafka_source){.brokers = "memory", .topics = topic});
}

static leat_status create(leat_streaming_context *ssc, void *user)
{
    leat_dstream *stream = source(ssc, "left");

    leat_streaming_context_add_listener(ssc, &all, heard);
    leat_save_to_kafka(leat_union(stream, source(ssc, "right")), NULL, "out");
    leat_foreach_rdd(stream, maybe_fail, user);
    leat_save_to_kafka(stream, NULL, "copy");
    return leat_ok(ssc);
}

static leat_test *start(leat_create_fn fn)
{
    leat_conf *conf = leat_conf_create(NULL, NULL);

    leat_conf_set(conf, "leat.log.level", "error");
    running = leat_test_create(conf, LEAT_SECONDS(1), fn, NULL, &err);
    if (running == NULL)
        fprintf(stderr, "%s\n", err.message);
    CHECK(running != NULL);
    return running;
}

static void push(leat_test *test, const char *topic, int32_t partition)
{
    CHECK_OK(leat_test_push(test, topic, partition, leat_string("k"), leat_string("v")));
}

#define SUBMITTED                        \
    "streaming at 0\n"                   \
    "submitted 1 at 1000: 4 records\n"   \
    "  0 left 3 left/0 0-2 left/1 0-1\n" \
    "  1 right 1 right/0 0-1\n"          \
    "started at 1000, 0 late\n"          \
    "begin 0 save_to_kafka at 1000\n"    \
    "begin 2 save_to_kafka at 1000\n"    \
    "begin 1 foreach_rdd at 1000\n"

static leat_test *push_four(void)
{
    leat_test *test = start(create);

    push(test, "left", 0);
    push(test, "left", 0);
    push(test, "left", 1);
    push(test, "right", 0);
    return test;
}

static void a_batch_is_told_from_its_plan_to_its_publication(void)
{
    leat_test *test = push_four();

    CHECK_OK(leat_test_run_batch(test, &err));
    heard_is(SUBMITTED "end 0 save_to_kafka at 1000\n"
                       "end 1 foreach_rdd at 1000\n"
                       "end 2 save_to_kafka at 1000\n"
                       "completed 1 of 3: well\n");
    CHECK_OK(leat_test_run_batch(test, &err)); /* Batches without records are told, too. */
    CHECK(strstr(heard, "submitted 2 at 2000: 0 records\n  0 left 0") == heard);
    heard[0] = '\0';
    leat_test_destroy(test);
}

static void what_is_tried_again_is_told_once(void)
{
    leat_test *test = push_four();

    failures_left = 2;
    CHECK_OK(leat_test_run_batch(test, &err));
    heard_is(SUBMITTED "end 0 save_to_kafka at 1000\n"
                       "end 1 foreach_rdd at 1000\n"
                       "end 2 save_to_kafka at 1000\n"
                       "completed 1 of 3: well\n");
    leat_test_destroy(test);
}

static void a_batch_that_fails_is_told_with_its_reason(void)
{
    leat_test *test = push_four();

    failures_left = 100;
    CHECK(leat_test_run_batch(test, &err) == LEAT_UNAVAILABLE);
    CHECK(failures_left == 96);
    heard_is(SUBMITTED "end 0 save_to_kafka at 1000 failed\n"
                       "end 1 foreach_rdd at 1000 failed\n"
                       "end 2 save_to_kafka at 1000 failed\n"
                       "completed 1 of 3: no network\n");
    failures_left = 0;
    leat_test_destroy(test);
}

static leat_conf *with_checkpoint(const char *directory)
{
    leat_conf *conf = leat_conf_create(NULL, NULL);

    leat_conf_set(conf, "leat.log.level", "error");
    leat_conf_set(conf, "leat.checkpoint.directory", directory);
    return conf;
}

/* The clock is at 1000 when the second start finds what the first one left. */
static void a_batch_that_a_start_runs_again_is_told_as_such(void)
{
    char directory[PATH_MAX];

    scratch_make(directory);
    running = leat_test_create(with_checkpoint(directory), LEAT_SECONDS(1), create, NULL, &err);
    CHECK(running != NULL);
    push(running, "left", 0);
    failures_left = 100;
    CHECK(leat_test_run_batch(running, &err) == LEAT_UNAVAILABLE);
    failures_left = 0;
    push(running, "left", 0); /* Not of the batch. */
    heard[0] = '\0';
    CHECK_OK(leat_test_restart(running, with_checkpoint(directory), &err));
    CHECK_OK(leat_test_run_batch(running, &err));
    heard_is("streaming at 1000\n"
             "submitted 1 at 1000: 1 records, again\n"
             "  0 left 1 left/0 0-1\n"
             "  1 right 0 right/0 0-0\n"
             "started at 2000, 1000 late\n"
             "begin 0 save_to_kafka at 2000\n"
             "begin 2 save_to_kafka at 2000\n"
             "begin 1 foreach_rdd at 2000\n"
             "end 0 save_to_kafka at 2000\n"
             "end 1 foreach_rdd at 2000\n"
             "end 2 save_to_kafka at 2000\n"
             "completed 1 of 3: well\n");
    leat_test_destroy(running);
    scratch_remove(directory);
}

/* ---- what a callback may do ---- */

static void ask_to_stop(const leat_batch_info *batch, void *user)
{
    (void)batch;
    leat_streaming_context_stop(user, true);
}

static void hear_first(const leat_batch_info *batch, void *user)
{
    (void)batch;
    (void)user;
    hear("first ");
}

static void hear_second(const leat_batch_info *batch, void *user)
{
    (void)batch;
    (void)user;
    hear("second ");
}

static leat_status create_three(leat_streaming_context *ssc, void *user)
{
    (void)user;
    leat_save_to_kafka(source(ssc, "left"), NULL, "out");
    leat_streaming_context_add_listener(ssc, &(leat_listener){.batch_completed = hear_first}, NULL);
    leat_streaming_context_add_listener(ssc, &(leat_listener){.batch_completed = hear_second},
                                        NULL);
    leat_streaming_context_add_listener(ssc, &(leat_listener){.batch_completed = ask_to_stop}, ssc);
    return leat_ok(ssc);
}

static void several_listeners_are_told_in_order_and_may_stop_the_job(void)
{
    leat_test *test = start(create_three);

    push(test, "left", 0);
    CHECK_OK(leat_test_run_batch(test, &err));
    heard_is("first second ");
    CHECK(leat_test_output(test, "out", 0) != NULL);
    leat_test_destroy(test);
}

static leat_status create_nothing(leat_streaming_context *ssc, void *user)
{
    (void)user;
    leat_streaming_context_add_listener(ssc, NULL, NULL);
    return leat_ok(ssc);
}

static void a_listener_without_callbacks_is_a_mistake(void)
{
    CHECK(leat_test_create(leat_conf_create(NULL, NULL), LEAT_SECONDS(1), create_nothing, NULL,
                           &err) == NULL);
    CHECK(strcmp(err.message, "add_listener has no callbacks") == 0);
}

static const struct check_case cases[] = {
    CHECK_CASE(a_batch_is_told_from_its_plan_to_its_publication),
    CHECK_CASE(what_is_tried_again_is_told_once),
    CHECK_CASE(a_batch_that_fails_is_told_with_its_reason),
    CHECK_CASE(a_batch_that_a_start_runs_again_is_told_as_such),
    CHECK_CASE(several_listeners_are_told_in_order_and_may_stop_the_job),
    CHECK_CASE(a_listener_without_callbacks_is_a_mistake),
};

CHECK_MAIN(cases)
