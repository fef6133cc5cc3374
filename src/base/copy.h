/*
 * copy: copies of keys and values, most of which are short: two moves that may overlap are faster
 * than a call.
 *
 * Thread: any.
 */
#ifndef LEAT_BASE_COPY_H
#define LEAT_BASE_COPY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* from may be NULL when size is 0; they do not overlap. */
static inline void leat_copy_bytes(char *to, const char *from, size_t size)
{
    uint64_t first, last;
    uint32_t first_4, last_4;

    if (size > 16) {
        memcpy(to, from, size);
    } else if (size >= sizeof first) {
        memcpy(&first, from, sizeof first);
        memcpy(&last, from + size - sizeof last, sizeof last);
        memcpy(to, &first, sizeof first);
        memcpy(to + size - sizeof last, &last, sizeof last);
    } else if (size >= sizeof first_4) {
        memcpy(&first_4, from, sizeof first_4);
        memcpy(&last_4, from + size - sizeof last_4, sizeof last_4);
        memcpy(to, &first_4, sizeof first_4);
        memcpy(to + size - sizeof last_4, &last_4, sizeof last_4);
    } else if (size > 0) {
        to[0] = from[0];
        to[size / 2] = from[size / 2];
        to[size - 1] = from[size - 1];
    }
}

#endif
