/* exchange: partition_by, repartition and cached: the records as they were written. */
#include "wide/operators.h"

static leat_status run(struct leat_task *task, struct leat_wide *wide)
{
    struct leat_wide_reader reader;
    leat_error err = {LEAT_OK, ""};
    leat_status status;
    bool stop = false;

    leat_wide_reader_init(&reader, wide, 0, task->root->partition);
    for (;;) {
        status = leat_wide_reader_next(&reader, &err);
        if (status != LEAT_OK) {
            status = leat_wide_fail(task, status, &err);
            break;
        }
        if (reader.chunk.count == 0)
            break;
        status = leat_step_push_children(task->root, &reader.chunk);
        if (status == LEAT_OK)
            status = leat_wide_breathe(task, &stop);
        if (status != LEAT_OK || stop)
            break;
    }
    leat_wide_reader_release(&reader);
    return status;
}

const struct leat_wide_ops leat_partition_by_ops = {.run = run};
const struct leat_wide_ops leat_repartition_ops = {.spreads = true, .run = run};
const struct leat_wide_ops leat_cached_ops = {.keeps_partitions = true, .run = run};
