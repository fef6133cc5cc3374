/* msgpack_writer: see msgpack_writer.h. */
#include "record/msgpack_writer.h"

#include <endian.h>
#include <string.h>

enum { HEAD_MAX = 9, SHORT_MAX = 31 };

void leat_msgpack_writer_init(struct leat_msgpack_writer *writer)
{
    *writer = (struct leat_msgpack_writer){.failed = false};
}

void leat_msgpack_writer_reset(struct leat_msgpack_writer *writer)
{
    leat_buffer_reset(&writer->buffer);
    writer->failed = false;
}

void leat_msgpack_writer_release(struct leat_msgpack_writer *writer)
{
    leat_buffer_release(&writer->buffer);
}

leat_bytes leat_msgpack_written(leat_msgpack_writer *writer)
{
    if (writer->failed)
        return (leat_bytes){NULL, 0};
    return (leat_bytes){writer->buffer.data, writer->buffer.size};
}

/* Where size more bytes may be put; NULL when it has failed or fails now. */
static inline char *room_for(leat_msgpack_writer *writer, size_t size)
{
    struct leat_buffer *buffer = &writer->buffer;

    if (writer->failed)
        return NULL;
    if (size > buffer->capacity - buffer->size && !leat_buffer_reserve(buffer, size)) {
        writer->failed = true;
        return NULL;
    }
    return buffer->data + buffer->size;
}

static void put_byte(leat_msgpack_writer *writer, unsigned byte)
{
    char *at = room_for(writer, 1);

    if (at == NULL)
        return;
    at[0] = (char)(unsigned char)byte;
    writer->buffer.size++;
}

/* A format byte and a big-endian number of width 1 to 8 behind it. */
static void put(leat_msgpack_writer *writer, unsigned format, uint64_t number, size_t width)
{
    uint64_t bytes = htobe64(number << (64 - 8 * width));
    char *at = room_for(writer, HEAD_MAX);

    if (at == NULL)
        return;
    at[0] = (char)(unsigned char)format;
    memcpy(at + 1, &bytes, sizeof bytes); /* What is behind the width gets overwritten. */
    writer->buffer.size += 1 + width;
}

static void put_bytes(leat_msgpack_writer *writer, leat_bytes bytes)
{
    char *at = room_for(writer, bytes.size);

    if (at == NULL || bytes.size == 0)
        return;
    memcpy(at, bytes.data, bytes.size);
    writer->buffer.size += bytes.size;
}

void leat_msgpack_write_nil(leat_msgpack_writer *writer)
{
    put_byte(writer, 0xc0);
}

void leat_msgpack_write_bool(leat_msgpack_writer *writer, bool value)
{
    put_byte(writer, value ? 0xc3 : 0xc2);
}

void leat_msgpack_write_uint(leat_msgpack_writer *writer, uint64_t number)
{
    if (number < 0x80)
        put_byte(writer, (unsigned)number);
    else if (number <= UINT8_MAX)
        put(writer, 0xcc, number, 1);
    else if (number <= UINT16_MAX)
        put(writer, 0xcd, number, 2);
    else if (number <= UINT32_MAX)
        put(writer, 0xce, number, 4);
    else
        put(writer, 0xcf, number, 8);
}

void leat_msgpack_write_int(leat_msgpack_writer *writer, int64_t number)
{
    if (number >= 0)
        leat_msgpack_write_uint(writer, (uint64_t)number);
    else if (number >= -32)
        put_byte(writer, 0x100U - (unsigned)-number);
    else if (number >= INT8_MIN)
        put(writer, 0xd0, (uint64_t)number, 1);
    else if (number >= INT16_MIN)
        put(writer, 0xd1, (uint64_t)number, 2);
    else if (number >= INT32_MIN)
        put(writer, 0xd2, (uint64_t)number, 4);
    else
        put(writer, 0xd3, (uint64_t)number, 8);
}

void leat_msgpack_write_float(leat_msgpack_writer *writer, double number)
{
    uint64_t bits;

    memcpy(&bits, &number, sizeof bits);
    put(writer, 0xcb, bits, 8);
}

/* Lengths that a format of 1, 2 or 4 bytes can say. */
static bool put_length(leat_msgpack_writer *writer, unsigned format8, unsigned format16,
                       unsigned format32, size_t length)
{
    if (length > UINT32_MAX) {
        writer->failed = true;
        return false;
    }
    if (length <= UINT8_MAX && format8 != 0)
        put(writer, format8, length, 1);
    else if (length <= UINT16_MAX)
        put(writer, format16, length, 2);
    else
        put(writer, format32, length, 4);
    return true;
}

/* Up to SHORT_MAX bytes, by two copies that may overlap: most are the names of fields, for which a
 * call of memcpy costs more than the copying. */
static inline void copy_short(char *to, leat_bytes from)
{
    size_t size = from.size;

    if (size >= 16) {
        memcpy(to, from.data, 16);
        memcpy(to + size - 16, from.data + size - 16, 16);
    } else if (size >= 8) {
        memcpy(to, from.data, 8);
        memcpy(to + size - 8, from.data + size - 8, 8);
    } else if (size >= 4) {
        memcpy(to, from.data, 4);
        memcpy(to + size - 4, from.data + size - 4, 4);
    } else if (size >= 2) {
        memcpy(to, from.data, 2);
        to[size - 1] = from.data[size - 1];
    } else if (size == 1) {
        *to = *from.data;
    }
}

