/*
 * nearest: finds the name that a mistyped word was probably meant to be.
 *
 * Thread: any.
 */
#ifndef LEAT_BASE_NEAREST_H
#define LEAT_BASE_NEAREST_H

#include <stddef.h>

/* Zero-initialised with the word; offer every candidate; then read name. */
struct leat_nearest {
    const char *word;
    const char *name; /* The best so far, as it was offered; NULL: none is near. */
    size_t distance;
};

/* Edit distance, without regard to case. Words longer than 127 bytes are never near. */
void leat_nearest_offer(struct leat_nearest *nearest, const char *candidate);

#endif
