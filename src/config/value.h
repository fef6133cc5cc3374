/*
 * value: values in Spark's notation: 20s, 15m, 256m, true, exactly_once.
 *
 * Thread: any.
 */
#ifndef LEAT_CONFIG_VALUE_H
#define LEAT_CONFIG_VALUE_H

#include "config/key.h"

/* Where a value comes from, for the sentence that refuses it. */
struct leat_value_source {
    const char *name;   /* The key as it was written. */
    const char *origin; /* "--conf", "job.conf:3" ... */
};

/* Parses text into the key's field of out, which is untouched on failure and borrows the text of a
 * TEXT. LEAT_INVALID names the key, the value, what it takes and where it comes from. */
LEAT_MUST_CHECK leat_status leat_key_parse(const struct leat_key *key,
                                           const struct leat_value_source *source, const char *text,
                                           struct leat_settings *out, leat_error *err);

/* Sets the field to what stands for no value. */
void leat_key_clear(const struct leat_key *key, struct leat_settings *out);

/* Appends the field's value in the one notation that a value has: 20s for 20000ms; nothing when
 * there is none. False when memory is out. */
LEAT_MUST_CHECK bool leat_key_print(const struct leat_key *key, const struct leat_settings *from,
                                    struct leat_buffer *out);

/* Appends what the key takes, for people: "duration such as ..., from 1s to 24h". */
LEAT_MUST_CHECK bool leat_key_print_type(const struct leat_key *key, struct leat_buffer *out);

/* A whole number in digits, perhaps with a sign. False for anything else, or one that is too large;
 * *out is then untouched. */
LEAT_MUST_CHECK bool leat_parse_i64(const char *text, int64_t *out);

#endif
