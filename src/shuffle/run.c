/* run: see run.h. */
#include "shuffle/run.h"

#include "base/memory.h"

static leat_status no_memory(size_t bytes, leat_error *err)
{
    return leat_fail(err, LEAT_NO_MEMORY, "no memory for %zu bytes of sorted records", bytes);
}

/* Room for bytes in a buffer whose content is not needed any more. */
static leat_status make_room(char **buffer, size_t *capacity, size_t bytes,
                             struct leat_budget *budget, leat_error *err)
{
    size_t wanted = bytes < LEAT_RUN_SEGMENT_BYTES ? LEAT_RUN_SEGMENT_BYTES : bytes;
    char *grown;

    if (bytes <= *capacity && *capacity > 0)
        return LEAT_OK;
    grown = leat_grow(*buffer, wanted, 1);
    if (grown == NULL)
        return no_memory(wanted, err);
    leat_budget_force(budget, wanted - *capacity);
    *buffer = grown;
    *capacity = wanted;
    return LEAT_OK;
}

void leat_run_release(struct leat_run *run)
{
    leat_free(run->segments);
    *run = (struct leat_run){0};
}

/* ---- writing ---- */

void leat_run_writer_init(struct leat_run_writer *writer, struct leat_budget *budget,
                          struct leat_spill_file *spill)
{
    *writer = (struct leat_run_writer){.budget = budget, .spill = spill};
}

static leat_status flush(struct leat_run_writer *writer, leat_error *err)
{
    struct leat_run *run = &writer->run;

    if (writer->used == 0)
        return LEAT_OK;
    if (run->count == run->capacity) {
        size_t capacity = run->capacity == 0 ? 8 : 2 * run->capacity;
        struct leat_run_segment *grown = leat_grow(run->segments, capacity, sizeof *grown);

        if (grown == NULL)
            return no_memory(writer->used, err);
        run->segments = grown;
        run->capacity = capacity;
    }
    LEAT_TRY(leat_spill_file_write(writer->spill, writer->buffer, writer->used,
                                   &run->segments[run->count].offset, err));
    run->segments[run->count++].bytes = writer->used;
    writer->used = 0;
    return LEAT_OK;
}

leat_status leat_run_writer_put(struct leat_run_writer *writer, const struct leat_item *head,
                                const char *key, const char *value, leat_error *err)
{
    size_t key_size = leat_size_length(head->key_size);
    size_t value_size = leat_size_length(head->value_size);
    struct leat_item item = *head;
    int64_t offset;
    size_t size;
    char *at;

    if (!leat_item_is_apart(&item) && value_size > LEAT_ITEM_VALUE_MAX) {
        LEAT_TRY(leat_spill_file_write(writer->spill, value, value_size, &offset, err));
        item.tag |= LEAT_ITEM_APART;
        value = (const char *)&offset;
    }
    if (leat_item_is_apart(&item))
        value_size = sizeof offset;
    size = leat_item_size(&item);
    if (size > writer->capacity - writer->used) {
        LEAT_TRY(flush(writer, err));
        LEAT_TRY(make_room(&writer->buffer, &writer->capacity, size, writer->budget, err));
    }
    at = writer->buffer + writer->used;
    memcpy(at, &item, sizeof item);
    leat_copy_bytes(at + sizeof item, key, key_size);
    leat_copy_bytes(at + sizeof item + key_size, value, value_size);
    memset(at + sizeof item + key_size + value_size, 0, size - sizeof item - key_size - value_size);
    writer->used += size;
    return LEAT_OK;
}

leat_status leat_run_writer_finish(struct leat_run_writer *writer, struct leat_run *out,
                                   leat_error *err)
{
    LEAT_TRY(flush(writer, err));
    *out = writer->run;
    writer->run = (struct leat_run){0};
    leat_run_writer_release(writer);
    return LEAT_OK;
}

void leat_run_writer_release(struct leat_run_writer *writer)
{
    leat_run_release(&writer->run);
    leat_budget_give(writer->budget, writer->capacity);
    leat_free(writer->buffer);
    leat_run_writer_init(writer, writer->budget, writer->spill);
}

/* ---- reading ---- */

void leat_run_cursor_init(struct leat_run_cursor *cursor, const struct leat_run *run,
                          struct leat_budget *budget, struct leat_spill_file *spill)
{
    *cursor = (struct leat_run_cursor){.budget = budget, .spill = spill, .run = run};
}

leat_status leat_run_cursor_next(struct leat_run_cursor *cursor, const struct leat_item **out,
                                 leat_error *err)
{
    if (cursor->position == cursor->loaded) {
        const struct leat_run_segment *segment = &cursor->run->segments[cursor->segment];

        if (cursor->segment == cursor->run->count) {
            *out = NULL;
            return LEAT_OK;
        }
        LEAT_TRY(
            make_room(&cursor->buffer, &cursor->capacity, segment->bytes, cursor->budget, err));
        LEAT_TRY(leat_spill_file_read(cursor->spill, segment->offset, cursor->buffer,
                                      segment->bytes, err));
        cursor->segment++;
        cursor->position = 0;
        cursor->loaded = segment->bytes;
    }
    *out = (const struct leat_item *)(const void *)(cursor->buffer + cursor->position);
    cursor->position += leat_item_size(*out);
    return LEAT_OK;
}

void leat_run_cursor_release(struct leat_run_cursor *cursor)
{
    leat_budget_give(cursor->budget, cursor->capacity);
    leat_free(cursor->buffer);
    leat_run_cursor_init(cursor, cursor->run, cursor->budget, cursor->spill);
}
