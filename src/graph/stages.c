/*
 * stages: a batch as its passes over the input: what each computes and how many tasks it has.
 *
 * Operators are fused: a stage goes from its inputs through all of them to its ends, and a task is
 * one partition of an input. Outputs that only write (text files, Kafka) wait for the next stage
 * that reads its input to the end, and ride in it: the input is read once for all of them. That is
 * an action of a function given to foreach_rdd, or the end of the batch. Print takes its records in
 * a stage of its own.
 */
#include "graph/explain.h"

static bool rides(const struct leat_output *output)
{
    return output->kind == LEAT_OUTPUT_TEXT_FILES || output->kind == LEAT_OUTPUT_KAFKA;
}

/* "'a' -> map", for a union "('a' -> map, 'b') -> union". */
static void say_line(struct leat_page *page, const struct leat_dstream *stream)
{
    if (stream->source != NULL) {
        leat_page_say(page, "'%s'", stream->source->name);
        return;
    }
    leat_page_say(page, "%s", stream->parent_count > 1 ? "(" : "");
    for (size_t i = 0; i < stream->parent_count; i++) {
        leat_page_say(page, "%s", i == 0 ? "" : ", ");
        say_line(page, stream->parents[i]);
    }
    leat_page_say(page, "%s -> %s", stream->parent_count > 1 ? ")" : "",
                  leat_operator_name(stream->node.kind));
}

static bool reads(const struct leat_dstream *stream, const struct leat_source *source)
{
    if (stream->source != NULL)
        return stream->source == source;
    for (size_t i = 0; i < stream->parent_count; i++)
        if (reads(stream->parents[i], source))
            return true;
    return false;
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
    int number = 0;

    leat_page_say(page, "stages\n");
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
