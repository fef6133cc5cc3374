/* checkpoint_test: what was committed is there, what cannot be trusted is refused. */
#include "state/checkpoint.h"

#include <errno.h>
#include <lmdb.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/memory.h"
#include "state/checkpoint_internal.h"
#include "tests/support/scratch.h"

/* ---- LMDB's sync, made to fail ---- */

static int sync_errno;
static int syncs;

__attribute__((visibility("default"))) int fdatasync(int fd)
{
    (void)fd;
    syncs++;
    errno = sync_errno;
    return sync_errno == 0 ? 0 : -1;
}

/* LMDB 0.9 forgets its list of spilled pages when it aborts a transaction that did not fit. */
const char *__lsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void)
{
    return "leak:mdb_midl_alloc";
}

/* ---- helpers ---- */

static struct leat_checkpoint *open_checkpoint(const char *directory)
{
    struct leat_checkpoint *checkpoint;
    leat_error err;

    if (leat_checkpoint_open(directory, &checkpoint, &err) != LEAT_OK) {
        fprintf(stderr, "%s\n", err.message);
        CHECK(0);
    }
    return checkpoint;
}

static void put(struct leat_checkpoint *checkpoint, const char *key, const char *value)
{
    CHECK_OK(leat_checkpoint_put(checkpoint, LEAT_DATABASE_STATE, leat_string(key),
                                 leat_string(value), NULL));
}

static void put_and_commit(struct leat_checkpoint *checkpoint, const char *key, const char *value)
{
    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    put(checkpoint, key, value);
    CHECK_OK(leat_checkpoint_commit(checkpoint, NULL));
}

/* value NULL: not there. */
static bool has(struct leat_checkpoint *checkpoint, const char *key, const char *value)
{
    leat_bytes found;
    bool is_equal;

    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    CHECK_OK(leat_checkpoint_get(checkpoint, LEAT_DATABASE_STATE, leat_string(key), &found, NULL));
    is_equal = value == NULL ? found.data == NULL
                             : found.data != NULL && leat_bytes_equal(found, leat_string(value));
    leat_checkpoint_abort(checkpoint);
    return is_equal;
}

static void check_refused(const char *directory, leat_status status, const char *words)
{
    struct leat_checkpoint *checkpoint = NULL;
    leat_error err = {LEAT_OK, ""};
    int before = scratch_fds();

    if (leat_checkpoint_open(directory, &checkpoint, &err) != status ||
        strstr(err.message, words) == NULL || strstr(err.message, directory) == NULL) {
        fprintf(stderr, "status %d: %s\n", (int)err.status, err.message);
        CHECK(0);
    }
    CHECK(checkpoint == NULL);
    CHECK(scratch_fds() == before);
}

/* A directory with one committed value. */
static void make_one(char out[PATH_MAX])
{
    struct leat_checkpoint *checkpoint;

    scratch_make(out);
    checkpoint = open_checkpoint(out);
    put_and_commit(checkpoint, "key", "value");
    leat_checkpoint_close(checkpoint);
}

/* Puts into any LMDB environment; database NULL: the unnamed one. */
static void put_raw(const char *directory, const char *database, const char *key, const char *value)
{
    char key_text[64], value_text[64];
    MDB_val name, data;
    MDB_env *environment;
    MDB_txn *transaction;
    MDB_dbi dbi;

    snprintf(key_text, sizeof key_text, "%s", key);
    snprintf(value_text, sizeof value_text, "%s", value);
    name = (MDB_val){strlen(key_text), key_text};
    data = (MDB_val){strlen(value_text), value_text};
    CHECK(mdb_env_create(&environment) == 0 && mdb_env_set_maxdbs(environment, 8) == 0);
    CHECK(mdb_env_open(environment, directory, 0, 0600) == 0);
    CHECK(mdb_txn_begin(environment, NULL, 0, &transaction) == 0);
    CHECK(mdb_dbi_open(transaction, database, database == NULL ? 0 : MDB_CREATE, &dbi) == 0);
    CHECK(mdb_put(transaction, dbi, &name, &data, 0) == 0);
    CHECK(mdb_txn_commit(transaction) == 0);
    mdb_env_close(environment);
}

