/* value_test: durations, sizes, numbers, words and their ranges. */
#include "config/value.h"

#include <locale.h>

#include "tests/support/conf.h"

static struct leat_settings with(const char *key, const char *value)
{
    leat_conf *conf = empty_conf();
    struct leat_settings settings;

    leat_conf_set(conf, key, value);
    settings = settings_of(conf);
    leat_conf_destroy(conf); /* No text is looked at after this. */
    return settings;
}

static bool is_interval(const char *text, int64_t expected_ms)
{
    return with("leat.batch.interval", text).batch_interval_ms == expected_ms;
}

static bool is_memory(const char *text, int64_t expected_bytes)
{
    return with("leat.memory.limit", text).memory_limit_bytes == expected_bytes;
}

static void durations_have_sparks_units(void)
{
    CHECK(is_interval("500", 500));
    CHECK(is_interval("500ms", 500));
    CHECK(is_interval("20s", 20000));
    CHECK(is_interval("15m", 900000));
    CHECK(is_interval("15min", 900000));
    CHECK(is_interval("2h", 7200000));
    CHECK(is_interval("1d", 86400000));
    CHECK(is_interval("20S", 20000));
    CHECK(is_interval(" 20s ", 20000));
}

static void durations_are_refused_when_they_are_not(void)
{
    static const char *const wrong[] = {"",     "s",    "1.5s", "20 s", "20x",
                                        "0x10", "1s2s", "ten",  "--1"};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CHECK(is_refused_value("leat.batch.interval", wrong[i], "it takes a duration such as"));
}

static void an_interval_is_zero_or_at_least_ten_milliseconds(void)
{
    static const char *const outside[] = {"-1",
                                          "-20s",
                                          "1ms",
                                          "9ms",
                                          "25h",
                                          "86400001",
                                          "99999999999999999999d",
                                          "-9999999999999999d"};

    CHECK(is_interval("0", 0));
    CHECK(is_interval("0s", 0));
    CHECK(is_interval("10ms", 10));
    CHECK(is_interval("24h", 86400000));
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++)
        CHECK(is_refused_value("leat.batch.interval", outside[i], "0 or from 10ms to 24h"));
}

static void sizes_have_sparks_units(void)
{
    CHECK(is_memory("67108864", 67108864));
    CHECK(is_memory("67108864b", 67108864));
    CHECK(is_memory("65536k", 67108864));
    CHECK(is_memory("65536kb", 67108864));
    CHECK(is_memory("64m", 67108864));
    CHECK(is_memory("64MB", 67108864));
    CHECK(is_memory("1g", 1073741824));
    CHECK(is_memory("2T", 2199023255552));
}

static void sizes_are_refused_with_what_they_take(void)
{
    CHECK(is_refused_value("leat.memory.limit", "1.5g", "it takes a size such as"));
    CHECK(is_refused_value("leat.memory.limit", "64mib", "it takes a size such as"));
    CHECK(is_refused_value("leat.memory.limit", "31m", "from 32m to 64t"));
    CHECK(is_refused_value("leat.memory.limit", "1", "from 32m to 64t"));
    CHECK(is_refused_value("leat.memory.limit", "9999999999p", "from 32m to 64t"));
    CHECK(is_refused_value("leat.memory.limit", "-64m", "from 32m to 64t"));
}

static void whole_numbers_stop_at_their_limits(void)
{
    CHECK(with("leat.task.maxFailures", "1").task_failures_max == 1);
    CHECK(with("leat.task.maxFailures", "100").task_failures_max == 100);
    CHECK(is_refused_value("leat.task.maxFailures", "0", "from 1 to 100"));
    CHECK(is_refused_value("leat.task.maxFailures", "101", "from 1 to 100"));
    CHECK(is_refused_value("leat.task.maxFailures", "99999999999999999999", "from 1 to 100"));
    CHECK(is_refused_value("leat.task.maxFailures", "4s", "it takes a whole number"));
    CHECK(is_refused_value("leat.task.maxFailures", "4.0", "it takes a whole number"));
}

static bool is_number(double value, double expected)
{
    return value >= expected && value <= expected;
}

