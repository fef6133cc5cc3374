/*
 * msgpack_rewrite: a value taken apart down to its scalars and written anew, each in its shortest
 * form; whatever container it held, by leat_msgpack_next.
 */
#ifndef LEAT_TESTS_MSGPACK_REWRITE_H
#define LEAT_TESTS_MSGPACK_REWRITE_H

#include "record/msgpack_reader.h"
#include "record/msgpack_writer.h"
#include "tests/support/check.h"

/* The reader has bounded the nesting, and with it this recursion. */
static inline void msgpack_rewrite(leat_msgpack_writer *writer, leat_msgpack_value value)
{
    bool map = value.type == LEAT_MSGPACK_MAP;
    uint64_t left = map ? 2 * (uint64_t)value.as.count : value.as.count;
    leat_msgpack_value element;

    if (!map && value.type != LEAT_MSGPACK_ARRAY) {
        leat_msgpack_write_value(writer, &value);
        return;
    }
    if (map)
        leat_msgpack_write_map(writer, value.as.count);
    else
        leat_msgpack_write_array(writer, value.as.count);
    for (; leat_msgpack_next(&value, &element); left--)
        msgpack_rewrite(writer, element);
    CHECK(left == 0);
}

#endif