/* ---- transactions ---- */

static void what_was_committed_is_there_after_a_new_start(void)
{
    static const enum leat_database databases[] = {LEAT_DATABASE_META, LEAT_DATABASE_LEDGER,
                                                   LEAT_DATABASE_STATE};
    struct leat_checkpoint *checkpoint;
    char root[PATH_MAX];
    leat_bytes found;

    scratch_make(root);
    checkpoint = open_checkpoint(root);
    CHECK(strcmp(leat_checkpoint_directory(checkpoint), root) == 0);
    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    for (size_t i = 0; i < 3; i++)
        CHECK_OK(leat_checkpoint_put(checkpoint, databases[i], leat_string("same key"),
                                     (leat_bytes){&"abc"[i], 1}, NULL));
    syncs = 0;
    CHECK_OK(leat_checkpoint_commit(checkpoint, NULL));
    CHECK(syncs > 0);
    leat_checkpoint_close(checkpoint);
    checkpoint = open_checkpoint(root);
    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    for (size_t i = 0; i < 3; i++) {
        CHECK_OK(
            leat_checkpoint_get(checkpoint, databases[i], leat_string("same key"), &found, NULL));
        CHECK(leat_bytes_equal(found, (leat_bytes){&"abc"[i], 1}));
    }
    leat_checkpoint_close(checkpoint); /* With its transaction. */
    scratch_remove(root);
}

static void what_was_not_committed_is_not_there(void)
{
    struct leat_checkpoint *checkpoint;
    char root[PATH_MAX];

    make_one(root);
    checkpoint = open_checkpoint(root);
    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    put(checkpoint, "key", "other");
    put(checkpoint, "second", "x");
    leat_checkpoint_abort(checkpoint);
    leat_checkpoint_abort(checkpoint); /* There is none any more. */
    CHECK(has(checkpoint, "key", "value") && has(checkpoint, "second", NULL));
    leat_checkpoint_close(checkpoint);
    scratch_remove(root);
}

static void a_deleted_key_is_gone_and_a_missing_one_no_error(void)
{
    struct leat_checkpoint *checkpoint;
    char root[PATH_MAX];

    make_one(root);
    checkpoint = open_checkpoint(root);
    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    CHECK_OK(leat_checkpoint_delete(checkpoint, LEAT_DATABASE_STATE, leat_string("key"), NULL));
    CHECK_OK(leat_checkpoint_delete(checkpoint, LEAT_DATABASE_STATE, leat_string("key"), NULL));
    CHECK_OK(leat_checkpoint_commit(checkpoint, NULL));
    CHECK(has(checkpoint, "key", NULL));
    leat_checkpoint_close(checkpoint);
    scratch_remove(root);
}

static void write_and_die(const char *directory)
{
    struct leat_checkpoint *checkpoint = open_checkpoint(directory);

    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    put(checkpoint, "key", "other");
    raise(SIGKILL);
}

static void a_killed_process_leaves_what_it_had_committed(void)
{
    struct leat_checkpoint *checkpoint;
    char root[PATH_MAX];

    make_one(root);
    CHECK(!scratch_child(write_and_die, root, 0));
    checkpoint = open_checkpoint(root);
    CHECK(has(checkpoint, "key", "value"));
    put_and_commit(checkpoint, "key", "after");
    leat_checkpoint_close(checkpoint);
    scratch_remove(root);
}

static void a_key_that_cannot_be_stored_says_so(void)
{
    struct leat_checkpoint *checkpoint;
    static char key[4096];
    leat_error err = {LEAT_OK, ""};
    char root[PATH_MAX];

    make_one(root);
    checkpoint = open_checkpoint(root);
    memset(key, 'k', sizeof key - 1);
    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    CHECK(leat_checkpoint_put(checkpoint, LEAT_DATABASE_STATE, leat_string(key), leat_string("x"),
                              &err) != LEAT_OK);
    CHECK(strstr(err.message, root) != NULL);
    leat_checkpoint_abort(checkpoint);
    CHECK(has(checkpoint, "key", "value"));
    leat_checkpoint_close(checkpoint);
    scratch_remove(root);
}

