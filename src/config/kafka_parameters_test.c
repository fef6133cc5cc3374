/* kafka_parameters_test: leat.kafka.param.*: where they come from, their order, who may read them.
 */
#include "base/memory.h"
#include "tests/support/conf.h"
#include "tests/support/scratch.h"

/* "name=value" and "+" behind those that go before the program, each with a blank. */
static const char *all_of(leat_conf *conf, char text[256])
{
    struct leat_kafka_parameter parameter;
    size_t size = 0;

    settings_of(conf);
    text[0] = '\0';
    for (size_t i = 0; leat_conf_kafka_parameter_at(conf, i, &parameter); i++)
        size += (size_t)snprintf(text + size, 256 - size, "%s=%s%s ", parameter.name,
                                 parameter.value, parameter.over_program ? "+" : "");
    return text;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void they_come_from_everywhere_and_the_order_is_the_settings(void)
{
    char home[PATH_MAX], path[PATH_MAX], words[256];
    struct command_line line;
    leat_conf *conf;
    char text[256];

    scratch_make(home);
    scratch_path(path, home, "f");
    write_file(path, "leat.kafka.param.a file\nleat.kafka.param.b=file\nleat.kafka.param.c: file\n"
                     "leat.kafka.param.d file\n");
    setenv("LEAT_KAFKA_PARAM_B", "environment", 1);
    setenv("LEAT_KAFKA_PARAM_C", "environment", 1);
    snprintf(words, sizeof words, "job --conf leat.kafka.param.c=line --properties-file %.200s",
             path);
    conf = conf_of(&line, words);
    leat_conf_set(conf, "leat.kafka.param.c", "program");
    leat_conf_set(conf, "leat.kafka.param.d", "program");
    unsetenv("LEAT_KAFKA_PARAM_B");
    unsetenv("LEAT_KAFKA_PARAM_C");
    CHECK(strcmp(all_of(conf, text), "c=line+ a=file b=environment+ d=program ") == 0);
    CHECK(strcmp(leat_conf_get(conf, "leat.kafka.param.b"), "environment") == 0);
    CHECK(leat_conf_get(conf, "leat.kafka.param.e") == NULL);
    leat_conf_destroy(conf);
    scratch_remove(home);
}

static void a_variable_s_name_has_dots_in_kafka(void)
{
    leat_conf *conf;
    char text[256];

    setenv("LEAT_KAFKA_PARAM_SSL_CA_LOCATION", "/Some_Path", 1);
    conf = empty_conf();
    unsetenv("LEAT_KAFKA_PARAM_SSL_CA_LOCATION");
    CHECK(strcmp(all_of(conf, text), "ssl.ca.location=/Some_Path+ ") == 0);
    leat_conf_destroy(conf);
}

static void without_a_name_there_is_no_parameter(void)
{
    CHECK(is_refused_value("leat.kafka.param.", "x", "there is no setting 'leat.kafka.param.'"));
    CHECK(is_refused_value("leat.kafka.params.a", "x", "there is no setting"));
    setenv("LEAT_KAFKA_PARAM", "x", 1);
    CHECK(is_refused(empty_conf(), false, "LEAT_KAFKA_PARAM names no setting"));
    unsetenv("LEAT_KAFKA_PARAM");
}

static void nobody_reads_a_secret(void)
{
    static const char *const secrets[] = {
        "sasl.password",           "ssl.key.password",
        "ssl.keystore.password",   "ssl.key.pem",
        "sasl.jaas.config",        "sasl.oauthbearer.client.secret",
        "sasl.oauthbearer.config", "SSL.KEY.PASSWORD",
    };
    leat_conf *conf = empty_conf();
    struct command_line line;
    char key[128];
    const char *text;

    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        snprintf(key, sizeof key, "leat.kafka.param.%s", secrets[i]);
        leat_conf_set(conf, key, "canary");
        text = leat_conf_describe(conf, key, NULL);
        CHECK(text != NULL && strcmp(text, "********\n") == 0);
    }
    leat_conf_set(conf, "leat.kafka.param.sasl.username", "user");
    text = leat_conf_describe(conf, NULL, NULL);
    CHECK(text != NULL && strstr(text, "canary") == NULL);
    CHECK(strstr(text, "leat.kafka.param.sasl.username = user  (set by the program)\n") != NULL);
    leat_conf_destroy(conf);
    conf = conf_of(&line, "job --conf leat.kafka.param.sasl.password:canary");
    CHECK(is_refused(conf, true, "--conf 'leat.kafka.param.sasl.password' must be KEY=VALUE"));
}

static void without_memory_it_is_an_error(void)
{
    leat_status status = LEAT_NO_MEMORY;

    for (long allocations = 0; status != LEAT_OK; allocations++) {
        struct leat_settings settings;
        leat_error err = {LEAT_OK, ""};
        leat_conf *conf;

        leat_memory_fail_after(allocations);
        conf = leat_conf_create(NULL, NULL);
        leat_conf_set(conf, "leat.kafka.param.sasl.password", "canary");
        status = leat_conf_resolve(conf, &settings, &err);
        leat_memory_fail_after(-1);
        CHECK(status == LEAT_OK || status == LEAT_NO_MEMORY);
        leat_conf_destroy(conf);
    }
}

static const struct check_case cases[] = {
    CHECK_CASE(they_come_from_everywhere_and_the_order_is_the_settings),
    CHECK_CASE(a_variable_s_name_has_dots_in_kafka),
    CHECK_CASE(without_a_name_there_is_no_parameter),
    CHECK_CASE(nobody_reads_a_secret),
    CHECK_CASE(without_memory_it_is_an_error),
};

CHECK_MAIN(cases)
