/* msgpack_writer_test: the shortest form of every value, at every boundary. */
#include "record/msgpack_writer.h"

#include "base/memory.h"
#include "record/msgpack_cases.h"
#include "record/msgpack_reader.h"
#include "tests/support/check.h"
#include "tests/support/hex.h"

static void a_value_that_was_read_is_written_in_its_shortest_form(void)
{
    leat_msgpack_writer writer;

    leat_msgpack_writer_init(&writer);
    for (size_t i = 0; i < sizeof msgpack_cases / sizeof msgpack_cases[0]; i++)
        for (size_t k = 0; k < 9 && msgpack_cases[i].encodings[k] != NULL; k++) {
            leat_bytes bytes = hex_bytes(msgpack_cases[i].encodings[k]);
            leat_msgpack_value value;

            CHECK_OK(leat_msgpack_value_read(bytes, &value, NULL));
            leat_msgpack_writer_reset(&writer);
            leat_msgpack_write_value(&writer, &value);
            if (value.type != LEAT_MSGPACK_FLOAT || k == 0)
                CHECK(hex_equal(leat_msgpack_written(&writer), msgpack_cases[i].encodings[0]));
            hex_free(bytes);
        }
    leat_msgpack_writer_release(&writer);
}

static void every_whole_number_takes_the_shortest_form(void)
{
    static const struct {
        int64_t number;
        const char *hex;
    } known[] = {
        {0, "00"},
        {127, "7f"},
        {128, "cc80"},
        {255, "ccff"},
        {256, "cd0100"},
        {65535, "cdffff"},
        {65536, "ce00010000"},
        {4294967295, "ceffffffff"},
        {4294967296, "cf0000000100000000"},
        {INT64_MAX, "cf7fffffffffffffff"},
        {-1, "ff"},
        {-32, "e0"},
        {-33, "d0df"},
        {-128, "d080"},
        {-129, "d1ff7f"},
        {-32768, "d18000"},
        {-32769, "d2ffff7fff"},
        {-2147483647 - 1, "d280000000"},
        {-2147483649, "d3ffffffff7fffffff"},
        {INT64_MIN, "d38000000000000000"},
    };
    leat_msgpack_writer writer;

    leat_msgpack_writer_init(&writer);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        leat_msgpack_writer_reset(&writer);
        leat_msgpack_write_int(&writer, known[i].number);
        CHECK(hex_equal(leat_msgpack_written(&writer), known[i].hex));
    }
    leat_msgpack_writer_release(&writer);
}

/* Writes size bytes by `write` and checks that what comes before them is `head`. */
static void check_head(void (*write)(leat_msgpack_writer *, leat_bytes), size_t size,
                       const char *head)
{
    static const char zeroes[65536];
    leat_bytes bytes = {zeroes, size};
    size_t head_size = strlen(head) / 2;
    leat_msgpack_writer writer;
    leat_bytes written;

    leat_msgpack_writer_init(&writer);
    write(&writer, bytes);
    written = leat_msgpack_written(&writer);
    CHECK(written.size == head_size + size);
    CHECK(hex_equal((leat_bytes){written.data, head_size}, head));
    leat_msgpack_writer_release(&writer);
}

static void write_ext_3(leat_msgpack_writer *writer, leat_bytes bytes)
{
    leat_msgpack_write_ext(writer, 3, bytes);
}

