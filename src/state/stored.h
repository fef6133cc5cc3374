/*
 * stored: how a key and its state lie in the state database, and in a delta.
 *
 *   key     store 4 | slot 2 | key                    up to 504 bytes of key
 *           store 4 | slot 2 | first 473 | SHA-256    longer ones; nothing else is 511 bytes long
 *           store 4 | slot 2 + 0x8000                 the null key
 *   value   form 1 = 1 | updated_at 8 | value
 *           form 1 = 2 | updated_at 8 | key size 4 | key | value      of a longer key
 *
 * Numbers are big-endian: keys lie by store, slot and the bytes of the key, longer ones by their
 * first 473.
 *
 * Thread: any.
 */
#ifndef LEAT_STATE_STORED_H
#define LEAT_STATE_STORED_H

#include "base/buffer.h"
#include "base/status.h"

enum {
    LEAT_STORED_KEY_MAX = 511, /* LMDB's limit as it is commonly built. */
    LEAT_STORED_PREFIX = 6,
    LEAT_STORED_PLAIN = 473, /* Bytes of a key that are stored as they are, however long it is. */
    LEAT_STORED_NULL_SLOT = 0x8000 /* More than there are slots. */
};

struct leat_stored_key {
    size_t size;
    char bytes[LEAT_STORED_KEY_MAX];
};

void leat_store_be32(char *out, uint32_t number);
uint32_t leat_load_be32(const char *bytes);
void leat_store_be64(char *out, uint64_t number);
uint64_t leat_load_be64(const char *bytes);

void leat_stored_key_make(struct leat_stored_key *out, uint32_t store, uint32_t slot,
                          leat_bytes key);
/* As they lie in the database. */
int leat_stored_key_compare(leat_bytes a, leat_bytes b);
leat_bytes leat_stored_key_view(const struct leat_stored_key *key);

/* Bytes that leat_stored_value_write fills. */
size_t leat_stored_value_size(leat_bytes key, leat_bytes value);
void leat_stored_value_write(char *out, leat_bytes key, leat_bytes value, leat_time updated_at);

struct leat_stored {
    leat_bytes key; /* Views of what was read. */
    leat_bytes value;
    leat_time updated_at;
};
/* False when it is not what leat_stored_value_write made for that key. */
bool leat_stored_read(leat_bytes stored_key, leat_bytes stored_value, struct leat_stored *out);

#endif
