/* directory_test: who may have a checkpoint directory, and what of it outlives a power cut. */
#include "state/directory.h"

#include <errno.h>
#include <signal.h>

#include "tests/support/scratch.h"

/* ---- fsync, seen and made to fail ---- */

static char synced[16][PATH_MAX];
static size_t synced_count;
static int sync_errno;

int fsync(int fd)
{
    char link[64];
    ssize_t size;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    size = readlink(link, synced[synced_count % 16], PATH_MAX - 1);
    CHECK(size > 0);
    synced[synced_count++ % 16][size] = '\0';
    errno = sync_errno;
    return sync_errno == 0 ? 0 : -1;
}

static bool was_synced(const char *path)
{
    char real[PATH_MAX];

    CHECK(realpath(path, real) != NULL);
    for (size_t i = 0; i < synced_count && i < 16; i++)
        if (strcmp(synced[i], real) == 0)
            return true;
    return false;
}

/* ---- cases ---- */

static void check_refused(const char *path, leat_status status, const char *words)
{
    leat_error err = {LEAT_OK, ""};
    int before = scratch_fds();
    int fd = -7;

    if (leat_directory_lock(path, &fd, &err) != status || strstr(err.message, words) == NULL) {
        fprintf(stderr, "status %d: %s\n", (int)err.status, err.message);
        CHECK(0);
    }
    CHECK(fd == -7);
    CHECK(scratch_fds() == before);
}

static void a_missing_directory_is_made_with_its_parents(void)
{
    char root[PATH_MAX], path[PATH_MAX];
    struct stat info;
    int fd;

    scratch_make(root);
    scratch_path(path, root, "a//b/c/");
    CHECK_OK(leat_directory_lock(path, &fd, NULL));
    CHECK(stat(path, &info) == 0 && S_ISDIR(info.st_mode) && (info.st_mode & 0777) == 0700);
    close(fd);
    scratch_remove(root);
}

static void every_directory_made_is_durable_in_its_parent(void)
{
    char root[PATH_MAX], path[PATH_MAX];
    int fd;

    scratch_make(root);
    scratch_path(path, root, "a/b/c");
    CHECK_OK(leat_directory_lock(path, &fd, NULL));
    CHECK_OK(leat_directory_sync(path, NULL));
    close(fd);
    CHECK(was_synced(path));
    scratch_path(path, root, "a/b");
    CHECK(was_synced(path));
    scratch_path(path, root, "a");
    CHECK(was_synced(path));
    CHECK(was_synced(root));
    scratch_remove(root);
}

static void a_relative_directory_is_made_durable_too(void)
{
    char root[PATH_MAX];
    int fd;

    scratch_make(root);
    CHECK(chdir(root) == 0);
    CHECK_OK(leat_directory_lock("job/state", &fd, NULL));
    CHECK_OK(leat_directory_sync("job/state", NULL));
    close(fd);
    CHECK(was_synced("job/state") && was_synced("job") && was_synced("."));
    CHECK(chdir("/") == 0);
    scratch_remove(root);
}

static void a_failed_sync_is_told(void)
{
    leat_error err = {LEAT_OK, ""};
    char root[PATH_MAX];

    scratch_make(root);
    sync_errno = EIO;
    CHECK(leat_directory_sync(root, &err) == LEAT_IO);
    CHECK(strstr(err.message, root) != NULL && strstr(err.message, "cannot be synced") != NULL);
    sync_errno = 0;
    scratch_remove(root);
}

static void a_failed_sync_of_a_new_parent_is_told(void)
{
    char root[PATH_MAX], path[PATH_MAX];

    scratch_make(root);
    scratch_path(path, root, "a/b");
    sync_errno = ENOSPC;
    check_refused(path, LEAT_IO, "free space");
    sync_errno = 0;
    scratch_remove(root);
}

static void the_lock_says_who_holds_it(void)
{
    char root[PATH_MAX], text[128] = "", expected[64], boot[64] = "";
    int fd;

    scratch_make(root);
    CHECK_OK(leat_directory_lock(root, &fd, NULL));
    scratch_read(root, "lock", text, sizeof text - 1);
    scratch_read("/proc/sys/kernel/random", "boot_id", boot, 36);
    snprintf(expected, sizeof expected, "%ld ", (long)getpid());
    CHECK(strncmp(text, expected, strlen(expected)) == 0);
    CHECK(strstr(text, boot) != NULL);
    close(fd);
    scratch_remove(root);
}

static void hold(const char *directory, int ready)
{
    int fd;

    CHECK_OK(leat_directory_lock(directory, &fd, NULL));
    CHECK(write(ready, "x", 1) == 1);
    for (;;)
        pause();
}

static void what_a_live_process_holds_is_refused_by_its_pid(void)
{
    char root[PATH_MAX], words[64], byte;
    int ready[2], fd;
    pid_t pid;

    scratch_make(root);
    CHECK(pipe(ready) == 0);
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0)
        hold(root, ready[1]);
    CHECK(read(ready[0], &byte, 1) == 1);
    snprintf(words, sizeof words, "in use by process %ld;", (long)pid);
    check_refused(root, LEAT_INVALID, words);
    check_refused(root, LEAT_INVALID, words); /* Asking does not change it. */
    CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
    CHECK_OK(leat_directory_lock(root, &fd, NULL)); /* Its pid is stale now. */
    close(fd);
    close(ready[0]);
    close(ready[1]);
    scratch_remove(root);
}