static void write_long_string(leat_msgpack_writer *writer, leat_bytes text)
{
    char *at;

    if (text.size > UINT8_MAX) {
        if (put_length(writer, 0, 0xda, 0xdb, text.size))
            put_bytes(writer, text);
        return;
    }
    at = room_for(writer, 2 + text.size);
    if (at == NULL)
        return;
    at[0] = (char)0xd9;
    at[1] = (char)(unsigned char)text.size;
    memcpy(at + 2, text.data, text.size);
    writer->buffer.size += 2 + text.size;
}

void leat_msgpack_write_string(leat_msgpack_writer *writer, leat_bytes text)
{
    char *at;

    if (text.data == NULL) {
        put_byte(writer, 0xc0);
        return;
    }
    if (text.size > SHORT_MAX) {
        write_long_string(writer, text);
        return;
    }
    at = room_for(writer, 1 + text.size);
    if (at == NULL)
        return;
    at[0] = (char)(unsigned char)(0xa0U | (unsigned)text.size);
    copy_short(at + 1, text);
    writer->buffer.size += 1 + text.size;
}

void leat_msgpack_write_binary(leat_msgpack_writer *writer, leat_bytes bytes)
{
    if (bytes.data == NULL)
        put_byte(writer, 0xc0);
    else if (put_length(writer, 0xc4, 0xc5, 0xc6, bytes.size))
        put_bytes(writer, bytes);
}

void leat_msgpack_write_array(leat_msgpack_writer *writer, uint32_t count)
{
    if (count < 16)
        put_byte(writer, 0x90U | count);
    else
        put_length(writer, 0, 0xdc, 0xdd, count);
}

void leat_msgpack_write_map(leat_msgpack_writer *writer, uint32_t pairs)
{
    if (pairs < 16)
        put_byte(writer, 0x80U | pairs);
    else
        put_length(writer, 0, 0xde, 0xdf, pairs);
}

void leat_msgpack_write_ext(leat_msgpack_writer *writer, int8_t ext_type, leat_bytes bytes)
{
    static const struct {
        size_t size;
        unsigned format;
    } fixed[] = {{1, 0xd4}, {2, 0xd5}, {4, 0xd6}, {8, 0xd7}, {16, 0xd8}};
    unsigned format = 0;

    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        if (fixed[i].size == bytes.size)
            format = fixed[i].format;
    if (format != 0)
        put_byte(writer, format);
    else if (!put_length(writer, 0xc7, 0xc8, 0xc9, bytes.size))
        return;
    put_byte(writer, (unsigned)(unsigned char)ext_type);
    put_bytes(writer, bytes);
}

void leat_msgpack_write_timestamp(leat_msgpack_writer *writer, int64_t seconds,
                                  uint32_t nanoseconds)
{
    if (nanoseconds > 999999999) {
        writer->failed = true;
    } else if (nanoseconds == 0 && seconds >= 0 && seconds <= UINT32_MAX) {
        put_byte(writer, 0xd6);
        put(writer, 0xff, (uint64_t)seconds, 4);
    } else if (seconds >= 0 && seconds >> 34 == 0) {
        put_byte(writer, 0xd7);
        put(writer, 0xff, (uint64_t)nanoseconds << 34 | (uint64_t)seconds, 8);
    } else {
        put(writer, 0xc7, 12, 1);
        put(writer, 0xff, nanoseconds, 4);
        put(writer, (unsigned)((uint64_t)seconds >> 56), (uint64_t)seconds & 0xffffffffffffffU, 7);
    }
}

void leat_msgpack_write_elements(leat_msgpack_writer *writer, const leat_msgpack_value *container)
{
    if (container->type != LEAT_MSGPACK_ARRAY && container->type != LEAT_MSGPACK_MAP)
        writer->failed = true;
    else
        put_bytes(writer, container->bytes);
}

void leat_msgpack_write_value(leat_msgpack_writer *writer, const leat_msgpack_value *value)
{
    switch (value->type) {
    case LEAT_MSGPACK_BOOL:
        leat_msgpack_write_bool(writer, value->as.b);
        return;
    case LEAT_MSGPACK_UINT:
        leat_msgpack_write_uint(writer, value->as.u);
        return;
    case LEAT_MSGPACK_INT:
        leat_msgpack_write_int(writer, value->as.i);
        return;
    case LEAT_MSGPACK_FLOAT:
        leat_msgpack_write_float(writer, value->as.f);
        return;
    case LEAT_MSGPACK_STRING:
        leat_msgpack_write_string(writer, value->bytes);
        return;
    case LEAT_MSGPACK_BINARY:
        leat_msgpack_write_binary(writer, value->bytes);
        return;
    case LEAT_MSGPACK_ARRAY:
        leat_msgpack_write_array(writer, value->as.count);
        leat_msgpack_write_elements(writer, value);
        return;
    case LEAT_MSGPACK_MAP:
        leat_msgpack_write_map(writer, value->as.count);
        leat_msgpack_write_elements(writer, value);
        return;
    case LEAT_MSGPACK_EXT:
        leat_msgpack_write_ext(writer, value->ext_type, value->bytes);
        return;
    default:
        leat_msgpack_write_nil(writer);
    }
}
