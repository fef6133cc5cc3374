/* image: see image.h. */
#include "stream/image.h"

#include <string.h>

#include "base/memory.h"
#include "ledger/marker.h"
#include "stream/engine_internal.h"

static bool reserve(struct leat_engine *engine, size_t count)
{
    struct leat_image_entry *now, *next;
    struct leat_topic_partition *keys;
    struct leat_group_offset *offsets;

    now = leat_grow(engine->settled.image.entries, count, sizeof *now);
    if (now != NULL)
        engine->settled.image.entries = now;
    next = leat_grow(engine->next.image.entries, count, sizeof *next);
    if (next != NULL)
        engine->next.image.entries = next;
    keys = leat_grow(engine->image_keys, count, sizeof *keys);
    if (keys != NULL)
        engine->image_keys = keys;
    offsets = leat_grow(engine->image_offsets, count, sizeof *offsets);
    if (offsets != NULL)
        engine->image_offsets = offsets;
    return now != NULL && next != NULL && keys != NULL && offsets != NULL;
}

static void set_key(struct leat_engine *engine, size_t index, const char *topic, int32_t partition)
{
    struct leat_image_entry absent = {topic, partition, {.offset = -1}};

    engine->settled.image.entries[index] = absent;
    engine->next.image.entries[index] = absent;
    engine->image_keys[index] = (struct leat_topic_partition){topic, partition};
}

/* The last entry takes the place at index. */
static void remove_key(struct leat_engine *engine, size_t index)
{
    size_t last = --engine->settled.image.count;

    engine->settled.image.entries[index] = engine->settled.image.entries[last];
    engine->next.image.entries[index] = engine->next.image.entries[last];
    engine->image_keys[index] = engine->image_keys[last];
    for (size_t i = 0; i < engine->partition_count; i++)
        if (engine->partitions[i].image_index == last)
            engine->partitions[i].image_index = index;
}

/* The group takes no offsets of a topic that was deleted. */
static void drop_partitions(struct leat_engine *engine)
{
    for (size_t i = 0; i < engine->partition_count; i++) {
        size_t index = engine->partitions[i].image_index;

        if (engine->partitions[i].source != NULL || index == SIZE_MAX)
            continue;
        remove_key(engine, index);
        engine->partitions[i].image_index = SIZE_MAX;
    }
}

static void lay_out_partitions(struct leat_engine *engine)
{
    size_t count = engine->settled.image.count;

    for (size_t i = 0; i < engine->partition_count; i++) {
        struct leat_partition *at = &engine->partitions[i];

        if (at->source == NULL || at->image_index != SIZE_MAX)
            continue;
        at->image_index = count;
        set_key(engine, count++, at->topic, at->partition);
    }
    engine->settled.image.count = count;
}

leat_status leat_image_lay_out(struct leat_engine *engine, leat_error *err)
{
    if (engine->authority != LEAT_AUTHORITY_KAFKA)
        return LEAT_OK;
    if (!reserve(engine, engine->partition_count + 1))
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for %zu markers",
                         engine->partition_count + 1);
    if (!engine->committer.uses_marker_topic) {
        drop_partitions(engine);
        lay_out_partitions(engine);
    } else if (engine->settled.image.count == 0) {
        set_key(engine, 0, engine->settings.marker_topic, 0);
        engine->settled.image.count = 1;
    }
    engine->next.image.count = engine->settled.image.count;
    return LEAT_OK;
}

leat_status leat_image_extend(struct leat_engine *engine, leat_error *err)
{
    struct leat_image *image = &engine->settled.image;
    struct leat_group_offset *found;
    struct leat_image added;
    leat_status status;

    if (engine->authority != LEAT_AUTHORITY_KAFKA || engine->committer.uses_marker_topic)
        return LEAT_OK;
    drop_partitions(engine);
    added.count = image->count;
    LEAT_TRY(leat_image_lay_out(engine, err));
    added.entries = image->entries + added.count;
    added.count = image->count - added.count;
    if (added.count == 0)
        return LEAT_OK;
    found = leat_alloc(added.count, sizeof *found);
    if (found == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for %zu offsets", added.count);
    status = leat_image_read(engine, engine->committer.cluster, &added, found, err);
    for (size_t i = 0; status == LEAT_OK && i < added.count; i++)
        added.entries[i].at = found[i];
    leat_free(found);
    return status;
}

static const struct leat_image_entry *find(const struct leat_image *image, const char *topic,
                                           int32_t partition)
{
    for (size_t i = 0; i < image->count; i++)
        if (image->entries[i].partition == partition && strcmp(image->entries[i].topic, topic) == 0)
            return &image->entries[i];
    return NULL;
}

void leat_image_adopt(struct leat_engine *engine, const struct leat_image *recorded)
{
    struct leat_image *image = &engine->settled.image;

    for (size_t i = 0; i < image->count; i++) {
        const struct leat_image_entry *from =
            find(recorded, image->entries[i].topic, image->entries[i].partition);

        if (from != NULL)
            image->entries[i].at = from->at;
    }
}

bool leat_image_has_same_keys(const struct leat_engine *engine, const struct leat_image *recorded)
{
    const struct leat_image *image = &engine->settled.image;

    if (image->count != recorded->count)
        return false;
    for (size_t i = 0; i < image->count; i++)
        if (find(recorded, image->entries[i].topic, image->entries[i].partition) == NULL)
            return false;
    return true;
}

void leat_image_fill(const struct leat_engine *engine, const struct leat_positions *positions,
                     int64_t n, const char *attempt, leat_time time, struct leat_image *image)
{
    struct leat_marker marker = {.n = n, .time = time};
    char text[LEAT_OFFSET_METADATA_MAX];

    memcpy(marker.lineage, engine->lineage, sizeof marker.lineage);
    memcpy(marker.attempt, attempt, strlen(attempt) + 1);
    leat_marker_write(&marker, text);
    for (size_t i = 0; i < image->count; i++) {
        image->entries[i].at.offset = n; /* A marker topic's; partitions follow. */
        memcpy(image->entries[i].at.metadata, text, sizeof text);
    }
    for (size_t i = 0; i < engine->partition_count; i++)
        if (engine->partitions[i].image_index != SIZE_MAX)
            image->entries[engine->partitions[i].image_index].at.offset =
                positions->entries[i].offset;
}

leat_status leat_image_read(struct leat_engine *engine, struct leat_cluster *cluster,
                            const struct leat_image *image, struct leat_group_offset *out,
                            leat_error *err)
{
    struct leat_topic_partition *keys = leat_alloc(image->count + 1, sizeof *keys);
    leat_status status;

    if (keys == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for %zu offsets", image->count);
    for (size_t i = 0; i < image->count; i++)
        keys[i] =
            (struct leat_topic_partition){image->entries[i].topic, image->entries[i].partition};
    status = cluster->ops->group_offsets(cluster, keys, image->count,
                                         (int)leat_engine_patience_ms(engine), out, err);
    leat_free(keys);
    return status;
}

leat_status leat_image_send(struct leat_engine *engine, const struct leat_image *image,
                            leat_error *err)
{
    struct leat_committer *committer = &engine->committer;

    for (size_t i = 0; i < image->count; i++)
        engine->image_offsets[i] = image->entries[i].at;
    return committer->writer->ops->send_offsets(committer->writer, committer->group,
                                                engine->image_keys, engine->image_offsets,
                                                image->count, err);
}
