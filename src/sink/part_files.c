/*
 * text_files: save_as_text_files: a part of lines for each partition, in a staged directory.
 *
 * Each task attempt writes its part from the beginning; the batch announces the directory once its
 * pass is over.
 */
#include <string.h>

#include "base/buffer.h"
#include "files/files.h"
#include "files/staging.h"
#include "record/text.h"
#include "sink/sink.h"

enum { BUFFER_BYTES = 64 << 10 };

struct text_files {
    const struct leat_file_system *files;
    struct leat_output *output;
    const char *staged;
};

struct part {
    struct leat_buffer lines;
    struct leat_buffer path;
    int file;
    bool opened;
};

static leat_status open_part(struct leat_terminal *terminal, const struct leat_terminal_task *at,
                             leat_error *err)
{
    const struct text_files *self = terminal->context;
    struct part *part = at->state;
    leat_status status;

    if (!leat_part_path(self->staged, at->partition, &part->path) ||
        !leat_buffer_reserve(&part->lines, BUFFER_BYTES)) {
        leat_buffer_release(&part->path);
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for an output file");
    }
    status = self->files->open(part->path.data, &part->file, err);
    part->opened = status == LEAT_OK;
    if (status != LEAT_OK) {
        leat_buffer_release(&part->path);
        leat_buffer_release(&part->lines);
    }
    return status;
}

static leat_status write_lines(const struct text_files *self, struct part *part, leat_error *err)
{
    leat_status status =
        self->files->write(part->file, part->path.data, part->lines.data, part->lines.size, err);

    leat_buffer_reset(&part->lines);
    return status;
}

static leat_status push(struct leat_terminal *terminal, const struct leat_terminal_task *at,
                        const struct leat_chunk *chunk, bool *out_enough, leat_error *err)
{
    const struct text_files *self = terminal->context;
    const struct leat_node *node = &terminal->rdd->node;
    struct part *part = at->state;

    (void)out_enough;
    for (size_t i = 0; i < chunk->count; i++) {
        if (!leat_text_line_append(&part->lines, &chunk->records[i], node->key_type,
                                   node->value_type))
            return leat_fail(err, LEAT_NO_MEMORY, "no memory for a line");
        if (part->lines.size >= BUFFER_BYTES)
            LEAT_TRY(write_lines(self, part, err));
    }
    return LEAT_OK;
}

static void release_part(struct part *part)
{
    leat_buffer_release(&part->lines);
    leat_buffer_release(&part->path);
    part->opened = false;
}

static void abandon_part(struct leat_terminal *terminal, const struct leat_terminal_task *at)
{
    const struct text_files *self = terminal->context;
    struct part *part = at->state;

    if (part->opened)
        self->files->abandon(part->file);
    release_part(part);
}

static leat_status close_part(struct leat_terminal *terminal, const struct leat_terminal_task *at,
                              leat_error *err)
{
    const struct text_files *self = terminal->context;
    struct part *part = at->state;
    leat_status status = write_lines(self, part, err);

    if (status == LEAT_OK)
        status = self->files->close(part->file, part->path.data, err);
    else
        self->files->abandon(part->file);
    release_part(part);
    return status;
}

static const char *keep_path(struct leat_batch *batch, const struct leat_buffer *path)
{
    char *copy = leat_batch_alloc(batch, path->size + 1);

    if (copy != NULL)
        memcpy(copy, path->data, path->size);
    return copy;
}

/* Makes the staged directory and announces it with the final name it will have. */
static leat_status stage(struct leat_batch *batch, struct text_files *self, leat_error *err)
{
    const struct leat_batch_options *options = leat_batch_options(batch);
    const struct leat_output *output = self->output;
    struct leat_buffer path = {0};
    const char *final = NULL;

    if (leat_output_path(output->prefix, options->time, output->suffix, &path))
        final = keep_path(batch, &path);
    if (final != NULL &&
        leat_staged_path(final, options->lineage, options->attempt_name, output->id, &path))
        self->staged = keep_path(batch, &path);
    leat_buffer_release(&path);
    if (self->staged == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for an output directory");
    LEAT_TRY(leat_staging_begin(self->files, self->staged, final, err));
    return leat_batch_stage(batch, self->staged, final, err);
}

static bool reads_something(const struct leat_batch_options *options)
{
    for (size_t i = 0; i < options->range_count; i++)
        if (options->ranges[i].from < options->ranges[i].until)
            return true;
    return false;
}

leat_status leat_sink_text_files(struct leat_rdd *rdd, struct leat_output *output,
                                 struct leat_terminal **out, leat_error *err)
{
    static const struct leat_terminal_ops ops = {.state_bytes = sizeof(struct part),
                                                 .open = open_part,
                                                 .push = push,
                                                 .close = close_part,
                                                 .abandon = abandon_part};
    const struct leat_batch_options *options = leat_batch_options(rdd->batch);
    struct leat_terminal *terminal = leat_batch_alloc(rdd->batch, sizeof *terminal);
    struct text_files *self = leat_batch_alloc(rdd->batch, sizeof *self);

    *out = NULL;
    if (!options->empty_files && !reads_something(options))
        return LEAT_OK;
    if (terminal == NULL || self == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for an output");
    self->files = options->files;
    self->output = output;
    LEAT_TRY(stage(rdd->batch, self, err));
    *terminal = (struct leat_terminal){.ops = &ops,
                                       .rdd = rdd,
                                       .name = leat_output_name(output->kind),
                                       .where = output->where,
                                       .context = self};
    *out = terminal;
    return LEAT_OK;
}
