/*
 * pass: takes terminals to the inputs they read, and runs a task for each input partition.
 *
 * An action runs in as many passes as shuffles lie one behind the other. A path from an input to a
 * terminal belongs to the first pass in which its input is there:
 *
 *   pass 0   source -> reduce_by_key's write        source -> text files
 *   pass 1   reduce_by_key's run -> join's write    ...
 *   pass 2   join's run -> kafka
 *
 * so everything that reads a source's partition does so in one task.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "exec/wide.h"

struct plan {
    struct leat_batch *batch;
    struct leat_terminal **terminals; /* Owned. */
    size_t count;
    size_t capacity;
    int passes; /* Beyond those of what is there already. */
};

struct pass {
    struct leat_batch *batch;
    struct leat_path *paths; /* Owned; sorted by input. */
    size_t path_count;
    size_t *first_path; /* Owned; of each task, and one past the last. */
    size_t task_count;
};

static bool is_input(const struct leat_rdd *rdd)
{
    return rdd->source != NULL || rdd->wide != NULL;
}

/* The input behind one partition of rdd. */
static struct leat_rdd *input_of(struct leat_rdd *rdd, int32_t *partition)
{
    while (!is_input(rdd)) {
        struct leat_rdd *parent = rdd->parents[0];

        if (rdd->node.kind == LEAT_OPERATOR_UNION && (size_t)*partition >= parent->partitions) {
            *partition -= (int32_t)parent->partitions;
            parent = rdd->parents[1];
        }
        rdd = parent;
    }
    return rdd;
}

static int later(int a, int b)
{
    return a > b ? a : b;
}

/* The pass in which this RDD's records are there: the latest of its inputs. */
static int depth_of(const struct leat_rdd *rdd)
{
    int depth = 0;

    if (rdd->wide != NULL)
        return rdd->wide->ready ? 0 : rdd->wide->depth;
    for (size_t i = 0; i < rdd->parent_count; i++)
        depth = later(depth, depth_of(rdd->parents[i]));
    return depth;
}

/* ---- what has to be run ---- */

static leat_status add_terminal(struct plan *plan, struct leat_terminal *terminal, leat_error *err)
{
    if (plan->count == plan->capacity) {
        size_t capacity = plan->capacity == 0 ? 8 : plan->capacity * 2;
        struct leat_terminal **grown = leat_grow(plan->terminals, capacity, sizeof *grown);

        if (grown == NULL)
            return leat_fail(err, LEAT_NO_MEMORY, "no memory for %zu terminals", capacity);
        plan->terminals = grown;
        plan->capacity = capacity;
    }
    plan->terminals[plan->count++] = terminal;
    return LEAT_OK;
}

static leat_status need(struct plan *plan, struct leat_rdd *rdd, leat_error *err);

static leat_status need_wide(struct plan *plan, struct leat_wide *wide, leat_error *err)
{
    struct leat_rdd *rdd = wide->rdd;
    int depth = 0;

    if (wide->ready || wide->visited)
        return LEAT_OK;
    wide->visited = true;
    for (size_t i = 0; i < rdd->parent_count; i++) {
        LEAT_TRY(need(plan, rdd->parents[i], err));
        depth = later(depth, depth_of(rdd->parents[i]));
        if (!wide->ops->only_waits)
            LEAT_TRY(add_terminal(plan, &wide->writes[i], err));
    }
    wide->depth = wide->ops->only_waits ? depth : depth + 1;
    if (wide->depth > plan->passes)
        plan->passes = wide->depth;
    return LEAT_OK;
}

/* Adds the writes of all wide RDDs that rdd depends on and that are not there yet. */
static leat_status need(struct plan *plan, struct leat_rdd *rdd, leat_error *err)
{
    if (rdd->wide != NULL)
        return need_wide(plan, rdd->wide, err);
    for (size_t i = 0; i < rdd->parent_count; i++)
        LEAT_TRY(need(plan, rdd->parents[i], err));
    return LEAT_OK;
}

