/*
 * life_cycle: the steps of leat_streaming_context_start, for who does something between them.
 *
 * Thread: the one that owns the context.
 */
#ifndef LEAT_STREAM_LIFE_CYCLE_H
#define LEAT_STREAM_LIFE_CYCLE_H

#include "graph/context.h"
#include "stream/engine.h"

/* Resolves and validates; connects to nothing. */
LEAT_MUST_CHECK leat_status leat_context_set_up(leat_streaming_context *ssc, leat_error *err);

/* Connects, recovers, starts the scheduler's thread. */
LEAT_MUST_CHECK leat_status leat_context_run(leat_streaming_context *ssc, leat_error *err);

/* Runs batches until the job is stopped, drained, or fails; then settles what is open. */
LEAT_MUST_CHECK leat_status leat_engine_run(struct leat_engine *engine, leat_error *err);

#endif
