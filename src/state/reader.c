/* reader: LMDB's read transactions, kept for whoever reads next. A taken one is one thread's. */
#include <assert.h>

#include "base/memory.h"
#include "state/checkpoint_internal.h"

struct leat_checkpoint_reader {
    struct leat_checkpoint *checkpoint; /* Borrowed. */
    struct leat_checkpoint_reader *next;
    MDB_txn *transaction; /* Owned. */
    MDB_cursor *cursor;   /* Owned; NULL: none. */
    bool is_reset;
};

leat_status leat_checkpoint_found(const struct leat_checkpoint *checkpoint, int code,
                                  const MDB_val *key, const MDB_val *value, leat_bytes *out_key,
                                  leat_bytes *out_value, leat_error *err)
{
    *out_key = *out_value = (leat_bytes){NULL, 0};
    if (code != 0 && code != MDB_NOTFOUND)
        return leat_checkpoint_fail(checkpoint, code, "cannot be read", err);
    if (code == 0) {
        *out_key = (leat_bytes){key->mv_data, key->mv_size};
        *out_value = (leat_bytes){value->mv_data, value->mv_size};
    }
    return LEAT_OK;
}

static leat_status open_reader(struct leat_checkpoint *checkpoint,
                               struct leat_checkpoint_reader **out, leat_error *err)
{
    struct leat_checkpoint_reader *reader = leat_alloc(1, sizeof *reader);
    int code;

    if (reader == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory to read checkpoint '%s'",
                         checkpoint->directory);
    reader->checkpoint = checkpoint;
    code = mdb_txn_begin(checkpoint->environment, NULL, MDB_RDONLY, &reader->transaction);
    if (code != 0) {
        leat_free(reader);
        return leat_checkpoint_fail(checkpoint, code, "cannot be read", err);
    }
    *out = reader;
    return LEAT_OK;
}

static void close_reader(struct leat_checkpoint_reader *reader)
{
    mdb_txn_abort(reader->transaction);
    leat_free(reader);
}

static struct leat_checkpoint_reader *pop(struct leat_checkpoint *checkpoint)
{
    struct leat_checkpoint_reader *reader;

    pthread_mutex_lock(&checkpoint->readers_mutex);
    reader = checkpoint->idle_readers;
    if (reader != NULL)
        checkpoint->idle_readers = reader->next;
    checkpoint->taken_readers++;
    pthread_mutex_unlock(&checkpoint->readers_mutex);
    return reader;
}

/* reader NULL: it came to none. */
static void push(struct leat_checkpoint *checkpoint, struct leat_checkpoint_reader *reader)
{
    pthread_mutex_lock(&checkpoint->readers_mutex);
    if (reader != NULL) {
        reader->next = checkpoint->idle_readers;
        checkpoint->idle_readers = reader;
    }
    checkpoint->taken_readers--;
    pthread_mutex_unlock(&checkpoint->readers_mutex);
}

leat_status leat_checkpoint_reader_take(struct leat_checkpoint *checkpoint,
                                        struct leat_checkpoint_reader **out, leat_error *err)
{
    struct leat_checkpoint_reader *reader = pop(checkpoint);
    leat_status status = LEAT_OK;
    int code;

    if (reader == NULL) {
        status = open_reader(checkpoint, &reader, err);
    } else if (reader->is_reset) {
        code = mdb_txn_renew(reader->transaction);
        if (code == 0)
            reader->is_reset = false;
        else
            status = leat_checkpoint_fail(checkpoint, code, "cannot be read", err);
    }
    if (status == LEAT_OK)
        *out = reader;
    else
        push(checkpoint, reader);
    return status;
}

void leat_checkpoint_reader_give(struct leat_checkpoint_reader *reader)
{
    if (reader == NULL)
        return;
    if (reader->cursor != NULL)
        mdb_cursor_close(reader->cursor);
    reader->cursor = NULL;
    push(reader->checkpoint, reader);
}

leat_status leat_checkpoint_reader_get(struct leat_checkpoint_reader *reader,
                                       enum leat_database database, leat_bytes key, leat_bytes *out,
                                       leat_error *err)
{
    MDB_val name = leat_checkpoint_value(key);
    MDB_val value;
    leat_bytes found;
    int code = mdb_get(reader->transaction, reader->checkpoint->databases[database], &name, &value);

    return leat_checkpoint_found(reader->checkpoint, code, &name, &value, &found, out, err);
}

leat_status leat_checkpoint_reader_seek(struct leat_checkpoint_reader *reader,
                                        enum leat_database database, leat_bytes key,
                                        leat_bytes *out_key, leat_bytes *out_value, leat_error *err)
{
    MDB_val name = leat_checkpoint_value(key);
    MDB_val value;
    int code;

    if (reader->cursor != NULL)
        mdb_cursor_close(reader->cursor);
    reader->cursor = NULL;
    code = mdb_cursor_open(reader->transaction, reader->checkpoint->databases[database],
                           &reader->cursor);
    if (code == 0)
        code = mdb_cursor_get(reader->cursor, &name, &value, MDB_SET_RANGE);
    return leat_checkpoint_found(reader->checkpoint, code, &name, &value, out_key, out_value, err);
}

leat_status leat_checkpoint_reader_next(struct leat_checkpoint_reader *reader, leat_bytes *out_key,
                                        leat_bytes *out_value, leat_error *err)
{
    MDB_val name;
    MDB_val value;
    int code = mdb_cursor_get(reader->cursor, &name, &value, MDB_NEXT);

    return leat_checkpoint_found(reader->checkpoint, code, &name, &value, out_key, out_value, err);
}

void leat_checkpoint_reset_readers(struct leat_checkpoint *checkpoint)
{
    struct leat_checkpoint_reader *reader = checkpoint->idle_readers;

    assert(checkpoint->taken_readers == 0);
    for (; reader != NULL; reader = reader->next) {
        if (!reader->is_reset)
            mdb_txn_reset(reader->transaction);
        reader->is_reset = true;
    }
}

void leat_checkpoint_close_readers(struct leat_checkpoint *checkpoint)
{
    assert(checkpoint->taken_readers == 0);
    while (checkpoint->idle_readers != NULL) {
        struct leat_checkpoint_reader *reader = checkpoint->idle_readers;

        checkpoint->idle_readers = reader->next;
        close_reader(reader);
    }
}
