/*
 * segments: the memory of a table: blocks of any size, cut one behind the other from segments.
 *
 *   oldest ─> ... ─> newest      small blocks come from the head; the oldest is emptied first
 *
 * A block is named by a 32-bit reference: segment and place. Freeing a block only counts; a segment
 * is given back when nothing lives in it, or when its owner has moved or dropped what does. So
 * blocks of different sizes never wait for each other's holes.
 *
 * Thread: one at a time; the budget is shared.
 */
#ifndef LEAT_STATE_SEGMENTS_H
#define LEAT_STATE_SEGMENTS_H

#include <stdatomic.h>

#include "base/status.h"
#include "state/pool.h"

/* What all tables of a job hold together. */
struct leat_state_budget {
    struct leat_pool pool; /* Of segments. */
    size_t limit_bytes;
    atomic_size_t held_bytes;  /* Segments, indexes, undo. */
    atomic_size_t dirty_bytes; /* What may not be given up: pending and unfolded. */
};

enum {
    LEAT_SEGMENT_PLACE_BITS = 13, /* Of a reference: 64 KiB in units. */
    LEAT_SEGMENT_UNIT = 8,        /* Blocks are so many bytes, times units. */
    LEAT_SEGMENT_NONE = 0         /* No segment has this number, no block this reference. */
};

struct leat_segment {
    uint32_t size; /* 0: the number is free. */
    uint32_t used;
    uint32_t live;
    uint32_t newest; /* Latest generation in which a key that the database has not was put here. */
    uint32_t next;   /* Towards the newest, or the next free number. */
    uint32_t previous;
};

struct leat_segments {
    struct leat_state_budget *budget; /* Borrowed. */
    struct leat_segment *items;       /* Owned; by number. */
    char **bytes_of;                  /* Owned, as is what they point to; by number. */
    uint32_t count;
    uint32_t capacity;
    uint32_t free_number;
    uint32_t oldest;
    uint32_t newest;
    uint32_t head;     /* 0: none. */
    bool keep_order;   /* What is allocated comes behind everything else. */
    uint32_t size_max; /* Of a segment for more than one block. */
    size_t bytes;      /* Of all segments. */
    size_t live;       /* Of all blocks. */
};

void leat_segments_init(struct leat_segments *segments, struct leat_state_budget *budget,
                        uint32_t size_max);
void leat_segments_release(struct leat_segments *segments);

/* A block of so many units, uninitialised; LEAT_SEGMENT_NONE when memory is out. *out_grew: it took
 * a new segment. */
uint32_t leat_segments_alloc(struct leat_segments *segments, uint32_t units, bool *out_grew);
/* The block is dead; its bytes stay readable until its segment is given back. */
void leat_segments_kill(struct leat_segments *segments, uint32_t reference, uint32_t units);

static inline uint32_t leat_segments_number(uint32_t reference)
{
    return reference >> LEAT_SEGMENT_PLACE_BITS;
}

static inline uint32_t leat_segments_reference(uint32_t number, uint32_t byte)
{
    return number << LEAT_SEGMENT_PLACE_BITS | byte / LEAT_SEGMENT_UNIT;
}

static inline void *leat_segments_at(const struct leat_segments *segments, uint32_t reference)
{
    uint32_t place = reference & ((1u << LEAT_SEGMENT_PLACE_BITS) - 1);

    return segments->bytes_of[leat_segments_number(reference)] + (size_t)place * LEAT_SEGMENT_UNIT;
}

/* Out of the order, so that it is not found again; give back or put back. */
void leat_segments_detach(struct leat_segments *segments, uint32_t number);
void leat_segments_attach(struct leat_segments *segments, uint32_t number);
/* Of a detached segment. */
void leat_segments_give_back(struct leat_segments *segments, uint32_t number);

#endif
