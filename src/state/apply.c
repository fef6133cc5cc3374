/*
 * apply: what batches that count did, into the state database; the same at run time and in
 * recovery.
 *
 * All deltas are merged by key, and the newest of a key is put: each page is written once. It is
 * done in transactions of its own, so many that none changes more pages than memory should hold.
 * One that was cut short begins again: after-images may be put twice, in the order of their
 * batches.
 */
#include <assert.h>
#include <inttypes.h>

#include "base/memory.h"
#include "state/delta_internal.h"

enum { PAGES_MAX = 16 << 10 }; /* 64 MiB of them. */
static const size_t bytes_max = (size_t)64 << 20;

struct cursor {
    struct leat_delta_header header;
    uint32_t chunk_index; /* Of chunk; 0: before the first. */
    uint64_t entries;     /* Read so far. */
    uint64_t bytes;
    struct leat_buffer chunk; /* Owned. A copy: LMDB's view of it ends with the first write. */
    leat_bytes rest;
    leat_bytes key; /* Null: it came to its end. */
    leat_bytes value;
};

struct merge {
    struct leat_checkpoint *checkpoint;
    struct cursor *cursors; /* Owned. */
    struct cursor **heap;   /* Owned. The smallest key first; of one key, the newest batch. */
    size_t count;
    size_t heap_count;
    uint64_t pages_max;
};

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

static leat_status read_chunk(struct leat_checkpoint *checkpoint, struct cursor *cursor,
                              leat_error *err)
{
    char key[LEAT_DELTA_KEY];
    leat_bytes value;

    leat_delta_key(key, cursor->header.n, ++cursor->chunk_index);
    LEAT_TRY(leat_checkpoint_get(checkpoint, LEAT_DATABASE_DELTA, (leat_bytes){key, sizeof key},
                                 &value, err));
    if (value.data == NULL)
        return leat_delta_fail_damaged(cursor->header.n, "a part is missing", err);
    if (value.size < LEAT_DELTA_CRC ||
        leat_load_be32(value.data) !=
            leat_delta_crc(key, value.data + LEAT_DELTA_CRC, value.size - LEAT_DELTA_CRC))
        return leat_delta_fail_damaged(cursor->header.n, "a part", err);
    leat_buffer_reset(&cursor->chunk);
    if (!leat_buffer_append(&cursor->chunk, value.data, value.size))
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for what a batch did to the state");
    cursor->bytes += value.size;
    cursor->rest = (leat_bytes){cursor->chunk.data + LEAT_DELTA_CRC, value.size - LEAT_DELTA_CRC};
    return LEAT_OK;
}

static leat_status advance(struct leat_checkpoint *checkpoint, struct cursor *cursor,
                           leat_error *err)
{
    const struct leat_delta_header *header = &cursor->header;

    cursor->key = (leat_bytes){NULL, 0};
    while (cursor->rest.size == 0) {
        if (cursor->chunk_index == header->chunks) {
            if (cursor->entries == header->entries && cursor->bytes == header->bytes)
                return LEAT_OK;
            return leat_delta_fail_damaged(header->n, "its count", err);
        }
        LEAT_TRY(read_chunk(checkpoint, cursor, err));
    }
    if (!take_entry(&cursor->rest, &cursor->key, &cursor->value))
        return leat_delta_fail_damaged(header->n, "an entry", err);
    cursor->entries++;
    return LEAT_OK;
}

/* ---- all of them, by key ---- */

static bool is_before(const struct cursor *a, const struct cursor *b)
{
    int order = leat_stored_key_compare(a->key, b->key);

    return order != 0 ? order < 0 : a->header.n > b->header.n;
}

static void sift_down(struct merge *merge, size_t at)
{
    for (;;) {
        size_t least = 2 * at + 1;
        struct cursor *moved = merge->heap[at];

        if (least >= merge->heap_count)
            return;
        if (least + 1 < merge->heap_count && is_before(merge->heap[least + 1], merge->heap[least]))
            least++;
        if (!is_before(merge->heap[least], moved))
            return;
        merge->heap[at] = merge->heap[least];
        merge->heap[least] = moved;
        at = least;
    }
}

/* The first cursor goes on to its next key. */
static leat_status advance_first(struct merge *merge, leat_error *err)
{
    LEAT_TRY(advance(merge->checkpoint, merge->heap[0], err));
    if (merge->heap[0]->key.data == NULL)
        merge->heap[0] = merge->heap[--merge->heap_count];
    if (merge->heap_count > 0)
        sift_down(merge, 0);
    return LEAT_OK;
}

