/* wide: storage of wide RDDs, see wide.h. */
#include "exec/wide.h"

#include <string.h>

enum { CHUNK_RECORDS = 512 };

bool leat_wide_attach(struct leat_rdd *rdd)
{
    const struct leat_batch_options *options = leat_batch_options(rdd->batch);
    struct leat_wide *wide = leat_batch_alloc(rdd->batch, sizeof *wide);

    if (wide == NULL)
        return false;
    wide->rdd = rdd;
    wide->ops = options->wide_ops(rdd->node.kind);
    if (wide->ops->keeps_partitions)
        wide->partitions = (uint32_t)rdd->parents[0]->partitions;
    else
        wide->partitions =
            rdd->node.partitions > 0 ? rdd->node.partitions : options->default_partitions;
    wide->slots = options->slots;
    if (wide->ops->folds && wide->partitions > wide->slots)
        wide->partitions = wide->slots;
    rdd->partitions = wide->partitions;
    for (size_t i = 0; i < rdd->parent_count; i++) {
        wide->lists[i] = leat_batch_alloc(rdd->batch, (rdd->parents[i]->partitions + 1) *
                                                          sizeof *wide->lists[i]);
        if (wide->lists[i] == NULL)
            return false;
        leat_shuffle_write_init(wide, (int)i, &wide->writes[i]);
    }
    rdd->wide = wide;
    wide->next = rdd->batch->wides;
    rdd->batch->wides = wide;
    return true;
}

void leat_wide_release(struct leat_wide *wide)
{
    for (size_t side = 0; side < wide->rdd->parent_count; side++)
        for (size_t m = 0; m < wide->rdd->parents[side]->partitions; m++) {
            leat_shuffle_lists_release(wide->lists[side][m], wide->partitions);
            wide->lists[side][m] = NULL;
        }
    wide->ready = false;
}

uint32_t leat_wide_partition(const struct leat_wide *wide, uint32_t hash, leat_bytes key)
{
    const struct leat_node *node = &wide->rdd->node;
    uint32_t positive = hash & 0x7fffffff;

    if (wide->partitions == 1 || wide->ops->gathers)
        return 0;
    if (node->partitioner != NULL)
        return node->partitioner(key, wide->partitions, node->partitioner_user);
    return (wide->ops->by_slot ? positive % wide->slots : positive) % wide->partitions;
}

/* ---- reading ---- */

size_t leat_wide_list_count(const struct leat_wide *wide, int side)
{
    return (size_t)side < wide->rdd->parent_count ? wide->rdd->parents[side]->partitions : 0;
}

const struct leat_record_list *leat_wide_list(const struct leat_wide *wide, int side, size_t index,
                                              int32_t partition)
{
    const struct leat_record_list *lists = wide->lists[side][index];

    return lists == NULL ? NULL : &lists[wide->ops->gathers ? 0 : partition];
}

void leat_wide_reader_init(struct leat_wide_reader *reader, const struct leat_wide *wide, int side,
                           int32_t partition)
{
    *reader = (struct leat_wide_reader){.wide = wide, .side = side, .partition = partition};
    leat_chunk_init(&reader->chunk);
}

leat_status leat_wide_reader_next(struct leat_wide_reader *reader, leat_error *err)
{
    reader->chunk.count = 0;
    for (;;) {
        const struct leat_record_list *list;

        if (reader->open) {
            LEAT_TRY(leat_record_reader_read(&reader->reader, CHUNK_RECORDS, &reader->chunk, err));
            if (reader->chunk.count > 0)
                return LEAT_OK;
            leat_record_reader_release(&reader->reader);
            reader->open = false;
        }
        if (reader->next_list == leat_wide_list_count(reader->wide, reader->side))
            return LEAT_OK;
        list = leat_wide_list(reader->wide, reader->side, reader->next_list++, reader->partition);
        if (list == NULL || list->records == 0)
            continue;
        leat_record_reader_init(&reader->reader, list);
        reader->open = true;
    }
}

void leat_wide_reader_release(struct leat_wide_reader *reader)
{
    if (reader->open)
        leat_record_reader_release(&reader->reader);
    leat_chunk_release(&reader->chunk);
    reader->open = false;
}

/* ---- for runs ---- */

leat_status leat_wide_fail(struct leat_task *task, leat_status status, const leat_error *err)
{
    const struct leat_node *node = &task->root->rdd->node;
    leat_error named = *err;

    if (named.status == LEAT_OK) /* The task has the sentence of the function that failed. */
        return leat_step_failed(task->root, NULL, status);
    leat_error_prefix(&named, "%s at %s", leat_operator_name(node->kind), node->where);
    return leat_task_break(task, status, &named);
}

leat_status leat_wide_breathe(struct leat_task *task, bool *out_stop)
{
    *out_stop = task->stopped;
    if (leat_batch_is_over(task->batch))
        return leat_task_break(task, LEAT_CANCELLED, NULL);
    return task->broken;
}
