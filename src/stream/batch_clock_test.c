/* batch_clock_test: ticks on time, late, missed, and with a clock that was set. */
#include "stream/batch_clock.h"

#include "tests/support/check.h"

static struct leat_batch_clock every_20_s(leat_time now)
{
    struct leat_batch_clock clock;

    leat_batch_clock_init(&clock, 20000, now);
    return clock;
}

static leat_time run_at(struct leat_batch_clock *clock, leat_time now)
{
    leat_time label = leat_batch_clock_label(clock, now);

    leat_batch_clock_use(clock, label, now);
    return label;
}

static void a_first_start_waits_for_a_multiple_of_the_interval(void)
{
    struct leat_batch_clock clock = every_20_s(1000003);

    CHECK(leat_batch_clock_due(&clock, 1000003) == 1020000);
    CHECK(run_at(&clock, 1020000) == 1020000);
    CHECK(leat_batch_clock_due(&clock, 1020001) == 1040000);
}

static void missed_ticks_merge_into_the_newest_which_is_due_at_once(void)
{
    struct leat_batch_clock clock = every_20_s(1000003);

    run_at(&clock, 1020000);
    CHECK(leat_batch_clock_due(&clock, 1085000) == 1085000);
    CHECK(run_at(&clock, 1085000) == 1080000);
    CHECK(leat_batch_clock_due(&clock, 1085001) == 1100000);
}

static void ticks_missed_while_the_job_was_down_are_one(void)
{
    struct leat_batch_clock clock = every_20_s(9990001);

    leat_batch_clock_resume(&clock, 1020000);
    CHECK(leat_batch_clock_due(&clock, 9990001) == 9990001);
    CHECK(run_at(&clock, 9990001) == 9980000);
    CHECK(leat_batch_clock_due(&clock, 9990002) == 10000000);
}

static void a_restart_within_the_interval_waits_for_the_next_tick(void)
{
    struct leat_batch_clock clock = every_20_s(1025000);

    leat_batch_clock_resume(&clock, 1020000);
    CHECK(leat_batch_clock_due(&clock, 1025000) == 1040000);
}

static void a_clock_set_back_neither_stalls_nor_repeats_a_label(void)
{
    struct leat_batch_clock clock = every_20_s(1000003);

    CHECK(run_at(&clock, 1020000) == 1020000);
    /* An hour back, by 12:34. */
    CHECK(leat_batch_clock_due(&clock, 261234) == 280000);
    CHECK(leat_batch_clock_due(&clock, 279999) == 280000);
    CHECK(leat_batch_clock_due(&clock, 280001) == 280001);
    CHECK(run_at(&clock, 280000) == 1040000);
    CHECK(leat_batch_clock_due(&clock, 280001) == 300000);
    CHECK(run_at(&clock, 300000) == 1060000);
}

static void interval_0_is_always_due_and_labels_differ(void)
{
    struct leat_batch_clock clock;

    leat_batch_clock_init(&clock, 0, 5000);
    CHECK(leat_batch_clock_due(&clock, 5000) == 5000);
    CHECK(run_at(&clock, 5000) == 5000);
    CHECK(run_at(&clock, 5000) == 5001);
    CHECK(run_at(&clock, 5000) == 5002);
    CHECK(run_at(&clock, 6000) == 6000);
}

static const struct check_case cases[] = {
    CHECK_CASE(a_first_start_waits_for_a_multiple_of_the_interval),
    CHECK_CASE(missed_ticks_merge_into_the_newest_which_is_due_at_once),
    CHECK_CASE(ticks_missed_while_the_job_was_down_are_one),
    CHECK_CASE(a_restart_within_the_interval_waits_for_the_next_tick),
    CHECK_CASE(a_clock_set_back_neither_stalls_nor_repeats_a_label),
    CHECK_CASE(interval_0_is_always_due_and_labels_differ),
};
CHECK_MAIN(cases)
