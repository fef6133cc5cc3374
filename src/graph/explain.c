/* explain: the graph as text, see graph.h. */
#include "graph/explain.h"

void leat_page_say(struct leat_page *page, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    page->fits = page->fits && leat_buffer_vprintf(page->out, format, args);
    va_end(args);
}

/* ---- graph ---- */

static void explain_stream(struct leat_page *page, const struct leat_dstream *stream, int depth)
{
    leat_page_say(page, "%*s%s", depth * 4, "", leat_operator_name(stream->node.kind));
    if (stream->source != NULL)
        leat_page_say(page, " '%s'", stream->source->name);
    leat_page_say(page, " (%s)\n", stream->node.where);
    for (size_t i = 0; i < stream->parent_count; i++)
        explain_stream(page, stream->parents[i], depth + 1);
}

static void explain_files(struct leat_page *page, const struct leat_output *output)
{
    leat_page_say(page, "%s-<batch time>%s%s/", output->prefix, output->suffix == NULL ? "" : ".",
                  output->suffix == NULL ? "" : output->suffix);
}

static void explain_target(struct leat_page *page, const struct leat_output *output)
{
    switch (output->kind) {
    case LEAT_OUTPUT_TEXT_FILES:
    case LEAT_OUTPUT_HADOOP_FILES:
    case LEAT_OUTPUT_OBJECT_FILES:
        leat_page_say(page, " to ");
        explain_files(page, output);
        break;
    case LEAT_OUTPUT_KAFKA:
        leat_page_say(page, " to topic %s", output->topic);
        break;
    case LEAT_OUTPUT_PRINT:
        leat_page_say(page, " of %zu records", output->count);
        break;
    case LEAT_OUTPUT_FOREACH_RDD:
        leat_page_say(page, " by a function");
        break;
    }
}

static void explain_outputs(struct leat_page *page, const struct leat_streaming_context *ssc)
{
    leat_page_say(page, "graph\n");
    for (const struct leat_output *output = ssc->outputs; output != NULL; output = output->next) {
        leat_page_say(page, "    output %d: %s (%s)", output->id, leat_output_name(output->kind),
                      output->where);
        explain_target(page, output);
        if (leat_output_has_effects(output))
            leat_page_say(page, "; effect: what it does outside of the batch's transaction is not "
                                "taken back");
        leat_page_say(page, "\n");
        explain_stream(page, output->stream, 2);
    }
}

/* ---- what the job reads, keeps and writes ---- */

static void explain_sources(struct leat_page *page, const struct leat_streaming_context *ssc)
{
    leat_page_say(page, "sources\n");
    for (const struct leat_source *source = ssc->sources; source != NULL; source = source->next) {
        leat_page_say(page, "    '%s' (%s): ", source->name, source->where);
        if (source->topic_pattern != NULL)
            leat_page_say(page, "topics matching %s", source->topic_pattern);
        else
            leat_page_say(page, "topics");
        for (size_t i = 0; source->topics != NULL && source->topics[i] != NULL; i++)
            leat_page_say(page, "%s %s", i == 0 ? "" : ",", source->topics[i]);
        leat_page_say(page, " on %s; where nothing is committed: from %s\n", source->brokers,
                      source->from_offsets_count > 0 ? "the offsets that the program names"
                      : source->from_earliest        ? "the earliest"
                                                     : "the latest");
    }
}

static void explain_sinks(struct leat_page *page, const struct leat_streaming_context *ssc)
{
    leat_page_say(page, "sinks\n");
    for (const struct leat_sink *sink = ssc->sinks; sink != NULL; sink = sink->next)
        leat_page_say(page, "    Kafka '%s' on %s\n", sink->name,
                      sink->brokers == NULL ? "the source's cluster" : sink->brokers);
    if (ssc->sinks == NULL && leat_graph_writes_kafka(ssc))
        leat_page_say(page, "    Kafka on the source's cluster\n");
    for (const struct leat_output *output = ssc->outputs; output != NULL; output = output->next) {
        if (output->kind == LEAT_OUTPUT_PRINT)
            leat_page_say(page, "    stdout\n");
        if (!leat_output_is_files(output))
            continue;
        leat_page_say(page, "    files ");
        explain_files(page, output);
        leat_page_say(page, "\n");
    }
}

static void explain_state(struct leat_page *page, const struct leat_streaming_context *ssc)
{
    leat_page_say(page, "state\n");
    if (ssc->stateful == NULL)
        leat_page_say(page, "    no operator keeps any\n");
    for (const struct leat_stateful *s = ssc->stateful; s != NULL; s = s->next)
        leat_page_say(page, "    '%s': %s (%s)\n", s->name,
                      leat_operator_name(s->stream->node.kind), s->stream->node.where);
    if (ssc->broadcasts != NULL)
        leat_page_say(page, "broadcasts\n");
    for (const struct leat_broadcast *b = ssc->broadcasts; b != NULL; b = b->next)
        leat_page_say(page, "    '%s', loaded at the start%s\n", b->name,
                      b->refresh_ms > 0 ? " and again between batches" : "");
}

bool leat_graph_explain(const struct leat_streaming_context *ssc, struct leat_buffer *out)
{
    struct leat_page page = {.out = out, .fits = true};

    explain_outputs(&page, ssc);
    leat_stages_explain(&page, ssc);
    explain_sources(&page, ssc);
    explain_state(&page, ssc);
    explain_sinks(&page, ssc);
    return page.fits;
}
