/*
 * outputs: runs a batch's output operations.
 *
 * What the engine itself writes (files, Kafka) is made ready first, and waits for the first action
 * that reads everything: it goes along in its pass, so that a source is read once however many
 * output operations it has. Then print and the functions given to foreach_rdd run in the order of
 * registration. As the batch is published whole, nobody sees that order but in what functions do.
 *
 * Thread: the scheduler's.
 */
#ifndef LEAT_SINK_OUTPUTS_H
#define LEAT_SINK_OUTPUTS_H

#include "exec/batch.h"

/* Reported as each output operation begins (end false) and ends; status is its outcome. */
typedef void (*leat_output_listener)(void *context, const struct leat_output *output, bool end,
                                     leat_status status);

/* Runs them all, or up to the first that fails; err is its sentence with operator and file:line.
 * listener may be NULL. */
LEAT_MUST_CHECK leat_status leat_outputs_run(struct leat_batch *batch,
                                             leat_output_listener listener, void *context,
                                             leat_error *err);

#endif
