/*
 * value: values in Spark's notation: 20s, 15m, 256m, true, exactly_once.
 *
 * Thread: any.
 */
#ifndef LEAT_CONFIG_VALUE_H
#define LEAT_CONFIG_VALUE_H

#include "config/settings.h"

struct leat_key {
    const char *key;
    const char *spark;    /* "": none. */
    const char *fallback; /* NULL: none. */
    const char *low;
    const char *high;
    const char *help;
    enum leat_key_type type;
    size_t offset; /* In struct leat_settings. */
};

extern const struct leat_key leat_keys[];
extern const size_t leat_key_count;

struct leat_idle_key {
    const char *key;
    const char *why;
};
extern const struct leat_idle_key leat_idle_keys[];
extern const size_t leat_idle_key_count;

/* Parses text into the key's field of out, which is untouched on failure: a sentence without the
 * origin. */
LEAT_MUST_CHECK leat_status leat_key_parse(const struct leat_key *key, const char *text,
                                           struct leat_settings *out, leat_error *err);

/* Sets the field to what stands for no value. */
void leat_key_clear(const struct leat_key *key, struct leat_settings *out);

/* "duration", "size", "a|b" ... for people. */
const char *leat_key_type_text(const struct leat_key *key);

#endif
