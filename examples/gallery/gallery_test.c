/* gallery_test: each job of the gallery on Kafka in memory, with a clock that the test moves:
 * what tests of your own jobs look like. */
#include "gallery.h"
#include "tests/support/check.h"
#include "tests/support/scratch.h"

static leat_error err;
static size_t seen; /* Records of the output topic that were looked at. */

static leat_conf *settings(void)
{
    leat_conf *conf = leat_conf_create(NULL, NULL);

    leat_conf_set(conf, "leat.log.level", "error");
    leat_conf_set(conf, "leat.checkpoint.directory", "checkpoint");
    return conf;
}

static leat_test *start(leat_create_fn job)
{
    static char brokers[] = "memory";
    leat_test *test = leat_test_create(settings(), LEAT_SECONDS(10), job, brokers, &err);

    if (test == NULL)
        fprintf(stderr, "%s\n", err.message);
    CHECK(test != NULL);
    seen = 0;
    return test;
}

/* As a kill and another start would. */
static void restart(leat_test *test)
{
    CHECK_OK(leat_test_restart(test, settings(), &err));
}

static void push(leat_test *test, const char *topic, const char *key, const char *value)
{
    CHECK_OK(leat_test_push(test, topic, 0, leat_string(key), leat_string(value)));
}

/* The next batches, of ten seconds each. */
static void run(leat_test *test, int batches)
{
    while (batches-- > 0) {
        leat_status status = leat_test_run_batch(test, &err);

        if (status != LEAT_OK)
            fprintf(stderr, "%s\n", err.message);
        CHECK_OK(status);
    }
}

static void next_is(leat_test *test, const char *topic, const char *key, const char *value)
{
    const leat_record *record = leat_test_output(test, topic, seen++);

    CHECK(record != NULL);
    if (!leat_bytes_equal(record->value, leat_string(value)))
        fprintf(stderr, "'%.*s' instead of '%s'\n", LEAT_ARG(record->value), value);
    CHECK(leat_bytes_equal(record->key, leat_string(key)));
    CHECK(leat_bytes_equal(record->value, leat_string(value)));
}

static void no_more(leat_test *test, const char *topic)
{
    CHECK(leat_test_output(test, topic, seen) == NULL);
}

static void top_words_are_those_of_the_last_minute(void)
{
    static const char *const words[] = {"a", "b", "c", "d", "b", "c", "d", "c", "d", "d"};
    leat_test *test = start(top_words);

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        push(test, "words", "", words[i]);
    run(test, 1);
    next_is(test, "top-words", "4", "d");
    next_is(test, "top-words", "3", "c");
    next_is(test, "top-words", "2", "b");
    no_more(test, "top-words");
    restart(test);
    push(test, "words", "", "b");
    push(test, "words", "", "b");
    push(test, "words", "", "b");
    run(test, 1);
    next_is(test, "top-words", "5", "b");
    next_is(test, "top-words", "4", "d");
    next_is(test, "top-words", "3", "c");
    run(test, 4);
    seen += 4 * 3;
    run(test, 1); /* The first batch has left the minute. */
    next_is(test, "top-words", "3", "b");
    no_more(test, "top-words");
    run(test, 1);
    no_more(test, "top-words");
    leat_test_destroy(test);
}

static void a_session_ends_after_half_a_minute(void)
{
    leat_test *test = start(sessions);

    push(test, "clicks", "ann", "/");
    push(test, "clicks", "bob", "/");
    run(test, 1);
    push(test, "clicks", "ann", "/cart");
    push(test, "clicks", "ann", "/pay");
    run(test, 1);
    restart(test);
    run(test, 2); /* 40 s: bob's half a minute is over, but has not passed. */
    no_more(test, "sessions");
    run(test, 1);
    next_is(test, "sessions", "bob", "1 clicks in 0 s");
    no_more(test, "sessions");
    run(test, 1);
    next_is(test, "sessions", "ann", "3 clicks in 10 s");
    push(test, "clicks", "ann", "/");
    run(test, 5);
    next_is(test, "sessions", "ann", "1 clicks in 0 s");
    no_more(test, "sessions");
    leat_test_destroy(test);
}