static void every_length_takes_the_shortest_form(void)
{
    check_head(leat_msgpack_write_string, 0, "a0");
    check_head(leat_msgpack_write_string, 31, "bf");
    check_head(leat_msgpack_write_string, 32, "d920");
    check_head(leat_msgpack_write_string, 255, "d9ff");
    check_head(leat_msgpack_write_string, 256, "da0100");
    check_head(leat_msgpack_write_string, 65535, "daffff");
    check_head(leat_msgpack_write_string, 65536, "db00010000");
    check_head(leat_msgpack_write_binary, 0, "c400");
    check_head(leat_msgpack_write_binary, 255, "c4ff");
    check_head(leat_msgpack_write_binary, 256, "c50100");
    check_head(leat_msgpack_write_binary, 65535, "c5ffff");
    check_head(leat_msgpack_write_binary, 65536, "c600010000");
    check_head(write_ext_3, 0, "c70003");
    check_head(write_ext_3, 1, "d403");
    check_head(write_ext_3, 2, "d503");
    check_head(write_ext_3, 3, "c70303");
    check_head(write_ext_3, 4, "d603");
    check_head(write_ext_3, 8, "d703");
    check_head(write_ext_3, 16, "d803");
    check_head(write_ext_3, 17, "c71103");
    check_head(write_ext_3, 255, "c7ff03");
    check_head(write_ext_3, 256, "c8010003");
    check_head(write_ext_3, 65535, "c8ffff03");
    check_head(write_ext_3, 65536, "c90001000003");
}

static void every_count_takes_the_shortest_form(void)
{
    leat_msgpack_writer writer;

    leat_msgpack_writer_init(&writer);
    leat_msgpack_write_array(&writer, 15);
    leat_msgpack_write_array(&writer, 16);
    leat_msgpack_write_array(&writer, 65535);
    leat_msgpack_write_array(&writer, 65536);
    leat_msgpack_write_array(&writer, UINT32_MAX);
    leat_msgpack_write_map(&writer, 15);
    leat_msgpack_write_map(&writer, 16);
    leat_msgpack_write_map(&writer, 65535);
    leat_msgpack_write_map(&writer, 65536);
    leat_msgpack_write_map(&writer, UINT32_MAX);
    CHECK(hex_equal(leat_msgpack_written(&writer),
                    "9f dc0010 dcffff dd00010000 ddffffffff 8f de0010 deffff df00010000"
                    "dfffffffff"));
    leat_msgpack_writer_release(&writer);
}

/* The timestamps of msgpack_cases.h, from their numbers. */
static void every_timestamp_takes_the_shortest_form(void)
{
    leat_msgpack_writer writer;
    size_t count = 0;

    leat_msgpack_writer_init(&writer);
    for (size_t i = 0; i < sizeof msgpack_cases / sizeof msgpack_cases[0]; i++) {
        long long seconds;
        unsigned nanoseconds;

        if (sscanf(msgpack_cases[i].value, "timestamp %lld.%u", &seconds, &nanoseconds) != 2)
            continue;
        leat_msgpack_writer_reset(&writer);
        leat_msgpack_write_timestamp(&writer, seconds, nanoseconds);
        CHECK(hex_equal(leat_msgpack_written(&writer), msgpack_cases[i].encodings[0]));
        count++;
    }
    CHECK(count > 15);
    leat_msgpack_writer_reset(&writer);
    leat_msgpack_write_timestamp(&writer, 0, 1000000000);
    CHECK(leat_msgpack_written(&writer).data == NULL);
    leat_msgpack_writer_release(&writer);
}

static void null_is_written_as_nil(void)
{
    leat_msgpack_value absent = {.type = LEAT_MSGPACK_NONE};
    leat_msgpack_writer writer;

    leat_msgpack_writer_init(&writer);
    leat_msgpack_write_string(&writer, leat_string(NULL));
    leat_msgpack_write_string(&writer, leat_string(""));
    leat_msgpack_write_binary(&writer, leat_string(NULL));
    leat_msgpack_write_binary(&writer, leat_string(""));
    leat_msgpack_write_value(&writer, &absent);
    CHECK(hex_equal(leat_msgpack_written(&writer), "c0 a0 c0 c400 c0"));
    leat_msgpack_writer_release(&writer);
}

static void a_map_is_copied_with_one_field_more(void)
{
    leat_bytes bytes = hex_bytes("82 a1 61 01 a1 62 92 01 02");
    leat_msgpack_writer writer;
    leat_msgpack_value map;

    leat_msgpack_writer_init(&writer);
    CHECK_OK(leat_msgpack_value_read(bytes, &map, NULL));
    leat_msgpack_write_map(&writer, map.as.count + 1);
    leat_msgpack_write_elements(&writer, &map);
    leat_msgpack_write_string(&writer, leat_string("c"));
    leat_msgpack_write_bool(&writer, true);
    CHECK(hex_equal(leat_msgpack_written(&writer), "83 a1 61 01 a1 62 92 01 02 a1 63 c3"));
    leat_msgpack_writer_release(&writer);
    hex_free(bytes);
}

