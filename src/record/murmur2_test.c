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

/* What BuiltInPartitioner.partitionForKey of kafka-clients 4.3.1 answers. */
static void partitions_are_those_of_the_java_client(void)
{
    static const int32_t partitions[] = {1, 3, 12, 1000, INT32_MAX};
    static const struct {
        const char *key;
        int32_t hash;
        int32_t partition[5];
    } known[] = {
        {"", 275646681, {0, 0, 9, 681, 275646681}},
        {"a", -1563381124, {0, 1, 4, 524, 584102524}},
        {"ab", 316155434, {0, 2, 2, 434, 316155434}},
        {"abc", 479470107, {0, 0, 3, 107, 479470107}},
        {"abcd", -1323649548, {0, 2, 8, 100, 823834100}},
        {"21", -973932308, {0, 0, 0, 340, 1173551340}},
        {"foobar", -790332482, {0, 0, 6, 166, 1357151166}},
        {"user-0001234", 2099788619, {0, 2, 11, 619, 2099788619}},
        {"\xc3\xa9\xe2\x82\xac", 1912689889, {0, 1, 1, 889, 1912689889}},
        {"key-8", -1340033413, {0, 1, 7, 235, 807450235}},
        {"key-9", -1335190451, {0, 0, 9, 197, 812293197}},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        leat_bytes key = leat_string(known[i].key);

        CHECK((int32_t)leat_murmur2(key) == known[i].hash);
        for (size_t k = 0; k < 5; k++)
            CHECK(leat_partition_for_key(key, partitions[k]) == known[i].partition[k]);
    }
}

/* Java's bytes have a sign; the hash must not. */
static void bytes_above_127_hash_as_in_java(void)
{
    static const int32_t known[] = {-311467685, -442788720, 957058525,  -1333559100,
                                    -59946086,  -434867157, -1678663844};

    for (size_t size = 1; size <= 7; size++)
        CHECK((int32_t)leat_murmur2((leat_bytes){"\xff\x80\xfe\x81\xc3\x90\xf7", size}) ==
              known[size - 1]);
}

static void null_is_as_empty(void)
{
    CHECK(leat_murmur2((leat_bytes){NULL, 0}) == leat_murmur2(leat_string("")));
    CHECK(leat_partition_for_key((leat_bytes){NULL, 0}, 12) == 9);
}

static const struct check_case cases[] = {
    CHECK_CASE(hashes_are_those_of_the_java_client),
    CHECK_CASE(partitions_are_those_of_the_java_client),
    CHECK_CASE(bytes_above_127_hash_as_in_java),
    CHECK_CASE(null_is_as_empty),
};
CHECK_MAIN(cases)