static void clicks_find_the_impressions_of_ten_minutes(void)
{
    leat_test *test = start(join_streams);

    push(test, "impressions", "shoes", "page 1");
    push(test, "clicks", "hats", "early");
    run(test, 1);
    next_is(test, "attributed", "hats", "early -");
    restart(test);
    push(test, "clicks", "shoes", "click 1");
    run(test, 1);
    next_is(test, "attributed", "shoes", "click 1 page 1");
    run(test, 57);
    push(test, "clicks", "shoes", "click 2"); /* 590 s later. */
    run(test, 1);
    next_is(test, "attributed", "shoes", "click 2 page 1");
    push(test, "clicks", "shoes", "click 3");
    run(test, 1);
    next_is(test, "attributed", "shoes", "click 3 -");
    no_more(test, "attributed");
    leat_test_destroy(test);
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");

    CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void visits_get_their_countrys_name_of_today(void)
{
    leat_test *test;

    write_file("countries.txt", "de Germany\nfr France\n");
    test = start(enrich);
    push(test, "visits", "fr", "10:00");
    push(test, "visits", "xx", "10:01");
    run(test, 1);
    next_is(test, "named-visits", "fr", "France 10:00");
    next_is(test, "named-visits", "xx", "? 10:01");
    write_file("countries.txt", "xx New Land\n");
    run(test, 5);
    push(test, "visits", "xx", "10:02");
    run(test, 1);
    next_is(test, "named-visits", "xx", "New Land 10:02");
    leat_test_destroy(test);
}

static void only_the_first_order_of_an_hour_gets_through(void)
{
    leat_test *test = start(deduplicate);

    push(test, "orders", "17", "first");
    push(test, "orders", "18", "first");
    push(test, "orders", "17", "again");
    run(test, 1);
    next_is(test, "unique-orders", "17", "first");
    next_is(test, "unique-orders", "18", "first");
    restart(test);
    push(test, "orders", "17", "once more");
    run(test, 359);
    no_more(test, "unique-orders");
    run(test, 2);
    push(test, "orders", "17", "an hour later");
    run(test, 1);
    next_is(test, "unique-orders", "17", "an hour later");
    no_more(test, "unique-orders");
    leat_test_destroy(test);
}

static void an_archive_has_a_sequence_file_of_each_batch(void)
{
    leat_test *test = start(archive);
    char header[4] = "";
    FILE *file;

    run(test, 1);
    CHECK(access("archive", F_OK) != 0);
    push(test, "events", "k", "v");
    run(test, 1);
    CHECK(access("archive/events-20000/_SUCCESS", F_OK) == 0);
    file = fopen("archive/events-20000/part-00000", "rb");
    CHECK(file != NULL && fread(header, 1, 3, file) == 3 && fclose(file) == 0);
    CHECK(strcmp(header, "SEQ") == 0);
    leat_test_destroy(test);
}

static const struct check_case cases[] = {
    CHECK_CASE(top_words_are_those_of_the_last_minute),
    CHECK_CASE(a_session_ends_after_half_a_minute),
    CHECK_CASE(clicks_find_the_impressions_of_ten_minutes),
    CHECK_CASE(visits_get_their_countrys_name_of_today),
    CHECK_CASE(only_the_first_order_of_an_hour_gets_through),
    CHECK_CASE(an_archive_has_a_sequence_file_of_each_batch),
};

/* In a directory of its own for each case. */
int main(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char directory[PATH_MAX];

        if (argc > 1 && strcmp(argv[1], cases[i].name) != 0)
            continue;
        scratch_make(directory);
        CHECK(chdir(directory) == 0);
        check_main(&cases[i], 1, 1, argv);
        scratch_remove(directory);
    }
    return EXIT_SUCCESS;
}
