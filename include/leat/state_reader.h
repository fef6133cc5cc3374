/*
 * leat/state_reader.h: what a stopped job remembers, as JSON lines; `leat state` is made of it.
 *
 *   list      {"name": "counts", "kind": "update_state_by_key", "type": "string -> i64",
 *              "keys": 2, "bytes": 24}
 *   export    {"key": "word", "value": 7, "updated_at_ms": 1700000000000}
 *
 * Keys and values are written by their type: numbers as numbers, msgpack and JSON as JSON, all else
 * as text, and as "base64:..." what is no UTF-8. What a window keeps (its own name, NAME#panes,
 * NAME#times) and NAME#expiry are the engine's own: their values are bytes.
 *
 * Thread: one at a time.
 */
#ifndef LEAT_STATE_READER_H
#define LEAT_STATE_READER_H

#include "leat/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct leat_state_reader leat_state_reader;

/* line: without a newline, borrowed until it returns. A status that is not LEAT_OK ends the
 * reading and is returned. */
typedef leat_status (*leat_state_line_fn)(void *context, leat_bytes line);

/* Keeps jobs out of the directory until it is closed. LEAT_INVALID: there is no checkpoint, or a
 * live process holds it (named by pid). Changes nothing that a job would see. Caller closes *out.
 * Since: 0.1 */
LEAT_API leat_status leat_state_reader_open(const char *directory, leat_state_reader **out,
                                            leat_error *err);
/* Accepts NULL. Since: 0.1 */
LEAT_API void leat_state_reader_close(leat_state_reader *reader);

/* One line a state, in the order in which the job got them. Since: 0.1 */
LEAT_API leat_status leat_state_reader_list(leat_state_reader *reader, leat_state_line_fn line,
                                            void *context, leat_error *err);
/* One line a key, in no order that means anything. LEAT_INVALID: no state has that name.
 * Since: 0.1 */
LEAT_API leat_status leat_state_reader_export(leat_state_reader *reader, const char *name,
                                              leat_state_line_fn line, void *context,
                                              leat_error *err);
/* The batch that a killed job had prepared, which the next start takes forward or back: what it did
 * is not in the lines. 0: none. Since: 0.1 */
LEAT_API int64_t leat_state_reader_undecided(const leat_state_reader *reader);

#ifdef __cplusplus
}
#endif
#endif
