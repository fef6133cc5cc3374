/* shared_value: defines broadcasts, accumulators and sinks: what a context finds by name. */
#include <string.h>

#include "graph/graph.h"

/* Every list of named things links them by `next` behind a `name`. */
#define FIND(type, list, wanted)                                       \
    do {                                                               \
        for (type *found = (list); found != NULL; found = found->next) \
            if (strcmp(found->name, (wanted)) == 0)                    \
                return found;                                          \
        return NULL;                                                   \
    } while (0)

static struct leat_accumulator *find_accumulator(const struct leat_streaming_context *ssc,
                                                 const char *name)
{
    FIND(struct leat_accumulator, ssc->accumulators, name);
}

static struct leat_sink *find_sink(const struct leat_streaming_context *ssc, const char *name)
{
    FIND(struct leat_sink, ssc->sinks, name);
}

leat_broadcast *leat_broadcast_find(leat_streaming_context *ssc, const char *name)
{
    if (ssc == NULL || name == NULL)
        return NULL;
    FIND(struct leat_broadcast, ssc->broadcasts, name);
}

/* True when a thing of this kind may be added under name. */
static bool name_is_free(struct leat_streaming_context *ssc, const char *kind, const char *name,
                         const void *taken)
{
    if (name == NULL || name[0] == '\0')
        leat_context_fail(ssc, LEAT_INVALID, NULL, "a %s needs a name", kind);
    else if (taken != NULL)
        leat_context_fail(ssc, LEAT_INVALID, NULL, "two %ss are named '%s'; give each its own name",
                          kind, name);
    return ssc->error.status == LEAT_OK;
}

leat_broadcast *leat_broadcast_create(leat_streaming_context *ssc, const char *name,
                                      leat_load_fn load, leat_destroy_fn destroy, void *user,
                                      const leat_broadcast_options *options)
{
    struct leat_broadcast *broadcast;

    if (ssc == NULL || !leat_context_can_grow(ssc, NULL, "broadcast_create") ||
        !name_is_free(ssc, "broadcast", name, leat_broadcast_find(ssc, name)))
        return NULL;
    if (load == NULL) {
        leat_context_fail(ssc, LEAT_INVALID, NULL, "broadcast '%s' has no load function", name);
        return NULL;
    }
    broadcast = leat_context_alloc(ssc, sizeof *broadcast);
    if (broadcast == NULL)
        return NULL;
    broadcast->name = leat_context_strdup(ssc, name);
    broadcast->load = load;
    broadcast->destroy = destroy;
    broadcast->user = user;
    broadcast->refresh_ms = options == NULL ? 0 : options->refresh;
    broadcast->index = ssc->broadcast_count++;
    broadcast->next = ssc->broadcasts;
    ssc->broadcasts = broadcast;
    return ssc->error.status == LEAT_OK ? broadcast : NULL;
}

void leat_broadcast_refresh(leat_broadcast *broadcast)
{
    if (broadcast != NULL)
        atomic_store(&broadcast->asked, true);
}

leat_accumulator *leat_accumulator_create(leat_streaming_context *ssc, const char *name)
{
    struct leat_accumulator *accumulator;

    if (ssc == NULL || !leat_context_can_grow(ssc, NULL, "accumulator_create") ||
        !name_is_free(ssc, "accumulator", name, name == NULL ? NULL : find_accumulator(ssc, name)))
        return NULL;
    accumulator = leat_context_alloc(ssc, sizeof *accumulator);
    if (accumulator == NULL)
        return NULL;
    accumulator->name = leat_context_strdup(ssc, name);
    accumulator->index = ssc->accumulator_count++;
    accumulator->next = ssc->accumulators;
    ssc->accumulators = accumulator;
    return ssc->error.status == LEAT_OK ? accumulator : NULL;
}

int64_t leat_accumulator_value(const leat_accumulator *accumulator)
{
    return accumulator == NULL ? 0 : atomic_load(&accumulator->committed);
}

const char *const *leat_context_copy_pairs(struct leat_streaming_context *ssc,
                                           const char *const *pairs)
{
    size_t count = 0;
    const char **copy;

    while (pairs != NULL && pairs[count] != NULL)
        count++;
    if (count % 2 != 0) {
        leat_context_fail(ssc, LEAT_INVALID, NULL, "Kafka parameter '%s' has no value",
                          pairs[count - 1]);
        return NULL;
    }
    copy = leat_context_alloc(ssc, (count + 1) * sizeof *copy);
    for (size_t i = 0; copy != NULL && i < count; i++)
        copy[i] = leat_context_strdup(ssc, pairs[i]);
    return copy;
}

leat_sink *leat_kafka_sink(leat_streaming_context *ssc, const char *name,
                           const leat_sink_options *options)
{
    struct leat_sink *sink;

    if (ssc == NULL || !leat_context_can_grow(ssc, NULL, "kafka_sink") ||
        !name_is_free(ssc, "Kafka sink", name, name == NULL ? NULL : find_sink(ssc, name)))
        return NULL;
    sink = leat_context_alloc(ssc, sizeof *sink);
    if (sink == NULL)
        return NULL;
    sink->name = leat_context_strdup(ssc, name);
    if (options != NULL) {
        sink->brokers = leat_context_strdup(ssc, options->brokers);
        sink->parameters = leat_context_copy_pairs(ssc, options->parameters);
    }
    sink->next = ssc->sinks;
    ssc->sinks = sink;
    return ssc->error.status == LEAT_OK ? sink : NULL;
}
