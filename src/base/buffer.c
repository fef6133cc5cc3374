/* buffer: see buffer.h. */
#include "base/buffer.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

bool leat_buffer_reserve(struct leat_buffer *buffer, size_t size)
{
    size_t capacity = buffer->capacity;
    char *data;

    if (size <= capacity - buffer->size)
        return true;
    if (size > SIZE_MAX / 2 - buffer->size)
        return false;
    capacity = capacity < 32 ? 64 : capacity * 2;
    if (capacity < buffer->size + size)
        capacity = buffer->size + size;
    data = leat_grow(buffer->data, capacity, 1);
    if (data == NULL)
        return false;
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

bool leat_buffer_append(struct leat_buffer *buffer, const void *bytes, size_t size)
{
    if (!leat_buffer_reserve(buffer, size))
        return false;
    if (size > 0)
        memcpy(buffer->data + buffer->size, bytes, size);
    buffer->size += size;
    return true;
}

bool leat_buffer_append_char(struct leat_buffer *buffer, char byte)
{
    return leat_buffer_append(buffer, &byte, 1);
}

bool leat_buffer_vprintf(struct leat_buffer *buffer, const char *format, va_list args)
{
    va_list again;
    int size;

    va_copy(again, args);
    size = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (size < 0 || !leat_buffer_reserve(buffer, (size_t)size + 1))
        return false;
    vsnprintf(buffer->data + buffer->size, (size_t)size + 1, format, args);
    buffer->size += (size_t)size;
    return true;
}

bool leat_buffer_printf(struct leat_buffer *buffer, const char *format, ...)
{
    va_list args;
    bool fits;

    va_start(args, format);
    fits = leat_buffer_vprintf(buffer, format, args);
    va_end(args);
    return fits;
}

void leat_buffer_reset(struct leat_buffer *buffer)
{
    buffer->size = 0;
}

void leat_buffer_release(struct leat_buffer *buffer)
{
    leat_free(buffer->data);
    *buffer = (struct leat_buffer){0};
}
