/* executor: see executor.h. */
#include "exec/executor.h"

#include <pthread.h>
#include <stdio.h>

#include "base/memory.h"

struct leat_executor {
    struct leat_executor_options options;
    pthread_t *threads; /* Owned; one less than options.threads: the caller works too. */
    size_t thread_count;
    pthread_mutex_t mutex;
    pthread_cond_t work_came;
    pthread_cond_t work_ended;
    leat_executor_fn fn; /* Guarded by mutex, like all below. */
    void *context;
    size_t count;
    size_t next;
    size_t running;
    bool stopping;
};

/* Runs tasks until none is left. Called, and returns, with the mutex held. */
static void work(struct leat_executor *executor)
{
    while (executor->next < executor->count) {
        size_t index = executor->next++;

        executor->running++;
        pthread_mutex_unlock(&executor->mutex);
        executor->fn(executor->context, index);
        pthread_mutex_lock(&executor->mutex);
        executor->running--;
    }
    if (executor->running == 0)
        pthread_cond_broadcast(&executor->work_ended);
}

static void *thread_main(void *context)
{
    struct leat_executor *executor = context;

    pthread_mutex_lock(&executor->mutex);
    while (!executor->stopping) {
        if (executor->next < executor->count)
            work(executor);
        else
            pthread_cond_wait(&executor->work_came, &executor->mutex);
    }
    pthread_mutex_unlock(&executor->mutex);
    return NULL;
}

leat_status leat_executor_create(const struct leat_executor_options *options,
                                 struct leat_executor **out, leat_error *err)
{
    struct leat_executor *executor = leat_alloc(1, sizeof *executor);
    size_t wanted = options->threads > 1 ? options->threads - 1 : 0;

    if (executor == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for the task threads");
    executor->options = *options;
    pthread_mutex_init(&executor->mutex, NULL);
    pthread_cond_init(&executor->work_came, NULL);
    pthread_cond_init(&executor->work_ended, NULL);
    executor->threads = leat_alloc(wanted + 1, sizeof *executor->threads);
    while (executor->threads != NULL && executor->thread_count < wanted &&
           pthread_create(&executor->threads[executor->thread_count], NULL, thread_main,
                          executor) == 0)
        executor->thread_count++;
    if (executor->threads == NULL || executor->thread_count < wanted) {
        leat_executor_destroy(executor);
        return leat_fail(err, LEAT_NO_MEMORY,
                         "cannot start %zu task threads; lower leat.local.cores", wanted);
    }
    *out = executor;
    return LEAT_OK;
}

const struct leat_executor_options *leat_executor_options(const struct leat_executor *executor)
{
    return &executor->options;
}

void leat_executor_run(struct leat_executor *executor, leat_executor_fn fn, void *context,
                       size_t count)
{
    pthread_mutex_lock(&executor->mutex);
    executor->fn = fn;
    executor->context = context;
    executor->next = 0;
    executor->count = count;
    if (count > 1)
        pthread_cond_broadcast(&executor->work_came);
    work(executor);
    while (executor->running > 0)
        pthread_cond_wait(&executor->work_ended, &executor->mutex);
    executor->count = 0;
    executor->next = 0;
    pthread_mutex_unlock(&executor->mutex);
}

void leat_executor_destroy(struct leat_executor *executor)
{
    if (executor == NULL)
        return;
    pthread_mutex_lock(&executor->mutex);
    executor->stopping = true;
    pthread_cond_broadcast(&executor->work_came);
    pthread_mutex_unlock(&executor->mutex);
    for (size_t i = 0; i < executor->thread_count; i++)
        pthread_join(executor->threads[i], NULL);
    pthread_cond_destroy(&executor->work_ended);
    pthread_cond_destroy(&executor->work_came);
    pthread_mutex_destroy(&executor->mutex);
    leat_free(executor->threads);
    leat_free(executor);
}
