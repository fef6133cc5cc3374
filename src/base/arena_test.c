/* arena_test: pieces that stay apart, limits that hold, memory that is given back. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>

#include "base/memory.h"
#include "tests/support/check.h"

enum { PIECES = 300 };

static void pieces_are_aligned_and_do_not_overlap(void)
{
    unsigned char *pieces[PIECES];
    struct leat_arena arena;

    leat_arena_init(&arena, 256, SIZE_MAX);
    for (size_t i = 0; i < PIECES; i++) {
        pieces[i] = leat_arena_alloc(&arena, i);
        CHECK(pieces[i] != NULL && (uintptr_t)pieces[i] % alignof(max_align_t) == 0);
        memset(pieces[i], (int)(i % 251), i);
    }
    for (size_t i = 0; i < PIECES; i++)
        for (size_t j = 0; j < i; j++)
            CHECK(pieces[i][j] == i % 251);
    leat_arena_release(&arena);
    CHECK(arena.held_bytes == 0);
}

static void zalloc_gives_zeros_also_where_something_was(void)
{
    struct leat_arena arena;

    leat_arena_init(&arena, 256, SIZE_MAX);
    for (int round = 0; round < 2; round++) {
        unsigned char *piece = leat_arena_zalloc(&arena, 100);

        CHECK(piece != NULL);
        for (size_t i = 0; i < 100; i++)
            CHECK(piece[i] == 0);
        memset(piece, 0xff, 100);
        leat_arena_reset(&arena);
    }
    leat_arena_release(&arena);
}

static void copies_end_with_a_nul(void)
{
    struct leat_arena arena;
    char *copy;

    leat_arena_init(&arena, 64, SIZE_MAX);
    copy = leat_arena_copy(&arena, "ab\0cd", 5);
    CHECK(copy != NULL && memcmp(copy, "ab\0cd", 6) == 0);
    copy = leat_arena_copy(&arena, NULL, 0);
    CHECK(copy != NULL && copy[0] == '\0');
    copy = leat_arena_strdup(&arena, "text");
    CHECK(copy != NULL && strcmp(copy, "text") == 0);
    CHECK(leat_arena_strdup(&arena, NULL) == NULL);
    leat_arena_release(&arena);
}

static void what_is_over_the_limit_is_refused_and_the_rest_goes_on(void)
{
    struct leat_arena arena;

    leat_arena_init(&arena, 64, 1024);
    CHECK(leat_arena_alloc(&arena, 1025) == NULL);
    CHECK(leat_arena_alloc(&arena, 512) != NULL);
    CHECK(leat_arena_alloc(&arena, 1024) == NULL);
    CHECK(leat_arena_alloc(&arena, 64) != NULL);
    CHECK(arena.held_bytes <= 1024);
    leat_arena_reset(&arena);
    CHECK(leat_arena_alloc(&arena, 960) != NULL);
    leat_arena_release(&arena);
}

static void sizes_that_overflow_are_refused(void)
{
    struct leat_arena arena;

    leat_arena_init(&arena, 64, SIZE_MAX);
    CHECK(leat_arena_alloc(&arena, SIZE_MAX) == NULL);
    CHECK(leat_arena_copy(&arena, "", SIZE_MAX) == NULL);
    leat_arena_release(&arena);
}

static void a_reset_keeps_no_more_than_a_chunk(void)
{
    struct leat_arena arena;

    leat_arena_init(&arena, 128, SIZE_MAX);
    leat_arena_reset(&arena); /* Nothing was taken. */
    for (int i = 0; i < 20; i++)
        CHECK(leat_arena_alloc(&arena, 100) != NULL);
    CHECK(leat_arena_alloc(&arena, 10000) != NULL);
    leat_arena_reset(&arena);
    CHECK(arena.held_bytes <= 128);
    leat_arena_release(&arena);
}

static void without_memory_it_is_as_it_was(void)
{
    struct leat_arena arena;
    char *kept;

    leat_arena_init(&arena, 64, SIZE_MAX);
    kept = leat_arena_strdup(&arena, "kept");
    leat_memory_fail_after(0);
    CHECK(leat_arena_alloc(&arena, 1000) == NULL);
    leat_memory_fail_after(-1);
    CHECK(kept != NULL && strcmp(kept, "kept") == 0);
    CHECK(leat_arena_alloc(&arena, 1000) != NULL);
    leat_arena_release(&arena);
}

static const struct check_case cases[] = {
    CHECK_CASE(pieces_are_aligned_and_do_not_overlap),
    CHECK_CASE(zalloc_gives_zeros_also_where_something_was),
    CHECK_CASE(copies_end_with_a_nul),
    CHECK_CASE(what_is_over_the_limit_is_refused_and_the_rest_goes_on),
    CHECK_CASE(sizes_that_overflow_are_refused),
    CHECK_CASE(a_reset_keeps_no_more_than_a_chunk),
    CHECK_CASE(without_memory_it_is_as_it_was),
};

CHECK_MAIN(cases)
