/*
 * chunk: an array of records that goes from step to step. It holds views; who filled it says how
 * long they live.
 *
 * Thread: one at a time.
 */
#ifndef LEAT_RECORD_CHUNK_H
#define LEAT_RECORD_CHUNK_H

#include "base/status.h"

struct leat_chunk {
    leat_record *records; /* Owned. */
    size_t count;
    size_t capacity;
};

/* Takes no memory. */
void leat_chunk_init(struct leat_chunk *chunk);

/* Room for `more` records after count; false when memory is out, and the chunk is as it was. */
LEAT_MUST_CHECK bool leat_chunk_reserve(struct leat_chunk *chunk, size_t more);

void leat_chunk_release(struct leat_chunk *chunk);

#endif
