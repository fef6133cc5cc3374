/* buffer_test: bytes that are appended are there, and stay when memory is out. */
#include "base/buffer.h"

#include <stdint.h>

#include "base/memory.h"
#include "tests/support/check.h"

static bool is(const struct leat_buffer *buffer, const char *text)
{
    return buffer->size == strlen(text) && memcmp(buffer->data, text, buffer->size) == 0;
}

static void what_is_appended_is_there_in_order(void)
{
    struct leat_buffer buffer = {0};

    CHECK(leat_buffer_append(&buffer, "ab", 2));
    CHECK(leat_buffer_append_char(&buffer, 'c'));
    CHECK(leat_buffer_append(&buffer, NULL, 0));
    CHECK(leat_buffer_printf(&buffer, "%d-%s", 42, "x"));
    CHECK(is(&buffer, "abc42-x"));
    leat_buffer_reset(&buffer);
    CHECK(is(&buffer, ""));
    CHECK(leat_buffer_append(&buffer, "again", 5) && is(&buffer, "again"));
    leat_buffer_release(&buffer);
    CHECK(buffer.data == NULL && buffer.size == 0 && buffer.capacity == 0);
}

static void it_grows_over_every_size(void)
{
    struct leat_buffer buffer = {0};
    char word[700];

    memset(word, 'w', sizeof word);
    for (size_t size = 0; size < sizeof word; size++) {
        word[size] = '\0';
        leat_buffer_reset(&buffer);
        CHECK(leat_buffer_printf(&buffer, "<%s>", word));
        CHECK(buffer.size == size + 2 && buffer.data[size + 1] == '>');
        word[size] = 'w';
    }
    leat_buffer_release(&buffer);
    for (size_t i = 0; i < 100000; i++)
        CHECK(leat_buffer_append_char(&buffer, (char)(i % 127)));
    for (size_t i = 0; i < 100000; i++)
        CHECK(buffer.data[i] == (char)(i % 127));
    leat_buffer_release(&buffer);
}

static void reserved_room_needs_no_more_memory(void)
{
    struct leat_buffer buffer = {0};

    CHECK(leat_buffer_reserve(&buffer, 1000));
    leat_memory_fail_after(0);
    for (int i = 0; i < 1000; i++)
        CHECK(leat_buffer_append_char(&buffer, 'x'));
    leat_memory_fail_after(-1);
    leat_buffer_release(&buffer);
}

static void without_memory_it_is_as_it_was(void)
{
    struct leat_buffer buffer = {0};
    char large[5000];

    memset(large, 'y', sizeof large);
    CHECK(leat_buffer_append(&buffer, "kept", 4));
    leat_memory_fail_after(0);
    CHECK(!leat_buffer_append(&buffer, large, sizeof large));
    leat_memory_fail_after(0);
    CHECK(!leat_buffer_printf(&buffer, "%5000d", 1));
    leat_memory_fail_after(0);
    CHECK(!leat_buffer_reserve(&buffer, sizeof large));
    leat_memory_fail_after(-1);
    CHECK(!leat_buffer_reserve(&buffer, SIZE_MAX));
    CHECK(is(&buffer, "kept"));
    leat_buffer_release(&buffer);
}

static const struct check_case cases[] = {
    CHECK_CASE(what_is_appended_is_there_in_order),
    CHECK_CASE(it_grows_over_every_size),
    CHECK_CASE(reserved_room_needs_no_more_memory),
    CHECK_CASE(without_memory_it_is_as_it_was),
};

CHECK_MAIN(cases)
