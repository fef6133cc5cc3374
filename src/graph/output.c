/* output: the output operations, see leat/dstream.h. */
#include <string.h>

#include "graph/graph.h"

static const char *const output_names[] = {
    [LEAT_OUTPUT_FOREACH_RDD] = "foreach_rdd",
    [LEAT_OUTPUT_PRINT] = "print",
    [LEAT_OUTPUT_TEXT_FILES] = "save_as_text_files",
    [LEAT_OUTPUT_HADOOP_FILES] = "save_as_hadoop_files",
    [LEAT_OUTPUT_OBJECT_FILES] = "save_as_object_files",
    [LEAT_OUTPUT_KAFKA] = "save_to_kafka",
};

const char *leat_output_name(enum leat_output_kind kind)
{
    return output_names[kind];
}

bool leat_output_is_files(const struct leat_output *output)
{
    return output->kind == LEAT_OUTPUT_TEXT_FILES || output->kind == LEAT_OUTPUT_HADOOP_FILES ||
           output->kind == LEAT_OUTPUT_OBJECT_FILES;
}

bool leat_path_is_local(const char *path)
{
    return strstr(path, "://") == NULL || strncmp(path, "file:///", 8) == 0;
}

bool leat_output_has_effects(const struct leat_output *output)
{
    return output->kind == LEAT_OUTPUT_FOREACH_RDD || output->kind == LEAT_OUTPUT_PRINT;
}

/* NULL when the stream is NULL or the context has failed. */
static struct leat_output *add_output(enum leat_output_kind kind, const char *where,
                                      leat_dstream *stream)
{
    struct leat_streaming_context *ssc;
    struct leat_output *output;

    if (stream == NULL || !leat_context_can_grow(stream->context, where, output_names[kind]))
        return NULL;
    ssc = stream->context;
    output = leat_context_alloc(ssc, sizeof *output);
    if (output == NULL)
        return NULL;
    output->kind = kind;
    output->where = where;
    output->stream = stream;
    output->id = (int)ssc->output_count++;
    if (ssc->outputs_last == NULL)
        ssc->outputs = output;
    else
        ssc->outputs_last->next = output;
    ssc->outputs_last = output;
    return output;
}

void leat_foreach_rdd_at(const char *where, leat_dstream *stream, leat_rdd_fn fn, void *user)
{
    struct leat_output *output = add_output(LEAT_OUTPUT_FOREACH_RDD, where, stream);

    if (output == NULL)
        return;
    if (fn == NULL)
        leat_context_fail(stream->context, LEAT_INVALID, where, "foreach_rdd has no function");
    output->fn = fn;
    output->user = user;
}

void leat_print_at(const char *where, leat_dstream *stream, size_t count)
{
    struct leat_output *output = add_output(LEAT_OUTPUT_PRINT, where, stream);

    if (output != NULL)
        output->count = count;
}

static void add_files(enum leat_output_kind kind, const char *where, leat_dstream *stream,
                      const char *prefix, const char *suffix)
{
    struct leat_output *output = add_output(kind, where, stream);

    if (output == NULL)
        return;
    if (prefix == NULL || prefix[0] == '\0')
        leat_context_fail(stream->context, LEAT_INVALID, where,
                          "%s needs a prefix: the path its directories begin with",
                          output_names[kind]);
    output->prefix = leat_context_strdup(stream->context, prefix);
    output->suffix = leat_context_strdup(stream->context, suffix);
}

void leat_save_as_text_files_at(const char *where, leat_dstream *stream, const char *prefix,
                                const char *suffix)
{
    add_files(LEAT_OUTPUT_TEXT_FILES, where, stream, prefix, suffix);
}

void leat_save_as_hadoop_files_at(const char *where, leat_dstream *stream, const char *prefix,
                                  const char *suffix)
{
    add_files(LEAT_OUTPUT_HADOOP_FILES, where, stream, prefix, suffix);
}

void leat_save_as_object_files_at(const char *where, leat_dstream *stream, const char *prefix,
                                  const char *suffix)
{
    add_files(LEAT_OUTPUT_OBJECT_FILES, where, stream, prefix, suffix);
}

void leat_save_to_kafka_at(const char *where, leat_dstream *stream, const leat_sink *sink,
                           const char *topic)
{
    struct leat_output *output = add_output(LEAT_OUTPUT_KAFKA, where, stream);

    if (output == NULL)
        return;
    if (topic == NULL || topic[0] == '\0')
        leat_context_fail(stream->context, LEAT_INVALID, where, "save_to_kafka needs a topic");
    output->sink = sink;
    output->topic = leat_context_strdup(stream->context, topic);
}
