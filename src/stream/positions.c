/* positions: see positions.h. */
#include "stream/positions.h"

#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "stream/engine_internal.h"

/* The group's offsets of all of a link's partitions, by the engine's index. */
static leat_status read_groups(struct leat_engine *engine, struct leat_group_offset *out,
                               leat_error *err)
{
    for (size_t i = 0; i < engine->link_count; i++) {
        struct leat_link *link = &engine->links[i];
        struct leat_group_offset *found;
        leat_status status;

        found = leat_alloc(link->query_count + 1, sizeof *found);
        if (found == NULL)
            return leat_fail(err, LEAT_NO_MEMORY, "no memory for the group's offsets");
        status =
            link->cluster->ops->group_offsets(link->cluster, link->query, link->query_count,
                                              (int)leat_engine_patience_ms(engine), found, err);
        for (size_t j = 0; status == LEAT_OK && j < link->query_count; j++)
            out[link->query_partitions[j]] = found[j];
        leat_free(found);
        if (status != LEAT_OK)
            return status;
    }
    return LEAT_OK;
}

static const leat_offset_range *explicit_offset(const struct leat_partition *at)
{
    const struct leat_source *source = at->source->source;

    for (size_t i = 0; i < source->from_offsets_count; i++)
        if (source->from_offsets[i].partition == at->partition &&
            strcmp(source->from_offsets[i].topic, at->topic) == 0)
            return &source->from_offsets[i];
    return NULL;
}

static leat_status check_explicit(const struct leat_engine *engine, leat_error *err)
{
    for (size_t s = 0; s < engine->source_count; s++) {
        const struct leat_source *source = engine->sources[s].source;

        for (size_t i = 0; i < source->from_offsets_count; i++) {
            const leat_offset_range *range = &source->from_offsets[i];

            if (leat_partition_find(engine, source->name, range->topic, range->partition) ==
                SIZE_MAX)
                return leat_fail(err, LEAT_INVALID,
                                 "%s: from_offsets names topic '%s' partition %" PRId32
                                 ", which stream '%s' does not read",
                                 source->where, range->topic, range->partition, source->name);
        }
    }
    return LEAT_OK;
}

static leat_status begin_explicitly(const struct leat_partition *at, int64_t from, int64_t *out,
                                    leat_error *err)
{
    if (from < at->log_start || from > at->log_end)
        return leat_fail(
            err, LEAT_INVALID,
            "%s: from_offsets begins topic '%s' partition %" PRId32 " at offset %" PRId64
            ", and its log goes from %" PRId64 " to %" PRId64 ": begin within it",
            at->source->source->where, at->topic, at->partition, from, at->log_start, at->log_end);
    *out = from;
    return LEAT_OK;
}

static leat_status resolve_one(const struct leat_engine *engine, const struct leat_partition *at,
                               enum leat_beginning beginning, const struct leat_group_offset *group,
                               int64_t *out, leat_error *err)
{
    const struct leat_source *source = at->source->source;
    bool first = beginning == LEAT_BEGIN_FIRST;
    /* A stream that was added to a running job begins where it says, if it says so. */
    const leat_offset_range *given = first || !at->source->existed ? explicit_offset(at) : NULL;

    if (given != NULL)
        return begin_explicitly(at, given->from, out, err);
    if (beginning != LEAT_BEGIN_LATER && group->offset >= 0) {
        leat_log_write(&engine->log, LEAT_LOG_INFO, "stream",
                       "topic '%s' partition %" PRId32 ": begins at offset %" PRId64
                       ", as group '%s' has it",
                       at->topic, at->partition, group->offset, engine->job_group);
        *out = group->offset;
        return LEAT_OK;
    }
    *out = first && !source->from_earliest ? at->log_end : at->log_start;
    if (!first)
        leat_log_write(&engine->log, LEAT_LOG_INFO, "stream",
                       "topic '%s' partition %" PRId32
                       " is new to stream '%s': it begins at its first record, offset %" PRId64,
                       at->topic, at->partition, at->source_name, *out);
    return LEAT_OK;
}

static bool any_unknown(const struct leat_engine *engine)
{
    for (size_t i = 0; i < engine->partition_count; i++)
        if (engine->partitions[i].source != NULL && engine->settled.positions.entries[i].offset < 0)
            return true;
    return false;
}

leat_status leat_positions_resolve(struct leat_engine *engine, enum leat_beginning beginning,
                                   leat_error *err)
{
    struct leat_group_offset *groups;
    leat_status status = LEAT_OK;

    if (!any_unknown(engine))
        return LEAT_OK;
    if (beginning == LEAT_BEGIN_FIRST)
        LEAT_TRY(check_explicit(engine, err));
    LEAT_TRY(leat_engine_log_ends(engine, leat_engine_patience_ms(engine), err));
    groups = leat_alloc(engine->partition_count, sizeof *groups);
    if (groups == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for the group's offsets");
    if (beginning != LEAT_BEGIN_LATER)
        status = read_groups(engine, groups, err);
    for (size_t i = 0; i < engine->partition_count && status == LEAT_OK; i++) {
        struct leat_position *position = &engine->settled.positions.entries[i];

        if (engine->partitions[i].source == NULL || position->offset >= 0)
            continue;
        position->last_offset = position->last_timestamp_ms = -1;
        status = resolve_one(engine, &engine->partitions[i], beginning, &groups[i],
                             &position->offset, err);
    }
    leat_free(groups);
    return status;
}
