/* zstd_codec: zstd frames, see codec.h. */
#include <zstd.h>

#include "base/memory.h"
#include "codec/codec_internal.h"

struct zstd_compressor {
    struct leat_compressor base;
    ZSTD_CCtx *context; /* Owned. */
};

static leat_status zstd_create(enum leat_codec_kind kind, struct leat_compressor **out,
                               leat_error *err)
{
    struct zstd_compressor *self = leat_alloc(1, sizeof *self);

    (void)kind;
    if (self != NULL) {
        self->base.ops = &leat_zstd_ops;
        self->context = ZSTD_createCCtx();
        if (self->context != NULL) {
            (void)ZSTD_CCtx_setParameter(self->context, ZSTD_c_checksumFlag, 1);
            *out = &self->base;
            return LEAT_OK;
        }
    }
    leat_free(self);
    return leat_fail(err, LEAT_NO_MEMORY, "no memory to compress with");
}

static leat_status zstd_run(struct leat_compressor *compressor, leat_bytes bytes, bool finish,
                            struct leat_buffer *out, leat_error *err)
{
    struct zstd_compressor *self = (struct zstd_compressor *)compressor;
    ZSTD_inBuffer in = {bytes.data, bytes.size, 0};
    size_t left;

    do {
        ZSTD_outBuffer into;
        size_t room;

        LEAT_TRY(leat_codec_make_room(out, out->size, SIZE_MAX, &room, err));
        into = (ZSTD_outBuffer){out->data + out->size, room, 0};
        left =
            ZSTD_compressStream2(self->context, &into, &in, finish ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left))
            return leat_fail(err, LEAT_NO_MEMORY, "cannot compress: %s", ZSTD_getErrorName(left));
        out->size += into.pos;
    } while (in.pos < in.size || (finish && left > 0));
    return LEAT_OK;
}

static void zstd_destroy(struct leat_compressor *compressor)
{
    struct zstd_compressor *self = (struct zstd_compressor *)compressor;

    ZSTD_freeCCtx(self->context);
    leat_free(self);
}

/* One frame after the other, until the input is used up at a frame's end. */
static leat_status decompress_all(ZSTD_DCtx *context, leat_bytes bytes, size_t bytes_max,
                                  struct leat_buffer *out, leat_error *err)
{
    ZSTD_inBuffer in = {bytes.data, bytes.size, 0};
    size_t before = out->size;

    for (;;) {
        ZSTD_outBuffer into;
        size_t room;
        size_t hint;

        LEAT_TRY(leat_codec_make_room(out, before, bytes_max, &room, err));
        into = (ZSTD_outBuffer){out->data + out->size, room, 0};
        hint = ZSTD_decompressStream(context, &into, &in);
        if (ZSTD_isError(hint))
            return leat_fail(err, LEAT_CORRUPT, "compressed data is damaged: %s",
                             ZSTD_getErrorName(hint));
        out->size += into.pos;
        if (in.pos < in.size)
            continue;
        if (hint == 0)
            return LEAT_OK;
        if (into.pos < into.size)
            return leat_fail(err, LEAT_CORRUPT, "compressed data is damaged: it ends too early");
    }
}

static leat_status zstd_decompress(enum leat_codec_kind kind, leat_bytes bytes, size_t bytes_max,
                                   struct leat_buffer *out, leat_error *err)
{
    ZSTD_DCtx *context = ZSTD_createDCtx();
    leat_status status;

    (void)kind;
    if (context == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory to decompress with");
    status = decompress_all(context, bytes, bytes_max, out, err);
    ZSTD_freeDCtx(context);
    return status;
}

const struct leat_codec_ops leat_zstd_ops = {
    .create = zstd_create, .run = zstd_run, .destroy = zstd_destroy, .decompress = zstd_decompress};
