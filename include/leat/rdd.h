/*
 * leat/rdd.h: one batch's RDDs, inside the functions given to leat_foreach_rdd and leat_transform.
 *
 * An RDD is borrowed until the function that it was given to, or made in, returns. Operators are
 * lazy and sticky: NULL passes through, and the action that follows returns the error. Each action
 * reads the batch's records; what an earlier action of the batch read is fetched again, except
 * after take and is_empty.
 *
 * Thread: the scheduler's, the one that calls the function.
 */
#ifndef LEAT_RDD_H
#define LEAT_RDD_H

#include "leat/base.h"
#include "leat/kafka.h"
#include "leat/task.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Since: 0.1, like all below. */
LEAT_API leat_streaming_context *leat_rdd_context(const leat_rdd *rdd);
LEAT_API leat_time leat_rdd_time(const leat_rdd *rdd);
/* The ranges of all Kafka ancestors in this batch; borrowed like the RDD. */
LEAT_API const leat_offset_range *leat_rdd_offset_ranges(const leat_rdd *rdd, size_t *out_count);
LEAT_API size_t leat_rdd_partitions(const leat_rdd *rdd);

/* ---- operators, as on DStreams ---- */

LEAT_API leat_rdd *leat_rdd_map(leat_rdd *rdd, leat_map_fn fn, void *user);
LEAT_API leat_rdd *leat_rdd_flat_map(leat_rdd *rdd, leat_map_fn fn, void *user);
LEAT_API leat_rdd *leat_rdd_filter(leat_rdd *rdd, leat_filter_fn fn, void *user);
LEAT_API leat_rdd *leat_rdd_map_values(leat_rdd *rdd, leat_map_fn fn, void *user);
LEAT_API leat_rdd *leat_rdd_flat_map_values(leat_rdd *rdd, leat_map_fn fn, void *user);
LEAT_API leat_rdd *leat_rdd_map_partitions(leat_rdd *rdd, leat_map_partitions_fn fn, void *user);
LEAT_API leat_rdd *leat_rdd_union(leat_rdd *left, leat_rdd *right);
LEAT_API leat_rdd *leat_rdd_typed(leat_rdd *rdd, leat_type key, leat_type value);

/* ---- wide operators, as leat/wide.h has them ---- */

LEAT_API leat_rdd *leat_rdd_reduce_by_key(leat_rdd *rdd, leat_reduce_fn fn, void *user);
LEAT_API leat_rdd *leat_rdd_combine_by_key(leat_rdd *rdd, leat_reduce_fn create,
                                           leat_reduce_fn merge_value,
                                           leat_reduce_fn merge_combiners, void *user);
LEAT_API leat_rdd *leat_rdd_aggregate_by_key(leat_rdd *rdd, leat_bytes zero,
                                             leat_reduce_fn merge_value,
                                             leat_reduce_fn merge_combiners, void *user);
LEAT_API leat_rdd *leat_rdd_group_by_key(leat_rdd *rdd, leat_group_fn fn, void *user);
LEAT_API leat_rdd *leat_rdd_cogroup(leat_rdd *left, leat_rdd *right, leat_cogroup_fn fn,
                                    void *user);
LEAT_API leat_rdd *leat_rdd_join(leat_rdd *left, leat_rdd *right, leat_join_fn fn, void *user);
LEAT_API leat_rdd *leat_rdd_left_outer_join(leat_rdd *left, leat_rdd *right, leat_join_fn fn,
                                            void *user);
LEAT_API leat_rdd *leat_rdd_right_outer_join(leat_rdd *left, leat_rdd *right, leat_join_fn fn,
                                             void *user);
LEAT_API leat_rdd *leat_rdd_full_outer_join(leat_rdd *left, leat_rdd *right, leat_join_fn fn,
                                            void *user);
LEAT_API leat_rdd *leat_rdd_distinct(leat_rdd *rdd);
LEAT_API leat_rdd *leat_rdd_count_by_value(leat_rdd *rdd);
LEAT_API leat_rdd *leat_rdd_sort_by_key(leat_rdd *rdd, bool descending);
LEAT_API leat_rdd *leat_rdd_partition_by(leat_rdd *rdd, uint32_t partitions, leat_partitioner_fn fn,
                                         void *user);
