/* files_test: file output by leat_test, from the settings to the published directories, over
 * batches and restarts. */
#include <unistd.h>

#include "leat/leat.h"
#include "leat/test.h"
#include "tests/support/run_batch.h"
#include "tests/support/watched_files.h"

static const char *home;
static leat_error err;

/* The setting that each test adds, "" for none. */
static const char *setting, *value;

static void add_output_operations(leat_dstream *stream)
{
    leat_save_as_text_files(stream, "out/text", "txt");
    leat_save_as_hadoop_files(stream, "out/pairs", NULL);
    leat_save_as_object_files(stream, "out/values", NULL);
}

/* "out/day-<ms>" for each batch that has records. */
static leat_status save_day(leat_rdd *rdd, void *user)
{
    char path[64];
    bool is_empty;

    (void)user;
    LEAT_TRY(leat_rdd_is_empty(rdd, &is_empty));
    if (is_empty)
        return LEAT_OK;
    snprintf(path, sizeof path, "days/day-%d", (int)leat_rdd_time(rdd));
    return leat_rdd_save_as_text_file(rdd, path);
}

static leat_status save_and_fail(leat_rdd *rdd, void *user)
{
    LEAT_TRY(save_day(rdd, user));
    return leat_rdd_fail(rdd, LEAT_INVALID, "no");
}

static leat_status create(leat_streaming_context *ssc, void *user)
{
    leat_dstream *stream =
        leat_typed(leat_kafka_direct_stream(
                       ssc, "records", &(leat_kafka_source){.brokers = "memory", .topics = "in"}),
                   LEAT_STRING, LEAT_STRING);

    if (strcmp(user, "saves") == 0)
        leat_foreach_rdd(stream, save_day, NULL);
    else if (strcmp(user, "fails") == 0)
        leat_foreach_rdd(stream, save_and_fail, NULL);
    else
        add_output_operations(stream);
    return leat_ok(ssc);
}

static leat_test *start(const char *kind)
{
    leat_conf *conf = leat_conf_create(NULL, NULL);

    leat_conf_set(conf, "leat.log.level", "error");
    if (strcmp(setting, "leat.checkpoint.directory") != 0)
        leat_conf_set(conf, "leat.checkpoint.directory", "checkpoint");
    if (setting[0] != '\0' && value[0] != '\0')
        leat_conf_set(conf, setting, value);
    return leat_test_create(conf, LEAT_SECONDS(1), create, (void *)(uintptr_t)kind, &err);
}

static void set_up(const char *name, const char *text)
{
    home = scratch_directory();
    setting = name;
    value = text;
}

static void push(leat_test *test, const char *key, const char *text)
{
    CHECK_OK(leat_test_push(test, "in", 0, leat_string(key), leat_string(text)));
}

static void every_format_is_published_with_its_batch(void)
{
    leat_test *test;

    set_up("", "");
    test = start("operations");
    CHECK(test != NULL);
    push(test, "k", "v");
    run_batch(test);
    run_batch(test); /* Nothing to read: nothing to write. */
    CHECK(entries_in("out") == 3);
    CHECK(file_is("out/text-1000.txt/part-00000", "k\tv\n"));
    CHECK(entries_in("out/pairs-1000") == 2 && is_there("out/pairs-1000/part-00000"));
    CHECK(entries_in("out/values-1000") == 2 && is_there("out/values-1000/_SUCCESS"));
    push(test, "k", "w");
    run_batch(test);
    CHECK(file_is("out/text-3000.txt/part-00000", "k\tw\n") && is_there("out/values-3000"));
    leat_test_destroy(test);
    CHECK(entries_in("out") == 6); /* And no staging. */
    remove_scratch(home);
}

