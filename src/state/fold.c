/* fold: applies deltas to the state database; the same at run time and in recovery. */
#include <inttypes.h>

#include "state/delta_internal.h"

/* Applied together once they are this large: often enough that a start has little left to apply,
 * rarely enough that a page of the state database is not written for every batch. */
static const uint64_t pending_bytes_max = (uint64_t)16 << 20;

/* ---- one delta ---- */

/* Reads one entry from the front of rest. */
static bool take_entry(leat_bytes *rest, leat_bytes *out_key, leat_bytes *out_value)
{
    size_t key_size;
    uint32_t value_size;

    if (rest->size < LEAT_DELTA_ENTRY_HEADER)
        return false;
    key_size = (size_t)(unsigned char)rest->data[0] << 8 | (unsigned char)rest->data[1];
    value_size = leat_load_be32(rest->data + 2);
    rest->data += LEAT_DELTA_ENTRY_HEADER;
    rest->size -= LEAT_DELTA_ENTRY_HEADER;
    if (key_size > rest->size || key_size < LEAT_STORED_PREFIX || key_size > LEAT_STORED_KEY_MAX)
        return false;
    *out_key = (leat_bytes){rest->data, key_size};
    *out_value = (leat_bytes){NULL, 0};
    rest->data += key_size;
    rest->size -= key_size;
    if (value_size == UINT32_MAX)
        return true;
    if (value_size > rest->size)
        return false;
    *out_value = (leat_bytes){rest->data, value_size};
    rest->data += value_size;
    rest->size -= value_size;
    return true;
}

/* Two long keys with one digest would be each other's state. */
static leat_status check_same_key(struct leat_checkpoint *checkpoint, leat_bytes key,
                                  leat_bytes value, leat_error *err)
{
    struct leat_stored mine;
    struct leat_stored there;
    leat_bytes found;

    LEAT_TRY(leat_checkpoint_get(checkpoint, LEAT_DATABASE_STATE, key, &found, err));
    if (found.data == NULL || !leat_stored_read(key, value, &mine) ||
        !leat_stored_read(key, found, &there) || leat_bytes_equal(mine.key, there.key))
        return LEAT_OK;
    return leat_fail(err, LEAT_INVALID,
                     "two keys of %zu and %zu bytes begin alike and have the same SHA-256: their "
                     "state cannot be told apart",
                     mine.key.size, there.key.size);
}

static leat_status apply_entry(struct leat_checkpoint *checkpoint, leat_bytes key, leat_bytes value,
                               leat_error *err)
{
    if (value.data == NULL)
        return leat_checkpoint_delete(checkpoint, LEAT_DATABASE_STATE, key, err);
    if (key.size == LEAT_STORED_KEY_MAX)
        LEAT_TRY(check_same_key(checkpoint, key, value, err));
    return leat_checkpoint_put(checkpoint, LEAT_DATABASE_STATE, key, value, err);
}

/* A copy: LMDB's view of it ends with the first write. */
static leat_status read_chunk(struct leat_checkpoint *checkpoint, int64_t n, uint32_t index,
                              struct leat_buffer *out, leat_error *err)
{
    char key[LEAT_DELTA_KEY];
    leat_bytes value;

    leat_delta_key(key, n, index);
    LEAT_TRY(leat_checkpoint_get(checkpoint, LEAT_DATABASE_DELTA, (leat_bytes){key, sizeof key},
                                 &value, err));
    if (value.data == NULL)
        return leat_delta_fail_damaged(n, "a part is missing", err);
    if (value.size < LEAT_DELTA_CRC ||
        leat_load_be32(value.data) !=
            leat_delta_crc(key, value.data + LEAT_DELTA_CRC, value.size - LEAT_DELTA_CRC))
        return leat_delta_fail_damaged(n, "a part", err);
    leat_buffer_reset(out);
    if (!leat_buffer_append(out, value.data, value.size))
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for what a batch did to the state");
    return LEAT_OK;
}

static leat_status apply_chunks(struct leat_checkpoint *checkpoint,
                                const struct leat_delta_header *header, struct leat_buffer *chunk,
                                leat_error *err)
{
    uint64_t entries = 0;
    uint64_t bytes = 0;

    for (uint32_t i = 1; i <= header->chunks; i++) {
        leat_bytes rest;

        LEAT_TRY(read_chunk(checkpoint, header->n, i, chunk, err));
        bytes += chunk->size;
        rest = (leat_bytes){chunk->data + LEAT_DELTA_CRC, chunk->size - LEAT_DELTA_CRC};
        for (; rest.size > 0; entries++) {
            leat_bytes key;
            leat_bytes value;

            if (!take_entry(&rest, &key, &value))
                return leat_delta_fail_damaged(header->n, "an entry", err);
            LEAT_TRY(apply_entry(checkpoint, key, value, err));
        }
    }
    if (entries != header->entries || bytes != header->bytes)
        return leat_delta_fail_damaged(header->n, "its count", err);
    return LEAT_OK;
}

