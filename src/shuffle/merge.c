/* merge: see merge.h. */
#include "shuffle/merge.h"

#include "base/memory.h"

enum { PREFETCH_ENTRIES = 8 };

struct leat_merge_source {
    const struct leat_item *head;          /* NULL: at its end. */
    const struct leat_sort_entry *entries; /* NULL: a run. */
    size_t entry_count;
    size_t next_entry;
    struct leat_run_cursor cursor;
};

static const size_t nobody = SIZE_MAX;

leat_status leat_merge_init(struct leat_merge *merge, const struct leat_order *order,
                            const struct leat_merge_input *input, leat_error *err)
{
    size_t count = input->run_count + (input->entry_count > 0);

    *merge = (struct leat_merge){.order = order, .count = count};
    if (count == 0)
        return LEAT_OK;
    merge->sources = leat_alloc(count, sizeof *merge->sources);
    merge->losers = leat_alloc(count, sizeof *merge->losers);
    if (merge->sources == NULL || merge->losers == NULL) {
        leat_free(merge->sources);
        leat_free(merge->losers);
        *merge = (struct leat_merge){0};
        return leat_fail(err, LEAT_NO_MEMORY, "no memory to merge %zu sorted runs", count);
    }
    for (size_t i = 0; i < input->run_count; i++)
        leat_run_cursor_init(&merge->sources[i].cursor, &input->runs[i], input->budget,
                             input->spill);
    if (input->entry_count > 0) {
        merge->sources[count - 1].entries = input->entries;
        merge->sources[count - 1].entry_count = input->entry_count;
    }
    return LEAT_OK;
}

static leat_status advance(struct leat_merge_source *source, leat_error *err)
{
    size_t next = source->next_entry;

    if (source->entries == NULL)
        return leat_run_cursor_next(&source->cursor, &source->head, err);
    if (next == source->entry_count) {
        source->head = NULL;
        return LEAT_OK;
    }
    if (next + PREFETCH_ENTRIES < source->entry_count)
        __builtin_prefetch(source->entries[next + PREFETCH_ENTRIES].item);
    source->head = source->entries[next].item;
    source->next_entry++;
    return LEAT_OK;
}

/* Of equal heads that of the earlier source. */
static bool is_before(const struct leat_merge *merge, size_t a, size_t b)
{
    const struct leat_item *a_head = merge->sources[a].head;
    const struct leat_item *b_head = merge->sources[b].head;
    int order;

    if (a_head == NULL || b_head == NULL)
        return a_head != NULL;
    order = leat_order_compare(merge->order, a_head, b_head);
    return order != 0 ? order < 0 : a < b;
}

/* The source's head has changed: plays from its leaf to the root. */
static void replay(struct leat_merge *merge, size_t source)
{
    for (size_t node = (source + merge->count) / 2; node > 0; node /= 2) {
        size_t other = merge->losers[node];

        if (other == nobody) { /* While the tree is built: waits for its opponent. */
            merge->losers[node] = source;
            return;
        }
        if (is_before(merge, other, source)) {
            merge->losers[node] = source;
            source = other;
        }
    }
    merge->losers[0] = source;
}

static leat_status start(struct leat_merge *merge, leat_error *err)
{
    for (size_t i = 0; i < merge->count; i++)
        if (merge->sources[i].head == NULL)
            LEAT_TRY(advance(&merge->sources[i], err));
    for (size_t i = 0; i < merge->count; i++)
        merge->losers[i] = nobody;
    for (size_t i = 0; i < merge->count; i++)
        replay(merge, i);
    merge->started = true;
    return LEAT_OK;
}

leat_status leat_merge_next(struct leat_merge *merge, const struct leat_item **out, leat_error *err)
{
    if (merge->count == 0) {
        *out = NULL;
        return LEAT_OK;
    }
    if (!merge->started) {
        LEAT_TRY(start(merge, err));
    } else if (merge->sources[merge->losers[0]].head != NULL) {
        LEAT_TRY(advance(&merge->sources[merge->losers[0]], err));
        replay(merge, merge->losers[0]);
    }
    *out = merge->sources[merge->losers[0]].head;
    return LEAT_OK;
}

void leat_merge_release(struct leat_merge *merge)
{
    for (size_t i = 0; i < merge->count; i++)
        if (merge->sources[i].entries == NULL)
            leat_run_cursor_release(&merge->sources[i].cursor);
    leat_free(merge->sources);
    leat_free(merge->losers);
    *merge = (struct leat_merge){0};
}