static void what_this_process_holds_is_refused_too(void)
{
    char root[PATH_MAX], words[64];
    int fd;

    scratch_make(root);
    CHECK_OK(leat_directory_lock(root, &fd, NULL));
    snprintf(words, sizeof words, "in use by process %ld;", (long)getpid());
    check_refused(root, LEAT_INVALID, words);
    close(fd);
    CHECK_OK(leat_directory_lock(root, &fd, NULL));
    close(fd);
    scratch_remove(root);
}

static void a_lock_that_nobody_holds_is_taken_whatever_it_says(void)
{
    static const char *const texts[] = {
        "", "1 another-boot\n", "999999999 x\n", "\xff\xfe garbage",
        "a text that is much longer than what is put there, so that "
        "the rest of it has to go when it is written anew: 0123456"};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char root[PATH_MAX], text[256] = "";
        int fd;

        scratch_make(root);
        scratch_write(root, "lock", texts[i], strlen(texts[i]));
        CHECK_OK(leat_directory_lock(root, &fd, NULL));
        scratch_read(root, "lock", text, sizeof text - 1);
        CHECK(strtol(text, NULL, 10) == (long)getpid());
        CHECK(strchr(text, '\n') == text + strlen(text) - 1);
        close(fd);
        scratch_remove(root);
    }
}

static void a_program_that_this_one_starts_does_not_hold_it(void)
{
    char root[PATH_MAX];
    int fd;
    pid_t pid;

    scratch_make(root);
    CHECK_OK(leat_directory_lock(root, &fd, NULL));
    CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        execl("/bin/sleep", "sleep", "60", (char *)NULL);
        _exit(1);
    }
    close(fd);
    for (int tries = 0; leat_directory_lock(root, &fd, NULL) != LEAT_OK; tries++) {
        CHECK(tries < 1000);
        usleep(5000); /* Until it is another program. */
    }
    close(fd);
    CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
    scratch_remove(root);
}

static void check_unwritable(const char *root)
{
    char path[PATH_MAX];

    scratch_path(path, root, "own");
    check_refused(path, LEAT_IO, "the job needs to write there");
    scratch_path(path, root, "new/below");
    check_refused(path, LEAT_IO, "the job needs to write there");
}

static void an_unwritable_directory_says_so(void)
{
    char root[PATH_MAX], path[PATH_MAX];

    scratch_make(root);
    scratch_path(path, root, "own");
    CHECK(mkdir(path, 0755) == 0 && chmod(path, 0555) == 0 && chmod(root, 0555) == 0);
    CHECK(scratch_child(check_unwritable, root, 1));
    CHECK(chmod(root, 0755) == 0 && chmod(path, 0755) == 0);
    scratch_remove(root);
}

static void what_is_no_directory_is_refused(void)
{
    char root[PATH_MAX], path[PATH_MAX];

    scratch_make(root);
    scratch_write(root, "file", "x", 1);
    scratch_path(path, root, "file");
    check_refused(path, LEAT_IO, "file'");
    scratch_path(path, root, "file/below");
    check_refused(path, LEAT_IO, "Not a directory");
    check_refused("", LEAT_INVALID, "not a usable path");
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    check_refused(path, LEAT_IO, "File name too long");
    scratch_remove(root);
}

static void a_path_longer_than_the_system_takes_is_refused(void)
{
    static char path[2 * PATH_MAX];

    memset(path, '/', sizeof path - 1);
    check_refused(path, LEAT_INVALID, "not a usable path");
}

static void a_foreign_lock_is_not_followed(void)
{
    char root[PATH_MAX], path[PATH_MAX], text[16] = "";

    scratch_make(root);
    scratch_write(root, "precious", "keep", 4);
    scratch_path(path, root, "lock");
    CHECK(symlink("precious", path) == 0);
    check_refused(root, LEAT_IO, "its lock cannot be opened");
    CHECK(scratch_read(root, "precious", text, sizeof text) == 4 && memcmp(text, "keep", 4) == 0);
    CHECK(unlink(path) == 0 && mkdir(path, 0700) == 0);
    check_refused(root, LEAT_IO, "its lock cannot be opened");
    scratch_remove(root);
}

static const struct check_case cases[] = {
    CHECK_CASE(a_missing_directory_is_made_with_its_parents),
    CHECK_CASE(every_directory_made_is_durable_in_its_parent),
    CHECK_CASE(a_relative_directory_is_made_durable_too),
    CHECK_CASE(a_failed_sync_is_told),
    CHECK_CASE(a_failed_sync_of_a_new_parent_is_told),
    CHECK_CASE(the_lock_says_who_holds_it),
    CHECK_CASE(what_a_live_process_holds_is_refused_by_its_pid),
    CHECK_CASE(what_this_process_holds_is_refused_too),
    CHECK_CASE(a_lock_that_nobody_holds_is_taken_whatever_it_says),
    CHECK_CASE(a_program_that_this_one_starts_does_not_hold_it),
    CHECK_CASE(an_unwritable_directory_says_so),
    CHECK_CASE(what_is_no_directory_is_refused),
    CHECK_CASE(a_path_longer_than_the_system_takes_is_refused),
    CHECK_CASE(a_foreign_lock_is_not_followed),
};
CHECK_MAIN(cases)
