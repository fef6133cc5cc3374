/* kafka_reader_test: ranges of real partitions, with everything a log can hold. */
#include <inttypes.h>

#include "tests/broker/kafka_support.h"

static size_t add(struct leat_reader *reader, const char *topic, int64_t offset)
{
    struct leat_reader_start start = {.topic = topic, .offset = offset, .last_offset = -1};
    size_t index = SIZE_MAX;

    CHECK_OK(reader->ops->add(reader, &start, &index, NULL));
    return index;
}

static void a_range_holds_its_records_and_the_next_goes_on(void)
{
    const char *topic = new_topic("range", 1, NULL);
    struct leat_reader *reader = open_reader(true);
    size_t index;

    fill_topic(topic, 0, 0, 10);
    index = add(reader, topic, 0);
    CHECK(strcmp(read_values(reader, index, 0, 4), "0 1 2 3") == 0);
    CHECK(strcmp(read_values(reader, index, 4, 10), "4 5 6 7 8 9") == 0);
    fill_topic(topic, 0, 10, 2);
    CHECK(strcmp(read_values(reader, index, 10, 12), "10 11") == 0);
    reader->ops->destroy(reader);
}

static const struct check_case cases[] = {
    CHECK_CASE(a_range_holds_its_records_and_the_next_goes_on),
};

CHECK_MAIN(cases)
