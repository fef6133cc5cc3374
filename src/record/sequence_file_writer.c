/* sequence_file_writer: see sequence_file.h. */
#include <endian.h>
#include <string.h>

#include "base/memory.h"
#include "record/sequence_file.h"

enum {
    SYNC_INTERVAL_BYTES = 100 << 10, /* As Hadoop's. */
    BLOCK_BYTES = 1000000,           /* io.seqfile.compress.blocksize */
    VERSION = 6
};

struct leat_sequence_writer {
    struct leat_sequence_options options;
    struct leat_compressor *compressor; /* NULL without a codec. */
    struct leat_buffer form;            /* A record's key and value, or a packed part. */
    /* In blocks: what waits for its end. */
    struct leat_buffer key_sizes;
    struct leat_buffer keys;
    struct leat_buffer value_sizes;
    struct leat_buffer values;
    uint32_t block_records;
    uint64_t unsynced_bytes; /* Since the last sync. */
};

static bool in_blocks(const struct leat_sequence_writer *writer)
{
    return writer->compressor != NULL && !writer->options.by_record;
}

static leat_status no_memory(leat_error *err)
{
    return leat_fail(err, LEAT_NO_MEMORY, "no memory for a SequenceFile");
}

static bool append_name(struct leat_buffer *out, const char *name)
{
    return leat_vint_append(out, (uint32_t)strlen(name)) &&
           leat_buffer_append(out, name, strlen(name));
}

static bool append_i32(struct leat_buffer *out, uint32_t number)
{
    number = htobe32(number);
    return leat_buffer_append(out, &number, sizeof number);
}

static bool append_sync(const struct leat_sequence_writer *writer, struct leat_buffer *out)
{
    return append_i32(out, UINT32_MAX) &&
           leat_buffer_append(out, writer->options.sync, sizeof writer->options.sync);
}

static bool append_header(const struct leat_sequence_writer *writer, struct leat_buffer *out)
{
    const struct leat_sequence_options *options = &writer->options;

    return leat_buffer_append(out, "SEQ", 3) && leat_buffer_append_char(out, VERSION) &&
           append_name(out, leat_writable_class(options->key)) &&
           append_name(out, leat_writable_class(options->value)) &&
           leat_buffer_append_char(out, writer->compressor != NULL) &&
           leat_buffer_append_char(out, in_blocks(writer)) &&
           (writer->compressor == NULL || append_name(out, leat_codec_class(options->codec))) &&
           append_i32(out, 0) && leat_buffer_append(out, options->sync, sizeof options->sync);
}

leat_status leat_sequence_writer_create(const struct leat_sequence_options *options,
                                        struct leat_buffer *out,
                                        struct leat_sequence_writer **out_writer, leat_error *err)
{
    struct leat_sequence_writer *writer = leat_alloc(1, sizeof *writer);
    leat_status status = LEAT_OK;

    if (writer == NULL)
        return no_memory(err);
    writer->options = *options;
    if (options->codec != LEAT_CODEC_NONE)
        status = leat_compressor_create(options->codec, &writer->compressor, err);
    if (status == LEAT_OK && !append_header(writer, out))
        status = no_memory(err);
    if (status != LEAT_OK) {
        leat_sequence_writer_destroy(writer);
        return status;
    }
    *out_writer = writer;
    return LEAT_OK;
}

/* ---- record by record ---- */

/* The value's form goes through the compressor, when there is one. */
static leat_status append_value(struct leat_sequence_writer *writer, leat_bytes value,
                                leat_error *err)
{
    struct leat_buffer *form = &writer->form;

    if (writer->compressor == NULL)
        return leat_writable_append(writer->options.value, value, form, err);
    leat_buffer_reset(&writer->values);
    LEAT_TRY(leat_writable_append(writer->options.value, value, &writer->values, err));
    LEAT_TRY(leat_compressor_add(writer->compressor, writer->values.data, writer->values.size, form,
                                 err));
    return leat_compressor_finish(writer->compressor, form, err);
}

