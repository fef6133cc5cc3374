/*
 * listeners: tells a job's listeners what became of each batch, see leat/listener.h.
 *
 *   submitted -> started -> (output ...) -> completed
 *
 * Without a listener nothing is kept, and each of these returns at once.
 *
 * Thread: the scheduler's.
 */
#ifndef LEAT_STREAM_LISTENERS_H
#define LEAT_STREAM_LISTENERS_H

#include "base/arena.h"
#include "leat/listener.h"
#include "sink/outputs.h"

struct leat_engine;

/* What listeners see of the running batch. */
struct leat_told {
    struct leat_arena arena; /* Of one batch. */
    bool submitted;          /* And not completed. */
    leat_batch_info batch;
    leat_output_operation_info *outputs; /* batch's, in the arena. */
};

void leat_listeners_init(struct leat_told *told);
void leat_listeners_release(struct leat_told *told);

/* The job runs. */
void leat_listeners_tell_start(struct leat_engine *engine);
/* The batch has a plan. */
LEAT_MUST_CHECK leat_status leat_listeners_submit(struct leat_engine *engine, leat_error *err);
/* Its first attempt begins. */
void leat_listeners_begin(struct leat_engine *engine);
/* A leat_output_listener; context is the engine. */
void leat_listeners_tell_output(void *context, const struct leat_output *output, bool end,
                                leat_status status);
/* All output operations of an attempt have run. */
void leat_listeners_end_outputs(struct leat_engine *engine);
/* The batch is over; why NULL: it is committed and published. */
void leat_listeners_complete(struct leat_engine *engine, const char *why);

#endif
