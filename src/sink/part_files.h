/*
 * part_files: an output directory of a batch: a part for each partition, of whatever format.
 *
 *   task -> format (text_format.c, sequence_format.c) -> part's buffer -> file in the staged
 *   directory, which the batch publishes as a whole
 *
 * Each task attempt writes its part from the beginning. A part is one file, or with a limit of
 * records or bytes one after the other. Which partitions have a file, and whether there is a
 * directory at all, is decided here, for all formats alike.
 *
 * Thread: create on the scheduler's; formats on task threads, a part belongs to one.
 */
#ifndef LEAT_SINK_PART_FILES_H
#define LEAT_SINK_PART_FILES_H

#include <stdatomic.h>

#include "base/buffer.h"
#include "codec/codec.h"
#include "exec/batch.h"
#include "exec/terminal.h"
#include "files/files.h"

struct leat_part;
struct leat_sequence_writer; /* record/sequence_file.h */

/* How records become a file's bytes, which go to part->ready. Errors are the task's. */
struct leat_part_format {
    bool has_extension; /* The codec's, at the file's name. */
    /* A file begins; first is the record that follows, NULL when the file stays empty. */
    leat_status (*begin)(struct leat_part *part, const leat_record *first, leat_error *err);
    leat_status (*add)(struct leat_part *part, const leat_record *record, leat_error *err);
    leat_status (*end)(struct leat_part *part, leat_error *err);
    /* Gives back what begin took; what was not begun is released, too. */
    void (*release)(struct leat_part *part);
};

extern const struct leat_part_format leat_text_format;
extern const struct leat_part_format leat_sequence_format;
/* Nothing but the values: NullWritable and BytesWritable. */
extern const struct leat_part_format leat_object_format;

struct leat_part_files {
    const struct leat_file_system *files;
    const struct leat_files_options *options; /* The batch's. */
    const struct leat_part_format *format;
    const char *staged;
    const char *final;
    bool is_lazy; /* No directory and no files until a record comes. */
    atomic_bool is_made;
    atomic_bool has_records;
};

/* One partition's in a task attempt. */
struct leat_part {
    struct leat_part_files *files;
    leat_type key_type;
    leat_type value_type;
    int32_t partition;
    struct leat_buffer path;
    int file;
    bool is_open;
    bool is_begun;         /* The format's begin was called for the file. */
    int64_t file_count;    /* Opened so far. */
    int64_t records;       /* In this file. */
    int64_t bytes_written; /* To this file. */
    int64_t records_total;
    struct leat_buffer ready; /* Waits to be written. */
    /* The format's. */
    struct leat_buffer plain; /* Waits to be compressed. */
    struct leat_compressor *compressor;
    struct leat_sequence_writer *sequence;
    bool has_null_keys;
};

struct leat_part_files_options {
    const struct leat_part_format *format;
    const char *final; /* The batch's. */
    int number;        /* Of the output in the batch: its staged directory's name. */
    bool always;       /* Published and with parts whatever the batch reads. */
    const char *name;  /* "save_as_text_files" */
    const char *where;
};

/* Stages the directory in rdd's batch, and makes the terminal that fills it, in the batch's memory.
 */
LEAT_MUST_CHECK leat_status leat_part_files_create(struct leat_rdd *rdd,
                                                   const struct leat_part_files_options *options,
                                                   struct leat_terminal **out, leat_error *err);

/* A copy of path in the batch's memory; NULL when that is out. */
const char *leat_part_files_keep(struct leat_batch *batch, const struct leat_buffer *path);

#endif