static void settings_reach_the_files(void)
{
    leat_test *test;

    set_up("leat.files.compression", "gzip");
    test = start("operations");
    CHECK(test != NULL);
    push(test, "k", "v");
    run_batch(test);
    CHECK(system("test \"$(gzip -dc out/text-1000.txt/part-00000.gz)\" = \"$(printf 'k\\tv')\"") ==
          0);
    CHECK(system("grep -q GzipCodec out/pairs-1000/part-00000") == 0);
    leat_test_destroy(test);
    remove_scratch(home);
    set_up("leat.files.part.records.max", "1");
    test = start("operations");
    CHECK(test != NULL);
    push(test, "k", "v");
    push(test, "k", "w");
    run_batch(test);
    CHECK(file_is("out/text-1000.txt/part-00000-00001", "k\tw\n"));
    leat_test_destroy(test);
    remove_scratch(home);
}

static void a_function_s_saves_are_published_with_their_batch(void)
{
    leat_test *test;

    set_up("", "");
    test = start("saves");
    CHECK(test != NULL);
    push(test, "k", "v");
    run_batch(test);
    run_batch(test);
    push(test, "k", "w");
    run_batch(test);
    CHECK(entries_in("days") == 2); /* Nothing of the staging stays where nobody would look. */
    CHECK(file_is("days/day-1000/part-00000", "k\tv\n"));
    CHECK(file_is("days/day-3000/part-00000", "k\tw\n") && entries_in("days/day-3000") == 2);
    leat_test_destroy(test);
    remove_scratch(home);
}

/* What cannot be taken back is refused before the batch is committed, and the job stops. */
static void a_directory_in_the_way_stops_the_job_before_its_commit(void)
{
    leat_test *test;

    set_up("", "");
    CHECK(mkdir("days", 0755) == 0 && mkdir("days/day-1000", 0755) == 0);
    test = start("saves");
    CHECK(test != NULL);
    push(test, "k", "v");
    CHECK(leat_test_run_batch(test, &err) == LEAT_INVALID);
    CHECK(strstr(err.message, "save_as_text_file at ") != NULL);
    CHECK(strstr(err.message, "days/day-1000' is in the way") != NULL);
    CHECK(entries_in("days") == 1 && entries_in("days/day-1000") == 0);
    leat_test_destroy(test);
    remove_scratch(home);
    set_up("leat.task.maxFailures", "1");
    test = start("fails");
    CHECK(test != NULL);
    push(test, "k", "v");
    CHECK(leat_test_run_batch(test, &err) == LEAT_INVALID);
    CHECK(entries_in("days") == 0); /* It was staged there. */
    leat_test_destroy(test);
    remove_scratch(home);
}

static void without_a_checkpoint_a_save_is_refused_when_it_is_called(void)
{
    leat_test *test;

    set_up("leat.checkpoint.directory", "");
    test = start("saves");
    CHECK(test != NULL); /* Nobody can know what the function will do. */
    run_batch(test);
    push(test, "k", "v");
    CHECK(leat_test_run_batch(test, &err) == LEAT_INVALID);
    CHECK(strstr(err.message, "save_as_text_file at ") != NULL);
    CHECK(strstr(err.message, "set leat.checkpoint.directory") != NULL && !is_there("days"));
    leat_test_destroy(test);
    remove_scratch(home);
}

static void at_least_once_saves_without_a_checkpoint(void)
{
    leat_conf *conf = leat_conf_create(NULL, NULL);
    leat_test *test;

    home = scratch_directory();
    leat_conf_set(conf, "leat.processing.guarantee", "at_least_once");
    test = leat_test_create(conf, LEAT_SECONDS(1), create, (void *)(uintptr_t) "saves", &err);
    CHECK(test != NULL);
    push(test, "k", "v");
    run_batch(test);
    CHECK(file_is("days/day-1000/part-00000", "k\tv\n"));
    leat_test_destroy(test);
    remove_scratch(home);
}

static const struct check_case cases[] = {
    CHECK_CASE(every_format_is_published_with_its_batch),
    CHECK_CASE(settings_reach_the_files),
    CHECK_CASE(a_function_s_saves_are_published_with_their_batch),
    CHECK_CASE(a_directory_in_the_way_stops_the_job_before_its_commit),
    CHECK_CASE(without_a_checkpoint_a_save_is_refused_when_it_is_called),
    CHECK_CASE(at_least_once_saves_without_a_checkpoint),
};

CHECK_MAIN(cases)
