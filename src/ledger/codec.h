/*
 * codec: the ledger's records as JSON behind a CRC of name and JSON: "<8 hex digits> {...}".
 *
 * Every flipped byte and every truncation is LEAT_CORRUPT with the record's name. Texts that are
 * not UTF-8 (paths, what others put into a group's metadata) are {"hex": "..."}.
 */
#ifndef LEAT_LEDGER_CODEC_H
#define LEAT_LEDGER_CODEC_H

#include <jansson.h>

#include "base/buffer.h"
#include "ledger/ledger.h"

/* The text of the value that will be stored under name; takes ownership of json (NULL: memory was
 * out). */
LEAT_MUST_CHECK leat_status leat_codec_seal(json_t *json, const char *name, struct leat_buffer *out,
                                            leat_error *err);

/* The value of a text. Caller gives *out back with json_decref. */
LEAT_MUST_CHECK leat_status leat_codec_open(leat_bytes text, const char *name, json_t **out,
                                            leat_error *err);

/* NULL when memory is out. */
json_t *leat_codec_identity(const struct leat_identity *identity);
json_t *leat_codec_settled(const struct leat_settled *settled);
json_t *leat_codec_anchoring(const struct leat_anchoring *anchoring);
json_t *leat_codec_plan(const struct leat_plan *plan);
json_t *leat_codec_prepared(const struct leat_prepared *prepared);

/* A text of any bytes; null for NULL. */
json_t *leat_codec_text(const char *text);

/* Where records are read into, and why one could not be. */
struct leat_codec_reader {
    struct leat_arena *arena; /* Borrowed; gets the texts and arrays. */
    bool no_memory;
};

/* False when memory is out, which the reader says, or something is missing or of another type. */
bool leat_codec_read_text(const json_t *json, struct leat_codec_reader *reader, const char **out);
bool leat_codec_read_identity(const json_t *json, struct leat_codec_reader *reader,
                              struct leat_identity *out);
bool leat_codec_read_settled(const json_t *json, struct leat_codec_reader *reader,
                             struct leat_settled *out);
bool leat_codec_read_anchoring(const json_t *json, struct leat_codec_reader *reader,
                               struct leat_anchoring *out);
bool leat_codec_read_plan(const json_t *json, struct leat_codec_reader *reader,
                          struct leat_plan *out);
bool leat_codec_read_prepared(const json_t *json, struct leat_codec_reader *reader,
                              struct leat_prepared *out);

#endif
