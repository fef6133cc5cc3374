/* operators: see operators.h. */
#include "wide/operators.h"

#include <assert.h>

static const struct leat_wide_ops *const table[] = {
    [LEAT_OPERATOR_CACHED] = &leat_cached_ops,
    [LEAT_OPERATOR_PARTITION_BY] = &leat_partition_by_ops,
    [LEAT_OPERATOR_REPARTITION] = &leat_repartition_ops,
    [LEAT_OPERATOR_REDUCE] = &leat_combine_ops,
    [LEAT_OPERATOR_COUNT] = &leat_combine_ops,
    [LEAT_OPERATOR_COUNT_BY_VALUE] = &leat_combine_ops,
    [LEAT_OPERATOR_REDUCE_BY_KEY] = &leat_combine_ops,
    [LEAT_OPERATOR_COMBINE_BY_KEY] = &leat_combine_ops,
    [LEAT_OPERATOR_AGGREGATE_BY_KEY] = &leat_combine_ops,
    [LEAT_OPERATOR_DISTINCT] = &leat_combine_ops,
    [LEAT_OPERATOR_GROUP_BY_KEY] = &leat_group_ops,
    [LEAT_OPERATOR_COGROUP] = &leat_group_ops,
    [LEAT_OPERATOR_JOIN] = &leat_join_ops,
    [LEAT_OPERATOR_LEFT_OUTER_JOIN] = &leat_join_ops,
    [LEAT_OPERATOR_RIGHT_OUTER_JOIN] = &leat_join_ops,
    [LEAT_OPERATOR_FULL_OUTER_JOIN] = &leat_join_ops,
    [LEAT_OPERATOR_SORT_BY_KEY] = &leat_sort_ops,
    [LEAT_OPERATOR_UPDATE_STATE_BY_KEY] = &leat_update_ops,
    [LEAT_OPERATOR_MAP_WITH_STATE] = &leat_with_state_ops,
    [LEAT_OPERATOR_STATE_SNAPSHOTS] = &leat_snapshots_ops,
    [LEAT_OPERATOR_WINDOW] = &leat_window_ops,
    [LEAT_OPERATOR_REDUCE_BY_KEY_AND_WINDOW] = &leat_window_reduce_ops,
};

const struct leat_wide_ops *leat_wide_operator(enum leat_operator kind)
{
    assert((size_t)kind < sizeof table / sizeof table[0] && table[kind] != NULL);
    return table[kind];
}
