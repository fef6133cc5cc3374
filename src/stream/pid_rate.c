/* pid_rate: see pid_rate.h. */
#include "stream/pid_rate.h"

#include <math.h>

void leat_pid_rate_init(struct leat_pid_rate *pid, const struct leat_pid_settings *settings)
{
    *pid = (struct leat_pid_rate){
        .settings = *settings, .latest_time_ms = -1, .latest_rate = -1, .latest_error = -1};
}

bool leat_pid_rate_update(struct leat_pid_rate *pid, int64_t time_ms, int64_t records,
                          int64_t processing_ms, int64_t scheduling_ms, double *out_rate)
{
    const struct leat_pid_settings *settings = &pid->settings;
    double seconds = (double)(time_ms - pid->latest_time_ms) / 1000;
    double processing_rate, error, history, change, rate;

    if (time_ms <= pid->latest_time_ms || records <= 0 || processing_ms <= 0)
        return false;
    processing_rate = (double)records / (double)processing_ms * 1000;
    error = pid->latest_rate - processing_rate;
    /* Records that waited, as a rate: what the delay let pile up, spread over one interval. */
    history = (double)scheduling_ms * processing_rate / (double)settings->interval_ms;
    change = (error - pid->latest_error) / seconds;
    rate = fmax(pid->latest_rate - settings->proportional * error - settings->integral * history -
                    settings->derived * change,
                settings->rate_min);
    pid->latest_time_ms = time_ms;
    if (!pid->has_run) {
        pid->has_run = true;
        pid->latest_rate = processing_rate;
        pid->latest_error = 0;
        return false;
    }
    pid->latest_rate = rate;
    pid->latest_error = error;
    *out_rate = rate;
    return true;
}
