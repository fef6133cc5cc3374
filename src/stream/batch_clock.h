/*
 * batch_clock: when the next batch starts and what its batch time is.
 *
 * Batch times are multiples of the interval since the epoch. Ticks that were missed merge into the
 * newest one, which is due at once. The label never goes back, whatever is done to the clock, and
 * the wait for the next tick is never longer than an interval.
 *
 * Thread: the scheduler's; pure functions.
 */
#ifndef LEAT_STREAM_BATCH_CLOCK_H
#define LEAT_STREAM_BATCH_CLOCK_H

#include "leat/base.h"

struct leat_batch_clock {
    int64_t interval_ms; /* 0: a batch is due whenever the last one has ended. */
    leat_time last;      /* Label of the last batch; meaningless unless has_last. */
    leat_time ticked;    /* The wall clock's tick that it used up. */
    bool has_last;
};

/* A job that never ran waits for its first tick; last and ticked are then the one before it. */
void leat_batch_clock_init(struct leat_batch_clock *clock, int64_t interval_ms, leat_time now);

/* Continues after a batch of an earlier run: what was missed since is due at once. */
void leat_batch_clock_resume(struct leat_batch_clock *clock, leat_time last);

/* When, by the wall clock, the next batch is due; now: at once. Ask again while waiting: the clock
 * may have been set. */
leat_time leat_batch_clock_due(struct leat_batch_clock *clock, leat_time now);

/* Label of a batch that starts now. */
leat_time leat_batch_clock_label(const struct leat_batch_clock *clock, leat_time now);

/* A batch with that label starts now: its tick is used up. */
void leat_batch_clock_use(struct leat_batch_clock *clock, leat_time label, leat_time now);

#endif
