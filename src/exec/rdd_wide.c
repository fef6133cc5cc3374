/* rdd_wide: the wide operators of RDDs, see leat/rdd.h. */
#include <string.h>

#include "exec/wide.h"

static leat_rdd *derive_combined(leat_rdd *rdd, enum leat_operator kind,
                                 const struct leat_combiner *combiner)
{
    struct leat_node node = {.kind = kind, .combiner = *combiner};

    return leat_rdd_derive(rdd, NULL, node,
                           combiner->merge_value != NULL && combiner->merge_combiners != NULL);
}

leat_rdd *leat_rdd_reduce_by_key(leat_rdd *rdd, leat_reduce_fn fn, void *user)
{
    struct leat_combiner combiner = {.merge_value = fn, .merge_combiners = fn, .user = user};

    return derive_combined(rdd, LEAT_OPERATOR_REDUCE_BY_KEY, &combiner);
}

leat_rdd *leat_rdd_combine_by_key(leat_rdd *rdd, leat_reduce_fn create, leat_reduce_fn merge_value,
                                  leat_reduce_fn merge_combiners, void *user)
{
    struct leat_combiner combiner = {.create = create,
                                     .merge_value = create == NULL ? NULL : merge_value,
                                     .merge_combiners = merge_combiners,
                                     .user = user};

    return derive_combined(rdd, LEAT_OPERATOR_COMBINE_BY_KEY, &combiner);
}

leat_rdd *leat_rdd_aggregate_by_key(leat_rdd *rdd, leat_bytes zero, leat_reduce_fn merge_value,
                                    leat_reduce_fn merge_combiners, void *user)
{
    struct leat_combiner combiner = {.merge_value = merge_value,
                                     .merge_combiners = merge_combiners,
                                     .zero = zero,
                                     .has_zero = true,
                                     .user = user};

    if (rdd == NULL)
        return NULL;
    if (zero.data != NULL) {
        char *copy = leat_batch_alloc(rdd->batch, zero.size + 1);

        if (copy == NULL) {
            leat_rdd_fail(rdd, LEAT_NO_MEMORY, "rdd_aggregate_by_key: no memory for zero");
            return NULL;
        }
        memcpy(copy, zero.data, zero.size);
        combiner.zero.data = copy;
    }
    return derive_combined(rdd, LEAT_OPERATOR_AGGREGATE_BY_KEY, &combiner);
}

leat_rdd *leat_rdd_count_by_value(leat_rdd *rdd)
{
    struct leat_node node = {
        .kind = LEAT_OPERATOR_COUNT_BY_VALUE,
        .keying = LEAT_KEYING_VALUE_ONE,
        .value_type = LEAT_I64,
        .combiner = {.merge_value = leat_sum_i64, .merge_combiners = leat_sum_i64}};

    if (rdd == NULL)
        return NULL;
    node.key_type = rdd->node.value_type;
    return leat_rdd_derive(rdd, NULL, node, true);
}

leat_rdd *leat_rdd_distinct(leat_rdd *rdd)
{
    return leat_rdd_derive(rdd, NULL, leat_graph_distinct_node(NULL), true);
}

leat_rdd *leat_rdd_group_by_key(leat_rdd *rdd, leat_group_fn fn, void *user)
{
    struct leat_node node = {.kind = LEAT_OPERATOR_GROUP_BY_KEY, .fn.group = fn, .user = user};

    return leat_rdd_derive(rdd, NULL, node, fn != NULL);
}

leat_rdd *leat_rdd_sort_by_key(leat_rdd *rdd, bool descending)
{
    struct leat_node node = {
        .kind = LEAT_OPERATOR_SORT_BY_KEY, .partitions = 1, .descending = descending};

    return leat_rdd_derive(rdd, NULL, node, true);
}

leat_rdd *leat_rdd_partition_by(leat_rdd *rdd, uint32_t partitions, leat_partitioner_fn fn,
                                void *user)
{
    struct leat_node node = {.kind = LEAT_OPERATOR_PARTITION_BY,
                             .partitions = partitions,
                             .partitioner = fn,
                             .partitioner_user = user};

    return leat_rdd_derive(rdd, NULL, node, true);
}

leat_rdd *leat_rdd_repartition(leat_rdd *rdd, uint32_t partitions)
{
    struct leat_node node = {.kind = LEAT_OPERATOR_REPARTITION, .partitions = partitions};

    return leat_rdd_derive(rdd, NULL, node, true);
}

