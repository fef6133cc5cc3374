/* properties_test: spark-defaults.conf and Java's properties, and where a mistake stands in one. */
#include <unistd.h>

#include "tests/support/conf.h"

enum { PATH_SIZE = 32 };

/* A configuration with the file of these bytes, whose name is in path. */
static leat_conf *conf_of_file(const char *bytes, size_t size, char path[PATH_SIZE])
{
    struct command_line line;
    char text[64];
    leat_conf *conf;
    int fd;

    snprintf(path, PATH_SIZE, "properties_test.XXXXXX");
    fd = mkstemp(path);
    CHECK(fd >= 0);
    CHECK(write(fd, bytes, size) == (ssize_t)size);
    close(fd);
    snprintf(text, sizeof text, "job --properties-file %s", path);
    conf = conf_of(&line, text); /* Asked for no argument later: line may go. */
    unlink(path);
    return conf;
}

/* Whether a file of text sets leat.app.name to name. */
static bool is_name(const char *text, const char *name)
{
    char path[PATH_SIZE];
    leat_conf *conf = conf_of_file(text, strlen(text), path);
    bool same = strcmp(settings_of(conf).app_name, name) == 0;

    if (!same)
        fprintf(stderr, "'%s'\n", leat_conf_get(conf, "leat.app.name"));
    leat_conf_destroy(conf);
    return same;
}

/* Whether a file of text is refused at that line with these words. */
static bool is_refused_at(const char *text, int line, const char *words)
{
    char path[PATH_SIZE];
    char place[64];
    leat_conf *conf = conf_of_file(text, strlen(text), path);
    struct leat_settings settings;
    leat_error err = {.status = LEAT_OK};
    bool refused;

    snprintf(place, sizeof place, "%s:%d", path, line);
    refused = leat_conf_resolve(conf, &settings, &err) == LEAT_INVALID &&
              strstr(err.message, place) != NULL && strstr(err.message, words) != NULL;
    if (!refused)
        fprintf(stderr, "%s\n", err.message);
    leat_conf_destroy(conf);
    return refused;
}

static void a_key_ends_at_a_blank_a_colon_or_an_equals_sign(void)
{
    CHECK(is_name("leat.app.name=x", "x"));
    CHECK(is_name("leat.app.name = x\n", "x"));
    CHECK(is_name("leat.app.name: x\n", "x"));
    CHECK(is_name("leat.app.name x\n", "x"));
    CHECK(is_name("  leat.app.name\t\tx\t\n", "x"));
    CHECK(is_name("leat.app.name a=b:c d\n", "a=b:c d"));
    CHECK(is_name("leat.app.name==x\n", "=x"));
    CHECK(is_name("spark.app.name   x\r\nleat.state.slots 3\r\n", "x"));
}

static void comments_and_empty_lines_say_nothing(void)
{
    CHECK(is_name("# leat.app.name=a\n\n   ! leat.app.name=b\n \t\nleat.app.name=x#y\n", "x#y"));
    CHECK(is_name("# a comment does not go on \\\nleat.app.name=x\n", "x"));
    CHECK(is_name("\xef\xbb\xbfleat.app.name=x\n", "x"));
    CHECK(is_name("", "leat"));
}

static void a_backslash_lets_a_line_go_on(void)
{
    CHECK(is_name("leat.app.name=a\\\n    b\\\r\n  c\n", "abc"));
    CHECK(is_name("leat.app.\\\n  name=x\n", "x"));
    CHECK(is_name("leat.app.name=a\\\\\nleat.state.slots=3\n", "a\\"));
    CHECK(is_name("leat.app.name=a\\", "a"));
}

static void escapes_are_javas(void)
{
    CHECK(is_name("leat.app.name=a\\tb\\nc\\qd\n", "a\tb\ncqd"));
    CHECK(is_name("leat.app.name=\\u00e9\\u20AC\n", "\xc3\xa9\xe2\x82\xac"));
    CHECK(is_name("leat.app.name=\\ud83d\\ude00\n", "\xf0\x9f\x98\x80"));
    CHECK(is_name("leat.app.name=\\ x\n", " x"));
    CHECK(is_name("leat\\.app\\.name=x\n", "x"));
}

static void the_last_of_equal_keys_counts(void)
{
    CHECK(is_name("leat.app.name=a\nspark.app.name=b\n", "b"));
}

static void a_mistake_is_told_with_file_and_line(void)
{
    CHECK(is_refused_at("\nleat.batch.intervall=1s\n", 2, "did you mean 'leat.batch.interval'?"));
    CHECK(is_refused_at("#\n\nleat.batch.interval=soon\n", 3, "leat.batch.interval is 'soon'"));
    CHECK(is_refused_at("leat.app.name=a\\\n b\nleat.nosuch=1\n", 3, "'leat.nosuch'"));
    CHECK(is_refused_at("leat.batch.interval=\\\n\\\n-1s\n", 1, "0 or from 10ms to 24h"));
    CHECK(is_refused_at("\r\rspark.master=near\r", 3, "spark.master is 'near'"));
    CHECK(is_refused_at("leat.batch.interval\n", 1, "leat.batch.interval is ''"));
    CHECK(is_refused_at("=1s\n", 1, "there is no setting ''"));
}

static void a_broken_escape_is_told(void)
{
    CHECK(is_refused_at("leat.app.name=\\u12\n", 1, "four hexadecimal digits"));
    CHECK(is_refused_at("leat.app.name=\\uxyzw\n", 1, "four hexadecimal digits"));
    CHECK(is_refused_at("leat.app.name=\\u0000\n", 1, "four hexadecimal digits"));
    CHECK(is_refused_at("leat.app.name=\\ud83d\n", 1, "four hexadecimal digits"));
    CHECK(is_refused_at("leat.app.name=\\ud83d\\u0041\n", 1, "four hexadecimal digits"));
    CHECK(is_refused_at("leat.app.name=\\ude00\n", 1, "four hexadecimal digits"));
}

static void a_file_that_is_no_text_is_refused(void)
{
    static const char bytes[] = "leat.app.name=a\0b\n";
    char path[PATH_SIZE];

    CHECK(is_refused(conf_of_file(bytes, sizeof bytes - 1, path), false, "is not a text file"));
}

static void a_directory_is_no_file(void)
{
    struct command_line line;

    CHECK(is_refused(conf_of(&line, "job --properties-file /"), true,
                     "--properties-file '/': Is a directory"));
}

static const struct check_case cases[] = {
    CHECK_CASE(a_key_ends_at_a_blank_a_colon_or_an_equals_sign),
    CHECK_CASE(comments_and_empty_lines_say_nothing),
    CHECK_CASE(a_backslash_lets_a_line_go_on),
    CHECK_CASE(escapes_are_javas),
    CHECK_CASE(the_last_of_equal_keys_counts),
    CHECK_CASE(a_mistake_is_told_with_file_and_line),
    CHECK_CASE(a_broken_escape_is_told),
    CHECK_CASE(a_file_that_is_no_text_is_refused),
    CHECK_CASE(a_directory_is_no_file),
};

CHECK_MAIN(cases)
