/* staging: see staging.h. */
#include "files/staging.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SUCCESS_MAX = 128 };

/* Ends what printf wrote with a NUL that does not count. */
static bool ended(struct leat_buffer *out)
{
    if (!leat_buffer_append_char(out, '\0'))
        return false;
    out->size--;
    return true;
}

bool leat_output_path(const char *prefix, leat_time time, const char *suffix,
                      struct leat_buffer *out)
{
    bool has_suffix = suffix != NULL && suffix[0] != '\0';

    leat_buffer_reset(out);
    return leat_buffer_printf(out, "%s-%" PRId64 "%s%s", prefix, time, has_suffix ? "." : "",
                              has_suffix ? suffix : "") &&
           ended(out);
}

/* The length of path without its last name; 0: the working directory. */
static size_t parent_length(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL)
        return 0;
    return slash == path ? 1 : (size_t)(slash - path);
}

/* "<parent of path>/name"; name may be "". */
static bool beside(const char *path, const char *name, struct leat_buffer *out)
{
    size_t length = parent_length(path);

    leat_buffer_reset(out);
    if (length == 0)
        return leat_buffer_printf(out, ".%s%s", name[0] == '\0' ? "" : "/", name) && ended(out);
    return leat_buffer_printf(out, "%.*s%s%s", (int)length, path,
                              name[0] == '\0' || length == 1 ? "" : "/", name) &&
           ended(out);
}

bool leat_staged_path(const char *final, const char *lineage, const char *attempt, int output,
                      struct leat_buffer *out)
{
    return beside(final, "", out) &&
           leat_buffer_printf(out, "/.leat-%s/%s/%d", lineage, attempt, output) && ended(out);
}

bool leat_part_path(const char *staged, int32_t partition, struct leat_buffer *out)
{
    leat_buffer_reset(out);
    return leat_buffer_printf(out, "%s/part-%05" PRId32, staged, partition) && ended(out);
}

static leat_status no_memory(leat_error *err)
{
    return leat_fail(err, LEAT_NO_MEMORY, "no memory for a path");
}

static leat_status write_success(const struct leat_file_system *files, const char *path,
                                 const char *success, leat_error *err)
{
    leat_status status;
    int file;

    LEAT_TRY(files->open(path, &file, err));
    status = files->write(file, path, success, strlen(success), err);
    if (status == LEAT_OK)
        status = files->write(file, path, "\n", 1, err);
    if (status != LEAT_OK) {
        (void)files->close(file, path, NULL);
        return status;
    }
    return files->close(file, path, err);
}

struct sealing {
    const struct leat_file_system *files;
    const char *staged;
    struct leat_buffer path;
    leat_error *err;
};

static leat_status sync_entry(void *context, const char *name)
{
    struct sealing *sealing = context;

    leat_buffer_reset(&sealing->path);
    if (!leat_buffer_printf(&sealing->path, "%s/%s", sealing->staged, name) ||
        !ended(&sealing->path))
        return no_memory(sealing->err);
    return sealing->files->sync(sealing->path.data, sealing->err);
}

/* The staged directory, and the three above it: attempt, lineage and parent. */
static leat_status sync_upwards(struct sealing *sealing)
{
    leat_buffer_reset(&sealing->path);
    if (!leat_buffer_printf(&sealing->path, "%s", sealing->staged) || !ended(&sealing->path))
        return no_memory(sealing->err);
    for (int level = 0; level < 4; level++) {
        char *slash;

        LEAT_TRY(sealing->files->sync(sealing->path.data, sealing->err));
        slash = strrchr(sealing->path.data, '/');
        if (slash == NULL || slash == sealing->path.data)
            return LEAT_OK;
        *slash = '\0';
    }
    return LEAT_OK;
}

leat_status leat_staging_seal(const struct leat_file_system *files, const char *staged,
                              const char *success, leat_error *err)
{
    struct sealing sealing = {.files = files, .staged = staged, .err = err};
    leat_status status = LEAT_OK;

    if (!leat_buffer_printf(&sealing.path, "%s/_SUCCESS", staged) || !ended(&sealing.path))
        status = no_memory(err);
    if (status == LEAT_OK)
        status = write_success(files, sealing.path.data, success, err);
    if (status == LEAT_OK)
        status = files->list(staged, sync_entry, &sealing, err);
    if (status == LEAT_OK)
        status = sync_upwards(&sealing);
    leat_buffer_release(&sealing.path);
    return status;
}

