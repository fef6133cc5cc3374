/*
 * msgpack_writer: what leat_msgpack_write_... write into. Errors are sticky.
 *
 * Thread: one at a time.
 */
#ifndef LEAT_RECORD_MSGPACK_WRITER_H
#define LEAT_RECORD_MSGPACK_WRITER_H

#include "base/buffer.h"
#include "leat/msgpack.h"

struct leat_msgpack_writer {
    struct leat_buffer buffer;
    bool failed;
};

void leat_msgpack_writer_init(struct leat_msgpack_writer *writer);
/* Empties it and forgets its error; keeps the memory. */
void leat_msgpack_writer_reset(struct leat_msgpack_writer *writer);
void leat_msgpack_writer_release(struct leat_msgpack_writer *writer);

#endif
