/* codec: see codec.h. */
#include "ledger/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { CRC_DIGITS = 8 };

/* A record is good under its own name only. */
static unsigned long crc_of(const char *name, const char *bytes, size_t size)
{
    unsigned long crc = crc32_z(0, (const unsigned char *)name, strlen(name));

    return crc32_z(crc, (const unsigned char *)bytes, size);
}

static int append(const char *bytes, size_t size, void *context)
{
    return leat_buffer_append(context, bytes, size) ? 0 : -1;
}

leat_status leat_codec_seal(json_t *json, const char *name, struct leat_buffer *out,
                            leat_error *err)
{
    char crc[CRC_DIGITS + 2];
    int failed;

    leat_buffer_reset(out);
    if (json == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for the ledger");
    failed = !leat_buffer_append(out, "00000000 ", CRC_DIGITS + 1) ||
             json_dump_callback(json, append, out, JSON_COMPACT) != 0;
    json_decref(json);
    if (failed)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for the ledger");
    snprintf(crc, sizeof crc, "%08lx",
             crc_of(name, out->data + CRC_DIGITS + 1, out->size - CRC_DIGITS - 1));
    memcpy(out->data, crc, CRC_DIGITS);
    return LEAT_OK;
}

static bool has_good_crc(leat_bytes text, const char *name)
{
    const char *bytes = text.data;
    char crc[CRC_DIGITS + 2];

    if (text.size <= CRC_DIGITS + 1)
        return false;
    snprintf(crc, sizeof crc, "%08lx ",
             crc_of(name, bytes + CRC_DIGITS + 1, text.size - CRC_DIGITS - 1));
    return memcmp(crc, bytes, CRC_DIGITS + 1) == 0;
}

static int compare(const char *bytes, size_t size, void *context)
{
    leat_bytes *rest = context;

    if (size > rest->size || memcmp(bytes, rest->data, size) != 0)
        return -1;
    *rest = (leat_bytes){(const char *)rest->data + size, rest->size - size};
    return 0;
}

/* Without memory Jansson 2 reads strings with bytes missing, and says nothing. */
static bool is_read_whole(const json_t *json, leat_bytes text)
{
    return json_dump_callback(json, compare, &text, JSON_COMPACT) == 0 && text.size == 0;
}

leat_status leat_codec_open(leat_bytes text, const char *name, json_t **out, leat_error *err)
{
    leat_bytes body;
    json_t *json;

    if (!has_good_crc(text, name))
        return leat_fail(err, LEAT_CORRUPT,
                         "the ledger's '%s' is damaged; restore the checkpoint from a backup, or "
                         "start with another directory and --adopt",
                         name);
    body = (leat_bytes){(const char *)text.data + CRC_DIGITS + 1, text.size - CRC_DIGITS - 1};
    json = json_loadb(body.data, body.size, 0, NULL);
    if (json != NULL && is_read_whole(json, body)) {
        *out = json;
        return LEAT_OK;
    }
    json_decref(json);
    return leat_fail(err, LEAT_NO_MEMORY, "no memory to read the ledger's '%s'", name);
}

static json_t *hex_json(const char *text)
{
    struct leat_buffer hex = {0};
    json_t *json = NULL;
    bool good = leat_buffer_reserve(&hex, 2 * strlen(text) + 1);

    for (; good && *text != '\0'; text++)
        good = leat_buffer_printf(&hex, "%02x", (unsigned char)*text);
    if (good)
        json = json_pack("{s:s}", "hex", hex.data);
    leat_buffer_release(&hex);
    return json;
}

json_t *leat_codec_text(const char *text)
{
    json_t *json;

    if (text == NULL)
        return json_null();
    json = json_string(text); /* NULL for what is not UTF-8. */
    return json != NULL ? json : hex_json(text);
}

static json_t *image_json(const struct leat_image *image)
{
    json_t *array = json_array();

    for (size_t i = 0; array != NULL && i < image->count; i++) {
        const struct leat_image_entry *entry = &image->entries[i];
        json_t *item = json_pack("[s,i,I,o]", entry->topic, (int)entry->partition,
                                 (json_int_t)entry->at.offset, leat_codec_text(entry->at.metadata));

        if (json_array_append_new(array, item) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *positions_json(const struct leat_positions *positions)
{
    json_t *array = json_array();

    for (size_t i = 0; array != NULL && i < positions->count; i++) {
        const struct leat_position *at = &positions->entries[i];
        json_t *item = json_pack("[o,s,i,I,I,I]", leat_codec_text(at->source), at->topic,
                                 (int)at->partition, (json_int_t)at->offset,
                                 (json_int_t)at->last_offset, (json_int_t)at->last_timestamp_ms);

        if (json_array_append_new(array, item) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *ranges_json(const struct leat_plan *plan)
{
    json_t *array = json_array();

    for (size_t i = 0; array != NULL && i < plan->count; i++) {
        const struct leat_plan_range *range = &plan->ranges[i];
        json_t *item =
            json_pack("[o,s,i,I,I]", leat_codec_text(range->source), range->topic,
                      (int)range->partition, (json_int_t)range->from, (json_int_t)range->until);

        if (json_array_append_new(array, item) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

json_t *leat_codec_identity(const struct leat_identity *identity)
{
    const char *id = identity->transactional_id;

    return json_pack("{s:o,s:o,s:o,s:o}", "transactional_id", leat_codec_text(id == NULL ? "" : id),
                     "group", leat_codec_text(identity->group), "cluster",
                     leat_codec_text(identity->cluster_id), "brokers",
                     leat_codec_text(identity->brokers));
}

json_t *leat_codec_settled(const struct leat_settled *settled)
{
    return json_pack("{s:I,s:I,s:s,s:o,s:o}", "n", (json_int_t)settled->n, "time",
                     (json_int_t)settled->time, "attempt", settled->attempt, "positions",
                     positions_json(&settled->positions), "image", image_json(&settled->image));
}

json_t *leat_codec_anchoring(const struct leat_anchoring *anchoring)
{
    return json_pack("{s:o,s:o}", "before", image_json(&anchoring->before), "after",
                     image_json(&anchoring->after));
}

json_t *leat_codec_plan(const struct leat_plan *plan)
{
    return json_pack("{s:I,s:I,s:b,s:o}", "n", (json_int_t)plan->n, "time", (json_int_t)plan->time,
                     "external", plan->external, "ranges", ranges_json(plan));
}

json_t *leat_codec_prepared(const struct leat_prepared *prepared)
{
    char authority[2] = {(char)prepared->authority, '\0'};
    json_t *renames = json_array();

    for (size_t i = 0; renames != NULL && i < prepared->rename_count; i++) {
        json_t *item = json_pack("[o,o]", leat_codec_text(prepared->renames[i].staged),
                                 leat_codec_text(prepared->renames[i].final));

        if (json_array_append_new(renames, item) != 0) {
            json_decref(renames);
            return NULL;
        }
    }
    return json_pack("{s:I,s:I,s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o}", "n", (json_int_t)prepared->n,
                     "time", (json_int_t)prepared->time, "authority", authority, "attempt",
                     prepared->attempt, "identity", leat_codec_identity(&prepared->identity),
                     "before", image_json(&prepared->before), "after", image_json(&prepared->after),
                     "positions", positions_json(&prepared->positions), "plan",
                     leat_codec_plan(&prepared->plan), "renames", renames);
}
