/* staging: see staging.h. */
#include "files/staging.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SUCCESS_MAX = 128 };

/* Ends what printf wrote with a NUL that does not count. */
static bool ended(struct leat_buffer *out)
{
    if (!leat_buffer_append_char(out, '\0'))
        return false;
    out->size--;
    return true;
}

/* "file:///data/x" and "file:/data/x" are "/data/x". */
static const char *without_scheme(const char *prefix)
{
    if (strncmp(prefix, "file:///", 8) == 0)
        return prefix + 7;
    return strncmp(prefix, "file:/", 6) == 0 && prefix[6] != '/' ? prefix + 5 : prefix;
}

/* A relative path is made whole: the ledger keeps it, and the next start may be elsewhere. */
static bool begin_path(const char *path, struct leat_buffer *out)
{
    char current[PATH_MAX];

    leat_buffer_reset(out);
    return path[0] == '/' || getcwd(current, sizeof current) == NULL ||
           leat_buffer_printf(out, "%s/", strcmp(current, "/") == 0 ? "" : current);
}

bool leat_output_path(const char *prefix, leat_time time, const char *suffix,
                      struct leat_buffer *out)
{
    bool has_suffix = suffix != NULL && suffix[0] != '\0';
    const char *path = without_scheme(prefix);

    return begin_path(path, out) &&
           leat_buffer_printf(out, "%s-%" PRId64 "%s%s", path, time, has_suffix ? "." : "",
                              has_suffix ? suffix : "") &&
           ended(out);
}

bool leat_exact_path(const char *path, struct leat_buffer *out)
{
    path = without_scheme(path);
    if (!begin_path(path, out) || !leat_buffer_printf(out, "%s", path))
        return false;
    while (out->size > 1 && out->data[out->size - 1] == '/')
        out->size--;
    return ended(out);
}

/* The length of path without its last name; 0: the working directory. */
static size_t parent_length(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL)
        return 0;
    while (slash > path && slash[-1] == '/')
        slash--;
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

bool leat_part_path(const char *staged, int32_t partition, int64_t number, const char *extension,
                    struct leat_buffer *out)
{
    leat_buffer_reset(out);
    return leat_buffer_printf(out, "%s/part-%05" PRId32, staged, partition) &&
           (number < 0 || leat_buffer_printf(out, "-%05" PRId64, number)) &&
           leat_buffer_printf(out, "%s", extension) && ended(out);
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
        files->abandon(file);
        return status;
    }
    return files->close(file, path, err);
}

/* path becomes the directory it is in; false at the top. */
static bool cut_last_name(struct leat_buffer *path)
{
    char *slash = strrchr(path->data, '/');

    if (slash == NULL || slash[1] == '\0')
        return false;
    slash[slash == path->data ? 1 : 0] = '\0';
    return true;
}

/* The directories that hold the last `missing` names of final's parent, which were just made. */
static leat_status sync_made(const struct leat_file_system *files, struct leat_buffer *path,
                             int missing, leat_error *err)
{
    for (int i = 0; i < missing; i++) {
        if (!cut_last_name(path))
            return files->sync_directory(".", err);
        LEAT_TRY(files->sync_directory(path->data, err));
    }
    return LEAT_OK;
}

/* How many names at the end of path are not there yet. */
static leat_status count_missing(const struct leat_file_system *files, struct leat_buffer *path,
                                 int *out_missing, leat_error *err)
{
    bool exists = false;

    *out_missing = 0;
    for (;;) {
        LEAT_TRY(files->exists(path->data, &exists, err));
        if (exists)
            return LEAT_OK;
        ++*out_missing;
        if (!cut_last_name(path))
            return LEAT_OK;
    }
}

leat_status leat_staging_begin(const struct leat_file_system *files, const char *staged,
                               const char *final, leat_error *err)
{
    struct leat_buffer path = {0};
    leat_status status = beside(final, "", &path) ? LEAT_OK : no_memory(err);
    int missing = 0;

    if (status == LEAT_OK)
        status = count_missing(files, &path, &missing, err);
    if (status == LEAT_OK)
        status = files->make_directories(staged, err);
    if (status == LEAT_OK && missing > 0)
        status = beside(final, "", &path) ? sync_made(files, &path, missing, err) : no_memory(err);
    leat_buffer_release(&path);
    return status;
}

leat_status leat_staging_seal(const struct leat_file_system *files, const char *staged,
                              const char *success, leat_error *err)
{
    struct leat_buffer path = {0};
    leat_status status = LEAT_OK;

    if (!leat_buffer_printf(&path, "%s/_SUCCESS", staged) || !ended(&path))
        status = no_memory(err);
    if (status == LEAT_OK)
        status = write_success(files, path.data, success, err);
    /* The staged directory, and the three above it: attempt, lineage and parent. */
    for (int level = 0; status == LEAT_OK && level < 4 && cut_last_name(&path); level++)
        status = files->sync_directory(path.data, err);
    leat_buffer_release(&path);
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
    leat_status status =
        beside(final, "", &path) ? files->sync_directory(path.data, err) : no_memory(err);
    bool exists = false;

    /* Another output of the batch, or a clean-up, may have removed what it was staged in. */
    if (status == LEAT_OK)
        status =
            beside(staged, "", &path) ? files->exists(path.data, &exists, err) : no_memory(err);
    if (status == LEAT_OK && exists)
        status = files->sync_directory(path.data, err);
    if (status == LEAT_OK && exists)
        status = files->remove_if_empty(path.data, err);
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
    if (status == LEAT_OK && attempt != NULL && cut_last_name(&path))
        status = files->remove_if_empty(path.data, err);
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