static leat_status fill_heap(struct merge *merge, leat_error *err)
{
    merge->heap = leat_alloc(merge->count, sizeof(struct cursor *));
    if (merge->heap == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory to apply changes of state");
    for (size_t i = 0; i < merge->count; i++) {
        LEAT_TRY(advance(merge->checkpoint, &merge->cursors[i], err));
        if (merge->cursors[i].key.data != NULL)
            merge->heap[merge->heap_count++] = &merge->cursors[i];
    }
    for (size_t i = merge->heap_count; i > 0; i--)
        sift_down(merge, i - 1);
    return LEAT_OK;
}

static leat_status open_cursors(struct merge *merge, int64_t committed, leat_error *err)
{
    struct leat_delta_header header = {.n = 0};
    size_t capacity = 0;

    for (;;) {
        LEAT_TRY(leat_delta_read_header(merge->checkpoint, header.n + 1, &header, err));
        if (header.n == 0 || header.n > committed)
            return LEAT_OK;
        if (merge->count == capacity) {
            size_t wanted = capacity == 0 ? 8 : 2 * capacity;
            struct cursor *cursors = leat_grow(merge->cursors, wanted, sizeof *cursors);

            if (cursors == NULL)
                return leat_fail(err, LEAT_NO_MEMORY, "no memory to apply changes of state");
            merge->cursors = cursors;
            capacity = wanted;
        }
        merge->cursors[merge->count++] = (struct cursor){.header = header};
    }
}

static void release(struct merge *merge)
{
    for (size_t i = 0; i < merge->count; i++)
        leat_buffer_release(&merge->cursors[i].chunk);
    leat_free(merge->cursors);
    leat_free(merge->heap);
}

/* ---- putting ---- */

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

/* So many keys, or so much. */
static leat_status apply_some(struct merge *merge, uint64_t entries, leat_error *err)
{
    size_t bytes = 0;

    for (; entries > 0 && bytes < bytes_max && merge->heap_count > 0; entries--) {
        const struct cursor *first = merge->heap[0];
        char last[LEAT_STORED_KEY_MAX];
        leat_bytes key = {last, first->key.size};

        memcpy(last, first->key.data, key.size);
        LEAT_TRY(apply_entry(merge->checkpoint, first->key, first->value, err));
        bytes += key.size + first->value.size;
        do { /* Also past what older batches did to this key. */
            LEAT_TRY(advance_first(merge, err));
        } while (merge->heap_count > 0 && leat_stored_key_compare(merge->heap[0]->key, key) == 0);
    }
    return LEAT_OK;
}

/* Entries are spread over the pages of the database. */
static uint64_t entries_at_once(const struct merge *merge, uint64_t pages)
{
    uint64_t entries = 0;
    uint64_t parts;

    for (size_t i = 0; i < merge->count; i++)
        entries += merge->cursors[i].header.entries;
    parts = (entries < pages ? entries : pages) / merge->pages_max + 1;
    return entries / parts + 1;
}

static leat_status start(struct merge *merge, int64_t committed, uint64_t *out_entries,
                         leat_error *err)
{
    uint64_t pages;

    LEAT_TRY(open_cursors(merge, committed, err));
    LEAT_TRY(fill_heap(merge, err));
    LEAT_TRY(leat_checkpoint_count_pages(merge->checkpoint, LEAT_DATABASE_STATE, &pages, err));
    *out_entries = entries_at_once(merge, pages);
    return LEAT_OK;
}

/* In the open transaction, which it ends. */
static leat_status apply_all(struct merge *merge, int64_t committed, leat_error *err)
{
    uint64_t entries = 0;

    LEAT_TRY(start(merge, committed, &entries, err));
    for (;;) {
        LEAT_TRY(apply_some(merge, entries, err));
        if (merge->heap_count == 0)
            break;
        LEAT_TRY(leat_checkpoint_commit(merge->checkpoint, err));
        LEAT_TRY(leat_checkpoint_begin(merge->checkpoint, err));
    }
    LEAT_TRY(leat_delta_remove_through(merge->checkpoint, committed, err));
    return leat_checkpoint_commit(merge->checkpoint, err);
}

leat_status leat_delta_apply(struct leat_checkpoint *checkpoint, leat_error *err)
{
    return leat_delta_apply_in_parts(checkpoint, PAGES_MAX, err);
}

leat_status leat_delta_apply_in_parts(struct leat_checkpoint *checkpoint, uint64_t pages_max,
                                      leat_error *err)
{
    struct merge merge = {.checkpoint = checkpoint, .pages_max = pages_max};
    int64_t committed = 0;
    leat_status status;

    LEAT_TRY(leat_checkpoint_begin(checkpoint, err));
    status = leat_delta_read_committed(checkpoint, &committed, err);
    if (status == LEAT_OK && committed > 0)
        status = apply_all(&merge, committed, err);
    leat_checkpoint_abort(checkpoint);
    release(&merge);
    return status;
}
