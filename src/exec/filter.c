/* filter: keeps the records of a chunk that the function wants. */
#include "exec/task.h"

leat_status leat_filter_push(struct leat_step *step, const struct leat_chunk *in)
{
    struct leat_chunk *out = &step->emitter.chunk;
    leat_filter_fn fn = step->rdd->node.fn.filter;
    void *user = step->rdd->node.user;

    out->count = 0;
    if (!leat_chunk_reserve(out, in->count))
        return leat_task_fail(step->task, LEAT_NO_MEMORY, "no memory for %zu records", in->count);
    leat_task_begin_calls(step->task, step);
    for (size_t i = 0; i < in->count; i++) {
        bool wanted = false;
        leat_status status = fn(step->task, &in->records[i], &wanted, user);

        status = leat_task_end_call(step->task, status);
        if (status != LEAT_OK) {
            LEAT_TRY(leat_step_failed(step, &in->records[i], status));
            continue;
        }
        if (wanted)
            out->records[out->count++] = in->records[i];
    }
    return leat_step_push_children(step, out);
}
