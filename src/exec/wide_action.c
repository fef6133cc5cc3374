/* wide_action: reduce, fold, aggregate, first and top: wide operators of one partition, and what
 * they put out, see leat/rdd.h. */
#include <string.h>

#include "exec/batch_internal.h"

/* The one value that an RDD of one record has; null when it has none. */
static leat_status only_value(leat_rdd *rdd, leat_bytes *out_value)
{
    const leat_record *records;
    size_t count = 0;

    if (rdd == NULL)
        return LEAT_INVALID;
    LEAT_TRY(leat_rdd_collect(rdd, &records, &count));
    *out_value = count > 0 ? records[0].value : (leat_bytes){NULL, 0};
    return LEAT_OK;
}

leat_status leat_rdd_reduce(leat_rdd *rdd, leat_reduce_fn fn, void *user, leat_bytes *out_value)
{
    struct leat_node node = {.kind = LEAT_OPERATOR_REDUCE,
                             .partitions = 1,
                             .keying = LEAT_KEYING_NULL,
                             .combiner = {.merge_value = fn, .merge_combiners = fn, .user = user}};

    return only_value(leat_rdd_derive(rdd, NULL, node, fn != NULL), out_value);
}

leat_status leat_rdd_aggregate(leat_rdd *rdd, leat_bytes zero, leat_reduce_fn merge_value,
                               leat_reduce_fn merge_combiners, void *user, leat_bytes *out_value)
{
    struct leat_node node = {.kind = LEAT_OPERATOR_AGGREGATE_BY_KEY,
                             .partitions = 1,
                             .keying = LEAT_KEYING_NULL,
                             .combiner = {.merge_value = merge_value,
                                          .merge_combiners = merge_combiners,
                                          .zero = zero,
                                          .has_zero = true,
                                          .user = user}};
    bool has_functions = merge_value != NULL && merge_combiners != NULL;

    LEAT_TRY(only_value(leat_rdd_derive(rdd, NULL, node, has_functions), out_value));
    if (out_value->data != NULL || zero.data == NULL)
        return LEAT_OK;
    out_value->data = leat_batch_alloc(rdd->batch, zero.size + 1);
    if (out_value->data == NULL)
        return leat_rdd_fail(rdd, LEAT_NO_MEMORY, "rdd_aggregate: no memory for zero");
    memcpy((char *)(uintptr_t)out_value->data, zero.data, zero.size);
    out_value->size = zero.size;
    return LEAT_OK;
}

leat_status leat_rdd_fold(leat_rdd *rdd, leat_bytes zero, leat_reduce_fn fn, void *user,
                          leat_bytes *out_value)
{
    return leat_rdd_aggregate(rdd, zero, fn, fn, user, out_value);
}

leat_status leat_rdd_first(leat_rdd *rdd, const leat_record **out_record)
{
    size_t count = 0;

    LEAT_TRY(leat_rdd_take(rdd, 1, out_record, &count));
    if (count == 0)
        return leat_rdd_fail(rdd, LEAT_INVALID,
                             "rdd_first of an RDD without records; ask leat_rdd_is_empty before");
    return LEAT_OK;
}

leat_status leat_rdd_top(leat_rdd *rdd, size_t max, const leat_record **out_records,
                         size_t *out_count)
{
    return leat_rdd_take(leat_rdd_sort_by_key(rdd, true), max, out_records, out_count);
}
