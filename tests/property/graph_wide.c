/* graph_wide: how a description's wide operators are added to a job, with their functions. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/property/graph.h"
#include "tests/property/graph_reduce.h"

static leat_dstream *reduce(const struct graph_operator *node)
{
    leat_reduce_fn run = (leat_reduce_fn)graph_find(graph_reduce_functions, node->function);

    return graph_typed(leat_reduce(node->left, run, node->types), node);
}

static leat_dstream *count(const struct graph_operator *node)
{
    return graph_typed(leat_count(node->left), node);
}

static leat_dstream *count_by_value(const struct graph_operator *node)
{
    return leat_count_by_value(node->left);
}

static leat_dstream *reduce_by_key(const struct graph_operator *node)
{
    leat_reduce_fn run = (leat_reduce_fn)graph_find(graph_reduce_functions, node->function);

    return leat_reduce_by_key(node->left, run, node->types);
}

static leat_dstream *combine_by_key(const struct graph_operator *node)
{
    const struct graph_combine *combine = graph_find_combine(node->function);

    return graph_typed(leat_combine_by_key(node->left, combine->create, combine->merge_value,
                                           combine->merge_combiners, node->types),
                       node);
}

static leat_dstream *aggregate_by_key(const struct graph_operator *node)
{
    static const int64_t zero = 0;
    const struct graph_combine *combine = graph_find_combine(node->function);
    leat_bytes start = node->out_value == 'i' ? (leat_bytes){(const char *)&zero, sizeof zero}
                                              : leat_string("0/0");

    return graph_typed(leat_aggregate_by_key(node->left, start, combine->merge_value,
                                             combine->merge_combiners, node->types),
                       node);
}

static leat_dstream *group_by_key(const struct graph_operator *node)
{
    leat_group_fn run = (leat_group_fn)graph_find(graph_group_functions, node->function);

    return graph_typed(leat_group_by_key(node->left, run, node->types), node);
}

/* ---- two streams ---- */

static int64_t count_of(leat_iterator *values)
{
    int64_t count = 0;

    while (leat_iterator_next(values) != NULL)
        count++;
    return count;
}

static leat_status cogroup_counts(leat_task *task, leat_bytes key, leat_iterator *left,
                                  leat_iterator *right, leat_emitter *out, void *user)
{
    int64_t left_count = count_of(left);

    (void)user;
    return leat_emit(out, key,
                     leat_task_format(task, "%" PRId64 ",%" PRId64, left_count, count_of(right)));
}

/* Right first: which side is read first is the function's choice. */
static leat_status cogroup_sorted(leat_task *task, leat_bytes key, leat_iterator *left,
                                  leat_iterator *right, leat_emitter *out, void *user)
{
    const struct graph_types *types = user;
    struct graph_texts right_texts = {0}, left_texts = {0};
    leat_status status = graph_texts_add_values(&right_texts, task, types->right, right);
    leat_bytes a, b;

    if (status == LEAT_OK)
        status = graph_texts_add_values(&left_texts, task, types->value, left);
    if (status == LEAT_OK) {
        a = graph_texts_join(task, &left_texts, true);
        b = graph_texts_join(task, &right_texts, true);
        status = leat_emit(out, key, leat_task_format(task, "%.*s|%.*s", LEAT_ARG(a), LEAT_ARG(b)));
    }
    graph_texts_release(&left_texts);
    graph_texts_release(&right_texts);
    return status;
}

static const struct graph_function cogroup_functions[] = {
    {"cogroup_counts", (graph_any_fn)cogroup_counts},
    {"cogroup_sorted", (graph_any_fn)cogroup_sorted},
    {NULL, NULL},
};

static leat_dstream *cogroup(const struct graph_operator *node)
{
    leat_cogroup_fn run = (leat_cogroup_fn)graph_find(cogroup_functions, node->function);

    return graph_typed(leat_cogroup(node->left, node->right, run, node->types), node);
}

static leat_status pair(leat_task *task, const leat_record *left, const leat_record *right,
                        leat_emitter *out, void *user)
{
    const struct graph_types *types = user;
    leat_bytes a = left == NULL ? leat_string("()") : graph_text(task, types->value, left->value);
    leat_bytes b = right == NULL ? leat_string("()") : graph_text(task, types->right, right->value);

    return leat_emit(out, left == NULL ? right->key : left->key,
                     leat_task_format(task, "%.*s+%.*s", LEAT_ARG(a), LEAT_ARG(b)));
}

