/* strand_test: a function that pulls sees every chunk once, in order, and its end is the strand's.
 */
#include "exec/strand.h"

#include "base/memory.h"
#include "tests/support/check.h"

enum { CHUNKS = 1000 };

/* What the function under test has seen; the step is only handed on, and stands for it. */
static struct {
    struct leat_strand *strand;
    size_t seen;
    size_t stop_after;
    bool ended;
    bool running;
} pull;

static leat_error err;

static leat_status pull_all(struct leat_step *step)
{
    const struct leat_chunk *chunk;

    CHECK((void *)step == &pull);
    while (pull.seen < pull.stop_after) {
        pull.running = true;
        if (!leat_strand_wait_input(pull.strand, &chunk)) {
            pull.ended = true;
            return LEAT_OK;
        }
        CHECK(chunk->count == pull.seen);
        pull.seen++;
    }
    return LEAT_BAD_RECORD;
}

static void begin(size_t stop_after)
{
    memset(&pull, 0, sizeof pull);
    pull.stop_after = stop_after;
    CHECK_OK(leat_strand_create((struct leat_step *)(void *)&pull, pull_all, &pull.strand, &err));
}

/* Nothing here is locked: the two take turns. */
static void every_chunk_is_seen_once_in_order(void)
{
    begin(SIZE_MAX);
    for (size_t i = 0; i < CHUNKS; i++) {
        struct leat_chunk chunk = {.count = i};

        CHECK_OK(leat_strand_push(pull.strand, &chunk));
        CHECK(pull.seen == i + 1);
    }
    CHECK(!pull.ended);
    CHECK_OK(leat_strand_finish(pull.strand));
    CHECK(pull.ended && pull.seen == CHUNKS);
    leat_strand_destroy(pull.strand);
}

static void a_function_without_input_sees_the_end(void)
{
    begin(SIZE_MAX);
    CHECK_OK(leat_strand_finish(pull.strand));
    CHECK(pull.ended && pull.seen == 0);
    leat_strand_destroy(pull.strand);
}

static void what_it_returns_early_is_told_from_then_on(void)
{
    struct leat_chunk chunk = {.count = 0};

    begin(1);
    CHECK(leat_strand_push(pull.strand, &chunk) == LEAT_BAD_RECORD);
    CHECK(leat_strand_push(pull.strand, &chunk) == LEAT_BAD_RECORD);
    CHECK(leat_strand_finish(pull.strand) == LEAT_BAD_RECORD);
    CHECK(pull.seen == 1 && !pull.ended);
    leat_strand_destroy(pull.strand);
}

static void one_that_still_runs_is_ended(void)
{
    struct leat_chunk chunk = {.count = 0};

    begin(SIZE_MAX);
    CHECK_OK(leat_strand_push(pull.strand, &chunk));
    leat_strand_destroy(pull.strand);
    CHECK(pull.ended);
}

static void one_that_never_ran_has_no_thread(void)
{
    begin(SIZE_MAX);
    leat_strand_destroy(pull.strand);
    CHECK(!pull.running);
    leat_strand_destroy(NULL);
}

static void without_memory_there_is_none(void)
{
    struct leat_strand *strand = NULL;

    leat_memory_fail_after(0);
    CHECK(leat_strand_create(NULL, pull_all, &strand, &err) == LEAT_NO_MEMORY);
    leat_memory_fail_after(-1);
    CHECK(strand == NULL);
}

static const struct check_case cases[] = {
    CHECK_CASE(every_chunk_is_seen_once_in_order),
    CHECK_CASE(a_function_without_input_sees_the_end),
    CHECK_CASE(what_it_returns_early_is_told_from_then_on),
    CHECK_CASE(one_that_still_runs_is_ended),
    CHECK_CASE(one_that_never_ran_has_no_thread),
    CHECK_CASE(without_memory_there_is_none),
};

CHECK_MAIN(cases)
