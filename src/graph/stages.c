/*
 * stages: a batch as its passes over the input: what each computes and how many tasks it has.
 *
 * Operators are fused: a stage goes from its inputs through all of them to its ends, and a task is
 * one partition of an input. Outputs that only write (text files, Kafka) wait for the next stage
 * that reads its input to the end, and ride in it: the input is read once for all of them. That is
 * an action of a function given to foreach_rdd, or the end of the batch. Print takes its records in
 * a stage of its own.
 *
 * A wide operator ends a stage: what reads it, "[reduce_by_key]", is a later one. Stages that do
 * not wait for each other run together, and read an input once.
 */
#include "graph/explain.h"

static bool rides(const struct leat_output *output)
{
    return leat_output_is_files(output) || output->kind == LEAT_OUTPUT_KAFKA;
}

static void say_parents(struct leat_page *page, const struct leat_dstream *stream);

/* "'a' -> map", for a union "('a' -> map, 'b') -> union". */
static void say_line(struct leat_page *page, const struct leat_dstream *stream)
{
    if (stream->source != NULL) {
        leat_page_say(page, "'%s'", stream->source->name);
        return;
    }
    if (leat_operator_is_wide(stream->node.kind)) {
        leat_page_say(page, "[%s]", leat_operator_name(stream->node.kind));
        return;
    }
    say_parents(page, stream);
    leat_page_say(page, " -> %s", leat_operator_name(stream->node.kind));
}

static void say_parents(struct leat_page *page, const struct leat_dstream *stream)
{
    leat_page_say(page, "%s", stream->parent_count > 1 ? "(" : "");
    for (size_t i = 0; i < stream->parent_count; i++) {
        leat_page_say(page, "%s", i == 0 ? "" : ", ");
        say_line(page, stream->parents[i]);
    }
    leat_page_say(page, "%s", stream->parent_count > 1 ? ")" : "");
}

static bool reads(const struct leat_dstream *stream, const struct leat_source *source)
{
    if (stream->source != NULL)
        return stream->source == source;
    if (leat_operator_is_wide(stream->node.kind))
        return false;
    for (size_t i = 0; i < stream->parent_count; i++)
        if (reads(stream->parents[i], source))
            return true;
    return false;
}

/* What wide operators read, a stage each; the number of the next one. */
static int say_shuffles(struct leat_page *page, const struct leat_streaming_context *ssc)
{
    int number = 0;

    for (const struct leat_dstream *s = ssc->streams; s != NULL; s = s->next) {
        if (!s->used || !leat_operator_is_wide(s->node.kind))
            continue;
        leat_page_say(page, "    stage %d\n        ", number++);
        say_parents(page, s);
        leat_page_say(page, " -> %s (%s)\n        tasks: one for each partition that it reads",
                      leat_operator_name(s->node.kind), s->node.where);
        if (s->node.partitions > 0)
            leat_page_say(page, "; it has %u itself", s->node.partitions);
        leat_page_say(page, "\n");
    }
    return number;
}

/* Whether one of the outputs from first to last that belong to the stage reads the source. */
static bool stage_reads(const struct leat_output *first, const struct leat_output *last,
                        const struct leat_source *source)
{
    for (const struct leat_output *output = first;; output = output->next) {
        if ((rides(output) || output == last) && reads(output->stream, source))
            return true;
        if (output == last)
            return false;
    }
}

static void say_tasks(struct leat_page *page, const struct leat_streaming_context *ssc,
                      const struct leat_output *first, const struct leat_output *last)
{
    bool found = false;

    leat_page_say(page, "        tasks: one for each partition of");
    for (const struct leat_source *source = ssc->sources; source != NULL; source = source->next) {
        if (!stage_reads(first, last, source))
            continue;
        leat_page_say(page, "%s '%s'", found ? " and" : "", source->name);
        found = true;
    }
    if (!found)
        leat_page_say(page, " the wide operators before it");
    if (last->kind == LEAT_OUTPUT_PRINT)
        leat_page_say(page, ", until %zu records are there", last->count + 1);
    leat_page_say(page, "\n");
}

/* The stage that `last` makes run, with those from `first` on that ride in it. */
static void say_stage(struct leat_page *page, const struct leat_streaming_context *ssc, int number,
                      const struct leat_output *first, const struct leat_output *last)
{
    leat_page_say(page, "    stage %d\n", number);
    for (const struct leat_output *output = first;; output = output->next) {
        if (rides(output) || output == last) {
            leat_page_say(page, "        ");
            say_line(page, output->stream);
            leat_page_say(page, " -> %s (output %d)\n", leat_output_name(output->kind), output->id);
        }
        if (output == last)
            break;
    }
    say_tasks(page, ssc, first, last);
    if (last->kind == LEAT_OUTPUT_FOREACH_RDD)
        leat_page_say(page, "        a further action of the function is a further stage\n");
}

void leat_stages_explain(struct leat_page *page, const struct leat_streaming_context *ssc)
{
    const struct leat_output *waiting = NULL; /* The first that rides. */
    const struct leat_output *last_waiting = NULL;
    int number;

    leat_page_say(page, "stages\n");
    number = say_shuffles(page, ssc);
    for (const struct leat_output *output = ssc->outputs; output != NULL; output = output->next) {
        if (rides(output)) {
            waiting = waiting == NULL ? output : waiting;
            last_waiting = output;
        } else if (output->kind == LEAT_OUTPUT_FOREACH_RDD) {
            say_stage(page, ssc, number++, waiting == NULL ? output : waiting, output);
            waiting = NULL;
        } else {
            say_stage(page, ssc, number++, output, output);
        }
    }
    if (waiting != NULL)
        say_stage(page, ssc, number, waiting, last_waiting);
}
