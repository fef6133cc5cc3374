/*
 * state: the stores of the job's stateful operators and windows: opened with the checkpoint, named
 * before the first batch, and taken through each batch's end.
 *
 * Thread: the scheduler's.
 */
#ifndef LEAT_STREAM_STATE_H
#define LEAT_STREAM_STATE_H

#include "stream/engine_internal.h"

/* The store of the names that have begun; the engine's own. */
#define LEAT_STATE_BEGUN "#begun"

/* Interval, lengths and slides fit together; a stateful job has a checkpoint directory. */
LEAT_MUST_CHECK leat_status leat_state_check(const struct leat_engine *engine, leat_error *err);

/* Right behind the ledger: recovery may have to fold what an earlier run left. */
LEAT_MUST_CHECK leat_status leat_state_open(struct leat_engine *engine, leat_error *err);

/* After recovery: each operator finds its stores, or gets new ones. */
LEAT_MUST_CHECK leat_status leat_state_declare(struct leat_engine *engine, leat_error *err);

/* Before the batch's state is written: what ran in it for the first time has begun with it. */
LEAT_MUST_CHECK leat_status leat_state_begin(struct leat_engine *engine, leat_error *err);

bool leat_state_has_changes(const struct leat_engine *engine);
/* The batch is committed. */
void leat_state_accept(struct leat_engine *engine);
/* The batch is over, committed or without an effect. */
void leat_state_finish(struct leat_engine *engine);
/* The attempt failed. */
void leat_state_revert(struct leat_engine *engine);

#endif
