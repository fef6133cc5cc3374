/*
 * compare: the order of keys by their type: numbers by size, everything else by bytes.
 *
 * Thread: any.
 */
#ifndef LEAT_RECORD_COMPARE_H
#define LEAT_RECORD_COMPARE_H

#include "base/status.h"

/* < 0, 0, > 0; neither is null. context points to the leat_type. Not-a-number is above all others.
 */
int leat_compare_keys(leat_bytes a, leat_bytes b, void *context);

#endif
