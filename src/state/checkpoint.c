/* checkpoint: see checkpoint.h. */
#include "state/checkpoint.h"

#include <assert.h>
#include <errno.h>
#include <lmdb.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "state/checkpoint_internal.h"
#include "state/directory.h"

/* Address space, not disk: so much that it never has to grow while somebody reads. */
static const size_t map_bytes_max = (size_t)256 << 30;
static const size_t map_bytes_min = (size_t)1 << 30; /* Where address space is short. */
enum { READERS_MAX = 512 };
static const char format_key[] = "format";
static const char format_text[] = "leat 1";

leat_status leat_checkpoint_fail(const struct leat_checkpoint *checkpoint, int code,
                                 const char *what, leat_error *err)
{
    const char *advice = "";

    if (code == ENOSPC || code == EDQUOT)
        advice = "; free space and start again, nothing is lost";
    else if (code == EIO) /* Also what LMDB says when the disk took only a part. */
        advice = "; the disk is full or failing: look at it and start again";
    else if (code == EACCES || code == EROFS || code == EPERM)
        advice = "; the job needs to write there";
    if (code == MDB_CORRUPTED || code == MDB_PANIC || code == MDB_INVALID ||
        code == MDB_PAGE_NOTFOUND || code == MDB_VERSION_MISMATCH)
        return leat_fail(err, LEAT_CORRUPT,
                         "checkpoint '%s': %s: %s; restore it, or use another directory",
                         checkpoint->directory, what, mdb_strerror(code));
    if (code == MDB_MAP_FULL || code == MDB_TXN_FULL)
        return leat_fail(err, LEAT_LIMIT, "checkpoint '%s': %s: it is full: %zu MiB are its limit",
                         checkpoint->directory, what, checkpoint->map_bytes >> 20);
    return leat_fail(err, code == ENOMEM ? LEAT_NO_MEMORY : LEAT_IO, "checkpoint '%s': %s: %s%s",
                     checkpoint->directory, what, mdb_strerror(code), advice);
}

/* LMDB maps what its pages' count promises: reading beyond the end of a file that was cut short
 * would kill the process. Pages of zeros are found out instead. */
static int restore_size(MDB_env *environment)
{
    MDB_envinfo info;
    MDB_stat pages;
    struct stat file;
    off_t size;
    int fd;
    int code = mdb_env_info(environment, &info);

    if (code == 0)
        code = mdb_env_stat(environment, &pages);
    if (code == 0)
        code = mdb_env_get_fd(environment, &fd);
    if (code != 0)
        return code;
    size = (off_t)(info.me_last_pgno + 1) * (off_t)pages.ms_psize;
    if (fstat(fd, &file) != 0)
        return errno;
    return file.st_size >= size || ftruncate(fd, size) == 0 ? 0 : errno;
}

static int open_map(struct leat_checkpoint *checkpoint)
{
    int code = mdb_env_create(&checkpoint->environment);

    if (code == 0)
        code = mdb_env_set_mapsize(checkpoint->environment, checkpoint->map_bytes);
    if (code == 0)
        code = mdb_env_set_maxdbs(checkpoint->environment, LEAT_DATABASE_COUNT);
    if (code == 0)
        code = mdb_env_set_maxreaders(checkpoint->environment, READERS_MAX);
    if (code == 0)
        code = mdb_env_open(checkpoint->environment, checkpoint->directory, MDB_NOTLS, 0600);
    if (code == 0 || checkpoint->environment == NULL)
        return code;
    mdb_env_close(checkpoint->environment);
    checkpoint->environment = NULL;
    return code;
}

static leat_status open_environment(struct leat_checkpoint *checkpoint, leat_error *err)
{
    int code = open_map(checkpoint);

    while (code == ENOMEM && checkpoint->map_bytes > map_bytes_min) { /* ulimit -v */
        checkpoint->map_bytes /= 2;
        code = open_map(checkpoint);
    }
    if (code == 0)
        code = restore_size(checkpoint->environment);
    return code == 0 ? LEAT_OK : leat_checkpoint_fail(checkpoint, code, "cannot be opened", err);
}

