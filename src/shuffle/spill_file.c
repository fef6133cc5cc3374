/* spill_file: see spill_file.h. */
#define _GNU_SOURCE /* O_TMPFILE */
#include "shuffle/spill_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

/* A longer path is shown by its end, so that the advice after it is never cut off. */
enum { SHOWN_MAX = 240 };

struct leat_spill_file {
    pthread_mutex_t mutex; /* Guards the making of the file. */
    atomic_int fd;         /* -1: not made yet. */
    atomic_llong end;
    char directory[]; /* Ended by NUL. */
};

leat_status leat_spill_file_create(const char *directory, struct leat_spill_file **out,
                                   leat_error *err)
{
    size_t length = strlen(directory);
    struct leat_spill_file *file = leat_alloc(1, sizeof *file + length + 1);

    if (file == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a spill file");
    if (pthread_mutex_init(&file->mutex, NULL) != 0) {
        leat_free(file);
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a spill file");
    }
    atomic_init(&file->fd, -1);
    memcpy(file->directory, directory, length + 1);
    *out = file;
    return LEAT_OK;
}

static const char *advice_for(int error_number)
{
    switch (error_number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return "free space there or set leat.spill.directory to a larger disk";
    case ENOENT:
    case ENOTDIR:
        return "make that directory or set leat.spill.directory";
    case EACCES:
    case EPERM:
    case EROFS:
        return "the job needs to write there; change the rights or set leat.spill.directory";
    case EMFILE:
    case ENFILE:
        return "raise the limit of open files (ulimit -n); leat.spill.directory is as it should be";
    default:
        return "check that disk or set leat.spill.directory";
    }
}

static leat_status fail(const struct leat_spill_file *file, const char *what, int error_number,
                        leat_error *err)
{
    size_t length = strlen(file->directory);
    bool cut = length > SHOWN_MAX;

    return leat_fail(err, LEAT_IO, "cannot %s a spill file in '%s%s': %s; %s", what,
                     cut ? "..." : "", cut ? file->directory + length - SHOWN_MAX : file->directory,
                     strerror(error_number), advice_for(error_number));
}

/* For file systems without O_TMPFILE: it has a name for a moment. */
static int open_named(const char *directory)
{
    char path[PATH_MAX];
    int fd;

    if (snprintf(path, sizeof path, "%s/.leat-spill-XXXXXX", directory) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

/* Once; every thread that writes first waits for it. -1 with errno. */
static int make_file(struct leat_spill_file *file)
{
    int error_number;
    int fd;

    pthread_mutex_lock(&file->mutex);
    fd = atomic_load_explicit(&file->fd, memory_order_relaxed);
    if (fd < 0) {
        fd = open(file->directory, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
        if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
            fd = open_named(file->directory);
        if (fd >= 0)
            atomic_store_explicit(&file->fd, fd, memory_order_release);
    }
    error_number = errno;
    pthread_mutex_unlock(&file->mutex);
    errno = error_number;
    return fd;
}

leat_status leat_spill_file_write(struct leat_spill_file *file, const void *bytes, size_t size,
                                  int64_t *out_offset, leat_error *err)
{
    int fd = atomic_load_explicit(&file->fd, memory_order_acquire);
    const char *at = bytes;
    int64_t offset;

    if (fd < 0)
        fd = make_file(file);
    if (fd < 0)
        return fail(file, "make", errno, err);
    offset = atomic_fetch_add_explicit(&file->end, (long long)size, memory_order_relaxed);
    *out_offset = offset;
    while (size > 0) {
        ssize_t done = pwrite(fd, at, size, offset);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return fail(file, "write", done < 0 ? errno : ENOSPC, err);
        at += done;
        offset += done;
        size -= (size_t)done;
    }
    return LEAT_OK;
}

leat_status leat_spill_file_read(struct leat_spill_file *file, int64_t offset, void *out,
                                 size_t size, leat_error *err)
{
    int fd = atomic_load_explicit(&file->fd, memory_order_acquire);
    char *at = out;

    while (size > 0) {
        ssize_t done = pread(fd, at, size, offset);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) /* Its end: somebody cut it. */
            return fail(file, "read", done < 0 ? errno : EIO, err);
        at += done;
        offset += done;
        size -= (size_t)done;
    }
    return LEAT_OK;
}

int64_t leat_spill_file_bytes(const struct leat_spill_file *file)
{
    return atomic_load_explicit(&file->end, memory_order_relaxed);
}

void leat_spill_file_destroy(struct leat_spill_file *file)
{
    int fd;

    if (file == NULL)
        return;
    fd = atomic_load(&file->fd);
    if (fd >= 0)
        close(fd);
    pthread_mutex_destroy(&file->mutex);
    leat_free(file);
}
