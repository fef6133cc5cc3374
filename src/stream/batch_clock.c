/* batch_clock: see batch_clock.h. */
#include "stream/batch_clock.h"

static leat_time floored(const struct leat_batch_clock *clock, leat_time now)
{
    return clock->interval_ms == 0 ? now : now - now % clock->interval_ms;
}

void leat_batch_clock_init(struct leat_batch_clock *clock, int64_t interval_ms, leat_time now)
{
    *clock = (struct leat_batch_clock){.interval_ms = interval_ms};
    clock->ticked = floored(clock, now);
}

void leat_batch_clock_resume(struct leat_batch_clock *clock, leat_time last)
{
    clock->last = last;
    clock->has_last = true;
    if (last < clock->ticked)
        clock->ticked = last;
}

leat_time leat_batch_clock_due(struct leat_batch_clock *clock, leat_time now)
{
    leat_time tick = floored(clock, now);

    if (tick < clock->ticked)
        clock->ticked = tick; /* The clock was set back: ticks go on from there. */
    if (clock->interval_ms == 0 || tick > clock->ticked)
        return now;
    return tick + clock->interval_ms;
}

leat_time leat_batch_clock_label(const struct leat_batch_clock *clock, leat_time now)
{
    leat_time label = floored(clock, now);
    leat_time step = clock->interval_ms == 0 ? 1 : clock->interval_ms;

    if (clock->has_last && label < clock->last + step)
        label = clock->last + step;
    return label;
}

void leat_batch_clock_use(struct leat_batch_clock *clock, leat_time label, leat_time now)
{
    clock->last = label;
    clock->has_last = true;
    clock->ticked = floored(clock, now);
}
