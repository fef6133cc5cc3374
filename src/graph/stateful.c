/* stateful: the builders of stateful DStream operators and windows, see leat/state.h,
 * leat/window.h.
 */
#include <string.h>

#include "graph/graph_internal.h"
#include "shuffle/inverse.h"

enum { NAME_MAX_BYTES = 100 };

static bool is_name_taken(const struct leat_streaming_context *ssc, const char *name)
{
    for (const struct leat_stateful *s = ssc->stateful; s != NULL; s = s->next)
        if (strcmp(s->name, name) == 0)
            return true;
    return false;
}

/* Letters, digits, '.', '_' and '-': what a command line and a file can say. */
static bool is_name(const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

    return name != NULL && name[0] != '\0' && strlen(name) <= NAME_MAX_BYTES &&
           name[strspn(name, allowed)] == '\0';
}

/* Adds the stateful operator that definition describes; its memory becomes the context's. */
static leat_dstream *add_stateful(leat_dstream *stream, struct leat_node node,
                                  const struct leat_stateful *definition, bool has_function)
{
    struct leat_streaming_context *ssc;
    struct leat_stateful *stateful;

    if (stream == NULL)
        return NULL;
    ssc = stream->context;
    if (!is_name(definition->name)) {
        leat_context_fail(
            ssc, LEAT_INVALID, node.where,
            "%s needs a name of at most %d letters, digits, '.', '_' and '-': what it "
            "remembers belongs to it",
            leat_operator_name(node.kind), NAME_MAX_BYTES);
        return NULL;
    }
    if (is_name_taken(ssc, definition->name)) {
        leat_context_fail(ssc, LEAT_INVALID, node.where,
                          "the name '%s' is taken by another stateful operator or window",
                          definition->name);
        return NULL;
    }
    stateful = leat_context_alloc(ssc, sizeof *stateful);
    if (stateful == NULL)
        return NULL;
    *stateful = *definition;
    stateful->name = leat_context_strdup(ssc, definition->name);
    node.stateful = stateful;
    stream = leat_graph_add_operator(stream, NULL, node, has_function);
    if (stream == NULL)
        return NULL;
    stateful->stream = stream;
    stateful->index = ssc->stateful_count++;
    if (ssc->stateful_last == NULL)
        ssc->stateful = stateful;
    else
        ssc->stateful_last->next = stateful;
    ssc->stateful_last = stateful;
    return stream;
}

/* ---- state ---- */

static bool is_duration(leat_duration duration)
{
    return duration >= 0 && duration <= LEAT_SECONDS(3600) * 24 * 36525;
}

static bool fill_options(leat_dstream *stream, const char *where, const leat_state_options *options,
                         struct leat_stateful *out)
{
    static const leat_state_options none;

    if (options == NULL)
        options = &none;
    if (!is_duration(options->timeout) || !is_duration(options->time_to_live)) {
        leat_context_fail(
            stream->context, LEAT_INVALID, where,
            "timeout and time_to_live are milliseconds, 0 for never, at most a "
            "hundred years, not %lld",
            (long long)(is_duration(options->timeout) ? options->time_to_live : options->timeout));
        return false;
    }
    out->timeout = options->timeout;
    out->time_to_live = options->time_to_live;
    out->touched_keys_only = options->touched_keys_only;
    out->state_type = options->type == LEAT_INHERIT ? LEAT_BYTES : options->type;
    out->initial = options->initial;
    if (options->initial != NULL && options->initial->context != stream->context) {
        leat_context_fail(stream->context, LEAT_INVALID, where,
                          "initial is a stream of another streaming context");
        return false;
    }
    return true;
}

leat_dstream *leat_update_state_by_key_at(const char *where, leat_dstream *stream, const char *name,
                                          leat_update_fn fn, void *user,
                                          const leat_state_options *options)
{
    struct leat_node node = {.kind = LEAT_OPERATOR_UPDATE_STATE_BY_KEY, .where = where};
    struct leat_stateful stateful = {.name = name};

    if (stream == NULL || !fill_options(stream, where, options, &stateful))
        return NULL;
    if (stateful.timeout > 0) {
        leat_context_fail(stream->context, LEAT_INVALID, where,
                          "update_state_by_key has no timeout; use time_to_live, or "
                          "map_with_state");
        return NULL;
    }
    node.fn.update = fn;
    node.user = user;
    node.value_type = stateful.state_type;
    node.cached = true; /* Computed once in a batch. */
    return add_stateful(stream, node, &stateful, fn != NULL);
}

leat_dstream *leat_map_with_state_at(const char *where, leat_dstream *stream, const char *name,
                                     leat_map_with_state_fn fn, void *user,
                                     const leat_state_options *options)
{
    struct leat_node node = {.kind = LEAT_OPERATOR_MAP_WITH_STATE, .where = where};
    struct leat_stateful stateful = {.name = name};

    if (stream == NULL || !fill_options(stream, where, options, &stateful))
        return NULL;
    if (stateful.touched_keys_only) {
        leat_context_fail(stream->context, LEAT_INVALID, where,
                          "touched_keys_only is for update_state_by_key: map_with_state never "
                          "calls idle keys");
        return NULL;
    }
    node.fn.map_with_state = fn;
    node.user = user;
    node.cached = true;
    return add_stateful(stream, node, &stateful, fn != NULL);
}

