/* dstream: the builders of DStream operators, see leat/dstream.h. */
#include "graph/graph_internal.h"

static const char *const operator_names[] = {
    [LEAT_OPERATOR_SOURCE] = "kafka_direct_stream",
    [LEAT_OPERATOR_MAP] = "map",
    [LEAT_OPERATOR_FLAT_MAP] = "flat_map",
    [LEAT_OPERATOR_FILTER] = "filter",
    [LEAT_OPERATOR_MAP_VALUES] = "map_values",
    [LEAT_OPERATOR_FLAT_MAP_VALUES] = "flat_map_values",
    [LEAT_OPERATOR_MAP_PARTITIONS] = "map_partitions",
    [LEAT_OPERATOR_TRANSFORM] = "transform",
    [LEAT_OPERATOR_UNION] = "union",
    [LEAT_OPERATOR_GLOM] = "glom",
    [LEAT_OPERATOR_CACHED] = "cached",
    [LEAT_OPERATOR_PARTITION_BY] = "partition_by",
    [LEAT_OPERATOR_REPARTITION] = "repartition",
    [LEAT_OPERATOR_REDUCE] = "reduce",
    [LEAT_OPERATOR_COUNT] = "count",
    [LEAT_OPERATOR_COUNT_BY_VALUE] = "count_by_value",
    [LEAT_OPERATOR_REDUCE_BY_KEY] = "reduce_by_key",
    [LEAT_OPERATOR_COMBINE_BY_KEY] = "combine_by_key",
    [LEAT_OPERATOR_AGGREGATE_BY_KEY] = "aggregate_by_key",
    [LEAT_OPERATOR_DISTINCT] = "distinct",
    [LEAT_OPERATOR_GROUP_BY_KEY] = "group_by_key",
    [LEAT_OPERATOR_COGROUP] = "cogroup",
    [LEAT_OPERATOR_JOIN] = "join",
    [LEAT_OPERATOR_LEFT_OUTER_JOIN] = "left_outer_join",
    [LEAT_OPERATOR_RIGHT_OUTER_JOIN] = "right_outer_join",
    [LEAT_OPERATOR_FULL_OUTER_JOIN] = "full_outer_join",
    [LEAT_OPERATOR_SORT_BY_KEY] = "sort_by_key",
    [LEAT_OPERATOR_UPDATE_STATE_BY_KEY] = "update_state_by_key",
    [LEAT_OPERATOR_MAP_WITH_STATE] = "map_with_state",
    [LEAT_OPERATOR_STATE_SNAPSHOTS] = "state_snapshots",
    [LEAT_OPERATOR_WINDOW] = "window",
    [LEAT_OPERATOR_REDUCE_BY_KEY_AND_WINDOW] = "reduce_by_key_and_window",
};

const char *leat_operator_name(enum leat_operator kind)
{
    return operator_names[kind];
}

bool leat_operator_is_wide(enum leat_operator kind)
{
    return kind >= LEAT_OPERATOR_CACHED;
}

struct leat_dstream *leat_graph_add_stream(struct leat_streaming_context *ssc,
                                           const struct leat_node *node)
{
    struct leat_dstream *stream;

    if (!leat_context_can_grow(ssc, node->where, operator_names[node->kind]))
        return NULL;
    stream = leat_context_alloc(ssc, sizeof *stream);
    if (stream == NULL)
        return NULL;
    stream->context = ssc;
    stream->node = *node;
    stream->id = ssc->next_id++;
    if (ssc->streams_last == NULL)
        ssc->streams = stream;
    else
        ssc->streams_last->next = stream;
    ssc->streams_last = stream;
    return stream;
}

leat_dstream *leat_graph_add_operator(leat_dstream *parent, leat_dstream *other,
                                      struct leat_node node, bool has_function)
{
    struct leat_dstream *stream;

    if (parent == NULL)
        return NULL;
    if (other != NULL && other->context != parent->context) {
        leat_context_fail(parent->context, LEAT_INVALID, node.where,
                          "%s of streams of two streaming contexts", operator_names[node.kind]);
        return NULL;
    }
    if (!has_function) {
        leat_context_fail(parent->context, LEAT_INVALID, node.where, "%s has no function",
                          operator_names[node.kind]);
        return NULL;
    }
    if (node.key_type == LEAT_INHERIT)
        node.key_type = parent->node.key_type;
    if (node.value_type == LEAT_INHERIT)
        node.value_type = parent->node.value_type;
    stream = leat_graph_add_stream(parent->context, &node);
    if (stream == NULL)
        return NULL;
    stream->parents[0] = parent;
    stream->parents[1] = other;
    stream->parent_count = other == NULL ? 1 : 2;
    return stream;
}

