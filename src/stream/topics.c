/* topics: which partitions the sources have, now and as they grow, and where their logs end. */
#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "stream/engine_internal.h"

enum { MISSED_MAX = 2 };

static leat_status list_topics(struct leat_engine *engine, const struct leat_source_state *state,
                               int timeout_ms, struct leat_topic_list *out, leat_error *err)
{
    const struct leat_source *source = state->source;
    struct leat_cluster *cluster = state->link->cluster;
    size_t count = 0;

    (void)engine;
    if (source->topics == NULL)
        return cluster->ops->topics_by_pattern(cluster, source->topic_pattern, timeout_ms, out,
                                               err);
    while (source->topics[count] != NULL)
        count++;
    return cluster->ops->topics_by_name(cluster, source->topics, count, timeout_ms, out, err);
}

bool leat_link_is_writers(const struct leat_engine *engine, const struct leat_link *link)
{
    return engine->committer.writer_id[0] != '\0' &&
           strcmp(engine->committer.writer_id, link->id) == 0;
}

/* What graph/validate.c could not know: who else reads or writes a topic that a pattern found, or
 * that other brokers of the same cluster name. */
static leat_status check_topic(const struct leat_engine *engine,
                               const struct leat_source_state *state, const char *topic,
                               leat_error *err)
{
    const struct leat_output *output = engine->ssc->outputs;

    for (; output != NULL; output = output->next)
        if (output->kind == LEAT_OUTPUT_KAFKA && strcmp(output->topic, topic) == 0 &&
            leat_link_is_writers(engine, state->link))
            return leat_fail(err, LEAT_INVALID,
                             "%s: output topic '%s' is also read by stream '%s': the job would "
                             "feed itself for ever",
                             output->where, topic, state->source->name);
    for (size_t i = 0; i < engine->partition_count; i++) {
        const struct leat_partition *other = &engine->partitions[i];

        if (other->source != NULL && other->source != state && strcmp(other->topic, topic) == 0 &&
            strcmp(other->source->link->id, state->link->id) == 0)
            return leat_fail(err, LEAT_INVALID,
                             "%s: topic '%s' is read by streams '%s' and '%s' in one group; use "
                             "one stream twice",
                             state->source->where, topic, other->source_name, state->source->name);
    }
    return LEAT_OK;
}

/* A partition that its source did not read so far; *out_is_new when nobody knows its position. */
static leat_status activate(struct leat_engine *engine, struct leat_source_state *state,
                            const char *topic, int32_t partition, bool first, leat_error *err)
{
    struct leat_position unknown = {.source = state->source->name,
                                    .topic = topic,
                                    .partition = partition,
                                    .offset = -1,
                                    .last_offset = -1,
                                    .last_timestamp_ms = -1};
    size_t index = leat_partition_find(engine, state->source->name, topic, partition);

    if (index == SIZE_MAX)
        return leat_partition_add(engine, state, &unknown, &index, err);
    if (engine->partitions[index].source != NULL)
        return LEAT_OK;
    engine->partitions[index].source = state;
    if (!first)
        leat_log_write(&engine->log, LEAT_LOG_WARN, "stream",
                       "topic '%s' partition %" PRId32 " is back: stream '%s' goes on at offset "
                       "%" PRId64 ", where it stood",
                       topic, partition, state->source->name,
                       engine->settled.positions.entries[index].offset);
    return LEAT_OK;
}

static bool is_listed(const struct leat_topic_list *list, const char *topic)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->topics[i].name, topic) == 0)
            return true;
    return false;
}

/* A topic that a pattern no longer finds was deleted; its positions stay. One answer is not enough:
 * a broker that has just started may not know all topics. */
static void drop_missing(struct leat_engine *engine, struct leat_source_state *state,
                         const struct leat_topic_list *list)
{
    for (size_t i = 0; i < engine->partition_count; i++) {
        struct leat_partition *at = &engine->partitions[i];

        if (at->source != state)
            continue;
        at->missed = is_listed(list, at->topic) ? 0 : at->missed + 1;
        if (at->missed < MISSED_MAX)
            continue;
        leat_log_write(&engine->log, LEAT_LOG_WARN, "stream",
                       "topic '%s' is gone: stream '%s' reads partition %" PRId32 " no more",
                       at->topic, at->source_name, at->partition);
        if (at->has_reader)
            state->link->reader->ops->remove(state->link->reader, at->reader_index);
        at->has_reader = false;
        at->source = NULL;
        at->missed = 0;
    }
}

