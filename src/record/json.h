/*
 * json: values as JSON.
 *
 * Thread: any.
 */
#ifndef LEAT_RECORD_JSON_H
#define LEAT_RECORD_JSON_H

#include "base/buffer.h"

/* All: false when memory is out. */

/* "text", escaped. Bytes that are no UTF-8 stay what they are. */
LEAT_MUST_CHECK bool leat_json_append_string(struct leat_buffer *out, leat_bytes text);
/* "base64:..." */
LEAT_MUST_CHECK bool leat_json_append_base64(struct leat_buffer *out, leat_bytes bytes);
/* The one for UTF-8, the other for anything else; null for null. */
LEAT_MUST_CHECK bool leat_json_append_bytes(struct leat_buffer *out, leat_bytes bytes);
/* By its type: numbers (null when not finite), msgpack as JSON, else as leat_json_append_bytes, as
 * is what does not have the type. JSON itself is text here. */
LEAT_MUST_CHECK bool leat_json_append(struct leat_buffer *out, leat_bytes bytes, leat_type type);

#endif
