/* codec: see codec.h. */
#include <string.h>

#include "codec/codec_internal.h"

static const struct codec {
    const char *extension;
    const char *class_name;
    const struct leat_codec_ops *ops;
} codecs[LEAT_CODEC_COUNT] = {
    [LEAT_CODEC_NONE] = {"", "", NULL},
    [LEAT_CODEC_DEFLATE] = {".deflate", "org.apache.hadoop.io.compress.DefaultCodec",
                            &leat_zlib_ops},
    [LEAT_CODEC_GZIP] = {".gz", "org.apache.hadoop.io.compress.GzipCodec", &leat_zlib_ops},
    [LEAT_CODEC_ZSTD] = {".zst", "org.apache.hadoop.io.compress.ZStandardCodec", &leat_zstd_ops},
};

const char *leat_codec_extension(enum leat_codec_kind kind)
{
    return codecs[kind].extension;
}

const char *leat_codec_class(enum leat_codec_kind kind)
{
    return codecs[kind].class_name;
}

bool leat_codec_of_class(leat_bytes name, enum leat_codec_kind *out)
{
    /* Hadoop's other name for the first. */
    if (leat_bytes_equal(name, leat_string("org.apache.hadoop.io.compress.DeflateCodec"))) {
        *out = LEAT_CODEC_DEFLATE;
        return true;
    }
    for (int kind = LEAT_CODEC_DEFLATE; kind < LEAT_CODEC_COUNT; kind++) {
        if (leat_bytes_equal(name, leat_string(codecs[kind].class_name))) {
            *out = (enum leat_codec_kind)kind;
            return true;
        }
    }
    return false;
}

leat_status leat_codec_make_room(struct leat_buffer *out, size_t before, size_t bytes_max,
                                 size_t *out_room, leat_error *err)
{
    size_t used = out->size - before;
    size_t room =
        bytes_max - used < LEAT_CODEC_STEP_BYTES ? bytes_max - used : LEAT_CODEC_STEP_BYTES;

    if (room == 0)
        return LEAT_LIMIT; /* leat_decompress says of what. */
    if (!leat_buffer_reserve(out, room))
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for %zu bytes of compressed data",
                         used + room);
    *out_room = room;
    return LEAT_OK;
}

leat_status leat_compressor_create(enum leat_codec_kind kind, struct leat_compressor **out,
                                   leat_error *err)
{
    return codecs[kind].ops->create(kind, out, err);
}

leat_status leat_compressor_add(struct leat_compressor *compressor, const void *bytes, size_t size,
                                struct leat_buffer *out, leat_error *err)
{
    if (size == 0)
        return LEAT_OK;
    return compressor->ops->run(compressor, (leat_bytes){bytes, size}, false, out, err);
}

leat_status leat_compressor_finish(struct leat_compressor *compressor, struct leat_buffer *out,
                                   leat_error *err)
{
    return compressor->ops->run(compressor, (leat_bytes){"", 0}, true, out, err);
}

void leat_compressor_destroy(struct leat_compressor *compressor)
{
    if (compressor != NULL)
        compressor->ops->destroy(compressor);
}

leat_status leat_decompress(enum leat_codec_kind kind, leat_bytes bytes, size_t bytes_max,
                            struct leat_buffer *out, leat_error *err)
{
    size_t before = out->size;
    leat_status status;

    if (bytes.size == 0)
        return leat_fail(err, LEAT_CORRUPT, "compressed data is missing");
    /* One byte more, so that a stream of exactly the limit comes to its end. */
    status =
        codecs[kind].ops->decompress(kind, bytes, bytes_max + (bytes_max < SIZE_MAX), out, err);
    if (status == LEAT_LIMIT || (status == LEAT_OK && out->size - before > bytes_max))
        return leat_fail(err, LEAT_LIMIT, "compressed data holds more than %zu bytes", bytes_max);
    return status;
}
