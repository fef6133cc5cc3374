/* msgpack_reader_test: every format, every way to be malformed. */
#include "record/msgpack_reader.h"

#include <inttypes.h>

#include "record/msgpack_cases.h"
#include "record/text.h"
#include "tests/support/check.h"
#include "tests/support/hex.h"

static const char *const types[] = {"none",   "nil",    "bool",  "uint", "int", "float",
                                    "string", "binary", "array", "map",  "ext"};

/* Type and value, as msgpack_cases.h has them. */
static void describe(leat_bytes bytes, const leat_msgpack_value *value, struct leat_buffer *out)
{
    int64_t seconds;
    uint32_t nanoseconds;

    leat_buffer_reset(out);
    if (leat_msgpack_timestamp(value, &seconds, &nanoseconds)) {
        CHECK(leat_buffer_printf(out, "timestamp %" PRId64 ".%09" PRIu32, seconds, nanoseconds));
        return;
    }
    CHECK(leat_buffer_printf(out, "%s ", types[value->type]));
    if (value->type == LEAT_MSGPACK_EXT)
        CHECK(leat_buffer_printf(out, "%d ", value->ext_type));
    CHECK(leat_text_append_msgpack(out, bytes));
}

static void check_reads(const char *hex, const char *expected)
{
    leat_bytes bytes = hex_bytes(hex);
    struct leat_buffer text = {0};
    leat_msgpack_value value;

    CHECK_OK(leat_msgpack_value_read(bytes, &value, NULL));
    describe(bytes, &value, &text);
    if (text.size != strlen(expected) || memcmp(text.data, expected, text.size) != 0)
        fprintf(stderr, "%s: %.*s, not %s\n", hex, (int)text.size, text.data, expected);
    CHECK(text.size == strlen(expected) && memcmp(text.data, expected, text.size) == 0);
    leat_buffer_release(&text);
    hex_free(bytes);
}

static void every_encoding_of_a_value_reads_the_same(void)
{
    for (size_t i = 0; i < sizeof msgpack_cases / sizeof msgpack_cases[0]; i++)
        for (size_t k = 0; k < 9 && msgpack_cases[i].encodings[k] != NULL; k++)
            check_reads(msgpack_cases[i].encodings[k], msgpack_cases[i].value);
}

static void what_is_cut_short_is_malformed(void)
{
    for (size_t i = 0; i < sizeof msgpack_cases / sizeof msgpack_cases[0]; i++)
        for (size_t k = 0; k < 9 && msgpack_cases[i].encodings[k] != NULL; k++) {
            leat_bytes whole = hex_bytes(msgpack_cases[i].encodings[k]);

            for (size_t size = 0; size < whole.size; size++) {
                leat_bytes part = hex_copy(whole.data, size);
                leat_msgpack_value value = {.type = LEAT_MSGPACK_NONE};

                CHECK(leat_msgpack_value_read(part, &value, NULL) == LEAT_BAD_RECORD);
                CHECK(value.type == LEAT_MSGPACK_NONE);
                hex_free(part);
            }
            hex_free(whole);
        }
}

static void malformed_input_is_an_error_at_a_byte(void)
{
    static const struct {
        const char *hex;
        const char *message;
    } bad[] = {
        {"", "byte 0: msgpack ends where a value should begin"},
        {"c1", "byte 0: msgpack 0xc1 is no format"},
        {"92 01 c1", "byte 2: msgpack 0xc1 is no format"},
        {"c0 c0", "byte 1: msgpack goes on after its value"},
        {"92 01 cd 00", "byte 2: msgpack ends in the middle of a value"},
        {"91 d9", "byte 1: msgpack ends in the middle of a value"},
        {"91 d9 02 61", "byte 1: msgpack ends in the middle of a value"},
        {"db ff ff ff ff 61", "byte 0: msgpack ends in the middle of a value"},
        {"c6 ff ff ff ff 61", "byte 0: msgpack ends in the middle of a value"},
        {"c9 ff ff ff ff 61 61", "byte 0: msgpack ends in the middle of a value"},
        {"dd ff ff ff ff 01", "byte 0: msgpack has more elements than there are bytes"},
        {"df ff ff ff ff 01", "byte 0: msgpack has more elements than there are bytes"},
        {"91 df 80 00 00 00 01", "byte 1: msgpack has more elements than there are bytes"},
        {"81 a0", "byte 0: msgpack has more elements than there are bytes"},
        {"81 a1 61", "byte 3: msgpack ends where a value should begin"},
        {"92 a1 61", "byte 3: msgpack ends where a value should begin"},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        leat_bytes bytes = hex_bytes(bad[i].hex);
        leat_msgpack_value value;
        leat_error err;

        CHECK(leat_msgpack_value_read(bytes, &value, &err) == LEAT_BAD_RECORD);
        if (strcmp(err.message, bad[i].message) != 0)
            fprintf(stderr, "%s: %s\n", bad[i].hex, err.message);
        CHECK(strcmp(err.message, bad[i].message) == 0);
        hex_free(bytes);
    }
}