static leat_status twice_if_equal(leat_task *task, const leat_record *left,
                                  const leat_record *right, leat_emitter *out, void *user)
{
    const struct graph_types *types = user;
    leat_bytes text;

    if (left == NULL || right == NULL)
        return leat_emit(out, left == NULL ? right->key : left->key, leat_string("alone"));
    text = graph_text(task, types->value, left->value);
    if (!leat_bytes_equal(text, graph_text(task, types->right, right->value)))
        return LEAT_OK;
    LEAT_TRY(leat_emit(out, left->key, text));
    return leat_emit(out, left->key, text);
}

static const struct graph_function join_functions[] = {
    {"pair", (graph_any_fn)pair},
    {"twice_if_equal", (graph_any_fn)twice_if_equal},
    {NULL, NULL},
};

static leat_join_fn join_function(const struct graph_operator *node)
{
    return (leat_join_fn)graph_find(join_functions, node->function);
}

static leat_dstream *join(const struct graph_operator *node)
{
    return graph_typed(leat_join(node->left, node->right, join_function(node), node->types), node);
}

static leat_dstream *left_outer_join(const struct graph_operator *node)
{
    return graph_typed(
        leat_left_outer_join(node->left, node->right, join_function(node), node->types), node);
}

static leat_dstream *right_outer_join(const struct graph_operator *node)
{
    return graph_typed(
        leat_right_outer_join(node->left, node->right, join_function(node), node->types), node);
}

static leat_dstream *full_outer_join(const struct graph_operator *node)
{
    return graph_typed(
        leat_full_outer_join(node->left, node->right, join_function(node), node->types), node);
}

/* ---- the records themselves ---- */

static leat_dstream *distinct(const struct graph_operator *node)
{
    return leat_distinct(node->left);
}

static leat_dstream *sort_by_key(const struct graph_operator *node)
{
    return leat_sort_by_key(node->left, json_is_true(json_object_get(node->json, "descending")));
}

static leat_dstream *partition_by(const struct graph_operator *node)
{
    return leat_partition_by(node->left, graph_partitions(node), graph_partitioner(node), NULL);
}

static leat_dstream *repartition(const struct graph_operator *node)
{
    return leat_repartition(node->left, graph_partitions(node));
}

/* ---- glom: the array of a partition's values, as text ---- */

static leat_bytes element_text(leat_task *task, const leat_msgpack_value *element)
{
    if (element->type == LEAT_MSGPACK_NIL)
        return leat_string("-");
    if (element->type == LEAT_MSGPACK_UINT)
        return leat_task_format(task, "%" PRIu64, element->as.u);
    if (element->type == LEAT_MSGPACK_INT)
        return leat_task_format(task, "%" PRId64, element->as.i);
    return element->bytes;
}

static leat_status array_as_text(leat_task *task, const leat_record *in, leat_emitter *out,
                                 bool sorted)
{
    struct graph_texts texts = {0};
    leat_msgpack_value array, element;
    leat_status status = leat_msgpack_read(task, in->value, &array);

    while (status == LEAT_OK && leat_msgpack_next(&array, &element))
        status = graph_texts_add(&texts, element_text(task, &element));
    if (status == LEAT_OK)
        status = leat_emit(out, in->key, graph_texts_join(task, &texts, sorted));
    graph_texts_release(&texts);
    return status;
}

static leat_status sorted_values(leat_task *task, const leat_record *in, leat_emitter *out,
                                 void *user)
{
    (void)user;
    return array_as_text(task, in, out, true);
}

static leat_status listed_values(leat_task *task, const leat_record *in, leat_emitter *out,
                                 void *user)
{
    (void)user;
    return array_as_text(task, in, out, false);
}

static leat_dstream *glom(const struct graph_operator *node)
{
    bool sorted = strcmp(node->function, "sorted_values") == 0;

    return graph_typed(
        leat_map(leat_glom(node->left), sorted ? sorted_values : listed_values, node->types), node);
}

const struct graph_builder graph_wide_builders[] = {
    {"reduce", reduce},
    {"count", count},
    {"count_by_value", count_by_value},
    {"reduce_by_key", reduce_by_key},
    {"combine_by_key", combine_by_key},
    {"aggregate_by_key", aggregate_by_key},
    {"group_by_key", group_by_key},
    {"cogroup", cogroup},
    {"join", join},
    {"left_outer_join", left_outer_join},
    {"right_outer_join", right_outer_join},
    {"full_outer_join", full_outer_join},
    {"distinct", distinct},
    {"sort_by_key", sort_by_key},
    {"partition_by", partition_by},
    {"repartition", repartition},
    {"glom", glom},
    {NULL, NULL},
};
