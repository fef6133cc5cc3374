/*
 * key: the tables of keys.h and idle_keys.h at run time, and finding a key by its name.
 *
 * Thread: any.
 */
#ifndef LEAT_CONFIG_KEY_H
#define LEAT_CONFIG_KEY_H

#include "config/settings.h"

struct leat_key {
    const char *name;
    const char *spark;    /* "": none. */
    const char *fallback; /* NULL: none. */
    const char *low;
    const char *high;
    const char *help;
    enum leat_key_type type;
    size_t offset; /* In struct leat_settings. */
};

/* Where a field's key is in leat_keys: LEAT_KEY_AT_cores. */
enum {
#define X(field, type, key, spark, fallback, low, high, help) LEAT_KEY_AT_##field,
    LEAT_KEY_MAP(X)
#undef X
        LEAT_KEY_COUNT
};
extern const struct leat_key leat_keys[LEAT_KEY_COUNT];

struct leat_idle_key {
    const char *name;     /* One that ends in ".*" stands for a family. */
    const char *accepted; /* The only value that is accepted; NULL: any. */
    const char *why;
};
extern const struct leat_idle_key leat_idle_keys[];
extern const size_t leat_idle_key_count;

/* By its name or Spark's; NULL: none. */
const struct leat_key *leat_key_find(const char *name);
const struct leat_idle_key *leat_idle_key_find(const char *name);

/* The name that was probably meant; NULL: none is near. */
const char *leat_key_nearest(const char *name);

enum { LEAT_KEY_VARIABLE_MAX = 128 };

/* leat.kafka.maxRatePerPartition is LEAT_KAFKA_MAX_RATE_PER_PARTITION in the environment. False for
 * a key that the environment cannot set. */
bool leat_key_variable(const struct leat_key *key, char out[LEAT_KEY_VARIABLE_MAX]);

#endif
