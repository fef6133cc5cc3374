/* pool_test: pieces are whole, apart from each other, and come back. */
#include "state/pool.h"

#include <pthread.h>

#include "base/memory.h"
#include "tests/support/check.h"

enum { MANY = 100 };

static void *take(struct leat_pool *pool, int mark)
{
    void *piece = leat_pool_take(pool);

    CHECK(piece != NULL && (uintptr_t)piece % 8 == 0);
    memset(piece, mark, LEAT_POOL_PIECE);
    return piece;
}

static void give(struct leat_pool *pool, void *piece, int mark)
{
    const unsigned char *bytes = piece;

    for (size_t i = 0; i < LEAT_POOL_PIECE; i++)
        CHECK(bytes[i] == mark);
    leat_pool_give(pool, piece);
}

static void pieces_do_not_overlap(void)
{
    struct leat_pool pool;
    void *pieces[MANY];

    leat_pool_init(&pool);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < MANY; i++)
            pieces[i] = take(&pool, i);
        for (int i = 0; i < MANY; i += 2)
            give(&pool, pieces[i], i);
        for (int i = 0; i < MANY; i += 2)
            pieces[i] = take(&pool, i);
        for (int i = round == 0 ? 0 : MANY - 1; i >= 0 && i < MANY; i += round == 0 ? 1 : -1)
            give(&pool, pieces[i], i);
    }
    leat_pool_release(&pool);
}

static void without_memory_there_is_no_piece(void)
{
    struct leat_pool pool;
    void *piece;

    leat_pool_init(&pool);
    leat_memory_fail_after(0);
    CHECK(leat_pool_take(&pool) == NULL);
    leat_memory_fail_after(-1);
    piece = take(&pool, 1);
    leat_memory_fail_after(0);
    give(&pool, take(&pool, 2), 2); /* Of the same page. */
    leat_memory_fail_after(-1);
    give(&pool, piece, 1);
    leat_pool_release(&pool);
}

static void *take_and_give(void *context)
{
    for (int i = 0; i < 50; i++) {
        void *pieces[5];

        for (int p = 0; p < 5; p++)
            pieces[p] = take(context, p);
        for (int p = 0; p < 5; p++)
            give(context, pieces[p], p);
    }
    return NULL;
}

static void threads_share_it(void)
{
    struct leat_pool pool;
    pthread_t threads[2];

    leat_pool_init(&pool);
    for (int i = 0; i < 2; i++)
        CHECK(pthread_create(&threads[i], NULL, take_and_give, &pool) == 0);
    for (int i = 0; i < 2; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    leat_pool_release(&pool);
}

static const struct check_case cases[] = {
    CHECK_CASE(pieces_do_not_overlap),
    CHECK_CASE(without_memory_there_is_no_piece),
    CHECK_CASE(threads_share_it),
};
CHECK_MAIN(cases)