static void numbers_have_a_point_in_every_language(void)
{
    static const char *const commas[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "C"};

    for (size_t i = 0; i < sizeof commas / sizeof commas[0]; i++) {
        setlocale(LC_ALL, commas[i]); /* As far as the machine has it. */
        CHECK(is_number(with("leat.backpressure.pid.integral", "0.25").pid_integral, 0.25));
        CHECK(is_number(with("leat.kafka.maxRatePerPartition", "1e6").max_rate_per_partition, 1e6));
    }
    CHECK(is_refused_value("leat.backpressure.pid.integral", "0,25", "it takes a number"));
    CHECK(is_refused_value("leat.backpressure.pid.integral", "nan", "it takes a number"));
    CHECK(is_refused_value("leat.backpressure.pid.integral", "1e999", "it takes a number"));
    CHECK(is_refused_value("leat.backpressure.pid.integral", "-0.1", "from 0 to 1000"));
    CHECK(is_refused_value("leat.backpressure.pid.minRate", "0", "from 0.001 to"));
}

static void words_are_one_of_those_there_are(void)
{
    CHECK(with("leat.kafka.data.loss", "latest").data_loss == LEAT_DATA_LOSS_LATEST);
    CHECK(with("leat.kafka.data.loss", "EARLIEST").data_loss == LEAT_DATA_LOSS_EARLIEST);
    CHECK(with("leat.stop.after.drain", "True").stop_after_drain);
    CHECK(is_refused_value("leat.kafka.data.loss", "late", "it takes fail, earliest or latest"));
    CHECK(is_refused_value("leat.kafka.data.loss", "", "it takes fail, earliest or latest"));
    CHECK(is_refused_value("leat.stop.after.drain", "yes", "it takes true or false"));
    CHECK(is_refused_value("leat.marker.topic", "", "it takes a text"));
}

static void every_default_is_in_its_range_and_prints_as_it_is_read(void)
{
    for (size_t i = 0; i < LEAT_KEY_COUNT; i++) {
        const struct leat_key *key = &leat_keys[i];
        struct leat_value_source source = {key->name, "test"};
        struct leat_settings first;
        struct leat_settings second;
        struct leat_buffer text = {0};
        struct leat_buffer again = {0};

        if (key->fallback == NULL)
            continue;
        CHECK_OK(leat_key_parse(key, &source, key->fallback, &first, NULL));
        CHECK(leat_key_print(key, &first, &text) && leat_buffer_append_char(&text, '\0'));
        CHECK_OK(leat_key_parse(key, &source, text.data, &second, NULL));
        CHECK(leat_key_print(key, &second, &again) && leat_buffer_append_char(&again, '\0'));
        CHECK(strcmp(text.data, again.data) == 0);
        leat_buffer_release(&text);
        leat_buffer_release(&again);
    }
}

static void a_value_has_one_notation(void)
{
    static const char *const same[][3] = {{"leat.batch.interval", "20000", "20s\n"},
                                          {"leat.batch.interval", "120s", "2m\n"},
                                          {"leat.batch.interval", "1500ms", "1500ms\n"},
                                          {"leat.batch.interval", "0ms", "0\n"},
                                          {"leat.memory.limit", "1024m", "1g\n"},
                                          {"leat.memory.limit", "67108865", "67108865b\n"},
                                          {"leat.kafka.maxRatePerPartition", "1e3", "1000\n"},
                                          {"leat.backpressure.pid.integral", ".1", "0.1\n"},
                                          {"leat.kafka.data.loss", "LATEST", "latest\n"}};

    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        leat_conf *conf = empty_conf();
        const char *text;

        leat_conf_set(conf, same[i][0], same[i][1]);
        text = leat_conf_describe(conf, same[i][0], NULL);
        CHECK(text != NULL && strcmp(text, same[i][2]) == 0);
        leat_conf_destroy(conf);
    }
}

static const struct check_case cases[] = {
    CHECK_CASE(durations_have_sparks_units),
    CHECK_CASE(durations_are_refused_when_they_are_not),
    CHECK_CASE(an_interval_is_zero_or_at_least_ten_milliseconds),
    CHECK_CASE(sizes_have_sparks_units),
    CHECK_CASE(sizes_are_refused_with_what_they_take),
    CHECK_CASE(whole_numbers_stop_at_their_limits),
    CHECK_CASE(numbers_have_a_point_in_every_language),
    CHECK_CASE(words_are_one_of_those_there_are),
    CHECK_CASE(every_default_is_in_its_range_and_prints_as_it_is_read),
    CHECK_CASE(a_value_has_one_notation),
};

CHECK_MAIN(cases)
