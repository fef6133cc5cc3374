/*
 * delta_internal: what writing (delta.c) and applying (apply.c) deltas share.
 */
#ifndef LEAT_STATE_DELTA_INTERNAL_H
#define LEAT_STATE_DELTA_INTERNAL_H

#include "state/delta.h"

enum {
    LEAT_DELTA_KEY = 12,
    LEAT_DELTA_CRC = 4,
    LEAT_DELTA_HEADER = 24,     /* Chunks 4, entries 8, bytes 8, CRC. */
    LEAT_DELTA_COMMITTED = 12,  /* n 8, CRC. */
    LEAT_DELTA_ENTRY_HEADER = 6 /* Key size 2, value size 4. */
};

struct leat_delta_header {
    int64_t n;
    uint32_t chunks;
    uint64_t entries;
    uint64_t bytes;
};

void leat_delta_key(char out[LEAT_DELTA_KEY], int64_t n, uint32_t index);

/* Of a record under its key: it is good there only. */
uint32_t leat_delta_crc(const char key[LEAT_DELTA_KEY], const char *bytes, size_t size);

leat_status leat_delta_fail_damaged(int64_t n, const char *what, leat_error *err);

/* n 0: none is there. */
LEAT_MUST_CHECK leat_status leat_delta_read_committed(struct leat_checkpoint *checkpoint,
                                                      int64_t *out, leat_error *err);

/* The header of the first delta from batch n on; its n is 0 when there is none. */
LEAT_MUST_CHECK leat_status leat_delta_read_header(struct leat_checkpoint *checkpoint, int64_t n,
                                                   struct leat_delta_header *out, leat_error *err);

/* What counts, up to batch n, and that it does. */
LEAT_MUST_CHECK leat_status leat_delta_remove_through(struct leat_checkpoint *checkpoint, int64_t n,
                                                      leat_error *err);

/* leat_delta_apply, in transactions that change about so many pages each. */
LEAT_MUST_CHECK leat_status leat_delta_apply_in_parts(struct leat_checkpoint *checkpoint,
                                                      uint64_t pages_max, leat_error *err);

#endif
