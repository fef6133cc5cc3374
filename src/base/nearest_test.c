/* nearest_test: which name a mistyped one was meant to be, and when none was. */
#include "base/nearest.h"

#include "tests/support/check.h"

static const char *const names[] = {
    "leat.batch.interval", "leat.local.cores", "leat.log.level", "topic", "acks", "linger.ms"};

static const char *meant_by(const char *word)
{
    struct leat_nearest nearest = {.word = word};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        leat_nearest_offer(&nearest, names[i]);
    return nearest.name == NULL ? "" : nearest.name;
}

static void a_slip_finds_its_name(void)
{
    CHECK(strcmp(meant_by("leat.batch.intervall"), "leat.batch.interval") == 0);
    CHECK(strcmp(meant_by("leat.bacth.interval"), "leat.batch.interval") == 0);
    CHECK(strcmp(meant_by("LEAT.LOG.LEVEL"), "leat.log.level") == 0);
    CHECK(strcmp(meant_by("leat.log.leve"), "leat.log.level") == 0);
    CHECK(strcmp(meant_by("lniger.ms"), "linger.ms") == 0);
    CHECK(strcmp(meant_by("topik"), "topic") == 0);
    CHECK(strcmp(meant_by("ack"), "acks") == 0);
}

static void another_word_finds_nothing(void)
{
    CHECK(strcmp(meant_by("nosuch"), "") == 0);
    CHECK(strcmp(meant_by("tools"), "") == 0);
    CHECK(strcmp(meant_by("ax"), "") == 0);
    CHECK(strcmp(meant_by(""), "") == 0);
    CHECK(strcmp(meant_by("leat.state.slots"), "") == 0);
}

static void of_two_the_nearer_one_is_found_and_of_equals_the_first(void)
{
    struct leat_nearest nearest = {.word = "abcdefghij"};

    leat_nearest_offer(&nearest, "abcdefghxx");
    leat_nearest_offer(&nearest, "abcdefghix");
    leat_nearest_offer(&nearest, "abcdefghiy");
    CHECK(strcmp(nearest.name, "abcdefghix") == 0 && nearest.distance == 1);
}

static void very_long_words_are_never_near(void)
{
    char word[201];
    struct leat_nearest nearest = {.word = word};

    memset(word, 'x', 200);
    word[200] = '\0';
    leat_nearest_offer(&nearest, word);
    CHECK(nearest.name == NULL);
}

static const struct check_case cases[] = {
    CHECK_CASE(a_slip_finds_its_name),
    CHECK_CASE(another_word_finds_nothing),
    CHECK_CASE(of_two_the_nearer_one_is_found_and_of_equals_the_first),
    CHECK_CASE(very_long_words_are_never_near),
};

CHECK_MAIN(cases)