static leat_status take_topics(struct leat_engine *engine, struct leat_source_state *state,
                               const struct leat_topic_list *list, bool first, leat_error *err)
{
    if (list->count == 0 && first)
        return leat_fail(err, LEAT_INVALID,
                         "%s: topic_pattern '%s' matches no topic on %s; create one, or correct "
                         "the pattern",
                         state->source->where, state->source->topic_pattern, state->link->brokers);
    for (size_t i = 0; i < list->count; i++) {
        LEAT_TRY(check_topic(engine, state, list->topics[i].name, err));
        for (int32_t partition = 0; partition < list->topics[i].partitions; partition++)
            LEAT_TRY(activate(engine, state, list->topics[i].name, partition, first, err));
    }
    if (!first)
        drop_missing(engine, state, list);
    return LEAT_OK;
}

static bool grow(void *array, size_t count, size_t size)
{
    void **block = array;
    void *grown = leat_grow(*block, count, size);

    if (grown != NULL)
        *block = grown;
    return grown != NULL;
}

/* Which partitions each link is asked for. */
static leat_status lay_out_queries(struct leat_engine *engine, leat_error *err)
{
    size_t count = engine->partition_count + 1;

    for (size_t i = 0; i < engine->link_count; i++) {
        struct leat_link *link = &engine->links[i];

        if (!grow(&link->query, count, sizeof *link->query) ||
            !grow(&link->query_partitions, count, sizeof *link->query_partitions) ||
            !grow(&link->starts, count, sizeof *link->starts) ||
            !grow(&link->ends, count, sizeof *link->ends))
            return leat_fail(err, LEAT_NO_MEMORY, "no memory for %zu partitions", count);
        link->query_count = 0;
    }
    for (size_t i = 0; i < engine->partition_count; i++) {
        const struct leat_partition *at = &engine->partitions[i];

        if (at->source == NULL)
            continue;
        at->source->link->query[at->source->link->query_count] =
            (struct leat_topic_partition){at->topic, at->partition};
        at->source->link->query_partitions[at->source->link->query_count++] = i;
    }
    return LEAT_OK;
}

leat_status leat_engine_find_partitions(struct leat_engine *engine, bool first, leat_error *err)
{
    int64_t timeout_ms =
        first ? engine->settings.connect_timeout_ms : engine->settings.request_timeout_ms;

    for (size_t i = 0; i < engine->source_count; i++) {
        struct leat_topic_list list = {NULL, 0};
        leat_status status;

        LEAT_TRY(list_topics(engine, &engine->sources[i], (int)timeout_ms, &list, err));
        status = take_topics(engine, &engine->sources[i], &list, first, err);
        leat_topic_list_release(&list);
        if (status != LEAT_OK)
            return status;
    }
    engine->topics_asked_us = leat_clock_monotonic_us(&engine->parts.clock);
    return lay_out_queries(engine, err);
}

/* Before the log ends are asked for: what lies beyond them then is held back, and not just new. */
static void look_at_high_watermarks(struct leat_engine *engine, const struct leat_link *link)
{
    for (size_t i = 0; i < link->query_count; i++) {
        struct leat_partition *at = &engine->partitions[link->query_partitions[i]];

        at->high_watermark =
            at->has_reader ? link->reader->ops->high_watermark(link->reader, at->reader_index) : -1;
    }
}

leat_status leat_engine_log_ends(struct leat_engine *engine, int64_t timeout_ms, leat_error *err)
{
    for (size_t i = 0; i < engine->link_count; i++) {
        struct leat_link *link = &engine->links[i];

        if (link->query_count == 0)
            continue;
        look_at_high_watermarks(engine, link);
        LEAT_TRY(link->cluster->ops->log_ranges(link->cluster, link->query, link->query_count,
                                                (int)timeout_ms, link->starts, link->ends, err));
        for (size_t j = 0; j < link->query_count; j++) {
            struct leat_partition *at = &engine->partitions[link->query_partitions[j]];

            at->log_start = link->starts[j];
            at->log_end = link->ends[j];
            if (at->high_watermark < at->log_end)
                at->high_watermark = at->log_end;
        }
    }
    return LEAT_OK;
}

leat_status leat_engine_add_readers(struct leat_engine *engine, leat_error *err)
{
    for (size_t i = 0; i < engine->partition_count; i++) {
        struct leat_partition *at = &engine->partitions[i];
        const struct leat_position *position = &engine->settled.positions.entries[i];
        struct leat_reader_start start = {.topic = at->topic,
                                          .partition = at->partition,
                                          .offset = position->offset,
                                          .last_offset = position->last_offset,
                                          .last_timestamp_ms = position->last_timestamp_ms};
        struct leat_reader *reader;

        if (at->source == NULL || at->has_reader)
            continue;
        if (at->source->link->reader == NULL)
            LEAT_TRY(leat_link_open_reader(engine, at->source->link, err));
        reader = at->source->link->reader;
        start.nothing_after = at->source->link->read_committed; /* As far as this one sees. */
        LEAT_TRY(reader->ops->add(reader, &start, &at->reader_index, err));
        at->has_reader = true;
    }
    return LEAT_OK;
}
