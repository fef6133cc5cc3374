/*
 * sequence_file_reader: see sequence_file.h. No length in the file is believed: each is held
 * against what is really there before anything is made of it.
 */
#include <endian.h>
#include <string.h>

#include "record/sequence_file.h"

enum { VERSION = 6, NAME_MAX_BYTES = 1024, METADATA_MAX = 1000 };

static leat_status damaged(const struct leat_sequence_reader *reader, const char *what,
                           leat_error *err)
{
    return leat_fail(err, LEAT_CORRUPT, "SequenceFile is damaged at byte %zu of %zu: %s",
                     reader->at, reader->file.size, what);
}

/* ---- the header ---- */

static bool take(struct leat_sequence_reader *reader, size_t size, leat_bytes *out)
{
    if (reader->file.size - reader->at < size)
        return false;
    *out = (leat_bytes){reader->file.data + reader->at, size};
    reader->at += size;
    return true;
}

static bool take_i32(struct leat_sequence_reader *reader, uint32_t *out)
{
    leat_bytes bytes;

    if (!take(reader, sizeof *out, &bytes))
        return false;
    memcpy(out, bytes.data, sizeof *out);
    *out = be32toh(*out);
    return true;
}

static bool take_sized(struct leat_sequence_reader *reader, leat_bytes *out)
{
    uint32_t size;

    return leat_vint_read(reader->file, &reader->at, &size) && take(reader, size, out);
}

static leat_status take_name(struct leat_sequence_reader *reader, leat_bytes *out, leat_error *err)
{
    if (!take_sized(reader, out) || out->size > NAME_MAX_BYTES)
        return damaged(reader, "a class name is expected", err);
    return LEAT_OK;
}

static leat_status take_writable(struct leat_sequence_reader *reader, enum leat_writable *out,
                                 leat_error *err)
{
    leat_bytes name;

    LEAT_TRY(take_name(reader, &name, err));
    if (!leat_writable_of_class(name, out))
        return leat_fail(err, LEAT_INVALID,
                         "SequenceFile has class '%.*s', which is not one that is read here: "
                         "NullWritable, BytesWritable, Text, LongWritable or DoubleWritable",
                         name.size < 128 ? (int)name.size : 128, name.data);
    return LEAT_OK;
}

static leat_status take_codec(struct leat_sequence_reader *reader, leat_error *err)
{
    leat_bytes flags;
    leat_bytes name;

    if (!take(reader, 2, &flags) || (flags.data[0] & ~1) != 0 || (flags.data[1] & ~1) != 0 ||
        (flags.data[0] == 0 && flags.data[1] != 0))
        return damaged(reader, "how it is compressed is expected", err);
    reader->codec = LEAT_CODEC_NONE;
    reader->in_blocks = flags.data[1] != 0;
    if (flags.data[0] == 0)
        return LEAT_OK;
    LEAT_TRY(take_name(reader, &name, err));
    if (!leat_codec_of_class(name, &reader->codec))
        return leat_fail(err, LEAT_INVALID,
                         "SequenceFile has codec '%.*s', which is not one that is read here: "
                         "DefaultCodec, GzipCodec or ZStandardCodec",
                         name.size < 128 ? (int)name.size : 128, name.data);
    return LEAT_OK;
}

/* Pairs of texts that say nothing here. */
static leat_status skip_metadata(struct leat_sequence_reader *reader, leat_error *err)
{
    uint32_t count;
    leat_bytes text;

    if (!take_i32(reader, &count) || count > METADATA_MAX)
        return damaged(reader, "metadata is expected", err);
    for (uint32_t i = 0; i < 2 * count; i++)
        if (!take_sized(reader, &text))
            return damaged(reader, "metadata is cut off", err);
    return LEAT_OK;
}

leat_status leat_sequence_reader_init(struct leat_sequence_reader *reader, leat_bytes file,
                                      size_t bytes_max, leat_error *err)
{
    leat_bytes bytes;

    *reader = (struct leat_sequence_reader){.file = file, .bytes_max = bytes_max};
    if (!take(reader, 4, &bytes) || memcmp(bytes.data, "SEQ", 3) != 0)
        return damaged(reader, "it does not begin with 'SEQ'", err);
    if (bytes.data[3] != VERSION)
        return leat_fail(err, LEAT_INVALID, "SequenceFile is of version %d; only %d is read here",
                         bytes.data[3], VERSION);
    LEAT_TRY(take_writable(reader, &reader->key, err));
    LEAT_TRY(take_writable(reader, &reader->value, err));
    LEAT_TRY(take_codec(reader, err));
    LEAT_TRY(skip_metadata(reader, err));
    if (!take(reader, LEAT_SEQUENCE_SYNC_SIZE, &bytes))
        return damaged(reader, "it ends in its header", err);
    memcpy(reader->sync, bytes.data, sizeof reader->sync);
    return LEAT_OK;
}

void leat_sequence_reader_release(struct leat_sequence_reader *reader)
{
    leat_buffer_release(&reader->key_sizes.bytes);
    leat_buffer_release(&reader->keys.bytes);
    leat_buffer_release(&reader->value_sizes.bytes);
    leat_buffer_release(&reader->values.bytes);
}

/* ---- records ---- */