/* ---- who else is there ---- */

static void hold(const char *directory, int ready)
{
    struct leat_checkpoint *checkpoint = open_checkpoint(directory);

    CHECK(write(ready, "x", 1) == 1);
    for (;;)
        pause();
    leat_checkpoint_close(checkpoint);
}

static void what_a_live_process_has_open_is_refused_by_its_pid(void)
{
    char root[PATH_MAX], words[64], byte;
    int ready[2];
    pid_t pid;

    make_one(root);
    CHECK(pipe(ready) == 0);
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0)
        hold(root, ready[1]);
    CHECK(read(ready[0], &byte, 1) == 1);
    snprintf(words, sizeof words, "in use by process %ld;", (long)pid);
    check_refused(root, LEAT_INVALID, words);
    CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
    leat_checkpoint_close(open_checkpoint(root));
    close(ready[0]);
    close(ready[1]);
    scratch_remove(root);
}

static void what_this_process_has_open_is_refused(void)
{
    struct leat_checkpoint *checkpoint;
    char root[PATH_MAX];

    make_one(root);
    checkpoint = open_checkpoint(root);
    check_refused(root, LEAT_INVALID, "in use by process");
    put_and_commit(checkpoint, "key", "still works");
    leat_checkpoint_close(checkpoint);
    scratch_remove(root);
}

/* ---- what is there already ---- */

static void another_format_is_refused_and_left_alone(void)
{
    static const char *const formats[] = {"leat 2", "leat 0", "leat 10", "leat", ""};

    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        struct leat_checkpoint *checkpoint;
        char root[PATH_MAX], words[64];

        make_one(root);
        put_raw(root, "meta", "format", formats[i]);
        snprintf(words, sizeof words, "has format '%s'", formats[i]);
        check_refused(root, LEAT_INVALID, words);
        check_refused(root, LEAT_INVALID, words);
        put_raw(root, "meta", "format", "leat 1");
        checkpoint = open_checkpoint(root);
        CHECK(has(checkpoint, "key", "value"));
        leat_checkpoint_close(checkpoint);
        scratch_remove(root);
    }
}

static void another_programs_lmdb_is_refused_and_left_alone(void)
{
    static const char *const databases[] = {NULL, "users", "state", "meta"};

    for (size_t i = 0; i < sizeof databases / sizeof databases[0]; i++) {
        static char before[1 << 16], after[1 << 16];
        char root[PATH_MAX];
        size_t size;

        scratch_make(root);
        put_raw(root, databases[i], i == 0 ? "state" : "name", "somebody");
        size = scratch_read(root, "data.mdb", before, sizeof before);
        check_refused(root, LEAT_INVALID, "not leat's");
        CHECK(scratch_read(root, "data.mdb", after, sizeof after) == size);
        CHECK(memcmp(before, after, size) == 0);
        scratch_remove(root);
    }
}

static void a_file_that_is_no_lmdb_is_refused(void)
{
    static char bytes[3 * 4096];
    static const size_t sizes[] = {1, 100, 4095, 4096, 8192, sizeof bytes};

    memset(bytes, 'x', sizeof bytes);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        static char after[3 * 4096];
        char root[PATH_MAX];

        scratch_make(root);
        scratch_write(root, "data.mdb", bytes, sizes[i]);
        check_refused(root, LEAT_CORRUPT, "cannot be opened");
        CHECK(scratch_read(root, "data.mdb", after, sizeof after) == sizes[i]);
        CHECK(memcmp(bytes, after, sizes[i]) == 0);
        scratch_remove(root);
    }
}

static void other_files_beside_it_do_no_harm(void)
{
    struct leat_checkpoint *checkpoint;
    char root[PATH_MAX], text[8] = "";

    scratch_make(root);
    scratch_write(root, "README", "mine", 4);
    checkpoint = open_checkpoint(root);
    leat_checkpoint_close(checkpoint);
    CHECK(scratch_read(root, "README", text, sizeof text) == 4 && memcmp(text, "mine", 4) == 0);
    scratch_remove(root);
}

