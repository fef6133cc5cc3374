/* partitions: the engine's table of source partitions and where each stands. */
#include <string.h>

#include "base/memory.h"
#include "stream/engine_internal.h"

const char *leat_engine_intern(struct leat_engine *engine, const char *text)
{
    for (size_t i = 0; i < engine->partition_count; i++) {
        if (strcmp(engine->partitions[i].topic, text) == 0)
            return engine->partitions[i].topic;
        if (strcmp(engine->partitions[i].source_name, text) == 0)
            return engine->partitions[i].source_name;
    }
    return leat_arena_strdup(&engine->arena, text);
}

size_t leat_partition_find(const struct leat_engine *engine, const char *source_name,
                           const char *topic, int32_t partition)
{
    for (size_t i = 0; i < engine->partition_count; i++) {
        const struct leat_partition *at = &engine->partitions[i];

        if (at->partition == partition && strcmp(at->topic, topic) == 0 &&
            strcmp(at->source_name, source_name) == 0)
            return i;
    }
    return SIZE_MAX;
}

/* Room for one more in every array that goes along with the partitions. */
static bool reserve(struct leat_engine *engine)
{
    size_t count = engine->partition_count + 1;
    struct leat_position *now, *next;
    struct leat_partition *grown;

    grown = leat_grow(engine->partitions, count, sizeof *grown);
    if (grown == NULL)
        return false;
    engine->partitions = grown;
    now = leat_grow(engine->settled.positions.entries, count, sizeof *now);
    if (now == NULL)
        return false;
    engine->settled.positions.entries = now;
    next = leat_grow(engine->next.positions.entries, count, sizeof *next);
    if (next == NULL)
        return false;
    engine->next.positions.entries = next;
    return true;
}

leat_status leat_partition_add(struct leat_engine *engine, struct leat_source_state *source,
                               const struct leat_position *position, size_t *out_index,
                               leat_error *err)
{
    const char *topic = leat_engine_intern(engine, position->topic);
    const char *name =
        source != NULL ? source->source->name : leat_engine_intern(engine, position->source);
    struct leat_position *entry;
    size_t index = engine->partition_count;

    if (topic == NULL || name == NULL || !reserve(engine))
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for the partitions of topic '%s'",
                         position->topic);
    engine->partitions[index] = (struct leat_partition){.source = source,
                                                        .source_name = name,
                                                        .topic = topic,
                                                        .partition = position->partition,
                                                        .drain_until = -1,
                                                        .held_at = -1,
                                                        .image_index = SIZE_MAX};
    entry = &engine->settled.positions.entries[index];
    *entry = *position;
    entry->source = name;
    entry->topic = topic;
    engine->next.positions.entries[index] = *entry;
    engine->partition_count++;
    engine->settled.positions.count = engine->partition_count;
    engine->next.positions.count = engine->partition_count;
    *out_index = index;
    return LEAT_OK;
}

leat_status leat_partitions_adopt(struct leat_engine *engine, const struct leat_settled *settled,
                                  leat_error *err)
{
    engine->settled.n = settled->n;
    engine->settled.time = settled->time;
    memcpy(engine->settled.attempt, settled->attempt, sizeof settled->attempt);
    for (size_t i = 0; i < settled->positions.count; i++) {
        const struct leat_position *from = &settled->positions.entries[i];
        size_t at = leat_partition_find(engine, from->source, from->topic, from->partition);
        struct leat_position *entry;

        if (at == SIZE_MAX) {
            LEAT_TRY(leat_partition_add(engine, NULL, from, &at, err));
            continue;
        }
        entry = &engine->settled.positions.entries[at];
        entry->offset = from->offset;
        entry->last_offset = from->last_offset;
        entry->last_timestamp_ms = from->last_timestamp_ms;
    }
    return LEAT_OK;
}