static void null_is_malformed(void)
{
    leat_msgpack_value value;

    CHECK(leat_msgpack_value_read((leat_bytes){NULL, 0}, &value, NULL) == LEAT_BAD_RECORD);
}

/* depth arrays, one in the other, then the byte `inner`; as a map's value when in_map. */
static leat_status read_nested(size_t depth, char inner, bool in_map)
{
    leat_msgpack_field field = {.name = "a"};
    char bytes[100] = {(char)0x81, (char)0xa1, 'a'};
    leat_bytes nested = {bytes + 3, depth + 1};
    leat_msgpack_value value;

    memset(bytes + 3, (char)0x91, depth);
    bytes[3 + depth] = inner;
    if (!in_map)
        return leat_msgpack_value_read(nested, &value, NULL);
    return leat_msgpack_map_fields((leat_bytes){bytes, 4 + depth}, &field, 1, NULL);
}

static void nesting_is_bounded(void)
{
    CHECK_OK(read_nested(LEAT_MSGPACK_DEPTH_MAX, 0x01, false));
    CHECK_OK(read_nested(LEAT_MSGPACK_DEPTH_MAX - 1, (char)0x90, false));
    CHECK(read_nested(LEAT_MSGPACK_DEPTH_MAX, (char)0x90, false) == LEAT_BAD_RECORD);
    CHECK(read_nested(LEAT_MSGPACK_DEPTH_MAX + 1, 0x01, false) == LEAT_BAD_RECORD);
    CHECK_OK(read_nested(LEAT_MSGPACK_DEPTH_MAX - 1, 0x01, true));
    CHECK(read_nested(LEAT_MSGPACK_DEPTH_MAX, 0x01, true) == LEAT_BAD_RECORD);
}

static void elements_come_in_turn_and_end(void)
{
    leat_bytes bytes = hex_bytes("93 01 92 02 a1 62 c0");
    leat_msgpack_value array;
    leat_msgpack_value element;
    leat_msgpack_value inner;

    CHECK_OK(leat_msgpack_value_read(bytes, &array, NULL));
    CHECK(leat_msgpack_next(&array, &element) && element.as.u == 1);
    CHECK(element.bytes.data == NULL);
    CHECK(leat_msgpack_next(&array, &element) && element.type == LEAT_MSGPACK_ARRAY);
    CHECK(leat_msgpack_next(&element, &inner) && inner.as.u == 2);
    CHECK(leat_msgpack_next(&element, &inner) && inner.bytes.data == bytes.data + 5);
    CHECK(!leat_msgpack_next(&element, &inner));
    CHECK(leat_msgpack_next(&array, &element) && element.type == LEAT_MSGPACK_NIL);
    CHECK(!leat_msgpack_next(&array, &element));
    CHECK(!leat_msgpack_next(&element, &inner)); /* Nil has none. */
    hex_free(bytes);
}

static void no_other_ext_is_a_timestamp(void)
{
    static const char *const others[] = {
        "d5 ff 00 00",                   /* 2 bytes */
        "c7 00 ff",                      /* none */
        "d6 01 00 00 00 00",             /* type 1 */
        "d7 ff ee 6b 28 00 00 00 00 00", /* 1000000000 ns */
        "c7 0c ff 3b 9a ca 00 00 00 00 00 00 00 00 00",
        "c0",
    };

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        leat_bytes bytes = hex_bytes(others[i]);
        leat_msgpack_value value;
        int64_t seconds = 7;
        uint32_t nanoseconds = 7;

        CHECK_OK(leat_msgpack_value_read(bytes, &value, NULL));
        CHECK(!leat_msgpack_timestamp(&value, &seconds, &nanoseconds));
        CHECK(seconds == 7 && nanoseconds == 7);
        hex_free(bytes);
    }
}

