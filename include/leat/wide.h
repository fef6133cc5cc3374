/*
 * leat/wide.h: operators that bring the records of a batch together by key: a shuffle.
 *
 * The partition of a key is murmur2(key) % partitions, positive as in Java's client, the same on
 * every run and machine. Without leat_partitioned there are spark.default.parallelism partitions
 * (the cores). A null key is a key of its own. Offsets, origins and headers end at a shuffle;
 * a combined record has the latest timestamp of those it was made of. What does not fit into
 * leat.memory.limit is spilled to leat.spill.directory. No order is promised after a shuffle but
 * sort_by_key's.
 */
#ifndef LEAT_WIDE_H
#define LEAT_WIDE_H

#include "leat/base.h"
#include "leat/task.h"

#ifdef __cplusplus
extern "C" {
#endif

#define leat_reduce(...) leat_reduce_at(LEAT_HERE, __VA_ARGS__)
#define leat_count(...) leat_count_at(LEAT_HERE, __VA_ARGS__)
#define leat_count_by_value(...) leat_count_by_value_at(LEAT_HERE, __VA_ARGS__)
#define leat_reduce_by_key(...) leat_reduce_by_key_at(LEAT_HERE, __VA_ARGS__)
#define leat_combine_by_key(...) leat_combine_by_key_at(LEAT_HERE, __VA_ARGS__)
#define leat_aggregate_by_key(...) leat_aggregate_by_key_at(LEAT_HERE, __VA_ARGS__)
#define leat_group_by_key(...) leat_group_by_key_at(LEAT_HERE, __VA_ARGS__)
#define leat_cogroup(...) leat_cogroup_at(LEAT_HERE, __VA_ARGS__)
#define leat_join(...) leat_join_at(LEAT_HERE, __VA_ARGS__)
#define leat_left_outer_join(...) leat_left_outer_join_at(LEAT_HERE, __VA_ARGS__)
#define leat_right_outer_join(...) leat_right_outer_join_at(LEAT_HERE, __VA_ARGS__)
#define leat_full_outer_join(...) leat_full_outer_join_at(LEAT_HERE, __VA_ARGS__)
#define leat_distinct(...) leat_distinct_at(LEAT_HERE, __VA_ARGS__)
#define leat_sort_by_key(...) leat_sort_by_key_at(LEAT_HERE, __VA_ARGS__)
#define leat_partition_by(...) leat_partition_by_at(LEAT_HERE, __VA_ARGS__)
#define leat_repartition(...) leat_repartition_at(LEAT_HERE, __VA_ARGS__)
#define leat_glom(...) leat_glom_at(LEAT_HERE, __VA_ARGS__)

/* ---- one record a batch ---- */

/* All values, whatever their keys, combined to one with a null key; none for an empty batch.
 * Since: 0.1 */
LEAT_API leat_dstream *leat_reduce_at(const char *where, leat_dstream *stream, leat_reduce_fn fn,
                                      void *user);
/* One (null, LEAT_I64), 0 for an empty batch. Since: 0.1 */
LEAT_API leat_dstream *leat_count_at(const char *where, leat_dstream *stream);

/* ---- one record a key; combined before and after the shuffle ---- */

/* Key: the value, its type with it; value: how often, LEAT_I64. Since: 0.1 */
LEAT_API leat_dstream *leat_count_by_value_at(const char *where, leat_dstream *stream);
LEAT_API leat_dstream *leat_reduce_by_key_at(const char *where, leat_dstream *stream,
                                             leat_reduce_fn fn, void *user);
/* create makes a combination of a key's first value in an empty `into`; merge_value adds a value;
 * merge_combiners adds another combination. Declare the combination with leat_typed. Since: 0.1 */
LEAT_API leat_dstream *leat_combine_by_key_at(const char *where, leat_dstream *stream,
                                              leat_reduce_fn create, leat_reduce_fn merge_value,
                                              leat_reduce_fn merge_combiners, void *user);
/* The same, beginning with zero (copied), which must be neutral to merge_combiners. Since: 0.1 */
LEAT_API leat_dstream *leat_aggregate_by_key_at(const char *where, leat_dstream *stream,
                                                leat_bytes zero, leat_reduce_fn merge_value,
                                                leat_reduce_fn merge_combiners, void *user);
/* fn gets the values of a key, however many; nothing is combined. Since: 0.1 */
LEAT_API leat_dstream *leat_group_by_key_at(const char *where, leat_dstream *stream,
                                            leat_group_fn fn, void *user);

/* ---- two streams, key by key; an empty side is an empty iterator ---- */

LEAT_API leat_dstream *leat_cogroup_at(const char *where, leat_dstream *left, leat_dstream *right,
                                       leat_cogroup_fn fn, void *user);
/* fn once for each pair of a left and a right value of one key. Key types must be equal; the result
 * has them, and the left value's type until leat_typed. Since: 0.1 */
LEAT_API leat_dstream *leat_join_at(const char *where, leat_dstream *left, leat_dstream *right,
                                    leat_join_fn fn, void *user);
LEAT_API leat_dstream *leat_left_outer_join_at(const char *where, leat_dstream *left,
                                               leat_dstream *right, leat_join_fn fn, void *user);
LEAT_API leat_dstream *leat_right_outer_join_at(const char *where, leat_dstream *left,
                                                leat_dstream *right, leat_join_fn fn, void *user);
LEAT_API leat_dstream *leat_full_outer_join_at(const char *where, leat_dstream *left,
                                               leat_dstream *right, leat_join_fn fn, void *user);

/* ---- the records themselves ---- */

/* One of each (key, value). Since: 0.1 */
LEAT_API leat_dstream *leat_distinct_at(const char *where, leat_dstream *stream);
/* By the key's type: numbers by size, everything else by bytes; null first. One partition, or with
 * leat_partitioned as many as wanted, each after the one before it. Equal keys keep no order.
 * Since: 0.1 */
LEAT_API leat_dstream *leat_sort_by_key_at(const char *where, leat_dstream *stream,
                                           bool descending);
/* fn NULL: the default. Since: 0.1 */
LEAT_API leat_dstream *leat_partition_by_at(const char *where, leat_dstream *stream,
                                            uint32_t partitions, leat_partitioner_fn fn,
                                            void *user);
/* Evenly, whatever the keys. Since: 0.1 */
LEAT_API leat_dstream *leat_repartition_at(const char *where, leat_dstream *stream,
                                           uint32_t partitions);
/* One record a partition, an empty one too: null key, its values as a LEAT_MSGPACK array: integers,
 * floats and text by their type, others binary. Without a shuffle. Since: 0.1 */
LEAT_API leat_dstream *leat_glom_at(const char *where, leat_dstream *stream);

/* ---- modifiers: change the operator just added, and return it ---- */

/* Of a wide operator: how many partitions it has (0: the default), and where a key goes (NULL: the
 * default). Stateful operators take no function: their keys live in slots. Since: 0.1 */
LEAT_API leat_dstream *leat_partitioned(leat_dstream *stream, uint32_t partitions,
                                        leat_partitioner_fn fn, void *user);
/* The batch's records are computed once and kept until the batch ends, in memory and beyond it on
 * disk, for all that reads them; topic, offset and headers of a record end there. Since: 0.1 */
LEAT_API leat_dstream *leat_cached(leat_dstream *stream);

#ifdef __cplusplus
}
#endif
#endif
