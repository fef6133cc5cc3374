/* rdd: a batch's RDDs: those of DStreams, and those a user's function makes of them. */
#include <string.h>

#include "exec/batch_internal.h"
#include "exec/wide.h"

static void fail_no_memory(struct leat_batch *batch, const struct leat_node *node)
{
    leat_error err;

    leat_fail(&err, LEAT_NO_MEMORY, "%s: no memory for an RDD", node->where);
    leat_batch_fail(batch, &err);
}

struct leat_rdd *leat_rdd_add(struct leat_batch *batch, const struct leat_node *node,
                              struct leat_rdd *left, struct leat_rdd *right)
{
    struct leat_rdd *rdd = leat_batch_alloc(batch, sizeof *rdd);

    if (rdd == NULL) {
        fail_no_memory(batch, node);
        return NULL;
    }
    rdd->batch = batch;
    rdd->id = batch->rdd_count++;
    rdd->node = *node;
    rdd->parents[0] = left;
    rdd->parents[1] = right;
    rdd->parent_count = (left != NULL ? 1U : 0U) + (right != NULL ? 1U : 0U);
    rdd->partitions =
        (left == NULL ? 0 : left->partitions) + (right == NULL ? 0 : right->partitions);
    if (!leat_operator_is_wide(node->kind) || leat_wide_attach(rdd))
        return rdd;
    fail_no_memory(batch, node);
    return NULL;
}

struct leat_rdd *leat_rdd_keep(struct leat_rdd *rdd)
{
    struct leat_node node = {.kind = LEAT_OPERATOR_CACHED,
                             .where = rdd->node.where,
                             .key_type = rdd->node.key_type,
                             .value_type = rdd->node.value_type};

    return leat_rdd_add(rdd->batch, &node, rdd, NULL);
}

/* What stands for a parent that a transform did not give. */
static struct leat_rdd *empty_rdd(struct leat_batch *batch, const struct leat_dstream *stream)
{
    struct leat_node node = {.kind = LEAT_OPERATOR_UNION,
                             .where = stream->node.where,
                             .key_type = stream->node.key_type,
                             .value_type = stream->node.value_type};

    return leat_rdd_add(batch, &node, NULL, NULL);
}

static struct leat_rdd *source_rdd(struct leat_batch *batch, const struct leat_dstream *stream)
{
    struct leat_rdd *rdd = leat_rdd_add(batch, &stream->node, NULL, NULL);

    if (rdd == NULL)
        return NULL;
    rdd->source = stream->source;
    for (size_t i = 0; i < batch->options.range_count; i++)
        rdd->partitions += batch->options.ranges[i].source == stream->source;
    return rdd;
}

/* Calls the user's function; NULL without an error is no RDD in this batch. */
static leat_status transform(struct leat_batch *batch, const struct leat_dstream *stream,
                             struct leat_rdd *parent, struct leat_rdd **out, leat_error *err)
{
    struct leat_rdd *made;

    batch->running = stream->node.where;
    made = stream->node.fn.transform(parent, stream->node.user);
    if (leat_batch_error(batch, err) != LEAT_OK) {
        leat_error_prefix(err, "transform at %s", stream->node.where);
        return batch->error.status;
    }
    if (made != NULL) {
        made->node.key_type = stream->node.key_type;
        made->node.value_type = stream->node.value_type;
    }
    *out = made;
    return LEAT_OK;
}

/* A window goes on, and an operator on two streams works with one, where a stream gave nothing. */
static void stand_in(struct leat_batch *batch, const struct leat_dstream *stream,
                     struct leat_rdd *parents[2])
{
    bool is_window = stream->node.stateful != NULL && stream->node.stateful->length > 0;
    bool is_pair = stream->parent_count == 2 && leat_operator_is_wide(stream->node.kind);

    if (parents[0] == NULL && (is_window || (is_pair && parents[1] != NULL)))
        parents[0] = empty_rdd(batch, stream->parents[0]);
    if (parents[1] == NULL && is_pair && parents[0] != NULL)
        parents[1] = empty_rdd(batch, stream->parents[1]);
}