static leat_status refuse_foreign(const struct leat_checkpoint *checkpoint, leat_error *err)
{
    return leat_fail(err, LEAT_INVALID,
                     "checkpoint '%s': its data.mdb is not leat's; give another directory",
                     checkpoint->directory);
}

/* Whether there is nothing yet, not even another program's data. */
static leat_status find_emptiness(struct leat_checkpoint *checkpoint, bool *out, leat_error *err)
{
    MDB_dbi names;
    MDB_stat info;
    int code = mdb_dbi_open(checkpoint->transaction, NULL, 0, &names);

    if (code == 0)
        code = mdb_stat(checkpoint->transaction, names, &info);
    if (code != 0)
        return leat_checkpoint_fail(checkpoint, code, "cannot be read", err);
    *out = info.ms_entries == 0;
    return LEAT_OK;
}

static leat_status open_databases(struct leat_checkpoint *checkpoint, leat_error *err)
{
    static const char *const names[] = {[LEAT_DATABASE_META] = "meta",
                                        [LEAT_DATABASE_LEDGER] = "ledger",
                                        [LEAT_DATABASE_STATE] = "state",
                                        [LEAT_DATABASE_DELTA] = "delta"};

    for (size_t i = 0; i < LEAT_DATABASE_COUNT; i++) {
        int code =
            mdb_dbi_open(checkpoint->transaction, names[i], MDB_CREATE, &checkpoint->databases[i]);

        if (code == MDB_INCOMPATIBLE)
            return refuse_foreign(checkpoint, err);
        if (code != 0)
            return leat_checkpoint_fail(checkpoint, code, "cannot be opened", err);
    }
    return LEAT_OK;
}

/* Writes the format into a new directory, compares it in an old one. */
static leat_status check_format(struct leat_checkpoint *checkpoint, leat_error *err)
{
    leat_bytes wanted = leat_string(format_text);
    leat_bytes found;
    bool is_empty = false;

    LEAT_TRY(leat_checkpoint_begin(checkpoint, err));
    LEAT_TRY(find_emptiness(checkpoint, &is_empty, err));
    LEAT_TRY(open_databases(checkpoint, err));
    LEAT_TRY(
        leat_checkpoint_get(checkpoint, LEAT_DATABASE_META, leat_string(format_key), &found, err));
    if (found.data == NULL && !is_empty)
        return refuse_foreign(checkpoint, err);
    if (found.data == NULL) {
        LEAT_TRY(leat_checkpoint_put(checkpoint, LEAT_DATABASE_META, leat_string(format_key),
                                     wanted, err));
        return leat_checkpoint_commit(checkpoint, err);
    }
    if (!leat_bytes_equal(found, wanted))
        return leat_fail(err, LEAT_INVALID,
                         "checkpoint '%s' has format '%.*s', and this program reads '%s'; use the "
                         "version that wrote it, or another directory",
                         checkpoint->directory, LEAT_ARG(found), format_text);
    return leat_checkpoint_commit(checkpoint, err);
}

leat_status leat_checkpoint_open(const char *directory, struct leat_checkpoint **out,
                                 leat_error *err)
{
    return leat_checkpoint_open_sized(directory, map_bytes_max, out, err);
}

leat_status leat_checkpoint_open_sized(const char *directory, size_t map_bytes,
                                       struct leat_checkpoint **out, leat_error *err)
{
    struct leat_checkpoint *checkpoint = leat_alloc(1, sizeof *checkpoint);
    leat_status status;

