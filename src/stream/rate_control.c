/* rate_control: see rate_control.h. */
#include "stream/rate_control.h"

/* Records per second of one partition; not a number when a rate is shared over no lag at all. */
static double partition_rate(const struct leat_rate_limits *limits, int64_t lag, double lag_sum)
{
    double rate;

    if (!(limits->stream_rate > 0))
        return limits->partition_rate_max;
    rate = (double)lag / lag_sum * limits->stream_rate;
    if (limits->partition_rate_max > 0 && limits->partition_rate_max < rate)
        return limits->partition_rate_max;
    return rate;
}

void leat_rate_caps(const struct leat_rate_limits *limits, const int64_t *lags, size_t count,
                    int64_t *out_caps)
{
    double lag_sum = 0, rate_sum = 0;

    for (size_t i = 0; i < count; i++)
        lag_sum += (double)lags[i];
    for (size_t i = 0; i < count; i++)
        rate_sum += partition_rate(limits, lags[i], lag_sum);
    for (size_t i = 0; i < count; i++) {
        double cap = limits->batch_seconds * partition_rate(limits, lags[i], lag_sum);

        if (!(rate_sum > 0) || cap >= (double)LEAT_NO_CAP)
            out_caps[i] = LEAT_NO_CAP;
        else if ((int64_t)cap < limits->partition_min)
            out_caps[i] = limits->partition_min;
        else
            out_caps[i] = (int64_t)cap;
    }
}

/* counts[i]'s part of records_max, rounded down. */
static int64_t share_of(int64_t records_max, int64_t wanted, double sum)
{
    return (int64_t)((double)records_max * ((double)wanted / sum));
}

void leat_rate_spread(int64_t records_max, uint64_t turn, int64_t *counts, size_t count)
{
    double sum = 0;
    int64_t left = records_max;

    for (size_t i = 0; i < count; i++)
        sum += (double)counts[i];
    if (records_max == 0 || sum <= (double)records_max)
        return;
    for (size_t i = 0; i < count; i++)
        left -= share_of(records_max, counts[i], sum);
    /* What rounding left is for those who got nothing, one record each. */
    for (size_t i = 0; i < count; i++) {
        size_t at = (size_t)((turn + i) % count);
        int64_t share = share_of(records_max, counts[at], sum);
        bool lucky = share == 0 && counts[at] > 0 && left > 0;

        counts[at] = lucky ? 1 : share;
        left -= lucky;
    }
}
