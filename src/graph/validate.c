/* validate: what start refuses before anything is opened, see graph.h. */
#include <string.h>

#include "graph/graph.h"

bool leat_graph_writes_kafka(const struct leat_streaming_context *ssc)
{
    for (const struct leat_output *output = ssc->outputs; output != NULL; output = output->next)
        if (output->kind == LEAT_OUTPUT_KAFKA || output->kind == LEAT_OUTPUT_FOREACH_RDD)
            return true;
    return false;
}

static leat_status check_outputs(const struct leat_streaming_context *ssc, leat_error *err)
{
    if (ssc->outputs == NULL)
        return leat_fail(err, LEAT_INVALID,
                         "no output operation is registered, so nothing would run; add one, for "
                         "example leat_foreach_rdd or leat_save_to_kafka");
    for (const struct leat_output *output = ssc->outputs; output != NULL; output = output->next) {
        if (output->kind == LEAT_OUTPUT_KAFKA && output->sink == NULL && ssc->sinks != NULL &&
            ssc->sinks->next != NULL)
            return leat_fail(err, LEAT_INVALID,
                             "%s: save_to_kafka names no sink, and the job has several; name one",
                             output->where);
    }
    return LEAT_OK;
}

static bool same_name(const struct leat_output *a, const struct leat_output *b)
{
    return strcmp(a->prefix, b->prefix) == 0 &&
           strcmp(a->suffix == NULL ? "" : a->suffix, b->suffix == NULL ? "" : b->suffix) == 0;
}

/* Files go to local paths; and of two directories with one name, the second could never appear. */
static leat_status check_files(const struct leat_streaming_context *ssc, leat_error *err)
{
    for (const struct leat_output *a = ssc->outputs; a != NULL; a = a->next) {
        if (!leat_output_is_files(a))
            continue;
        if (!leat_path_is_local(a->prefix))
            return leat_fail(err, LEAT_INVALID,
                             "%s: files go to local paths only in this version, not to '%.200s'; "
                             "write to a mounted path, or file:///path",
                             a->where, a->prefix);
        for (const struct leat_output *b = a->next; b != NULL; b = b->next)
            if (leat_output_is_files(b) && same_name(a, b))
                return leat_fail(err, LEAT_INVALID,
                                 "%s: %s with prefix '%.200s' is already at %s; give one of them "
                                 "another prefix or suffix",
                                 b->where, leat_output_name(a->kind), b->prefix, a->where);
    }
    return LEAT_OK;
}

static const char *group_of(const struct leat_source *source)
{
    return source->group == NULL ? "" : source->group;
}

static leat_status check_pair(const struct leat_source *a, const struct leat_source *b,
                              leat_error *err)
{
    if (a->topics == NULL || b->topics == NULL || strcmp(group_of(a), group_of(b)) != 0 ||
        strcmp(a->brokers, b->brokers) != 0)
        return LEAT_OK;
    for (size_t i = 0; a->topics[i] != NULL; i++)
        for (size_t j = 0; b->topics[j] != NULL; j++)
            if (strcmp(a->topics[i], b->topics[j]) == 0)
                return leat_fail(err, LEAT_INVALID,
                                 "%s: topic '%s' is read by streams '%s' and '%s' in one group; "
                                 "use one stream twice, or another group_id",
                                 b->where, a->topics[i], a->name, b->name);
    return LEAT_OK;
}

static leat_status check_sources(const struct leat_streaming_context *ssc, leat_error *err)
{
    for (const struct leat_source *a = ssc->sources; a != NULL; a = a->next)
        for (const struct leat_source *b = a->next; b != NULL; b = b->next)
            LEAT_TRY(check_pair(a, b, err));
    return LEAT_OK;
}

/* An output topic that is also an input would feed the job its own output. */
static leat_status check_loop(const struct leat_streaming_context *ssc, leat_error *err)
{
    for (const struct leat_output *output = ssc->outputs; output != NULL; output = output->next) {
        if (output->kind != LEAT_OUTPUT_KAFKA)
            continue;
        for (const struct leat_source *s = ssc->sources; s != NULL; s = s->next)
            for (size_t i = 0; s->topics != NULL && s->topics[i] != NULL; i++)
                if (strcmp(s->topics[i], output->topic) == 0 &&
                    strcmp(s->brokers, ssc->writer_brokers) == 0)
                    return leat_fail(err, LEAT_INVALID,
                                     "%s: output topic '%s' is also read by stream '%s': the job "
                                     "would feed itself for ever",
                                     output->where, output->topic, s->name);
    }
    return LEAT_OK;
}

static bool is_security(const char *key)
{
    return strncmp(key, "security.", 9) == 0 || strncmp(key, "sasl.", 5) == 0 ||
           strncmp(key, "ssl.", 4) == 0 || strncmp(key, "enable.ssl.", 11) == 0;
}

