/* decode: the ledger's records out of JSON, see codec.h. */
#include <stdio.h>
#include <string.h>

#include "ledger/codec.h"

static bool read_int(const json_t *json, const char *name, int64_t *out)
{
    const json_t *value = json_object_get(json, name);

    *out = json_integer_value(value);
    return json_is_integer(value);
}

/* Copies a text, NULL for null; false when it is something else. */
static bool copy_text(const json_t *value, struct leat_arena *arena, const char **out)
{
    *out = NULL;
    if (json_is_null(value))
        return true;
    if (!json_is_string(value))
        return false;
    *out = leat_arena_strdup(arena, json_string_value(value));
    return *out != NULL;
}

static bool copy_attempt(const json_t *json, char out[LEAT_ATTEMPT_SIZE])
{
    const char *text = json_string_value(json_object_get(json, "attempt"));

    return text != NULL && snprintf(out, LEAT_ATTEMPT_SIZE, "%s", text) < LEAT_ATTEMPT_SIZE;
}

/* The items of an array as zeroed memory for a struct each. */
static bool array_of(const json_t *json, const char *name, struct leat_arena *arena, size_t size,
                     const json_t **out_array, void *out_entries, size_t *out_count)
{
    const json_t *array = json_object_get(json, name);
    void *entries;

    if (!json_is_array(array))
        return false;
    *out_count = json_array_size(array);
    entries = leat_arena_zalloc(arena, (*out_count + 1) * size);
    memcpy(out_entries, &entries, sizeof entries);
    *out_array = array;
    return entries != NULL;
}

static bool item_int(const json_t *item, size_t index, int64_t *out)
{
    const json_t *value = json_array_get(item, index);

    *out = json_integer_value(value);
    return json_is_integer(value);
}

static bool item_text(const json_t *item, size_t index, struct leat_arena *arena, const char **out)
{
    return copy_text(json_array_get(item, index), arena, out) && *out != NULL;
}

static bool item_partition(const json_t *item, size_t index, int32_t *out)
{
    int64_t number;

    if (!item_int(item, index, &number) || number < 0 || number > INT32_MAX)
        return false;
    *out = (int32_t)number;
    return true;
}

static bool read_image(const json_t *json, const char *name, struct leat_arena *arena,
                       struct leat_image *out)
{
    const json_t *array;

    if (!array_of(json, name, arena, sizeof *out->entries, &array, &out->entries, &out->count))
        return false;
    for (size_t i = 0; i < out->count; i++) {
        const json_t *item = json_array_get(array, i);
        struct leat_image_entry *entry = &out->entries[i];
        const char *metadata = json_string_value(json_array_get(item, 3));

        if (!item_text(item, 0, arena, &entry->topic) ||
            !item_partition(item, 1, &entry->partition) || !item_int(item, 2, &entry->at.offset) ||
            metadata == NULL ||
            snprintf(entry->at.metadata, sizeof entry->at.metadata, "%s", metadata) >=
                (int)sizeof entry->at.metadata)
            return false;
    }
    return true;
}

static bool read_positions(const json_t *json, struct leat_arena *arena, struct leat_positions *out)
{
    const json_t *array;

    if (!array_of(json, "positions", arena, sizeof *out->entries, &array, &out->entries,
                  &out->count))
        return false;
    for (size_t i = 0; i < out->count; i++) {
        const json_t *item = json_array_get(array, i);
        struct leat_position *at = &out->entries[i];

        if (!item_text(item, 0, arena, &at->source) || !item_text(item, 1, arena, &at->topic) ||
            !item_partition(item, 2, &at->partition) || !item_int(item, 3, &at->offset) ||
            !item_int(item, 4, &at->last_offset) || !item_int(item, 5, &at->last_timestamp_ms))
            return false;
    }
    return true;
}

bool leat_codec_read_identity(const json_t *json, struct leat_arena *arena,
                              struct leat_identity *out)
{
    return copy_text(json_object_get(json, "transactional_id"), arena, &out->transactional_id) &&
           copy_text(json_object_get(json, "group"), arena, &out->group) &&
           copy_text(json_object_get(json, "cluster"), arena, &out->cluster_id) &&
           copy_text(json_object_get(json, "brokers"), arena, &out->brokers);
}

bool leat_codec_read_settled(const json_t *json, struct leat_arena *arena, struct leat_settled *out)
{
    return read_int(json, "n", &out->n) && read_int(json, "time", &out->time) &&
           copy_attempt(json, out->attempt) && read_positions(json, arena, &out->positions) &&
           read_image(json, "image", arena, &out->image);
}

bool leat_codec_read_anchoring(const json_t *json, struct leat_arena *arena,
                               struct leat_anchoring *out)
{
    out->present = true;
    return read_image(json, "before", arena, &out->before) &&
           read_image(json, "after", arena, &out->after);
}

bool leat_codec_read_plan(const json_t *json, struct leat_arena *arena, struct leat_plan *out)
{
    const json_t *array;

    out->present = true;
    out->external = json_is_true(json_object_get(json, "external"));
    if (!read_int(json, "n", &out->n) || !read_int(json, "time", &out->time) ||
        !array_of(json, "ranges", arena, sizeof *out->ranges, &array, &out->ranges, &out->count))
        return false;
    for (size_t i = 0; i < out->count; i++) {
        const json_t *item = json_array_get(array, i);
        struct leat_plan_range *range = &out->ranges[i];

        if (!item_text(item, 0, arena, &range->source) ||
            !item_text(item, 1, arena, &range->topic) ||
            !item_partition(item, 2, &range->partition) || !item_int(item, 3, &range->from) ||
            !item_int(item, 4, &range->until))
            return false;
    }
    return true;
}

static bool read_renames(const json_t *json, struct leat_arena *arena, struct leat_prepared *out)
{
    struct leat_rename *renames;
    const json_t *array;

    if (!array_of(json, "renames", arena, sizeof *renames, &array, &renames, &out->rename_count))
        return false;
    out->renames = renames;
    for (size_t i = 0; i < out->rename_count; i++) {
        const json_t *item = json_array_get(array, i);

        if (!item_text(item, 0, arena, &renames[i].staged) ||
            !item_text(item, 1, arena, &renames[i].final))
            return false;
    }
    return true;
}

static bool read_authority(const json_t *json, enum leat_authority *out)
{
    const char *text = json_string_value(json_object_get(json, "authority"));

    if (text == NULL || strlen(text) != 1 || strchr("KLA", text[0]) == NULL)
        return false;
    *out = (enum leat_authority)text[0];
    return true;
}

bool leat_codec_read_prepared(const json_t *json, struct leat_arena *arena,
                              struct leat_prepared *out)
{
    out->present = true;
    return read_int(json, "n", &out->n) && read_int(json, "time", &out->time) &&
           read_authority(json, &out->authority) && copy_attempt(json, out->attempt) &&
           leat_codec_read_identity(json_object_get(json, "identity"), arena, &out->identity) &&
           read_image(json, "before", arena, &out->before) &&
           read_image(json, "after", arena, &out->after) &&
           read_positions(json, arena, &out->positions) &&
           leat_codec_read_plan(json_object_get(json, "plan"), arena, &out->plan) &&
           read_renames(json, arena, out);
}