/* ---- all that count ---- */

/* What lies there up to batch n. */
static leat_status measure(struct leat_checkpoint *checkpoint, int64_t n, uint64_t *out_bytes,
                           bool *out_more, leat_error *err)
{
    struct leat_delta_header header = {.n = 0};

    *out_bytes = 0;
    *out_more = false;
    for (;;) {
        LEAT_TRY(leat_delta_read_header(checkpoint, header.n + 1, &header, err));
        if (header.n == 0)
            return LEAT_OK;
        if (header.n > n) {
            *out_more = true;
            return LEAT_OK;
        }
        *out_bytes += header.bytes;
    }
}

static leat_status apply_through(struct leat_checkpoint *checkpoint, int64_t n, leat_error *err)
{
    struct leat_delta_header header = {.n = 0};
    struct leat_buffer chunk = {0};
    leat_status status = LEAT_OK;

    while (status == LEAT_OK) {
        status = leat_delta_read_header(checkpoint, header.n + 1, &header, err);
        if (status != LEAT_OK || header.n == 0 || header.n > n)
            break;
        status = apply_chunks(checkpoint, &header, &chunk, err);
    }
    leat_buffer_release(&chunk);
    return status;
}

static leat_status remove_through(struct leat_checkpoint *checkpoint, int64_t n, leat_error *err)
{
    for (;;) {
        char first[LEAT_DELTA_KEY] = {0};
        leat_bytes found;
        leat_bytes value;

        LEAT_TRY(leat_checkpoint_seek(checkpoint, LEAT_DATABASE_DELTA,
                                      (leat_bytes){first, sizeof first}, &found, &value, err));
        if (found.data == NULL || (int64_t)leat_load_be64(found.data) > n)
            return LEAT_OK;
        memcpy(first, found.data, sizeof first);
        LEAT_TRY(leat_checkpoint_delete(checkpoint, LEAT_DATABASE_DELTA,
                                        (leat_bytes){first, sizeof first}, err));
    }
}

static leat_status write_committed(struct leat_checkpoint *checkpoint, int64_t n, leat_error *err)
{
    char key[LEAT_DELTA_KEY];
    char value[LEAT_DELTA_COMMITTED];

    leat_delta_key(key, 0, 0);
    leat_store_be64(value, (uint64_t)n);
    leat_store_be32(value + 8, leat_delta_crc(key, value, 8));
    return leat_checkpoint_put(checkpoint, LEAT_DATABASE_DELTA, (leat_bytes){key, sizeof key},
                               (leat_bytes){value, sizeof value}, err);
}

leat_status leat_delta_fold(struct leat_checkpoint *checkpoint, int64_t n, bool everything,
                            bool *out_applied, leat_error *err)
{
    uint64_t bytes;
    bool is_more;

    LEAT_TRY(measure(checkpoint, n, &bytes, &is_more, err));
    if (is_more)
        return leat_fail(err, LEAT_CORRUPT,
                         "a batch after %" PRId64 " changed the state, and %" PRId64
                         " is the one that is settled",
                         n, n);
    *out_applied = bytes == 0 || everything || bytes >= pending_bytes_max;
    if (!*out_applied)
        return write_committed(checkpoint, n, err);
    if (bytes == 0)
        return LEAT_OK;
    LEAT_TRY(apply_through(checkpoint, n, err));
    return leat_checkpoint_clear(checkpoint, LEAT_DATABASE_DELTA, err);
}

leat_status leat_delta_find_committed(struct leat_checkpoint *checkpoint, bool *out,
                                      leat_error *err)
{
    int64_t committed;

    LEAT_TRY(leat_delta_read_committed(checkpoint, &committed, err));
    *out = committed > 0;
    return LEAT_OK;
}

leat_status leat_delta_apply_committed(struct leat_checkpoint *checkpoint, leat_error *err)
{
    int64_t committed;

    LEAT_TRY(leat_delta_read_committed(checkpoint, &committed, err));
    LEAT_TRY(apply_through(checkpoint, committed, err));
    return remove_through(checkpoint, committed, err);
}
