/* outputs: see outputs.h. */
#include "sink/outputs.h"

#include "sink/sink.h"

/* What happens when it runs, and not when the batch's records are written. */
static bool is_called(const struct leat_output *output)
{
    return output->kind == LEAT_OUTPUT_FOREACH_RDD || output->kind == LEAT_OUTPUT_PRINT;
}

static leat_status call(struct leat_rdd *rdd, struct leat_output *output, leat_error *err)
{
    leat_status status;
    leat_status failed;

    if (output->kind == LEAT_OUTPUT_PRINT)
        return leat_sink_print(rdd, output, err);
    status = output->fn(rdd, output->user);
    failed = leat_batch_error(rdd->batch, err);
    if (failed != LEAT_OK)
        return failed;
    if (status != LEAT_OK)
        leat_fail(err, status, "the function returned: %s", leat_status_text(status));
    return status;
}

static leat_status add_writing(struct leat_rdd *rdd, struct leat_output *output, leat_error *err)
{
    struct leat_terminal *terminal = NULL;

    if (output->kind == LEAT_OUTPUT_KAFKA)
        LEAT_TRY(leat_sink_kafka(rdd, output, &terminal, err));
    else
        LEAT_TRY(leat_sink_files(rdd, output, &terminal, err));
    if (terminal != NULL)
        leat_pass_add_waiting(rdd->batch, terminal);
    return LEAT_OK;
}

static leat_status run_output(struct leat_batch *batch, struct leat_output *output, leat_error *err)
{
    struct leat_rdd *rdd = NULL;

    LEAT_TRY(leat_batch_rdd(batch, output->stream, &rdd, err));
    leat_batch_set_running(batch, output->where);
    if (rdd == NULL)
        return LEAT_OK;
    return is_called(output) ? call(rdd, output, err) : add_writing(rdd, output, err);
}

/* What the tasks themselves said names its operator already. */
static void name_output(const struct leat_batch *batch, const struct leat_output *output,
                        leat_error *err)
{
    if (leat_batch_error(batch, NULL) == LEAT_OK || leat_batch_failed_by_function(batch))
        leat_error_prefix(err, "%s at %s", leat_output_name(output->kind), output->where);
}

/* Those that are called, or those that are not, in the order of registration. */
static leat_status run_outputs(struct leat_batch *batch, bool called, leat_output_listener listener,
                               void *context, leat_error *err)
{
    struct leat_output *output = leat_batch_options(batch)->ssc->outputs;

    for (; output != NULL; output = output->next) {
        leat_error reason = {LEAT_OK, ""};
        leat_status status;

        if (is_called(output) != called)
            continue;
        if (listener != NULL)
            listener(context, output, false, LEAT_OK);
        status = run_output(batch, output, &reason);
        if (listener != NULL)
            listener(context, output, true, status);
        if (status == LEAT_OK)
            continue;
        name_output(batch, output, &reason);
        reason.status = status;
        if (err != NULL)
            *err = reason;
        leat_batch_fail(batch, &reason);
        return status;
    }
    return LEAT_OK;
}

leat_status leat_outputs_run(struct leat_batch *batch, leat_output_listener listener, void *context,
                             leat_error *err)
{
    LEAT_TRY(run_outputs(batch, false, listener, context, err));
    LEAT_TRY(run_outputs(batch, true, listener, context, err));
    return leat_batch_finish(batch, err);
}