LEAT_API leat_rdd *leat_rdd_repartition(leat_rdd *rdd, uint32_t partitions);
LEAT_API leat_rdd *leat_rdd_glom(leat_rdd *rdd);
LEAT_API leat_rdd *leat_rdd_partitioned(leat_rdd *rdd, uint32_t partitions, leat_partitioner_fn fn,
                                        void *user);
/* Computed once, at the first action, and kept until the batch ends or unpersist. Returns rdd. */
LEAT_API leat_rdd *leat_rdd_cached(leat_rdd *rdd);
LEAT_API void leat_rdd_unpersist(leat_rdd *rdd);

/* ---- actions: run now, return when done ---- */

/* fn once per partition, for empty ones too. */
LEAT_API leat_status leat_rdd_foreach_partition(leat_rdd *rdd, leat_foreach_partition_fn fn,
                                                void *user);
LEAT_API leat_status leat_rdd_foreach(leat_rdd *rdd, leat_foreach_fn fn, void *user);
LEAT_API leat_status leat_rdd_count(leat_rdd *rdd, uint64_t *out_count);
/* The first records, partition after partition; at most max. Borrowed like the RDD. Only as much is
 * read as is needed. */
LEAT_API leat_status leat_rdd_take(leat_rdd *rdd, size_t max, const leat_record **out_records,
                                   size_t *out_count);
/* All records: LEAT_LIMIT when they exceed the memory limit. */
LEAT_API leat_status leat_rdd_collect(leat_rdd *rdd, const leat_record **out_records,
                                      size_t *out_count);
LEAT_API leat_status leat_rdd_is_empty(leat_rdd *rdd, bool *out_empty);
/* The first record; LEAT_INVALID when there is none. Borrowed like the RDD. */
LEAT_API leat_status leat_rdd_first(leat_rdd *rdd, const leat_record **out_record);
/* The max records with the largest keys, largest first, by the key's type as sort_by_key. */
LEAT_API leat_status leat_rdd_top(leat_rdd *rdd, size_t max, const leat_record **out_records,
                                  size_t *out_count);
/* All values combined: null when there is none. Borrowed like the RDD. */
LEAT_API leat_status leat_rdd_reduce(leat_rdd *rdd, leat_reduce_fn fn, void *user,
                                     leat_bytes *out_value);
/* The same, beginning with zero in every partition and for their results: it must be neutral. */
LEAT_API leat_status leat_rdd_fold(leat_rdd *rdd, leat_bytes zero, leat_reduce_fn fn, void *user,
                                   leat_bytes *out_value);
/* Values into a combination that begins with zero; merge_combiners adds two combinations. */
LEAT_API leat_status leat_rdd_aggregate(leat_rdd *rdd, leat_bytes zero, leat_reduce_fn merge_value,
                                        leat_reduce_fn merge_combiners, void *user,
                                        leat_bytes *out_value);

/*
 * A directory of exactly this path, of the format that the output operation of that name has
 * (leat/dstream.h), for an empty RDD too. It appears with the batch's other output after the
 * commit. What is there already is refused, unless this batch made it. With exactly_once a
 * checkpoint directory is needed: leat_foreach_rdd alone does not say that files will be saved, so
 * without one the save is refused when it is called. Since: 0.1
 */
LEAT_API leat_status leat_rdd_save_as_text_file(leat_rdd *rdd, const char *path);
LEAT_API leat_status leat_rdd_save_as_hadoop_file(leat_rdd *rdd, const char *path);
LEAT_API leat_status leat_rdd_save_as_object_file(leat_rdd *rdd, const char *path);

/* Says why the function fails; returns status. The batch then fails with this sentence. */
LEAT_API leat_status leat_rdd_fail(leat_rdd *rdd, leat_status status, const char *format, ...)
    LEAT_PRINTF(3, 4);

#ifdef __cplusplus
}
#endif
#endif
