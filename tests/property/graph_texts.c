/* graph_texts: many texts in one, see graph.h. */
#include <stdlib.h>

#include "base/memory.h"
#include "tests/property/graph.h"

leat_status graph_texts_add(struct graph_texts *texts, leat_bytes text)
{
    char *bytes = leat_grow(texts->bytes, texts->size + text.size + 1, 1);
    size_t *ends;

    if (bytes == NULL)
        return LEAT_NO_MEMORY;
    texts->bytes = bytes;
    ends = leat_grow(texts->ends, texts->count + 1, sizeof *ends);
    if (ends == NULL)
        return LEAT_NO_MEMORY;
    texts->ends = ends;
    memcpy(bytes + texts->size, text.data, text.size);
    texts->size += text.size;
    ends[texts->count++] = texts->size;
    return LEAT_OK;
}

leat_status graph_texts_add_values(struct graph_texts *texts, leat_task *task, char type,
                                   leat_iterator *values)
{
    const leat_record *record;

    while ((record = leat_iterator_next(values)) != NULL)
        LEAT_TRY(graph_texts_add(texts, graph_text(task, type, record->value)));
    return LEAT_OK;
}

static int by_bytes(const void *left, const void *right)
{
    const leat_bytes *a = left, *b = right;
    int order = memcmp(a->data, b->data, a->size < b->size ? a->size : b->size);

    return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

leat_bytes graph_texts_join(leat_task *task, const struct graph_texts *texts, bool sorted)
{
    leat_bytes *views = leat_task_alloc(task, (texts->count + 1) * sizeof *views);
    char *joined = leat_task_alloc(task, texts->size + texts->count + 1);
    size_t size = 0;

    if (views == NULL || joined == NULL)
        return leat_string(NULL);
    for (size_t i = 0, from = 0; i < texts->count; from = texts->ends[i++])
        views[i] = (leat_bytes){texts->bytes + from, texts->ends[i] - from};
    if (sorted)
        qsort(views, texts->count, sizeof *views, by_bytes);
    for (size_t i = 0; i < texts->count; i++) {
        if (i > 0)
            joined[size++] = ',';
        memcpy(joined + size, views[i].data, views[i].size);
        size += views[i].size;
    }
    return (leat_bytes){joined, size};
}

void graph_texts_release(struct graph_texts *texts)
{
    leat_free(texts->bytes);
    leat_free(texts->ends);
}
