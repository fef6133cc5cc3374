/* failure: what becomes of a status that a user's function returned. */
#include <inttypes.h>

#include "exec/task.h"

/* "flat_map at daas.c:31: partition 3 of 'events', offset 123" */
static void name_place(const struct leat_step *step, const leat_record *record, leat_error *err)
{
    const char *operator_name =
        step->terminal != NULL ? step->terminal->name : leat_operator_name(step->rdd->node.kind);
    const char *where = step->terminal != NULL ? step->terminal->where : step->rdd->node.where;

    if (record != NULL && record->origin != NULL)
        leat_error_prefix(err, "%s at %s: topic '%s' partition %" PRId32 " offset %" PRId64,
                          operator_name, where, leat_record_topic(record),
                          leat_record_partition(record), record->offset);
    else if (step->task->has_key && step->task->key_in_work.data != NULL)
        leat_error_prefix(
            err, "%s at %s: key '%.*s'", operator_name, where,
            (int)(step->task->key_in_work.size < 100 ? step->task->key_in_work.size : 100),
            step->task->key_in_work.data);
    else
        leat_error_prefix(err, "%s at %s", operator_name, where);
}

static leat_status say(struct leat_task *task, leat_status status, leat_error *out)
{
    *out = task->error;
    if (status > LEAT_CANCELLED)
        return leat_fail(out, LEAT_INVALID,
                         "the function returned an unknown status %d; return a leat_status",
                         (int)status);
    if (task->error.status != status)
        leat_fail(out, status, "the function returned: %s", leat_status_text(status));
    return status;
}

static bool works_for_a_record(const struct leat_step *step)
{
    return step->push != NULL || step->emitter.holds;
}

/* Under which a bad record would have been left out. */
static void advise(const struct leat_step *step, leat_status status, leat_error *err)
{
    leat_error failure = *err;

    if (status == LEAT_BAD_RECORD && works_for_a_record(step))
        leat_fail(err, status, "%.400s; leat.bad.records=skip leaves such records out",
                  failure.message);
}

/* Only functions that are called once for each record can leave one out. */
static bool may_skip(const struct leat_step *step, leat_status status)
{
    const struct leat_batch_options *options = leat_batch_options(step->task->batch);

    return status == LEAT_BAD_RECORD && works_for_a_record(step) && step->task->broken == LEAT_OK &&
           leat_executor_options(options->executor)->skip_bad_records;
}

leat_status leat_step_failed(struct leat_step *step, const leat_record *record, leat_status status)
{
    struct leat_task *task = step->task;
    leat_error err;

    if (task->broken != LEAT_OK)
        return task->broken;
    status = say(task, status, &err);
    if (may_skip(step, status)) {
        task->error.status = LEAT_OK;
        if (leat_batch_may_log_skip(task->batch, task->skipped_records)) {
            name_place(step, record, &err);
            leat_batch_log_skip(task->batch, &err);
        }
        task->skipped_records++;
        return LEAT_OK;
    }
    name_place(step, record, &err);
    advise(step, status, &err);
    return leat_task_break(task, status, &err);
}
