/* directory: see directory.h. */
#include "state/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static leat_status fail(const char *path, const char *what, leat_error *err)
{
    const char *advice = errno == ENOSPC || errno == EDQUOT ? "; free space and start again"
                         : errno == EACCES || errno == EROFS || errno == EPERM
                             ? "; the job needs to write there"
                             : "";

    return leat_fail(err, LEAT_IO, "checkpoint '%.300s': %s: %s%s", path, what, strerror(errno),
                     advice);
}

static leat_status sync_one(const char *path, leat_error *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    leat_status status = LEAT_OK;

    if (fd < 0)
        return fail(path, "cannot be opened", err);
    if (fsync(fd) != 0)
        status = fail(path, "cannot be synced", err);
    close(fd);
    return status;
}

static leat_status sync_parent(const char *path, leat_error *err)
{
    char parent[PATH_MAX];

    if (snprintf(parent, sizeof parent, "%s/..", path) >= (int)sizeof parent)
        return leat_fail(err, LEAT_INVALID, "checkpoint '%.64s': the path is too long", path);
    return sync_one(parent, err);
}

static leat_status make_directories(const char *path, leat_error *err)
{
    char partial[PATH_MAX];
    size_t length = strlen(path);

    if (length == 0 || length >= sizeof partial)
        return leat_fail(err, LEAT_INVALID, "checkpoint '%.64s': not a usable path", path);
    memcpy(partial, path, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (partial[i] != '/' && partial[i] != '\0')
            continue;
        partial[i] = '\0';
        if (mkdir(partial, 0700) == 0)
            LEAT_TRY(sync_parent(partial, err)); /* Or a power cut takes all that is below. */
        else if (errno != EEXIST)
            return fail(path, "cannot be made", err);
        partial[i] = path[i];
    }
    return LEAT_OK;
}

/* Locks and synchronous writes mean something else over a network. */
static leat_status refuse_network(const char *path, leat_error *err)
{
    static const struct {
        long magic;
        const char *name;
    } networks[] = {{0x6969, "NFS"},      {0xff534d42L, "CIFS"}, {0xfe534d42L, "SMB2"},
                    {0x517b, "SMB"},      {0x01021997, "9P"},    {0x00c36400, "Ceph"},
                    {0x65735546, "FUSE"}, {0x5346414f, "AFS"},   {0x0bd00bd0, "Lustre"}};
    struct statfs info;

    if (statfs(path, &info) != 0)
        return fail(path, "cannot be looked at", err);
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++)
        if ((unsigned)info.f_type == (unsigned)networks[i].magic)
            return leat_fail(err, LEAT_INVALID,
                             "checkpoint '%s' is on %s; it must be on a local file system", path,
                             networks[i].name);
    return LEAT_OK;
}

static void read_boot_id(char out[64])
{
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

    out[0] = '\0';
    if (file == NULL)
        return;
    if (fgets(out, 64, file) != NULL)
        out[strcspn(out, "\n")] = '\0';
    fclose(file);
}

static leat_status refuse_holder(const char *path, int fd, leat_error *err)
{
    char text[128] = "";
    ssize_t size = pread(fd, text, sizeof text - 1, 0);

    text[size < 0 ? 0 : size] = '\0';
    text[strcspn(text, " \n")] = '\0';
    return leat_fail(err, LEAT_INVALID,
                     "checkpoint '%s' is in use by process %s; a job runs once for each checkpoint",
                     path, text[0] == '\0' ? "(unknown)" : text);
}

static leat_status write_holder(const char *path, int fd, leat_error *err)
{
    char boot_id[64];
    char text[128];
    int size;

    read_boot_id(boot_id);
    size = snprintf(text, sizeof text, "%ld %s\n", (long)getpid(), boot_id);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)size, 0) != size)
        return fail(path, "its lock cannot be written", err);
    return LEAT_OK;
}

leat_status leat_directory_lock(const char *path, int *out_fd, leat_error *err)
{
    char file[PATH_MAX];
    leat_status status;
    int fd;

    LEAT_TRY(make_directories(path, err));
    LEAT_TRY(refuse_network(path, err));
    if (snprintf(file, sizeof file, "%s/lock", path) >= (int)sizeof file)
        return leat_fail(err, LEAT_INVALID, "checkpoint '%.64s': the path is too long", path);
    fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail(path, "its lock cannot be opened", err);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        status = errno == EWOULDBLOCK ? refuse_holder(path, fd, err)
                                      : fail(path, "cannot be locked", err);
    else
        status = write_holder(path, fd, err);
    if (status != LEAT_OK) {
        close(fd);
        return status;
    }
    *out_fd = fd;
    return LEAT_OK;
}

leat_status leat_directory_sync(const char *path, leat_error *err)
{
    LEAT_TRY(sync_one(path, err));
    return sync_parent(path, err);
}
