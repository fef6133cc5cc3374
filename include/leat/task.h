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
