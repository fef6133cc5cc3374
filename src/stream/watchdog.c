/* watchdog: see watchdog.h. */
#include "stream/watchdog.h"

#include <errno.h>
#include <string.h>
#include <time.h>

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Waits for the deadline, or for another one. */
static void wait_for_deadline(struct leat_watchdog *watchdog)
{
    int64_t until = watchdog->deadline_us;
    struct timespec at = {.tv_sec = until / 1000000, .tv_nsec = until % 1000000 * 1000};

    if (until == 0) {
        pthread_cond_wait(&watchdog->changed, &watchdog->mutex);
        return;
    }
    if (pthread_cond_timedwait(&watchdog->changed, &watchdog->mutex, &at) != ETIMEDOUT ||
        watchdog->deadline_us == 0 || watchdog->deadline_us > now_us())
        return;
    watchdog->deadline_us = 0;
    atomic_store(&watchdog->bit, true);
    atomic_store(watchdog->flag, true);
}

static void *run(void *context)
{
    struct leat_watchdog *watchdog = context;

    pthread_mutex_lock(&watchdog->mutex);
    while (!watchdog->ends)
        wait_for_deadline(watchdog);
    pthread_mutex_unlock(&watchdog->mutex);
    return NULL;
}

leat_status leat_watchdog_start(struct leat_watchdog *watchdog, atomic_bool *flag, leat_error *err)
{
    pthread_condattr_t monotonic;
    int error;

    watchdog->flag = flag;
    pthread_mutex_init(&watchdog->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&watchdog->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    error = pthread_create(&watchdog->thread, NULL, run, watchdog);
    watchdog->runs = error == 0;
    if (error == 0)
        return LEAT_OK;
    pthread_cond_destroy(&watchdog->changed);
    pthread_mutex_destroy(&watchdog->mutex);
    return leat_fail(err, LEAT_LIMIT, "cannot start a thread: %s", strerror(error));
}

static void set_deadline(struct leat_watchdog *watchdog, int64_t deadline_us)
{
    pthread_mutex_lock(&watchdog->mutex);
    watchdog->deadline_us = deadline_us;
    pthread_cond_signal(&watchdog->changed);
    pthread_mutex_unlock(&watchdog->mutex);
}

void leat_watchdog_arm(struct leat_watchdog *watchdog, int64_t us)
{
    if (!watchdog->runs)
        return;
    atomic_store(&watchdog->bit, false);
    set_deadline(watchdog, now_us() + us);
}

bool leat_watchdog_disarm(struct leat_watchdog *watchdog)
{
    if (!watchdog->runs)
        return false;
    set_deadline(watchdog, 0);
    return atomic_load(&watchdog->bit);
}

void leat_watchdog_end(struct leat_watchdog *watchdog)
{
    if (!watchdog->runs)
        return;
    pthread_mutex_lock(&watchdog->mutex);
    watchdog->ends = true;
    pthread_cond_signal(&watchdog->changed);
    pthread_mutex_unlock(&watchdog->mutex);
    pthread_join(watchdog->thread, NULL);
    pthread_cond_destroy(&watchdog->changed);
    pthread_mutex_destroy(&watchdog->mutex);
    watchdog->runs = false;
}
