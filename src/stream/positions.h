/*
 * positions: where a partition begins that has no position yet.
 *
 * Thread: the scheduler's.
 */
#ifndef LEAT_STREAM_POSITIONS_H
#define LEAT_STREAM_POSITIONS_H

#include "base/status.h"

struct leat_engine;

enum leat_beginning {
    LEAT_BEGIN_FIRST, /* A first start: from_offsets, then the group's, then auto.offset.reset. */
    LEAT_BEGIN_GROUP, /* No directory, a later start: the group's, else the first record. */
    LEAT_BEGIN_LATER  /* First seen after the job's first start: the first record. */
};

/* Turns every unknown position of an active partition into a number. Needs log ends only for
 * partitions that are unknown. */
LEAT_MUST_CHECK leat_status leat_positions_resolve(struct leat_engine *engine,
                                                   enum leat_beginning beginning, leat_error *err);

#endif
