/* graph_memory: how a description's windows and stateful operators are added to a job. */
#include "tests/property/graph_reduce.h"

static leat_duration duration(const struct graph_operator *node, const char *field)
{
    return json_integer_value(json_object_get(node->json, field));
}

/* ---- windows ---- */

static leat_reduce_fn reduce_function(const struct graph_operator *node)
{
    return (leat_reduce_fn)graph_find(graph_reduce_functions, node->function);
}

static leat_reduce_fn inverse_function(const struct graph_operator *node)
{
    const char *name = json_string_value(json_object_get(node->json, "inverse"));

    return name == NULL ? NULL : (leat_reduce_fn)graph_find(graph_reduce_functions, name);
}

static leat_dstream *window(const struct graph_operator *node)
{
    return leat_window(node->left, node->name, duration(node, "length_ms"),
                       duration(node, "slide_ms"));
}

static leat_dstream *reduce_by_window(const struct graph_operator *node)
{
    return graph_typed(
        leat_reduce_by_window(node->left, node->name, reduce_function(node), inverse_function(node),
                              node->types, duration(node, "length_ms"), duration(node, "slide_ms")),
        node);
}

static leat_dstream *count_by_window(const struct graph_operator *node)
{
    return graph_typed(leat_count_by_window(node->left, node->name, duration(node, "length_ms"),
                                            duration(node, "slide_ms")),
                       node);
}

static leat_dstream *count_by_value_and_window(const struct graph_operator *node)
{
    return leat_count_by_value_and_window(node->left, node->name, duration(node, "length_ms"),
                                          duration(node, "slide_ms"));
}

static leat_dstream *group_by_key_and_window(const struct graph_operator *node)
{
    leat_group_fn run = (leat_group_fn)graph_find(graph_group_functions, node->function);

    return graph_typed(leat_group_by_key_and_window(node->left, node->name, run, node->types,
                                                    duration(node, "length_ms"),
                                                    duration(node, "slide_ms")),
                       node);
}

static leat_dstream *reduce_by_key_and_window(const struct graph_operator *node)
{
    const char *name = json_string_value(json_object_get(node->json, "filter"));
    leat_dstream *stream = leat_reduce_by_key_and_window(
        node->left, node->name, reduce_function(node), inverse_function(node), node->types,
        duration(node, "length_ms"), duration(node, "slide_ms"));

    if (name == NULL)
        return stream;
    return leat_window_filter(stream, (leat_filter_fn)graph_find(graph_filter_functions, name),
                              node->types);
}

/* ---- update_state_by_key ---- */

static int64_t count_of(leat_iterator *values)
{
    int64_t count = 0;

    while (leat_iterator_next(values) != NULL)
        count++;
    return count;
}

static leat_status add_count(leat_task *task, leat_bytes key, leat_iterator *values,
                             leat_state *state, void *user)
{
    (void)task;
    (void)key;
    (void)user;
    return leat_state_set_i64(state, leat_state_get_i64(state, 0) + count_of(values));
}

static leat_status sum_until_idle(leat_task *task, leat_bytes key, leat_iterator *values,
                                  leat_state *state, void *user)
{
    int64_t sum = leat_state_get_i64(state, 0);
    const leat_record *record = leat_iterator_next(values);

    (void)task;
    (void)key;
    (void)user;
    if (record == NULL)
        return leat_state_remove(state);
    for (; record != NULL; record = leat_iterator_next(values))
        sum += leat_i64(record->value);
    return leat_state_set_i64(state, sum);
}

static leat_status count_up_to_five(leat_task *task, leat_bytes key, leat_iterator *values,
                                    leat_state *state, void *user)
{
    int64_t came = count_of(values);
    int64_t count = leat_state_get_i64(state, 0) + came;

    (void)task;
    (void)key;
    (void)user;
    if (count > 5)
        return leat_state_remove(state);
    return came > 0 ? leat_state_set_i64(state, count) : LEAT_OK;
}

static leat_status count_odd(leat_task *task, leat_bytes key, leat_iterator *values,
                             leat_state *state, void *user)
{
    (void)task;
    (void)key;
    (void)user;
    if ((count_of(values) & 1) == 0)
        return LEAT_OK;
    return leat_state_set_i64(state, leat_state_get_i64(state, 0) + 1);
}

static bool is_larger(leat_bytes a, leat_bytes b)
{
    int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);

    return order != 0 ? order > 0 : a.size > b.size;
}

static leat_status largest_text(leat_task *task, leat_bytes key, leat_iterator *values,
                                leat_state *state, void *user)
{
    const leat_record *record;
    leat_status status = LEAT_OK;

    (void)task;
    (void)key;
    (void)user;
    while (status == LEAT_OK && (record = leat_iterator_next(values)) != NULL)
        if (record->value.data != NULL &&
            (leat_state_get(state).data == NULL || is_larger(record->value, leat_state_get(state))))
            status = leat_state_set(state, record->value);
    return status;
}

