/* part_files: see part_files.h. */
#include "sink/part_files.h"

#include <string.h>

#include "files/staging.h"

enum { BUFFER_BYTES = 64 << 10 };

/* ---- one file ---- */

static bool may_roll(const struct leat_part_files *files)
{
    return files->options->part_records_max > 0 || files->options->part_bytes_max > 0;
}

static leat_status name_file(const struct leat_part_files *files, int32_t partition, int64_t number,
                             struct leat_buffer *out, leat_error *err)
{
    const char *extension =
        files->format->has_extension
            ? leat_codec_extension((enum leat_codec_kind)files->options->compression)
            : "";

    if (!leat_part_path(files->staged, partition, may_roll(files) ? number : -1, extension, out))
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for an output file");
    return LEAT_OK;
}

static leat_status open_file(struct leat_part *part, leat_error *err)
{
    struct leat_part_files *files = part->files;

    /* Two tasks may both make it: that does no harm. */
    if (!atomic_load(&files->is_made))
        LEAT_TRY(leat_staging_begin(files->files, files->staged, files->final, err));
    atomic_store(&files->is_made, true);
    LEAT_TRY(name_file(files, part->partition, part->file_count, &part->path, err));
    if (!leat_buffer_reserve(&part->ready, BUFFER_BYTES))
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for an output file");
    LEAT_TRY(files->files->open(part->path.data, &part->file, err));
    part->is_open = true;
    part->is_begun = false;
    part->file_count++;
    part->records = 0;
    part->bytes_written = 0;
    return LEAT_OK;
}

static leat_status write_ready(struct leat_part *part, leat_error *err)
{
    leat_status status;

    if (part->ready.size == 0)
        return LEAT_OK;
    status = part->files->files->write(part->file, part->path.data, part->ready.data,
                                       part->ready.size, err);
    part->bytes_written += (int64_t)part->ready.size;
    leat_buffer_reset(&part->ready);
    return status;
}

static leat_status begin_format(struct leat_part *part, const leat_record *first, leat_error *err)
{
    part->is_begun = true;
    return part->files->format->begin(part, first, err);
}

static leat_status close_file(struct leat_part *part, leat_error *err)
{
    const struct leat_part_files *files = part->files;

    if (!part->is_begun)
        LEAT_TRY(begin_format(part, NULL, err));
    LEAT_TRY(files->format->end(part, err));
    files->format->release(part);
    LEAT_TRY(write_ready(part, err));
    part->is_open = false; /* Whatever close says. */
    return files->files->close(part->file, part->path.data, err);
}

/* ---- one part ---- */

static void release_part(struct leat_part *part)
{
    if (part->is_open)
        part->files->files->abandon(part->file);
    part->is_open = false;
    part->files->format->release(part);
    leat_buffer_release(&part->ready);
    leat_buffer_release(&part->path);
}

static leat_status open_part(struct leat_terminal *terminal, const struct leat_terminal_task *at,
                             leat_error *err)
{
    struct leat_part_files *files = terminal->context;
    struct leat_part *part = at->state;
    leat_status status = LEAT_OK;

    *part = (struct leat_part){.files = files,
                               .key_type = terminal->rdd->node.key_type,
                               .value_type = terminal->rdd->node.value_type,
                               .partition = at->partition};
    if (!files->is_lazy && !files->options->skip_empty_parts)
        status = open_file(part, err);
    if (status != LEAT_OK)
        release_part(part);
    return status;
}

static bool is_full(const struct leat_part *part)
{
    const struct leat_files_options *options = part->files->options;

    return (options->part_records_max > 0 && part->records >= options->part_records_max) ||
           (options->part_bytes_max > 0 &&
            part->bytes_written + (int64_t)part->ready.size >= options->part_bytes_max);
}

static leat_status add_record(struct leat_part *part, const leat_record *record, leat_error *err)
{
    if (!part->is_open)
        LEAT_TRY(open_file(part, err));
    if (!part->is_begun)
        LEAT_TRY(begin_format(part, record, err));
    LEAT_TRY(part->files->format->add(part, record, err));
    part->records++;
    part->records_total++;
    if (is_full(part))
        return close_file(part, err);
    return part->ready.size >= BUFFER_BYTES ? write_ready(part, err) : LEAT_OK;
}

