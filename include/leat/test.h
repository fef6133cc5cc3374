/*
 * leat/test.h: the same create function on Kafka in memory, with a manual clock: no broker and no
 * wall time. For tests of jobs.
 *
 * Thread: one.
 */
#ifndef LEAT_TEST_H
#define LEAT_TEST_H

#include "leat/base.h"
#include "leat/context.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Takes ownership of conf. Builds the job with create and starts it, at time 0. Topics that a
 * source names exist with one partition and grow as records are pushed; output topics appear when
 * written. Tasks run one after the other on the caller's thread unless leat.local.cores is set.
 * NULL on error, said in err. Caller destroys it. Since: 0.1
 */
LEAT_API leat_test *leat_test_create(leat_conf *conf, leat_duration interval, leat_create_fn create,
                                     void *user, leat_error *err);

/* Appends a record with the clock's time as its timestamp. Copies. Since: 0.1 */
LEAT_API leat_status leat_test_push(leat_test *test, const char *topic, int32_t partition,
                                    leat_bytes key, leat_bytes value);

/* Sets the clock to the next multiple of the interval and runs one batch to its commit. The error
 * is the one that would have stopped the job. Since: 0.1 */
LEAT_API leat_status leat_test_run_batch(leat_test *test, leat_error *err);

/*
 * Ends the job without a clean stop, as a kill would, and starts it again with conf (taken over) on
 * the same Kafka, clock and checkpoint directory (leat.checkpoint.directory): what state and
 * windows remember must come back. Since: 0.1
 */
LEAT_API leat_status leat_test_restart(leat_test *test, leat_conf *conf, leat_error *err);

/* The committed record of topic at index, partition after partition within a batch, in commit
 * order; borrowed until the test is destroyed. NULL: no more. Since: 0.1 */
LEAT_API const leat_record *leat_test_output(leat_test *test, const char *topic, size_t index);

/* The context, to find broadcasts and accumulators. Since: 0.1 */
LEAT_API leat_streaming_context *leat_test_context(leat_test *test);

/* Accepts NULL. Since: 0.1 */
LEAT_API void leat_test_destroy(leat_test *test);

#ifdef __cplusplus
}
#endif
#endif
