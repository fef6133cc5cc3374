/* record_test: chunks of records, a record's origin, the names and sizes of types. */
#include "record/record.h"

#include "base/memory.h"
#include "leat/task.h"
#include "record/chunk.h"
#include "record/type.h"
#include "tests/support/check.h"

/* Headers as a list of names that NULL ends; each one's value is its name. */
static bool header_of_list(const void *headers, size_t index, const char **out_name,
                           leat_bytes *out_value)
{
    const char *const *names = headers;

    for (size_t i = 0; i <= index; i++)
        if (names[i] == NULL)
            return false;
    *out_name = names[index];
    *out_value = leat_string(names[index]);
    return true;
}

static void a_record_knows_where_it_came_from(void)
{
    static const char *const names[] = {"trace", "tenant", NULL};
    struct leat_origin origin = {.topic = "orders", .partition = 3, .header = header_of_list};
    leat_record record = {.origin = &origin, .headers = names};
    const char *name = NULL;
    leat_bytes value;

    CHECK(strcmp(leat_record_topic(&record), "orders") == 0);
    CHECK(leat_record_partition(&record) == 3);
    CHECK(leat_record_header(&record, 1, &name, &value) && strcmp(name, "tenant") == 0);
    CHECK(leat_bytes_equal(value, leat_string("tenant")));
    CHECK(!leat_record_header(&record, 2, &name, &value));
    record.headers = NULL;
    CHECK(!leat_record_header(&record, 0, &name, &value));
    CHECK(strcmp(name, "tenant") == 0);
}

static void a_record_of_no_topic_says_so(void)
{
    leat_record record = {.offset = -1};
    const char *name;
    leat_bytes value;

    CHECK(leat_record_topic(&record) == NULL);
    CHECK(leat_record_partition(&record) == -1);
    CHECK(!leat_record_header(&record, 0, &name, &value));
}

static void a_record_is_one_cache_line(void)
{
    CHECK(sizeof(leat_record) == 64);
}

static void a_chunk_grows_and_keeps_its_records(void)
{
    struct leat_chunk chunk;

    leat_chunk_init(&chunk);
    for (int64_t offset = 0; offset < 1000; offset++) {
        CHECK(leat_chunk_reserve(&chunk, 1));
        chunk.records[chunk.count++] = (leat_record){.offset = offset};
    }
    CHECK(leat_chunk_reserve(&chunk, 5000) && chunk.capacity >= 6000);
    CHECK(leat_chunk_reserve(&chunk, 0));
    for (int64_t offset = 0; offset < 1000; offset++)
        CHECK(chunk.records[offset].offset == offset);
    leat_chunk_release(&chunk);
    CHECK(chunk.records == NULL && chunk.count == 0 && chunk.capacity == 0);
}

static void no_memory_leaves_the_chunk_as_it_was(void)
{
    struct leat_chunk chunk;
    struct leat_chunk before;

    leat_chunk_init(&chunk);
    leat_memory_fail_after(0);
    CHECK(!leat_chunk_reserve(&chunk, 1));
    leat_memory_fail_after(-1);
    CHECK(chunk.records == NULL && chunk.capacity == 0);
    CHECK(leat_chunk_reserve(&chunk, 1));
    chunk.records[chunk.count++] = (leat_record){.offset = 7};
    before = chunk;
    leat_memory_fail_after(0);
    CHECK(!leat_chunk_reserve(&chunk, before.capacity));
    leat_memory_fail_after(-1);
    CHECK(chunk.records == before.records && chunk.capacity == before.capacity);
    CHECK(chunk.count == 1 && chunk.records[0].offset == 7);
    leat_chunk_release(&chunk);
}

static void more_records_than_memory_can_hold_are_refused(void)
{
    struct leat_chunk chunk;

    leat_chunk_init(&chunk);
    CHECK(!leat_chunk_reserve(&chunk, SIZE_MAX));
    CHECK(!leat_chunk_reserve(&chunk, SIZE_MAX / 2 / sizeof(leat_record) + 1));
    CHECK(leat_chunk_reserve(&chunk, 1));
    chunk.count = 1;
    CHECK(!leat_chunk_reserve(&chunk, SIZE_MAX));
    leat_chunk_release(&chunk);
}

static void types_have_names_and_sizes(void)
{
    CHECK(strcmp(leat_type_name(LEAT_INHERIT), "inherit") == 0);
    CHECK(strcmp(leat_type_name(LEAT_BYTES), "bytes") == 0);
    CHECK(strcmp(leat_type_name(LEAT_STRING), "string") == 0);
    CHECK(strcmp(leat_type_name(LEAT_I64), "i64") == 0);
    CHECK(strcmp(leat_type_name(LEAT_F64), "f64") == 0);
    CHECK(strcmp(leat_type_name(LEAT_MSGPACK), "msgpack") == 0);
    CHECK(strcmp(leat_type_name(LEAT_JSON), "json") == 0);
    CHECK(strcmp(leat_type_name(LEAT_JSON + 1), "unknown") == 0);
    CHECK(strcmp(leat_type_name(-1), "unknown") == 0);
    CHECK(leat_type_size(LEAT_I64) == 8 && leat_type_size(LEAT_F64) == 8);
    CHECK(leat_type_size(LEAT_STRING) == 0);
}

static const struct check_case cases[] = {
    CHECK_CASE(a_record_knows_where_it_came_from),
    CHECK_CASE(a_record_of_no_topic_says_so),
    CHECK_CASE(a_record_is_one_cache_line),
    CHECK_CASE(a_chunk_grows_and_keeps_its_records),
    CHECK_CASE(no_memory_leaves_the_chunk_as_it_was),
    CHECK_CASE(more_records_than_memory_can_hold_are_refused),
    CHECK_CASE(types_have_names_and_sizes),
};
CHECK_MAIN(cases)
