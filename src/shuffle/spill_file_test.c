/* spill_file_test: what is written comes back, from any thread, and leaves nothing behind. */
#include "shuffle/spill_file.h"

#include <pthread.h>
#include <sys/mount.h>

#include "base/memory.h"
#include "tests/support/scratch.h"

static leat_error err;

static int says(const char *words)
{
    return strstr(err.message, words) != NULL;
}

static void what_is_written_is_read_again(void)
{
    struct leat_spill_file *file;
    char directory[PATH_MAX];
    char out[16];
    int64_t first, empty, second;

    scratch_make(directory);
    CHECK_OK(leat_spill_file_create(directory, &file, &err));
    CHECK(leat_spill_file_bytes(file) == 0);
    CHECK_OK(leat_spill_file_write(file, "one", 3, &first, &err));
    CHECK_OK(leat_spill_file_write(file, "", 0, &empty, &err));
    CHECK_OK(leat_spill_file_write(file, "second", 6, &second, &err));
    CHECK(leat_spill_file_bytes(file) == 9);
    CHECK_OK(leat_spill_file_read(file, second, out, 6, &err));
    CHECK(memcmp(out, "second", 6) == 0);
    CHECK_OK(leat_spill_file_read(file, first, out, 3, &err));
    CHECK(memcmp(out, "one", 3) == 0);
    CHECK_OK(leat_spill_file_read(file, first + 1, out, 2, &err));
    CHECK(memcmp(out, "ne", 2) == 0);
    CHECK(leat_spill_file_read(file, second, out, 7, &err) == LEAT_IO && says(directory));
    leat_spill_file_destroy(file);
    scratch_remove(directory);
}

static void the_file_has_no_name_and_is_made_at_the_first_write(void)
{
    struct leat_spill_file *file;
    char directory[PATH_MAX];
    int fds = scratch_fds();
    int64_t offset;

    scratch_make(directory);
    CHECK_OK(leat_spill_file_create(directory, &file, &err));
    CHECK(scratch_fds() == fds);
    CHECK_OK(leat_spill_file_write(file, "x", 1, &offset, &err));
    CHECK(scratch_fds() == fds + 1);
    CHECK(rmdir(directory) == 0); /* It is empty. */
    leat_spill_file_destroy(file);
    CHECK(scratch_fds() == fds);
    leat_spill_file_destroy(NULL);
}

enum { THREADS = 4, WRITES = 500, NUMBERS = 300 };

static void *write_many(void *context)
{
    struct leat_spill_file *file = context;
    static _Thread_local uint64_t numbers[NUMBERS];
    int64_t offsets[WRITES];

    for (int i = 0; i < WRITES; i++) {
        for (int k = 0; k < NUMBERS; k++)
            numbers[k] = (uint64_t)(uintptr_t)&numbers ^ (uint64_t)(i * NUMBERS + k);
        CHECK_OK(leat_spill_file_write(file, numbers, sizeof numbers, &offsets[i], NULL));
    }
    for (int i = 0; i < WRITES; i++) {
        CHECK_OK(leat_spill_file_read(file, offsets[i], numbers, sizeof numbers, NULL));
        for (int k = 0; k < NUMBERS; k++)
            CHECK(numbers[k] == ((uint64_t)(uintptr_t)&numbers ^ (uint64_t)(i * NUMBERS + k)));
    }
    return NULL;
}

static void threads_do_not_write_over_each_other(void)
{
    struct leat_spill_file *file;
    pthread_t threads[THREADS];
    char directory[PATH_MAX];

    scratch_make(directory);
    CHECK_OK(leat_spill_file_create(directory, &file, &err));
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, write_many, file) == 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CHECK(leat_spill_file_bytes(file) ==
          (int64_t)THREADS * WRITES * NUMBERS * (int64_t)sizeof(uint64_t));
    leat_spill_file_destroy(file);
    scratch_remove(directory);
}

static void a_directory_that_is_not_there_is_named(void)
{
    struct leat_spill_file *file;
    int64_t offset;

    CHECK_OK(leat_spill_file_create("/nowhere/at/all", &file, &err));
    CHECK(leat_spill_file_write(file, "x", 1, &offset, &err) == LEAT_IO);
    CHECK(says("'/nowhere/at/all'") && says("leat.spill.directory"));
    CHECK(leat_spill_file_write(file, "x", 1, &offset, NULL) == LEAT_IO);
    leat_spill_file_destroy(file);
}

static void a_long_path_keeps_the_advice(void)
{
    struct leat_spill_file *file;
    char path[3000];
    int64_t offset;

    memset(path, 'x', sizeof path);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    CHECK_OK(leat_spill_file_create(path, &file, &err));
    CHECK(leat_spill_file_write(file, "x", 1, &offset, &err) == LEAT_IO);
    CHECK(says("'...x") && says("leat.spill.directory"));
    leat_spill_file_destroy(file);
}

/* Only root may mount; elsewhere this is not tested. */
static void a_full_disk_is_said_to_be_full(void)
{
    static char bytes[256 << 10];
    struct leat_spill_file *file;
    char directory[PATH_MAX];
    int64_t offset;
    char byte;

    scratch_make(directory);
    if (mount("none", directory, "tmpfs", 0, "size=128k") == 0) {
        CHECK_OK(leat_spill_file_create(directory, &file, &err));
        CHECK_OK(leat_spill_file_write(file, "fits", 4, &offset, &err));
        CHECK(leat_spill_file_write(file, bytes, sizeof bytes, &offset, &err) == LEAT_IO);
        CHECK(says(directory) && says("No space left on device; free space"));
        CHECK(says("leat.spill.directory"));
        CHECK_OK(leat_spill_file_read(file, 0, &byte, 1, &err));
        CHECK(byte == 'f');
        leat_spill_file_destroy(file);
        CHECK(umount(directory) == 0);
    }
    scratch_remove(directory);
}

static void no_memory_is_an_error(void)
{
    struct leat_spill_file *file = NULL;

    leat_memory_fail_after(0);
    CHECK(leat_spill_file_create("/tmp", &file, &err) == LEAT_NO_MEMORY);
    leat_memory_fail_after(-1);
    CHECK(file == NULL && says("spill file"));
}

static const struct check_case cases[] = {
    CHECK_CASE(what_is_written_is_read_again),
    CHECK_CASE(the_file_has_no_name_and_is_made_at_the_first_write),
    CHECK_CASE(threads_do_not_write_over_each_other),
    CHECK_CASE(a_directory_that_is_not_there_is_named),
    CHECK_CASE(a_long_path_keeps_the_advice),
    CHECK_CASE(a_full_disk_is_said_to_be_full),
    CHECK_CASE(no_memory_is_an_error),
};
CHECK_MAIN(cases)
