/*
 * rdd_files: rdd_save_as_...: actions that make a directory of a given path, see leat/rdd.h.
 *
 * Nobody knows these directories before a function names them. So what a killed process staged
 * beside one is removed here, when the next is staged there: one attempt at a time is alive, and
 * what was committed is published before the next batch runs.
 */
#include "files/staging.h"
#include "sink/part_files.h"

static leat_status check(const struct leat_batch_options *options, const char *path,
                         leat_error *err)
{
    if (path == NULL || path[0] == '\0')
        return leat_fail(err, LEAT_INVALID, "a path is missing: the directory to make");
    if (!leat_path_is_local(path))
        return leat_fail(err, LEAT_INVALID,
                         "files go to local paths only in this version, not to '%.200s'; write to "
                         "a mounted path, or file:///path",
                         path);
    if (options->parts.refused)
        return leat_fail(err, LEAT_INVALID,
                         "leat.processing.guarantee=exactly_once needs a checkpoint directory to "
                         "save '%.200s'; set leat.checkpoint.directory",
                         path);
    return LEAT_OK;
}

static leat_status prepare(leat_rdd *rdd, const char *path, struct leat_part_files_options *how,
                           leat_error *err)
{
    const struct leat_batch_options *options = leat_batch_options(rdd->batch);
    struct leat_batch_result result;
    struct leat_buffer whole = {0};
    bool is_ours;

    LEAT_TRY(check(options, path, err));
    if (leat_exact_path(path, &whole))
        how->final = leat_part_files_keep(rdd->batch, &whole);
    leat_buffer_release(&whole);
    if (how->final == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for an output directory");
    LEAT_TRY(leat_staging_check(options->files, how->final, options->success_text, &is_ours, err));
    LEAT_TRY(leat_staging_clean(options->files, how->final, options->lineage, options->attempt_name,
                                err));
    /* After the output operations' numbers; each of the batch that is staged makes it another. */
    leat_batch_result(rdd->batch, &result);
    how->number = (int)(options->ssc->output_count + result.made_count);
    return LEAT_OK;
}

static leat_status save(leat_rdd *rdd, const char *path, const struct leat_part_format *format,
                        const char *name)
{
    struct leat_part_files_options how = {.format = format, .always = true, .name = name};
    struct leat_terminal *terminal = NULL;
    leat_error err = {LEAT_OK, ""};
    leat_status status;

    if (rdd == NULL)
        return LEAT_INVALID;
    how.where = leat_batch_running(rdd->batch);
    status = prepare(rdd, path, &how, &err);
    if (status == LEAT_OK)
        status = leat_part_files_create(rdd, &how, &terminal, &err);
    if (status != LEAT_OK)
        leat_error_prefix(&err, "%s at %s", name,
                          how.where); /* A task that fails names it itself. */
    else
        status = leat_pass_run(rdd->batch, terminal, &err);
    if (status != LEAT_OK)
        leat_batch_fail(rdd->batch, &err);
    return status;
}

leat_status leat_rdd_save_as_text_file(leat_rdd *rdd, const char *path)
{
    return save(rdd, path, &leat_text_format, "save_as_text_file");
}

leat_status leat_rdd_save_as_hadoop_file(leat_rdd *rdd, const char *path)
{
    return save(rdd, path, &leat_sequence_format, "save_as_hadoop_file");
}

leat_status leat_rdd_save_as_object_file(leat_rdd *rdd, const char *path)
{
    return save(rdd, path, &leat_object_format, "save_as_object_file");
}
