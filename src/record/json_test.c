/* json_test: values as JSON. Base64 is of RFC 4648, sections 9 and 10; UTF-8 of RFC 3629. */
#include "record/json.h"

#include <math.h>

#include "tests/support/check.h"

static void check_is(leat_bytes bytes, leat_type type, const char *expected)
{
    struct leat_buffer out = {0};

    CHECK(leat_json_append(&out, bytes, type));
    CHECK(leat_bytes_equal((leat_bytes){out.data, out.size}, leat_string(expected)));
    leat_buffer_release(&out);
}

static leat_bytes of_f64(const double *number)
{
    return (leat_bytes){(const char *)number, sizeof *number};
}

static void text_is_escaped(void)
{
    check_is(leat_string("a"), LEAT_STRING, "\"a\"");
    check_is((leat_bytes){"", 0}, LEAT_BYTES, "\"\"");
    check_is((leat_bytes){"a\"\\\n\0", 5}, LEAT_BYTES, "\"a\\\"\\\\\\u000a\\u0000\"");
    check_is(leat_string("{\"a\": 1}"), LEAT_JSON, "\"{\\\"a\\\": 1}\"");
    check_is((leat_bytes){NULL, 0}, LEAT_STRING, "null");
}

static void numbers_are_numbers(void)
{
    int64_t number = -12;
    double half = 0.5;
    double none = NAN;

    check_is((leat_bytes){(const char *)&number, sizeof number}, LEAT_I64, "-12");
    check_is(of_f64(&half), LEAT_F64, "0.5");
    check_is(of_f64(&none), LEAT_F64, "null");
    check_is(leat_string("12"), LEAT_I64, "\"12\"");
}

static void msgpack_is_json(void)
{
    check_is(leat_string("\x81\xa1k\xc3"), LEAT_MSGPACK, "{\"k\":true}");
    check_is(leat_string("\x92\x01"), LEAT_MSGPACK, "\"base64:kgE=\""); /* Cut off. */
}

static void utf8_stays_text(void)
{
    check_is(leat_string("h\xc3\xa9"), LEAT_STRING, "\"h\xc3\xa9\"");
    check_is(leat_string("\xe2\x98\x83"), LEAT_STRING, "\"\xe2\x98\x83\"");
    check_is(leat_string("\xf0\x9f\x98\x80"), LEAT_STRING, "\"\xf0\x9f\x98\x80\"");
}

static void what_is_no_utf8_is_base64(void)
{
    check_is(leat_string("\xff"), LEAT_STRING, "\"base64:/w==\"");
    check_is(leat_string("\xc0\x80"), LEAT_STRING, "\"base64:wIA=\"");             /* Too long. */
    check_is(leat_string("\xed\xa0\x80"), LEAT_STRING, "\"base64:7aCA\"");         /* Surrogate. */
    check_is(leat_string("\xf4\x90\x80\x80"), LEAT_STRING, "\"base64:9JCAgA==\""); /* Too big. */
    check_is(leat_string("a\xe2\x98"), LEAT_STRING, "\"base64:YeKY\"");            /* Cut off. */
    check_is(leat_string("\xe2\x28\xa1"), LEAT_STRING, "\"base64:4iih\"");         /* Broken. */
}

static const struct check_case cases[] = {
    CHECK_CASE(text_is_escaped), CHECK_CASE(numbers_are_numbers),       CHECK_CASE(msgpack_is_json),
    CHECK_CASE(utf8_stays_text), CHECK_CASE(what_is_no_utf8_is_base64),
};
CHECK_MAIN(cases)
