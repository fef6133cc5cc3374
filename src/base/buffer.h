/*
 * buffer: bytes that grow. The public leat_buffer is this struct.
 *
 * Thread: one at a time.
 */
#ifndef LEAT_BASE_BUFFER_H
#define LEAT_BASE_BUFFER_H

#include <stdarg.h>
#include <stddef.h>

#include "base/status.h"

/* Zero-initialised is empty and ready. */
struct leat_buffer {
    char *data; /* Owned. */
    size_t size;
    size_t capacity;
};

/* Room for size more bytes; false when memory is out, and the buffer is as it was. */
LEAT_MUST_CHECK bool leat_buffer_reserve(struct leat_buffer *buffer, size_t size);
/* Each appends, or returns false when memory is out and leaves the buffer as it was. */
LEAT_MUST_CHECK bool leat_buffer_append(struct leat_buffer *buffer, const void *bytes, size_t size);
LEAT_MUST_CHECK bool leat_buffer_append_char(struct leat_buffer *buffer, char byte);
LEAT_PRINTF(2, 3)
LEAT_MUST_CHECK bool leat_buffer_printf(struct leat_buffer *buffer, const char *format, ...);
LEAT_PRINTF(2, 0)
LEAT_MUST_CHECK bool leat_buffer_vprintf(struct leat_buffer *buffer, const char *format,
                                         va_list args);
/* Empties, keeps the memory. */
void leat_buffer_reset(struct leat_buffer *buffer);
/* Gives the memory back. */
void leat_buffer_release(struct leat_buffer *buffer);

#endif