static void fill_pages(const char *directory)
{
    static char value[3000];
    struct leat_checkpoint *checkpoint = open_checkpoint(directory);

    memset(value, 'v', sizeof value - 1);
    for (int round = 0; round < 4; round++) {
        char key[16];

        snprintf(key, sizeof key, "%d", round);
        put_and_commit(checkpoint, key, value);
    }
    leat_checkpoint_close(checkpoint);
}

/* Reads all of what fill_pages wrote, or gets an error; a signal is the failure. Whether a value is
 * whole is for its own check sum to say. */
static void read_what_is_left(const char *directory)
{
    struct leat_checkpoint *checkpoint;
    leat_error err = {LEAT_OK, ""};
    leat_bytes found;

    if (leat_checkpoint_open(directory, &checkpoint, &err) != LEAT_OK) {
        CHECK(err.status == LEAT_CORRUPT);
        return;
    }
    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    for (int round = 0; round < 4; round++) {
        leat_status status = leat_checkpoint_get(checkpoint, LEAT_DATABASE_STATE,
                                                 (leat_bytes){&"0123"[round], 1}, &found, &err);

        CHECK(status == LEAT_CORRUPT || status == LEAT_OK);
        if (status != LEAT_OK)
            break; /* The transaction is of no use any more. */
        for (size_t i = 0; i < found.size; i++)
            CHECK(((const char *)found.data)[i] == 'v' || ((const char *)found.data)[i] == '\0');
    }
    leat_checkpoint_close(checkpoint);
}

/* Around the ends of pages, and in their middle. */
static size_t step(size_t left)
{
    return left % 4096 == 4095 || left % 4096 == 0 ? 1
           : left % 4096 < 2048                    ? 2047
                                                   : 4095 - left % 4096;
}

static void a_file_cut_short_kills_nobody_at_any_length(void)
{
    char root[PATH_MAX], path[PATH_MAX];
    static char whole[1 << 18];
    size_t size;

    scratch_make(root);
    fill_pages(root);
    scratch_path(path, root, "data.mdb");
    size = scratch_read(root, "data.mdb", whole, sizeof whole);
    CHECK(size > 8 * 4096 && size < sizeof whole);
    for (size_t left = 1; left < size; left += step(left)) {
        scratch_write(root, "data.mdb", whole, left);
        if (!scratch_child(read_what_is_left, root, 0)) {
            fprintf(stderr, "cut to %zu of %zu bytes\n", left, size);
            CHECK(0);
        }
    }
    scratch_remove(root);
}

/* ---- when writing fails ---- */

static void a_failed_sync_is_final(void)
{
    static const int reasons[] = {EIO, ENOSPC, EDQUOT};

    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        struct leat_checkpoint *checkpoint;
        leat_error err = {LEAT_OK, ""};
        char root[PATH_MAX];

        make_one(root);
        checkpoint = open_checkpoint(root);
        CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
        put(checkpoint, "key", "other");
        sync_errno = reasons[i];
        CHECK(leat_checkpoint_commit(checkpoint, &err) == LEAT_IO);
        sync_errno = 0;
        CHECK(err.status == LEAT_IO && strstr(err.message, root) != NULL);
        CHECK(reasons[i] == EIO || strstr(err.message, "free space") != NULL);
        CHECK(leat_checkpoint_begin(checkpoint, &err) == LEAT_IO);
        CHECK(strstr(err.message, "an earlier write failed") != NULL);
        leat_checkpoint_close(checkpoint);
        checkpoint = open_checkpoint(root); /* A new start knows. */
        CHECK(has(checkpoint, "key", "value"));
        put_and_commit(checkpoint, "key", "again");
        leat_checkpoint_close(checkpoint);
        scratch_remove(root);
    }
}

static void a_failed_sync_keeps_a_new_checkpoint_out(void)
{
    char root[PATH_MAX];

    scratch_make(root);
    sync_errno = EIO;
    check_refused(root, LEAT_IO, "cannot be written");
    sync_errno = 0;
    leat_checkpoint_close(open_checkpoint(root));
    scratch_remove(root);
}

