/*
 * pair: a record's key and value as one key, so that whole records can be compared: what distinct
 * needs.
 *
 *   u32 size of the key (all ones: null), key, u8 whether there is a value, value
 *
 * Thread: any.
 */
#ifndef LEAT_RECORD_PAIR_H
#define LEAT_RECORD_PAIR_H

#include "base/buffer.h"

/* False when memory is out. */
LEAT_MUST_CHECK bool leat_pair_append(struct leat_buffer *out, const leat_record *record);

/* Views into pair, which leat_pair_append made. */
void leat_pair_split(leat_bytes pair, leat_bytes *out_key, leat_bytes *out_value);

#endif
