/* chunk: see chunk.h. */
#include "record/chunk.h"

#include "base/memory.h"

void leat_chunk_init(struct leat_chunk *chunk)
{
    *chunk = (struct leat_chunk){0};
}

bool leat_chunk_reserve(struct leat_chunk *chunk, size_t more)
{
    size_t capacity = chunk->capacity < 8 ? 16 : chunk->capacity * 2;
    leat_record *grown;

    if (more <= chunk->capacity - chunk->count)
        return true;
    if (more > SIZE_MAX / 2 / sizeof *grown - chunk->count)
        return false;
    if (capacity < chunk->count + more)
        capacity = chunk->count + more;
    grown = leat_grow(chunk->records, capacity, sizeof *grown);
    if (grown == NULL)
        return false;
    chunk->records = grown;
    chunk->capacity = capacity;
    return true;
}

void leat_chunk_release(struct leat_chunk *chunk)
{
    leat_free(chunk->records);
    *chunk = (struct leat_chunk){0};
}
