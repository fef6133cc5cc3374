/* arguments_test: what the configuration takes from a command line, and what it leaves. */
#include "tests/support/conf.h"

static void leats_options_are_taken_and_the_jobs_are_left(void)
{
    struct command_line line;
    leat_conf *conf = conf_of(&line, "job --topic in --conf leat.batch.interval=5s --adopt "
                                     "--brokers=a:1 --positions ledger --assume=aborted");
    struct leat_settings settings;

    CHECK(line.argc == 4);
    CHECK(strcmp(line.argv[0], "job") == 0 && strcmp(line.argv[1], "--topic") == 0);
    CHECK(strcmp(line.argv[2], "in") == 0 && strcmp(line.argv[3], "--brokers=a:1") == 0);
    CHECK(line.argv[4] == NULL);
    settings = settings_of(conf);
    CHECK(settings.batch_interval_ms == 5000 && settings.adopt);
    CHECK(settings.positions == LEAT_POSITIONS_LEDGER && settings.assume == LEAT_ASSUME_ABORTED);
    CHECK(strcmp(leat_conf_argument(conf, "topic", "none"), "in") == 0);
    CHECK(strcmp(leat_conf_argument(conf, "brokers", "none"), "a:1") == 0);
    CHECK(strcmp(leat_conf_argument(conf, "group", "none"), "none") == 0);
    CHECK(leat_conf_argument(conf, "checkpoint", NULL) == NULL);
    CHECK_OK(leat_conf_check_arguments(conf, NULL));
    leat_conf_destroy(conf);
}

static void two_dashes_end_leats_options(void)
{
    struct command_line line;
    leat_conf *conf = conf_of(&line, "job --topic in -- --conf leat.nosuch=1");

    CHECK(line.argc == 5 && strcmp(line.argv[3], "--conf") == 0);
    settings_of(conf);
    leat_conf_destroy(conf);
}

static void the_last_of_several_counts(void)
{
    struct command_line line;
    leat_conf *conf = conf_of(&line, "job --topic a --conf leat.local.cores=1 --topic=b "
                                     "--conf leat.local.cores=2");

    CHECK(settings_of(conf).cores == 2);
    CHECK(strcmp(leat_conf_argument(conf, "topic", NULL), "b") == 0);
    CHECK_OK(leat_conf_check_arguments(conf, NULL));
    leat_conf_destroy(conf);
}

static void a_value_with_dashes_is_written_with_an_equals_sign(void)
{
    struct command_line line;
    leat_conf *conf = conf_of(&line, "job --topic=--odd --n -5 --empty=");

    CHECK(strcmp(leat_conf_argument(conf, "topic", NULL), "--odd") == 0);
    CHECK(leat_conf_argument_i64(conf, "n", 0) == -5);
    CHECK(strcmp(leat_conf_argument(conf, "empty", "x"), "") == 0);
    CHECK_OK(leat_conf_check_arguments(conf, NULL));
    leat_conf_destroy(conf);
}

static void an_argument_without_its_value_is_a_usage_error(void)
{
    static const char *const lines[] = {"job --topic", "job --topic --group g"};

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct command_line line;
        leat_conf *conf = conf_of(&line, lines[i]);

        CHECK(strcmp(leat_conf_argument(conf, "topic", "in"), "in") == 0);
        CHECK(is_refused(conf, true, "--topic needs a value"));
    }
}

static void an_argument_that_nobody_asked_for_is_named_with_those_that_were(void)
{
    struct command_line line;
    leat_conf *conf = conf_of(&line, "job --topic in --pasword=hunter2");
    leat_error err = {.status = LEAT_OK};

    leat_conf_argument(conf, "topic", NULL);
    leat_conf_argument(conf, "group", NULL);
    leat_conf_argument(conf, "topic", NULL);
    CHECK(leat_conf_check_arguments(conf, &err) == LEAT_INVALID);
    CHECK(strstr(err.message, "there is no argument '--pasword'") != NULL);
    CHECK(strstr(err.message, "the job takes --topic --group,") != NULL);
    CHECK(strstr(err.message, "hunter2") == NULL);
    CHECK(leat_conf_is_usage_error(conf));
    leat_conf_destroy(conf);
}

