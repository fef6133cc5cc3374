/* rate_control_test: Spark's published expectations, and the cap over the whole batch. */
#include "stream/rate_control.h"

#include "tests/support/check.h"

static void a_rate_is_shared_by_lag_and_cut_per_partition(void)
{
    struct leat_rate_limits limits = {
        .stream_rate = 1000, .partition_rate_max = 50, .partition_min = 1, .batch_seconds = 0.1};
    int64_t lags[] = {1000, 1000}, caps[2];

    leat_rate_caps(&limits, lags, 2, caps);
    CHECK(caps[0] == 5 && caps[1] == 5);
    limits.partition_rate_max = 100;
    leat_rate_caps(&limits, lags, 2, caps);
    CHECK(caps[0] == 10 && caps[1] == 10);
}

static void an_initial_rate_and_a_maximum_cap_one_partition(void)
{
    int64_t lag = 100000, cap;

    leat_rate_caps(&(struct leat_rate_limits){500, 1000, 1, 0.5}, &lag, 1, &cap);
    CHECK(cap == 250);
    leat_rate_caps(&(struct leat_rate_limits){1000, 300, 1, 0.5}, &lag, 1, &cap);
    CHECK(cap == 150);
}

static void the_minimum_is_per_batch(void)
{
    int64_t lags[] = {0, 100, 200, 300}, caps[4];

    leat_rate_caps(&(struct leat_rate_limits){1, 100, 5, 60}, lags, 4, caps);
    CHECK(caps[0] == 5 && caps[1] == 10 && caps[2] == 20 && caps[3] == 30);
}

static void nothing_limits_without_a_rate_or_without_lag(void)
{
    int64_t lags[] = {0, 0}, caps[2];

    leat_rate_caps(&(struct leat_rate_limits){0, 0, 1, 1}, lags, 2, caps);
    CHECK(caps[0] == LEAT_NO_CAP && caps[1] == LEAT_NO_CAP);
    leat_rate_caps(&(struct leat_rate_limits){1000, 0, 1, 1}, lags, 2, caps);
    CHECK(caps[0] == LEAT_NO_CAP && caps[1] == LEAT_NO_CAP);
}

static void a_batch_within_its_limit_is_not_cut(void)
{
    int64_t counts[] = {600, 400};

    leat_rate_spread(1000, 0, counts, 2);
    CHECK(counts[0] == 600 && counts[1] == 400);
    leat_rate_spread(0, 0, counts, 2);
    CHECK(counts[0] == 600 && counts[1] == 400);
}

static void a_batch_over_its_limit_is_cut_by_share(void)
{
    int64_t counts[] = {3000000, 1000000, 0};

    leat_rate_spread(1000000, 0, counts, 3);
    CHECK(counts[0] == 750000 && counts[1] == 250000 && counts[2] == 0);
}

static void a_small_lag_gets_its_turn(void)
{
    int64_t got[4] = {0};

    for (uint64_t turn = 0; turn < 4; turn++) {
        int64_t counts[] = {1000000, 1, 1, 1}, sum = 0;

        leat_rate_spread(1000, turn, counts, 4);
        for (size_t i = 0; i < 4; i++) {
            got[i] += counts[i];
            sum += counts[i];
        }
        CHECK(sum <= 1000 && counts[0] >= 999);
    }
    CHECK(got[1] > 0 && got[2] > 0 && got[3] > 0);
}

static const struct check_case cases[] = {
    CHECK_CASE(a_rate_is_shared_by_lag_and_cut_per_partition),
    CHECK_CASE(an_initial_rate_and_a_maximum_cap_one_partition),
    CHECK_CASE(the_minimum_is_per_batch),
    CHECK_CASE(nothing_limits_without_a_rate_or_without_lag),
    CHECK_CASE(a_batch_within_its_limit_is_not_cut),
    CHECK_CASE(a_batch_over_its_limit_is_cut_by_share),
    CHECK_CASE(a_small_lag_gets_its_turn),
};
CHECK_MAIN(cases)
