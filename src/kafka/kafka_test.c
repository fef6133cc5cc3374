/* kafka_test: the parts of kafka.h that need no Kafka. */
#include "kafka/kafka.h"

#include "tests/support/check.h"

static void old_and_new_words_say_where_a_first_start_begins(void)
{
    bool earliest = false;

    CHECK_OK(leat_offset_reset_parse("smallest", &earliest, NULL));
    CHECK(earliest);
    CHECK_OK(leat_offset_reset_parse("largest", &earliest, NULL));
    CHECK(!earliest);
    CHECK_OK(leat_offset_reset_parse("earliest", &earliest, NULL));
    CHECK(earliest);
    CHECK_OK(leat_offset_reset_parse("latest", &earliest, NULL));
    CHECK(!earliest);
}

static void without_a_word_it_is_the_end_as_in_spark(void)
{
    bool earliest = true;

    CHECK_OK(leat_offset_reset_parse(NULL, &earliest, NULL));
    CHECK(!earliest);
}

static void another_word_is_refused_by_name(void)
{
    bool earliest = true;
    leat_error err;

    CHECK(leat_offset_reset_parse("newest", &earliest, &err) == LEAT_INVALID);
    CHECK(strstr(err.message, "'newest'") != NULL);
    CHECK(strstr(err.message, "smallest") != NULL);
    CHECK(earliest);
}

static const struct check_case cases[] = {
    CHECK_CASE(old_and_new_words_say_where_a_first_start_begins),
    CHECK_CASE(without_a_word_it_is_the_end_as_in_spark),
    CHECK_CASE(another_word_is_refused_by_name),
};

CHECK_MAIN(cases)