static void only_a_container_has_elements_to_write(void)
{
    leat_msgpack_value text = {.type = LEAT_MSGPACK_STRING, .bytes = {"a", 1}};
    leat_msgpack_writer writer;

    leat_msgpack_writer_init(&writer);
    leat_msgpack_write_elements(&writer, &text);
    CHECK(leat_msgpack_written(&writer).data == NULL);
    leat_msgpack_writer_release(&writer);
}

static void what_is_longer_than_a_length_can_say_fails(void)
{
    leat_bytes endless = {"", (size_t)UINT32_MAX + 1};
    leat_msgpack_writer writer;

    leat_msgpack_writer_init(&writer);
    leat_msgpack_write_string(&writer, endless);
    CHECK(leat_msgpack_written(&writer).data == NULL);
    leat_msgpack_writer_reset(&writer);
    leat_msgpack_write_binary(&writer, endless);
    CHECK(leat_msgpack_written(&writer).data == NULL);
    leat_msgpack_writer_reset(&writer);
    leat_msgpack_write_ext(&writer, 1, endless);
    CHECK(leat_msgpack_written(&writer).data == NULL);
    leat_msgpack_writer_release(&writer);
}

static void no_memory_sticks_until_it_is_emptied(void)
{
    leat_bytes longer = {"12345678901234567890123456789012345678901234567890123456789012345", 65};
    leat_msgpack_writer writer;

    for (long successes = 0; successes < 2; successes++) {
        leat_msgpack_writer_init(&writer);
        leat_memory_fail_after(successes);
        leat_msgpack_write_nil(&writer);
        leat_msgpack_write_binary(&writer, longer);
        leat_memory_fail_after(-1);
        leat_msgpack_write_nil(&writer);
        CHECK(leat_msgpack_written(&writer).data == NULL);
        leat_msgpack_writer_reset(&writer);
        leat_msgpack_write_nil(&writer);
        CHECK(hex_equal(leat_msgpack_written(&writer), "c0"));
        leat_msgpack_writer_release(&writer);
    }
}

/* Sizes on both sides of each way of copying; the byte at i is i, so none may be out of place. */
static void a_string_of_any_size_arrives_whole(void)
{
    char bytes[300];
    leat_msgpack_writer writer;

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(unsigned char)i;
    for (size_t size = 0; size <= sizeof bytes; size++) {
        leat_bytes text = hex_copy(bytes, size); /* A block that ends where the text does. */
        size_t head = size < 32 ? 1 : size < 256 ? 2 : 3;
        leat_bytes written;

        leat_msgpack_writer_init(&writer);
        leat_msgpack_write_string(&writer, text);
        leat_msgpack_write_nil(&writer);
        written = leat_msgpack_written(&writer);
        CHECK(written.size == head + size + 1);
        CHECK(memcmp(written.data + head, bytes, size) == 0);
        CHECK((unsigned char)written.data[head + size] == 0xc0);
        leat_msgpack_writer_release(&writer);
        hex_free(text);
    }
}

static const struct check_case cases[] = {
    CHECK_CASE(a_value_that_was_read_is_written_in_its_shortest_form),
    CHECK_CASE(every_whole_number_takes_the_shortest_form),
    CHECK_CASE(every_length_takes_the_shortest_form),
    CHECK_CASE(every_count_takes_the_shortest_form),
    CHECK_CASE(every_timestamp_takes_the_shortest_form),
    CHECK_CASE(a_string_of_any_size_arrives_whole),
    CHECK_CASE(null_is_written_as_nil),
    CHECK_CASE(a_map_is_copied_with_one_field_more),
    CHECK_CASE(only_a_container_has_elements_to_write),
    CHECK_CASE(what_is_longer_than_a_length_can_say_fails),
    CHECK_CASE(no_memory_sticks_until_it_is_emptied),
};
CHECK_MAIN(cases)
