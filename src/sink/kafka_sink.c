/* kafka_sink: save_to_kafka: every record as it is, in the batch's transaction. */
#include "sink/sink.h"

#include "leat/kafka.h"

static leat_status push(struct leat_terminal *terminal, const struct leat_terminal_task *at,
                        const struct leat_chunk *chunk, bool *out_enough, leat_error *err)
{
    const struct leat_output *output = terminal->context;
    leat_producer *producer = leat_task_producer(at->task, output->sink);
    leat_status status = leat_producer_add_chunk(producer, output->topic, chunk);

    (void)out_enough;
    if (status != LEAT_OK)
        leat_fail(err, status, "%s", leat_status_text(status));
    return status;
}

leat_status leat_sink_kafka(struct leat_rdd *rdd, struct leat_output *output,
                            struct leat_terminal **out, leat_error *err)
{
    static const struct leat_terminal_ops ops = {.push = push};
    struct leat_terminal *terminal = leat_batch_alloc(rdd->batch, sizeof *terminal);

    if (terminal == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory");
    *terminal = (struct leat_terminal){.ops = &ops,
                                       .rdd = rdd,
                                       .name = leat_output_name(output->kind),
                                       .where = output->where,
                                       .context = output};
    *out = terminal;
    return LEAT_OK;
}
