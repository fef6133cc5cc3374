/* wide: the builders of wide DStream operators, see leat/wide.h. */
#include <string.h>

#include "graph/graph_internal.h"

static struct leat_node node_of(enum leat_operator kind, const char *where)
{
    return (struct leat_node){.kind = kind, .where = where};
}

leat_dstream *leat_glom_at(const char *where, leat_dstream *stream)
{
    struct leat_node node = node_of(LEAT_OPERATOR_GLOM, where);

    node.key_type = LEAT_BYTES;
    node.value_type = LEAT_MSGPACK;
    return leat_graph_add_operator(stream, NULL, node, true);
}

leat_dstream *leat_partition_by_at(const char *where, leat_dstream *stream, uint32_t partitions,
                                   leat_partitioner_fn fn, void *user)
{
    struct leat_node node = node_of(LEAT_OPERATOR_PARTITION_BY, where);

    node.partitions = partitions;
    node.partitioner = fn;
    node.partitioner_user = user;
    return leat_graph_add_operator(stream, NULL, node, true);
}

leat_dstream *leat_repartition_at(const char *where, leat_dstream *stream, uint32_t partitions)
{
    struct leat_node node = node_of(LEAT_OPERATOR_REPARTITION, where);

    node.partitions = partitions;
    return leat_graph_add_operator(stream, NULL, node, true);
}

/* ---- combined by key ---- */

static leat_dstream *add_combined(leat_dstream *stream, struct leat_node node,
                                  const struct leat_combiner *combiner)
{
    node.combiner = *combiner;
    return leat_graph_add_operator(
        stream, NULL, node, combiner->merge_value != NULL && combiner->merge_combiners != NULL);
}

static struct leat_combiner reducer(leat_reduce_fn fn, void *user)
{
    return (struct leat_combiner){.merge_value = fn, .merge_combiners = fn, .user = user};
}

leat_dstream *leat_reduce_at(const char *where, leat_dstream *stream, leat_reduce_fn fn, void *user)
{
    struct leat_node node = node_of(LEAT_OPERATOR_REDUCE, where);
    struct leat_combiner combiner = reducer(fn, user);

    node.partitions = 1;
    node.keying = LEAT_KEYING_NULL;
    return add_combined(stream, node, &combiner);
}

leat_dstream *leat_count_at(const char *where, leat_dstream *stream)
{
    struct leat_node node = node_of(LEAT_OPERATOR_COUNT, where);
    struct leat_combiner combiner = reducer(leat_sum_i64, NULL);

    node.partitions = 1;
    node.keying = LEAT_KEYING_NULL_ONE;
    node.key_type = LEAT_BYTES;
    node.value_type = LEAT_I64;
    return add_combined(stream, node, &combiner);
}

leat_dstream *leat_count_by_value_at(const char *where, leat_dstream *stream)
{
    struct leat_node node = node_of(LEAT_OPERATOR_COUNT_BY_VALUE, where);
    struct leat_combiner combiner = reducer(leat_sum_i64, NULL);

    node.keying = LEAT_KEYING_VALUE_ONE;
    node.key_type = stream == NULL ? LEAT_BYTES : stream->node.value_type;
    node.value_type = LEAT_I64;
    return add_combined(stream, node, &combiner);
}

leat_dstream *leat_reduce_by_key_at(const char *where, leat_dstream *stream, leat_reduce_fn fn,
                                    void *user)
{
    struct leat_combiner combiner = reducer(fn, user);

    return add_combined(stream, node_of(LEAT_OPERATOR_REDUCE_BY_KEY, where), &combiner);
}

leat_dstream *leat_combine_by_key_at(const char *where, leat_dstream *stream, leat_reduce_fn create,
                                     leat_reduce_fn merge_value, leat_reduce_fn merge_combiners,
                                     void *user)
{
    struct leat_combiner combiner = {.create = create,
                                     .merge_value = create == NULL ? NULL : merge_value,
                                     .merge_combiners = merge_combiners,
                                     .user = user};

    return add_combined(stream, node_of(LEAT_OPERATOR_COMBINE_BY_KEY, where), &combiner);
}

leat_dstream *leat_aggregate_by_key_at(const char *where, leat_dstream *stream, leat_bytes zero,
                                       leat_reduce_fn merge_value, leat_reduce_fn merge_combiners,
                                       void *user)
{
    struct leat_combiner combiner = {.merge_value = merge_value,
                                     .merge_combiners = merge_combiners,
                                     .zero = zero,
                                     .has_zero = true,
                                     .user = user};
    char *copy;

    if (stream == NULL)
        return NULL;
    if (zero.data != NULL) {
        copy = leat_context_alloc(stream->context, zero.size + 1);
        if (copy == NULL)
            return NULL;
        memcpy(copy, zero.data, zero.size);
        combiner.zero.data = copy;
    }
    return add_combined(stream, node_of(LEAT_OPERATOR_AGGREGATE_BY_KEY, where), &combiner);
}

static leat_status keep_first(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    (void)task;
    (void)into;
    (void)value;
    (void)user;
    return LEAT_OK;
}

struct leat_node leat_graph_distinct_node(const char *where)
{
    struct leat_node node = node_of(LEAT_OPERATOR_DISTINCT, where);

