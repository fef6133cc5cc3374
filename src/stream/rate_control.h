/*
 * rate_control: how many records of each partition a batch may take: Spark's rules for a stream's
 * rate, by lag, and for a partition's; then leat's cap over the whole batch.
 *
 * Thread: any; pure functions.
 */
#ifndef LEAT_STREAM_RATE_CONTROL_H
#define LEAT_STREAM_RATE_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEAT_NO_CAP INT64_MAX

struct leat_rate_limits {
    double stream_rate;        /* Records per second of the stream; 0 or less: not limited. */
    double partition_rate_max; /* Records per second of a partition; 0: not limited. */
    int64_t partition_min;     /* Records of a partition that a batch always may take. */
    double batch_seconds;
};

/* Caps of one stream's partitions, from their lags (0 or more). LEAT_NO_CAP in all of them when
 * nothing limits the stream. */
void leat_rate_caps(const struct leat_rate_limits *limits, const int64_t *lags, size_t count,
                    int64_t *out_caps);

/* Cuts counts so that their sum is at most records_max (0: no limit), by share. What rounding
 * leaves goes to those whose share is no whole record; turn, the batch's number, says who comes
 * first. */
void leat_rate_spread(int64_t records_max, uint64_t turn, int64_t *counts, size_t count);

#endif
