/* source: defines Kafka direct streams, see leat/kafka.h. */
#include <stdio.h>
#include <string.h>

#include "graph/graph.h"
#include "graph/graph_internal.h"

static size_t count_words(const char *list)
{
    size_t count = 1;

    for (; *list != '\0'; list++)
        count += *list == ',';
    return count;
}

/* "a, b" as a NULL-terminated array. Topic names have no blanks. */
static const char *const *split_topics(struct leat_streaming_context *ssc, const char *where,
                                       const char *list)
{
    const char **topics = leat_context_alloc(ssc, (count_words(list) + 1) * sizeof *topics);
    size_t count = 0;

    while (topics != NULL && *list != '\0') {
        size_t length;
        const char *topic;

        list += strspn(list, ", ");
        length = strcspn(list, ", ");
        if (length == 0)
            break;
        topic = leat_arena_copy(&ssc->arena, list, length);
        if (topic == NULL) {
            leat_context_fail(ssc, LEAT_NO_MEMORY, where, "no memory for the topics");
            return NULL;
        }
        for (size_t i = 0; i < count; i++)
            if (strcmp(topics[i], topic) == 0)
                leat_context_fail(ssc, LEAT_INVALID, where, "topic '%s' is named twice", topic);
        topics[count++] = topic;
        list += length;
    }
    if (count == 0)
        leat_context_fail(ssc, LEAT_INVALID, where, "topics names no topic");
    return topics;
}

/* The source's parameters, with fetch_message_max_bytes as one more. */
static const char *const *source_parameters(struct leat_streaming_context *ssc,
                                            const leat_kafka_source *definition)
{
    const char *const *copy = leat_context_copy_pairs(ssc, definition->parameters);
    const char **all;
    char number[16];
    size_t count = 0;

    if (copy == NULL || definition->fetch_message_max_bytes == 0)
        return copy;
    while (copy[count] != NULL)
        count++;
    all = leat_context_alloc(ssc, (count + 3) * sizeof *all);
    if (all == NULL)
        return NULL;
    memcpy(all, copy, count * sizeof *all);
    snprintf(number, sizeof number, "%d", (int)definition->fetch_message_max_bytes);
    all[count] = "fetch.message.max.bytes";
    all[count + 1] = leat_context_strdup(ssc, number);
    return all;
}

static const leat_offset_range *copy_from_offsets(struct leat_streaming_context *ssc,
                                                  const char *where,
                                                  const leat_kafka_source *definition)
{
    leat_offset_range *copy;

    if (definition->from_offsets_count == 0)
        return NULL;
    copy = leat_context_alloc(ssc, definition->from_offsets_count * sizeof *copy);
    if (copy == NULL)
        return NULL;
    for (size_t i = 0; i < definition->from_offsets_count; i++) {
        const leat_offset_range *range = &definition->from_offsets[i];

        if (range->topic == NULL || range->partition < 0 || range->from < 0)
            leat_context_fail(ssc, LEAT_INVALID, where,
                              "from_offsets[%zu] needs a topic, a partition and an offset of 0 or "
                              "more",
                              i);
        copy[i] = *range;
        copy[i].topic = leat_context_strdup(ssc, range->topic);
    }
    return copy;
}

static const char *parameter(const char *const *pairs, const char *key, const char *other_key)
{
    for (; pairs != NULL && pairs[0] != NULL && pairs[1] != NULL; pairs += 2)
        if (strcmp(pairs[0], key) == 0 || strcmp(pairs[0], other_key) == 0)
            return pairs[1];
    return NULL;
}

static bool starts_earliest(struct leat_streaming_context *ssc, const char *where, const char *word)
{
    static const char *const earliest[] = {"smallest", "earliest", "beginning"};
    static const char *const latest[] = {"largest", "latest", "end"};

    if (word == NULL)
        return false;
    for (size_t i = 0; i < sizeof earliest / sizeof earliest[0]; i++) {
        if (strcmp(word, earliest[i]) == 0)
            return true;
        if (strcmp(word, latest[i]) == 0)
            return false;
    }
    leat_context_fail(ssc, LEAT_INVALID, where,
                      "auto.offset.reset '%s' is not known; use earliest or latest (or smallest, "
                      "largest)",
                      word);
    return false;
}

