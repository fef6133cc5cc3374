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

static void *take_memory(struct leat_codec_reader *reader, size_t size)
{
    void *memory = leat_arena_zalloc(reader->arena, size);

    reader->no_memory = reader->no_memory || memory == NULL;
    return memory;
}

static int digit_of(char digit)
{
    const char *digits = "0123456789abcdef";
    const char *at = digit == '\0' ? NULL : strchr(digits, digit);

    return at == NULL ? -1 : (int)(at - digits);
}

static bool read_hex(const char *hex, struct leat_codec_reader *reader, const char **out)
{
    size_t size = strlen(hex) / 2;
    char *bytes = take_memory(reader, size + 1);

    if (bytes == NULL || size * 2 != strlen(hex))
        return false;
    for (size_t i = 0; i < size; i++) {
        int high = digit_of(hex[2 * i]), low = digit_of(hex[2 * i + 1]);

        if (high < 0 || low < 0 || high + low == 0)
            return false;
        bytes[i] = (char)(16 * high + low);
    }
    *out = bytes;
    return true;
}

bool leat_codec_read_text(const json_t *json, struct leat_codec_reader *reader, const char **out)
{
    const char *text = json_string_value(json);
    char *copy;

    *out = NULL;
    if (json_is_null(json))
        return true;
    if (json_is_object(json) && json_is_string(json_object_get(json, "hex")))
        return read_hex(json_string_value(json_object_get(json, "hex")), reader, out);
    if (text == NULL)
        return false;
    copy = take_memory(reader, strlen(text) + 1);
    if (copy == NULL)
        return false;
    memcpy(copy, text, strlen(text));
    *out = copy;
    return true;
}

static bool copy_attempt(const json_t *json, char out[LEAT_ATTEMPT_SIZE])
{
    const char *text = json_string_value(json_object_get(json, "attempt"));

    return text != NULL && snprintf(out, LEAT_ATTEMPT_SIZE, "%s", text) < LEAT_ATTEMPT_SIZE;
}

