/* zlib_codec: zlib streams and gzip members, see codec.h. */
#define ZLIB_CONST
#include <limits.h>
#include <zlib.h>

#include "base/memory.h"
#include "codec/codec_internal.h"

enum { WINDOW_BITS = 15, GZIP_WRAPPER = 16, MEMORY_LEVEL = 8 };

struct zlib_compressor {
    struct leat_compressor base;
    z_stream stream;
};

static void *zlib_alloc(void *opaque, uInt count, uInt size)
{
    (void)opaque;
    return leat_alloc(count, size);
}

static void zlib_free(void *opaque, void *block)
{
    (void)opaque;
    leat_free(block);
}

static int window_bits(enum leat_codec_kind kind)
{
    return WINDOW_BITS + (kind == LEAT_CODEC_GZIP ? GZIP_WRAPPER : 0);
}

static leat_status zlib_create(enum leat_codec_kind kind, struct leat_compressor **out,
                               leat_error *err)
{
    struct zlib_compressor *self = leat_alloc(1, sizeof *self);

    if (self != NULL) {
        self->base.ops = &leat_zlib_ops;
        self->stream.zalloc = zlib_alloc;
        self->stream.zfree = zlib_free;
        if (deflateInit2(&self->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits(kind),
                         MEMORY_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK) {
            *out = &self->base;
            return LEAT_OK;
        }
    }
    leat_free(self);
    return leat_fail(err, LEAT_NO_MEMORY, "no memory to compress with");
}

/* Shows the stream a part of the input that its counters can hold; how much is left. */
static size_t feed(z_stream *stream, const char *bytes, size_t size)
{
    stream->avail_in = size < INT_MAX ? (uInt)size : INT_MAX;
    stream->next_in = (const Bytef *)bytes;
    return size - stream->avail_in;
}

static leat_status zlib_run(struct leat_compressor *compressor, leat_bytes bytes, bool finish,
                            struct leat_buffer *out, leat_error *err)
{
    z_stream *stream = &((struct zlib_compressor *)compressor)->stream;
    size_t left = bytes.size;
    int result = Z_OK;

    do {
        size_t room;
        size_t behind = feed(stream, bytes.data + bytes.size - left, left);

        LEAT_TRY(leat_codec_make_room(out, out->size, SIZE_MAX, &room, err));
        stream->next_out = (Bytef *)out->data + out->size;
        stream->avail_out = (uInt)room;
        result = deflate(stream, finish && behind == 0 ? Z_FINISH : Z_NO_FLUSH);
        out->size += room - stream->avail_out;
        left = behind + stream->avail_in;
    } while (left > 0 || stream->avail_out == 0 || (finish && result == Z_OK));
    if (finish)
        (void)deflateReset(stream);
    return LEAT_OK;
}

static void zlib_destroy(struct leat_compressor *compressor)
{
    struct zlib_compressor *self = (struct zlib_compressor *)compressor;

    (void)deflateEnd(&self->stream);
    leat_free(self);
}

/* One stream after the other, until the input is used up at a stream's end. */
static leat_status inflate_all(z_stream *stream, leat_bytes bytes, size_t bytes_max,
                               struct leat_buffer *out, leat_error *err)
{
    size_t before = out->size;
    size_t left = bytes.size;

    for (;;) {
        size_t room;
        size_t behind = feed(stream, bytes.data + bytes.size - left, left);
        int result;

        LEAT_TRY(leat_codec_make_room(out, before, bytes_max, &room, err));
        stream->next_out = (Bytef *)out->data + out->size;
        stream->avail_out = (uInt)room;
        result = inflate(stream, Z_NO_FLUSH);
        out->size += room - stream->avail_out;
        left = behind + stream->avail_in;
        if (result == Z_MEM_ERROR)
            return leat_fail(err, LEAT_NO_MEMORY, "no memory to decompress with");
        if (result == Z_STREAM_END && left == 0)
            return LEAT_OK;
        if (result == Z_STREAM_END)
            (void)inflateReset(stream);
        else if (result != Z_OK || (left == 0 && stream->avail_out > 0))
            return leat_fail(err, LEAT_CORRUPT, "compressed data is damaged: %s",
                             stream->msg == NULL ? "it ends too early" : stream->msg);
    }
}

static leat_status zlib_decompress(enum leat_codec_kind kind, leat_bytes bytes, size_t bytes_max,
                                   struct leat_buffer *out, leat_error *err)
{
    z_stream stream = {.zalloc = zlib_alloc, .zfree = zlib_free};
    leat_status status;

    if (inflateInit2(&stream, window_bits(kind)) != Z_OK)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory to decompress with");
    status = inflate_all(&stream, bytes, bytes_max, out, err);
    (void)inflateEnd(&stream);
    return status;
}

const struct leat_codec_ops leat_zlib_ops = {
    .create = zlib_create, .run = zlib_run, .destroy = zlib_destroy, .decompress = zlib_decompress};
