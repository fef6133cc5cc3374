/*
 * msgpack_reader: the functions of leat/msgpack.h that read, without a task.
 *
 * Thread: any.
 */
#ifndef LEAT_RECORD_MSGPACK_READER_H
#define LEAT_RECORD_MSGPACK_READER_H

#include "base/status.h"
#include "leat/msgpack.h"

/* As leat_msgpack_read. */
LEAT_MUST_CHECK leat_status leat_msgpack_value_read(leat_bytes bytes, leat_msgpack_value *out,
                                                    leat_error *err);

/* As leat_msgpack_read_map. */
LEAT_MUST_CHECK leat_status leat_msgpack_map_fields(leat_bytes map, leat_msgpack_field *fields,
                                                    size_t count, leat_error *err);

#endif