/* Not one that only looks at another's. */
static bool has_own_state(const struct leat_dstream *stream)
{
    return stream->node.stateful != NULL && stream->node.stateful->stream == stream;
}

leat_status leat_batch_rdd(struct leat_batch *batch, struct leat_dstream *stream,
                           struct leat_rdd **out, leat_error *err)
{
    struct leat_rdd *parents[2] = {NULL, NULL};
    struct leat_rdd *rdd = NULL;

    if (batch->rdd_made[stream->id]) {
        *out = batch->rdds[stream->id];
        return LEAT_OK;
    }
    for (size_t i = 0; i < stream->parent_count; i++)
        LEAT_TRY(leat_batch_rdd(batch, stream->parents[i], &parents[i], err));
    stand_in(batch, stream, parents);
    if (has_own_state(stream) && stream->node.stateful->is_new &&
        stream->node.stateful->initial != NULL)
        LEAT_TRY(leat_batch_rdd(batch, stream->node.stateful->initial, &parents[1], err));
    if (stream->source != NULL) {
        rdd = source_rdd(batch, stream);
    } else if (stream->node.kind == LEAT_OPERATOR_UNION &&
               (parents[0] == NULL || parents[1] == NULL)) {
        rdd = parents[0] != NULL ? parents[0] : parents[1];
    } else if (parents[0] == NULL) {
        rdd = NULL;
    } else if (stream->node.kind == LEAT_OPERATOR_TRANSFORM) {
        LEAT_TRY(transform(batch, stream, parents[0], &rdd, err));
    } else {
        rdd = leat_rdd_add(batch, &stream->node, parents[0], parents[1]);
    }
    if (rdd != NULL && stream->node.cached && leat_batch_error(batch, NULL) == LEAT_OK)
        rdd = leat_rdd_keep(rdd);
    if (has_own_state(stream)) {
        batch->stateful[stream->node.stateful->index] = rdd;
        stream->node.stateful->ran = rdd != NULL;
        if (!leat_stateful_is_due(stream->node.stateful, batch->options.last_time,
                                  batch->options.time, batch->options.interval))
            rdd = NULL; /* It goes on, and is not put out. */
    }
    if (leat_batch_error(batch, err) != LEAT_OK)
        return batch->error.status;
    batch->rdds[stream->id] = rdd;
    batch->rdd_made[stream->id] = true;
    *out = rdd;
    return LEAT_OK;
}

leat_status leat_batch_finish(struct leat_batch *batch, leat_error *err)
{
    const struct leat_streaming_context *ssc = batch->options.ssc;

    for (struct leat_stateful *s = ssc->stateful; s != NULL; s = s->next) {
        struct leat_rdd *rdd;

        if (s->stream->used)
            LEAT_TRY(leat_batch_rdd(batch, s->stream, &rdd, err));
    }
    return leat_pass_finish(batch, batch->stateful, ssc->stateful_count, err);
}

leat_streaming_context *leat_rdd_context(const leat_rdd *rdd)
{
    return rdd->batch->options.ssc;
}

leat_time leat_rdd_time(const leat_rdd *rdd)
{
    return rdd->batch->options.time;
}

size_t leat_rdd_partitions(const leat_rdd *rdd)
{
    return rdd->partitions;
}

static bool descends_from(const struct leat_rdd *rdd, const struct leat_source *source)
{
    if (rdd->source != NULL)
        return rdd->source == source;
    for (size_t i = 0; i < rdd->parent_count; i++)
        if (descends_from(rdd->parents[i], source))
            return true;
    return false;
}

const leat_offset_range *leat_rdd_offset_ranges(const leat_rdd *rdd, size_t *out_count)
{
    const struct leat_batch_options *options = &rdd->batch->options;
    leat_offset_range *ranges =
        leat_batch_alloc(rdd->batch, (options->range_count + 1) * sizeof *ranges);
    size_t count = 0;

    for (size_t i = 0; ranges != NULL && i < options->range_count; i++) {
        const struct leat_batch_range *range = &options->ranges[i];

        if (descends_from(rdd, range->source))
            ranges[count++] =
                (leat_offset_range){range->topic, range->partition, range->from, range->until};
    }
    *out_count = count;
    return ranges;
}