static leat_dstream *add_operator(leat_dstream *parent, struct leat_node node, bool has_function)
{
    return leat_graph_add_operator(parent, NULL, node, has_function);
}

static leat_dstream *add_map(enum leat_operator kind, const char *where, leat_dstream *stream,
                             leat_map_fn fn, void *user)
{
    struct leat_node node = {.kind = kind, .where = where, .fn.map = fn, .user = user};

    return add_operator(stream, node, fn != NULL);
}

leat_dstream *leat_map_at(const char *where, leat_dstream *stream, leat_map_fn fn, void *user)
{
    return add_map(LEAT_OPERATOR_MAP, where, stream, fn, user);
}

leat_dstream *leat_flat_map_at(const char *where, leat_dstream *stream, leat_map_fn fn, void *user)
{
    return add_map(LEAT_OPERATOR_FLAT_MAP, where, stream, fn, user);
}

leat_dstream *leat_map_values_at(const char *where, leat_dstream *stream, leat_map_fn fn,
                                 void *user)
{
    return add_map(LEAT_OPERATOR_MAP_VALUES, where, stream, fn, user);
}

leat_dstream *leat_flat_map_values_at(const char *where, leat_dstream *stream, leat_map_fn fn,
                                      void *user)
{
    return add_map(LEAT_OPERATOR_FLAT_MAP_VALUES, where, stream, fn, user);
}

leat_dstream *leat_filter_at(const char *where, leat_dstream *stream, leat_filter_fn fn, void *user)
{
    struct leat_node node = {
        .kind = LEAT_OPERATOR_FILTER, .where = where, .fn.filter = fn, .user = user};

    return add_operator(stream, node, fn != NULL);
}

leat_dstream *leat_map_partitions_at(const char *where, leat_dstream *stream,
                                     leat_map_partitions_fn fn, void *user)
{
    struct leat_node node = {.kind = LEAT_OPERATOR_MAP_PARTITIONS,
                             .where = where,
                             .fn.map_partitions = fn,
                             .user = user};

    return add_operator(stream, node, fn != NULL);
}

leat_dstream *leat_transform_at(const char *where, leat_dstream *stream, leat_transform_fn fn,
                                void *user)
{
    struct leat_node node = {
        .kind = LEAT_OPERATOR_TRANSFORM, .where = where, .fn.transform = fn, .user = user};

    return add_operator(stream, node, fn != NULL);
}

leat_dstream *leat_union_at(const char *where, leat_dstream *left, leat_dstream *right)
{
    struct leat_node node = {.kind = LEAT_OPERATOR_UNION, .where = where};

    if (left == NULL || right == NULL)
        return NULL;
    if (left->context == right->context && (left->node.key_type != right->node.key_type ||
                                            left->node.value_type != right->node.value_type)) {
        leat_context_fail(left->context, LEAT_INVALID, where,
                          "union of streams whose types differ (%s and %s); declare the same with "
                          "leat_typed",
                          left->node.where, right->node.where);
        return NULL;
    }
    return leat_graph_add_operator(left, right, node, true);
}

leat_dstream *leat_typed(leat_dstream *stream, leat_type key, leat_type value)
{
    if (stream == NULL || !leat_context_can_grow(stream->context, stream->node.where, "typed"))
        return NULL;
    if (key < LEAT_INHERIT || key > LEAT_JSON || value < LEAT_INHERIT || value > LEAT_JSON) {
        leat_context_fail(stream->context, LEAT_INVALID, stream->node.where,
                          "typed: unknown type %d; use LEAT_BYTES ... LEAT_JSON",
                          key < LEAT_INHERIT || key > LEAT_JSON ? key : value);
        return NULL;
    }
    if (key != LEAT_INHERIT)
        stream->node.key_type = key;
    if (value != LEAT_INHERIT)
        stream->node.value_type = value;
    return stream;
}
