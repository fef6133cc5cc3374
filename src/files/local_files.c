/* local_files: the local file system, see files.h. */
#include "files/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static leat_status fail(const char *what, const char *path, leat_error *err)
{
    const char *advice =
        errno == ENOSPC || errno == EDQUOT ? "; free space and start the job again, nothing is lost"
        : errno == EACCES || errno == EROFS || errno == EPERM ? "; the job needs to write there"
                                                              : "";

    return leat_fail(err, LEAT_IO, "cannot %s '%s': %s%s", what, path, strerror(errno), advice);
}

static leat_status local_make_directories(const char *path, leat_error *err)
{
    char partial[PATH_MAX];
    size_t length = strlen(path);

    if (length == 0 || length >= sizeof partial) {
        errno = ENAMETOOLONG;
        return fail("make", path, err);
    }
    memcpy(partial, path, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        partial[i] = '\0';
        if (mkdir(partial, 0777) != 0 && errno != EEXIST)
            return fail("make", path, err);
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

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail("write", path, err);
        at += written;
        size -= (size_t)written;
    }
    return LEAT_OK;
}

static leat_status local_close(int file, const char *path, leat_error *err)
{
    return close(file) == 0 ? LEAT_OK : fail("close", path, err);
}

static leat_status local_sync(const char *path, leat_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    leat_status status = LEAT_OK;

    if (fd < 0)
        return fail("open", path, err);
    if (fsync(fd) != 0)
        status = fail("sync", path, err);
    close(fd);
    return status;
}

static leat_status local_exists(const char *path, bool *out_exists, leat_error *err)
{
    struct stat info;

    *out_exists = lstat(path, &info) == 0;
    return *out_exists || errno == ENOENT || errno == ENOTDIR ? LEAT_OK
                                                              : fail("look at", path, err);
}

static leat_status local_rename(const char *path, const char *target, leat_error *err)
{
    bool taken;

    LEAT_TRY(local_exists(target, &taken, err));
    if (taken)
        errno = EEXIST;
    if (taken || rename(path, target) != 0)
        return fail("rename a directory to", target, err);
    return LEAT_OK;
}

static leat_status local_read_text(const char *path, char *out, size_t size, bool *out_exists,
                                   leat_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
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

static leat_status local_list(const char *path,
                              leat_status (*visit)(void *context, const char *name), void *context,
                              leat_error *err)
{
    DIR *directory = opendir(path);
    leat_status status = LEAT_OK;
    struct dirent *entry;

    if (directory == NULL)
        return errno == ENOENT ? LEAT_OK : fail("list", path, err);
    while (status == LEAT_OK && (errno = 0, entry = readdir(directory)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = visit(context, entry->d_name);
    if (status == LEAT_OK && errno != 0)
        status = fail("list", path, err);
    closedir(directory);
    return status;
}

struct removal {
    const char *path;
    leat_error *err;
};

static leat_status local_remove_tree(const char *path, leat_error *err);

static leat_status remove_entry(void *context, const char *name)
{
    const struct removal *removal = context;
    char path[PATH_MAX];
    struct stat info;

    if (snprintf(path, sizeof path, "%s/%s", removal->path, name) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return fail("remove", removal->path, removal->err);
    }
    if (lstat(path, &info) != 0)
        return errno == ENOENT ? LEAT_OK : fail("look at", path, removal->err);
    if (S_ISDIR(info.st_mode))
        return local_remove_tree(path, removal->err);
    return unlink(path) == 0 || errno == ENOENT ? LEAT_OK : fail("remove", path, removal->err);
}

/* Staging is two levels deep: the recursion is bounded by what we made. */
static leat_status local_remove_tree(const char *path, leat_error *err)
{
    struct removal removal = {path, err};

    LEAT_TRY(local_list(path, remove_entry, &removal, err));
    return rmdir(path) == 0 || errno == ENOENT ? LEAT_OK : fail("remove", path, err);
}

const struct leat_file_system *leat_local_files(void)
{
    static const struct leat_file_system files = {.make_directories = local_make_directories,
                                                  .open = local_open,
                                                  .write = local_write,
                                                  .close = local_close,
                                                  .sync = local_sync,
                                                  .rename = local_rename,
                                                  .read_text = local_read_text,
                                                  .exists = local_exists,
                                                  .remove_tree = local_remove_tree,
                                                  .list = local_list};

    return &files;
}
