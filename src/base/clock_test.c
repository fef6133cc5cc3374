/* clock_test: waits that last, waits that are ended early, hands that are turned. */
#include "base/clock.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/check.h"

enum { LONG_US = 60000000 };

static leat_error err;

static struct leat_wakeup make(void)
{
    struct leat_wakeup wakeup;

    CHECK_OK(leat_wakeup_init(&wakeup, &err));
    return wakeup;
}

static void a_wait_lasts_as_long_as_it_should(void)
{
    struct leat_clock clock = leat_clock_system();
    struct leat_wakeup wakeup = make();
    int64_t before = leat_clock_monotonic_us(&clock);

    CHECK(leat_clock_wait_us(&clock, 20000, &wakeup));
    CHECK(leat_clock_monotonic_us(&clock) - before >= 20000);
    CHECK(leat_clock_wait_us(&clock, 0, &wakeup));
    CHECK(leat_clock_wait_us(&clock, -5, &wakeup));
    leat_wakeup_release(&wakeup);
}

static void a_wakeup_ends_every_wait_until_it_is_cleared(void)
{
    struct leat_clock clock = leat_clock_system();
    struct leat_wakeup wakeup = make();

    leat_wakeup_set(&wakeup);
    leat_wakeup_set(&wakeup);
    CHECK(!leat_clock_wait_us(&clock, LONG_US, &wakeup));
    CHECK(!leat_clock_wait_us(&clock, 0, &wakeup));
    leat_wakeup_clear(&wakeup);
    CHECK(leat_clock_wait_us(&clock, 0, &wakeup));
    leat_wakeup_clear(&wakeup); /* Not set: it does not block. */
    leat_wakeup_release(&wakeup);
    leat_wakeup_release(&wakeup);
}

static void *set_it(void *wakeup)
{
    leat_wakeup_set(wakeup);
    return NULL;
}

static void another_thread_ends_a_wait(void)
{
    struct leat_clock clock = leat_clock_system();
    struct leat_wakeup wakeup = make();
    pthread_t thread;

    CHECK(pthread_create(&thread, NULL, set_it, &wakeup) == 0);
    CHECK(!leat_clock_wait_us(&clock, LONG_US, &wakeup));
    pthread_join(thread, NULL);
    leat_wakeup_release(&wakeup);
}

static struct leat_wakeup signalled;
static int handled;

static void on_alarm(int number)
{
    (void)number;
    if (++handled == 3)
        leat_wakeup_set(&signalled);
}

/* A signal that does not set it cuts nothing short; one that does ends the wait. */
static void a_signal_ends_a_wait_only_by_the_wakeup(void)
{
    struct sigaction action = {.sa_handler = on_alarm};
    struct itimerspec often = {{0, 5000000}, {0, 5000000}};
    struct leat_clock clock = leat_clock_system();
    timer_t timer;

    signalled = make();
    sigemptyset(&action.sa_mask);
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    CHECK(timer_create(CLOCK_MONOTONIC, NULL, &timer) == 0);
    CHECK(timer_settime(timer, 0, &often, NULL) == 0);
    CHECK(!leat_clock_wait_us(&clock, LONG_US, &signalled));
    CHECK(handled >= 3);
    timer_delete(timer);
    leat_wakeup_release(&signalled);
}

static void the_wall_clock_is_the_system_s(void)
{
    struct leat_clock clock = leat_clock_system();
    int64_t before = (int64_t)time(NULL);
    int64_t now = leat_clock_wall_ms(&clock);

    CHECK(now / 1000 >= before && now / 1000 <= (int64_t)time(NULL));
}

static void a_manual_clock_moves_when_it_is_told_or_waited_for(void)
{
    struct leat_manual_clock manual = {0};
    struct leat_clock clock = leat_clock_manual(&manual);
    struct leat_wakeup wakeup = make();

    CHECK(leat_clock_wall_ms(&clock) == 0);
    leat_manual_clock_set(&manual, 1234);
    CHECK(leat_clock_wall_ms(&clock) == 1234 && leat_clock_monotonic_us(&clock) == 1234000);
    CHECK(leat_clock_wait_us(&clock, LONG_US, &wakeup));
    CHECK(leat_clock_wall_ms(&clock) == 1234 + LONG_US / 1000);
    leat_wakeup_set(&wakeup);
    CHECK(!leat_clock_wait_us(&clock, LONG_US, &wakeup));
    CHECK(leat_clock_wall_ms(&clock) == 1234 + LONG_US / 1000);
    leat_wakeup_release(&wakeup);
}

static const struct check_case cases[] = {
    CHECK_CASE(a_wait_lasts_as_long_as_it_should),
    CHECK_CASE(a_wakeup_ends_every_wait_until_it_is_cleared),
    CHECK_CASE(another_thread_ends_a_wait),
    CHECK_CASE(a_signal_ends_a_wait_only_by_the_wakeup),
    CHECK_CASE(the_wall_clock_is_the_system_s),
    CHECK_CASE(a_manual_clock_moves_when_it_is_told_or_waited_for),
};

CHECK_MAIN(cases)
