/* map: map, flat_map, map_values and flat_map_values over a chunk. */
#include "exec/task.h"

static leat_status check_one(struct leat_step *step, size_t emitted)
{
    enum leat_operator kind = step->rdd->node.kind;

    if (emitted == 1 || kind == LEAT_OPERATOR_FLAT_MAP || kind == LEAT_OPERATOR_FLAT_MAP_VALUES)
        return LEAT_OK;
    return leat_task_fail(step->task, LEAT_INVALID,
                          "emitted %zu records for one input, and %s emits exactly one; use "
                          "flat_%s",
                          emitted, leat_operator_name(kind), leat_operator_name(kind));
}

leat_status leat_map_push(struct leat_step *step, const struct leat_chunk *in)
{
    struct leat_emitter *out = &step->emitter;
    leat_map_fn fn = step->rdd->node.fn.map;
    void *user = step->rdd->node.user;

    leat_emitter_reset(out);
    leat_task_begin_calls(step->task, step);
    for (size_t i = 0; i < in->count; i++) {
        size_t emitted = leat_emitter_count(out);
        size_t before = out->chunk.count;
        leat_status status;

        out->input = &in->records[i];
        status = fn(step->task, out->input, out, user);
        status = leat_task_end_call(step->task, status);
        if (status == LEAT_OK)
            status = check_one(step, leat_emitter_count(out) - emitted);
        if (status != LEAT_OK) {
            out->chunk.count = before;
            LEAT_TRY(leat_step_failed(step, out->input, status));
        }
    }
    return leat_step_push_children(step, &out->chunk);
}
