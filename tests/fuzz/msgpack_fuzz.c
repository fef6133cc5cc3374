/*
 * msgpack_fuzz: any bytes go through the reader, the writer and the printer; they must agree.
 *
 * fuzz_driver.c runs it without more; libFuzzer runs it when it is linked instead of the driver:
 * clang -fsanitize=fuzzer,address,undefined.
 */
#include "record/text.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/msgpack_rewrite.h"
#include "tests/support/hex.h"

static void check_error(leat_status status, const leat_error *err, size_t size)
{
    size_t byte;

    CHECK(status == LEAT_OK || status == LEAT_BAD_RECORD);
    if (status == LEAT_OK)
        return;
    CHECK(sscanf(err->message, "byte %zu: msgpack ", &byte) == 1);
    CHECK(byte <= size);
}

static leat_status read_checked(leat_bytes bytes, leat_msgpack_value *out)
{
    leat_error err;
    leat_status status = leat_msgpack_value_read(bytes, out, &err);

    check_error(status, &err, bytes.size);
    return status;
}

/* Reads the same value behind a head: `a` of a map, once taken and once passed over, and the
 * element of an array. All three see it one level deeper. */
static void check_skip_agrees_with_take(leat_bytes bytes)
{
    char *data = malloc(bytes.size + 3);
    leat_bytes map = {data, bytes.size + 3};
    leat_msgpack_field taken = {.name = "a"};
    leat_msgpack_field absent = {.name = "b", .optional = true};
    leat_msgpack_value array;
    leat_error err;
    leat_status status;

    CHECK(data != NULL);
    memcpy(data,
           "\x81\xa1"
           "a",
           3);
    memcpy(data + 3, bytes.data, bytes.size);
    status = leat_msgpack_map_fields(map, &taken, 1, &err);
    check_error(status, &err, map.size);
    CHECK(leat_msgpack_map_fields(map, &absent, 1, NULL) == status);
    data[2] = (char)0x91;
    CHECK(read_checked((leat_bytes){data + 2, bytes.size + 1}, &array) == status);
    free(data);
}

/* The fields of a map are found when, and only when, the map can be read. */
static void check_fields(leat_bytes bytes, leat_status status, leat_msgpack_type type)
{
    leat_msgpack_field fields[] = {{.name = "a", .optional = true},
                                   {.name = "id", .optional = true},
                                   {.name = "tags", .optional = true}};
    leat_error err;
    leat_status found = leat_msgpack_map_fields(bytes, fields, 3, &err);

    check_error(found, &err, bytes.size);
    CHECK((found == LEAT_OK) == (status == LEAT_OK && type == LEAT_MSGPACK_MAP));
}

static void check_same(leat_msgpack_value a, leat_msgpack_value b)
{
    leat_msgpack_value of_a;
    leat_msgpack_value of_b;

    CHECK(a.type == b.type && a.ext_type == b.ext_type);
    CHECK(memcmp(&a.as, &b.as, sizeof a.as) == 0);
    if (a.type != LEAT_MSGPACK_ARRAY && a.type != LEAT_MSGPACK_MAP) {
        CHECK(leat_bytes_equal(a.bytes, b.bytes));
        return;
    }
    while (leat_msgpack_next(&a, &of_a)) {
        CHECK(leat_msgpack_next(&b, &of_b));
        check_same(of_a, of_b);
    }
    CHECK(!leat_msgpack_next(&b, &of_b));
}

/* What is written anew reads the same, and is as short as it gets. */
static void check_rewrite(leat_msgpack_value value)
{
    leat_msgpack_writer writer;
    leat_msgpack_writer again;
    leat_msgpack_value read;

    leat_msgpack_writer_init(&writer);
    leat_msgpack_writer_init(&again);
    msgpack_rewrite(&writer, value);
    CHECK_OK(read_checked(leat_msgpack_written(&writer), &read));
    check_same(value, read);
    msgpack_rewrite(&again, read);
    CHECK(leat_bytes_equal(leat_msgpack_written(&writer), leat_msgpack_written(&again)));
    leat_msgpack_writer_reset(&again);
    leat_msgpack_write_value(&again, &read);
    CHECK(leat_bytes_equal(leat_msgpack_written(&writer), leat_msgpack_written(&again)));
    leat_msgpack_writer_release(&writer);
    leat_msgpack_writer_release(&again);
}

bool fuzz_one(const uint8_t *data, size_t size)
{
    leat_bytes bytes = hex_copy(data, size); /* Exact: the sanitizer sees a read past it. */
    struct leat_buffer text = {0};
    leat_msgpack_value value = {.type = LEAT_MSGPACK_NONE};
    leat_status status = read_checked(bytes, &value);
    int64_t seconds;
    uint32_t nanoseconds;

    CHECK((value.type == LEAT_MSGPACK_NONE) == (status != LEAT_OK));
    check_skip_agrees_with_take(bytes);
    check_fields(bytes, status, value.type);
    CHECK(leat_text_append_msgpack(&text, bytes));
    if (status == LEAT_OK) {
        if (leat_msgpack_timestamp(&value, &seconds, &nanoseconds))
            CHECK(nanoseconds < 1000000000);
        check_rewrite(value);
    }
    leat_buffer_release(&text);
    hex_free(bytes);
    return status == LEAT_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_one(data, size);
    return 0;
}
