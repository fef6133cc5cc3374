/*
 * inverse: what takes a value out of a sum again, for windows over the reducers that the library
 * knows.
 *
 * Thread: any.
 */
#ifndef LEAT_SHUFFLE_INVERSE_H
#define LEAT_SHUFFLE_INVERSE_H

#include "leat/task.h"

leat_status leat_subtract_i64(leat_task *task, leat_buffer *into, leat_bytes value, void *user);
leat_status leat_subtract_f64(leat_task *task, leat_buffer *into, leat_bytes value, void *user);

#endif
