/*
 * codec: the ledger's records as JSON behind a CRC: "<8 hex digits> {...}".
 *
 * Every flipped byte and every truncation is LEAT_CORRUPT with the record's name.
 */
#ifndef LEAT_LEDGER_CODEC_H
#define LEAT_LEDGER_CODEC_H

#include <jansson.h>

#include "base/buffer.h"
#include "ledger/ledger.h"

/* The text of a value; takes ownership of json (NULL: memory was out). */
LEAT_MUST_CHECK leat_status leat_codec_seal(json_t *json, struct leat_buffer *out, leat_error *err);

/* The value of a text. Caller gives *out back with json_decref. */
LEAT_MUST_CHECK leat_status leat_codec_open(leat_bytes text, const char *name, json_t **out,
                                            leat_error *err);

/* NULL when memory is out. */
json_t *leat_codec_identity(const struct leat_identity *identity);
json_t *leat_codec_settled(const struct leat_settled *settled);
json_t *leat_codec_anchoring(const struct leat_anchoring *anchoring);
json_t *leat_codec_plan(const struct leat_plan *plan);
json_t *leat_codec_prepared(const struct leat_prepared *prepared);

/* False when something is missing or of another type, or memory is out. Copies into arena. */
bool leat_codec_read_identity(const json_t *json, struct leat_arena *arena,
                              struct leat_identity *out);
bool leat_codec_read_settled(const json_t *json, struct leat_arena *arena,
                             struct leat_settled *out);
bool leat_codec_read_anchoring(const json_t *json, struct leat_arena *arena,
                               struct leat_anchoring *out);
bool leat_codec_read_plan(const json_t *json, struct leat_arena *arena, struct leat_plan *out);
bool leat_codec_read_prepared(const json_t *json, struct leat_arena *arena,
                              struct leat_prepared *out);

#endif