static void write_beyond_the_limit(const char *directory)
{
    struct leat_checkpoint *checkpoint = open_checkpoint(directory);
    static char value[1 << 20];
    leat_error err = {LEAT_OK, ""};
    struct rlimit limit = {64 << 10, 64 << 10};

    memset(value, 'v', sizeof value - 1);
    CHECK(signal(SIGXFSZ, SIG_IGN) != SIG_ERR && setrlimit(RLIMIT_FSIZE, &limit) == 0);
    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    put(checkpoint, "key", value);
    CHECK(leat_checkpoint_commit(checkpoint, &err) == LEAT_IO);
    CHECK(strstr(err.message, "the disk is full or failing") != NULL);
    CHECK(leat_checkpoint_begin(checkpoint, NULL) == LEAT_IO);
    leat_checkpoint_close(checkpoint);
}

static void a_disk_without_room_loses_nothing(void)
{
    struct leat_checkpoint *checkpoint;
    char root[PATH_MAX];

    make_one(root);
    CHECK(scratch_child(write_beyond_the_limit, root, 0));
    checkpoint = open_checkpoint(root);
    CHECK(has(checkpoint, "key", "value"));
    leat_checkpoint_close(checkpoint);
    scratch_remove(root);
}

static void a_full_map_says_so_and_loses_nothing(void)
{
    struct leat_checkpoint *checkpoint;
    leat_error err = {LEAT_OK, ""};
    char root[PATH_MAX];
    leat_bytes big = {NULL, (size_t)2 << 30};

    make_one(root);
    CHECK_OK(leat_checkpoint_open_sized(root, (size_t)1 << 30, &checkpoint, NULL));
    big.data = ""; /* Refused before a byte of it is read. */
    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    put(checkpoint, "key", "other");
    CHECK(leat_checkpoint_put(checkpoint, LEAT_DATABASE_STATE, leat_string("big"), big, &err) ==
          LEAT_LIMIT);
    CHECK(strstr(err.message, root) != NULL && strstr(err.message, "is full") != NULL);
    leat_checkpoint_abort(checkpoint);
    CHECK(has(checkpoint, "key", "value") && has(checkpoint, "big", NULL));
    put_and_commit(checkpoint, "key", "after");
    leat_checkpoint_close(checkpoint);
    scratch_remove(root);
}

static void a_transaction_with_a_failed_write_cannot_be_committed(void)
{
    struct leat_checkpoint *checkpoint;
    char root[PATH_MAX];
    leat_bytes big = {"", (size_t)2 << 30};

    make_one(root);
    CHECK_OK(leat_checkpoint_open_sized(root, (size_t)1 << 30, &checkpoint, NULL));
    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    put(checkpoint, "key", "other");
    CHECK(leat_checkpoint_put(checkpoint, LEAT_DATABASE_STATE, leat_string("big"), big, NULL) !=
          LEAT_OK);
    CHECK(leat_checkpoint_commit(checkpoint, NULL) == LEAT_IO);
    leat_checkpoint_close(checkpoint);
    checkpoint = open_checkpoint(root);
    CHECK(has(checkpoint, "key", "value"));
    leat_checkpoint_close(checkpoint);
    scratch_remove(root);
}

static void check_deleted(struct leat_checkpoint *checkpoint, const char *root)
{
    leat_error err = {LEAT_OK, ""};

    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    put(checkpoint, "key", "other");
    CHECK(leat_checkpoint_commit(checkpoint, &err) == LEAT_IO);
    CHECK(strstr(err.message, root) != NULL && strstr(err.message, "was deleted") != NULL);
    CHECK(leat_checkpoint_begin(checkpoint, NULL) == LEAT_IO);
    leat_checkpoint_close(checkpoint);
}

static void a_directory_deleted_under_us_takes_no_commit(void)
{
    struct leat_checkpoint *checkpoint;
    char root[PATH_MAX];

    make_one(root);
    checkpoint = open_checkpoint(root);
    scratch_remove(root);
    check_deleted(checkpoint, root);
}

