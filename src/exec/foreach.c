/* foreach: the action that calls a function for every record. */
#include "exec/task.h"

leat_status leat_foreach_push(struct leat_step *step, const struct leat_chunk *in)
{
    struct leat_terminal *terminal = step->terminal;

    leat_task_begin_calls(step->task, step);
    for (size_t i = 0; i < in->count; i++) {
        leat_status status = terminal->each(step->task, &in->records[i], terminal->context);

        status = leat_task_end_call(step->task, status);
        if (status != LEAT_OK)
            LEAT_TRY(leat_step_failed(step, &in->records[i], status));
    }
    return LEAT_OK;
}
