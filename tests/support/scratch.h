/*
 * scratch: a directory of its own for one test case, and children that end in a known way.
 */
#ifndef LEAT_TESTS_SCRATCH_H
#define LEAT_TESTS_SCRATCH_H

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/check.h"

static inline void scratch_make(char out[PATH_MAX])
{
    const char *base = getenv("TMPDIR");
    const char *quick = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

    snprintf(out, PATH_MAX, "%s/leat-test-XXXXXX", base == NULL ? quick : base);
    CHECK(mkdtemp(out) != NULL);
}

/* directory/name */
static inline void scratch_path(char out[PATH_MAX], const char *directory, const char *name)
{
    CHECK(snprintf(out, PATH_MAX, "%s/%s", directory, name) < PATH_MAX);
}

/* With what is in it; links are not followed. */
static inline void scratch_remove(const char *path)
{
    DIR *directory = opendir(path);
    struct dirent *entry;

    CHECK(directory != NULL);
    while ((entry = readdir(directory)) != NULL) {
        char below[PATH_MAX];
        struct stat info;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        scratch_path(below, path, entry->d_name);
        CHECK(lstat(below, &info) == 0);
        if (S_ISDIR(info.st_mode))
            scratch_remove(below);
        else
            CHECK(unlink(below) == 0);
    }
    closedir(directory);
    CHECK(rmdir(path) == 0);
}

static inline void scratch_write(const char *directory, const char *name, const void *bytes,
                                 size_t size)
{
    char path[PATH_MAX];
    FILE *file;

    scratch_path(path, directory, name);
    file = fopen(path, "wb");
    CHECK(file != NULL && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

/* Size of what was read, at most size. */
static inline size_t scratch_read(const char *directory, const char *name, void *out, size_t size)
{
    char path[PATH_MAX];
    FILE *file;
    size_t got;

    scratch_path(path, directory, name);
    file = fopen(path, "rb");
    CHECK(file != NULL);
    got = fread(out, 1, size, file);
    fclose(file);
    return got;
}

/* Descriptors that this process has. */
static inline int scratch_fds(void)
{
    DIR *directory = opendir("/proc/self/fd");
    int count = 0;

    CHECK(directory != NULL);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

/* Runs body in a child, as another user when this one may write everywhere; true: it came to its
 * end. A failed CHECK or a signal is false. */
static inline int scratch_child(void (*body)(const char *directory), const char *directory,
                                int is_nobody)
{
    int status = 0;
    pid_t pid = fork();

    CHECK(pid >= 0);
    if (pid == 0) {
        if (is_nobody && geteuid() == 0)
            CHECK(setgid(65534) == 0 && setuid(65534) == 0);
        body(directory);
        _exit(0);
    }
    CHECK(waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

#endif
