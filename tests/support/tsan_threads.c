/* tsan_threads: C11 threads by POSIX threads, for builds with ThreadSanitizer. librdkafka uses the
 * former, which the sanitizer does not know: it would crash in their threads, and not see what
 * their mutexes order. glibc's mtx_t and cnd_t are pthread_mutex_t and pthread_cond_t. */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

#define EXPORTED __attribute__((visibility("default")))

struct start {
    thrd_start_t function;
    void *argument;
};

static void *run(void *context)
{
    struct start start = *(struct start *)context;

    free(context);
    return (void *)(intptr_t)start.function(start.argument);
}

static int result_of(int error)
{
    switch (error) {
    case 0:
        return thrd_success;
    case ETIMEDOUT:
        return thrd_timedout;
    case EBUSY:
        return thrd_busy;
    case ENOMEM:
        return thrd_nomem;
    default:
        return thrd_error;
    }
}

EXPORTED int thrd_create(thrd_t *thread, thrd_start_t function, void *argument)
{
    struct start *start = malloc(sizeof *start);

    if (start == NULL)
        return thrd_nomem;
    *start = (struct start){function, argument};
    return result_of(pthread_create(thread, NULL, run, start));
}

EXPORTED int thrd_join(thrd_t thread, int *result)
{
    void *value = NULL;
    int error = pthread_join(thread, &value);

    if (result != NULL)
        *result = (int)(intptr_t)value;
    return result_of(error);
}

EXPORTED int thrd_detach(thrd_t thread)
{
    return result_of(pthread_detach(thread));
}

static pthread_mutex_t *posix_mutex(mtx_t *mutex)
{
    return (pthread_mutex_t *)mutex;
}

static pthread_cond_t *posix_condition(cnd_t *condition)
{
    return (pthread_cond_t *)condition;
}

EXPORTED int mtx_init(mtx_t *mutex, int type)
{
    pthread_mutexattr_t attributes;
    int error;

    pthread_mutexattr_init(&attributes);
    if (type & mtx_recursive)
        pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    error = pthread_mutex_init(posix_mutex(mutex), &attributes);
    pthread_mutexattr_destroy(&attributes);
    return result_of(error);
}

EXPORTED void mtx_destroy(mtx_t *mutex)
{
    pthread_mutex_destroy(posix_mutex(mutex));
}

EXPORTED int mtx_lock(mtx_t *mutex)
{
    return result_of(pthread_mutex_lock(posix_mutex(mutex)));
}

EXPORTED int mtx_trylock(mtx_t *mutex)
{
    return result_of(pthread_mutex_trylock(posix_mutex(mutex)));
}

EXPORTED int mtx_unlock(mtx_t *mutex)
{
    return result_of(pthread_mutex_unlock(posix_mutex(mutex)));
}

EXPORTED int cnd_init(cnd_t *condition)
{
    return result_of(pthread_cond_init(posix_condition(condition), NULL));
}

EXPORTED void cnd_destroy(cnd_t *condition)
{
    pthread_cond_destroy(posix_condition(condition));
}

EXPORTED int cnd_signal(cnd_t *condition)
{
    return result_of(pthread_cond_signal(posix_condition(condition)));
}

EXPORTED int cnd_broadcast(cnd_t *condition)
{
    return result_of(pthread_cond_broadcast(posix_condition(condition)));
}

EXPORTED int cnd_wait(cnd_t *condition, mtx_t *mutex)
{
    return result_of(pthread_cond_wait(posix_condition(condition), posix_mutex(mutex)));
}

EXPORTED int cnd_timedwait(cnd_t *condition, mtx_t *mutex, const struct timespec *until)
{
    return result_of(pthread_cond_timedwait(posix_condition(condition), posix_mutex(mutex), until));
}

/* It closes a socket while another of its threads may look at it, and hands mutexes from thread to
 * thread by atomics that the sanitizer cannot see in a library built without it. Only librdkafka
 * uses mtx_ and cnd_: what is found in them is its own. */
EXPORTED const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "called_from_lib:librdkafka.so\n"
           "race:mtx_init\n"
           "race:mtx_destroy\n"
           "race:mtx_lock\n"
           "race:mtx_unlock\n"
           "race:cnd_\n";
}
