/*
 * held_back: partitions that cannot be read on because somebody's transaction stays open: a
 * producer that hangs looks like an input without records.
 *
 * Thread: the scheduler's.
 */
#ifndef LEAT_STREAM_HELD_BACK_H
#define LEAT_STREAM_HELD_BACK_H

#include <stdint.h>

struct leat_engine;

/* Says once which partitions wait longer than the request timeout, and when they go on. */
void leat_engine_watch_held_back(struct leat_engine *engine);

/* Offsets behind open transactions, of all partitions. */
int64_t leat_engine_held_back(const struct leat_engine *engine);

#endif
