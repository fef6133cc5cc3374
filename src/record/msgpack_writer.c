/* msgpack_writer: see msgpack_writer.h. */
#include "record/msgpack_writer.h"

#include <string.h>

enum { HEAD_MAX = 9 };

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

/* A format byte and a big-endian number behind it. */
static void put(leat_msgpack_writer *writer, unsigned format, uint64_t number, size_t width)
{
    char *at;

    if (writer->failed || !leat_buffer_reserve(&writer->buffer, HEAD_MAX)) {
        writer->failed = true;
        return;
    }
    at = writer->buffer.data + writer->buffer.size;
    at[0] = (char)(unsigned char)format;
    for (size_t i = 0; i < width; i++)
        at[width - i] = (char)(unsigned char)(number >> (8 * i));
    writer->buffer.size += 1 + width;
}

static void put_bytes(leat_msgpack_writer *writer, leat_bytes bytes)
{
    if (!writer->failed && !leat_buffer_append(&writer->buffer, bytes.data, bytes.size))
        writer->failed = true;
}

void leat_msgpack_write_nil(leat_msgpack_writer *writer)
{
    put(writer, 0xc0, 0, 0);
}

void leat_msgpack_write_bool(leat_msgpack_writer *writer, bool value)
{
    put(writer, value ? 0xc3 : 0xc2, 0, 0);
}

void leat_msgpack_write_uint(leat_msgpack_writer *writer, uint64_t number)
{
    if (number < 0x80)
        put(writer, (unsigned)number, 0, 0);
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
        put(writer, 0x100U - (unsigned)-number, 0, 0);
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

void leat_msgpack_write_string(leat_msgpack_writer *writer, leat_bytes text)
{
    if (text.size < 32)
        put(writer, 0xa0U | (unsigned)text.size, 0, 0);
    else if (!put_length(writer, 0xd9, 0xda, 0xdb, text.size))
        return;
    put_bytes(writer, text);
}

void leat_msgpack_write_binary(leat_msgpack_writer *writer, leat_bytes bytes)
{
    if (put_length(writer, 0xc4, 0xc5, 0xc6, bytes.size))
        put_bytes(writer, bytes);
}

void leat_msgpack_write_array(leat_msgpack_writer *writer, uint32_t count)
{
    if (count < 16)
        put(writer, 0x90U | count, 0, 0);
    else
        put_length(writer, 0, 0xdc, 0xdd, count);
}

void leat_msgpack_write_map(leat_msgpack_writer *writer, uint32_t pairs)
{
    if (pairs < 16)
        put(writer, 0x80U | pairs, 0, 0);
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
        put(writer, format, 0, 0);
    else if (!put_length(writer, 0xc7, 0xc8, 0xc9, bytes.size))
        return;
    put(writer, (unsigned)(unsigned char)ext_type, 0, 0);
    put_bytes(writer, bytes);
}

void leat_msgpack_write_timestamp(leat_msgpack_writer *writer, int64_t seconds,
                                  uint32_t nanoseconds)
{
    if (nanoseconds == 0 && seconds >= 0 && seconds <= UINT32_MAX) {
        put(writer, 0xd6, 0, 0);
        put(writer, 0xff, (uint64_t)seconds, 4);
    } else if (seconds >= 0 && seconds >> 34 == 0) {
        put(writer, 0xd7, 0, 0);
        put(writer, 0xff, (uint64_t)nanoseconds << 34 | (uint64_t)seconds, 8);
    } else {
        put(writer, 0xc7, 12, 1);
        put(writer, 0xff, nanoseconds, 4);
        put(writer, (unsigned)((uint64_t)seconds >> 56), (uint64_t)seconds & 0xffffffffffffffU, 7);
    }
}
