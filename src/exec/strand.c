/* strand: see strand.h. */
#include "exec/strand.h"

#include <pthread.h>

#include "base/memory.h"

struct leat_strand {
    struct leat_step *step;
    leat_strand_fn fn;
    pthread_t thread;
    bool started;
    pthread_mutex_t mutex;
    pthread_cond_t turn_changed;
    bool function_turn;             /* Guarded by mutex. */
    const struct leat_chunk *chunk; /* Guarded by mutex; NULL with the turn: the end. */
    bool taken;                     /* Guarded by mutex: the function has seen chunk. */
    bool returned;                  /* Guarded by mutex. */
    leat_status status;             /* Guarded by mutex. */
};

leat_status leat_strand_create(struct leat_step *step, leat_strand_fn fn, struct leat_strand **out,
                               leat_error *err)
{
    struct leat_strand *strand = leat_alloc(1, sizeof *strand);

    if (strand == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a per-partition function");
    strand->step = step;
    strand->fn = fn;
    pthread_mutex_init(&strand->mutex, NULL);
    pthread_cond_init(&strand->turn_changed, NULL);
    *out = strand;
    return LEAT_OK;
}

static void wait_for_turn(struct leat_strand *strand, bool function_turn)
{
    while (strand->function_turn != function_turn)
        pthread_cond_wait(&strand->turn_changed, &strand->mutex);
}

static void give_turn(struct leat_strand *strand, bool function_turn)
{
    strand->function_turn = function_turn;
    pthread_cond_signal(&strand->turn_changed);
}

static void *strand_main(void *context)
{
    struct leat_strand *strand = context;
    leat_status status;

    pthread_mutex_lock(&strand->mutex);
    wait_for_turn(strand, true);
    pthread_mutex_unlock(&strand->mutex);
    status = strand->fn(strand->step);
    pthread_mutex_lock(&strand->mutex);
    strand->status = status;
    strand->returned = true;
    give_turn(strand, false);
    pthread_mutex_unlock(&strand->mutex);
    return NULL;
}

/* Lets the function run until it gives the turn back. */
static leat_status take_turn(struct leat_strand *strand, const struct leat_chunk *chunk)
{
    leat_status status;

    if (!strand->started) {
        if (pthread_create(&strand->thread, NULL, strand_main, strand) != 0)
            return LEAT_NO_MEMORY;
        strand->started = true;
    }
    pthread_mutex_lock(&strand->mutex);
    if (!strand->returned) {
        strand->chunk = chunk;
        strand->taken = false;
        give_turn(strand, true);
        wait_for_turn(strand, false);
    }
    status = strand->returned ? strand->status : LEAT_OK;
    pthread_mutex_unlock(&strand->mutex);
    return status;
}

leat_status leat_strand_push(struct leat_strand *strand, const struct leat_chunk *chunk)
{
    return take_turn(strand, chunk);
}

leat_status leat_strand_finish(struct leat_strand *strand)
{
    return take_turn(strand, NULL);
}

bool leat_strand_wait_input(struct leat_strand *strand, const struct leat_chunk **out_chunk)
{
    pthread_mutex_lock(&strand->mutex);
    if (strand->taken) { /* It comes with the turn, so the first chunk is there already. */
        give_turn(strand, false);
        wait_for_turn(strand, true);
    }
    strand->taken = true;
    *out_chunk = strand->chunk;
    pthread_mutex_unlock(&strand->mutex);
    return *out_chunk != NULL;
}

void leat_strand_destroy(struct leat_strand *strand)
{
    if (strand == NULL)
        return;
    if (strand->started) {
        (void)take_turn(strand, NULL);
        pthread_join(strand->thread, NULL);
    }
    pthread_cond_destroy(&strand->turn_changed);
    pthread_mutex_destroy(&strand->mutex);
    leat_free(strand);
}
