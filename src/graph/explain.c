/* explain: the graph as text, see graph.h. */
#include "graph/graph.h"

static bool explain_source(const struct leat_source *source, struct leat_buffer *out)
{
    if (!leat_buffer_printf(out, "kafka_direct_stream '%s' (%s)\n", source->name, source->where))
        return false;
    if (source->topic_pattern != NULL)
        return leat_buffer_printf(out, "    topics matching %s", source->topic_pattern);
    if (!leat_buffer_printf(out, "    topics"))
        return false;
    for (size_t i = 0; source->topics[i] != NULL; i++)
        if (!leat_buffer_printf(out, " %s", source->topics[i]))
            return false;
    return true;
}

static bool explain_stream(const struct leat_dstream *stream, int depth, struct leat_buffer *out)
{
    if (!leat_buffer_printf(out, "%*s", depth * 4, ""))
        return false;
    if (stream->source != NULL)
        return explain_source(stream->source, out) &&
               leat_buffer_printf(out, " on %s, one task per partition\n", stream->source->brokers);
    if (!leat_buffer_printf(out, "%s (%s)\n", leat_operator_name(stream->node.kind),
                            stream->node.where))
        return false;
    for (size_t i = 0; i < stream->parent_count; i++)
        if (!explain_stream(stream->parents[i], depth + 1, out))
            return false;
    return true;
}

static bool explain_target(const struct leat_output *output, struct leat_buffer *out)
{
    switch (output->kind) {
    case LEAT_OUTPUT_TEXT_FILES:
    case LEAT_OUTPUT_HADOOP_FILES:
    case LEAT_OUTPUT_OBJECT_FILES:
        return leat_buffer_printf(out, " to %s-<batch time>%s%s/", output->prefix,
                                  output->suffix == NULL ? "" : ".",
                                  output->suffix == NULL ? "" : output->suffix);
    case LEAT_OUTPUT_KAFKA:
        return leat_buffer_printf(out, " to topic %s%s%s", output->topic,
                                  output->sink == NULL ? "" : " of sink ",
                                  output->sink == NULL ? "" : output->sink->name);
    case LEAT_OUTPUT_PRINT:
        return leat_buffer_printf(out, " of %zu records", output->count);
    case LEAT_OUTPUT_FOREACH_RDD:
        return leat_buffer_printf(out, " by a function");
    }
    return true;
}

bool leat_graph_explain(const struct leat_streaming_context *ssc, struct leat_buffer *out)
{
    for (const struct leat_output *output = ssc->outputs; output != NULL; output = output->next) {
        if (!leat_buffer_printf(out, "output %d: %s (%s)", output->id,
                                leat_output_name(output->kind), output->where) ||
            !explain_target(output, out) || !leat_buffer_printf(out, "\n") ||
            !explain_stream(output->stream, 1, out))
            return false;
    }
    for (const struct leat_sink *sink = ssc->sinks; sink != NULL; sink = sink->next)
        if (!leat_buffer_printf(out, "sink '%s' on %s\n", sink->name,
                                sink->brokers == NULL ? "the source's cluster" : sink->brokers))
            return false;
    for (const struct leat_broadcast *b = ssc->broadcasts; b != NULL; b = b->next)
        if (!leat_buffer_printf(out, "broadcast '%s'%s\n", b->name,
                                b->refresh_ms > 0 ? ", refreshed" : ""))
            return false;
    return leat_buffer_printf(out, "state: none; checkpoint: %s\n",
                              ssc->checkpoint == NULL ? "none" : ssc->checkpoint);
}
