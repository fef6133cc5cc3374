/* step: builds, opens, feeds and closes the tree of a task, see task.h. */
#include <inttypes.h>

#include "exec/strand.h"
#include "exec/task.h"

static bool pulls(const struct leat_step *step)
{
    return step->push == NULL;
}

/* Without a sentence in err the task has that of a reducer. */
leat_status leat_terminal_failed(struct leat_step *step, leat_status status, leat_error *err)
{
    if (err->status == LEAT_OK && step->task->error.status == status)
        *err = step->task->error;
    else if (err->status == LEAT_OK)
        leat_fail(err, status, "the function returned: %s", leat_status_text(status));
    leat_error_prefix(err, "%s at %s", step->terminal->name, step->terminal->where);
    return leat_task_break(step->task, status, err);
}

static leat_status push_terminal(struct leat_step *step, const struct leat_chunk *in)
{
    bool enough = false;
    leat_error err = {LEAT_OK, ""};
    leat_status status;

    step->task->partition = step->partition;
    status = step->terminal->ops->push(step->terminal, &step->at, in, &enough, &err);
    if (enough)
        step->task->stopped = true;
    return status == LEAT_OK ? LEAT_OK : leat_terminal_failed(step, status, &err);
}

static leat_step_push_fn push_for(const struct leat_step *step)
{
    if (step->terminal != NULL) {
        if (step->terminal->ops->push != NULL)
            return push_terminal;
        return step->terminal->each != NULL ? leat_foreach_push : NULL;
    }
    switch (step->rdd->node.kind) {
    case LEAT_OPERATOR_MAP:
    case LEAT_OPERATOR_FLAT_MAP:
    case LEAT_OPERATOR_MAP_VALUES:
    case LEAT_OPERATOR_FLAT_MAP_VALUES:
        return leat_map_push;
    case LEAT_OPERATOR_FILTER:
        return leat_filter_push;
    case LEAT_OPERATOR_MAP_PARTITIONS:
    case LEAT_OPERATOR_GLOM:
        return NULL;
    default: /* A wide RDD puts out by itself. */
        return step->rdd->wide != NULL ? NULL : leat_step_push_children;
    }
}

static struct leat_step *add_step(struct leat_task *task, const struct leat_rdd *rdd,
                                  struct leat_terminal *terminal, int32_t partition,
                                  struct leat_step *parent)
{
    struct leat_step *step = leat_arena_zalloc(&task->steps, sizeof *step);

    if (step == NULL)
        return NULL;
    step->task = task;
    step->rdd = rdd;
    step->terminal = terminal;
    step->partition = partition;
    step->iterator.step = step;
    step->push = push_for(step);
    leat_emitter_init(&step->emitter, step);
    if (task->last_step == NULL)
        task->all_steps = step;
    else
        task->last_step->next = step;
    task->last_step = step;
    if (parent == NULL)
        return step;
    if (parent->last_child == NULL)
        parent->first_child = step;
    else
        parent->last_child->sibling = step;
    parent->last_child = step;
    return step;
}

/* The step that puts out this partition of rdd; made with all before it at the first call. A union
 * hands its parents' records on and needs no step. */
static struct leat_step *step_for(struct leat_task *task, const struct leat_rdd *rdd,
                                  int32_t partition)
{
    struct leat_step *parent;

    while (rdd->node.kind == LEAT_OPERATOR_UNION) {
        bool left = (size_t)partition < rdd->parents[0]->partitions;

        partition -= left ? 0 : (int32_t)rdd->parents[0]->partitions;
        rdd = rdd->parents[left ? 0 : 1];
    }
    for (struct leat_step *step = task->all_steps; step != NULL; step = step->next)
        if (step->terminal == NULL && step->rdd == rdd && step->partition == partition)
            return step;
    if (rdd == task->input_rdd) {
        task->root = add_step(task, rdd, NULL, partition, NULL);
        return task->root;
    }
    parent = step_for(task, rdd->parents[0], partition);
    return parent == NULL ? NULL : add_step(task, rdd, NULL, partition, parent);
}

/* The first step that pulls, in the order of the tree, has the task's own stack. */
static leat_status choose_puller(struct leat_task *task, struct leat_step *step)
{
    for (; step != NULL; step = step->sibling) {
        if (pulls(step) && task->puller == NULL)
            task->puller = step;
        else if (pulls(step))
            LEAT_TRY(leat_strand_create(step, leat_pull_run, &step->strand, &task->error));
        LEAT_TRY(choose_puller(task, step->first_child));
    }
    return LEAT_OK;
}