static size_t count_of(const char *const *pairs)
{
    size_t count = 0;

    while (pairs != NULL && pairs[count] != NULL)
        count++;
    return count;
}

/* The first source's security settings, unless the sink is elsewhere, then the sink's own. */
static leat_status set_writer(struct leat_streaming_context *ssc, leat_error *err)
{
    const struct leat_source *source = ssc->sources;
    const struct leat_sink *sink = ssc->sinks;
    bool elsewhere = sink != NULL && sink->brokers != NULL && source != NULL &&
                     strcmp(sink->brokers, source->brokers) != 0;
    const char *const *inherited = source == NULL || elsewhere ? NULL : source->parameters;
    const char *const *own = sink == NULL ? NULL : sink->parameters;
    size_t count = 0;
    const char **all;

    all = leat_context_alloc(ssc, (count_of(inherited) + count_of(own) + 1) * sizeof *all);
    if (all == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for the producer's settings");
    for (size_t i = 0; inherited != NULL && inherited[i] != NULL; i += 2) {
        if (!is_security(inherited[i]))
            continue;
        all[count++] = inherited[i];
        all[count++] = inherited[i + 1];
    }
    for (size_t i = 0; own != NULL && own[i] != NULL; i++)
        all[count++] = own[i];
    ssc->writer_parameters = all;
    ssc->writer_brokers = sink != NULL && sink->brokers != NULL ? sink->brokers
                          : source != NULL                      ? source->brokers
                                                                : NULL;
    return LEAT_OK;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_pairs(const char *const *a, const char *const *b)
{
    size_t count = count_of(a);

    if (count != count_of(b))
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(a[i], b[i]) != 0)
            return false;
    return true;
}

static leat_status check_sinks(const struct leat_streaming_context *ssc, leat_error *err)
{
    for (const struct leat_sink *a = ssc->sinks; a != NULL; a = a->next) {
        const struct leat_sink *b = a->next;

        if (b == NULL)
            return LEAT_OK;
        if (!same_text(a->brokers, b->brokers))
            return leat_fail(err, LEAT_INVALID,
                             "Kafka sinks '%s' and '%s' are on two clusters: one transaction "
                             "cannot hold both; split the job in two",
                             b->name, a->name);
        if (!same_pairs(a->parameters, b->parameters))
            return leat_fail(err, LEAT_INVALID,
                             "Kafka sinks '%s' and '%s' have different parameters: a job has one "
                             "producer; give both the same",
                             b->name, a->name);
    }
    return LEAT_OK;
}

/* Without a directory only the group remembers: that is enough for Kafka to the same Kafka. */
static leat_status check_without_checkpoint(const struct leat_streaming_context *ssc,
                                            leat_error *err)
{
    for (const struct leat_output *output = ssc->outputs; output != NULL; output = output->next)
        if (leat_output_is_files(output))
            return leat_fail(err, LEAT_INVALID,
                             "%s with leat.processing.guarantee=exactly_once needs a checkpoint "
                             "directory; set leat.checkpoint.directory",
                             leat_output_name(output->kind));
    for (const struct leat_source *s = ssc->sources; s != NULL; s = s->next)
        if (leat_graph_writes_kafka(ssc) && strcmp(s->brokers, ssc->writer_brokers) != 0)
            return leat_fail(err, LEAT_INVALID,
                             "%s: source and Kafka sink are on two clusters: exactly_once then "
                             "needs a checkpoint directory; set leat.checkpoint.directory",
                             s->where);
    return LEAT_OK;
}

/* Only what an output operation depends on runs. */
static void mark_used(struct leat_dstream *stream)
{
    if (stream == NULL || stream->used)
        return;
    stream->used = true;
    for (size_t i = 0; i < stream->parent_count; i++)
        mark_used(stream->parents[i]);
    if (stream->node.stateful != NULL)
        mark_used(stream->node.stateful->initial);
}

leat_status leat_graph_validate(struct leat_streaming_context *ssc, bool exactly_once,
                                leat_error *err)
{
    if (ssc->error.status != LEAT_OK) {
        if (err != NULL)
            *err = ssc->error;
        return ssc->error.status;
    }
    LEAT_TRY(check_outputs(ssc, err));
    for (struct leat_output *output = ssc->outputs; output != NULL; output = output->next)
        mark_used(output->stream);
    LEAT_TRY(check_files(ssc, err));
    LEAT_TRY(check_sources(ssc, err));
    LEAT_TRY(check_sinks(ssc, err));
    LEAT_TRY(set_writer(ssc, err));
    LEAT_TRY(check_loop(ssc, err));
    if (exactly_once && ssc->checkpoint == NULL)
        LEAT_TRY(check_without_checkpoint(ssc, err));
    return LEAT_OK;
}
