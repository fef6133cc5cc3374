/* executor_test: every task runs once, on all threads, and run waits for all of them. */
#include "exec/executor.h"

#include <pthread.h>

#include "base/memory.h"
#include "tests/support/check.h"

enum { TASKS = 500, THREADS = 4, PASSES = 200 };

static leat_error err;

static struct leat_executor *make(size_t threads)
{
    struct leat_executor_options options = {.threads = threads, .task_failures_max = 3};
    struct leat_executor *executor;

    CHECK_OK(leat_executor_create(&options, &executor, &err));
    CHECK(leat_executor_options(executor)->task_failures_max == 3);
    return executor;
}

static void count_one(void *context, size_t index)
{
    atomic_fetch_add((atomic_int *)context + index, 1);
}

static void every_task_of_every_pass_runs_once(void)
{
    static const size_t threads[] = {0, 1, 2, THREADS};

    for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++) {
        struct leat_executor *executor = make(threads[i]);
        atomic_int counts[TASKS] = {0};

        for (size_t pass = 0; pass < PASSES; pass++)
            leat_executor_run(executor, count_one, counts, pass % TASKS);
        for (size_t task = 0; task < TASKS; task++)
            CHECK(atomic_load(&counts[task]) == (task < PASSES ? PASSES - 1 - (int)task : 0));
        leat_executor_destroy(executor);
    }
}

struct meeting {
    pthread_mutex_t mutex;
    pthread_cond_t came;
    size_t there;
    pthread_t first;
};

/* Returns when all have come: tasks on fewer threads would wait for ever. */
static void meet(void *context, size_t index)
{
    struct meeting *meeting = context;

    (void)index;
    pthread_mutex_lock(&meeting->mutex);
    meeting->there++;
    pthread_cond_broadcast(&meeting->came);
    while (meeting->there < THREADS)
        pthread_cond_wait(&meeting->came, &meeting->mutex);
    pthread_mutex_unlock(&meeting->mutex);
}

static void so_many_tasks_run_at_a_time(void)
{
    struct meeting meeting = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};
    struct leat_executor *executor = make(THREADS);

    leat_executor_run(executor, meet, &meeting, THREADS);
    CHECK(meeting.there == THREADS);
    leat_executor_destroy(executor);
}

static void note_thread(void *context, size_t index)
{
    (void)index;
    CHECK(pthread_equal(*(pthread_t *)context, pthread_self()));
}

static void one_thread_is_the_caller_s(void)
{
    struct leat_executor *executor = make(1);
    pthread_t self = pthread_self();

    leat_executor_run(executor, note_thread, &self, 10);
    leat_executor_destroy(executor);
}

static void no_tasks_and_no_pass_are_fine(void)
{
    struct leat_executor *executor = make(THREADS);

    leat_executor_run(executor, count_one, NULL, 0);
    leat_executor_destroy(executor);
    leat_executor_destroy(make(THREADS));
    leat_executor_destroy(NULL);
}

static void without_memory_there_is_none(void)
{
    struct leat_executor_options options = {.threads = 2};
    struct leat_executor *executor = NULL;

    for (long successes = 0; successes < 2; successes++) {
        leat_memory_fail_after(successes);
        CHECK(leat_executor_create(&options, &executor, &err) == LEAT_NO_MEMORY);
        leat_memory_fail_after(-1);
        CHECK(executor == NULL);
    }
}

static const struct check_case cases[] = {
    CHECK_CASE(every_task_of_every_pass_runs_once), CHECK_CASE(so_many_tasks_run_at_a_time),
    CHECK_CASE(one_thread_is_the_caller_s),         CHECK_CASE(no_tasks_and_no_pass_are_fine),
    CHECK_CASE(without_memory_there_is_none),
};

CHECK_MAIN(cases)