/* True when one terminal gets the input's own records, and nobody else does. */
static bool is_single_use(const struct leat_step *step)
{
    while (step != NULL && step->terminal == NULL) {
        enum leat_operator kind = step->rdd->node.kind;

        if (step->first_child != step->last_child ||
            (kind != LEAT_OPERATOR_SOURCE && kind != LEAT_OPERATOR_FILTER))
            return false;
        step = step->first_child;
    }
    return step != NULL;
}

/* Where bad records are left out, what was emitted for one must not have gone on. */
static void choose_takers(struct leat_task *task)
{
    const struct leat_batch_options *options = leat_batch_options(task->batch);

    if (leat_executor_options(options->executor)->skip_bad_records)
        return;
    for (struct leat_step *step = task->all_steps; step != NULL; step = step->next) {
        struct leat_step *child = step->first_child;

        if (child != NULL && child == step->last_child && child->terminal != NULL &&
            child->terminal->takes_each)
            step->emitter.taker = child;
    }
}

leat_status leat_steps_build(struct leat_task *task, const struct leat_path *paths, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct leat_terminal *terminal = paths[i].terminal;
        struct leat_step *parent = step_for(task, terminal->rdd, paths[i].partition);
        struct leat_step *step;

        if (parent == NULL)
            return leat_task_break(task, LEAT_NO_MEMORY, NULL);
        step = add_step(task, terminal->rdd, terminal, paths[i].partition, parent);
        if (step == NULL)
            return leat_task_break(task, LEAT_NO_MEMORY, NULL);
    }
    task->single_use = is_single_use(task->root);
    choose_takers(task);
    if (task->range != NULL)
        return choose_puller(task, task->root);
    task->puller = task->root; /* It has the stack. */
    return choose_puller(task, task->root->first_child);
}

leat_status leat_steps_open(struct leat_task *task)
{
    for (struct leat_step *step = task->all_steps; step != NULL; step = step->next) {
        struct leat_terminal *terminal = step->terminal;
        leat_error err = {LEAT_OK, ""};
        leat_status status;

        if (terminal == NULL)
            continue;
        step->at = (struct leat_terminal_task){task, step->partition, NULL};
        step->at.state = leat_arena_zalloc(&task->steps, terminal->ops->state_bytes + 1);
        if (step->at.state == NULL)
            return leat_task_break(task, LEAT_NO_MEMORY, NULL);
        status =
            terminal->ops->open == NULL ? LEAT_OK : terminal->ops->open(terminal, &step->at, &err);
        if (status != LEAT_OK) {
            leat_error_prefix(&err, "%s at %s", terminal->name, terminal->where);
            return leat_task_break(task, status, &err);
        }
        step->opened = true;
    }
    return LEAT_OK;
}

leat_status leat_step_push_children(struct leat_step *step, const struct leat_chunk *chunk)
{
    if (chunk->count == 0)
        return LEAT_OK;
    for (struct leat_step *child = step->first_child; child != NULL; child = child->sibling) {
        if (child->push != NULL) {
            LEAT_TRY(child->push(child, chunk));
        } else if (child->strand != NULL) {
            LEAT_TRY(leat_strand_push(child->strand, chunk));
        } else {
            child->iterator.chunk = chunk;
            child->iterator.next = 0;
        }
    }
    return LEAT_OK;
}

static leat_status close_step(struct leat_step *step)
{
    leat_error err = {LEAT_OK, ""};
    leat_status status = LEAT_OK;

    if (step->strand != NULL)
        LEAT_TRY(leat_strand_finish(step->strand));
    if (step->opened && step->terminal->ops->close != NULL) {
        step->task->partition = step->partition;
        status = step->terminal->ops->close(step->terminal, &step->at, &err);
    }
    step->opened = false;
    return status == LEAT_OK ? LEAT_OK : leat_terminal_failed(step, status, &err);
}

static leat_status close_tree(struct leat_step *step)
{
    for (; step != NULL; step = step->sibling) {
        LEAT_TRY(close_step(step));
        LEAT_TRY(close_tree(step->first_child));
    }
    return LEAT_OK;
}

leat_status leat_steps_close(struct leat_task *task)
{
    return close_tree(task->root);
}

void leat_steps_release(struct leat_task *task)
{
    for (struct leat_step *step = task->all_steps; step != NULL; step = step->next) {
        leat_strand_destroy(step->strand);
        step->strand = NULL;
    }
    for (struct leat_step *step = task->all_steps; step != NULL; step = step->next) {
        if (step->opened && step->terminal->ops->abandon != NULL)
            step->terminal->ops->abandon(step->terminal, &step->at);
        leat_emitter_release(&step->emitter);
    }
    task->all_steps = NULL;
    task->root = NULL;
}