static void a_directory_deleted_and_made_again_takes_no_commit(void)
{
    struct leat_checkpoint *checkpoint, *second;
    char root[PATH_MAX];

    make_one(root);
    checkpoint = open_checkpoint(root);
    scratch_remove(root);
    second = open_checkpoint(root);
    check_deleted(checkpoint, root);
    put_and_commit(second, "key", "mine");
    leat_checkpoint_close(second);
    scratch_remove(root);
}

static void a_lock_deleted_under_us_takes_no_commit(void)
{
    struct leat_checkpoint *checkpoint;
    char root[PATH_MAX], path[PATH_MAX];

    make_one(root);
    checkpoint = open_checkpoint(root);
    scratch_path(path, root, "lock");
    CHECK(unlink(path) == 0);
    check_deleted(checkpoint, root);
    scratch_remove(root);
}

static void check_unwritable(const char *root)
{
    check_refused(root, LEAT_IO, "the job needs to write there");
}

static void an_unwritable_directory_says_so(void)
{
    char root[PATH_MAX], path[PATH_MAX];

    make_one(root);
    scratch_path(path, root, "lock");
    CHECK(chmod(path, 0666) == 0 && chmod(root, 0755) == 0);
    scratch_path(path, root, "data.mdb");
    CHECK(chmod(path, 0444) == 0);
    CHECK(scratch_child(check_unwritable, root, 1));
    scratch_remove(root);
}

static void no_memory_refuses_and_leaves_nothing_behind(void)
{
    struct leat_checkpoint *checkpoint = NULL;
    char root[PATH_MAX];
    long count = 0;
    leat_status status;

    make_one(root);
    do {
        int before = scratch_fds();

        leat_memory_fail_after(count++);
        status = leat_checkpoint_open(root, &checkpoint, NULL);
        leat_memory_fail_after(-1);
        if (status != LEAT_OK)
            CHECK(status == LEAT_NO_MEMORY && checkpoint == NULL && scratch_fds() == before);
    } while (status != LEAT_OK);
    CHECK(count > 2);
    leat_checkpoint_close(checkpoint);
    leat_checkpoint_close(NULL);
    scratch_remove(root);
}

static const struct check_case cases[] = {
    CHECK_CASE(what_was_committed_is_there_after_a_new_start),
    CHECK_CASE(what_was_not_committed_is_not_there),
    CHECK_CASE(a_deleted_key_is_gone_and_a_missing_one_no_error),
    CHECK_CASE(a_killed_process_leaves_what_it_had_committed),
    CHECK_CASE(a_key_that_cannot_be_stored_says_so),
    CHECK_CASE(what_a_live_process_has_open_is_refused_by_its_pid),
    CHECK_CASE(what_this_process_has_open_is_refused),
    CHECK_CASE(another_format_is_refused_and_left_alone),
    CHECK_CASE(another_programs_lmdb_is_refused_and_left_alone),
    CHECK_CASE(a_file_that_is_no_lmdb_is_refused),
    CHECK_CASE(other_files_beside_it_do_no_harm),
    CHECK_CASE(a_file_cut_short_kills_nobody_at_any_length),
    CHECK_CASE(a_failed_sync_is_final),
    CHECK_CASE(a_failed_sync_keeps_a_new_checkpoint_out),
    CHECK_CASE(a_disk_without_room_loses_nothing),
    CHECK_CASE(a_full_map_says_so_and_loses_nothing),
    CHECK_CASE(a_transaction_with_a_failed_write_cannot_be_committed),
    CHECK_CASE(a_directory_deleted_under_us_takes_no_commit),
    CHECK_CASE(a_directory_deleted_and_made_again_takes_no_commit),
    CHECK_CASE(a_lock_deleted_under_us_takes_no_commit),
    CHECK_CASE(an_unwritable_directory_says_so),
    CHECK_CASE(no_memory_refuses_and_leaves_nothing_behind),
};
CHECK_MAIN(cases)
