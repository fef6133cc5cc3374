/*
 * watchdog: ends a batch that takes too long, by setting the flag that its tasks look at.
 *
 * Thread: a thread of its own waits; everything else is the scheduler's.
 */
#ifndef LEAT_STREAM_WATCHDOG_H
#define LEAT_STREAM_WATCHDOG_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/status.h"

struct leat_watchdog {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool runs;
    bool ends;
    int64_t deadline_us; /* Monotonic; 0: none. */
    atomic_bool *flag;   /* Borrowed. */
    atomic_bool bit;     /* The deadline passed since it was armed. */
};

/* Borrows flag. */
LEAT_MUST_CHECK leat_status leat_watchdog_start(struct leat_watchdog *watchdog, atomic_bool *flag,
                                                leat_error *err);
/* Sets the flag after so long, unless disarmed before. */
void leat_watchdog_arm(struct leat_watchdog *watchdog, int64_t us);
/* True when the deadline had passed. */
bool leat_watchdog_disarm(struct leat_watchdog *watchdog);
/* A zeroed one is fine. */
void leat_watchdog_end(struct leat_watchdog *watchdog);

#endif
