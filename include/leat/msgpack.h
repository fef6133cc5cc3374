/*
 * leat/msgpack.h: reads and writes MessagePack without copying.
 *
 * A reading function checks all that it passes: lengths before use, nesting up to
 * LEAT_MSGPACK_DEPTH_MAX arrays and maps; what is malformed is LEAT_BAD_RECORD at the byte where
 * the malformed value begins. Text is not checked to be UTF-8.
 *
 * Format: https://github.com/msgpack/msgpack/blob/master/spec.md
 */
#ifndef LEAT_MSGPACK_H
#define LEAT_MSGPACK_H

#include "leat/base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { LEAT_MSGPACK_DEPTH_MAX = 64 };

typedef enum {
    LEAT_MSGPACK_NONE, /* As a field's type: any. */
    LEAT_MSGPACK_NIL,
    LEAT_MSGPACK_BOOL,
    LEAT_MSGPACK_UINT, /* Every whole number >= 0, however it was encoded. */
    LEAT_MSGPACK_INT,  /* Below 0. */
    LEAT_MSGPACK_FLOAT,
    LEAT_MSGPACK_STRING,
    LEAT_MSGPACK_BINARY,
    LEAT_MSGPACK_ARRAY,
    LEAT_MSGPACK_MAP,
    LEAT_MSGPACK_EXT
} leat_msgpack_type;

/*
 * A value. bytes: the text, the binary, the ext's data, or the encoded elements of an array or map
 * (checked: walk them with leat_msgpack_next); else null. A timestamp is an ext of type -1.
 */
typedef struct {
    leat_msgpack_type type;
    int8_t ext_type;
    union {
        bool b;
        uint64_t u;
        int64_t i;
        double f;
        uint32_t count; /* Elements of an array, pairs of a map. */
    } as;
    leat_bytes bytes;
} leat_msgpack_value;

/* A map's field, found by name. type LEAT_MSGPACK_NONE takes any; LEAT_MSGPACK_FLOAT takes whole
 * numbers too, as value.as.f. optional: absent leaves value.type LEAT_MSGPACK_NONE. */
typedef struct {
    const char *name;
    leat_msgpack_type type;
    leat_msgpack_value value;
    bool optional;
} leat_msgpack_field;

/* Reads one value that takes up all of bytes; it is checked whole. Since: 0.1 */
LEAT_API leat_status leat_msgpack_read(leat_task *task, leat_bytes bytes,
                                       leat_msgpack_value *out_value);

/* Fills fields by name from a map that takes up all of bytes; the last of a doubled key counts;
 * keys that are no strings are passed over. LEAT_BAD_RECORD names the field, and the byte where the
 * map is malformed or the field has another type. Since: 0.1 */
LEAT_API leat_status leat_msgpack_read_map(leat_task *task, leat_bytes map,
                                           leat_msgpack_field *fields, size_t count);

/* The next element of an array that was read, or of a map: key and value in turn; false at the end.
 * Moves array on. Since: 0.1 */
LEAT_API bool leat_msgpack_next(leat_msgpack_value *array, leat_msgpack_value *out_element);

/* Seconds and nanoseconds of a timestamp (ext -1); false when value is none. Since: 0.1 */
LEAT_API bool leat_msgpack_timestamp(const leat_msgpack_value *value, int64_t *out_seconds,
                                     uint32_t *out_nanoseconds);

typedef struct leat_msgpack_writer leat_msgpack_writer;

/* The task's writer, emptied. Its errors are sticky: what it wrote is then the null view, and
 * emitting or producing that fails the task. Since: 0.1 */
LEAT_API leat_msgpack_writer *leat_task_msgpack(leat_task *task);

/* Since: 0.1, like all below. Each takes the shortest form; a float takes 8 bytes. The null view is
 * written as nil. */
LEAT_API void leat_msgpack_write_nil(leat_msgpack_writer *writer);
LEAT_API void leat_msgpack_write_bool(leat_msgpack_writer *writer, bool value);
LEAT_API void leat_msgpack_write_uint(leat_msgpack_writer *writer, uint64_t number);
LEAT_API void leat_msgpack_write_int(leat_msgpack_writer *writer, int64_t number);
LEAT_API void leat_msgpack_write_float(leat_msgpack_writer *writer, double number);
LEAT_API void leat_msgpack_write_string(leat_msgpack_writer *writer, leat_bytes text);
LEAT_API void leat_msgpack_write_binary(leat_msgpack_writer *writer, leat_bytes bytes);
LEAT_API void leat_msgpack_write_array(leat_msgpack_writer *writer, uint32_t count);
LEAT_API void leat_msgpack_write_map(leat_msgpack_writer *writer, uint32_t pairs);
LEAT_API void leat_msgpack_write_ext(leat_msgpack_writer *writer, int8_t ext_type,
                                     leat_bytes bytes);
LEAT_API void leat_msgpack_write_timestamp(leat_msgpack_writer *writer, int64_t seconds,
                                           uint32_t nanoseconds);

/* A value as it was read, all of it; what is absent (LEAT_MSGPACK_NONE) is written as nil. */
LEAT_API void leat_msgpack_write_value(leat_msgpack_writer *writer,
                                       const leat_msgpack_value *value);

/* The elements that container has left, without a head: to copy a map with one field more, write a
 * map of one pair more, its elements and the field. */
LEAT_API void leat_msgpack_write_elements(leat_msgpack_writer *writer,
                                          const leat_msgpack_value *container);

/* Everything written since it was emptied; until it is emptied again. */
LEAT_API leat_bytes leat_msgpack_written(leat_msgpack_writer *writer);

#ifdef __cplusplus
}
#endif
#endif
