/*
 * delta: what one batch changed in state, as after-images, in the checkpoint's delta database.
 *
 *   n 8 | 0 4          chunks, entries, bytes, and a CRC
 *   n 8 | i 4          chunk i from 1: a CRC, then entries, sorted by their keys in the state
 *                      database: key size 2, value size 4 (all ones: removed), key, value
 *   0 8 | 0 4          committed: the newest batch whose delta counts, and a CRC
 *
 * A delta is written with prepared(n) and counts once n is settled; both are part of the ledger's
 * transactions. What counts is applied to the state database in transactions of its own, later, for
 * several batches at once. Applying again changes nothing.
 *
 * Thread: the scheduler's.
 */
#ifndef LEAT_STATE_DELTA_H
#define LEAT_STATE_DELTA_H

#include "state/checkpoint.h"
#include "state/stored.h"

/* ---- in the checkpoint's open transaction ---- */

struct leat_delta_writer {
    struct leat_checkpoint *checkpoint; /* Borrowed. */
    int64_t n;
    struct leat_buffer chunk; /* Owned. */
    struct leat_stored_key last;
    uint32_t chunks;
    uint64_t entries;
    uint64_t bytes;
};

/* Zeroed writer. A delta of n that was written before and does not count is gone. */
LEAT_MUST_CHECK leat_status leat_delta_begin(struct leat_delta_writer *writer,
                                             struct leat_checkpoint *checkpoint, int64_t n,
                                             leat_error *err);
/* In the order of the stored keys. value null: removed. */
LEAT_MUST_CHECK leat_status leat_delta_add(struct leat_delta_writer *writer,
                                           const struct leat_stored_key *stored, leat_bytes key,
                                           leat_bytes value, leat_time updated_at, leat_error *err);
/* Nothing is stored of a delta without entries. */
LEAT_MUST_CHECK leat_status leat_delta_end(struct leat_delta_writer *writer, leat_error *err);
void leat_delta_release(struct leat_delta_writer *writer);

/* The deltas up to n count from now on; *out_bytes: of the one of n. LEAT_CORRUPT: one is of a
 * later batch. */
LEAT_MUST_CHECK leat_status leat_delta_fold(struct leat_checkpoint *checkpoint, int64_t n,
                                            uint64_t *out_bytes, leat_error *err);
/* What does not count is gone. */
LEAT_MUST_CHECK leat_status leat_delta_drop(struct leat_checkpoint *checkpoint, leat_error *err);

/* ---- in transactions of its own ---- */

/* Applies what counts. LEAT_CORRUPT: it is damaged. After a failure it is begun again, also by the
 * next start. */
LEAT_MUST_CHECK leat_status leat_delta_apply(struct leat_checkpoint *checkpoint, leat_error *err);

#endif