static void a_job_without_arguments_says_so(void)
{
    struct command_line line;
    leat_conf *conf = conf_of(&line, "job word");
    leat_error err = {.status = LEAT_OK};

    CHECK(leat_conf_check_arguments(conf, &err) == LEAT_INVALID);
    CHECK(strstr(err.message, "'word'; the job takes none of its own,") != NULL);
    leat_conf_destroy(conf);
}

static void an_option_of_spark_submit_is_led_to_its_key(void)
{
    struct command_line line;
    leat_conf *conf = conf_of(&line, "job --num-executors 4");
    leat_error err = {.status = LEAT_OK};

    CHECK(leat_conf_check_arguments(conf, &err) == LEAT_INVALID);
    CHECK(strstr(err.message, "write --conf spark.executor.instances=V") != NULL);
    leat_conf_destroy(conf);
}

static void a_number_is_a_whole_number(void)
{
    static const char *const wrong[] = {"job --n=1s", "job --n=", "job --n=1.5",
                                        "job --n=99999999999999999999"};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct command_line line;
        leat_conf *conf = conf_of(&line, wrong[i]);

        CHECK(leat_conf_argument_i64(conf, "n", 7) == 7);
        CHECK(is_refused(conf, true, "it takes a whole number"));
    }
}

static void a_job_cannot_have_leats_own_arguments(void)
{
    leat_conf *conf = empty_conf();

    leat_conf_argument(conf, "conf", NULL);
    CHECK(is_refused(conf, false, "the job cannot have an argument --conf"));
}

static void mistakes_in_leats_options_are_usage_errors(void)
{
    static const char *const wrong[][2] = {
        {"job --conf", "--conf needs a value"},
        {"job --conf --adopt", "--conf needs a value"},
        {"job --conf leat.batch.interval", "must be KEY=VALUE"},
        {"job --conf =1s", "must be KEY=VALUE"},
        {"job --conf leat.batch.intervall=1s", "did you mean 'leat.batch.interval'?"},
        {"job --conf leat.batch.interval=soon", "leat.batch.interval is 'soon' (--conf)"},
        {"job --conf spark.master=near", "spark.master is 'near' (--conf)"},
        {"job --conf spark.streaming.concurrentJobs=2", "it takes only 1"},
        {"job --positions both", "(--positions); it takes ask, ledger or group"},
        {"job --properties-file /nonexistent/job.conf", "'/nonexistent/job.conf': No such file"},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct command_line line;

        CHECK(is_refused(conf_of(&line, wrong[i][0]), true, wrong[i][1]));
    }
}

static void no_words_at_all_are_no_arguments(void)
{
    char *argv[] = {NULL};
    int argc = 0;
    leat_conf *conf = leat_conf_create(&argc, argv);

    CHECK(argc == 0);
    CHECK(leat_conf_argument(conf, "topic", NULL) == NULL);
    CHECK_OK(leat_conf_check_arguments(conf, NULL));
    leat_conf_destroy(conf);
}

static const struct check_case cases[] = {
    CHECK_CASE(leats_options_are_taken_and_the_jobs_are_left),
    CHECK_CASE(two_dashes_end_leats_options),
    CHECK_CASE(the_last_of_several_counts),
    CHECK_CASE(a_value_with_dashes_is_written_with_an_equals_sign),
    CHECK_CASE(an_argument_without_its_value_is_a_usage_error),
    CHECK_CASE(an_argument_that_nobody_asked_for_is_named_with_those_that_were),
    CHECK_CASE(a_job_without_arguments_says_so),
    CHECK_CASE(an_option_of_spark_submit_is_led_to_its_key),
    CHECK_CASE(a_number_is_a_whole_number),
    CHECK_CASE(a_job_cannot_have_leats_own_arguments),
    CHECK_CASE(mistakes_in_leats_options_are_usage_errors),
    CHECK_CASE(no_words_at_all_are_no_arguments),
};

CHECK_MAIN(cases)
