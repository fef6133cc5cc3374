/*
 * type: what a stream's keys and values are, as leat/base.h numbers them.
 *
 * Thread: any.
 */
#ifndef LEAT_RECORD_TYPE_H
#define LEAT_RECORD_TYPE_H

#include "base/status.h"

/* "i64" */
const char *leat_type_name(leat_type type);

/* The size that every value of this type has; 0: any. */
size_t leat_type_size(leat_type type);

#endif
