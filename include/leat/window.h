/*
 * leat/window.h: operators over the last batches: a window at T covers (T - length, T].
 *
 * A window has a name, as state has: its history survives restarts and changes of the code. length
 * and slide are multiples of the batch interval; slide 0 is one batch. A window is put out at batch
 * times that are multiples of its slide since the epoch; when missed ticks merged into one, at that
 * one. First windows are partial. No window without a checkpoint directory.
 */
#ifndef LEAT_WINDOW_H
#define LEAT_WINDOW_H

#include "leat/base.h"
#include "leat/task.h"

#ifdef __cplusplus
extern "C" {
#endif

#define leat_window(...) leat_window_at(LEAT_HERE, __VA_ARGS__)
#define leat_reduce_by_window(...) leat_reduce_by_window_at(LEAT_HERE, __VA_ARGS__)
#define leat_count_by_window(...) leat_count_by_window_at(LEAT_HERE, __VA_ARGS__)
#define leat_count_by_value_and_window(...) \
    leat_count_by_value_and_window_at(LEAT_HERE, __VA_ARGS__)
#define leat_group_by_key_and_window(...) leat_group_by_key_and_window_at(LEAT_HERE, __VA_ARGS__)
#define leat_reduce_by_key_and_window(...) leat_reduce_by_key_and_window_at(LEAT_HERE, __VA_ARGS__)

/* All records of the window's batches. They are stored with the state. Since: 0.1 */
LEAT_API leat_dstream *leat_window_at(const char *where, leat_dstream *stream, const char *name,
                                      leat_duration length, leat_duration slide);
/* One record with a null key, none for a window without records. inverse as below. Since: 0.1 */
LEAT_API leat_dstream *leat_reduce_by_window_at(const char *where, leat_dstream *stream,
                                                const char *name, leat_reduce_fn fn,
                                                leat_reduce_fn inverse, void *user,
                                                leat_duration length, leat_duration slide);
/* One (null, LEAT_I64), 0 for an empty window. Since: 0.1 */
LEAT_API leat_dstream *leat_count_by_window_at(const char *where, leat_dstream *stream,
                                               const char *name, leat_duration length,
                                               leat_duration slide);
/* (value, how often: LEAT_I64); values that are not in the window are not put out. Since: 0.1 */
LEAT_API leat_dstream *leat_count_by_value_and_window_at(const char *where, leat_dstream *stream,
                                                         const char *name, leat_duration length,
                                                         leat_duration slide);
LEAT_API leat_dstream *leat_group_by_key_and_window_at(const char *where, leat_dstream *stream,
                                                       const char *name, leat_group_fn fn,
                                                       void *user, leat_duration length,
                                                       leat_duration slide);
/*
 * inverse takes a value out of `into` again; NULL: none (leat_sum_i64 and leat_sum_f64 know theirs;
 * floating point then drifts as inverse functions do). With or without, a slide costs what came and
 * went, and the keys that are put out: not the length. A key without values in the window is not
 * put out, and forgotten. Since: 0.1
 */
LEAT_API leat_dstream *leat_reduce_by_key_and_window_at(const char *where, leat_dstream *stream,
                                                        const char *name, leat_reduce_fn fn,
                                                        leat_reduce_fn inverse, void *user,
                                                        leat_duration length, leat_duration slide);
/* Modifier of reduce_by_key_and_window: keys for which filter says no are not put out, Spark's
 * filterFunc; they stay until their values leave the window. Since: 0.1 */
LEAT_API leat_dstream *leat_window_filter(leat_dstream *stream, leat_filter_fn filter, void *user);

#ifdef __cplusplus
}
#endif
#endif
