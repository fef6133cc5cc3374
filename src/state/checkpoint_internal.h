/*
 * checkpoint_internal: what the checkpoint's transaction (checkpoint.c) and its readers (reader.c)
 * share.
 */
#ifndef LEAT_STATE_CHECKPOINT_INTERNAL_H
#define LEAT_STATE_CHECKPOINT_INTERNAL_H

#include <lmdb.h>
#include <pthread.h>

#include "state/checkpoint.h"

struct leat_checkpoint {
    char *directory; /* Owned. */
    int lock_fd;
    size_t map_bytes;
    MDB_env *environment;
    MDB_dbi databases[LEAT_DATABASE_COUNT];
    MDB_txn *transaction;                     /* NULL: none. */
    MDB_cursor *cursors[LEAT_DATABASE_COUNT]; /* Of the transaction; NULL: not opened yet. */
    bool broken;                              /* A commit failed. */
    leat_checkpoint_guard_fn guard;           /* NULL: none. */
    void *guard_context;
    pthread_mutex_t readers_mutex;
    struct leat_checkpoint_reader *idle_readers; /* Guarded by readers_mutex, as is the count. */
    int taken_readers;
};

/* As leat_checkpoint_open, with less room. */
LEAT_MUST_CHECK leat_status leat_checkpoint_open_sized(const char *directory, size_t map_bytes,
                                                       struct leat_checkpoint **out,
                                                       leat_error *err);

/* The sentence for a code of LMDB. */
leat_status leat_checkpoint_fail(const struct leat_checkpoint *checkpoint, int code,
                                 const char *what, leat_error *err);

MDB_val leat_checkpoint_value(leat_bytes bytes);

/* What a cursor found, by its code. */
LEAT_MUST_CHECK leat_status leat_checkpoint_found(const struct leat_checkpoint *checkpoint,
                                                  int code, const MDB_val *key,
                                                  const MDB_val *value, leat_bytes *out_key,
                                                  leat_bytes *out_value, leat_error *err);

/* Readers hold no pages of old transactions from now on. */
void leat_checkpoint_reset_readers(struct leat_checkpoint *checkpoint);
void leat_checkpoint_close_readers(struct leat_checkpoint *checkpoint);

#endif
