/*
 * codec_internal: what a codec is.
 */
#ifndef LEAT_CODEC_CODEC_INTERNAL_H
#define LEAT_CODEC_CODEC_INTERNAL_H

#include "codec/codec.h"

enum { LEAT_CODEC_STEP_BYTES = 32 << 10 }; /* Room that is made at a time. */

struct leat_codec_ops {
    leat_status (*create)(enum leat_codec_kind kind, struct leat_compressor **out, leat_error *err);
    /* Takes all of bytes; finish ends the stream and begins a new one. */
    leat_status (*run)(struct leat_compressor *compressor, leat_bytes bytes, bool finish,
                       struct leat_buffer *out, leat_error *err);
    void (*destroy)(struct leat_compressor *compressor);
    leat_status (*decompress)(enum leat_codec_kind kind, leat_bytes bytes, size_t bytes_max,
                              struct leat_buffer *out, leat_error *err);
};

/* The head of each codec's own. */
struct leat_compressor {
    const struct leat_codec_ops *ops;
};

extern const struct leat_codec_ops leat_zlib_ops;
extern const struct leat_codec_ops leat_zstd_ops;

/* Room for the next step of an output of at most bytes_max beyond `before`; LEAT_LIMIT when that is
 * used up. */
leat_status leat_codec_make_room(struct leat_buffer *out, size_t before, size_t bytes_max,
                                 size_t *out_room, leat_error *err);

#endif
