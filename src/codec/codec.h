/*
 * codec: compression of output files, zlib and zstd behind one table. The only place that includes
 * them for it.
 *
 * A compressor makes one stream after the other: add, add ..., finish, and again. What it makes is
 * what Hadoop's codec of that name makes: a zlib stream, a gzip member, a zstd frame.
 *
 * Thread: a compressor belongs to one; decompressing is a pure function.
 */
#ifndef LEAT_CODEC_CODEC_H
#define LEAT_CODEC_CODEC_H

#include "base/buffer.h"

enum leat_codec_kind {
    LEAT_CODEC_NONE,
    LEAT_CODEC_DEFLATE,
    LEAT_CODEC_GZIP,
    LEAT_CODEC_ZSTD,
    LEAT_CODEC_COUNT
};

/* ".gz"; "" for none. */
const char *leat_codec_extension(enum leat_codec_kind kind);
/* "org.apache.hadoop.io.compress.GzipCodec"; "" for none. */
const char *leat_codec_class(enum leat_codec_kind kind);
/* False when no codec has that class. */
bool leat_codec_of_class(leat_bytes name, enum leat_codec_kind *out);

struct leat_compressor;

/* Not for LEAT_CODEC_NONE. Caller destroys *out. */
LEAT_MUST_CHECK leat_status leat_compressor_create(enum leat_codec_kind kind,
                                                   struct leat_compressor **out, leat_error *err);

/* Appends to out what has become of bytes so far; a part stays inside until finish. */
LEAT_MUST_CHECK leat_status leat_compressor_add(struct leat_compressor *compressor,
                                                const void *bytes, size_t size,
                                                struct leat_buffer *out, leat_error *err);
/* Appends the rest of the stream. */
LEAT_MUST_CHECK leat_status leat_compressor_finish(struct leat_compressor *compressor,
                                                   struct leat_buffer *out, leat_error *err);
/* Accepts NULL. */
void leat_compressor_destroy(struct leat_compressor *compressor);

/*
 * Appends what is in bytes: one stream or several in a row, to their very end, of at most bytes_max
 * together. LEAT_CORRUPT when they are not that; LEAT_LIMIT beyond bytes_max.
 */
LEAT_MUST_CHECK leat_status leat_decompress(enum leat_codec_kind kind, leat_bytes bytes,
                                            size_t bytes_max, struct leat_buffer *out,
                                            leat_error *err);

#endif
