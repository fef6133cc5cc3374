/* delta: see delta.h. Here: all but applying, which is apply.c. */
#include "state/delta.h"

#include <assert.h>
#include <inttypes.h>
#include <zlib.h>

#include "state/delta_internal.h"

/* Two chunks fill a page of 4 KiB: LMDB needs no row of free pages for them. An entry is never
 * divided; a larger one has a chunk of its own. */
enum { CHUNK_BYTES = 2016 };

/* ---- records ---- */

void leat_delta_key(char out[LEAT_DELTA_KEY], int64_t n, uint32_t index)
{
    leat_store_be64(out, (uint64_t)n);
    leat_store_be32(out + 8, index);
}

uint32_t leat_delta_crc(const char key[LEAT_DELTA_KEY], const char *bytes, size_t size)
{
    unsigned long crc = crc32_z(0, (const unsigned char *)key, LEAT_DELTA_KEY);

    return (uint32_t)crc32_z(crc, (const unsigned char *)bytes, size);
}

leat_status leat_delta_fail_damaged(int64_t n, const char *what, leat_error *err)
{
    return leat_fail(err, LEAT_CORRUPT,
                     "what batch %" PRId64 " did to the state is damaged (%s); restore the "
                     "checkpoint from a backup, or start with another directory and --adopt",
                     n, what);
}

leat_status leat_delta_read_committed(struct leat_checkpoint *checkpoint, int64_t *out,
                                      leat_error *err)
{
    char key[LEAT_DELTA_KEY];
    leat_bytes value;

    leat_delta_key(key, 0, 0);
    LEAT_TRY(leat_checkpoint_get(checkpoint, LEAT_DATABASE_DELTA, (leat_bytes){key, sizeof key},
                                 &value, err));
    *out = 0;
    if (value.data == NULL)
        return LEAT_OK;
    if (value.size != LEAT_DELTA_COMMITTED ||
        leat_load_be32(value.data + 8) != leat_delta_crc(key, value.data, 8))
        return leat_delta_fail_damaged(0, "which batches count", err);
    *out = (int64_t)leat_load_be64(value.data);
    return LEAT_OK;
}

leat_status leat_delta_read_header(struct leat_checkpoint *checkpoint, int64_t n,
                                   struct leat_delta_header *out, leat_error *err)
{
    char key[LEAT_DELTA_KEY];
    leat_bytes found;
    leat_bytes value;

    *out = (struct leat_delta_header){0};
    leat_delta_key(key, n, 0);
    LEAT_TRY(leat_checkpoint_seek(checkpoint, LEAT_DATABASE_DELTA, (leat_bytes){key, sizeof key},
                                  &found, &value, err));
    if (found.data == NULL)
        return LEAT_OK;
    if (found.size != LEAT_DELTA_KEY)
        return leat_delta_fail_damaged(n, "a foreign key", err);
    out->n = (int64_t)leat_load_be64(found.data);
    if (leat_load_be32(found.data + 8) != 0)
        return leat_delta_fail_damaged(out->n, "its header is missing", err);
    if (value.size != LEAT_DELTA_HEADER ||
        leat_load_be32(value.data + 20) != leat_delta_crc(found.data, value.data, 20))
        return leat_delta_fail_damaged(out->n, "its header", err);
    out->chunks = leat_load_be32(value.data);
    out->entries = leat_load_be64(value.data + 4);
    out->bytes = leat_load_be64(value.data + 12);
    return LEAT_OK;
}

/* ---- dropping ---- */

static leat_status drop_from(struct leat_checkpoint *checkpoint, int64_t n, leat_error *err)
{
    char from[LEAT_DELTA_KEY];
    char key[LEAT_STORED_KEY_MAX];

    leat_delta_key(from, n, 0);
    for (;;) {
        leat_bytes found;
        leat_bytes value;

        LEAT_TRY(leat_checkpoint_seek(checkpoint, LEAT_DATABASE_DELTA,
                                      (leat_bytes){from, sizeof from}, &found, &value, err));
        if (found.data == NULL)
            return LEAT_OK;
        memcpy(key, found.data, found.size);
        LEAT_TRY(leat_checkpoint_delete(checkpoint, LEAT_DATABASE_DELTA,
                                        (leat_bytes){key, found.size}, err));
    }
}

leat_status leat_delta_drop(struct leat_checkpoint *checkpoint, leat_error *err)
{
    int64_t committed;

    LEAT_TRY(leat_delta_read_committed(checkpoint, &committed, err));
    if (committed == 0)
        return leat_checkpoint_clear(checkpoint, LEAT_DATABASE_DELTA, err);
    return drop_from(checkpoint, committed + 1, err);
}

