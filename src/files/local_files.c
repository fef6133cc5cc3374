/* local_files: the local file system, see files.h. */
#define _GNU_SOURCE /* renameat2 */
#include "files/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A path longer than this is shown by its end, so that the advice after it is never cut off. */
enum {
    SHOWN_MAX = 240,
    DEPTH_MAX = 16 /* Staging is three deep; more means that we are somewhere else. */
};

static const struct advice {
    int error_number;
    const char *text;
} advices[] = {
    {ENOSPC, "free space there and start the job again, nothing is lost"},
    {EDQUOT, "free space there or raise the quota and start the job again, nothing is lost"},
    {EIO, "the disk failed; check it before the job starts again"},
    {EACCES, "the job needs to write there; change the rights or the user"},
    {EPERM, "the job needs to write there; change the rights or the user"},
    {EROFS, "the job needs to write there; mount it writable or write elsewhere"},
    {ENOTDIR, "a file stands where a directory is needed; move it away"},
    {ELOOP, "a symbolic link is in the way; move it away"},
    {EISDIR, "a directory is in the way; move it away"},
    {EEXIST, "something of that name is there already; move it away"},
    {ENOTEMPTY, "something of that name is there already; move it away"},
    {EXDEV, "another file system is mounted below; unmount it"},
    {EMFILE, "raise the limit of open files (ulimit -n)"},
    {ENAMETOOLONG, "shorten it"},
    {ENOENT, "somebody removed it"},
};

static leat_status fail(const char *what, const char *path, leat_error *err)
{
    int error_number = errno;
    size_t length = strlen(path);
    bool cut = length > SHOWN_MAX;
    const char *text = "check that file system";

    for (size_t i = 0; i < sizeof advices / sizeof advices[0]; i++)
        if (advices[i].error_number == error_number)
            text = advices[i].text;
    return leat_fail(err, LEAT_IO, "cannot %s '%s%s': %s; %s", what, cut ? "..." : "",
                     cut ? path + length - SHOWN_MAX : path, strerror(error_number), text);
}

/* Closes without losing errno; accepts -1. */
static void close_quietly(int fd)
{
    int error_number = errno;

    if (fd >= 0)
        close(fd);
    errno = error_number;
}

/* Only an interrupted sync may be repeated: any other error has already forgotten what it lost. */
static int sync_fd(int fd)
{
    int result;

    do
        result = fsync(fd);
    while (result != 0 && errno == EINTR);
    return result;
}

/* mkdir, where a directory that is there is as good. False with errno. */
static bool make_directory(const char *path)
{
    struct stat info;
    int error_number;

    if (mkdir(path, 0777) == 0)
        return true;
    error_number = errno;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return true;
    errno = error_number == EEXIST ? ENOTDIR : error_number;
    return false;
}

static leat_status local_make_directories(const char *path, leat_error *err)
{
    char partial[PATH_MAX];
    size_t length = strlen(path);

    if (length == 0 || length >= sizeof partial) {
        errno = ENAMETOOLONG;
        return fail("make the directory", path, err);
    }
    memcpy(partial, path, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        partial[i] = '\0';
        if (!make_directory(partial))
            return fail("make the directory", partial, err);
        partial[i] = path[i];
    }
    return LEAT_OK;
}

static leat_status local_open(const char *path, int *out_file, leat_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);

    if (fd < 0)
        return fail("open", path, err);
    *out_file = fd;
    return LEAT_OK;
}

static leat_status local_write(int file, const char *path, const void *bytes, size_t size,
                               leat_error *err)
{
    const char *at = bytes;

    while (size > 0) {
        ssize_t written = write(file, at, size);

        if (written > 0) {
            at += written;
            size -= (size_t)written;
        } else if (written == 0 || errno != EINTR) {
            errno = written == 0 ? EIO : errno;
            return fail("write", path, err);
        }
    }
    return LEAT_OK;
}

/* Synced by the descriptor that wrote: one opened later may not be told what was lost before. */
static leat_status local_close(int file, const char *path, leat_error *err)
{
    leat_status status = sync_fd(file) == 0 ? LEAT_OK : fail("sync", path, err);

    /* Not repeated when interrupted: Linux has closed it by then. */
    if (close(file) != 0 && errno != EINTR && status == LEAT_OK)
        status = fail("close", path, err);
    return status;
}

static void local_abandon(int file)
{
    close(file);
}

/* A file system that knows no sync of directories says EINVAL; it keeps names by its own rules. */
static leat_status local_sync_directory(const char *path, leat_error *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    leat_status status = LEAT_OK;

    if (fd < 0 || (sync_fd(fd) != 0 && errno != EINVAL))
        status = fail("sync", path, err);
    close_quietly(fd);
    return status;
}

