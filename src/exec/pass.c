/* pass: takes terminals to the source partitions they read, and runs a task for each. */
#include <string.h>

#include "base/memory.h"
#include "exec/task.h"

struct pass {
    struct leat_batch *batch;
    struct leat_path *paths; /* Owned; sorted by range. */
    size_t path_count;
    size_t *first_path; /* Owned; of each task, and one past the last. */
    size_t task_count;
};

/* The batch's range behind one partition of rdd. */
static size_t range_of(const struct leat_rdd *rdd, int32_t partition)
{
    const struct leat_batch_options *options = leat_batch_options(rdd->batch);

    while (rdd->source == NULL) {
        const struct leat_rdd *left = rdd->parents[0];

        if (rdd->node.kind == LEAT_OPERATOR_UNION && (size_t)partition >= left->partitions) {
            partition -= (int32_t)left->partitions;
            left = rdd->parents[1];
        }
        rdd = left;
    }
    for (size_t i = 0; i < options->range_count; i++)
        if (options->ranges[i].source == rdd->source && partition-- == 0)
            return i;
    return options->range_count;
}

/* Adds the paths of partitions [first, first + count) of terminal. */
static void add_paths(struct pass *pass, struct leat_terminal *terminal, size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++)
        pass->paths[pass->path_count++] =
            (struct leat_path){terminal, (int32_t)i, range_of(terminal->rdd, (int32_t)i)};
}

/* Groups the paths by range, in a stable order; a range is a task. */
static leat_status sort_paths(struct pass *pass)
{
    size_t ranges = leat_batch_options(pass->batch)->range_count;
    struct leat_path *sorted = leat_alloc(pass->path_count + 1, sizeof *sorted);
    size_t count = 0;

    pass->first_path = leat_alloc(ranges + 1, sizeof *pass->first_path);
    if (sorted == NULL || pass->first_path == NULL) {
        leat_free(sorted);
        return LEAT_NO_MEMORY;
    }
    for (size_t range = 0; range < ranges; range++) {
        size_t first = count;

        for (size_t i = 0; i < pass->path_count; i++)
            if (pass->paths[i].range == range)
                sorted[count++] = pass->paths[i];
        if (count > first)
            pass->first_path[pass->task_count++] = first;
    }
    pass->first_path[pass->task_count] = count;
    leat_free(pass->paths);
    pass->paths = sorted;
    return LEAT_OK;
}

/* Reads the input to its end, or until a terminal has enough. */
static leat_status run_steps(struct leat_task *task)
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
    LEAT_TRY(leat_steps_close(task));
    return leat_task_flush_producers(task);
}

/* A bad record that a pass skipped before it stopped is skipped by a whole one again. */
static void count_records(struct leat_task *task)
{
    struct leat_batch_range *range = task->range;

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

static leat_status run_attempt(struct leat_task *task, const struct leat_path *paths, size_t count)
{
    struct leat_batch_range *range = task->range;
    bool reads = !task->input_done;
    leat_status status = leat_steps_build(task, paths, count);

    if (status == LEAT_OK)
        status = run_steps(task);
    leat_steps_release(task);
    if (reads && task->stopped)
        range->reader->ops->unread(range->reader, range->reader_index);
    else if (reads)
        range->reader->ops->release(range->reader, range->reader_index);
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
        leat_task_init(&task, pass->batch, &options->ranges[paths[0].range], attempt++);
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

static leat_status run_pass(struct pass *pass, leat_error *err)
{
    const struct leat_batch_options *options = leat_batch_options(pass->batch);

    if (sort_paths(pass) != LEAT_OK)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for %zu tasks", pass->path_count);
    pass->batch->stages++;
    leat_executor_run(options->executor, run_task, pass, pass->task_count);
    return leat_batch_error(pass->batch, err);
}

static void release(struct pass *pass)
{
    leat_free(pass->paths);
    leat_free(pass->first_path);
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

leat_status leat_pass_run(struct leat_batch *batch, struct leat_terminal *terminal, leat_error *err)
{
    struct pass pass = {.batch = batch};
    struct leat_terminal *waiting = batch->waiting;
    size_t most = terminal == NULL ? 0 : terminal->rdd->partitions;
    leat_status status;

    LEAT_TRY(leat_batch_error(batch, err));
    for (struct leat_terminal *t = waiting; t != NULL; t = t->next)
        most += t->rdd->partitions;
    pass.paths = leat_alloc(most + 1, sizeof *pass.paths);
    if (pass.paths == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for %zu tasks", most);
    batch->waiting = NULL;
    batch->waiting_last = NULL;
    for (struct leat_terminal *t = waiting; t != NULL; t = t->next)
        add_paths(&pass, t, 0, t->rdd->partitions);
    if (terminal != NULL)
        add_paths(&pass, terminal, 0, terminal->rdd->partitions);
    status = run_pass(&pass, err);
    release(&pass);
    return status;
}

leat_status leat_pass_run_waiting(struct leat_batch *batch, leat_error *err)
{
    return batch->waiting == NULL ? leat_batch_error(batch, err) : leat_pass_run(batch, NULL, err);
}

leat_status leat_pass_run_partition(struct leat_batch *batch, struct leat_terminal *terminal,
                                    int32_t partition, leat_error *err)
{
    struct pass pass = {.batch = batch};
    leat_status status;

    LEAT_TRY(leat_batch_error(batch, err));
    pass.paths = leat_alloc(1, sizeof *pass.paths);
    if (pass.paths == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a task");
    add_paths(&pass, terminal, (size_t)partition, 1);
    status = run_pass(&pass, err);
    release(&pass);
    return status;
}