static leat_status push(struct leat_terminal *terminal, const struct leat_terminal_task *at,
                        const struct leat_chunk *chunk, bool *out_enough, leat_error *err)
{
    (void)terminal;
    (void)out_enough;
    for (size_t i = 0; i < chunk->count; i++)
        LEAT_TRY(add_record(at->state, &chunk->records[i], err));
    return LEAT_OK;
}

/* An earlier attempt of the task may have made more files than this one: they follow each other,
 * so they end where one is missing. */
static leat_status remove_later_files(const struct leat_part *part, leat_error *err)
{
    const struct leat_part_files *files = part->files;
    struct leat_buffer path = {0};
    int64_t number = part->file_count;
    leat_status status = LEAT_OK;
    bool exists = may_roll(files) || number == 0; /* Else it has a single name, and wrote it. */

    while (status == LEAT_OK && exists) {
        status = name_file(files, part->partition, number++, &path, err);
        if (status == LEAT_OK)
            status = files->files->exists(path.data, &exists, err);
        if (status == LEAT_OK && exists)
            status = files->files->remove_tree(path.data, err);
    }
    leat_buffer_release(&path);
    return status;
}

static leat_status close_part(struct leat_terminal *terminal, const struct leat_terminal_task *at,
                              leat_error *err)
{
    struct leat_part_files *files = terminal->context;
    struct leat_part *part = at->state;
    leat_status status = part->is_open ? close_file(part, err) : LEAT_OK;

    if (status == LEAT_OK)
        status = remove_later_files(part, err);
    if (status == LEAT_OK && part->records_total > 0)
        atomic_store(&files->has_records, true);
    release_part(part);
    return status;
}

static void abandon_part(struct leat_terminal *terminal, const struct leat_terminal_task *at)
{
    struct leat_part *part = at->state;

    (void)terminal;
    if (part->files != NULL)
        release_part(part);
}

/* ---- the directory ---- */

const char *leat_part_files_keep(struct leat_batch *batch, const struct leat_buffer *path)
{
    char *copy = leat_batch_alloc(batch, path->size + 1);

    if (copy != NULL)
        memcpy(copy, path->data, path->size);
    return copy;
}

static bool reads_something(const struct leat_batch_options *options)
{
    for (size_t i = 0; i < options->range_count; i++)
        if (options->ranges[i].from < options->ranges[i].until)
            return true;
    return false;
}

/* Announces the directory with the final name it will have, and makes it unless that may never be
 * needed. */
static leat_status stage(struct leat_batch *batch, struct leat_part_files *self,
                         const struct leat_part_files_options *how, leat_error *err)
{
    const struct leat_batch_options *options = leat_batch_options(batch);
    struct leat_staged_output output = {
        .final = how->final, .always = how->always, .has_records = &self->has_records};
    struct leat_buffer path = {0};

    if (leat_staged_path(how->final, options->lineage, options->attempt_name, how->number, &path))
        self->staged = leat_part_files_keep(batch, &path);
    leat_buffer_release(&path);
    if (self->staged == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for an output directory");
    output.staged = self->staged;
    LEAT_TRY(leat_batch_stage(batch, &output, err));
    if (self->is_lazy)
        return LEAT_OK;
    LEAT_TRY(leat_staging_begin(self->files, self->staged, self->final, err));
    atomic_store(&self->is_made, true);
    return LEAT_OK;
}

leat_status leat_part_files_create(struct leat_rdd *rdd, const struct leat_part_files_options *how,
                                   struct leat_terminal **out, leat_error *err)
{
    static const struct leat_terminal_ops ops = {.state_bytes = sizeof(struct leat_part),
                                                 .open = open_part,
                                                 .push = push,
                                                 .close = close_part,
                                                 .abandon = abandon_part};
    const struct leat_batch_options *options = leat_batch_options(rdd->batch);
    struct leat_terminal *terminal = leat_batch_alloc(rdd->batch, sizeof *terminal);
    struct leat_part_files *self = leat_batch_alloc(rdd->batch, sizeof *self);

    if (terminal == NULL || self == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for an output");
    self->files = options->files;
    self->options = &options->parts;
    self->format = how->format;
    self->final = how->final;
    self->is_lazy = !how->always && !options->parts.empty && !reads_something(options);
    LEAT_TRY(stage(rdd->batch, self, how, err));
    *terminal = (struct leat_terminal){
        .ops = &ops, .rdd = rdd, .name = how->name, .where = how->where, .context = self};
    *out = terminal;
    return LEAT_OK;
}