static void check_definition(struct leat_streaming_context *ssc, const char *where,
                             const struct leat_source *source, const char *topics)
{
    if (source->name == NULL || source->name[0] == '\0')
        leat_context_fail(ssc, LEAT_INVALID, where, "a stream needs a name");
    else if (source->brokers == NULL || source->brokers[0] == '\0')
        leat_context_fail(ssc, LEAT_INVALID, where,
                          "stream '%s' has no brokers; set brokers to host:port", source->name);
    else if ((topics == NULL) == (source->topic_pattern == NULL))
        leat_context_fail(ssc, LEAT_INVALID, where,
                          "stream '%s' needs either topics or a topic_pattern", source->name);
    else if (source->group != NULL && source->group[0] == '\0')
        leat_context_fail(ssc, LEAT_INVALID, where,
                          "stream '%s': its group_id is empty; leave it out for leat-<app name>",
                          source->name);
    for (const struct leat_source *other = ssc->sources; other != NULL; other = other->next)
        if (source->name != NULL && strcmp(other->name, source->name) == 0)
            leat_context_fail(ssc, LEAT_INVALID, where,
                              "two streams are named '%s' (the other at %s); give each its own "
                              "name",
                              source->name, other->where);
}

static struct leat_source *create_source(struct leat_streaming_context *ssc, const char *where,
                                         const char *name, const leat_kafka_source *definition)
{
    struct leat_source *source = leat_context_alloc(ssc, sizeof *source);
    const char *reset = definition->auto_offset_reset;
    const char *brokers = definition->brokers;

    if (source == NULL)
        return NULL;
    if (brokers == NULL)
        brokers = parameter(definition->parameters, "metadata.broker.list", "bootstrap.servers");
    if (reset == NULL)
        reset = parameter(definition->parameters, "auto.offset.reset", "auto.offset.reset");
    source->name = leat_context_strdup(ssc, name);
    source->where = where;
    source->brokers = leat_context_strdup(ssc, brokers);
    source->topic_pattern = leat_context_strdup(ssc, definition->topic_pattern);
    source->group = leat_context_strdup(ssc, definition->group_id);
    if (source->group == NULL)
        source->group =
            leat_context_strdup(ssc, parameter(definition->parameters, "group.id", "group.id"));
    source->from_earliest = starts_earliest(ssc, where, reset);
    source->parameters = source_parameters(ssc, definition);
    source->from_offsets = copy_from_offsets(ssc, where, definition);
    source->from_offsets_count = definition->from_offsets_count;
    source->index = ssc->source_count;
    check_definition(ssc, where, source, definition->topics);
    if (definition->topics != NULL)
        source->topics = split_topics(ssc, where, definition->topics);
    return ssc->error.status == LEAT_OK ? source : NULL;
}

leat_dstream *leat_kafka_direct_stream_at(const char *where, leat_streaming_context *ssc,
                                          const char *name, const leat_kafka_source *definition)
{
    struct leat_node node = {.kind = LEAT_OPERATOR_SOURCE, .where = where};
    struct leat_dstream *stream;
    struct leat_source *source;

    if (ssc == NULL || !leat_context_can_grow(ssc, where, "kafka_direct_stream"))
        return NULL;
    if (definition == NULL) {
        leat_context_fail(ssc, LEAT_INVALID, where,
                          "stream '%s' has no options; give it brokers, and topics or a "
                          "topic_pattern",
                          name == NULL ? "" : name);
        return NULL;
    }
    source = create_source(ssc, where, name, definition);
    if (source == NULL)
        return NULL;
    node.key_type = definition->key_type == LEAT_INHERIT ? LEAT_BYTES : definition->key_type;
    node.value_type = definition->value_type == LEAT_INHERIT ? LEAT_BYTES : definition->value_type;
    stream = leat_graph_add_stream(ssc, &node);
    if (stream == NULL)
        return NULL;
    stream->source = source;
    if (ssc->sources_last == NULL)
        ssc->sources = source;
    else
        ssc->sources_last->next = source;
    ssc->sources_last = source;
    ssc->source_count++;
    return stream;
}