static bool take_sync(struct leat_sequence_reader *reader)
{
    leat_bytes found;

    return take(reader, LEAT_SEQUENCE_SYNC_SIZE, &found) &&
           memcmp(found.data, reader->sync, sizeof reader->sync) == 0;
}

static leat_status give(struct leat_sequence_reader *reader, leat_bytes key, leat_bytes value,
                        leat_bytes *out_key, leat_bytes *out_value, leat_error *err)
{
    leat_status status = leat_writable_read(reader->key, key, &reader->numbers[0], out_key, err);

    if (status == LEAT_OK)
        status = leat_writable_read(reader->value, value, &reader->numbers[1], out_value, err);
    if (status != LEAT_OK)
        leat_error_prefix(err, "SequenceFile is damaged before byte %zu", reader->at);
    return status;
}

static leat_status unpack(struct leat_sequence_reader *reader, leat_bytes packed,
                          struct leat_sequence_part *into, leat_error *err)
{
    leat_status status;

    leat_buffer_reset(&into->bytes);
    into->at = 0;
    status = leat_decompress(reader->codec, packed, reader->bytes_max, &into->bytes, err);
    if (status != LEAT_OK)
        leat_error_prefix(err, "SequenceFile before byte %zu", reader->at);
    return status;
}

/* The length of the next record; a sync marker before it, or at the very end, is passed over. */
static leat_status take_record_size(struct leat_sequence_reader *reader, uint32_t *out_size,
                                    bool *out_end, leat_error *err)
{
    if (!take_i32(reader, out_size))
        return damaged(reader, "a record's length is cut off", err);
    if (*out_size != UINT32_MAX)
        return LEAT_OK;
    if (!take_sync(reader))
        return damaged(reader, "a sync marker is expected", err);
    *out_end = reader->at == reader->file.size;
    if (!*out_end && !take_i32(reader, out_size))
        return damaged(reader, "a record's length is cut off", err);
    return LEAT_OK;
}

static leat_status read_alone(struct leat_sequence_reader *reader, leat_bytes *out_key,
                              leat_bytes *out_value, bool *out_end, leat_error *err)
{
    uint32_t size, key_size;
    leat_bytes key, value;

    LEAT_TRY(take_record_size(reader, &size, out_end, err));
    if (*out_end)
        return LEAT_OK;
    if (!take_i32(reader, &key_size) || key_size > size || size > INT32_MAX ||
        !take(reader, key_size, &key) || !take(reader, size - key_size, &value))
        return damaged(reader, "a record is cut off", err);
    if (reader->codec != LEAT_CODEC_NONE) {
        LEAT_TRY(unpack(reader, value, &reader->values, err));
        value = (leat_bytes){reader->values.bytes.data, reader->values.bytes.size};
    }
    return give(reader, key, value, out_key, out_value, err);
}

static leat_status begin_block(struct leat_sequence_reader *reader, leat_error *err)
{
    struct leat_sequence_part *const parts[] = {&reader->key_sizes, &reader->keys,
                                                &reader->value_sizes, &reader->values};
    uint32_t escape, count;
    leat_bytes packed;

    if (!take_i32(reader, &escape) || escape != UINT32_MAX || !take_sync(reader) ||
        !leat_vint_read(reader->file, &reader->at, &count) || count == 0)
        return damaged(reader, "a block's beginning is expected", err);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (!take_sized(reader, &packed))
            return damaged(reader, "a block is cut off", err);
        LEAT_TRY(unpack(reader, packed, parts[i], err));
    }
    reader->block_left = count;
    return LEAT_OK;
}

/* The next of a block's keys or values. */
static bool take_part(struct leat_sequence_part *sizes, struct leat_sequence_part *forms,
                      leat_bytes *out)
{
    uint32_t size;

    if (!leat_vint_read((leat_bytes){sizes->bytes.data, sizes->bytes.size}, &sizes->at, &size) ||
        forms->bytes.size - forms->at < size)
        return false;
    *out = (leat_bytes){forms->bytes.data == NULL ? "" : forms->bytes.data + forms->at, size};
    forms->at += size;
    return true;
}

static bool is_used_up(const struct leat_sequence_part *part)
{
    return part->at == part->bytes.size;
}

static leat_status read_from_block(struct leat_sequence_reader *reader, leat_bytes *out_key,
                                   leat_bytes *out_value, leat_error *err)
{
    leat_bytes key, value;

    if (!take_part(&reader->key_sizes, &reader->keys, &key) ||
        !take_part(&reader->value_sizes, &reader->values, &value))
        return damaged(reader, "the block before holds fewer records than it says", err);
    if (--reader->block_left == 0 &&
        !(is_used_up(&reader->key_sizes) && is_used_up(&reader->keys) &&
          is_used_up(&reader->value_sizes) && is_used_up(&reader->values)))
        return damaged(reader, "the block before holds more records than it says", err);
    return give(reader, key, value, out_key, out_value, err);
}

leat_status leat_sequence_read(struct leat_sequence_reader *reader, leat_bytes *out_key,
                               leat_bytes *out_value, bool *out_end, leat_error *err)
{
    *out_end = reader->block_left == 0 && reader->at == reader->file.size;
    if (*out_end)
        return LEAT_OK;
    if (!reader->in_blocks)
        return read_alone(reader, out_key, out_value, out_end, err);
    if (reader->block_left == 0)
        LEAT_TRY(begin_block(reader, err));
    return read_from_block(reader, out_key, out_value, err);
}
