/* clock: see clock.h. */
#define _GNU_SOURCE /* ppoll */
#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

leat_status leat_wakeup_init(struct leat_wakeup *wakeup, leat_error *err)
{
    wakeup->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (wakeup->fd < 0)
        return leat_fail(err, LEAT_IO, "cannot make an eventfd: %s", strerror(errno));
    return LEAT_OK;
}

void leat_wakeup_set(const struct leat_wakeup *wakeup)
{
    static const uint64_t one = 1;
    int before = errno;
    ssize_t written = write(wakeup->fd, &one, sizeof one);

    (void)written; /* Full means that it is set already. */
    errno = before;
}

void leat_wakeup_clear(const struct leat_wakeup *wakeup)
{
    uint64_t count;
    ssize_t got = read(wakeup->fd, &count, sizeof count);

    (void)got; /* Empty means that it was not set. */
}

void leat_wakeup_release(struct leat_wakeup *wakeup)
{
    if (wakeup->fd >= 0)
        close(wakeup->fd);
    wakeup->fd = -1;
}

static int64_t read_us(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t system_wall_us(void *context)
{
    (void)context;
    return read_us(CLOCK_REALTIME);
}

static int64_t system_monotonic_us(void *context)
{
    (void)context;
    return read_us(CLOCK_MONOTONIC);
}

/* False when wakeup is set. */
static bool sleep_us(int64_t us, const struct leat_wakeup *wakeup)
{
    struct pollfd woken = {.fd = wakeup->fd, .events = POLLIN};
    struct timespec length = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};

    return ppoll(&woken, 1, &length, NULL) <= 0;
}

static bool system_wait_us(void *context, int64_t us, const struct leat_wakeup *wakeup)
{
    int64_t until = read_us(CLOCK_MONOTONIC) + us;
    int64_t left = us;

    (void)context;
    do {
        if (!sleep_us(left < 0 ? 0 : left, wakeup))
            return false;
        left = until - read_us(CLOCK_MONOTONIC); /* A signal may have cut it short. */
    } while (left > 0);
    return true;
}

struct leat_clock leat_clock_system(void)
{
    return (struct leat_clock){
        .wall_us = system_wall_us, .monotonic_us = system_monotonic_us, .wait_us = system_wait_us};
}

int64_t leat_clock_wall_ms(const struct leat_clock *clock)
{
    return clock->wall_us(clock->context) / 1000;
}

int64_t leat_clock_monotonic_us(const struct leat_clock *clock)
{
    return clock->monotonic_us(clock->context);
}

bool leat_clock_wait_us(const struct leat_clock *clock, int64_t us,
                        const struct leat_wakeup *wakeup)
{
    return clock->wait_us(clock->context, us, wakeup);
}

static int64_t manual_now_us(void *context)
{
    return atomic_load(&((struct leat_manual_clock *)context)->now_us);
}

static bool manual_wait_us(void *context, int64_t us, const struct leat_wakeup *wakeup)
{
    if (!sleep_us(0, wakeup))
        return false;
    atomic_fetch_add(&((struct leat_manual_clock *)context)->now_us, us);
    return true;
}

void leat_manual_clock_set(struct leat_manual_clock *manual, int64_t wall_ms)
{
    atomic_store(&manual->now_us, wall_ms * 1000);
}

struct leat_clock leat_clock_manual(struct leat_manual_clock *manual)
{
    return (struct leat_clock){.wall_us = manual_now_us,
                               .monotonic_us = manual_now_us,
                               .wait_us = manual_wait_us,
                               .context = manual};
}
