/* local_files_test: what the local file system refuses, says and never touches. */
#include "files/files.h"

#include <errno.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "tests/support/watched_files.h"

static const struct leat_file_system *files;
static leat_error err;

/* The system's fsync in this program: it notes what was synced, and can fail first. */
static struct {
    ino_t inode; /* Of the last call. */
    int calls;
    int fail_number; /* errno of the next calls; 0: none. */
    int fail_count;
} synced;

int fsync(int fd)
{
    struct stat info;

    CHECK(fstat(fd, &info) == 0);
    synced.inode = info.st_ino;
    synced.calls++;
    if (synced.fail_count == 0)
        return (int)syscall(SYS_fsync, fd);
    synced.fail_count--;
    errno = synced.fail_number;
    return -1;
}

static void fail_syncs(int error_number, int count)
{
    synced.calls = 0;
    synced.fail_number = error_number;
    synced.fail_count = count;
}

static ino_t inode_of(const char *path)
{
    struct stat info;

    CHECK(lstat(path, &info) == 0);
    return info.st_ino;
}

static bool says(const char *text)
{
    if (strstr(err.message, text) != NULL)
        return true;
    fprintf(stderr, "'%s' is not in: %s\n", text, err.message);
    return false;
}

static void write_file(const char *path, const char *text)
{
    int file;

    CHECK_OK(files->open(path, &file, &err));
    CHECK_OK(files->write(file, path, text, strlen(text), &err));
    CHECK_OK(files->close(file, path, &err));
}

static void what_is_written_is_read_again(void)
{
    const char *home = scratch_directory();
    char text[8];
    bool exists;

    CHECK_OK(files->make_directories("a/b/c", &err));
    CHECK_OK(files->make_directories("a/b/c", &err));
    write_file("a/b/c/x", "first and longer");
    write_file("a/b/c/x", "second");
    CHECK(file_is("a/b/c/x", "second"));
    CHECK_OK(files->read_text("a/b/c/x", text, sizeof text, &exists, &err));
    CHECK(exists && strcmp(text, "second") == 0);
    CHECK_OK(files->read_text("a/b/c/x", text, 4, &exists, &err));
    CHECK(exists && strcmp(text, "sec") == 0);
    CHECK_OK(files->read_text("a/b/c/none", text, sizeof text, &exists, &err));
    CHECK(!exists && text[0] == '\0');
    CHECK_OK(files->sync_directory("a/b/c", &err));
    remove_scratch(home);
}

static leat_status close_after_write(void)
{
    int file;

    CHECK_OK(files->open("file", &file, &err));
    CHECK_OK(files->write(file, "file", "x", 1, &err));
    return files->close(file, "file", &err);
}

static void what_is_closed_is_synced_and_a_failed_sync_is_never_repeated(void)
{
    const char *home = scratch_directory();

    fail_syncs(0, 0);
    CHECK_OK(close_after_write());
    CHECK(synced.calls == 1 && synced.inode == inode_of("file"));
    fail_syncs(EIO, 1);
    CHECK(close_after_write() == LEAT_IO);
    CHECK(synced.calls == 1 && says("cannot sync 'file'") && says("the disk failed"));
    fail_syncs(EINTR, 2);
    CHECK_OK(close_after_write());
    CHECK(synced.calls == 3);
    remove_scratch(home);
}

static void a_directory_is_synced_unless_its_file_system_cannot(void)
{
    const char *home = scratch_directory();

    fail_syncs(0, 0);
    CHECK_OK(files->sync_directory(home, &err));
    CHECK(synced.calls == 1 && synced.inode == inode_of(home));
    fail_syncs(EINVAL, 1);
    CHECK_OK(files->sync_directory(home, &err));
    fail_syncs(EIO, 1);
    CHECK(files->sync_directory(home, &err) == LEAT_IO);
    CHECK(synced.calls == 1);
    put_file("file", "");
    CHECK(files->sync_directory("file", &err) == LEAT_IO);
    CHECK(files->sync_directory("gone", &err) == LEAT_IO);
    remove_scratch(home);
}

