/*
 * watched_files: the local file system behind a table that remembers its calls and can fail one.
 *
 * A call that fails may have had its effect before (the answer was lost), or be the process's last
 * (every later one fails too). Records are lines "rename /x /y".
 *
 * Thread: one.
 */
#ifndef LEAT_TESTS_WATCHED_FILES_H
#define LEAT_TESTS_WATCHED_FILES_H

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/files.h"
#include "tests/support/check.h"

enum { WATCHED_CALLS_MAX = 256, WATCHED_LINE_SIZE = 512 };

/* How the call fails. */
enum watched_failure {
    WATCHED_REFUSED, /* Nothing happened. */
    WATCHED_CRASHED, /* Nothing happened, nor will it. */
    WATCHED_LOST     /* It happened, and then the process ended. */
};

static struct {
    char lines[WATCHED_CALLS_MAX][WATCHED_LINE_SIZE];
    int count;
    int fail_at; /* The n-th call from 0 on; -1: none. */
    enum watched_failure failure;
} watched;

static inline void watch(int fail_at, enum watched_failure failure)
{
    watched.count = 0;
    watched.fail_at = fail_at;
    watched.failure = failure;
}

/* Where the line was recorded last, or -1. */
static inline int watched_last(const char *format, ...)
{
    char line[WATCHED_LINE_SIZE];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    for (int i = watched.count - 1; i >= 0; i--)
        if (strcmp(watched.lines[i], line) == 0)
            return i;
    return -1;
}

static inline bool watched_begin(const char *verb, const char *path, const char *target)
{
    int n = watched.count;

    CHECK(n < WATCHED_CALLS_MAX);
    snprintf(watched.lines[n], WATCHED_LINE_SIZE, "%s %s%s%s", verb, path,
             target == NULL ? "" : " ", target == NULL ? "" : target);
    watched.count++;
    if (watched.fail_at < 0 || n < watched.fail_at)
        return true;
    if (watched.failure == WATCHED_REFUSED)
        return n != watched.fail_at;
    return watched.failure == WATCHED_LOST && n == watched.fail_at;
}

static inline leat_status watched_end(leat_status status, leat_error *err)
{
    int n = watched.count - 1;
    bool failed =
        watched.fail_at >= 0 &&
        (n == watched.fail_at || (n > watched.fail_at && watched.failure != WATCHED_REFUSED));

    if (!failed)
        return status;
    return leat_fail(err, LEAT_IO, "cannot %s", watched.lines[n]);
}

/* The call's own status, or the planted failure. */
#define WATCHED(verb, path, target, call)              \
    do {                                               \
        leat_status watched_status = LEAT_OK;          \
        if (watched_begin(verb, path, target))         \
            watched_status = leat_local_files()->call; \
        return watched_end(watched_status, err);       \
    } while (0)

static inline leat_status watched_make_directories(const char *path, leat_error *err)
{
    WATCHED("make", path, NULL, make_directories(path, err));
}

static inline leat_status watched_open(const char *path, int *out_file, leat_error *err)
{
    leat_status status = LEAT_OK;
    int file = -1;

    if (watched_begin("open", path, NULL))
        status = leat_local_files()->open(path, &file, err);
    if (watched_end(status, err) == LEAT_OK) {
        *out_file = file;
        return LEAT_OK;
    }
    if (file >= 0)
        close(file);
    return LEAT_IO;
}

static inline leat_status watched_write(int file, const char *path, const void *bytes, size_t size,
                                        leat_error *err)
{
    WATCHED("write", path, NULL, write(file, path, bytes, size, err));
}

static inline leat_status watched_close(int file, const char *path, leat_error *err)
{
    leat_status status = LEAT_OK;

    if (watched_begin("close", path, NULL))
        status = leat_local_files()->close(file, path, err);
    else
        close(file);
    return watched_end(status, err);
}

static inline void watched_abandon(int file)
{
    leat_local_files()->abandon(file);
}

static inline leat_status watched_sync_directory(const char *path, leat_error *err)
{
    WATCHED("sync", path, NULL, sync_directory(path, err));
}

static inline leat_status watched_rename(const char *path, const char *target, leat_error *err)
{
    WATCHED("rename", path, target, rename(path, target, err));
}

static inline leat_status watched_read_text(const char *path, char *out, size_t size,
                                            bool *out_exists, leat_error *err)
{
    WATCHED("read", path, NULL, read_text(path, out, size, out_exists, err));
}

static inline leat_status watched_exists(const char *path, bool *out_exists, leat_error *err)
{
    WATCHED("look", path, NULL, exists(path, out_exists, err));
}

static inline leat_status watched_remove_tree(const char *path, leat_error *err)
{
    WATCHED("remove", path, NULL, remove_tree(path, err));
}

static inline leat_status watched_remove_if_empty(const char *path, leat_error *err)
{
    WATCHED("tidy", path, NULL, remove_if_empty(path, err));
}

static inline leat_status watched_list(const char *path,
                                       leat_status (*visit)(void *context, const char *name),
                                       void *context, leat_error *err)
{
    WATCHED("list", path, NULL, list(path, visit, context, err));
}

static inline const struct leat_file_system *watched_files(void)
{
    static const struct leat_file_system files = {.make_directories = watched_make_directories,
                                                  .open = watched_open,
                                                  .write = watched_write,
                                                  .close = watched_close,
                                                  .abandon = watched_abandon,
                                                  .sync_directory = watched_sync_directory,
                                                  .rename = watched_rename,
                                                  .read_text = watched_read_text,
                                                  .exists = watched_exists,
                                                  .remove_tree = watched_remove_tree,
                                                  .remove_if_empty = watched_remove_if_empty,
                                                  .list = watched_list};

    return &files;
}

/* ---- what is on the disk, without the code under test ---- */

/* A new empty directory; the working directory too. */
static inline const char *scratch_directory(void)
{
    static char path[64];

    snprintf(path, sizeof path, "/tmp/leat_files_XXXXXX");
    CHECK(mkdtemp(path) != NULL);
    CHECK(chdir(path) == 0);
    return path;
}

static inline void remove_scratch(const char *path)
{
    char command[128];

    CHECK(chdir("/") == 0);
    snprintf(command, sizeof command, "chmod -R u+rwx '%s' && rm -rf '%s'", path, path);
    CHECK(system(command) == 0);
}

static inline bool is_there(const char *path)
{
    struct stat info;

    return lstat(path, &info) == 0;
}

static inline size_t entries_in(const char *path)
{
    DIR *entries = opendir(path);
    size_t count = 0;

    CHECK(entries != NULL);
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries))
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(entries);
    return count;
}

static inline void put_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static inline bool file_is(const char *path, const char *text)
{
    char found[4096];
    FILE *file = fopen(path, "r");
    size_t size;

    if (file == NULL)
        return false;
    size = fread(found, 1, sizeof found, file);
    fclose(file);
    return size == strlen(text) && memcmp(found, text, size) == 0;
}

#endif
