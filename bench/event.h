/*
 * event: daas's input read by hand: one pass over the map, no copy, every length checked.
 *
 * It knows what this job needs and passes over the rest; any order and form of the fields is right.
 */
#ifndef BENCH_EVENT_H
#define BENCH_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct view {
    const unsigned char *data;
    size_t size;
};

struct event {
    uint64_t id;
    struct view user;
    struct view kind;
    struct view tags; /* The elements, one after the other: all are strings. */
    uint32_t tag_count;
};

/* False: not a map that has all four fields. */
bool event_read(const void *bytes, size_t size, struct event *out);
/* The next tag; moves tags on. */
struct view event_next_tag(struct view *tags);

#endif
