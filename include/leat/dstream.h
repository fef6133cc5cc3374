/*
 * leat/dstream.h: operators and output operations on DStreams.
 *
 * leat_op(stream, function, user) are variadic macros that catch the place of the call over the
 * exported leat_op_at. Streams belong to their context. A NULL stream passes through.
 */
#ifndef LEAT_DSTREAM_H
#define LEAT_DSTREAM_H

#include "leat/base.h"
#include "leat/task.h"

#ifdef __cplusplus
extern "C" {
#endif

#define leat_map(...) leat_map_at(LEAT_HERE, __VA_ARGS__)
#define leat_flat_map(...) leat_flat_map_at(LEAT_HERE, __VA_ARGS__)
#define leat_filter(...) leat_filter_at(LEAT_HERE, __VA_ARGS__)
#define leat_map_values(...) leat_map_values_at(LEAT_HERE, __VA_ARGS__)
#define leat_flat_map_values(...) leat_flat_map_values_at(LEAT_HERE, __VA_ARGS__)
#define leat_map_partitions(...) leat_map_partitions_at(LEAT_HERE, __VA_ARGS__)
#define leat_transform(...) leat_transform_at(LEAT_HERE, __VA_ARGS__)
#define leat_union(...) leat_union_at(LEAT_HERE, __VA_ARGS__)
#define leat_foreach_rdd(...) leat_foreach_rdd_at(LEAT_HERE, __VA_ARGS__)
#define leat_print(...) leat_print_at(LEAT_HERE, __VA_ARGS__)
#define leat_save_as_text_files(...) leat_save_as_text_files_at(LEAT_HERE, __VA_ARGS__)
#define leat_save_as_hadoop_files(...) leat_save_as_hadoop_files_at(LEAT_HERE, __VA_ARGS__)
#define leat_save_as_object_files(...) leat_save_as_object_files_at(LEAT_HERE, __VA_ARGS__)
#define leat_save_to_kafka(...) leat_save_to_kafka_at(LEAT_HERE, __VA_ARGS__)

/* ---- operators: lazy, per partition, order kept ---- */

/* fn emits exactly one record per input. Since: 0.1 */
LEAT_API leat_dstream *leat_map_at(const char *where, leat_dstream *stream, leat_map_fn fn,
                                   void *user);
/* fn emits any number. Since: 0.1 */
LEAT_API leat_dstream *leat_flat_map_at(const char *where, leat_dstream *stream, leat_map_fn fn,
                                        void *user);
/* Keeps the records for which fn says so; types stay. Since: 0.1 */
LEAT_API leat_dstream *leat_filter_at(const char *where, leat_dstream *stream, leat_filter_fn fn,
                                      void *user);
/* As map and flat_map; the key given to emit is ignored, the input's stays. Since: 0.1 */
LEAT_API leat_dstream *leat_map_values_at(const char *where, leat_dstream *stream, leat_map_fn fn,
                                          void *user);
LEAT_API leat_dstream *leat_flat_map_values_at(const char *where, leat_dstream *stream,
                                               leat_map_fn fn, void *user);
/* fn is called once per partition, for empty ones too. Since: 0.1 */
LEAT_API leat_dstream *leat_map_partitions_at(const char *where, leat_dstream *stream,
                                              leat_map_partitions_fn fn, void *user);
/* fn makes this batch's RDD of the parent's, on the scheduler's thread. Since: 0.1 */
LEAT_API leat_dstream *leat_transform_at(const char *where, leat_dstream *stream,
                                         leat_transform_fn fn, void *user);
/* Both streams' partitions, left's first; types must be equal. Since: 0.1 */
LEAT_API leat_dstream *leat_union_at(const char *where, leat_dstream *left, leat_dstream *right);

/* Modifier: declares what the operator just added emits, and returns it. LEAT_INHERIT (0) keeps the
 * parent's type. Since: 0.1 */
LEAT_API leat_dstream *leat_typed(leat_dstream *stream, leat_type key, leat_type value);

/* ---- output operations: what makes a stream run ----
 *
 * All of a batch are published together. print and the functions of foreach_rdd run in the order of
 * registration; what the engine writes goes along with the first action that they run, or alone.
 */

/* fn is called for every batch, for an empty one too. Since: 0.1 */
LEAT_API void leat_foreach_rdd_at(const char *where, leat_dstream *stream, leat_rdd_fn fn,
                                  void *user);
/* The first count records of each batch as text lines on stdout, under the batch time. Since: 0.1
 */
LEAT_API void leat_print_at(const char *where, leat_dstream *stream, size_t count);
/*
 * A directory <prefix>-<batch time in ms>[.<suffix>] per batch that read or wrote records, with
 * part-00000 and so on, one per partition, and _SUCCESS. It appears whole, by rename, after the
 * batch was committed. A line is the value by its type, after the key and a TAB when the key's type
 * is not LEAT_BYTES; a newline inside is not escaped. suffix may be NULL. leat.files.compression
 * makes it part-00000.gz or .zst; leat.files.* also has what keeps files from being too small or
 * too large. Since: 0.1
 */
LEAT_API void leat_save_as_text_files_at(const char *where, leat_dstream *stream,
                                         const char *prefix, const char *suffix);
/*
 * The same directories with Hadoop SequenceFiles, compressed in blocks or by record as
 * leat.files.compression and .type say. Classes by type: LEAT_STRING and LEAT_JSON are Text,
 * LEAT_I64 LongWritable, LEAT_F64 DoubleWritable, the others BytesWritable. LEAT_BYTES keys are
 * NullWritable in a file whose first record has a null key, as in Spark's Python; a key after it
 * fails the batch, and leat_typed helps. Else a null is an empty BytesWritable or Text, and refused
 * as a number. Since: 0.1
 */
LEAT_API void leat_save_as_hadoop_files_at(const char *where, leat_dstream *stream,
                                           const char *prefix, const char *suffix);
/* SequenceFiles of NullWritable and BytesWritable, as Spark's: here the value's own bytes, of any
 * type, where Spark has ten serialised Java objects. Keys are dropped. Since: 0.1 */
LEAT_API void leat_save_as_object_files_at(const char *where, leat_dstream *stream,
                                           const char *prefix, const char *suffix);
/* Every record to topic, with its key, headers and timestamp, in the batch's transaction. sink
 * NULL: the job's only one, or the first source's cluster. Since: 0.1 */
LEAT_API void leat_save_to_kafka_at(const char *where, leat_dstream *stream, const leat_sink *sink,
                                    const char *topic);

#ifdef __cplusplus
}
#endif
#endif
