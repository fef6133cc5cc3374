/*
 * sequence_file: Hadoop's SequenceFile, version 6, written and read as pure functions over buffers.
 *
 *   "SEQ" 6, key class, value class, compressed?, in blocks?, codec class if compressed,
 *   metadata (none), sync                                                  sync: 16 random bytes
 *   { length, key length, key, value }*            not in blocks; the value alone is compressed
 *   { -1, sync, count, key lengths, keys, value lengths, values }*       in blocks; each of the
 * four is compressed as a whole
 *
 * Not in blocks, "-1, sync" stands before a record about every 100 kB: where a reader may begin.
 *
 *   Hadoop's class     here                        null
 *   NullWritable       nothing                     is what it holds
 *   BytesWritable      LEAT_BYTES, LEAT_MSGPACK    is written as no bytes
 *   Text               LEAT_STRING, LEAT_JSON      is written as ""
 *   LongWritable       LEAT_I64                    cannot be written
 *   DoubleWritable     LEAT_F64                    cannot be written
 *
 * Thread: a writer or reader belongs to one.
 */
#ifndef LEAT_RECORD_SEQUENCE_FILE_H
#define LEAT_RECORD_SEQUENCE_FILE_H

#include "base/buffer.h"
#include "codec/codec.h"

enum { LEAT_SEQUENCE_SYNC_SIZE = 16 };

enum leat_writable {
    LEAT_WRITABLE_NULL,
    LEAT_WRITABLE_BYTES,
    LEAT_WRITABLE_TEXT,
    LEAT_WRITABLE_LONG,
    LEAT_WRITABLE_DOUBLE,
    LEAT_WRITABLE_COUNT
};

/* "org.apache.hadoop.io.Text" */
const char *leat_writable_class(enum leat_writable writable);
bool leat_writable_of_class(leat_bytes name, enum leat_writable *out);
enum leat_writable leat_writable_of_type(leat_type type);
/* LEAT_BYTES of NullWritable, too. */
leat_type leat_writable_type(enum leat_writable writable);

/* Appends the class's own form of bytes. LEAT_INVALID when it has none: a number that is null or
 * not 8 bytes, something for NullWritable; LEAT_LIMIT beyond 2 GB. */
LEAT_MUST_CHECK leat_status leat_writable_append(enum leat_writable writable, leat_bytes bytes,
                                                 struct leat_buffer *out, leat_error *err);
/* The opposite: a view into form, or of *number, in host order. LEAT_CORRUPT when form is not the
 * class's. */
LEAT_MUST_CHECK leat_status leat_writable_read(enum leat_writable writable, leat_bytes form,
                                               uint64_t *number, leat_bytes *out, leat_error *err);

/* Hadoop's variable-length integers. Values that are never negative here. */
LEAT_MUST_CHECK bool leat_vint_append(struct leat_buffer *out, uint32_t number);
/* False when it is cut off, negative or more than an int; *at is then where it was. */
bool leat_vint_read(leat_bytes bytes, size_t *at, uint32_t *out);

/* ---- writing ---- */

struct leat_sequence_options {
    enum leat_writable key;
    enum leat_writable value;
    enum leat_codec_kind codec;
    bool by_record; /* With a codec: each value alone, not blocks. */
    unsigned char sync[LEAT_SEQUENCE_SYNC_SIZE];
};

struct leat_sequence_writer;

/* Appends the header to out. Caller destroys *out_writer. */
LEAT_MUST_CHECK leat_status leat_sequence_writer_create(const struct leat_sequence_options *options,
                                                        struct leat_buffer *out,
                                                        struct leat_sequence_writer **out_writer,
                                                        leat_error *err);
/* Appends what is complete to out, which the caller may empty in between. After a failure the file
 * is not to be used. */
LEAT_MUST_CHECK leat_status leat_sequence_append(struct leat_sequence_writer *writer,
                                                 leat_bytes key, leat_bytes value,
                                                 struct leat_buffer *out, leat_error *err);
/* Appends the last block. */
LEAT_MUST_CHECK leat_status leat_sequence_finish(struct leat_sequence_writer *writer,
                                                 struct leat_buffer *out, leat_error *err);
/* Accepts NULL. */
void leat_sequence_writer_destroy(struct leat_sequence_writer *writer);

/* ---- reading ---- */

/* A block's four parts, decompressed, and how far they were read. */
struct leat_sequence_part {
    struct leat_buffer bytes;
    size_t at;
};

struct leat_sequence_reader {
    leat_bytes file; /* Borrowed. */
    size_t at;
    size_t bytes_max;
    enum leat_writable key;
    enum leat_writable value;
    enum leat_codec_kind codec;
    bool in_blocks;
    unsigned char sync[LEAT_SEQUENCE_SYNC_SIZE];
    uint32_t block_left; /* Records of the block in work. */
    struct leat_sequence_part key_sizes, keys, value_sizes, values;
    uint64_t numbers[2];
};

/*
 * Reads the header of a whole file, which stays borrowed. bytes_max bounds what any compressed part
 * may grow to. LEAT_CORRUPT when it is no SequenceFile, LEAT_INVALID when it is of another version,
 * or has a class or codec that is not known here. Caller releases the reader in any case.
 */
LEAT_MUST_CHECK leat_status leat_sequence_reader_init(struct leat_sequence_reader *reader,
                                                      leat_bytes file, size_t bytes_max,
                                                      leat_error *err);
/* The next record: views until the next call; *out_end true when there is none. LEAT_CORRUPT names
 * the place. */
LEAT_MUST_CHECK leat_status leat_sequence_read(struct leat_sequence_reader *reader,
                                               leat_bytes *out_key, leat_bytes *out_value,
                                               bool *out_end, leat_error *err);
void leat_sequence_reader_release(struct leat_sequence_reader *reader);

#endif
