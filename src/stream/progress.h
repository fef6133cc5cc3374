/*
 * progress: what stderr shows of each batch: a line for people, or a JSON object for programs.
 *
 * Thread: the scheduler's.
 */
#ifndef LEAT_STREAM_PROGRESS_H
#define LEAT_STREAM_PROGRESS_H

#include "exec/batch.h"

struct leat_engine;

struct leat_batch_progress {
    int64_t n;
    leat_time time;
    uint64_t records; /* Read by the batch's tasks. */
    uint64_t output_records;
    uint64_t skipped_records;
    int64_t scheduling_ms; /* From the batch time to its start. */
    int64_t processing_us;
    int64_t lag;       /* Offsets that wait, up to the high watermarks when it was planned. */
    int64_t held_back; /* Of these, behind transactions that others have open. */
    const struct leat_batch_range *ranges; /* Borrowed. */
    size_t range_count;
};

/* As leat.progress says; in one write. */
void leat_progress_show(const struct leat_engine *engine,
                        const struct leat_batch_progress *progress);

#endif
