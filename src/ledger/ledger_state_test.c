/* ledger_state_test: state goes with its batch: what is prepared counts forward, is gone back, and
 * is folded with what settles it, wherever the process ends. */
#include <errno.h>

#include "base/memory.h"
#include "tests/support/ledger_sample.h"
#include "tests/support/state_sample.h"

static int sync_errno;

__attribute__((visibility("default"))) int fdatasync(int fd)
{
    (void)fd;
    errno = sync_errno;
    return sync_errno == 0 ? 0 : -1;
}

/* ---- a job ---- */

struct job {
    char root[PATH_MAX];
    struct leat_ledger *ledger;
    struct sample_place at;
};

static void attach(struct job *job)
{
    job->at.stores = sample_stores(leat_ledger_checkpoint(job->ledger), SAMPLE_SLOTS, 1 << 20);
    job->at.store = sample_declare(job->at.stores, "counts");
    leat_ledger_attach_stores(job->ledger, job->at.stores);
}

static void detach(struct job *job)
{
    leat_ledger_attach_stores(job->ledger, NULL);
    leat_stores_destroy(job->at.stores);
    job->at.stores = NULL;
}

static void open_job(struct job *job)
{
    scratch_make(job->root);
    job->ledger = sample_open(job->root);
    CHECK_OK(leat_ledger_write_anchoring(job->ledger, &sample_identity, &sample_settled,
                                         &sample_anchoring, NULL));
    attach(job);
}

/* As after a kill. */
static void reopen(struct job *job)
{
    detach(job);
    leat_ledger_close(job->ledger);
    job->ledger = sample_open(job->root);
    attach(job);
}

static void finish(struct job *job)
{
    detach(job);
    leat_ledger_close(job->ledger);
    scratch_remove(job->root);
}

static struct leat_settled settled_n(int64_t n)
{
    struct leat_settled settled = sample_settled;

    settled.n = n;
    return settled;
}

static struct leat_prepared prepared_n(int64_t n)
{
    struct leat_prepared prepared = sample_prepared;

    prepared.n = n;
    prepared.plan.n = n;
    return prepared;
}

static leat_status prepare(struct job *job, int64_t n, bool fold)
{
    struct leat_settled settled = settled_n(n - 1);
    struct leat_prepared prepared = prepared_n(n);

    return leat_ledger_write_prepared(job->ledger, fold ? &settled : NULL, &prepared, NULL);
}

static leat_status settle(struct job *job, int64_t n)
{
    struct leat_settled settled = settled_n(n);

    return leat_ledger_settle(job->ledger, &settled, NULL);
}

static void put(struct job *job, const char *key, const char *value)
{
    CHECK_OK(sample_put(&job->at, leat_string(key), leat_string(value), 1, NULL));
}

/* value NULL: there is none. */
static void check(struct job *job, const char *key, const char *value)
{
    CHECK(leat_bytes_equal(sample_get(&job->at, leat_string(key)).value, leat_string(value)));
}

/* ---- the protocol's ways ---- */

/* "a" = "1" of batch 5 was prepared, and gone back. */
static void open_gone_back(struct job *job)
{
    open_job(job);
    put(job, "a", "1");
    CHECK_OK(prepare(job, 5, false));
    reopen(job);
    CHECK_OK(leat_ledger_drop_prepared(job->ledger, &sample_plan, NULL));
}

static void a_prepared_batch_counts_forward(void)
{
    struct job job;

    open_job(&job);
    put(&job, "a", "1");
    CHECK_OK(prepare(&job, 5, false));
    reopen(&job);
    check(&job, "a", NULL); /* Nobody knows yet. */
    CHECK_OK(settle(&job, 5));
    check(&job, "a", "1");
    reopen(&job);
    check(&job, "a", "1");
    finish(&job);
}

static void a_prepared_batch_is_gone_back(void)
{
    struct job job;

    open_gone_back(&job);
    check(&job, "a", NULL);
    put(&job, "a", "2"); /* Run again. */
    CHECK_OK(prepare(&job, 5, false));
    reopen(&job);
    CHECK_OK(settle(&job, 5));
    check(&job, "a", "2");
    finish(&job);
}

