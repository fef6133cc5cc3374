/*
 * operators: what wide operators do: how their records are brought together, and what each of their
 * partitions then puts out. The table behind leat_batch_options.wide_ops.
 *
 *   combine.c    reduce, count, count_by_value, reduce_by_key, combine_by_key, aggregate_by_key,
 *                distinct
 *   exchange.c   partition_by, repartition, cached
 *   group.c      group_by_key, cogroup      join.c   joins      sort.c   sort_by_key
 *   update.c     update_state_by_key        with_state.c        map_with_state, state_snapshots
 *   window.c     window                     window_reduce.c     reduce_by_key_and_window
 *
 * Thread: any.
 */
#ifndef LEAT_WIDE_OPERATORS_H
#define LEAT_WIDE_OPERATORS_H

#include "exec/wide.h"

/* Of any kind for which leat_operator_is_wide. */
const struct leat_wide_ops *leat_wide_operator(enum leat_operator kind);

/* Adds what the parent's tasks wrote for the root's partition; breaks the task on failure. */
LEAT_MUST_CHECK leat_status leat_combine_read(struct leat_task *task, const struct leat_wide *wide,
                                              struct leat_aggregator *aggregator);

extern const struct leat_wide_ops leat_combine_ops;
extern const struct leat_wide_ops leat_partition_by_ops;
extern const struct leat_wide_ops leat_repartition_ops;
extern const struct leat_wide_ops leat_cached_ops;
extern const struct leat_wide_ops leat_group_ops;
extern const struct leat_wide_ops leat_join_ops;
extern const struct leat_wide_ops leat_sort_ops;
extern const struct leat_wide_ops leat_update_ops;
extern const struct leat_wide_ops leat_with_state_ops;
extern const struct leat_wide_ops leat_snapshots_ops;
extern const struct leat_wide_ops leat_window_ops;
extern const struct leat_wide_ops leat_window_reduce_ops;

#endif
