/* pid_rate_test: the estimator against values worked out from Spark's formula. */
#include "stream/pid_rate.h"

#include <math.h>

#include "tests/support/check.h"

static struct leat_pid_rate with_defaults(void)
{
    struct leat_pid_rate pid;

    leat_pid_rate_init(
        &pid, &(struct leat_pid_settings){
                  .proportional = 1.0, .integral = 0.2, .rate_min = 100, .interval_ms = 20000});
    return pid;
}

static void the_golden_vectors_come_out(void)
{
    static const struct {
        int64_t time_ms, records, processing_ms, scheduling_ms;
        double rate; /* 0: none. */
    } batches[] = {{20000, 200000, 25000, 0, 0},
                   {45000, 160000, 20000, 5000, 7600},
                   {65000, 160000, 16000, 5000, 9500},
                   {81000, 200000, 19000, 1000, 10421.052631578948},
                   {101000, 0, 10, 0, 0},
                   {121000, 180000, 15000, 0, 12000},
                   {141000, 10, 5000, 40000, 100}};
    struct leat_pid_rate pid = with_defaults();

    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
        double rate = 0;
        bool learned =
            leat_pid_rate_update(&pid, batches[i].time_ms, batches[i].records,
                                 batches[i].processing_ms, batches[i].scheduling_ms, &rate);

        CHECK(learned == (batches[i].rate > 0));
        CHECK(fabs(rate - batches[i].rate) < 1e-9);
    }
}

static void the_same_time_twice_teaches_nothing(void)
{
    struct leat_pid_rate pid = with_defaults();
    double rate;

    CHECK(!leat_pid_rate_update(&pid, 1000, 100, 10, 0, &rate));
    CHECK(!leat_pid_rate_update(&pid, 1000, 100, 10, 0, &rate));
    CHECK(leat_pid_rate_update(&pid, 1001, 100, 10, 0, &rate));
}

static void no_records_and_no_time_teach_nothing(void)
{
    struct leat_pid_rate pid = with_defaults();
    double rate;

    CHECK(!leat_pid_rate_update(&pid, 1000, 100, 10, 0, &rate));
    CHECK(!leat_pid_rate_update(&pid, 2000, 0, 10, 0, &rate));
    CHECK(!leat_pid_rate_update(&pid, 3000, -1, 10, 0, &rate));
    CHECK(!leat_pid_rate_update(&pid, 4000, 100, 0, 0, &rate));
}

static const struct check_case cases[] = {
    CHECK_CASE(the_golden_vectors_come_out),
    CHECK_CASE(the_same_time_twice_teaches_nothing),
    CHECK_CASE(no_records_and_no_time_teach_nothing),
};
CHECK_MAIN(cases)