leat_rdd *leat_rdd_glom(leat_rdd *rdd)
{
    struct leat_node node = {
        .kind = LEAT_OPERATOR_GLOM, .key_type = LEAT_BYTES, .value_type = LEAT_MSGPACK};

    return leat_rdd_derive(rdd, NULL, node, true);
}

/* ---- two RDDs ---- */

static leat_rdd *derive_pair(leat_rdd *left, leat_rdd *right, struct leat_node node,
                             bool has_function)
{
    if (left == NULL || right == NULL)
        return NULL;
    if (left->node.key_type != right->node.key_type) {
        leat_rdd_fail(left, LEAT_INVALID,
                      "rdd_%s of RDDs whose key types differ (of %s and %s); declare the same with "
                      "leat_rdd_typed",
                      leat_operator_name(node.kind), left->node.where, right->node.where);
        return NULL;
    }
    return leat_rdd_derive(left, right, node, has_function);
}

leat_rdd *leat_rdd_cogroup(leat_rdd *left, leat_rdd *right, leat_cogroup_fn fn, void *user)
{
    struct leat_node node = {.kind = LEAT_OPERATOR_COGROUP, .fn.cogroup = fn, .user = user};

    return derive_pair(left, right, node, fn != NULL);
}

static leat_rdd *derive_join(enum leat_operator kind, leat_rdd *left, leat_rdd *right,
                             leat_join_fn fn, void *user)
{
    struct leat_node node = {.kind = kind, .fn.join = fn, .user = user};

    return derive_pair(left, right, node, fn != NULL);
}

leat_rdd *leat_rdd_join(leat_rdd *left, leat_rdd *right, leat_join_fn fn, void *user)
{
    return derive_join(LEAT_OPERATOR_JOIN, left, right, fn, user);
}

leat_rdd *leat_rdd_left_outer_join(leat_rdd *left, leat_rdd *right, leat_join_fn fn, void *user)
{
    return derive_join(LEAT_OPERATOR_LEFT_OUTER_JOIN, left, right, fn, user);
}

leat_rdd *leat_rdd_right_outer_join(leat_rdd *left, leat_rdd *right, leat_join_fn fn, void *user)
{
    return derive_join(LEAT_OPERATOR_RIGHT_OUTER_JOIN, left, right, fn, user);
}

leat_rdd *leat_rdd_full_outer_join(leat_rdd *left, leat_rdd *right, leat_join_fn fn, void *user)
{
    return derive_join(LEAT_OPERATOR_FULL_OUTER_JOIN, left, right, fn, user);
}

/* ---- modifiers ---- */

leat_rdd *leat_rdd_partitioned(leat_rdd *rdd, uint32_t partitions, leat_partitioner_fn fn,
                               void *user)
{
    struct leat_node node;

    if (rdd == NULL)
        return NULL;
    if (rdd->wide == NULL || rdd->wide->ops->keeps_partitions || rdd->wide->ready ||
        rdd->wide->ops->only_waits || rdd->node.keying == LEAT_KEYING_NULL ||
        rdd->node.keying == LEAT_KEYING_NULL_ONE || partitions > LEAT_PARTITIONS_MAX) {
        leat_rdd_fail(rdd, LEAT_INVALID,
                      "rdd_partitioned goes right behind a wide operator whose partitions may be "
                      "chosen (at most %d), not behind %s",
                      LEAT_PARTITIONS_MAX, leat_operator_name(rdd->node.kind));
        return NULL;
    }
    if (fn != NULL && rdd->node.kind == LEAT_OPERATOR_SORT_BY_KEY) {
        leat_rdd_fail(rdd, LEAT_INVALID,
                      "rdd_partitioned: sort_by_key decides itself where a key goes");
        return NULL;
    }
    node = rdd->node;
    node.partitions = partitions;
    node.partitioner = fn;
    node.partitioner_user = user;
    return leat_rdd_add(rdd->batch, &node, rdd->parents[0], rdd->parents[1]);
}

leat_rdd *leat_rdd_cached(leat_rdd *rdd)
{
    return rdd == NULL ? NULL : leat_rdd_keep(rdd);
}

void leat_rdd_unpersist(leat_rdd *rdd)
{
    /* State and windows have taken the batch in: they are not computed again. */
    if (rdd != NULL && rdd->node.kind == LEAT_OPERATOR_CACHED &&
        rdd->parents[0]->node.stateful == NULL)
        leat_wide_release(rdd->wide);
}
