/* graph_build: a job's graph from its description, see graphs.py for what one holds. */
#include "tests/property/graph_build.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/property/graph_reduce.h"

enum { STREAMS_MAX = 64, NAME_MAX_BYTES = 32 };

/* Sources first, as descriptions number them. */
struct streams {
    leat_dstream *at[STREAMS_MAX];
    char key[STREAMS_MAX];
    char value[STREAMS_MAX];
    size_t count;
};

static void add(struct streams *streams, leat_dstream *stream, const char *types)
{
    if (streams->count == STREAMS_MAX) {
        fprintf(stderr, "a graph has at most %d streams\n", STREAMS_MAX);
        abort();
    }
    streams->at[streams->count] = stream;
    streams->key[streams->count] = types[0];
    streams->value[streams->count++] = types[1];
}

static const char *text_of(const json_t *json, const char *field)
{
    return json_string_value(json_object_get(json, field));
}

static void add_sources(leat_streaming_context *ssc, const json_t *description,
                        struct streams *streams)
{
    size_t index;
    json_t *json;

    json_array_foreach(json_object_get(description, "sources"), index, json)
    {
        const char *topic = text_of(json, "topic");
        const char *types = text_of(json, "types");
        leat_kafka_source source = {.brokers = "memory",
                                    .topics = topic,
                                    .key_type = graph_type(types[0]),
                                    .value_type = graph_type(types[1])};

        add(streams, leat_kafka_direct_stream(ssc, topic, &source), types);
    }
}

static graph_build_fn find_builder(const struct graph_builder *builders, const char *name)
{
    for (; builders->name != NULL; builders++)
        if (strcmp(builders->name, name) == 0)
            return builders->build;
    return NULL;
}

static graph_build_fn builder_of(const char *name)
{
    graph_build_fn build = find_builder(graph_narrow_builders, name);

    if (build == NULL)
        build = find_builder(graph_wide_builders, name);
    if (build == NULL)
        build = find_builder(graph_memory_builders, name);
    if (build == NULL) {
        fprintf(stderr, "graph_job was built without the operator '%s'\n", name);
        abort();
    }
    return build;
}

static leat_dstream *modified(const struct graph_operator *node, leat_dstream *stream)
{
    const char *name = text_of(node->json, "operator");

    if (graph_partitions(node) > 0 && strcmp(name, "partition_by") != 0 &&
        strcmp(name, "repartition") != 0)
        stream = leat_partitioned(stream, graph_partitions(node), graph_partitioner(node), NULL);
    if (json_is_true(json_object_get(node->json, "cached")))
        stream = leat_cached(stream);
    return stream;
}

static leat_dstream *stream_at(const struct streams *streams, const json_t *number)
{
    return json_is_integer(number) ? streams->at[json_integer_value(number)] : NULL;
}

/* false: memory is out, which is the context's error. */
static bool add_operator(leat_streaming_context *ssc, const json_t *json, struct streams *streams)
{
    const json_t *inputs = json_object_get(json, "inputs");
    const char *types = text_of(json, "types");
    json_int_t left = json_integer_value(json_array_get(inputs, 0));
    json_int_t right = json_integer_value(json_array_get(inputs, 1));
    char *name = leat_streaming_context_alloc(ssc, NAME_MAX_BYTES);
    struct graph_operator node = {.ssc = ssc,
                                  .json = json,
                                  .function = text_of(json, "function"),
                                  .left = stream_at(streams, json_array_get(inputs, 0)),
                                  .right = stream_at(streams, json_array_get(inputs, 1)),
                                  .initial = stream_at(streams, json_object_get(json, "initial")),
                                  .types =
                                      leat_streaming_context_alloc(ssc, sizeof(struct graph_types)),
                                  .out_key = types[0],
                                  .out_value = types[1],
                                  .name = name};

    if (name == NULL || node.types == NULL)
        return false;
    snprintf(name, NAME_MAX_BYTES, "operator-%zu", streams->count);
    *node.types = (struct graph_types){
        .key = streams->key[left], .value = streams->value[left], .right = streams->value[right]};
    add(streams, modified(&node, builder_of(text_of(json, "operator"))(&node)), types);
    return true;
}

static bool add_output(leat_streaming_context *ssc, size_t index, size_t number,
                       const struct streams *streams)
{
    struct graph_types *types = leat_streaming_context_alloc(ssc, sizeof *types);
    char *topic = leat_streaming_context_alloc(ssc, NAME_MAX_BYTES);

    if (types == NULL || topic == NULL)
        return false;
    *types = (struct graph_types){.key = streams->key[number], .value = streams->value[number]};
    snprintf(topic, NAME_MAX_BYTES, "out%zu", index);
    leat_save_to_kafka(
        leat_typed(leat_map(streams->at[number], graph_present, types), LEAT_STRING, LEAT_STRING),
        NULL, topic);
    return true;
}

leat_status graph_build(leat_streaming_context *ssc, void *description)
{
    struct streams streams = {.count = 0};
    size_t index;
    json_t *json;

    add_sources(ssc, description, &streams);
    json_array_foreach(json_object_get(description, "operators"), index, json)
    {
        if (!add_operator(ssc, json, &streams))
            return leat_ok(ssc);
    }
    json_array_foreach(json_object_get(description, "outputs"), index, json)
    {
        if (!add_output(ssc, index, (size_t)json_integer_value(json), &streams))
            return leat_ok(ssc);
    }
    return leat_ok(ssc);
}
