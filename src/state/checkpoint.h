/*
 * checkpoint: the checkpoint directory: a lock that keeps a second process out, and one LMDB
 * environment with a database each for meta, ledger, state and its deltas.
 *
 *   DIR/lock       flock; "pid boot-id" of who holds it
 *   DIR/data.mdb   LMDB, fully synchronous: a committed transaction is on the disk
 *   DIR/lock.mdb   LMDB's table of readers; nothing in it outlives a process
 *
 * After a failed commit nothing may be written any more: what reached the disk is unknown until the
 * next start reads it. The environment then refuses every transaction.
 *
 * Thread: one at a time, but for the readers.
 */
#ifndef LEAT_STATE_CHECKPOINT_H
#define LEAT_STATE_CHECKPOINT_H

#include "base/status.h"

struct leat_checkpoint;

enum leat_database {
    LEAT_DATABASE_META,
    LEAT_DATABASE_LEDGER,
    LEAT_DATABASE_STATE,
    LEAT_DATABASE_DELTA,
    LEAT_DATABASE_COUNT
};

/* Makes the directory when it is missing. Refused: one that a live process holds (named by pid), a
 * network file system, a format that is newer, another program's LMDB. Caller closes *out. */
LEAT_MUST_CHECK leat_status leat_checkpoint_open(const char *directory,
                                                 struct leat_checkpoint **out, leat_error *err);

/* Accepts NULL. */
void leat_checkpoint_close(struct leat_checkpoint *checkpoint);

const char *leat_checkpoint_directory(const struct leat_checkpoint *checkpoint);

/* ---- one transaction at a time; none begins while a reader is taken ---- */

LEAT_MUST_CHECK leat_status leat_checkpoint_begin(struct leat_checkpoint *checkpoint,
                                                  leat_error *err);

/* Asked at the begin of every transaction from now on, in it: whoever may write no more says so by
 * another status than LEAT_OK, and the transaction does not begin. NULL: nobody is asked. */
typedef leat_status (*leat_checkpoint_guard_fn)(void *context, leat_error *err);
void leat_checkpoint_guard(struct leat_checkpoint *checkpoint, leat_checkpoint_guard_fn guard,
                           void *context);

/* *out is borrowed until the transaction ends; the null view when there is no such key. */
LEAT_MUST_CHECK leat_status leat_checkpoint_get(struct leat_checkpoint *checkpoint,
                                                enum leat_database database, leat_bytes key,
                                                leat_bytes *out, leat_error *err);
LEAT_MUST_CHECK leat_status leat_checkpoint_put(struct leat_checkpoint *checkpoint,
                                                enum leat_database database, leat_bytes key,
                                                leat_bytes value, leat_error *err);
/* A key that is not there is no error. */
LEAT_MUST_CHECK leat_status leat_checkpoint_delete(struct leat_checkpoint *checkpoint,
                                                   enum leat_database database, leat_bytes key,
                                                   leat_error *err);

/* A key that comes after every other of the database; fills its pages. */
LEAT_MUST_CHECK leat_status leat_checkpoint_append(struct leat_checkpoint *checkpoint,
                                                   enum leat_database database, leat_bytes key,
                                                   leat_bytes value, leat_error *err);
/* The first key that is not below key, with its value, both borrowed until the next write; the null
 * view when there is none. */
LEAT_MUST_CHECK leat_status leat_checkpoint_seek(struct leat_checkpoint *checkpoint,
                                                 enum leat_database database, leat_bytes key,
                                                 leat_bytes *out_key, leat_bytes *out_value,
                                                 leat_error *err);
/* Deletes every key. */
LEAT_MUST_CHECK leat_status leat_checkpoint_clear(struct leat_checkpoint *checkpoint,
                                                  enum leat_database database, leat_error *err);

/* Pages that hold its keys. */
LEAT_MUST_CHECK leat_status leat_checkpoint_count_pages(struct leat_checkpoint *checkpoint,
                                                        enum leat_database database, uint64_t *out,
                                                        leat_error *err);

/* Durable when it returns LEAT_OK. A failure is final: LEAT_IO; one is that somebody deleted the
 * directory. Ends the transaction. */
LEAT_MUST_CHECK leat_status leat_checkpoint_commit(struct leat_checkpoint *checkpoint,
                                                   leat_error *err);

/* Drops the transaction, if there is one. */
void leat_checkpoint_abort(struct leat_checkpoint *checkpoint);

/* ---- reading beside each other ---- */

struct leat_checkpoint_reader;

/* What was committed last, for the caller alone until it gives the reader back. Any thread; all
 * readers are back when the next transaction begins. */
LEAT_MUST_CHECK leat_status leat_checkpoint_reader_take(struct leat_checkpoint *checkpoint,
                                                        struct leat_checkpoint_reader **out,
                                                        leat_error *err);
/* Accepts NULL. */
void leat_checkpoint_reader_give(struct leat_checkpoint_reader *reader);

/* As above; borrowed until the reader is given back. */
LEAT_MUST_CHECK leat_status leat_checkpoint_reader_get(struct leat_checkpoint_reader *reader,
                                                       enum leat_database database, leat_bytes key,
                                                       leat_bytes *out, leat_error *err);
LEAT_MUST_CHECK leat_status leat_checkpoint_reader_seek(struct leat_checkpoint_reader *reader,
                                                        enum leat_database database, leat_bytes key,
                                                        leat_bytes *out_key, leat_bytes *out_value,
                                                        leat_error *err);
/* The key after the one that seek or next found last. */
LEAT_MUST_CHECK leat_status leat_checkpoint_reader_next(struct leat_checkpoint_reader *reader,
                                                        leat_bytes *out_key, leat_bytes *out_value,
                                                        leat_error *err);

#endif
