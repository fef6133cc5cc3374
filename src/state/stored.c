/* stored: see stored.h. */
#include "state/stored.h"

#include "state/sha256.h"

enum {
    SHORT_MAX = 504,
    DIGEST_AT = LEAT_STORED_KEY_MAX - LEAT_SHA256_SIZE, /* 479 */
    HEADER = 9,
    LONG_HEADER = HEADER + 4,
    FORM_SHORT = 1,
    FORM_LONG = 2
};

_Static_assert(LEAT_STORED_PREFIX + LEAT_STORED_PLAIN == DIGEST_AT, "as the header says");
_Static_assert(LEAT_STORED_PREFIX + SHORT_MAX < LEAT_STORED_KEY_MAX,
               "a short key never has the length of a long one");

void leat_store_be32(char *out, uint32_t number)
{
    for (int i = 0; i < 4; i++)
        out[i] = (char)(unsigned char)(number >> (24 - 8 * i));
}

uint32_t leat_load_be32(const char *bytes)
{
    const unsigned char *b = (const unsigned char *)bytes;

    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

void leat_store_be64(char *out, uint64_t number)
{
    leat_store_be32(out, (uint32_t)(number >> 32));
    leat_store_be32(out + 4, (uint32_t)number);
}

uint64_t leat_load_be64(const char *bytes)
{
    return (uint64_t)leat_load_be32(bytes) << 32 | leat_load_be32(bytes + 4);
}

void leat_stored_key_make(struct leat_stored_key *out, uint32_t store, uint32_t slot,
                          leat_bytes key)
{
    if (key.data == NULL)
        slot |= LEAT_STORED_NULL_SLOT;
    leat_store_be32(out->bytes, store);
    out->bytes[4] = (char)(unsigned char)(slot >> 8);
    out->bytes[5] = (char)(unsigned char)slot;
    out->size = LEAT_STORED_PREFIX;
    if (key.data == NULL || key.size == 0)
        return;
    if (key.size <= SHORT_MAX) {
        memcpy(out->bytes + LEAT_STORED_PREFIX, key.data, key.size);
        out->size += key.size;
        return;
    }
    memcpy(out->bytes + LEAT_STORED_PREFIX, key.data, DIGEST_AT - LEAT_STORED_PREFIX);
    leat_sha256(key, (unsigned char *)out->bytes + DIGEST_AT);
    out->size = LEAT_STORED_KEY_MAX;
}

int leat_stored_key_compare(leat_bytes a, leat_bytes b)
{
    int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);

    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

leat_bytes leat_stored_key_view(const struct leat_stored_key *key)
{
    return (leat_bytes){key->bytes, key->size};
}

size_t leat_stored_value_size(leat_bytes key, leat_bytes value)
{
    return (key.size <= SHORT_MAX ? (size_t)HEADER : LONG_HEADER + key.size) + value.size;
}

void leat_stored_value_write(char *out, leat_bytes key, leat_bytes value, leat_time updated_at)
{
    size_t at = HEADER;

    out[0] = key.size <= SHORT_MAX ? FORM_SHORT : FORM_LONG;
    leat_store_be64(out + 1, (uint64_t)updated_at);
    if (key.size > SHORT_MAX) {
        leat_store_be32(out + at, (uint32_t)key.size);
        memcpy(out + LONG_HEADER, key.data, key.size);
        at = LONG_HEADER + key.size;
    }
    if (value.size > 0)
        memcpy(out + at, value.data, value.size);
}

bool leat_stored_read(leat_bytes stored_key, leat_bytes stored_value, struct leat_stored *out)
{
    bool is_long = stored_key.size == LEAT_STORED_KEY_MAX;
    size_t header = is_long ? LONG_HEADER : HEADER;
    size_t key_size = 0;

    if (stored_key.size < LEAT_STORED_PREFIX || stored_value.size < header ||
        stored_value.data[0] != (is_long ? FORM_LONG : FORM_SHORT))
        return false;
    out->updated_at = (leat_time)leat_load_be64(stored_value.data + 1);
    if (is_long) {
        key_size = leat_load_be32(stored_value.data + HEADER);
        if (key_size <= SHORT_MAX || key_size > stored_value.size - header)
            return false;
        out->key = (leat_bytes){stored_value.data + header, key_size};
    } else if ((stored_key.data[4] & 0x80) != 0) {
        out->key = (leat_bytes){NULL, 0};
    } else {
        out->key = (leat_bytes){stored_key.data + LEAT_STORED_PREFIX,
                                stored_key.size - LEAT_STORED_PREFIX};
    }
    out->value =
        (leat_bytes){stored_value.data + header + key_size, stored_value.size - header - key_size};
    return true;
}
