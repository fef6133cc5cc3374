/*
 * text: records as lines of text, by their types.
 *
 *   bytes, string, json    as they are
 *   i64, f64               decimal; f64 as Python: the fewest digits that read back the same
 *   msgpack                as JSON; binary and ext as "base64:..." strings, keys as strings
 *   null                   None, as Spark's Python prints it
 *
 * Thread: any.
 */
#ifndef LEAT_RECORD_TEXT_H
#define LEAT_RECORD_TEXT_H

#include "base/buffer.h"

/* False when memory is out. Bytes that are not what the type says are written as they are. */
LEAT_MUST_CHECK bool leat_text_append(struct leat_buffer *out, leat_bytes bytes, leat_type type);

/* "value\n", or "key TAB value\n" when the key's type is not LEAT_BYTES. Newlines inside are not
 * escaped. */
LEAT_MUST_CHECK bool leat_text_line_append(struct leat_buffer *out, const leat_record *record,
                                           leat_type key_type, leat_type value_type);

/* A msgpack value as JSON; used by leat_text_append. */
LEAT_MUST_CHECK bool leat_text_append_msgpack(struct leat_buffer *out, leat_bytes bytes);

#endif