leat_status leat_delta_remove_through(struct leat_checkpoint *checkpoint, int64_t n,
                                      leat_error *err)
{
    struct leat_delta_header more;

    LEAT_TRY(leat_delta_read_header(checkpoint, n + 1, &more, err));
    if (more.n == 0) /* The common case: pages are freed unseen. */
        return leat_checkpoint_clear(checkpoint, LEAT_DATABASE_DELTA, err);
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

/* ---- counting ---- */

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

leat_status leat_delta_fold(struct leat_checkpoint *checkpoint, int64_t n, uint64_t *out_bytes,
                            leat_error *err)
{
    struct leat_delta_header header;
    struct leat_delta_header more;
    int64_t committed;

    LEAT_TRY(leat_delta_read_committed(checkpoint, &committed, err));
    LEAT_TRY(leat_delta_read_header(checkpoint, committed + 1, &header, err));
    *out_bytes = 0;
    if (header.n == 0)
        return LEAT_OK;
    LEAT_TRY(leat_delta_read_header(checkpoint, header.n + 1, &more, err));
    if (header.n != n || more.n != 0)
        return leat_fail(err, LEAT_CORRUPT,
                         "batch %" PRId64 " changed the state, and batch %" PRId64
                         " is the one that is settled; restore the checkpoint from a backup",
                         header.n == n ? more.n : header.n, n);
    *out_bytes = header.bytes;
    return write_committed(checkpoint, n, err);
}

/* ---- writing ---- */

static leat_status append(struct leat_delta_writer *writer, uint32_t index, leat_bytes value,
                          leat_error *err)
{
    char key[LEAT_DELTA_KEY];

    leat_delta_key(key, writer->n, index);
    return leat_checkpoint_append(writer->checkpoint, LEAT_DATABASE_DELTA,
                                  (leat_bytes){key, sizeof key}, value, err);
}

leat_status leat_delta_begin(struct leat_delta_writer *writer, struct leat_checkpoint *checkpoint,
                             int64_t n, leat_error *err)
{
    struct leat_delta_header old;
    int64_t committed;

    assert(n > 0);
    writer->checkpoint = checkpoint;
    writer->n = n;
    LEAT_TRY(leat_delta_read_committed(checkpoint, &committed, err));
    if (committed >= n)
        return leat_fail(err, LEAT_CORRUPT,
                         "the state counts batch %" PRId64 " as committed, and batch %" PRId64
                         " is about to be",
                         committed, n);
    LEAT_TRY(leat_delta_read_header(checkpoint, committed + 1, &old, err));
    if (old.n == 0)
        return LEAT_OK;
    if (old.n != n)
        return leat_fail(err, LEAT_CORRUPT,
                         "batch %" PRId64 " changed the state and was neither settled nor dropped "
                         "before batch %" PRId64,
                         old.n, n);
    return leat_delta_drop(checkpoint, err);
}

/* Overwritten in its place once everything is known. */
static leat_status reserve_header(struct leat_delta_writer *writer, leat_error *err)
{
    char zeros[LEAT_DELTA_HEADER] = {0};

    return append(writer, 0, (leat_bytes){zeros, sizeof zeros}, err);
}

static leat_status flush(struct leat_delta_writer *writer, leat_error *err)
{
    struct leat_buffer *chunk = &writer->chunk;
    char key[LEAT_DELTA_KEY];

    if (writer->chunks == 0)
        LEAT_TRY(reserve_header(writer, err));
    leat_delta_key(key, writer->n, ++writer->chunks);
    leat_store_be32(chunk->data, leat_delta_crc(key, chunk->data + LEAT_DELTA_CRC,
                                                chunk->size - LEAT_DELTA_CRC));
    writer->bytes += chunk->size;
    LEAT_TRY(append(writer, writer->chunks, (leat_bytes){chunk->data, chunk->size}, err));
    leat_buffer_reset(chunk);
    return LEAT_OK;
}

leat_status leat_delta_add(struct leat_delta_writer *writer, const struct leat_stored_key *stored,
                           leat_bytes key, leat_bytes value, leat_time updated_at, leat_error *err)
{
    struct leat_buffer *chunk = &writer->chunk;
    size_t value_size = value.data == NULL ? 0 : leat_stored_value_size(key, value);
    size_t size = LEAT_DELTA_ENTRY_HEADER + stored->size + value_size;
    char *at;

    /* Applying merges deltas by their order. */
    assert(leat_stored_key_compare(leat_stored_key_view(&writer->last),
                                   leat_stored_key_view(stored)) < 0);
    writer->last.size = stored->size;
    memcpy(writer->last.bytes, stored->bytes, stored->size);
    if (chunk->size > 0 && chunk->size + size > CHUNK_BYTES)
        LEAT_TRY(flush(writer, err));
    if (!leat_buffer_reserve(chunk, size + LEAT_DELTA_CRC))
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for what a batch did to the state");
    if (chunk->size == 0)
        chunk->size = LEAT_DELTA_CRC;
    at = chunk->data + chunk->size;
    at[0] = (char)(unsigned char)(stored->size >> 8);
    at[1] = (char)(unsigned char)stored->size;
    leat_store_be32(at + 2, value.data == NULL ? UINT32_MAX : (uint32_t)value_size);
    memcpy(at + LEAT_DELTA_ENTRY_HEADER, stored->bytes, stored->size);
    if (value.data != NULL)
        leat_stored_value_write(at + LEAT_DELTA_ENTRY_HEADER + stored->size, key, value,
                                updated_at);
    chunk->size += size;
    writer->entries++;
    return LEAT_OK;
}

leat_status leat_delta_end(struct leat_delta_writer *writer, leat_error *err)
{
    char key[LEAT_DELTA_KEY];
    char header[LEAT_DELTA_HEADER];

    if (writer->entries == 0)
        return LEAT_OK;
    if (writer->chunk.size > 0)
        LEAT_TRY(flush(writer, err));
    leat_delta_key(key, writer->n, 0);
    leat_store_be32(header, writer->chunks);
    leat_store_be64(header + 4, writer->entries);
    leat_store_be64(header + 12, writer->bytes);
    leat_store_be32(header + 20, leat_delta_crc(key, header, 20));
    return leat_checkpoint_put(writer->checkpoint, LEAT_DATABASE_DELTA,
                               (leat_bytes){key, sizeof key}, (leat_bytes){header, sizeof header},
                               err);
}

void leat_delta_release(struct leat_delta_writer *writer)
{
    leat_buffer_release(&writer->chunk);
}