    if (checkpoint == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for checkpoint '%s'", directory);
    checkpoint->lock_fd = -1;
    checkpoint->map_bytes = map_bytes;
    pthread_mutex_init(&checkpoint->readers_mutex, NULL);
    checkpoint->directory = leat_alloc(1, strlen(directory) + 1);
    if (checkpoint->directory == NULL) {
        leat_checkpoint_close(checkpoint);
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for checkpoint '%s'", directory);
    }
    memcpy(checkpoint->directory, directory, strlen(directory) + 1);
    status = leat_directory_lock(directory, &checkpoint->lock_fd, err);
    if (status == LEAT_OK)
        status = open_environment(checkpoint, err);
    if (status == LEAT_OK)
        status = check_format(checkpoint, err);
    if (status == LEAT_OK)
        status = leat_directory_sync(directory, err);
    if (status != LEAT_OK) {
        leat_checkpoint_close(checkpoint);
        return status;
    }
    *out = checkpoint;
    return LEAT_OK;
}

void leat_checkpoint_close(struct leat_checkpoint *checkpoint)
{
    if (checkpoint == NULL)
        return;
    leat_checkpoint_abort(checkpoint);
    leat_checkpoint_close_readers(checkpoint);
    pthread_mutex_destroy(&checkpoint->readers_mutex);
    if (checkpoint->environment != NULL)
        mdb_env_close(checkpoint->environment);
    if (checkpoint->lock_fd >= 0)
        close(checkpoint->lock_fd);
    leat_free(checkpoint->directory);
    leat_free(checkpoint);
}

const char *leat_checkpoint_directory(const struct leat_checkpoint *checkpoint)
{
    return checkpoint->directory;
}

leat_status leat_checkpoint_begin(struct leat_checkpoint *checkpoint, leat_error *err)
{
    int code;

    assert(checkpoint->transaction == NULL);
    if (checkpoint->broken)
        return leat_fail(err, LEAT_IO,
                         "checkpoint '%s': an earlier write failed; only a new start knows what "
                         "reached the disk",
                         checkpoint->directory);
    leat_checkpoint_reset_readers(checkpoint);
    code = mdb_txn_begin(checkpoint->environment, NULL, 0, &checkpoint->transaction);
    if (code != 0) {
        checkpoint->transaction = NULL;
        return leat_checkpoint_fail(checkpoint, code, "cannot be written", err);
    }
    if (checkpoint->guard != NULL) {
        leat_status status = checkpoint->guard(checkpoint->guard_context, err);

        if (status != LEAT_OK) {
            leat_checkpoint_abort(checkpoint);
            return status;
        }
    }
    return LEAT_OK;
}

void leat_checkpoint_guard(struct leat_checkpoint *checkpoint, leat_checkpoint_guard_fn guard,
                           void *context)
{
    checkpoint->guard = guard;
    checkpoint->guard_context = context;
}

MDB_val leat_checkpoint_value(leat_bytes bytes)
{
    MDB_val value = {.mv_size = bytes.size};

    /* LMDB takes a pointer to what it only reads. */
    memcpy(&value.mv_data, &bytes.data, sizeof bytes.data);
    return value;
}

leat_status leat_checkpoint_get(struct leat_checkpoint *checkpoint, enum leat_database database,
                                leat_bytes key, leat_bytes *out, leat_error *err)
{
    MDB_val name = leat_checkpoint_value(key);
    MDB_val value;
    int code = mdb_get(checkpoint->transaction, checkpoint->databases[database], &name, &value);

    if (code != 0 && code != MDB_NOTFOUND)
        return leat_checkpoint_fail(checkpoint, code, "cannot be read", err);
    *out = code == 0 ? (leat_bytes){value.mv_data, value.mv_size} : (leat_bytes){NULL, 0};
    return LEAT_OK;
}

/* One cursor a database and transaction: sorted keys are found beside the last one. */
static int open_cursor(struct leat_checkpoint *checkpoint, enum leat_database database,
                       MDB_cursor **out)
{
    MDB_cursor **cursor = &checkpoint->cursors[database];
    int code = 0;

    if (*cursor == NULL)
        code = mdb_cursor_open(checkpoint->transaction, checkpoint->databases[database], cursor);
    *out = *cursor;
    return code;
}

static leat_status put(struct leat_checkpoint *checkpoint, enum leat_database database,
                       leat_bytes key, leat_bytes value, unsigned flags, leat_error *err)
{
    MDB_val name = leat_checkpoint_value(key);
    MDB_val data = leat_checkpoint_value(value);
    MDB_cursor *cursor;
    int code = open_cursor(checkpoint, database, &cursor);

    if (code == 0)
        code = mdb_cursor_put(cursor, &name, &data, flags);
    return code == 0 ? LEAT_OK : leat_checkpoint_fail(checkpoint, code, "cannot be written", err);
}

leat_status leat_checkpoint_put(struct leat_checkpoint *checkpoint, enum leat_database database,
                                leat_bytes key, leat_bytes value, leat_error *err)
{
    return put(checkpoint, database, key, value, 0, err);
}

leat_status leat_checkpoint_append(struct leat_checkpoint *checkpoint, enum leat_database database,
                                   leat_bytes key, leat_bytes value, leat_error *err)
{
    return put(checkpoint, database, key, value, MDB_APPEND, err);
}

leat_status leat_checkpoint_delete(struct leat_checkpoint *checkpoint, enum leat_database database,
                                   leat_bytes key, leat_error *err)
{
    MDB_val name = leat_checkpoint_value(key);
    MDB_cursor *cursor;
    int code = open_cursor(checkpoint, database, &cursor);

    if (code == 0)
        code = mdb_cursor_get(cursor, &name, NULL, MDB_SET);
    if (code == 0)
        code = mdb_cursor_del(cursor, 0);
    if (code != 0 && code != MDB_NOTFOUND)
        return leat_checkpoint_fail(checkpoint, code, "cannot be written", err);
    return LEAT_OK;
}

leat_status leat_checkpoint_seek(struct leat_checkpoint *checkpoint, enum leat_database database,
                                 leat_bytes key, leat_bytes *out_key, leat_bytes *out_value,
                                 leat_error *err)
{
    MDB_val name = leat_checkpoint_value(key);
    MDB_val value;
    MDB_cursor *cursor;
    int code = open_cursor(checkpoint, database, &cursor);

    if (code == 0)
        code = mdb_cursor_get(cursor, &name, &value, MDB_SET_RANGE);
    return leat_checkpoint_found(checkpoint, code, &name, &value, out_key, out_value, err);
}

leat_status leat_checkpoint_count_pages(struct leat_checkpoint *checkpoint,
                                        enum leat_database database, uint64_t *out, leat_error *err)
{
    MDB_stat pages;
    int code = mdb_stat(checkpoint->transaction, checkpoint->databases[database], &pages);

