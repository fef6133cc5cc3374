/* listeners: see listeners.h. */
#include "stream/listeners.h"

#include <stdio.h>
#include <string.h>

#include "stream/engine_internal.h"

enum { ARENA_CHUNK_BYTES = 4 << 10 };
static const size_t arena_bytes_max = (size_t)64 << 20;

/* Calls one callback of each listener that has it. */
#define TELL(engine, callback, subject)                                         \
    do {                                                                        \
        const struct leat_added_listener *listener_ = (engine)->ssc->listeners; \
        for (; listener_ != NULL; listener_ = listener_->next)                  \
            if (listener_->callbacks.callback != NULL)                          \
                listener_->callbacks.callback((subject), listener_->user);      \
    } while (0)

void leat_listeners_init(struct leat_told *told)
{
    leat_arena_init(&told->arena, ARENA_CHUNK_BYTES, arena_bytes_max);
}

void leat_listeners_release(struct leat_told *told)
{
    leat_arena_release(&told->arena);
}

void leat_listeners_tell_start(struct leat_engine *engine)
{
    TELL(engine, streaming_started, leat_engine_now_ms(engine));
}

/* ---- what the batch is made of ---- */

/* The run has its ranges by source, in the sources' order. */
static bool describe_inputs(struct leat_engine *engine, struct leat_told *told)
{
    const struct leat_batch_run *run = &engine->run;
    leat_input_info *inputs =
        leat_arena_zalloc(&told->arena, (engine->source_count + 1) * sizeof *inputs);
    leat_offset_range *ranges =
        leat_arena_zalloc(&told->arena, (run->range_count + 1) * sizeof *ranges);
    size_t next = 0;

    if (inputs == NULL || ranges == NULL)
        return false;
    for (size_t i = 0; i < engine->source_count; i++) {
        const struct leat_source *source = engine->sources[i].source;

        inputs[i] = (leat_input_info){
            .stream_id = (int32_t)source->index, .name = source->name, .ranges = &ranges[next]};
        for (size_t r = 0; r < run->range_count; r++) {
            const struct leat_batch_range *from = &run->ranges[r];

            if (from->source != source)
                continue;
            ranges[next++] =
                (leat_offset_range){from->topic, from->partition, from->from, from->until};
            inputs[i].range_count++;
            inputs[i].records += from->until - from->from;
        }
    }
    told->batch.inputs = inputs;
    told->batch.input_count = engine->source_count;
    return true;
}

static const char *describe(struct leat_told *told, const struct leat_output *output)
{
    const char *name = leat_output_name(output->kind);
    size_t size = strlen(name) + strlen(output->where) + sizeof " at ";
    char *text = leat_arena_zalloc(&told->arena, size);

    if (text != NULL)
        snprintf(text, size, "%s at %s", name, output->where);
    return text;
}

static bool describe_outputs(struct leat_engine *engine, struct leat_told *told)
{
    size_t count = engine->ssc->output_count;
    leat_output_operation_info *outputs =
        leat_arena_zalloc(&told->arena, (count + 1) * sizeof *outputs);

    if (outputs == NULL)
        return false;
    for (const struct leat_output *o = engine->ssc->outputs; o != NULL; o = o->next) {
        outputs[o->id] = (leat_output_operation_info){.batch_time = engine->run.time,
                                                      .id = o->id,
                                                      .name = leat_output_name(o->kind),
                                                      .description = describe(told, o),
                                                      .start_time = -1,
                                                      .end_time = -1};
        if (outputs[o->id].description == NULL)
            return false;
    }
    told->outputs = outputs;
    told->batch.output_operations = outputs;
    told->batch.output_operation_count = count;
    return true;
}

leat_status leat_listeners_submit(struct leat_engine *engine, leat_error *err)
{
    const struct leat_batch_run *run = &engine->run;
    struct leat_told *told = &engine->told;

    if (engine->ssc->listeners == NULL)
        return LEAT_OK;
    leat_arena_reset(&told->arena);
    told->batch = (leat_batch_info){.batch_time = run->time,
                                    .submission_time = run->started_ms - run->scheduling_ms,
                                    .processing_start_time = -1,
                                    .processing_end_time = -1,
                                    .scheduling_delay = -1,
                                    .processing_delay = -1,
                                    .total_delay = -1,
                                    .records = run->records,
                                    .number = run->n,
                                    .is_replay = run->is_replay};
    if (!describe_inputs(engine, told) || !describe_outputs(engine, told))
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for what listeners are told");
    told->submitted = true;
    TELL(engine, batch_submitted, &told->batch);
    return LEAT_OK;
}

/* ---- as it runs ---- */

void leat_listeners_begin(struct leat_engine *engine)
{
    struct leat_told *told = &engine->told;

    if (!told->submitted)
        return;
    told->batch.processing_start_time = engine->run.started_ms;
    told->batch.scheduling_delay = engine->run.scheduling_ms;
    TELL(engine, batch_started, &told->batch);
}

void leat_listeners_tell_output(void *context, const struct leat_output *output, bool end,
                                leat_status status)
{
    struct leat_engine *engine = context;
    leat_output_operation_info *info;
    bool first;

    (void)status; /* The batch's decides. */
    if (!engine->told.submitted)
        return;
    info = &engine->told.outputs[output->id];
    if (end) {
        bool is_done = output->kind == LEAT_OUTPUT_FOREACH_RDD || output->kind == LEAT_OUTPUT_PRINT;

        info->end_time = is_done ? leat_engine_now_ms(engine) : -1;
        return;
    }
    first = info->start_time < 0;
    info->start_time = leat_engine_now_ms(engine);
    info->end_time = -1;
    if (first)
        TELL(engine, output_operation_started, info);
}

void leat_listeners_end_outputs(struct leat_engine *engine)
{
    leat_time now = leat_engine_now_ms(engine);

    for (size_t i = 0; engine->told.submitted && i < engine->ssc->output_count; i++)
        if (engine->told.outputs[i].start_time >= 0 && engine->told.outputs[i].end_time < 0)
            engine->told.outputs[i].end_time = now;
}

void leat_listeners_complete(struct leat_engine *engine, const char *why)
{
    struct leat_told *told = &engine->told;
    leat_batch_info *batch = &told->batch;

    if (!told->submitted)
        return;
    told->submitted = false;
    batch->processing_delay = (leat_engine_now_us(engine) - engine->run.started_us) / 1000;
    batch->processing_end_time = engine->run.started_ms + batch->processing_delay;
    batch->total_delay = engine->run.scheduling_ms + batch->processing_delay;
    batch->failure_reason = why;
    for (size_t i = 0; i < batch->output_operation_count; i++) {
        if (told->outputs[i].start_time < 0)
            continue;
        told->outputs[i].failure_reason = why;
        TELL(engine, output_operation_completed, &told->outputs[i]);
    }
    TELL(engine, batch_completed, batch);
}
