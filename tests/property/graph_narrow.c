/* graph_narrow: how a description's narrow operators are added to a job. */
#include <inttypes.h>

#include "tests/property/graph.h"

/* map_values and flat_map_values ignore the key that a function gives: this one gives none. */
struct without_key {
    leat_map_fn run;
    struct graph_types *types;
};

static leat_map_fn map_function(const struct graph_operator *node)
{
    return (leat_map_fn)graph_find(graph_map_functions, node->function);
}

static leat_dstream *map(const struct graph_operator *node)
{
    return graph_typed(leat_map(node->left, map_function(node), node->types), node);
}

static leat_dstream *flat_map(const struct graph_operator *node)
{
    return graph_typed(leat_flat_map(node->left, map_function(node), node->types), node);
}

static leat_status call_without_key(leat_task *task, const leat_record *in, leat_emitter *out,
                                    void *user)
{
    const struct without_key *call = user;
    leat_record changed = *in;

    changed.key = leat_string("no key of this stream");
    return call->run(task, &changed, out, call->types);
}

static struct without_key *without_key(const struct graph_operator *node)
{
    struct without_key *call = leat_streaming_context_alloc(node->ssc, sizeof *call);

    if (call != NULL)
        *call = (struct without_key){map_function(node), node->types};
    return call;
}

static leat_dstream *map_values(const struct graph_operator *node)
{
    return graph_typed(leat_map_values(node->left, call_without_key, without_key(node)), node);
}

static leat_dstream *flat_map_values(const struct graph_operator *node)
{
    return graph_typed(leat_flat_map_values(node->left, call_without_key, without_key(node)), node);
}

static leat_dstream *filter(const struct graph_operator *node)
{
    return leat_filter(node->left,
                       (leat_filter_fn)graph_find(graph_filter_functions, node->function),
                       node->types);
}

static leat_dstream *unite(const struct graph_operator *node)
{
    return leat_union(node->left, node->right);
}

/* ---- map_partitions ---- */

static leat_status each_key(leat_task *task, leat_iterator *in, leat_emitter *out, void *user)
{
    const leat_record *record;

    (void)task;
    (void)user;
    while ((record = leat_iterator_next(in)) != NULL)
        LEAT_TRY(leat_emit_i64(out, record->key, 1));
    return LEAT_OK;
}

static leat_status partition_count(leat_task *task, leat_iterator *in, leat_emitter *out,
                                   void *user)
{
    int64_t count = 0;

    (void)user;
    while (leat_iterator_next(in) != NULL)
        count++;
    return leat_emit_i64(out, leat_task_format(task, "%" PRId32, leat_task_partition(task)), count);
}

static leat_status partition_values(leat_task *task, leat_iterator *in, leat_emitter *out,
                                    void *user)
{
    const struct graph_types *types = user;
    struct graph_texts texts = {0};
    leat_status status = graph_texts_add_values(&texts, task, types->value, in);

    if (status == LEAT_OK)
        status = leat_emit(out, leat_task_format(task, "%" PRId32, leat_task_partition(task)),
                           graph_texts_join(task, &texts, false));
    graph_texts_release(&texts);
    return status;
}

/* Leaves the others unread. */
static leat_status first_of_partition(leat_task *task, leat_iterator *in, leat_emitter *out,
                                      void *user)
{
    const leat_record *record = leat_iterator_next(in);

    (void)task;
    (void)user;
    return record == NULL ? LEAT_OK : leat_emit_record(out, record);
}

static const struct graph_function partition_functions[] = {
    {"each_key", (graph_any_fn)each_key},
    {"partition_count", (graph_any_fn)partition_count},
    {"partition_values", (graph_any_fn)partition_values},
    {"first_of_partition", (graph_any_fn)first_of_partition},
    {NULL, NULL},
};

static leat_dstream *map_partitions(const struct graph_operator *node)
{
    leat_map_partitions_fn run =
        (leat_map_partitions_fn)graph_find(partition_functions, node->function);

    return graph_typed(leat_map_partitions(node->left, run, node->types), node);
}

/* ---- transform ---- */

static leat_rdd *even_with_x(leat_rdd *rdd, void *user)
{
    leat_filter_fn even = (leat_filter_fn)graph_find(graph_filter_functions, "drop_odd");
    leat_map_fn append = (leat_map_fn)graph_find(graph_map_functions, "append_x");

    return leat_rdd_map_values(leat_rdd_filter(rdd, even, user), append, user);
}

static leat_dstream *transform(const struct graph_operator *node)
{
    return graph_typed(leat_transform(node->left, even_with_x, node->types), node);
}

const struct graph_builder graph_narrow_builders[] = {
    {"map", map},
    {"flat_map", flat_map},
    {"map_values", map_values},
    {"flat_map_values", flat_map_values},
    {"filter", filter},
    {"map_partitions", map_partitions},
    {"union", unite},
    {"transform", transform},
    {NULL, NULL},
};