static void the_next_prepared_makes_the_one_before_count(void)
{
    struct job job;

    open_job(&job);
    put(&job, "a", "1");
    CHECK_OK(prepare(&job, 5, false));
    leat_stores_accept(job.at.stores);
    put(&job, "a", "2");
    CHECK_OK(prepare(&job, 6, true));
    reopen(&job);
    check(&job, "a", "1");
    CHECK_OK(leat_ledger_drop_prepared(job.ledger, NULL, NULL));
    reopen(&job);
    check(&job, "a", "1");
    finish(&job);
}

static void the_next_plan_makes_the_one_before_count(void)
{
    struct leat_plan six = sample_plan;
    struct leat_settled five = settled_n(5);
    struct job job;

    six.n = 6;
    open_job(&job);
    put(&job, "a", "1");
    CHECK_OK(prepare(&job, 5, false));
    leat_stores_accept(job.at.stores);
    CHECK_OK(leat_ledger_write_plan(job.ledger, &five, &six, NULL));
    reopen(&job);
    check(&job, "a", "1");
    finish(&job);
}

static void at_least_once_settles_what_is_pending(void)
{
    struct job job;

    open_job(&job);
    put(&job, "a", "1");
    CHECK_OK(settle(&job, 5));
    CHECK(!leat_stores_have_changes(job.at.stores));
    put(&job, "b", "2");
    leat_stores_revert(job.at.stores);
    check(&job, "a", "1");
    reopen(&job);
    check(&job, "a", "1");
    check(&job, "b", NULL);
    finish(&job);
}

static void an_attempt_replaces_the_one_before(void)
{
    struct job job;

    open_job(&job);
    put(&job, "a", "1");
    put(&job, "b", "1");
    CHECK_OK(prepare(&job, 5, false));
    leat_stores_revert(job.at.stores); /* Kafka said no. */
    put(&job, "a", "2");
    CHECK_OK(prepare(&job, 5, false));
    leat_stores_revert(job.at.stores);
    CHECK_OK(prepare(&job, 5, false)); /* And one that changes nothing. */
    leat_stores_revert(job.at.stores);
    put(&job, "a", "3");
    CHECK_OK(prepare(&job, 5, false));
    leat_stores_accept(job.at.stores);
    CHECK_OK(settle(&job, 5));
    reopen(&job);
    check(&job, "a", "3");
    check(&job, "b", NULL);
    finish(&job);
}

static void a_failed_write_changes_nothing(void)
{
    struct job job;

    open_job(&job);
    put(&job, "a", "1");
    CHECK_OK(settle(&job, 5));
    put(&job, "a", "2");
    CHECK(prepare(&job, 8, false) == LEAT_INVALID); /* 8 cannot follow 5. */
    leat_stores_revert(job.at.stores);
    check(&job, "a", "1");
    put(&job, "a", "3");
    sync_errno = EIO;
    CHECK(prepare(&job, 6, false) == LEAT_IO);
    sync_errno = 0;
    leat_stores_revert(job.at.stores);
    check(&job, "a", "1");
    finish(&job);
}

static void a_job_without_state_settles_what_another_prepared(void)
{
    struct job job;

    open_job(&job);
    put(&job, "a", "1");
    CHECK_OK(prepare(&job, 5, false));
    reopen(&job);
    detach(&job);
    CHECK_OK(settle(&job, 5));
    attach(&job);
    check(&job, "a", "1");
    put(&job, "a", "2");
    CHECK_OK(prepare(&job, 6, false));
    reopen(&job);
    detach(&job);
    CHECK_OK(leat_ledger_drop_prepared(job.ledger, NULL, NULL));
    attach(&job);
    check(&job, "a", "1");
    finish(&job);
}

/* What went back is not there for a batch of the same number to settle. */
static void a_job_without_state_never_settles_what_went_back(void)
{
    struct job job;

    open_gone_back(&job);
    detach(&job);
    CHECK_OK(prepare(&job, 5, false));
    CHECK_OK(settle(&job, 5));
    attach(&job);
    check(&job, "a", NULL);
    finish(&job);
}