static void a_rename_never_replaces_not_even_an_empty_directory(void)
{
    const char *home = scratch_directory();

    CHECK_OK(files->make_directories("from", &err));
    CHECK_OK(files->make_directories("empty", &err));
    CHECK(files->rename("from", "empty", &err) == LEAT_IO);
    CHECK(says("'empty'") && says("move it away") && is_there("from"));
    CHECK(symlink("nowhere", "link") == 0);
    CHECK(files->rename("from", "link", &err) == LEAT_IO);
    CHECK(files->rename("gone", "to", &err) == LEAT_IO);
    CHECK_OK(files->rename("from", "to", &err));
    CHECK(is_there("to") && !is_there("from"));
    remove_scratch(home);
}

static void a_symbolic_link_is_never_written_or_removed_through(void)
{
    const char *home = scratch_directory();
    int file;

    CHECK_OK(files->make_directories("precious/inside", &err));
    put_file("precious/file", "mine");
    CHECK_OK(files->make_directories("tree/deep", &err));
    CHECK(symlink("../precious", "tree/link") == 0);
    CHECK(symlink("../precious/file", "tree/file") == 0);
    CHECK(symlink("precious", "top") == 0);
    CHECK(files->open("tree/file", &file, &err) == LEAT_IO);
    CHECK(says("symbolic link"));
    CHECK_OK(files->remove_tree("tree", &err));
    CHECK_OK(files->remove_tree("top", &err));
    CHECK(!is_there("tree") && !is_there("top"));
    CHECK(file_is("precious/file", "mine") && is_there("precious/inside"));
    remove_scratch(home);
}

static leat_status count_name(void *context, const char *name)
{
    size_t *count = context;

    CHECK(strcmp(name, ".") != 0 && strcmp(name, "..") != 0);
    ++*count;
    return LEAT_OK;
}

static leat_status refuse_name(void *context, const char *name)
{
    (void)context;
    (void)name;
    return LEAT_LIMIT;
}

static void a_listing_has_every_name_and_a_missing_one_none(void)
{
    const char *home = scratch_directory();
    size_t count = 0;

    CHECK_OK(files->make_directories("many", &err));
    for (int i = 0; i < 1000; i++) {
        char path[32];

        snprintf(path, sizeof path, "many/.%d", i);
        put_file(path, "");
    }
    CHECK_OK(files->list("many", count_name, &count, &err));
    CHECK(count == 1000);
    CHECK_OK(files->list("none", count_name, &count, &err));
    CHECK(count == 1000);
    CHECK(files->list("many", refuse_name, NULL, &err) == LEAT_LIMIT);
    CHECK_OK(files->remove_if_empty("many", &err));
    CHECK(entries_in("many") == 1000);
    CHECK_OK(files->remove_tree("many", &err));
    CHECK_OK(files->remove_tree("many", &err));
    CHECK(!is_there("many"));
    CHECK_OK(files->make_directories("none", &err));
    CHECK_OK(files->remove_if_empty("none", &err));
    CHECK_OK(files->remove_if_empty("none", &err));
    CHECK(!is_there("none"));
    remove_scratch(home);
}

static void a_file_where_a_directory_is_needed_is_named(void)
{
    const char *home = scratch_directory();
    bool exists = true;

    put_file("file", "x");
    CHECK(files->make_directories("file/below", &err) == LEAT_IO);
    CHECK(says("make the directory 'file'") && says("a file stands where"));
    CHECK_OK(files->exists("file/below", &exists, &err));
    CHECK(!exists && file_is("file", "x"));
    CHECK(files->make_directories("", &err) == LEAT_IO);
    remove_scratch(home);
}

static void no_right_to_write_says_what_to_change(void)
{
    const char *home = scratch_directory();
    bool is_root = geteuid() == 0;

    CHECK(mkdir("closed", 0555) == 0);
    CHECK(chmod(home, 0755) == 0);
    if (is_root)
        CHECK(seteuid(65534) == 0);
    CHECK(files->make_directories("closed/out/1", &err) == LEAT_IO);
    if (is_root)
        CHECK(seteuid(0) == 0);
    CHECK(says("'closed/out'") && says("Permission denied") && says("change the rights"));
    remove_scratch(home);
}

