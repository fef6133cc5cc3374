/* pull: the functions that are given an iterator: map_partitions and foreach_partition. */
#include "exec/strand.h"
#include "exec/task.h"

/* The chunk goes: what is emitted now still inherits from its last record, and views nothing. */
static void let_go(struct leat_iterator *iterator)
{
    struct leat_step *step = iterator->step;

    iterator->chunk = NULL;
    iterator->next = 0;
    if (step->emitter.input == NULL)
        return;
    iterator->last = *step->emitter.input;
    iterator->last.key = (leat_bytes){NULL, 0};
    iterator->last.value = (leat_bytes){NULL, 0};
    iterator->last.headers = NULL;
    step->emitter.input = &iterator->last;
    step->task->in_work = &iterator->last;
}

/* What is still to come from the input while the function waits for it. */
static leat_status refill(struct leat_iterator *iterator)
{
    struct leat_step *step = iterator->step;
    struct leat_task *task = step->task;

    if (step->terminal == NULL)
        LEAT_TRY(leat_emitter_flush(&step->emitter));
    LEAT_TRY(leat_task_flush_producers(task));
    let_go(iterator);
    if (step->strand != NULL) {
        iterator->ended = !leat_strand_wait_input(step->strand, &iterator->chunk);
        return LEAT_OK;
    }
    while (iterator->chunk == NULL && !task->input_done && !task->stopped)
        LEAT_TRY(leat_task_drive(task));
    iterator->ended = iterator->chunk == NULL;
    return LEAT_OK;
}

const leat_record *leat_iterator_next(leat_iterator *iterator)
{
    struct leat_step *step = iterator->step;

    if (step->task->texts.held_bytes > 0)
        leat_arena_reset(&step->task->texts);
    if (iterator->pull != NULL)
        return step->task->broken == LEAT_OK ? iterator->pull(iterator) : NULL;
    while (iterator->chunk == NULL || iterator->next == iterator->chunk->count) {
        leat_status status;

        if (iterator->ended || step->task->broken != LEAT_OK)
            return NULL;
        status = refill(iterator);
        if (status != LEAT_OK) {
            leat_task_break(step->task, status, NULL);
            return NULL;
        }
        step->task->partition = step->partition;
    }
    step->emitter.input = &iterator->chunk->records[iterator->next++];
    step->task->in_work = step->emitter.input;
    return step->emitter.input;
}

leat_status leat_pull_run(struct leat_step *step)
{
    struct leat_task *task = step->task;
    leat_status status;

    leat_task_begin_calls(task, step);
    step->emitter.input = NULL;
    if (step->terminal == NULL && step->rdd->node.kind == LEAT_OPERATOR_GLOM)
        status = leat_glom_partition(task, step);
    else if (step->terminal == NULL)
        status = step->rdd->node.fn.map_partitions(task, &step->iterator, &step->emitter,
                                                   step->rdd->node.user);
    else
        status = step->terminal->pull(task, &step->iterator, step->terminal->context);
    status = leat_task_end_call(task, status);
    if (status != LEAT_OK)
        return leat_step_failed(step, step->emitter.input, status);
    step->emitter.input = NULL;
    return step->terminal == NULL ? leat_emitter_flush(&step->emitter) : LEAT_OK;
}