static leat_status add_with_needs(struct plan *plan, struct leat_terminal *terminal,
                                  leat_error *err)
{
    LEAT_TRY(need(plan, terminal->rdd, err));
    return add_terminal(plan, terminal, err);
}

/* ---- one pass ---- */

/* Adds the paths of terminal whose input is there from pass depth on. */
static void add_paths(struct pass *pass, struct leat_terminal *terminal, int depth)
{
    for (size_t i = 0; i < terminal->rdd->partitions; i++) {
        struct leat_path path = {.terminal = terminal, .partition = (int32_t)i};

        path.input_partition = (int32_t)i;
        path.input_rdd = input_of(terminal->rdd, &path.input_partition);
        path.order = pass->path_count;
        if (depth_of(path.input_rdd) == depth)
            pass->paths[pass->path_count++] = path;
    }
}

static int by_input(const void *left, const void *right)
{
    const struct leat_path *a = left;
    const struct leat_path *b = right;

    if (a->input_rdd != b->input_rdd)
        return a->input_rdd->id < b->input_rdd->id ? -1 : 1;
    if (a->input_partition != b->input_partition)
        return a->input_partition < b->input_partition ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

/* Groups the paths by input, in a stable order; an input partition is a task. */
static leat_status sort_paths(struct pass *pass)
{
    pass->first_path = leat_alloc(pass->path_count + 1, sizeof *pass->first_path);
    if (pass->first_path == NULL)
        return LEAT_NO_MEMORY;
    qsort(pass->paths, pass->path_count, sizeof *pass->paths, by_input);
    for (size_t i = 0; i < pass->path_count; i++) {
        const struct leat_path *path = &pass->paths[i];

        if (i == 0 || path[-1].input_rdd != path->input_rdd ||
            path[-1].input_partition != path->input_partition)
            pass->first_path[pass->task_count++] = i;
    }
    pass->first_path[pass->task_count] = pass->path_count;
    return LEAT_OK;
}

/* The batch's range behind a source's partition. */
static struct leat_batch_range *range_of(const struct leat_path *path)
{
    const struct leat_batch_options *options = leat_batch_options(path->input_rdd->batch);
    int32_t partition = path->input_partition;

    for (size_t i = 0; path->input_rdd->source != NULL && i < options->range_count; i++)
        if (options->ranges[i].source == path->input_rdd->source && partition-- == 0)
            return &options->ranges[i];
    return NULL;
}

static leat_status read_range(struct leat_task *task)
{
    struct leat_batch_range *range = task->range;
    leat_error err = {LEAT_OK, ""};

    if (!task->input_done) {
        leat_status status = range->reader->ops->begin(range->reader, range->reader_index,
                                                       range->from, range->until, &err);

        if (status != LEAT_OK)
            return leat_task_break(task, status, &err);
    }
    LEAT_TRY(leat_steps_open(task));
    if (task->puller != NULL)
        LEAT_TRY(leat_pull_run(task->puller));
    while (!task->input_done && !task->stopped)
        LEAT_TRY(leat_task_drive(task));
    return LEAT_OK;
}

static leat_status run_wide(struct leat_task *task)
{
    struct leat_wide *wide = task->input_rdd->wide;

    LEAT_TRY(leat_steps_open(task));
    leat_task_begin_calls(task, task->root);
    LEAT_TRY(wide->ops->run(task, wide));
    LEAT_TRY(leat_emitter_flush(&task->root->emitter));
    task->input_done = true;
    return task->broken;
}

/* Reads the input to its end, or until a terminal has enough. */
static leat_status run_steps(struct leat_task *task)
{
    LEAT_TRY(task->range != NULL ? read_range(task) : run_wide(task));
    LEAT_TRY(leat_steps_close(task));
    return leat_task_flush_producers(task);
}

/* A bad record that a pass skipped before it stopped is skipped by a whole one again. */
static void count_records(struct leat_task *task)
{
    struct leat_batch_range *range = task->range;

    if (range == NULL) {
        atomic_fetch_add(&task->batch->wide_skipped_records, task->skipped_records);
        return;
    }
    if (task->stopped) {
        if (!range->read_whole && task->skipped_records > range->skipped)
            range->skipped = task->skipped_records;
        return;
    }
    range->records = task->input_records;
    range->skipped = (range->read_whole ? range->skipped : 0) + task->skipped_records;
    range->read_whole = true;
}

/* What a successful attempt adds to its batch. */
static void merge(struct leat_task *task)
{
    count_records(task);
    atomic_fetch_add(&task->batch->skipped_records, task->skipped_records);
    leat_batch_add_accumulators(task->batch, task->accumulators);
}

static void end_input(struct leat_task *task, bool read, leat_status status)
{
    struct leat_batch_range *range = task->range;
    const struct leat_wide *wide = task->input_rdd->wide;

    if (range == NULL && status != LEAT_OK && wide->ops->abandon != NULL)
        wide->ops->abandon(task->input_rdd->wide, task->input_partition);
    if (range == NULL || !read)
        return;
    if (task->stopped)
        range->reader->ops->unread(range->reader, range->reader_index);
    else
        range->reader->ops->release(range->reader, range->reader_index);
}

static leat_status run_attempt(struct leat_task *task, const struct leat_path *paths, size_t count)
{
    bool reads = !task->input_done;
    leat_status status = leat_steps_build(task, paths, count);

    if (status == LEAT_OK)
        status = run_steps(task);
    leat_steps_release(task);
    end_input(task, reads, status);
    if (status == LEAT_OK)
        merge(task);
    return status;
}

/* Alone, a task can be tried again until the writer has a record of it. */
static bool may_retry(const struct leat_task *task, leat_status status)
{
    const struct leat_batch_options *options = leat_batch_options(task->batch);

    return leat_status_class(status) != LEAT_CLASS_STOP && !task->handed_over &&
           !leat_batch_is_over(task->batch) &&
           task->attempt + 1 < leat_executor_options(options->executor)->task_failures_max;
}

static void run_task(void *context, size_t index)
{
    struct pass *pass = context;
    const struct leat_path *paths = pass->paths + pass->first_path[index];
    size_t count = pass->first_path[index + 1] - pass->first_path[index];
    const struct leat_batch_options *options = leat_batch_options(pass->batch);
    struct leat_task task;
    leat_status status;
    bool retry;
    int attempt = options->attempt; /* Those of the batch count. */

    do {
        leat_task_init(&task, pass->batch, &paths[0], range_of(&paths[0]), attempt++);
        status = run_attempt(&task, paths, count);
        retry = status != LEAT_OK && may_retry(&task, status);
        if (status != LEAT_OK && !retry) {
            task.error.status = status;
            leat_batch_note_attempts(pass->batch, attempt);
            leat_batch_fail(pass->batch, &task.error);
        }
        if (retry)
            leat_log_write(leat_executor_options(options->executor)->log, LEAT_LOG_WARN, "exec",
                           "task failed, attempt %d is tried again: %s", attempt,
                           task.error.message);
        leat_task_release(&task);
    } while (retry);
}

static void release(struct pass *pass)
{
    leat_free(pass->paths);
    leat_free(pass->first_path);
}

static leat_status run_pass(struct pass *pass, leat_error *err)
{
    const struct leat_batch_options *options = leat_batch_options(pass->batch);
    leat_status status = sort_paths(pass);

    if (status != LEAT_OK) {
        release(pass);
        return leat_fail(err, status, "no memory for %zu tasks", pass->path_count);
    }
    pass->batch->stages++;
    leat_executor_run(options->executor, run_task, pass, pass->task_count);
    release(pass);
    return leat_batch_error(pass->batch, err);
}

/* ---- all passes of an action ---- */

static leat_status run_depth(struct plan *plan, int depth, leat_error *err)
{
    struct pass pass = {.batch = plan->batch};
    size_t most = 0;

    for (size_t i = 0; i < plan->count; i++)
        most += plan->terminals[i]->rdd->partitions;
    pass.paths = leat_alloc(most + 1, sizeof *pass.paths);
    if (pass.paths == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for %zu tasks", most);
    for (size_t i = 0; i < plan->count; i++)
        add_paths(&pass, plan->terminals[i], depth);
    if (pass.path_count > 0 || depth == 0)
        return run_pass(&pass, err);
    release(&pass);
    return LEAT_OK;
}

/* Depths hold until the plan is done: what is ready then counts as there for the next one. */
static void finish(struct plan *plan, leat_status status)
{
    for (struct leat_wide *wide = plan->batch->wides; wide != NULL; wide = wide->next) {
        if (wide->visited && status == LEAT_OK)
            wide->ready = true;
        wide->visited = false;
    }
    leat_free(plan->terminals);
}

static leat_status run_plan(struct plan *plan, leat_error *err)
{
    leat_status status = LEAT_OK;

    for (int depth = 0; status == LEAT_OK && depth <= plan->passes; depth++)
        status = run_depth(plan, depth, err);
    finish(plan, status);
    return status;
}

void leat_pass_add_waiting(struct leat_batch *batch, struct leat_terminal *terminal)
{
    terminal->next = NULL;
    if (batch->waiting_last == NULL)
        batch->waiting = terminal;
    else
        batch->waiting_last->next = terminal;
    batch->waiting_last = terminal;
}

/* Everything that waits goes along. */
static leat_status add_waiting(struct plan *plan, leat_error *err)
{
    for (struct leat_terminal *t = plan->batch->waiting; t != NULL; t = t->next)
        LEAT_TRY(add_with_needs(plan, t, err));
    plan->batch->waiting = NULL;
    plan->batch->waiting_last = NULL;
    return LEAT_OK;
}

static leat_status give_up(struct plan *plan, leat_status status)
{
    finish(plan, status);
    return status;
}

leat_status leat_pass_run(struct leat_batch *batch, struct leat_terminal *terminal, leat_error *err)
{
    struct plan plan = {.batch = batch};
    leat_status status;

    LEAT_TRY(leat_batch_error(batch, err));
    status = add_waiting(&plan, err);
    if (status == LEAT_OK && terminal != NULL)
        status = add_with_needs(&plan, terminal, err);
    return status == LEAT_OK ? run_plan(&plan, err) : give_up(&plan, status);
}

leat_status leat_pass_finish(struct leat_batch *batch, struct leat_rdd *const *rdds, size_t count,
                             leat_error *err)
{
    struct plan plan = {.batch = batch};
    leat_status status;

    LEAT_TRY(leat_batch_error(batch, err));
    status = add_waiting(&plan, err);
    for (size_t i = 0; status == LEAT_OK && i < count; i++)
        if (rdds[i] != NULL)
            status = need(&plan, rdds[i], err);
    if (status != LEAT_OK || plan.count == 0)
        return give_up(&plan, status);
    return run_plan(&plan, err);
}

leat_status leat_pass_prepare(struct leat_batch *batch, struct leat_rdd *rdd, leat_error *err)
{
    struct plan plan = {.batch = batch};
    leat_status status;

    LEAT_TRY(leat_batch_error(batch, err));
    status = need(&plan, rdd, err);
    if (status == LEAT_OK && plan.count > 0)
        status = add_waiting(&plan, err);
    if (status != LEAT_OK || plan.count == 0)
        return give_up(&plan, status);
    return run_plan(&plan, err);
}

leat_status leat_pass_run_partition(struct leat_batch *batch, struct leat_terminal *terminal,
                                    int32_t partition, leat_error *err)
{
    struct pass pass = {.batch = batch};
    struct leat_path path = {
        .terminal = terminal, .partition = partition, .input_partition = partition};

    path.input_rdd = input_of(terminal->rdd, &path.input_partition);
    LEAT_TRY(leat_pass_prepare(batch, path.input_rdd, err));
    pass.paths = leat_alloc(1, sizeof *pass.paths);
    if (pass.paths == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a task");
    pass.paths[pass.path_count++] = path;
    return run_pass(&pass, err);
}
