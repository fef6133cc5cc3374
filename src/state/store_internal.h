/*
 * store_internal: what the store's parts share: store.c (one key), batch.c (a batch's end), names.c
 * and scan.c.
 */
#ifndef LEAT_STATE_STORE_INTERNAL_H
#define LEAT_STATE_STORE_INTERNAL_H

#include "state/delta.h"
#include "state/store.h"
#include "state/table.h"

struct leat_store {
    struct leat_stores *stores; /* Borrowed. */
    struct leat_store *next;    /* By id. */
    uint32_t id;
    char *name; /* Owned, as is the rest. */
    char *kind;
    char *type;
    char *where;                /* NULL: the job has not declared it. */
    bool is_stored;             /* The name is in the checkpoint. */
    bool is_written;            /* It will be once the batch is committed. */
    struct leat_table **tables; /* Owned, by slot; NULL until its first use. */
};

struct leat_change; /* One entry of a delta, while it is sorted. */

struct leat_stores {
    struct leat_checkpoint *checkpoint; /* Borrowed; NULL: memory only. */
    uint32_t slots;
    uint32_t segment_size_max;
    struct leat_state_budget budget;
    struct leat_generations generations;
    struct leat_store *first; /* Owned. */
    uint32_t next_id;
    int64_t written_n;       /* The delta of what is pending, as batch n; 0: not written. */
    bool has_written;        /* This process, any delta. */
    uint32_t counting;       /* Up to this generation everything counts. */
    uint64_t counting_bytes; /* Of deltas that count and are not applied. */
    uint32_t counting_deltas;
    uint64_t folding_bytes;
    uint32_t folding;            /* Generation that the open transaction folds; 0: none. */
    struct leat_change *changes; /* Owned. */
    size_t changes_capacity;
};

/* The table of a slot that the caller owns; NULL: err says why. */
struct leat_table *leat_store_table(struct leat_store *store, uint32_t slot, leat_error *err);

/* What the database has; the null view when it has nothing. Views are good until the reader is
 * given back. */
LEAT_MUST_CHECK leat_status leat_store_read(const struct leat_store *store,
                                            struct leat_checkpoint_reader *reader, uint32_t slot,
                                            leat_bytes key, struct leat_stored *out,
                                            leat_error *err);

leat_status leat_store_fail_damaged(const struct leat_store *store, leat_error *err);

/* ---- names ---- */

LEAT_MUST_CHECK leat_status leat_names_load(struct leat_stores *stores, leat_error *err);
/* In the open transaction. */
LEAT_MUST_CHECK leat_status leat_names_write(struct leat_stores *stores, leat_error *err);
/* The batch that wrote names is committed. */
void leat_names_accept(struct leat_stores *stores);
/* In the open transaction: deletes what is stored. */
LEAT_MUST_CHECK leat_status leat_names_delete(struct leat_checkpoint *checkpoint, leat_error *err);
/* Forgets what the job has not declared; the rest is to be written again. */
void leat_names_forget(struct leat_stores *stores);

void leat_store_destroy(struct leat_store *store);

#endif
