/* codec: see codec.h. */
#include "ledger/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { CRC_DIGITS = 8 };

static unsigned long crc_of(const char *bytes, size_t size)
{
    return crc32_z(0, (const unsigned char *)bytes, size);
}

static int append(const char *bytes, size_t size, void *context)
{
    return leat_buffer_append(context, bytes, size) ? 0 : -1;
}

leat_status leat_codec_seal(json_t *json, struct leat_buffer *out, leat_error *err)
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
             crc_of(out->data + CRC_DIGITS + 1, out->size - CRC_DIGITS - 1));
    memcpy(out->data, crc, CRC_DIGITS);
    return LEAT_OK;
}

leat_status leat_codec_open(leat_bytes text, const char *name, json_t **out, leat_error *err)
{
    char crc[CRC_DIGITS + 2];
    json_error_t reason;

    if (text.size > CRC_DIGITS + 1) {
        const char *body = text.data + CRC_DIGITS + 1;
        size_t size = text.size - CRC_DIGITS - 1;

        snprintf(crc, sizeof crc, "%08lx ", crc_of(body, size));
        if (memcmp(crc, text.data, CRC_DIGITS + 1) == 0) {
            *out = json_loadb(body, size, 0, &reason);
            if (*out != NULL)
                return LEAT_OK;
        }
    }
    return leat_fail(err, LEAT_CORRUPT,
                     "the ledger's '%s' is damaged; restore the checkpoint from a backup, or start "
                     "with another directory and --adopt",
                     name);
}

static json_t *image_json(const struct leat_image *image)
{
    json_t *array = json_array();

    for (size_t i = 0; array != NULL && i < image->count; i++) {
        const struct leat_image_entry *entry = &image->entries[i];
        json_t *item = json_pack("[s,i,I,s]", entry->topic, (int)entry->partition,
                                 (json_int_t)entry->at.offset, entry->at.metadata);

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
        json_t *item = json_pack("[s,s,i,I,I,I]", at->source, at->topic, (int)at->partition,
                                 (json_int_t)at->offset, (json_int_t)at->last_offset,
                                 (json_int_t)at->last_timestamp_ms);

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
        json_t *item = json_pack("[s,s,i,I,I]", range->source, range->topic, (int)range->partition,
                                 (json_int_t)range->from, (json_int_t)range->until);

        if (json_array_append_new(array, item) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

json_t *leat_codec_identity(const struct leat_identity *identity)
{
    return json_pack("{s:s,s:s?,s:s?,s:s?}", "transactional_id",
                     identity->transactional_id == NULL ? "" : identity->transactional_id, "group",
                     identity->group, "cluster", identity->cluster_id, "brokers",
                     identity->brokers);
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
        json_t *item = json_pack("[s,s]", prepared->renames[i].staged, prepared->renames[i].final);

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
