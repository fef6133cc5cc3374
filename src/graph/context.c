/* context: see graph/context.h; and the context's functions that need no engine. */
#include "graph/context.h"

#include <stdarg.h>
#include <string.h>

#include "base/memory.h"

/* A graph is some hundred small objects; what users allocate for themselves is theirs to bound. */
enum { ARENA_CHUNK_BYTES = 16 << 10 };
static const size_t arena_bytes_max = (size_t)1 << 30;

struct leat_streaming_context *leat_context_create(void)
{
    struct leat_streaming_context *ssc = leat_alloc(1, sizeof *ssc);

    if (ssc != NULL)
        leat_arena_init(&ssc->arena, ARENA_CHUNK_BYTES, arena_bytes_max);
    return ssc;
}

void leat_context_release(struct leat_streaming_context *ssc)
{
    leat_arena_release(&ssc->arena);
    leat_free(ssc);
}

leat_status leat_context_fail(struct leat_streaming_context *ssc, leat_status status,
                              const char *where, const char *format, ...)
{
    va_list args;

    if (ssc->error.status != LEAT_OK)
        return status;
    va_start(args, format);
    leat_fail_va(&ssc->error, status, format, args);
    va_end(args);
    if (where != NULL)
        leat_error_prefix(&ssc->error, "%s", where);
    return status;
}

void *leat_context_alloc(struct leat_streaming_context *ssc, size_t size)
{
    void *memory = leat_arena_zalloc(&ssc->arena, size);

    if (memory == NULL)
        leat_context_fail(ssc, LEAT_NO_MEMORY, NULL, "no memory for %zu bytes of the job", size);
    return memory;
}

const char *leat_context_strdup(struct leat_streaming_context *ssc, const char *text)
{
    const char *copy = leat_arena_strdup(&ssc->arena, text);

    if (copy == NULL && text != NULL)
        leat_context_fail(ssc, LEAT_NO_MEMORY, NULL, "no memory for '%.32s'", text);
    return copy;
}

bool leat_context_can_grow(struct leat_streaming_context *ssc, const char *where,
                           const char *operator_name)
{
    if (ssc->frozen) {
        leat_context_fail(ssc, LEAT_INVALID, where,
                          "%s: a job cannot be changed after its start; build it in the create "
                          "function",
                          operator_name);
        atomic_store(&ssc->misused, true);
    }
    return !ssc->frozen && ssc->error.status == LEAT_OK;
}

void leat_streaming_context_checkpoint(leat_streaming_context *ssc, const char *directory)
{
    if (ssc != NULL && leat_context_can_grow(ssc, NULL, "checkpoint"))
        ssc->checkpoint = leat_context_strdup(ssc, directory);
}

void *leat_streaming_context_alloc(leat_streaming_context *ssc, size_t size)
{
    return ssc == NULL ? NULL : leat_context_alloc(ssc, size);
}

leat_status leat_streaming_context_fail(leat_streaming_context *ssc, leat_status status,
                                        const char *format, ...)
{
    va_list args;

    if (ssc == NULL || ssc->error.status != LEAT_OK)
        return status;
    va_start(args, format);
    leat_fail_va(&ssc->error, status, format, args);
    va_end(args);
    return status;
}

leat_status leat_ok(const leat_streaming_context *ssc)
{
    return ssc == NULL ? LEAT_NO_MEMORY : ssc->error.status;
}