static void a_full_disk_says_to_free_space(void)
{
    int file;

    CHECK_OK(files->open("/dev/full", &file, &err));
    CHECK(files->write(file, "/dev/full", "x", 1, &err) == LEAT_IO);
    CHECK(says("cannot write '/dev/full': No space left on device; free space"));
    files->abandon(file);
}

/* Only root may mount; elsewhere /dev/full has to do. */
static void a_small_disk_that_was_full_is_written_once_it_is_freed(void)
{
    const char *home = scratch_directory();
    static char bytes[256 << 10];
    leat_status status;
    int file;

    CHECK(mkdir("disk", 0755) == 0);
    if (mount("none", "disk", "tmpfs", 0, "size=128k") == 0) {
        CHECK_OK(files->open("disk/part", &file, &err));
        status = files->write(file, "disk/part", bytes, sizeof bytes, &err);
        CHECK(status == LEAT_IO && says("'disk/part': No space left on device; free space"));
        files->abandon(file);
        CHECK_OK(files->open("disk/part", &file, &err));
        CHECK_OK(files->write(file, "disk/part", "fits\n", 5, &err));
        CHECK_OK(files->close(file, "disk/part", &err));
        CHECK(file_is("disk/part", "fits\n"));
        CHECK(umount("disk") == 0);
    }
    remove_scratch(home);
}

static void a_write_cut_short_goes_on_until_the_error(void)
{
    const char *home = scratch_directory();
    struct rlimit old, low;
    char bytes[8192] = {0};
    int file;

    CHECK(getrlimit(RLIMIT_FSIZE, &old) == 0);
    low = (struct rlimit){5000, old.rlim_max};
    CHECK(setrlimit(RLIMIT_FSIZE, &low) == 0);
    CHECK_OK(files->open("big", &file, &err));
    CHECK(files->write(file, "big", bytes, sizeof bytes, &err) == LEAT_IO);
    files->abandon(file);
    CHECK(setrlimit(RLIMIT_FSIZE, &old) == 0);
    CHECK(says("'big'"));
    remove_scratch(home);
}

static void a_sentence_about_a_long_path_keeps_its_advice(void)
{
    char path[3000];

    memset(path, 'x', sizeof path);
    for (size_t i = 0; i < sizeof path; i += 100)
        path[i] = '/';
    path[sizeof path - 1] = '\0';
    path[sizeof path - 2] = 'E';
    CHECK(files->rename("/tmp", path, &err) == LEAT_IO);
    CHECK(says("'...") && says("E'") && says("somebody removed it"));
    CHECK(files->rename("/tmp", path, NULL) == LEAT_IO);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(what_is_written_is_read_again),
        CHECK_CASE(what_is_closed_is_synced_and_a_failed_sync_is_never_repeated),
        CHECK_CASE(a_directory_is_synced_unless_its_file_system_cannot),
        CHECK_CASE(a_rename_never_replaces_not_even_an_empty_directory),
        CHECK_CASE(a_symbolic_link_is_never_written_or_removed_through),
        CHECK_CASE(a_listing_has_every_name_and_a_missing_one_none),
        CHECK_CASE(a_file_where_a_directory_is_needed_is_named),
        CHECK_CASE(no_right_to_write_says_what_to_change),
        CHECK_CASE(a_full_disk_says_to_free_space),
        CHECK_CASE(a_small_disk_that_was_full_is_written_once_it_is_freed),
        CHECK_CASE(a_write_cut_short_goes_on_until_the_error),
        CHECK_CASE(a_sentence_about_a_long_path_keeps_its_advice),
    };

    umask(022);
    signal(SIGXFSZ, SIG_IGN);
    files = leat_local_files();
    return check_main(cases, sizeof cases / sizeof cases[0], argc, argv);
}
