/*
 * run_batch: a batch of leat/test.h that must succeed; says why when it does not.
 */
#ifndef LEAT_TESTS_RUN_BATCH_H
#define LEAT_TESTS_RUN_BATCH_H

#include "leat/test.h"
#include "tests/support/check.h"

static inline void run_batch(leat_test *test)
{
    leat_error err = {LEAT_OK, ""};
    leat_status status = leat_test_run_batch(test, &err);

    if (status != LEAT_OK)
        fprintf(stderr, "%s\n", err.message);
    CHECK_OK(status);
}

#endif