    node.keying = LEAT_KEYING_PAIR;
    node.combiner = reducer(keep_first, NULL);
    return node;
}

leat_dstream *leat_distinct_at(const char *where, leat_dstream *stream)
{
    return leat_graph_add_operator(stream, NULL, leat_graph_distinct_node(where), true);
}

/* ---- brought together by key ---- */

leat_dstream *leat_group_by_key_at(const char *where, leat_dstream *stream, leat_group_fn fn,
                                   void *user)
{
    struct leat_node node = node_of(LEAT_OPERATOR_GROUP_BY_KEY, where);

    node.fn.group = fn;
    node.user = user;
    return leat_graph_add_operator(stream, NULL, node, fn != NULL);
}

leat_dstream *leat_sort_by_key_at(const char *where, leat_dstream *stream, bool descending)
{
    struct leat_node node = node_of(LEAT_OPERATOR_SORT_BY_KEY, where);

    node.partitions = 1;
    node.descending = descending;
    return leat_graph_add_operator(stream, NULL, node, true);
}

static leat_dstream *add_pair(leat_dstream *left, leat_dstream *right, struct leat_node node,
                              bool has_function)
{
    if (left == NULL || right == NULL)
        return NULL;
    if (left->context == right->context && left->node.key_type != right->node.key_type) {
        leat_context_fail(left->context, LEAT_INVALID, node.where,
                          "%s of streams whose key types differ (%s and %s); declare the same with "
                          "leat_typed",
                          leat_operator_name(node.kind), left->node.where, right->node.where);
        return NULL;
    }
    return leat_graph_add_operator(left, right, node, has_function);
}

leat_dstream *leat_cogroup_at(const char *where, leat_dstream *left, leat_dstream *right,
                              leat_cogroup_fn fn, void *user)
{
    struct leat_node node = node_of(LEAT_OPERATOR_COGROUP, where);

    node.fn.cogroup = fn;
    node.user = user;
    return add_pair(left, right, node, fn != NULL);
}

static leat_dstream *add_join(enum leat_operator kind, const char *where, leat_dstream *left,
                              leat_dstream *right, leat_join_fn fn, void *user)
{
    struct leat_node node = node_of(kind, where);

    node.fn.join = fn;
    node.user = user;
    return add_pair(left, right, node, fn != NULL);
}

leat_dstream *leat_join_at(const char *where, leat_dstream *left, leat_dstream *right,
                           leat_join_fn fn, void *user)
{
    return add_join(LEAT_OPERATOR_JOIN, where, left, right, fn, user);
}

leat_dstream *leat_left_outer_join_at(const char *where, leat_dstream *left, leat_dstream *right,
                                      leat_join_fn fn, void *user)
{
    return add_join(LEAT_OPERATOR_LEFT_OUTER_JOIN, where, left, right, fn, user);
}

leat_dstream *leat_right_outer_join_at(const char *where, leat_dstream *left, leat_dstream *right,
                                       leat_join_fn fn, void *user)
{
    return add_join(LEAT_OPERATOR_RIGHT_OUTER_JOIN, where, left, right, fn, user);
}

leat_dstream *leat_full_outer_join_at(const char *where, leat_dstream *left, leat_dstream *right,
                                      leat_join_fn fn, void *user)
{
    return add_join(LEAT_OPERATOR_FULL_OUTER_JOIN, where, left, right, fn, user);
}

/* ---- modifiers ---- */

static bool has_one_partition(const struct leat_node *node)
{
    return node->keying == LEAT_KEYING_NULL || node->keying == LEAT_KEYING_NULL_ONE;
}

leat_dstream *leat_partitioned(leat_dstream *stream, uint32_t partitions, leat_partitioner_fn fn,
                               void *user)
{
    struct leat_node *node;

    if (stream == NULL ||
        !leat_context_can_grow(stream->context, stream->node.where, "partitioned"))
        return NULL;
    node = &stream->node;
    if (!leat_operator_is_wide(node->kind) || has_one_partition(node)) {
        leat_context_fail(stream->context, LEAT_INVALID, node->where,
                          "partitioned: %s has its parent's partitions, or one; use "
                          "leat_partition_by behind it",
                          leat_operator_name(node->kind));
        return NULL;
    }
    if (partitions > LEAT_PARTITIONS_MAX) {
        leat_context_fail(stream->context, LEAT_INVALID, node->where,
                          "partitioned: %u partitions; a wide operator has at most %d", partitions,
                          LEAT_PARTITIONS_MAX);
        return NULL;
    }
    if (fn != NULL && (node->stateful != NULL || node->kind == LEAT_OPERATOR_SORT_BY_KEY)) {
        leat_context_fail(stream->context, LEAT_INVALID, node->where,
                          "partitioned: %s decides itself where a key goes; give it no function",
                          leat_operator_name(node->kind));
        return NULL;
    }
    node->partitions = partitions;
    node->partitioner = fn;
    node->partitioner_user = user;
    return stream;
}

leat_dstream *leat_cached(leat_dstream *stream)
{
    if (stream == NULL || !leat_context_can_grow(stream->context, stream->node.where, "cached"))
        return NULL;
    stream->node.cached = true;
    return stream;
}