static void a_new_lineage_has_no_state(void)
{
    for (int attached = 0; attached < 2; attached++) {
        struct leat_store_definition other = {"counts", "window", "i64 -> i64", "job.c:9"};
        struct leat_store *store;
        struct job job;

        open_job(&job);
        put(&job, "a", "1");
        CHECK_OK(settle(&job, 5));
        put(&job, "a", "2");
        CHECK_OK(prepare(&job, 6, false));
        reopen(&job);
        if (attached == 0)
            detach(&job);
        CHECK_OK(leat_ledger_new_lineage(job.ledger, NULL));
        if (attached == 0)
            attach(&job);
        check(&job, "a", NULL);
        put(&job, "b", "1");
        CHECK_OK(leat_ledger_write_anchoring(job.ledger, &sample_identity, &sample_settled,
                                             &sample_anchoring, NULL));
        CHECK_OK(settle(&job, 5));
        reopen(&job);
        check(&job, "a", NULL);
        check(&job, "b", "1");
        CHECK_OK(leat_ledger_new_lineage(job.ledger, NULL));
        detach(&job);
        job.at.stores = sample_stores(leat_ledger_checkpoint(job.ledger), SAMPLE_SLOTS, 1 << 20);
        CHECK_OK(leat_stores_declare(job.at.stores, &other, &store, NULL)); /* Names too. */
        finish(&job);
    }
}

/* A delta lies there for some batches before it is applied; then what is wrong with it is said. */
static void a_damaged_delta_stops_the_job_and_loses_nothing_before_it(void)
{
    static const char chunk[12] = {0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1};
    struct leat_checkpoint *checkpoint;
    leat_status status = LEAT_OK;
    struct job job;
    int64_t n;

    open_job(&job);
    checkpoint = leat_ledger_checkpoint(job.ledger);
    for (n = 5; n < 200 && status == LEAT_OK; n++) {
        char value[16];

        snprintf(value, sizeof value, "%d", (int)n);
        put(&job, "a", value);
        status = prepare(&job, n, n > 5);
        if (status == LEAT_OK)
            leat_stores_accept(job.at.stores);
        if (n != 9)
            continue;
        CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
        CHECK_OK(leat_checkpoint_put(checkpoint, LEAT_DATABASE_DELTA,
                                     (leat_bytes){chunk, sizeof chunk}, leat_string("damaged"),
                                     NULL));
        CHECK_OK(leat_checkpoint_commit(checkpoint, NULL));
    }
    CHECK(status == LEAT_CORRUPT && n > 20 && n < 100);
    finish(&job);
}

/* Each allocation of a prepare and a settle fails once. */
static void no_memory_for_a_step_leaves_the_step_before(void)
{
    struct job job;
    leat_status status;
    long count = 0;

    open_job(&job);
    put(&job, "a", "0");
    CHECK_OK(settle(&job, 5));
    do {
        put(&job, "a", "1");
        leat_memory_fail_after(count++);
        status = prepare(&job, 6, false);
        leat_memory_fail_after(-1);
        if (status == LEAT_OK)
            continue;
        CHECK(status == LEAT_NO_MEMORY);
        leat_stores_revert(job.at.stores);
        check(&job, "a", "0");
    } while (status != LEAT_OK);
    CHECK(count > 2);
    leat_stores_accept(job.at.stores);
    count = 0;
    do {
        leat_memory_fail_after(count++);
        status = settle(&job, 6);
        leat_memory_fail_after(-1);
        CHECK(status == LEAT_OK || status == LEAT_NO_MEMORY);
    } while (status != LEAT_OK);
    check(&job, "a", "1");
    reopen(&job);
    check(&job, "a", "1");
    finish(&job);
}

static const struct check_case cases[] = {
    CHECK_CASE(a_prepared_batch_counts_forward),
    CHECK_CASE(a_prepared_batch_is_gone_back),
    CHECK_CASE(the_next_prepared_makes_the_one_before_count),
    CHECK_CASE(the_next_plan_makes_the_one_before_count),
    CHECK_CASE(at_least_once_settles_what_is_pending),
    CHECK_CASE(an_attempt_replaces_the_one_before),
    CHECK_CASE(a_failed_write_changes_nothing),
    CHECK_CASE(a_job_without_state_settles_what_another_prepared),
    CHECK_CASE(a_job_without_state_never_settles_what_went_back),
    CHECK_CASE(a_new_lineage_has_no_state),
    CHECK_CASE(a_damaged_delta_stops_the_job_and_loses_nothing_before_it),
    CHECK_CASE(no_memory_for_a_step_leaves_the_step_before),
};
CHECK_MAIN(cases)
