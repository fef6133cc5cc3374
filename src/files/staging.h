/*
 * staging: an output directory from its first byte to its rename.
 *
 *   <parent>/.leat-<lineage>/<attempt>/<output>/part-00000 ... _SUCCESS      staged
 *   <parent>/<prefix>-<ms>.<suffix>/                                          final
 *
 * The staged directory is complete, with _SUCCESS inside, before the batch commits; then it is
 * renamed. _SUCCESS holds one line that names the lineage and the batch: by it a final directory is
 * known to be ours.
 *
 * Thread: the scheduler's.
 */
#ifndef LEAT_FILES_STAGING_H
#define LEAT_FILES_STAGING_H

#include "base/buffer.h"
#include "files/files.h"

/* "prefix-<ms>" and ".suffix" unless it is NULL or empty, as Spark's Python names it: "dir/" gives
 * "dir/-<ms>". A relative prefix is below the current directory; "file:" before a path is
 * understood. False when memory is out. */
LEAT_MUST_CHECK bool leat_output_path(const char *prefix, leat_time time, const char *suffix,
                                      struct leat_buffer *out);

/* A path as it is given, made whole in the same way, without slashes at its end. False when memory
 * is out. */
LEAT_MUST_CHECK bool leat_exact_path(const char *path, struct leat_buffer *out);

/* "<parent of final>/.leat-<lineage>/<attempt>/<output>". False when memory is out. */
LEAT_MUST_CHECK bool leat_staged_path(const char *final, const char *lineage, const char *attempt,
                                      int output, struct leat_buffer *out);

/* "<staged>/part-00012.gz", and with a number of 0 or more "<staged>/part-00012-00003.gz": by name
 * they lie in their order. False when memory is out. */
LEAT_MUST_CHECK bool leat_part_path(const char *staged, int32_t partition, int64_t number,
                                    const char *extension, struct leat_buffer *out);

/* Makes the staged directory; final's parents that were missing are made and
 * durable. */
LEAT_MUST_CHECK leat_status leat_staging_begin(const struct leat_file_system *files,
                                               const char *staged, const char *final,
                                               leat_error *err);

/* Writes _SUCCESS with its line, and makes it, the staged directory and those above it durable
 * (B5); the parts are since they were closed. */
LEAT_MUST_CHECK leat_status leat_staging_seal(const struct leat_file_system *files,
                                              const char *staged, const char *success,
                                              leat_error *err);

/* The final name is free, or its _SUCCESS has this line (B6): *out_ours. Else LEAT_INVALID says
 * what is in the way. */
LEAT_MUST_CHECK leat_status leat_staging_check(const struct leat_file_system *files,
                                               const char *final, const char *success,
                                               bool *out_ours, leat_error *err);

/* Renames staged to final unless that was done before; LEAT_CORRUPT when staged is gone and final
 * is not ours. sync_parents makes it durable, after all renames of the batch, and
 * removes the attempt's directory once it is empty. */
LEAT_MUST_CHECK leat_status leat_staging_publish(const struct leat_file_system *files,
                                                 const char *staged, const char *final,
                                                 const char *success, leat_error *err);
LEAT_MUST_CHECK leat_status leat_staging_sync_parents(const struct leat_file_system *files,
                                                      const char *staged, const char *final,
                                                      leat_error *err);

/* Removes the staging of one attempt, and with attempt NULL all of the lineage, beside final; and
 * the lineage's directory when nothing else is in it. */
LEAT_MUST_CHECK leat_status leat_staging_discard(const struct leat_file_system *files,
                                                 const char *final, const char *lineage,
                                                 const char *attempt, leat_error *err);

/* Removes what the lineage staged beside final, except the attempt keep (S6; NULL: all). */
LEAT_MUST_CHECK leat_status leat_staging_clean(const struct leat_file_system *files,
                                               const char *final, const char *lineage,
                                               const char *keep, leat_error *err);

#endif
