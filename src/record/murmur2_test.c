/* murmur2_test: the values that Kafka's own UtilsTest publishes. */
#include "record/murmur2.h"

#include "tests/support/check.h"

static void hashes_are_those_of_the_java_client(void)
{
    static const struct {
        const char *key;
        int32_t hash;
    } known[] = {
        {"21", -973932308},
        {"foobar", -790332482},
        {"a-little-bit-long-string", -985981536},
        {"a-little-bit-longer-string", -1486304829},
        {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
        {"abc", 479470107},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        CHECK((int32_t)leat_murmur2(leat_string(known[i].key)) == known[i].hash);
}

static void a_partition_is_never_negative(void)
{
    for (int32_t partitions = 1; partitions < 20; partitions++) {
        int32_t partition = leat_partition_for_key(leat_string("foobar"), partitions);

        CHECK(partition >= 0 && partition < partitions);
    }
    CHECK(leat_partition_for_key(leat_string("21"), 10) ==
          (int32_t)((-973932308 & 0x7fffffff) % 10));
}

static const struct check_case cases[] = {
    CHECK_CASE(hashes_are_those_of_the_java_client),
    CHECK_CASE(a_partition_is_never_negative),
};
CHECK_MAIN(cases)
