/* memory_test: a whole job by leat_test_*, in which one allocation after the other fails: it ends
 * with an error, or goes on, and nothing is half done. */
#include "base/memory.h"
#include "leat/leat.h"
#include "leat/test.h"
#include "tests/support/scratch.h"

enum { RECORDS = 12 };

static leat_error err;
static char home[PATH_MAX];

static leat_status exclaim(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)user;
    return leat_emit(out, in->key, leat_task_format(task, "%.*s!", LEAT_ARG(in->value)));
}

static leat_status pass_on(leat_task *task, leat_iterator *in, leat_emitter *out, void *user)
{
    const leat_record *record;

    (void)task, (void)user;
    while ((record = leat_iterator_next(in)) != NULL)
        LEAT_TRY(leat_emit(out, record->key, record->value));
    return LEAT_OK;
}

static leat_status send(leat_task *task, leat_iterator *partition, void *user)
{
    const leat_record *record;

    (void)user;
    while ((record = leat_iterator_next(partition)) != NULL)
        LEAT_TRY(leat_produce(leat_task_producer(task, NULL), "sent", record->key, record->value));
    return LEAT_OK;
}

static leat_status look_and_send(leat_rdd *rdd, void *user)
{
    const leat_record *first;
    uint64_t count;
    size_t taken;

    (void)user;
    LEAT_TRY(leat_rdd_count(rdd, &count));
    LEAT_TRY(leat_rdd_take(rdd, 2, &first, &taken));
    return leat_rdd_foreach_partition(rdd, send, NULL);
}

static leat_rdd *exclaim_again(leat_rdd *rdd, void *user)
{
    (void)user;
    return leat_rdd_map(rdd, exclaim, NULL);
}

static leat_status load(void **out_value, void *user, leat_error *reason)
{
    (void)user, (void)reason;
    *out_value = home;
    return LEAT_OK;
}

static leat_status create(leat_streaming_context *ssc, void *user)
{
    static const char *const parameters[] = {"fetch.wait.max.ms", "9", NULL};
    leat_dstream *in =
        leat_kafka_direct_stream(ssc, "in",
                                 &(leat_kafka_source){.brokers = "memory",
                                                      .topics = "a,b",
                                                      .auto_offset_reset = "earliest",
                                                      .parameters = parameters});
    leat_dstream *mapped = leat_map_partitions(leat_map(in, exclaim, NULL), pass_on, NULL);
    leat_dstream *lines =
        leat_typed(leat_transform(mapped, exclaim_again, NULL), LEAT_STRING, LEAT_STRING);

    leat_broadcast_create(ssc, "words", load, NULL, NULL, NULL);
    leat_accumulator_create(ssc, "sum");
    leat_save_to_kafka(leat_union(lines, lines), NULL, "saved");
    leat_save_as_text_files(lines, user, "txt");
    leat_foreach_rdd(lines, look_and_send, NULL);
    return leat_ok(ssc);
}

static size_t count_of(leat_test *test, const char *topic)
{
    size_t count = 0;

    while (leat_test_output(test, topic, count) != NULL)
        count++;
    return count;
}

static leat_status push_and_run(leat_test *test)
{
    for (int i = 0; i < RECORDS; i++)
        LEAT_TRY(leat_test_push(test, i % 2 == 0 ? "a" : "b", i % 3, leat_string("k"),
                                leat_string("v")));
    LEAT_TRY(leat_test_run_batch(test, &err));
    return leat_test_run_batch(test, &err);
}

static leat_conf *configure(const char *checkpoint)
{
    leat_conf *conf = leat_conf_create(NULL, NULL);

    leat_conf_set(conf, "leat.checkpoint.directory", checkpoint);
    leat_conf_set(conf, "leat.log.level", "error");
    leat_conf_set(conf, "leat.kafka.param.client.id", "test");
    return conf;
}

/* One run in a directory of its own; true when the allocation that was to fail did. */
static bool run_until(long successes)
{
    char checkpoint[PATH_MAX], prefix[PATH_MAX];
    leat_status status;
    leat_test *test;
    bool failed;

    scratch_make(home);
    scratch_path(checkpoint, home, "checkpoint");
    scratch_path(prefix, home, "text");
    err = (leat_error){LEAT_OK, ""};
    leat_memory_fail_after(successes);
    test = leat_test_create(configure(checkpoint), 1000, create, prefix, &err);
    status = test == NULL ? err.status : push_and_run(test);
    failed = !leat_memory_is_failing();
    leat_memory_fail_after(-1);
    if (status != LEAT_OK && status != LEAT_NO_MEMORY && status != LEAT_LIMIT)
        fprintf(stderr, "allocation %ld: status %d: %s\n", successes, (int)status, err.message);
    CHECK(status == LEAT_OK || status == LEAT_NO_MEMORY || status == LEAT_LIMIT);
    CHECK(test != NULL || status != LEAT_OK);
    CHECK(failed || status == LEAT_OK);
    if (test != NULL) { /* All of the batch, or nothing. */
        size_t saved = count_of(test, "saved"), sent = count_of(test, "sent");

        CHECK((saved == 0 && sent == 0) || (saved == 2 * RECORDS && sent == RECORDS));
        CHECK(saved > 0 || status != LEAT_OK);
    }
    leat_test_destroy(test);
    scratch_remove(home);
    return failed;
}

static void whichever_allocation_fails_nothing_is_half_done(void)
{
    long allocations = 0;

    while (run_until(allocations))
        allocations++;
    fprintf(stderr, "%ld allocations\n", allocations);
    CHECK(allocations > 200);
}

static const struct check_case cases[] = {
    CHECK_CASE(whichever_allocation_fails_nothing_is_half_done),
};

CHECK_MAIN(cases)
