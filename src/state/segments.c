/* segments: see segments.h. */
#include "state/segments.h"

#include <assert.h>

#include "base/memory.h"

enum {
    NUMBERS_MAX = 1 << (32 - LEAT_SEGMENT_PLACE_BITS),
    SIZE_MIN = 512,
    FIRST_NUMBERS = 4,
    NUMBER_BYTES = sizeof(struct leat_segment) + sizeof(char *)
};

void leat_segments_init(struct leat_segments *segments, struct leat_state_budget *budget,
                        uint32_t size_max)
{
    assert(size_max <= (uint32_t)LEAT_SEGMENT_UNIT << LEAT_SEGMENT_PLACE_BITS);
    *segments = (struct leat_segments){.budget = budget, .count = 1, .size_max = size_max};
}

static void hold(struct leat_segments *segments, size_t bytes)
{
    atomic_fetch_add_explicit(&segments->budget->held_bytes, bytes, memory_order_relaxed);
}

static void unhold(struct leat_segments *segments, size_t bytes)
{
    atomic_fetch_sub_explicit(&segments->budget->held_bytes, bytes, memory_order_relaxed);
}

static char *take_bytes(struct leat_segments *segments, uint32_t size)
{
    if (size == LEAT_POOL_PIECE)
        return leat_pool_take(&segments->budget->pool);
    return leat_grow(NULL, 1, size);
}

static void free_bytes(struct leat_segments *segments, uint32_t number)
{
    if (segments->items[number].size == LEAT_POOL_PIECE)
        leat_pool_give(&segments->budget->pool, segments->bytes_of[number]);
    else
        leat_free(segments->bytes_of[number]);
}

void leat_segments_release(struct leat_segments *segments)
{
    for (uint32_t i = 1; i < segments->count; i++)
        if (segments->items[i].size > 0)
            free_bytes(segments, i);
    unhold(segments, segments->bytes + segments->capacity * NUMBER_BYTES);
    leat_free(segments->items);
    leat_free(segments->bytes_of);
    leat_segments_init(segments, segments->budget, segments->size_max);
}

static bool grow_numbers(struct leat_segments *segments)
{
    uint32_t capacity = segments->capacity == 0 ? FIRST_NUMBERS : 2 * segments->capacity;
    struct leat_segment *items = leat_grow(segments->items, capacity, sizeof *items);
    char **bytes_of;

    if (items == NULL)
        return false;
    segments->items = items;
    bytes_of = leat_grow(segments->bytes_of, capacity, sizeof *bytes_of);
    if (bytes_of == NULL)
        return false;
    segments->bytes_of = bytes_of;
    hold(segments, (capacity - segments->capacity) * NUMBER_BYTES);
    segments->capacity = capacity;
    return true;
}

/* A number for a new segment; 0 when memory is out. */
static uint32_t take_number(struct leat_segments *segments)
{
    uint32_t number = segments->free_number;

    if (number != 0) {
        segments->free_number = segments->items[number].next;
        return number;
    }
    if (segments->count == NUMBERS_MAX ||
        (segments->count >= segments->capacity && !grow_numbers(segments)))
        return 0;
    return segments->count++;
}

void leat_segments_attach(struct leat_segments *segments, uint32_t number)
{
    struct leat_segment *segment = &segments->items[number];

    segment->next = 0;
    segment->previous = segments->newest;
    if (segments->newest != 0)
        segments->items[segments->newest].next = number;
    else
        segments->oldest = number;
    segments->newest = number;
}

void leat_segments_detach(struct leat_segments *segments, uint32_t number)
{
    struct leat_segment *segment = &segments->items[number];

    if (segment->previous != 0)
        segments->items[segment->previous].next = segment->next;
    else
        segments->oldest = segment->next;
    if (segment->next != 0)
        segments->items[segment->next].previous = segment->previous;
    else
        segments->newest = segment->previous;
    if (segments->head == number)
        segments->head = 0;
}

/* A small table has small segments. */
static uint32_t size_for(const struct leat_segments *segments, uint32_t bytes)
{
    size_t size = segments->bytes / 8 / SIZE_MIN * SIZE_MIN;

    if (size < SIZE_MIN)
        size = SIZE_MIN;
    if (size > segments->size_max)
        size = segments->size_max;
    return bytes > size / 2 ? bytes : (uint32_t)size;
}

/* Its number; 0 when memory is out. */
static uint32_t add_segment(struct leat_segments *segments, uint32_t bytes)
{
    uint32_t number = take_number(segments);
    uint32_t size = size_for(segments, bytes);
    char *memory;

    if (number == 0)
        return 0;
    memory = take_bytes(segments, size);
    if (memory == NULL) {
        segments->items[number] = (struct leat_segment){.next = segments->free_number};
        segments->free_number = number;
        return 0;
    }
    segments->items[number] = (struct leat_segment){.size = size};
    segments->bytes_of[number] = memory;
    segments->bytes += size;
    hold(segments, size);
    leat_segments_attach(segments, number);
    if (size > bytes || segments->keep_order)
        segments->head = number;
    return number;
}

static bool has_room(const struct leat_segments *segments, uint32_t bytes)
{
    const struct leat_segment *head;

    if (segments->head == 0 || (segments->keep_order && segments->head != segments->newest))
        return false;
    head = &segments->items[segments->head];
    return head->size - head->used >= bytes;
}

uint32_t leat_segments_alloc(struct leat_segments *segments, uint32_t units, bool *out_grew)
{
    uint32_t bytes = units * LEAT_SEGMENT_UNIT;
    uint32_t number = segments->head;
    struct leat_segment *segment;
    uint32_t reference;

    *out_grew = !has_room(segments, bytes);
    if (*out_grew)
        number = add_segment(segments, bytes);
    if (number == 0)
        return LEAT_SEGMENT_NONE;
    segment = &segments->items[number];
    reference = leat_segments_reference(number, segment->used);
    segment->used += bytes;
    segment->live += bytes;
    segments->live += bytes;
    return reference;
}

void leat_segments_kill(struct leat_segments *segments, uint32_t reference, uint32_t units)
{
    uint32_t bytes = units * LEAT_SEGMENT_UNIT;

    segments->items[leat_segments_number(reference)].live -= bytes;
    segments->live -= bytes;
}

void leat_segments_give_back(struct leat_segments *segments, uint32_t number)
{
    struct leat_segment *segment = &segments->items[number];

    segments->live -= segment->live;
    segments->bytes -= segment->size;
    unhold(segments, segment->size);
    free_bytes(segments, number);
    *segment = (struct leat_segment){.next = segments->free_number};
    segments->free_number = number;
}
