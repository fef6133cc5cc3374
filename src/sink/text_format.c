/* text_format: lines of text, compressed as one stream. See part_files.h. */
#include "record/text.h"
#include "sink/part_files.h"

enum { PLAIN_BYTES = 64 << 10 };

static leat_status begin(struct leat_part *part, const leat_record *first, leat_error *err)
{
    int compression = part->files->options->compression;

    (void)first;
    if (compression == LEAT_CODEC_NONE)
        return LEAT_OK;
    return leat_compressor_create((enum leat_codec_kind)compression, &part->compressor, err);
}

static leat_status compress(struct leat_part *part, leat_error *err)
{
    leat_status status = leat_compressor_add(part->compressor, part->plain.data, part->plain.size,
                                             &part->ready, err);

    leat_buffer_reset(&part->plain);
    return status;
}

static leat_status add(struct leat_part *part, const leat_record *record, leat_error *err)
{
    struct leat_buffer *lines = part->compressor == NULL ? &part->ready : &part->plain;

    if (!leat_text_line_append(lines, record, part->key_type, part->value_type))
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a line");
    return part->plain.size >= PLAIN_BYTES ? compress(part, err) : LEAT_OK;
}

static leat_status end(struct leat_part *part, leat_error *err)
{
    if (part->compressor == NULL)
        return LEAT_OK;
    LEAT_TRY(compress(part, err));
    return leat_compressor_finish(part->compressor, &part->ready, err);
}

static void release(struct leat_part *part)
{
    leat_compressor_destroy(part->compressor);
    part->compressor = NULL;
    leat_buffer_release(&part->plain);
}

const struct leat_part_format leat_text_format = {
    .has_extension = true, .begin = begin, .add = add, .end = end, .release = release};