static leat_status local_exists(const char *path, bool *out_exists, leat_error *err)
{
    struct stat info;

    *out_exists = lstat(path, &info) == 0;
    return *out_exists || errno == ENOENT || errno == ENOTDIR ? LEAT_OK
                                                              : fail("look at", path, err);
}

/* Never onto something, not even an empty directory. Old file systems cannot promise that: there
 * a plain rename follows a look, and only an empty directory made in between would be replaced. */
static bool rename_exclusive(const char *path, const char *target)
{
    struct stat info;

    if (renameat2(AT_FDCWD, path, AT_FDCWD, target, RENAME_NOREPLACE) == 0)
        return true;
    if (errno != EINVAL && errno != ENOSYS)
        return false;
    if (lstat(target, &info) == 0) {
        errno = EEXIST;
        return false;
    }
    return rename(path, target) == 0;
}

static leat_status local_rename(const char *path, const char *target, leat_error *err)
{
    return rename_exclusive(path, target) ? LEAT_OK : fail("rename a directory to", target, err);
}

static leat_status local_read_text(const char *path, char *out, size_t size, bool *out_exists,
                                   leat_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    leat_status status = LEAT_OK;
    ssize_t got;

    out[0] = '\0';
    *out_exists = fd >= 0;
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? LEAT_OK : fail("open", path, err);
    do
        got = read(fd, out, size - 1);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        status = fail("read", path, err);
    else
        out[got] = '\0';
    close(fd);
    return status;
}

/* Never through a symbolic link: what it points to is not ours. NULL with errno. */
static DIR *open_entries(int parent, const char *name)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *entries = fd < 0 ? NULL : fdopendir(fd);

    if (entries == NULL)
        close_quietly(fd);
    return entries;
}

/* NULL at the end (errno 0) or with errno; "." and ".." are left out. */
static const char *next_entry(DIR *entries)
{
    struct dirent *entry;

    do {
        errno = 0;
        entry = readdir(entries);
    } while (entry != NULL &&
             (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
    return entry == NULL ? NULL : entry->d_name;
}

static leat_status local_list(const char *path,
                              leat_status (*visit)(void *context, const char *name), void *context,
                              leat_error *err)
{
    DIR *entries = open_entries(AT_FDCWD, path);
    leat_status status = LEAT_OK;
    const char *name;

    if (entries == NULL)
        return errno == ENOENT ? LEAT_OK : fail("list", path, err);
    while (status == LEAT_OK && (name = next_entry(entries)) != NULL)
        status = visit(context, name);
    if (status == LEAT_OK && errno != 0)
        status = fail("list", path, err);
    closedir(entries);
    return status;
}

static bool remove_entry(int parent, const char *name, int depth);

static bool remove_content(int parent, const char *name, int depth)
{
    DIR *entries = open_entries(parent, name);
    bool removed = entries != NULL;
    const char *below;
    int error_number;

    while (removed && (below = next_entry(entries)) != NULL)
        removed = remove_entry(dirfd(entries), below, depth + 1);
    removed = removed && errno == 0;
    error_number = errno;
    if (entries != NULL)
        closedir(entries);
    errno = error_number;
    return removed;
}

/* False with errno. What is gone is removed. */
static bool remove_entry(int parent, const char *name, int depth)
{
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
        return true;
    if (errno != EISDIR)
        return false;
    if (depth > DEPTH_MAX) {
        errno = ELOOP;
        return false;
    }
    if (!remove_content(parent, name, depth))
        return errno == ENOENT;
    return unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT;
}

static leat_status local_remove_tree(const char *path, leat_error *err)
{
    return remove_entry(AT_FDCWD, path, 0) ? LEAT_OK : fail("remove", path, err);
}

static leat_status local_remove_if_empty(const char *path, leat_error *err)
{
    if (rmdir(path) == 0 || errno == ENOENT || errno == ENOTEMPTY || errno == EEXIST)
        return LEAT_OK;
    return fail("remove", path, err);
}

const struct leat_file_system *leat_local_files(void)
{
    static const struct leat_file_system files = {.make_directories = local_make_directories,
                                                  .open = local_open,
                                                  .write = local_write,
                                                  .close = local_close,
                                                  .abandon = local_abandon,
                                                  .sync_directory = local_sync_directory,
                                                  .rename = local_rename,
                                                  .read_text = local_read_text,
                                                  .exists = local_exists,
                                                  .remove_tree = local_remove_tree,
                                                  .remove_if_empty = local_remove_if_empty,
                                                  .list = local_list};

    return &files;
}