/* The items of an array as zeroed memory for a struct each. */
static bool array_of(const json_t *json, const char *name, struct leat_codec_reader *reader,
                     size_t size, const json_t **out_array, void *out_entries, size_t *out_count)
{
    const json_t *array = json_object_get(json, name);
    void *entries;

    if (!json_is_array(array))
        return false;
    *out_count = json_array_size(array);
    entries = take_memory(reader, (*out_count + 1) * size);
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

static bool item_text(const json_t *item, size_t index, struct leat_codec_reader *reader,
                      const char **out)
{
    return leat_codec_read_text(json_array_get(item, index), reader, out) && *out != NULL;
}

static bool item_partition(const json_t *item, size_t index, int32_t *out)
{
    int64_t number;

    if (!item_int(item, index, &number) || number < 0 || number > INT32_MAX)
        return false;
    *out = (int32_t)number;
    return true;
}

static bool item_metadata(const json_t *item, struct leat_codec_reader *reader,
                          char out[LEAT_OFFSET_METADATA_MAX])
{
    const char *text;

    return item_text(item, 3, reader, &text) &&
           snprintf(out, LEAT_OFFSET_METADATA_MAX, "%s", text) < LEAT_OFFSET_METADATA_MAX;
}

static bool read_image(const json_t *json, const char *name, struct leat_codec_reader *reader,
                       struct leat_image *out)
{
    const json_t *array;

    if (!array_of(json, name, reader, sizeof *out->entries, &array, &out->entries, &out->count))
        return false;
    for (size_t i = 0; i < out->count; i++) {
        const json_t *item = json_array_get(array, i);
        struct leat_image_entry *entry = &out->entries[i];

        if (!item_text(item, 0, reader, &entry->topic) ||
            !item_partition(item, 1, &entry->partition) || !item_int(item, 2, &entry->at.offset) ||
            !item_metadata(item, reader, entry->at.metadata))
            return false;
    }
    return true;
}

static bool read_positions(const json_t *json, struct leat_codec_reader *reader,
                           struct leat_positions *out)
{
    const json_t *array;

    if (!array_of(json, "positions", reader, sizeof *out->entries, &array, &out->entries,
                  &out->count))
        return false;
    for (size_t i = 0; i < out->count; i++) {
        const json_t *item = json_array_get(array, i);
        struct leat_position *at = &out->entries[i];

        if (!item_text(item, 0, reader, &at->source) || !item_text(item, 1, reader, &at->topic) ||
            !item_partition(item, 2, &at->partition) || !item_int(item, 3, &at->offset) ||
            !item_int(item, 4, &at->last_offset) || !item_int(item, 5, &at->last_timestamp_ms))
            return false;
    }
    return true;
}

bool leat_codec_read_identity(const json_t *json, struct leat_codec_reader *reader,
                              struct leat_identity *out)
{
    return leat_codec_read_text(json_object_get(json, "transactional_id"), reader,
                                &out->transactional_id) &&
           leat_codec_read_text(json_object_get(json, "group"), reader, &out->group) &&
           leat_codec_read_text(json_object_get(json, "cluster"), reader, &out->cluster_id) &&
           leat_codec_read_text(json_object_get(json, "brokers"), reader, &out->brokers);
}

bool leat_codec_read_settled(const json_t *json, struct leat_codec_reader *reader,
                             struct leat_settled *out)
{
    return read_int(json, "n", &out->n) && read_int(json, "time", &out->time) &&
           copy_attempt(json, out->attempt) && read_positions(json, reader, &out->positions) &&
           read_image(json, "image", reader, &out->image);
}

bool leat_codec_read_anchoring(const json_t *json, struct leat_codec_reader *reader,
                               struct leat_anchoring *out)
{
    out->present = true;
    return read_image(json, "before", reader, &out->before) &&
           read_image(json, "after", reader, &out->after);
}

bool leat_codec_read_plan(const json_t *json, struct leat_codec_reader *reader,
                          struct leat_plan *out)
{
    const json_t *array;

    out->present = true;
    out->external = json_is_true(json_object_get(json, "external"));
    if (!json_is_boolean(json_object_get(json, "external")) || !read_int(json, "n", &out->n) ||
        !read_int(json, "time", &out->time) ||
        !array_of(json, "ranges", reader, sizeof *out->ranges, &array, &out->ranges, &out->count))
        return false;
    for (size_t i = 0; i < out->count; i++) {
        const json_t *item = json_array_get(array, i);
        struct leat_plan_range *range = &out->ranges[i];

        if (!item_text(item, 0, reader, &range->source) ||
            !item_text(item, 1, reader, &range->topic) ||
            !item_partition(item, 2, &range->partition) || !item_int(item, 3, &range->from) ||
            !item_int(item, 4, &range->until))
            return false;
    }
    return true;
}

static bool read_renames(const json_t *json, struct leat_codec_reader *reader,
                         struct leat_prepared *out)
{
    struct leat_rename *renames;
    const json_t *array;

    if (!array_of(json, "renames", reader, sizeof *renames, &array, &renames, &out->rename_count))
        return false;
    out->renames = renames;
    for (size_t i = 0; i < out->rename_count; i++) {
        const json_t *item = json_array_get(array, i);

        if (!item_text(item, 0, reader, &renames[i].staged) ||
            !item_text(item, 1, reader, &renames[i].final))
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

bool leat_codec_read_prepared(const json_t *json, struct leat_codec_reader *reader,
                              struct leat_prepared *out)
{
    out->present = true;
    return read_int(json, "n", &out->n) && read_int(json, "time", &out->time) &&
           read_authority(json, &out->authority) && copy_attempt(json, out->attempt) &&
           leat_codec_read_identity(json_object_get(json, "identity"), reader, &out->identity) &&
           read_image(json, "before", reader, &out->before) &&
           read_image(json, "after", reader, &out->after) &&
           read_positions(json, reader, &out->positions) &&
           leat_codec_read_plan(json_object_get(json, "plan"), reader, &out->plan) &&
           read_renames(json, reader, out);
}