leat_status leat_staging_check(const struct leat_file_system *files, const char *final,
                               const char *success, bool *out_ours, leat_error *err)
{
    struct leat_buffer path = {0};
    char found[SUCCESS_MAX];
    bool has_success = false;
    bool exists = false;
    leat_status status;

    if (!leat_buffer_printf(&path, "%s/_SUCCESS", final) || !ended(&path)) {
        leat_buffer_release(&path);
        return no_memory(err);
    }
    status = files->exists(final, &exists, err);
    if (status == LEAT_OK && exists)
        status = files->read_text(path.data, found, sizeof found, &has_success, err);
    leat_buffer_release(&path);
    if (status != LEAT_OK)
        return status;
    if (has_success)
        found[strcspn(found, "\n")] = '\0';
    *out_ours = has_success && strcmp(found, success) == 0;
    if (!exists || *out_ours)
        return LEAT_OK;
    return leat_fail(err, LEAT_INVALID,
                     "output directory '%s' is in the way: it is there already and not this "
                     "batch's%s%.*s; move it away",
                     final, has_success ? ", but has " : "", has_success ? 64 : 0,
                     has_success ? found : "");
}

leat_status leat_staging_publish(const struct leat_file_system *files, const char *staged,
                                 const char *final, const char *success, leat_error *err)
{
    bool is_staged;
    bool ours;

    LEAT_TRY(files->exists(staged, &is_staged, err));
    LEAT_TRY(leat_staging_check(files, final, success, &ours, err));
    if (ours)
        return LEAT_OK;
    if (!is_staged)
        return leat_fail(err, LEAT_CORRUPT,
                         "output '%s' of a committed batch is neither there nor staged as '%s': it "
                         "was removed by somebody else",
                         final, staged);
    return files->rename(staged, final, err);
}

leat_status leat_staging_sync_parents(const struct leat_file_system *files, const char *staged,
                                      const char *final, leat_error *err)
{
    struct leat_buffer path = {0};
    leat_status status = beside(final, "", &path) ? files->sync(path.data, err) : no_memory(err);
    bool exists = false;

    /* A clean-up after an earlier publish may have removed what it was staged in. */
    if (status == LEAT_OK)
        status =
            beside(staged, "", &path) ? files->exists(path.data, &exists, err) : no_memory(err);
    if (status == LEAT_OK && exists)
        status = files->sync(path.data, err);
    leat_buffer_release(&path);
    return status;
}

leat_status leat_staging_discard(const struct leat_file_system *files, const char *final,
                                 const char *lineage, const char *attempt, leat_error *err)
{
    struct leat_buffer path = {0};
    leat_status status;
    bool made = beside(final, "", &path) && leat_buffer_printf(&path, "/.leat-%s", lineage) &&
                (attempt == NULL || leat_buffer_printf(&path, "/%s", attempt)) && ended(&path);

    status = made ? files->remove_tree(path.data, err) : no_memory(err);
    leat_buffer_release(&path);
    return status;
}

struct cleaning {
    const struct leat_file_system *files;
    const char *final;
    const char *lineage;
    const char *keep;
    bool kept;
    leat_error *err;
};

static leat_status clean_entry(void *context, const char *name)
{
    struct cleaning *cleaning = context;

    if (cleaning->keep != NULL && strcmp(name, cleaning->keep) == 0) {
        cleaning->kept = true;
        return LEAT_OK;
    }
    return leat_staging_discard(cleaning->files, cleaning->final, cleaning->lineage, name,
                                cleaning->err);
}

leat_status leat_staging_clean(const struct leat_file_system *files, const char *final,
                               const char *lineage, const char *keep, leat_error *err)
{
    struct cleaning cleaning = {files, final, lineage, keep, false, err};
    struct leat_buffer path = {0};
    leat_status status;

    if (!beside(final, "", &path) || !leat_buffer_printf(&path, "/.leat-%s", lineage) ||
        !ended(&path)) {
        leat_buffer_release(&path);
        return no_memory(err);
    }
    status = files->list(path.data, clean_entry, &cleaning, err);
    leat_buffer_release(&path);
    if (status != LEAT_OK || cleaning.kept)
        return status;
    return leat_staging_discard(files, final, lineage, NULL, err);
}
