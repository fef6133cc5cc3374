/*
 * strand: a function that pulls its input, run beside the task that pushes it. The two take turns:
 * while one runs the other waits, so that a task's data needs no lock.
 *
 * Thread: wait_input on the strand's own, the rest on the task's.
 */
#ifndef LEAT_EXEC_STRAND_H
#define LEAT_EXEC_STRAND_H

#include "base/status.h"
#include "record/chunk.h"

struct leat_step;
struct leat_strand;

typedef leat_status (*leat_strand_fn)(struct leat_step *step);

/* No thread before the first push or finish. Caller destroys *out. */
LEAT_MUST_CHECK leat_status leat_strand_create(struct leat_step *step, leat_strand_fn fn,
                                               struct leat_strand **out, leat_error *err);

/* Runs the function until it has used up chunk or returned; its status if it returned. */
leat_status leat_strand_push(struct leat_strand *strand, const struct leat_chunk *chunk);

/* The input has ended: runs the function to its return and gives its status. */
leat_status leat_strand_finish(struct leat_strand *strand);

/* For the function: waits for the next chunk; false at the end. */
bool leat_strand_wait_input(struct leat_strand *strand, const struct leat_chunk **out_chunk);

/* Ends the input of a function that still runs, and waits for it. Accepts NULL. */
void leat_strand_destroy(struct leat_strand *strand);

#endif
