/*
 * broadcasts: loads the context's broadcast values at start and refreshes them between batches.
 *
 * Thread: the scheduler's, while no task runs.
 */
#ifndef LEAT_EXEC_BROADCASTS_H
#define LEAT_EXEC_BROADCASTS_H

#include "base/log.h"
#include "graph/context.h"

/* Loads every one; the first failure is the error, with the broadcast's name. */
LEAT_MUST_CHECK leat_status leat_broadcasts_load(struct leat_streaming_context *ssc, leat_time now,
                                                 leat_error *err);

/* Loads again what was asked for or is older than its interval, destroys the value it replaces. A
 * failure keeps the old value, is logged, and is tried again after the interval. */
void leat_broadcasts_refresh(struct leat_streaming_context *ssc, leat_time now,
                             const struct leat_log *log);

/* Destroys the values. */
void leat_broadcasts_release(struct leat_streaming_context *ssc);

#endif