static leat_status append_alone(struct leat_sequence_writer *writer, leat_bytes key,
                                leat_bytes value, struct leat_buffer *out, leat_error *err)
{
    struct leat_buffer *form = &writer->form;
    size_t before = out->size;
    size_t key_size;

    leat_buffer_reset(form);
    LEAT_TRY(leat_writable_append(writer->options.key, key, form, err));
    key_size = form->size;
    LEAT_TRY(append_value(writer, value, err));
    if (form->size > INT32_MAX)
        return leat_fail(err, LEAT_LIMIT, "a record of %zu bytes is too large for a SequenceFile",
                         form->size);
    if (writer->unsynced_bytes >= SYNC_INTERVAL_BYTES) {
        if (!append_sync(writer, out))
            return no_memory(err);
        writer->unsynced_bytes = 0;
    }
    if (!append_i32(out, (uint32_t)form->size) || !append_i32(out, (uint32_t)key_size) ||
        !leat_buffer_append(out, form->data, form->size))
        return no_memory(err);
    writer->unsynced_bytes += out->size - before;
    return LEAT_OK;
}

/* ---- in blocks ---- */

static leat_status append_packed(struct leat_sequence_writer *writer, struct leat_buffer *part,
                                 struct leat_buffer *out, leat_error *err)
{
    struct leat_buffer *packed = &writer->form;

    leat_buffer_reset(packed);
    LEAT_TRY(leat_compressor_add(writer->compressor, part->data, part->size, packed, err));
    LEAT_TRY(leat_compressor_finish(writer->compressor, packed, err));
    leat_buffer_reset(part);
    if (packed->size > INT32_MAX)
        return leat_fail(err, LEAT_LIMIT, "a block of %zu bytes is too large for a SequenceFile",
                         packed->size);
    if (!leat_vint_append(out, (uint32_t)packed->size) ||
        !leat_buffer_append(out, packed->data, packed->size))
        return no_memory(err);
    return LEAT_OK;
}

static leat_status end_block(struct leat_sequence_writer *writer, struct leat_buffer *out,
                             leat_error *err)
{
    if (writer->block_records == 0)
        return LEAT_OK;
    if (!append_sync(writer, out) || !leat_vint_append(out, writer->block_records))
        return no_memory(err);
    writer->block_records = 0;
    LEAT_TRY(append_packed(writer, &writer->key_sizes, out, err));
    LEAT_TRY(append_packed(writer, &writer->keys, out, err));
    LEAT_TRY(append_packed(writer, &writer->value_sizes, out, err));
    return append_packed(writer, &writer->values, out, err);
}

static leat_status append_sized(enum leat_writable writable, leat_bytes bytes,
                                struct leat_buffer *forms, struct leat_buffer *sizes,
                                leat_error *err)
{
    size_t before = forms->size;

    LEAT_TRY(leat_writable_append(writable, bytes, forms, err));
    return leat_vint_append(sizes, (uint32_t)(forms->size - before)) ? LEAT_OK : no_memory(err);
}

static leat_status append_to_block(struct leat_sequence_writer *writer, leat_bytes key,
                                   leat_bytes value, struct leat_buffer *out, leat_error *err)
{
    const struct leat_sequence_options *options = &writer->options;

    LEAT_TRY(append_sized(options->key, key, &writer->keys, &writer->key_sizes, err));
    LEAT_TRY(append_sized(options->value, value, &writer->values, &writer->value_sizes, err));
    writer->block_records++;
    return writer->keys.size + writer->values.size >= BLOCK_BYTES ? end_block(writer, out, err)
                                                                  : LEAT_OK;
}

leat_status leat_sequence_append(struct leat_sequence_writer *writer, leat_bytes key,
                                 leat_bytes value, struct leat_buffer *out, leat_error *err)
{
    return in_blocks(writer) ? append_to_block(writer, key, value, out, err)
                             : append_alone(writer, key, value, out, err);
}

leat_status leat_sequence_finish(struct leat_sequence_writer *writer, struct leat_buffer *out,
                                 leat_error *err)
{
    return in_blocks(writer) ? end_block(writer, out, err) : LEAT_OK;
}

void leat_sequence_writer_destroy(struct leat_sequence_writer *writer)
{
    if (writer == NULL)
        return;
    leat_compressor_destroy(writer->compressor);
    leat_buffer_release(&writer->form);
    leat_buffer_release(&writer->key_sizes);
    leat_buffer_release(&writer->keys);
    leat_buffer_release(&writer->value_sizes);
    leat_buffer_release(&writer->values);
    leat_free(writer);
}
