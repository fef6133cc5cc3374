/* stopped_pass_test: what counts of a pass that had enough before its input ended, and of a pass
 * that read less than the one before. */
#include "base/memory.h"
#include "tests/support/scripted_batch.h"

enum { CHUNK = 4, RECORDS = 10 };

static const char *const ten[] = {"0", "1", "2", "bad", "4", "5", "6", "7", "8", "9", NULL};
static leat_error err;

static leat_status count(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    leat_accumulator_add(user, task, 1);
    if (leat_bytes_equal(in->value, leat_string("bad")))
        return LEAT_BAD_RECORD;
    return leat_emit(out, in->key, in->value);
}

/* Chunks of four: a pass that has enough stops within the input. */
static void begin(struct scripted *job)
{
    struct leat_executor_options options = {.threads = 1,
                                            .task_failures_max = 1,
                                            .skip_bad_records = true,
                                            .memory_limit_bytes = 64U << 20,
                                            .chunk_records = CHUNK};

    scripted_create(job, LEAT_BYTES, LEAT_STRING);
    leat_executor_destroy(job->executor);
    CHECK_OK(leat_executor_create(&options, &job->executor, NULL));
}

static leat_status take_one(leat_rdd *rdd, void *user)
{
    bool empty = true;

    (void)user;
    CHECK_OK(leat_rdd_is_empty(rdd, &empty));
    CHECK(!empty);
    return LEAT_OK;
}

static leat_status drain(leat_task *task, leat_iterator *in, void *user)
{
    (void)task;
    (void)user;
    while (leat_iterator_next(in) != NULL)
        ;
    return LEAT_OK;
}

static leat_status read_all_then_one(leat_rdd *rdd, void *user)
{
    CHECK_OK(leat_rdd_foreach_partition(rdd, drain, user));
    return take_one(rdd, user);
}

static leat_status read_all(leat_rdd *rdd, void *user)
{
    return leat_rdd_foreach_partition(rdd, drain, user);
}

static struct leat_batch_result run(struct scripted *job)
{
    struct leat_batch_options options = {.time = 1000};
    struct leat_batch_result result;

    CHECK_OK(scripted_run(job, options, &err));
    leat_batch_result(job->batch, &result);
    leat_batch_publish_accumulators(job->batch);
    return result;
}

static void a_stopped_pass_counts_what_it_did(void)
{
    struct scripted job = {.lines = {ten}, .partitions = 1};
    leat_accumulator *seen;
    struct leat_batch_result result;

    begin(&job);
    seen = leat_accumulator_create(job.ssc, "seen");
    leat_foreach_rdd(leat_map(job.stream, count, seen), take_one, NULL);
    result = run(&job);
    CHECK(result.input_records == RECORDS);
    CHECK(result.skipped_records == 1);
    CHECK(leat_accumulator_value(seen) == CHUNK);
    scripted_destroy(&job);
}

static void a_whole_pass_counts_its_bad_records_for_a_stopped_one_too(void)
{
    struct scripted job = {.lines = {ten}, .partitions = 1};
    leat_accumulator *seen;
    struct leat_batch_result result;

    begin(&job);
    seen = leat_accumulator_create(job.ssc, "seen");
    leat_foreach_rdd(leat_map(job.stream, count, seen), read_all_then_one, NULL);
    result = run(&job);
    CHECK(result.input_records == RECORDS);
    CHECK(result.skipped_records == 1);
    CHECK(leat_accumulator_value(seen) == RECORDS + CHUNK);
    scripted_destroy(&job);
}

static void the_last_record_is_the_last_of_all_passes(void)
{
    struct scripted job = {.lines = {ten}, .partitions = 1};

    begin(&job);
    leat_foreach_rdd(job.stream, read_all_then_one, NULL);
    (void)run(&job);
    CHECK(job.ranges[0].last_offset == RECORDS - 1);
    scripted_destroy(&job);
}

static void no_memory_loses_no_count(void)
{
    struct scripted job = {.lines = {ten}, .partitions = 1};
    struct leat_batch_options options = {.time = 1000};
    leat_accumulator *seen;
    leat_status status = LEAT_NO_MEMORY;

    begin(&job);
    seen = leat_accumulator_create(job.ssc, "seen");
    leat_foreach_rdd(leat_map(job.stream, count, seen), read_all, NULL);
    for (long n = 0; status != LEAT_OK; n++) {
        CHECK(n < 200);
        leat_memory_fail_after(n);
        status = scripted_run(&job, options, &err);
        leat_memory_fail_after(-1);
    }
    leat_batch_publish_accumulators(job.batch);
    CHECK(leat_accumulator_value(seen) == RECORDS);
    scripted_destroy(&job);
}

static const struct check_case cases[] = {
    CHECK_CASE(a_stopped_pass_counts_what_it_did),
    CHECK_CASE(a_whole_pass_counts_its_bad_records_for_a_stopped_one_too),
    CHECK_CASE(the_last_record_is_the_last_of_all_passes),
    CHECK_CASE(no_memory_loses_no_count),
};

CHECK_MAIN(cases)
