/* text_test: records as text. What is expected of numbers is Python's repr, of msgpack its json. */
#include "record/text.h"

#include <math.h>

#include "base/memory.h"
#include "tests/support/check.h"
#include "tests/support/hex.h"

static bool is_text(const struct leat_buffer *out, const char *expected)
{
    leat_bytes text = {out->size == 0 ? "" : out->data, out->size};
    bool same = leat_bytes_equal(text, leat_string(expected));

    if (!same)
        fprintf(stderr, "%.*s, not %s\n", LEAT_ARG(text), expected);
    return same;
}

static void check_prints(leat_bytes bytes, leat_type type, const char *expected)
{
    struct leat_buffer out = {0};

    CHECK(leat_text_append(&out, bytes, type));
    CHECK(is_text(&out, expected));
    leat_buffer_release(&out);
}

static void doubles_print_as_in_python(void)
{
    static const struct {
        double number;
        const char *text;
    } known[] = {
        {0.0, "0.0"},
        {-0.0, "-0.0"},
        {1.0, "1.0"},
        {-2.5, "-2.5"},
        {0.1, "0.1"},
        {1.0 / 3, "0.3333333333333333"},
        {100.0, "100.0"},
        {123456789012345.0, "123456789012345.0"},
        {1e15, "1000000000000000.0"},
        {1234567890123456.0, "1234567890123456.0"},
        {9007199254740992.0, "9007199254740992.0"},
        {1e16, "1e+16"},
        {1.5e16, "1.5e+16"},
        {12345678901234568.0, "1.2345678901234568e+16"},
        {99999999999999990.0, "9.999999999999998e+16"},
        {1e22, "1e+22"},
        {1e-4, "0.0001"},
        {0.00012345, "0.00012345"},
        {1e-5, "1e-05"},
        {5e-324, "5e-324"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {-123456.789, "-123456.789"},
        {(double)INFINITY, "inf"},
        {(double)-INFINITY, "-inf"},
        {(double)NAN, "nan"},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        check_prints((leat_bytes){(const char *)&known[i].number, 8}, LEAT_F64, known[i].text);
}

static void whole_numbers_print_in_decimal(void)
{
    int64_t numbers[] = {0, -1, INT64_MAX, INT64_MIN};

    check_prints((leat_bytes){(const char *)&numbers[0], 8}, LEAT_I64, "0");
    check_prints((leat_bytes){(const char *)&numbers[1], 8}, LEAT_I64, "-1");
    check_prints((leat_bytes){(const char *)&numbers[2], 8}, LEAT_I64, "9223372036854775807");
    check_prints((leat_bytes){(const char *)&numbers[3], 8}, LEAT_I64, "-9223372036854775808");
}

static void text_is_printed_as_it_is(void)
{
    check_prints(leat_string("a\tb"), LEAT_BYTES, "a\tb");
    check_prints(leat_string("h\xc3\xa9"), LEAT_STRING, "h\xc3\xa9");
    check_prints(leat_string("{\"a\": 1}"), LEAT_JSON, "{\"a\": 1}");
    check_prints(leat_string(""), LEAT_STRING, "");
}

static void null_is_none_of_any_type(void)
{
    for (leat_type type = LEAT_BYTES; type <= LEAT_JSON; type++)
        check_prints((leat_bytes){NULL, 0}, type, "None");
}

static void what_is_not_of_its_type_is_printed_as_it_is(void)
{
    check_prints(leat_string("123"), LEAT_I64, "123");
    check_prints(leat_string("123456789"), LEAT_F64, "123456789");
    check_prints(leat_string("\x92\x01"), LEAT_MSGPACK, "\x92\x01");
    check_prints(leat_string(""), LEAT_MSGPACK, "");
}

static void msgpack_prints_as_json(void)
{
    static const struct {
        const char *hex;
        const char *text;
    } known[] = {
        {"82 a2 6964 07 a4 74616773 92 a1 61 c0", "{\"id\":7,\"tags\":[\"a\",null]}"},
        {"a8 22 5c 0a 00 2f 7f c3a9", "\"\\\"\\\\\\u000a\\u0000/\x7f\xc3\xa9\""},
        {"94 c2 cb 3ff8000000000000 d1 fc18 cf ffffffffffffffff",
         "[false,1.5,-1000,18446744073709551615]"},
        {"93 ca 7fc00000 ca ff800000 ca 7f800000", "[null,null,null]"},
        {"94 c4 00 c4 01 66 c4 02 666f c4 03 666f6f",
         "[\"base64:\",\"base64:Zg==\",\"base64:Zm8=\",\"base64:Zm9v\"]"},
        {"d6 05 fbff00ff", "\"base64:+/8A/w==\""},
        {"85 01 02 c0 01 c3 01 cb 3ff8000000000000 02 ff 03",
         "{\"1\":2,\"null\":1,\"true\":1,\"1.5\":2,\"-1\":3}"},
        {"81 92 01 a1 61 81 c4 01 66 90", "{\"[1,\\\"a\\\"]\":{\"base64:Zg==\":[]}}"},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        leat_bytes bytes = hex_bytes(known[i].hex);

        check_prints(bytes, LEAT_MSGPACK, known[i].text);
        hex_free(bytes);
    }
}

static void a_line_has_its_key_unless_that_is_bytes(void)
{
    int64_t number = 42;
    leat_record record = {.key = leat_string("k"), .value = {(const char *)&number, 8}};
    struct leat_buffer out = {0};

    CHECK(leat_text_line_append(&out, &record, LEAT_STRING, LEAT_I64));
    CHECK(leat_text_line_append(&out, &record, LEAT_BYTES, LEAT_I64));
    record.key = leat_string(NULL);
    CHECK(leat_text_line_append(&out, &record, LEAT_STRING, LEAT_I64));
    CHECK(is_text(&out, "k\t42\n42\nNone\t42\n"));
    leat_buffer_release(&out);
}

static void no_memory_leaves_the_lines_before(void)
{
    leat_bytes value = hex_bytes("81 92 01 a1 61 a8 22 5c 0a 00 2f 7f c3 a9");
    leat_record record = {.key = leat_string("a key of some length to need memory for more than "
                                             "what is there, which is 64 bytes"),
                          .value = value};
    struct leat_buffer out = {0};
    long failures = 0;

    for (bool done = false; !done; failures++) {
        CHECK(leat_buffer_append(&out, "before\n", 7));
        leat_memory_fail_after(failures);
        done = leat_text_line_append(&out, &record, LEAT_STRING, LEAT_MSGPACK);
        leat_memory_fail_after(-1);
        if (!done)
            CHECK(is_text(&out, "before\n"));
        else
            CHECK(out.size > 100);
        leat_buffer_release(&out);
    }
    CHECK(failures > 2);
    hex_free(value);
}

static const struct check_case cases[] = {
    CHECK_CASE(doubles_print_as_in_python),
    CHECK_CASE(whole_numbers_print_in_decimal),
    CHECK_CASE(text_is_printed_as_it_is),
    CHECK_CASE(null_is_none_of_any_type),
    CHECK_CASE(what_is_not_of_its_type_is_printed_as_it_is),
    CHECK_CASE(msgpack_prints_as_json),
    CHECK_CASE(a_line_has_its_key_unless_that_is_bytes),
    CHECK_CASE(no_memory_leaves_the_lines_before),
};
CHECK_MAIN(cases)
