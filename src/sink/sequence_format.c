/*
 * sequence_format: Hadoop's SequenceFiles of pairs, or of values alone. See part_files.h.
 *
 * A LEAT_BYTES key has no class of its own: as Spark's Python does, a file takes it from its first
 * record. So keys that are all null are NullWritable, and cost nothing.
 */
#include "record/sequence_file.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "sink/part_files.h"

static const leat_bytes null = {NULL, 0};

static leat_status create_writer(struct leat_part *part, enum leat_writable key,
                                 enum leat_writable value, leat_error *err)
{
    const struct leat_files_options *files = part->files->options;
    struct leat_sequence_options options = {.key = key,
                                            .value = value,
                                            .codec = (enum leat_codec_kind)files->compression,
                                            .by_record = files->by_record};

    /* Nobody may guess it: a record with the marker inside would begin a record for a reader. */
    if (getrandom(options.sync, sizeof options.sync, 0) != (ssize_t)sizeof options.sync)
        return leat_fail(err, LEAT_IO, "the system gives no random bytes: %s", strerror(errno));
    return leat_sequence_writer_create(&options, &part->ready, &part->sequence, err);
}

static leat_status begin_pairs(struct leat_part *part, const leat_record *first, leat_error *err)
{
    part->has_null_keys =
        part->key_type == LEAT_BYTES && (first == NULL || first->key.data == NULL);
    return create_writer(
        part, part->has_null_keys ? LEAT_WRITABLE_NULL : leat_writable_of_type(part->key_type),
        leat_writable_of_type(part->value_type), err);
}

/* Names the record and the part. */
static leat_status append(struct leat_part *part, const leat_record *record, leat_bytes key,
                          leat_error *err)
{
    leat_status status =
        leat_sequence_append(part->sequence, key, record->value, &part->ready, err);

    if (status != LEAT_OK)
        leat_error_prefix(err, "record %lld of partition %d", (long long)part->records_total + 1,
                          (int)part->partition);
    return status;
}

static leat_status add_pair(struct leat_part *part, const leat_record *record, leat_error *err)
{
    if (part->has_null_keys && record->key.data != NULL)
        return leat_fail(err, LEAT_INVALID,
                         "record %lld of partition %d has a key, and those before it have none, so "
                         "their SequenceFile has NullWritable keys; declare the keys' type with "
                         "leat_typed, for example LEAT_STRING",
                         (long long)part->records_total + 1, (int)part->partition);
    return append(part, record, record->key, err);
}

static leat_status begin_values(struct leat_part *part, const leat_record *first, leat_error *err)
{
    (void)first;
    return create_writer(part, LEAT_WRITABLE_NULL, LEAT_WRITABLE_BYTES, err);
}

static leat_status add_value(struct leat_part *part, const leat_record *record, leat_error *err)
{
    return append(part, record, null, err);
}

static leat_status end(struct leat_part *part, leat_error *err)
{
    return leat_sequence_finish(part->sequence, &part->ready, err);
}

static void release(struct leat_part *part)
{
    leat_sequence_writer_destroy(part->sequence);
    part->sequence = NULL;
}

const struct leat_part_format leat_sequence_format = {
    .begin = begin_pairs, .add = add_pair, .end = end, .release = release};

const struct leat_part_format leat_object_format = {
    .begin = begin_values, .add = add_value, .end = end, .release = release};
