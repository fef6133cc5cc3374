/*
 * outputs: runs a batch's output operations, in the order of registration.
 *
 * foreachRDD functions run as they come. What the engine itself writes (text files, Kafka, print)
 * waits for the first action that reads everything, and goes along in its pass, so that a source is
 * read once however many output operations it has.
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