leat_rdd *leat_rdd_derive(leat_rdd *parent, leat_rdd *other, struct leat_node node,
                          bool has_function)
{
    if (parent == NULL)
        return NULL;
    if (!has_function) {
        leat_rdd_fail(parent, LEAT_INVALID, "rdd_%s has no function",
                      leat_operator_name(node.kind));
        return NULL;
    }
    node.where = parent->batch->running;
    if (node.key_type == LEAT_INHERIT)
        node.key_type = parent->node.key_type;
    if (node.value_type == LEAT_INHERIT)
        node.value_type = parent->node.value_type;
    return leat_rdd_add(parent->batch, &node, parent, other);
}

static leat_rdd *derive_map(enum leat_operator kind, leat_rdd *rdd, leat_map_fn fn, void *user)
{
    return leat_rdd_derive(rdd, NULL, (struct leat_node){.kind = kind, .fn.map = fn, .user = user},
                           fn != NULL);
}

leat_rdd *leat_rdd_map(leat_rdd *rdd, leat_map_fn fn, void *user)
{
    return derive_map(LEAT_OPERATOR_MAP, rdd, fn, user);
}

leat_rdd *leat_rdd_flat_map(leat_rdd *rdd, leat_map_fn fn, void *user)
{
    return derive_map(LEAT_OPERATOR_FLAT_MAP, rdd, fn, user);
}

leat_rdd *leat_rdd_map_values(leat_rdd *rdd, leat_map_fn fn, void *user)
{
    return derive_map(LEAT_OPERATOR_MAP_VALUES, rdd, fn, user);
}

leat_rdd *leat_rdd_flat_map_values(leat_rdd *rdd, leat_map_fn fn, void *user)
{
    return derive_map(LEAT_OPERATOR_FLAT_MAP_VALUES, rdd, fn, user);
}

leat_rdd *leat_rdd_filter(leat_rdd *rdd, leat_filter_fn fn, void *user)
{
    struct leat_node node = {.kind = LEAT_OPERATOR_FILTER, .fn.filter = fn, .user = user};

    return leat_rdd_derive(rdd, NULL, node, fn != NULL);
}

leat_rdd *leat_rdd_map_partitions(leat_rdd *rdd, leat_map_partitions_fn fn, void *user)
{
    struct leat_node node = {
        .kind = LEAT_OPERATOR_MAP_PARTITIONS, .fn.map_partitions = fn, .user = user};

    return leat_rdd_derive(rdd, NULL, node, fn != NULL);
}

leat_rdd *leat_rdd_union(leat_rdd *left, leat_rdd *right)
{
    struct leat_node node = {.kind = LEAT_OPERATOR_UNION};

    if (left == NULL || right == NULL)
        return left == NULL ? right : left;
    node.where = left->batch->running;
    node.key_type = left->node.key_type;
    node.value_type = left->node.value_type;
    return leat_rdd_add(left->batch, &node, left, right);
}

leat_rdd *leat_rdd_typed(leat_rdd *rdd, leat_type key, leat_type value)
{
    if (rdd == NULL)
        return NULL;
    if (key != LEAT_INHERIT)
        rdd->node.key_type = key;
    if (value != LEAT_INHERIT)
        rdd->node.value_type = value;
    return rdd;
}

leat_status leat_rdd_fail(leat_rdd *rdd, leat_status status, const char *format, ...)
{
    leat_error err;
    va_list args;

    if (rdd == NULL)
        return status;
    va_start(args, format);
    leat_fail_va(&err, status, format, args);
    va_end(args);
    rdd->batch->failed_by_function = rdd->batch->error.status == LEAT_OK;
    leat_batch_fail(rdd->batch, &err);
    return status;
}