leat_dstream *leat_state_snapshots_at(const char *where, leat_dstream *stream)
{
    struct leat_node node = {.kind = LEAT_OPERATOR_STATE_SNAPSHOTS, .where = where};

    if (stream == NULL)
        return NULL;
    if (stream->node.kind != LEAT_OPERATOR_MAP_WITH_STATE) {
        leat_context_fail(stream->context, LEAT_INVALID, where,
                          "state_snapshots of a %s; it takes the stream of a map_with_state",
                          leat_operator_name(stream->node.kind));
        return NULL;
    }
    for (leat_dstream *s = stream->context->streams; s != NULL; s = s->next)
        if (s->node.kind == node.kind && s->node.stateful == stream->node.stateful)
            return s; /* One reader of the slots is enough. */
    node.key_type = stream->parents[0]->node.key_type;
    node.value_type = stream->node.stateful->state_type;
    node.partitions = stream->node.partitions;
    node.stateful = stream->node.stateful;
    return leat_graph_add_operator(stream, NULL, node, true);
}

/* ---- windows ---- */

leat_dstream *leat_window_at(const char *where, leat_dstream *stream, const char *name,
                             leat_duration length, leat_duration slide)
{
    struct leat_node node = {.kind = LEAT_OPERATOR_WINDOW, .where = where, .cached = true};
    struct leat_stateful stateful = {.name = name, .length = length, .slide = slide};

    return add_stateful(stream, node, &stateful, true);
}

/* A reducer's inverse where the library knows it. */
static leat_reduce_fn inverse_of(leat_reduce_fn fn, leat_reduce_fn inverse)
{
    if (inverse != NULL)
        return inverse;
    return fn == leat_sum_i64 ? leat_subtract_i64 : fn == leat_sum_f64 ? leat_subtract_f64 : NULL;
}

static leat_dstream *add_reduced_window(leat_dstream *stream, struct leat_node node,
                                        struct leat_stateful *stateful, leat_reduce_fn fn,
                                        void *user)
{
    node.kind = LEAT_OPERATOR_REDUCE_BY_KEY_AND_WINDOW;
    node.combiner = (struct leat_combiner){.merge_value = fn, .merge_combiners = fn, .user = user};
    node.cached = true;
    stateful->inverse = inverse_of(fn, stateful->inverse);
    return add_stateful(stream, node, stateful, fn != NULL);
}

leat_dstream *leat_reduce_by_key_and_window_at(const char *where, leat_dstream *stream,
                                               const char *name, leat_reduce_fn fn,
                                               leat_reduce_fn inverse, void *user,
                                               leat_duration length, leat_duration slide)
{
    struct leat_node node = {.where = where};
    struct leat_stateful stateful = {
        .name = name, .length = length, .slide = slide, .inverse = inverse};

    return add_reduced_window(stream, node, &stateful, fn, user);
}

leat_dstream *leat_reduce_by_window_at(const char *where, leat_dstream *stream, const char *name,
                                       leat_reduce_fn fn, leat_reduce_fn inverse, void *user,
                                       leat_duration length, leat_duration slide)
{
    struct leat_node node = {.where = where, .partitions = 1, .keying = LEAT_KEYING_NULL};
    struct leat_stateful stateful = {
        .name = name, .length = length, .slide = slide, .inverse = inverse};

    return add_reduced_window(stream, node, &stateful, fn, user);
}

leat_dstream *leat_count_by_window_at(const char *where, leat_dstream *stream, const char *name,
                                      leat_duration length, leat_duration slide)
{
    struct leat_node node = {.where = where,
                             .partitions = 1,
                             .keying = LEAT_KEYING_NULL_ONE,
                             .key_type = LEAT_BYTES,
                             .value_type = LEAT_I64};
    struct leat_stateful stateful = {.name = name, .length = length, .slide = slide};

    return add_reduced_window(stream, node, &stateful, leat_sum_i64, NULL);
}

leat_dstream *leat_count_by_value_and_window_at(const char *where, leat_dstream *stream,
                                                const char *name, leat_duration length,
                                                leat_duration slide)
{
    struct leat_node node = {
        .where = where, .keying = LEAT_KEYING_VALUE_ONE, .value_type = LEAT_I64};
    struct leat_stateful stateful = {.name = name, .length = length, .slide = slide};

    node.key_type = stream == NULL ? LEAT_BYTES : stream->node.value_type;
    return add_reduced_window(stream, node, &stateful, leat_sum_i64, NULL);
}

leat_dstream *leat_group_by_key_and_window_at(const char *where, leat_dstream *stream,
                                              const char *name, leat_group_fn fn, void *user,
                                              leat_duration length, leat_duration slide)
{
    return leat_group_by_key_at(where, leat_window_at(where, stream, name, length, slide), fn,
                                user);
}

leat_dstream *leat_window_filter(leat_dstream *stream, leat_filter_fn filter, void *user)
{
    if (stream == NULL ||
        !leat_context_can_grow(stream->context, stream->node.where, "window_filter"))
        return NULL;
    if (stream->node.kind != LEAT_OPERATOR_REDUCE_BY_KEY_AND_WINDOW || filter == NULL) {
        leat_context_fail(stream->context, LEAT_INVALID, stream->node.where,
                          "window_filter takes a reduce_by_key_and_window and a function");
        return NULL;
    }
    stream->node.stateful->filter = filter;
    stream->node.stateful->filter_user = user;
    return stream;
}

bool leat_stateful_is_due(const struct leat_stateful *stateful, leat_time last, leat_time now,
                          leat_duration interval)
{
    leat_duration slide = stateful->slide > 0 ? stateful->slide : interval;

    if (stateful->length == 0 || slide <= interval)
        return true;
    if (last < 0)
        last = now - interval;
    return now / slide > last / slide;
}