static void fields_are_found_by_name(void)
{
    /* {"id": 7, 5: [1], "name": "x", "rate": 2, "id": 8, "low": -2} */
    leat_bytes bytes = hex_bytes("86 a2 6964 07 05 91 01 a4 6e616d65 a1 78 d9 04 72617465 02"
                                 "a2 6964 08 a3 6c6f77 fe");
    leat_msgpack_field fields[] = {
        {.name = "rate", .type = LEAT_MSGPACK_FLOAT},
        {.name = "id", .type = LEAT_MSGPACK_UINT},
        {.name = "name"},
        {.name = "low", .type = LEAT_MSGPACK_FLOAT},
        {.name = "nam", .type = LEAT_MSGPACK_UINT, .optional = true},
    };

    CHECK_OK(leat_msgpack_map_fields(bytes, fields, 5, NULL));
    CHECK(fields[0].value.type == LEAT_MSGPACK_FLOAT && fields[0].value.as.f == 2);
    CHECK(fields[1].value.as.u == 8);
    CHECK(fields[2].value.type == LEAT_MSGPACK_STRING && fields[2].value.bytes.size == 1);
    CHECK(fields[3].value.type == LEAT_MSGPACK_FLOAT && fields[3].value.as.f == -2);
    CHECK(fields[4].value.type == LEAT_MSGPACK_NONE);
    hex_free(bytes);
}

static void a_key_with_a_nul_is_another_name(void)
{
    leat_bytes bytes = hex_bytes("82 a3 610062 01 a2 6100 02");
    leat_bytes name = hex_copy("a", 2); /* Exact: a read past its NUL is seen. */
    leat_msgpack_field field = {.name = name.data, .optional = true};

    CHECK_OK(leat_msgpack_map_fields(bytes, &field, 1, NULL));
    CHECK(field.value.type == LEAT_MSGPACK_NONE);
    hex_free(name);
    hex_free(bytes);
}

static void a_bad_map_names_the_field_or_the_byte(void)
{
    static const struct {
        const char *hex;
        const char *message;
    } bad[] = {
        {"", "byte 0: msgpack ends where a value should begin"},
        {"de 00", "byte 0: msgpack ends in the middle of a value"},
        {"c1", "byte 0: msgpack 0xc1 is no format"},
        {"91 01", "byte 0: msgpack is array, not map"},
        {"a1 61", "byte 0: msgpack is string, not map"},
        {"91 c1", "byte 1: msgpack 0xc1 is no format"},
        {"80", "byte 0: msgpack map has no field 'id'"},
        {"81 a2 6964 a1 78", "byte 4: msgpack field 'id' is string, not uint"},
        {"81 a2 6964 c1", "byte 4: msgpack 0xc1 is no format"},
        {"81 a2 6965 c1", "byte 4: msgpack 0xc1 is no format"},
        {"81 c1 01", "byte 1: msgpack 0xc1 is no format"},
        {"82 a2 6964 01 a1", "byte 5: msgpack ends in the middle of a value"},
        {"82 a2 6964 01", "byte 5: msgpack ends where a value should begin"},
        {"81 a2 6964 01 01", "byte 5: msgpack goes on after its value"},
        {"df ff ff ff ff a1", "byte 0: msgpack has more elements than there are bytes"},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        leat_msgpack_field field = {.name = "id", .type = LEAT_MSGPACK_UINT};
        leat_bytes bytes = hex_bytes(bad[i].hex);
        leat_error err;

        CHECK(leat_msgpack_map_fields(bytes, &field, 1, &err) == LEAT_BAD_RECORD);
        if (strcmp(err.message, bad[i].message) != 0)
            fprintf(stderr, "%s: %s\n", bad[i].hex, err.message);
        CHECK(strcmp(err.message, bad[i].message) == 0);
        hex_free(bytes);
    }
}

static const struct check_case cases[] = {
    CHECK_CASE(every_encoding_of_a_value_reads_the_same),
    CHECK_CASE(what_is_cut_short_is_malformed),
    CHECK_CASE(malformed_input_is_an_error_at_a_byte),
    CHECK_CASE(null_is_malformed),
    CHECK_CASE(nesting_is_bounded),
    CHECK_CASE(elements_come_in_turn_and_end),
    CHECK_CASE(no_other_ext_is_a_timestamp),
    CHECK_CASE(fields_are_found_by_name),
    CHECK_CASE(a_key_with_a_nul_is_another_name),
    CHECK_CASE(a_bad_map_names_the_field_or_the_byte),
};
CHECK_MAIN(cases)
