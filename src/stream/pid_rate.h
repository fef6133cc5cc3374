/*
 * pid_rate: how many records a second a stream can take, learned from its batches: Spark's
 * PIDRateEstimator to the letter, so that a job ported from there settles at the same rate.
 *
 * Thread: the scheduler's.
 */
#ifndef LEAT_STREAM_PID_RATE_H
#define LEAT_STREAM_PID_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct leat_pid_settings {
    double proportional;
    double integral;
    double derived;
    double rate_min; /* Records per second of the whole stream; more than 0. */
    int64_t interval_ms;
};

struct leat_pid_rate {
    struct leat_pid_settings settings;
    bool has_run;
    int64_t latest_time_ms;
    double latest_rate;
    double latest_error;
};

void leat_pid_rate_init(struct leat_pid_rate *pid, const struct leat_pid_settings *settings);

/* Learns from a batch that ended at time_ms. True with *out_rate in records per second when there
 * is an estimate: not for the first batch, nor for one that teaches nothing. */
bool leat_pid_rate_update(struct leat_pid_rate *pid, int64_t time_ms, int64_t records,
                          int64_t processing_ms, int64_t scheduling_ms, double *out_rate);

#endif
