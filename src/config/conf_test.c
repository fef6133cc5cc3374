/* conf_test: where a setting comes from, which mistake is told, and who may read a secret. */
#include <unistd.h>

#include "base/memory.h"
#include "config/key.h"
#include "tests/support/conf.h"

/* A properties file in the working directory, until unlink(path). */
static void write_file(char path[32], const char *text)
{
    int fd;

    snprintf(path, 32, "conf_test.XXXXXX");
    fd = mkstemp(path);
    CHECK(fd >= 0);
    CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static void each_source_goes_before_the_next(void)
{
    struct command_line line;
    char text[256];
    char path[32];
    leat_conf *conf;
    struct leat_settings settings;

    /* As many settings as sources: each is missing from one source more than the one before. */
    write_file(path, "leat.batch.interval=1s\nleat.task.maxFailures=11\nleat.state.slots=21\n"
                     "leat.bad.records.logged=31\n");
    setenv("LEAT_BATCH_INTERVAL", "3s", 1);
    setenv("LEAT_TASK_MAX_FAILURES", "13", 1);
    snprintf(text, sizeof text, "job --conf leat.batch.interval=4s --properties-file %s", path);
    conf = conf_of(&line, text);
    leat_conf_set(conf, "leat.batch.interval", "2s");
    leat_conf_set(conf, "leat.task.maxFailures", "12");
    leat_conf_set(conf, "leat.state.slots", "22");
    settings = settings_of(conf);
    CHECK(settings.batch_interval_ms == 4000);
    CHECK(settings.task_failures_max == 13);
    CHECK(settings.slots == 22);
    CHECK(settings.bad_records_logged == 31);
    CHECK(settings.batch_records_max == 1000000);
    unsetenv("LEAT_BATCH_INTERVAL");
    unsetenv("LEAT_TASK_MAX_FAILURES");
    unlink(path);
    leat_conf_destroy(conf);
}

static void sparks_name_is_the_same_setting(void)
{
    leat_conf *conf = empty_conf();

    leat_conf_set(conf, "leat.task.maxFailures", "5");
    leat_conf_set(conf, "spark.task.maxFailures", "6");
    CHECK(settings_of(conf).task_failures_max == 6);
    CHECK(strcmp(leat_conf_get(conf, "leat.task.maxFailures"), "6") == 0);
    CHECK(strcmp(leat_conf_get(conf, "spark.task.maxFailures"), "6") == 0);
    leat_conf_set(conf, "leat.task.maxFailures", "7");
    CHECK(settings_of(conf).task_failures_max == 7);
    leat_conf_destroy(conf);
}

static void every_name_is_found_and_there_once(void)
{
    const struct leat_idle_key *idle;

    for (size_t i = 0; i < LEAT_KEY_COUNT; i++) {
        CHECK(leat_key_find(leat_keys[i].name) == &leat_keys[i]);
        CHECK(leat_keys[i].spark[0] == '\0' || leat_key_find(leat_keys[i].spark) == &leat_keys[i]);
        idle = leat_idle_key_find(leat_keys[i].name);
        CHECK(idle == NULL || idle->name[strlen(idle->name) - 1] == '*'); /* Ours goes first. */
    }
    for (size_t i = 0; i < leat_idle_key_count; i++)
        CHECK(leat_key_find(leat_idle_keys[i].name) == NULL);
}

static void a_get_has_the_default_or_nothing(void)
{
    leat_conf *conf = empty_conf();

    CHECK(strcmp(leat_conf_get(conf, "leat.state.slots"), "64") == 0);
    CHECK(leat_conf_get(conf, "leat.batch.interval") == NULL);
    CHECK(leat_conf_get(conf, "leat.nosuch") == NULL);
    CHECK(leat_conf_get(conf, "spark.driver.memory") == NULL);
    leat_conf_set(conf, "spark.driver.memory", "2g");
    CHECK(strcmp(leat_conf_get(conf, "spark.driver.memory"), "2g") == 0);
    CHECK(leat_conf_get(conf, "spark.driver.cores") == NULL);
    leat_conf_destroy(conf);
}

static void an_unknown_key_names_the_nearest(void)
{
    static const char *const near[][2] = {
        {"leat.batch.intervall", "did you mean 'leat.batch.interval'?"},
        {"leat.batch.Interval", "did you mean 'leat.batch.interval'?"},
        {"leat.task.maxfailure", "did you mean 'leat.task.maxFailures'?"},
        {"spark.streaming.backpresure.enabled",
         "did you mean 'spark.streaming.backpressure.enabled'?"},
        {"spark.executor.memroy", "did you mean 'spark.executor.memory'?"},
        {"bananas", "there is no setting 'bananas' (set by the program); see leat config --list"},
        {"", "there is no setting ''"},
    };

    for (size_t i = 0; i < sizeof near / sizeof near[0]; i++)
        CHECK(is_refused_value(near[i][0], "1", near[i][1]));
}

static void the_first_mistake_stays(void)
{
    struct leat_settings settings;
    leat_error err = {.status = LEAT_OK};
    leat_conf *conf = empty_conf();

    leat_conf_set(conf, "leat.first", "1");
    leat_conf_set(conf, "leat.second", "2");
    leat_conf_set(conf, NULL, "3");
    leat_conf_argument(conf, "conf", NULL);
    for (int i = 0; i < 2; i++) {
        CHECK(leat_conf_resolve(conf, &settings, &err) == LEAT_INVALID);
        CHECK(strstr(err.message, "'leat.first'") != NULL);
    }
    CHECK(leat_conf_describe(conf, NULL, NULL) == NULL);
    CHECK(leat_conf_list(conf) != NULL);
    CHECK(is_refused(conf, false, "'leat.first'"));
}

static void a_mistake_found_late_stays_too(void)
{
    struct leat_settings settings;
    leat_conf *conf = empty_conf();

    leat_conf_set(conf, "leat.batch.interval", "soon");
    CHECK(leat_conf_resolve(conf, &settings, NULL) == LEAT_INVALID);
    leat_conf_set(conf, "leat.batch.interval", "1s");
    CHECK(is_refused(conf, false, "leat.batch.interval is 'soon' (set by the program)"));
}

static void a_failure_leaves_the_caller_untouched(void)
{
    struct leat_settings settings = {.batch_interval_ms = 42};
    leat_conf *conf = empty_conf();

    leat_conf_set(conf, "leat.task.maxFailures", "0");
    CHECK(leat_conf_resolve(conf, &settings, NULL) == LEAT_INVALID);
    CHECK(settings.batch_interval_ms == 42);
    leat_conf_destroy(conf);
}

static void a_variable_may_be_written_without_underscores(void)
{
    leat_conf *conf;

    setenv("LEAT_TASK_MAXFAILURES", "9", 1);
    setenv("LEAT_BATCH_INTERVAL", "", 1); /* As good as none. */
    setenv("LEAT_TEST_ANYTHING", "1", 1);
    setenv("LEATHER", "1", 1);
    conf = empty_conf();
    CHECK(settings_of(conf).task_failures_max == 9);
    leat_conf_destroy(conf);
    unsetenv("LEAT_TASK_MAXFAILURES");
    unsetenv("LEAT_BATCH_INTERVAL");
    unsetenv("LEAT_TEST_ANYTHING");
    unsetenv("LEATHER");
}

static void a_variable_with_a_mistake_is_named(void)
{
    setenv("LEAT_BATCH_INTERVALL", "1s", 1);
    CHECK(is_refused(empty_conf(), false, "did you mean LEAT_BATCH_INTERVAL?"));
    unsetenv("LEAT_BATCH_INTERVALL");
    setenv("LEAT_BATCH_INTERVAL", "-1s", 1);
    CHECK(is_refused(empty_conf(), false,
                     "leat.batch.interval is '-1s' (environment variable LEAT_BATCH_INTERVAL)"));
    unsetenv("LEAT_BATCH_INTERVAL");
}

static void a_secret_is_masked(void)
{
    leat_conf *conf = empty_conf();
    const char *text;

    leat_conf_set(conf, "spark.ssl.keyPassword", "hunter2");
    leat_conf_set(conf, "spark.hadoop.fs.s3a.secret.key", "hunter2");
    leat_conf_set(conf, "spark.hadoop.fs.s3a.access.key", "hunter2");
    text = leat_conf_describe(conf, NULL, NULL);
    CHECK(text != NULL && strstr(text, "hunter2") == NULL);
    CHECK(strstr(text, "spark.ssl.keyPassword = ********") != NULL);
    text = leat_conf_describe(conf, "spark.ssl.keyPassword", NULL);
    CHECK(text != NULL && strcmp(text, "********\n") == 0);
    leat_conf_destroy(conf);
}

static void a_description_says_where_a_value_comes_from(void)
{
    struct command_line line;
    leat_conf *conf = conf_of(&line, "job --conf spark.task.maxFailures=8");
    leat_error err = {.status = LEAT_OK};
    const char *text;

    leat_conf_set(conf, "leat.state.slots", "8");
    text = leat_conf_describe(conf, NULL, NULL);
    CHECK(strstr(text, "leat.task.maxFailures = 8  (spark.task.maxFailures, --conf)\n") != NULL);
    CHECK(strstr(text, "leat.state.slots = 8  (set by the program)\n") != NULL);
    CHECK(strstr(text, "leat.progress = auto  (default)\n") != NULL);
    CHECK(strstr(text, "leat.batch.interval is not set\n") != NULL);
    CHECK(leat_conf_describe(conf, "leat.state.slot", &err) == NULL);
    CHECK(strstr(err.message, "did you mean 'leat.state.slots'?") != NULL);
    leat_conf_destroy(conf);
}

static void the_list_and_the_guide_have_every_key(void)
{
    leat_conf *conf = empty_conf();
    const char *list = leat_conf_list(conf);
    struct leat_buffer guide = {0};

    CHECK(leat_conf_write_guide(&guide) && leat_buffer_append_char(&guide, '\0'));
    for (size_t i = 0; i < LEAT_KEY_COUNT; i++) {
        CHECK(strstr(list, leat_keys[i].name) != NULL);
        CHECK(strstr(guide.data, leat_keys[i].name) != NULL);
    }
    for (size_t i = 0; i < leat_idle_key_count; i++) {
        CHECK(strstr(list, leat_idle_keys[i].name) != NULL);
        CHECK(strstr(guide.data, leat_idle_keys[i].name) != NULL);
    }
    leat_buffer_release(&guide);
    leat_conf_destroy(conf);
}

static void no_configuration_is_accepted(void)
{
    struct leat_settings settings;

    leat_conf_set(NULL, "leat.state.slots", "8");
    CHECK(leat_conf_get(NULL, "leat.state.slots") == NULL);
    CHECK(strcmp(leat_conf_argument(NULL, "topic", "in"), "in") == 0);
    CHECK(leat_conf_argument_i64(NULL, "n", 3) == 3);
    CHECK(leat_conf_list(NULL) == NULL);
    CHECK(leat_conf_describe(NULL, NULL, NULL) == NULL);
    CHECK(leat_conf_resolve(NULL, &settings, NULL) == LEAT_NO_MEMORY);
    leat_conf_destroy(NULL);
}

/* Everything that allocates, once. The status of the first failure. */
static leat_status use_all(const char *path)
{
    struct command_line line;
    struct leat_settings settings;
    leat_error err = {.status = LEAT_OK};
    char text[256];
    leat_conf *conf;
    leat_status status;

    snprintf(text, sizeof text, "job --conf leat.batch.interval=4s --properties-file %s --topic t",
             path);
    conf = conf_of(&line, text);
    leat_conf_set(conf, "spark.driver.memory", "1g");
    leat_conf_set(conf, "leat.memory.limit", "64m");
    leat_conf_argument(conf, "topic", NULL);
    status = leat_conf_resolve(conf, &settings, &err);
    if (status == LEAT_OK)
        CHECK(settings.batch_interval_ms == 4000 && settings.memory_limit_bytes == 64 << 20);
    if (status == LEAT_OK && leat_conf_describe(conf, NULL, &err) == NULL)
        status = err.status;
    if (status == LEAT_OK && leat_conf_list(conf) == NULL)
        status = LEAT_NO_MEMORY;
    leat_conf_destroy(conf);
    return status;
}

static void no_memory_is_told_wherever_it_runs_out(void)
{
    char path[32];
    leat_status status = LEAT_NO_MEMORY;
    long failures = 0;

    write_file(path, "leat.app.name = a\\u00e9b\nspark.task.maxFailures \\\n 3\n");
    for (long after = 0; status != LEAT_OK; after++) {
        leat_memory_fail_after(after);
        status = use_all(path);
        leat_memory_fail_after(-1);
        CHECK(status == LEAT_OK || status == LEAT_NO_MEMORY);
        failures += status != LEAT_OK;
        CHECK(after < 10000);
    }
    CHECK(failures > 5);
    unlink(path);
}

static void no_memory_for_a_refusal_is_no_memory(void)
{
    leat_status status = LEAT_NO_MEMORY;

    for (long after = 0; status == LEAT_NO_MEMORY; after++) {
        struct leat_settings settings;
        leat_conf *conf;

        leat_memory_fail_after(after);
        conf = empty_conf();
        leat_conf_set(conf, "leat.batch.interval", "soon");
        status = leat_conf_resolve(conf, &settings, NULL);
        leat_memory_fail_after(-1);
        leat_conf_destroy(conf);
        CHECK(after < 10000);
    }
    CHECK(status == LEAT_INVALID);
}

static const struct check_case cases[] = {
    CHECK_CASE(each_source_goes_before_the_next),
    CHECK_CASE(sparks_name_is_the_same_setting),
    CHECK_CASE(every_name_is_found_and_there_once),
    CHECK_CASE(a_get_has_the_default_or_nothing),
    CHECK_CASE(an_unknown_key_names_the_nearest),
    CHECK_CASE(the_first_mistake_stays),
    CHECK_CASE(a_mistake_found_late_stays_too),
    CHECK_CASE(a_failure_leaves_the_caller_untouched),
    CHECK_CASE(a_variable_may_be_written_without_underscores),
    CHECK_CASE(a_variable_with_a_mistake_is_named),
    CHECK_CASE(a_secret_is_masked),
    CHECK_CASE(a_description_says_where_a_value_comes_from),
    CHECK_CASE(the_list_and_the_guide_have_every_key),
    CHECK_CASE(no_configuration_is_accepted),
    CHECK_CASE(no_memory_is_told_wherever_it_runs_out),
    CHECK_CASE(no_memory_for_a_refusal_is_no_memory),
};

CHECK_MAIN(cases)
