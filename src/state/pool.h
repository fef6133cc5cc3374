/*
 * pool: segments of full size, for all tables of a job, cut from huge pages: a look at a random key
 * of millions waits for memory, but not for the memory of page tables too.
 *
 * Thread: any.
 */
#ifndef LEAT_STATE_POOL_H
#define LEAT_STATE_POOL_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

enum { LEAT_POOL_PIECE = 65472 }; /* 32 of them and a head fill a huge page. */

struct leat_pool_page;

struct leat_pool {
    pthread_mutex_t mutex;
    struct leat_pool_page *pages; /* With a free piece. Guarded by mutex. */
};

void leat_pool_init(struct leat_pool *pool);
/* All pieces are back. */
void leat_pool_release(struct leat_pool *pool);

/* Uninitialised; NULL when memory is out. */
void *leat_pool_take(struct leat_pool *pool);
void leat_pool_give(struct leat_pool *pool, void *piece);

#endif