static const struct graph_function update_functions[] = {
    {"add_count", (graph_any_fn)add_count},
    {"sum_until_idle", (graph_any_fn)sum_until_idle},
    {"count_up_to_five", (graph_any_fn)count_up_to_five},
    {"count_odd", (graph_any_fn)count_odd},
    {"largest_text", (graph_any_fn)largest_text},
    {NULL, NULL},
};

/* ---- map_with_state ---- */

static leat_status running_count(leat_task *task, leat_bytes key, const leat_record *in,
                                 leat_state *state, leat_emitter *out, void *user)
{
    int64_t count = leat_state_get_i64(state, 0);

    (void)task;
    (void)user;
    if (in == NULL)
        return leat_emit_i64(out, key, -count);
    LEAT_TRY(leat_state_set_i64(state, count + 1));
    return leat_emit_i64(out, key, count + 1);
}

static leat_status count_to_three(leat_task *task, leat_bytes key, const leat_record *in,
                                  leat_state *state, leat_emitter *out, void *user)
{
    int64_t count = leat_state_get_i64(state, 0) + 1;

    (void)task;
    (void)user;
    if (in == NULL)
        return leat_emit_i64(out, key, 0);
    if (count != 3)
        return leat_state_set_i64(state, count);
    LEAT_TRY(leat_state_remove(state));
    return leat_emit_i64(out, key, 3);
}

static leat_status look_only(leat_task *task, leat_bytes key, const leat_record *in,
                             leat_state *state, leat_emitter *out, void *user)
{
    int64_t known = leat_state_get_i64(state, 0);

    (void)user;
    if (leat_state_is_timing_out(state) != (in == NULL))
        return leat_task_fail(task, LEAT_INVALID, "timing out with a record, or without one not");
    if (in == NULL)
        return leat_emit_i64(out, key, -1);
    if (leat_state_get(state).data == NULL)
        LEAT_TRY(leat_state_set_i64(state, 7));
    return leat_emit_i64(out, key, known);
}

static leat_status running_sum(leat_task *task, leat_bytes key, const leat_record *in,
                               leat_state *state, leat_emitter *out, void *user)
{
    int64_t sum = leat_state_get_i64(state, 0);

    (void)task;
    (void)user;
    if (in == NULL)
        return LEAT_OK;
    sum += leat_i64(in->value);
    LEAT_TRY(leat_state_set_i64(state, sum));
    return leat_emit_i64(out, key, sum);
}

static leat_status distinct_neighbours(leat_task *task, leat_bytes key, const leat_record *in,
                                       leat_state *state, leat_emitter *out, void *user)
{
    const struct graph_types *types = user;
    leat_bytes text;

    if (in == NULL)
        return LEAT_OK;
    text = graph_text(task, types->value, in->value);
    if (leat_bytes_equal(text, leat_state_get(state)))
        return LEAT_OK;
    LEAT_TRY(leat_state_set(state, text));
    return leat_emit(out, key, text);
}

static const struct graph_function map_with_state_functions[] = {
    {"running_count", (graph_any_fn)running_count},
    {"count_to_three", (graph_any_fn)count_to_three},
    {"look_only", (graph_any_fn)look_only},
    {"running_sum", (graph_any_fn)running_sum},
    {"distinct_neighbours", (graph_any_fn)distinct_neighbours},
    {NULL, NULL},
};

static leat_state_options state_options(const struct graph_operator *node)
{
    const json_t *json = node->json;
    const char *type = json_string_value(json_object_get(json, "state_type"));

    return (leat_state_options){.timeout = duration(node, "timeout_ms"),
                                .time_to_live = duration(node, "time_to_live_ms"),
                                .touched_keys_only =
                                    json_is_true(json_object_get(json, "touched_keys_only")),
                                .type = graph_type(type[0]),
                                .initial = node->initial};
}

static leat_dstream *update_state_by_key(const struct graph_operator *node)
{
    leat_update_fn run = (leat_update_fn)graph_find(update_functions, node->function);
    leat_state_options options = state_options(node);

    return leat_update_state_by_key(node->left, node->name, run, node->types, &options);
}

static leat_dstream *map_with_state(const struct graph_operator *node)
{
    leat_map_with_state_fn run =
        (leat_map_with_state_fn)graph_find(map_with_state_functions, node->function);
    leat_state_options options = state_options(node);

    return graph_typed(leat_map_with_state(node->left, node->name, run, node->types, &options),
                       node);
}

static leat_dstream *state_snapshots(const struct graph_operator *node)
{
    return leat_state_snapshots(node->left);
}

const struct graph_builder graph_memory_builders[] = {
    {"window", window},
    {"reduce_by_window", reduce_by_window},
    {"count_by_window", count_by_window},
    {"count_by_value_and_window", count_by_value_and_window},
    {"group_by_key_and_window", group_by_key_and_window},
    {"reduce_by_key_and_window", reduce_by_key_and_window},
    {"update_state_by_key", update_state_by_key},
    {"map_with_state", map_with_state},
    {"state_snapshots", state_snapshots},
    {NULL, NULL},
};