    if (code != 0)
        return leat_checkpoint_fail(checkpoint, code, "cannot be read", err);
    *out = pages.ms_leaf_pages;
    return LEAT_OK;
}

leat_status leat_checkpoint_clear(struct leat_checkpoint *checkpoint, enum leat_database database,
                                  leat_error *err)
{
    int code = mdb_drop(checkpoint->transaction, checkpoint->databases[database], 0);

    return code == 0 ? LEAT_OK : leat_checkpoint_fail(checkpoint, code, "cannot be written", err);
}

/* A write to a file without a name would be durable for nobody. */
static bool has_name(int fd)
{
    struct stat info;

    return fstat(fd, &info) == 0 && info.st_nlink > 0;
}

static bool is_deleted(const struct leat_checkpoint *checkpoint)
{
    int fd;

    return mdb_env_get_fd(checkpoint->environment, &fd) != 0 || !has_name(fd) ||
           !has_name(checkpoint->lock_fd);
}

/* LMDB has freed the cursors with it. */
static void forget_transaction(struct leat_checkpoint *checkpoint)
{
    checkpoint->transaction = NULL;
    memset(checkpoint->cursors, 0, sizeof checkpoint->cursors);
}

leat_status leat_checkpoint_commit(struct leat_checkpoint *checkpoint, leat_error *err)
{
    int code;

    assert(checkpoint->transaction != NULL);
    if (is_deleted(checkpoint)) {
        leat_checkpoint_abort(checkpoint);
        checkpoint->broken = true;
        return leat_fail(err, LEAT_IO,
                         "checkpoint '%s' was deleted while the job ran; restore it from a backup, "
                         "or start anew with --adopt",
                         checkpoint->directory);
    }
    code = mdb_txn_commit(checkpoint->transaction);
    forget_transaction(checkpoint);
    if (code == 0)
        return LEAT_OK;
    checkpoint->broken = true;
    leat_checkpoint_fail(checkpoint, code, "cannot be written", err);
    if (err != NULL)
        err->status = LEAT_IO;
    return LEAT_IO;
}

void leat_checkpoint_abort(struct leat_checkpoint *checkpoint)
{
    if (checkpoint->transaction != NULL)
        mdb_txn_abort(checkpoint->transaction);
    forget_transaction(checkpoint);
}
