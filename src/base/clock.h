/*
 * clock: what time it is, and how to wait. Injected, so that a test can turn the hands itself.
 *
 * Batch labels come from the wall clock; lengths of time come from the monotonic one.
 *
 * Thread: any. A wakeup is set from any thread or a signal handler and waited for by one thread.
 */
#ifndef LEAT_BASE_CLOCK_H
#define LEAT_BASE_CLOCK_H

#include <stdatomic.h>

#include "base/status.h"

/* Ends a wait early, and every wait after it until it is cleared. */
struct leat_wakeup {
    int fd; /* An eventfd. */
};

LEAT_MUST_CHECK leat_status leat_wakeup_init(struct leat_wakeup *wakeup, leat_error *err);
/* Async-signal-safe. */
void leat_wakeup_set(const struct leat_wakeup *wakeup);
void leat_wakeup_clear(const struct leat_wakeup *wakeup);
void leat_wakeup_release(struct leat_wakeup *wakeup);

struct leat_clock {
    int64_t (*wall_us)(void *context);      /* Since the epoch. */
    int64_t (*monotonic_us)(void *context); /* Since whenever. */
    /* Returns true after so long, false when wakeup was set before. 0 only looks. */
    bool (*wait_us)(void *context, int64_t us, const struct leat_wakeup *wakeup);
    void *context;
};

int64_t leat_clock_wall_ms(const struct leat_clock *clock);
int64_t leat_clock_monotonic_us(const struct leat_clock *clock);
bool leat_clock_wait_us(const struct leat_clock *clock, int64_t us,
                        const struct leat_wakeup *wakeup);

/* The system's. */
struct leat_clock leat_clock_system(void);

/* Moves only when it is told to, or when it is waited for: a wait moves its hands and returns at
 * once. Zero-initialised it shows the epoch. */
struct leat_manual_clock {
    atomic_llong now_us;
};
void leat_manual_clock_set(struct leat_manual_clock *manual, int64_t wall_ms);
/* Borrows manual. */
struct leat_clock leat_clock_manual(struct leat_manual_clock *manual);

#endif
