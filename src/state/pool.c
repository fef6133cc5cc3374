/* pool: see pool.h. */
#include "state/pool.h"

#include <assert.h>
#include <stdbool.h>

#include "base/memory.h"

enum { PIECES = 32, HEAD = 64 };

/* At the front of its memory: a piece's page is the huge page that it lies in. */
struct leat_pool_page {
    struct leat_pool_page *next;
    struct leat_pool_page *previous;
    uint32_t free; /* A bit for each piece. */
};

_Static_assert(HEAD + PIECES * LEAT_POOL_PIECE <= LEAT_HUGE_PAGE, "pieces fit into their page");
_Static_assert(sizeof(struct leat_pool_page) <= HEAD, "the head fits before them");

void leat_pool_init(struct leat_pool *pool)
{
    pthread_mutex_init(&pool->mutex, NULL);
    pool->pages = NULL;
}

static void link_page(struct leat_pool *pool, struct leat_pool_page *page)
{
    page->previous = NULL;
    page->next = pool->pages;
    if (page->next != NULL)
        page->next->previous = page;
    pool->pages = page;
}

static void unlink_page(struct leat_pool *pool, struct leat_pool_page *page)
{
    if (page->previous != NULL)
        page->previous->next = page->next;
    else
        pool->pages = page->next;
    if (page->next != NULL)
        page->next->previous = page->previous;
}

void leat_pool_release(struct leat_pool *pool)
{
    while (pool->pages != NULL) {
        struct leat_pool_page *page = pool->pages;

        assert(page->free == UINT32_MAX);
        unlink_page(pool, page);
        leat_free(page);
    }
    pthread_mutex_destroy(&pool->mutex);
}

/* Of a page that has one. */
static void *take_from(struct leat_pool *pool, struct leat_pool_page *page)
{
    unsigned index = 0;

    while ((page->free >> index & 1) == 0)
        index++;
    page->free &= ~(1u << index);
    if (page->free == 0)
        unlink_page(pool, page);
    return (char *)page + HEAD + (size_t)index * LEAT_POOL_PIECE;
}

void *leat_pool_take(struct leat_pool *pool)
{
    void *piece = NULL;

    pthread_mutex_lock(&pool->mutex);
    if (pool->pages == NULL) {
        struct leat_pool_page *page = leat_alloc_huge(LEAT_HUGE_PAGE);

        if (page != NULL) {
            page->free = UINT32_MAX;
            link_page(pool, page);
        }
    }
    if (pool->pages != NULL)
        piece = take_from(pool, pool->pages);
    pthread_mutex_unlock(&pool->mutex);
    return piece;
}

/* One empty page is kept for whoever comes next. */
static bool is_spare(const struct leat_pool_page *page)
{
    return page->free == UINT32_MAX && (page->next != NULL || page->previous != NULL);
}

void leat_pool_give(struct leat_pool *pool, void *piece)
{
    uintptr_t in_page = (uintptr_t)piece % LEAT_HUGE_PAGE;
    char *start = (char *)piece - in_page;
    struct leat_pool_page *page = (void *)start;

    pthread_mutex_lock(&pool->mutex);
    if (page->free == 0)
        link_page(pool, page);
    page->free |= 1u << (in_page - HEAD) / LEAT_POOL_PIECE;
    if (is_spare(page)) {
        unlink_page(pool, page);
        leat_free(page);
    }
    pthread_mutex_unlock(&pool->mutex);
}
