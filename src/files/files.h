/*
 * files: what output needs of a file system, behind one table: the local one now.
 *
 * Every failure is LEAT_IO with a sentence that names the path and what to do. What close and
 * sync_directory returned LEAT_OK for is durable; after a failed sync what was written since the
 * last good one may be lost, whatever a second sync says: the file is made anew.
 *
 * Thread: any; a file belongs to one.
 */
#ifndef LEAT_FILES_FILES_H
#define LEAT_FILES_FILES_H

#include "base/status.h"

struct leat_file_system {
    /* Makes the directory and its parents. */
    leat_status (*make_directories)(const char *path, leat_error *err);
    /* Opens a new or emptied file for writing; never through a symbolic link. */
    leat_status (*open)(const char *path, int *out_file, leat_error *err);
    leat_status (*write)(int file, const char *path, const void *bytes, size_t size,
                         leat_error *err);
    /* Makes the content durable (not yet the name: sync_directory) and closes in any case. */
    leat_status (*close)(int file, const char *path, leat_error *err);
    /* Closes without a care for the content; the file stays. */
    void (*abandon)(int file);
    /* Makes the names in it durable. */
    leat_status (*sync_directory)(const char *path, leat_error *err);
    /* Moves a directory; fails when target exists, be it an empty directory. */
    leat_status (*rename)(const char *path, const char *target, leat_error *err);
    /* The first size - 1 bytes of a small file as text; *out_exists false when there is none. */
    leat_status (*read_text)(const char *path, char *out, size_t size, bool *out_exists,
                             leat_error *err);
    leat_status (*exists)(const char *path, bool *out_exists, leat_error *err);
    /* Removes a directory and all below it, symbolic links as such; what is not there is removed.
     */
    leat_status (*remove_tree)(const char *path, leat_error *err);
    /* Removes a directory when it is empty; otherwise, and when absent, nothing happens. */
    leat_status (*remove_if_empty)(const char *path, leat_error *err);
    /* Calls visit with the name of each entry; a missing directory has none. */
    leat_status (*list)(const char *path, leat_status (*visit)(void *context, const char *name),
                        void *context, leat_error *err);
};

const struct leat_file_system *leat_local_files(void);

#endif
