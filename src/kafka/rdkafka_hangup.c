/*
 * rdkafka_hangup: ends a call that librdkafka would not end, by ending its connections.
 *
 * A TxnOffsetCommit that is on its way is waited for as long as socket.timeout.ms, whatever time
 * the call was given. Its thread cannot be woken; but a request whose connection is gone has
 * failed, and then librdkafka looks at the time.
 *
 * Thread: one of its own, which only looks now and then: a call costs it nothing.
 */
#include "kafka/rdkafka_hangup.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum { LOOK_MS = 200 };

static bool is_due(struct leat_hangup *hangup)
{
    int64_t due_ms = atomic_load(&hangup->due_ms);
    int64_t now_ms = leat_client_now_ms();

    if (due_ms == 0)
        return false;
    if (!leat_client_is_stopped(hangup->client))
        return now_ms >= due_ms;
    if (hangup->stopped_at_ms == 0)
        hangup->stopped_at_ms = now_ms;
    return now_ms >= due_ms || now_ms - hangup->stopped_at_ms >= hangup->stopped_ms;
}

static void wait_a_moment(struct leat_hangup *hangup)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += LOOK_MS * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    pthread_cond_timedwait(&hangup->changed, &hangup->mutex, &until);
}

static void *run(void *context)
{
    struct leat_hangup *hangup = context;

    pthread_mutex_lock(&hangup->mutex);
    while (!hangup->ends) {
        wait_a_moment(hangup);
        if (!hangup->ends && is_due(hangup))
            leat_client_hang_up(hangup->client);
    }
    pthread_mutex_unlock(&hangup->mutex);
    return NULL;
}

leat_status leat_hangup_start(struct leat_hangup *hangup, struct leat_client *client,
                              int64_t stopped_ms, leat_error *err)
{
    pthread_condattr_t monotonic;
    int error;

    hangup->client = client;
    hangup->stopped_ms = stopped_ms;
    pthread_mutex_init(&hangup->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&hangup->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    error = pthread_create(&hangup->thread, NULL, run, hangup);
    hangup->runs = error == 0;
    if (error == 0)
        return LEAT_OK;
    pthread_cond_destroy(&hangup->changed);
    pthread_mutex_destroy(&hangup->mutex);
    return leat_fail(err, LEAT_LIMIT, "cannot start a thread: %s", strerror(error));
}

void leat_hangup_begin(struct leat_hangup *hangup, int64_t due_ms)
{
    atomic_store(&hangup->due_ms, due_ms);
}

void leat_hangup_end(struct leat_hangup *hangup)
{
    atomic_store(&hangup->due_ms, 0);
}

void leat_hangup_stop(struct leat_hangup *hangup)
{
    if (!hangup->runs)
        return;
    pthread_mutex_lock(&hangup->mutex);
    hangup->ends = true;
    pthread_cond_signal(&hangup->changed);
    pthread_mutex_unlock(&hangup->mutex);
    pthread_join(hangup->thread, NULL);
    pthread_cond_destroy(&hangup->changed);
    pthread_mutex_destroy(&hangup->mutex);
    hangup->runs = false;
}
