/*
 * sink: what the engine itself writes: one maker of terminals for each kind of output operation.
 *
 * Thread: make and finish on the scheduler's.
 */
#ifndef LEAT_SINK_SINK_H
#define LEAT_SINK_SINK_H

#include "exec/batch.h"
#include "exec/terminal.h"
#include "graph/graph.h"

/* Each makes the terminal of output over rdd, in the batch's memory; *out NULL: nothing to do in
 * this batch. */
LEAT_MUST_CHECK leat_status leat_sink_kafka(struct leat_rdd *rdd, struct leat_output *output,
                                            struct leat_terminal **out, leat_error *err);
LEAT_MUST_CHECK leat_status leat_sink_files(struct leat_rdd *rdd, struct leat_output *output,
                                            struct leat_terminal **out, leat_error *err);

/* Reads and prints the first records; no terminal waits. */
LEAT_MUST_CHECK leat_status leat_sink_print(struct leat_rdd *rdd, struct leat_output *output,
                                            leat_error *err);

#endif
