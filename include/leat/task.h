/*
 * leat/task.h: what an operator's function works with: the task, records, iterators and emitters.
 *
 * Functions are f(task, inputs, outputs, user) and return a status. Several task threads call them
 * at once with the same `user`, which they may only read (or guard); a task and all that is reached
 * through it belongs to one thread.
 */
#ifndef LEAT_TASK_H
#define LEAT_TASK_H

#include "leat/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- function types: the same for a DStream operator and its RDD namesake ---- */

typedef leat_status (*leat_map_fn)(leat_task *task, const leat_record *in, leat_emitter *out,
                                   void *user);
typedef leat_status (*leat_filter_fn)(leat_task *task, const leat_record *in, bool *out_keep,
                                      void *user);
typedef leat_status (*leat_foreach_fn)(leat_task *task, const leat_record *in, void *user);
typedef leat_status (*leat_map_partitions_fn)(leat_task *task, leat_iterator *in, leat_emitter *out,
                                              void *user);
typedef leat_status (*leat_foreach_partition_fn)(leat_task *task, leat_iterator *in, void *user);
/* into holds what was combined so far, at first the key's first value; adds value to it. Called in
 * any order and grouping, on several tasks: it must be associative and commutative. A failing one
 * leaves into as it was; LEAT_BAD_RECORD fails the batch, too. */
typedef leat_status (*leat_reduce_fn)(leat_task *task, leat_buffer *into, leat_bytes value,
                                      void *user);
/* All values of one key, each as a record; emits any number. */
typedef leat_status (*leat_group_fn)(leat_task *task, leat_bytes key, leat_iterator *values,
                                     leat_emitter *out, void *user);
typedef leat_status (*leat_cogroup_fn)(leat_task *task, leat_bytes key, leat_iterator *left,
                                       leat_iterator *right, leat_emitter *out, void *user);
/* One pair; in outer joins the missing side is NULL (a null value is not). */
typedef leat_status (*leat_join_fn)(leat_task *task, const leat_record *left,
                                    const leat_record *right, leat_emitter *out, void *user);
/* The partition of key, below partitions. The same for equal keys, on every run. */
typedef uint32_t (*leat_partitioner_fn)(leat_bytes key, uint32_t partitions, void *user);
/* On the scheduler's thread, once a batch, for an empty one too. */
typedef leat_status (*leat_rdd_fn)(leat_rdd *rdd, void *user);
/* On the scheduler's thread. NULL without leat_rdd_fail: no RDD in this batch. */
typedef leat_rdd *(*leat_transform_fn)(leat_rdd *rdd, void *user);

/* ---- records ---- */

/* NULL after a shuffle; one pointer per topic, so topics can be compared by pointer. Since: 0.1 */
LEAT_API const char *leat_record_topic(const leat_record *record);

/* -1 after a shuffle. Since: 0.1 */
LEAT_API int32_t leat_record_partition(const leat_record *record);

/* The header at index (from 0), false past the last one. Borrowed like the record. Since: 0.1 */
LEAT_API bool leat_record_header(const leat_record *record, size_t index, const char **out_name,
                                 leat_bytes *out_value);

/* The next record, borrowed until the next call; NULL at the end or on an error, and an error fails
 * the task whatever the function returns. Since: 0.1 */
LEAT_API const leat_record *leat_iterator_next(leat_iterator *iterator);

/* ---- emitting: copies, but a view into the current input stays a view ----
 *
 * Timestamp, headers and origin are the input's. What a call emitted before it failed is dropped.
 * map emits exactly one record. map_values and flat_map_values ignore the key given here: the
 * input's stays. Emitting another size than the stream's declared type has is LEAT_INVALID.
 */
LEAT_API leat_status leat_emit(leat_emitter *out, leat_bytes key, leat_bytes value);
LEAT_API leat_status leat_emit_i64(leat_emitter *out, leat_bytes key, int64_t value);
LEAT_API leat_status leat_emit_f64(leat_emitter *out, leat_bytes key, double value);

/* A whole record with its own timestamp and the headers of any live input. Since: 0.1 */
LEAT_API leat_status leat_emit_record(leat_emitter *out, const leat_record *record);

/* ---- buffers: what a reducer combines into ---- */

/* Borrowed until the next set. Null before the first. Since: 0.1 */
LEAT_API leat_bytes leat_buffer_view(const leat_buffer *buffer);
/* Copies; value may be part of the buffer. LEAT_NO_MEMORY leaves it as it was. Since: 0.1 */
LEAT_API leat_status leat_buffer_set(leat_buffer *buffer, leat_bytes value);
LEAT_API leat_status leat_buffer_set_i64(leat_buffer *buffer, int64_t value);
LEAT_API leat_status leat_buffer_set_f64(leat_buffer *buffer, double value);

/* Reducers that the engine knows: it runs them, and the inverse of the sums, without a call. A sum
 * that overflows is LEAT_LIMIT. Values of another size than 8 bytes are LEAT_BAD_RECORD. Since: 0.1
 */
LEAT_API leat_status leat_sum_i64(leat_task *task, leat_buffer *into, leat_bytes value, void *user);
LEAT_API leat_status leat_min_i64(leat_task *task, leat_buffer *into, leat_bytes value, void *user);
LEAT_API leat_status leat_max_i64(leat_task *task, leat_buffer *into, leat_bytes value, void *user);
LEAT_API leat_status leat_sum_f64(leat_task *task, leat_buffer *into, leat_bytes value, void *user);
LEAT_API leat_status leat_min_f64(leat_task *task, leat_buffer *into, leat_bytes value, void *user);
LEAT_API leat_status leat_max_f64(leat_task *task, leat_buffer *into, leat_bytes value, void *user);

/* ---- task ---- */

/* Says why the function fails; returns status, so: return leat_task_fail(...). Since: 0.1 */
LEAT_API leat_status leat_task_fail(leat_task *task, leat_status status, const char *format, ...)
    LEAT_PRINTF(3, 4);

/* Memory until the function returns (from a per-partition function: until the next record); NULL
 * means that the task has failed. Since: 0.1 */
LEAT_API void *leat_task_alloc(leat_task *task, size_t size);

/* Text with the same lifetime; the null view when memory is out. Since: 0.1 */
LEAT_API leat_bytes leat_task_format(leat_task *task, const char *format, ...) LEAT_PRINTF(2, 3);

/* Of the batch, as Spark's TaskContext and foreachRDD's time. (time, partition) names an effect
 * outside Kafka for deduplication: a replay has the same records under it. Since: 0.1 */
LEAT_API leat_time leat_task_time(const leat_task *task);
LEAT_API int32_t leat_task_partition(const leat_task *task);
LEAT_API int32_t leat_task_stage(const leat_task *task);
LEAT_API int32_t leat_task_attempt(const leat_task *task);

#ifdef __cplusplus
}
#endif
#endif
