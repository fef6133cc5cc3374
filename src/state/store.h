/*
 * store: the keyed state of a job: what each stateful operator remembers of each key.
 *
 *   store        one name: (slot, key) -> value, updated_at; two operators never share one
 *   slot         murmur2(key), positive, % slots: a fixed hash range; one thread at a time owns it
 *
 *   attempt ──put──> pending ──accept──> committed, not applied ──apply──> LMDB
 *      \──revert──> gone            (in memory, and as a delta in the ledger's transactions)
 *
 * A hash table per slot caches what LMDB holds and keeps what it does not hold yet. A delta is the
 * after-image of every entry that the batch touched (value or removed), written in the same LMDB
 * transaction as prepared(n). Folding makes it count, with settled(n); it is applied to the state
 * database later, together with others. Clean entries are given up beyond the memory limit; pending
 * and unapplied ones never.
 *
 * Without a checkpoint (tests of jobs) everything stays in memory.
 *
 * Thread: get, put, remove, scan and revert_slot by the thread that owns the slot, several slots at
 * once; everything else by the scheduler's while no task runs.
 */
#ifndef LEAT_STATE_STORE_H
#define LEAT_STATE_STORE_H

#include "base/status.h"
#include "state/checkpoint.h"

struct leat_stores; /* All stores of a job. */
struct leat_store;

struct leat_stores_options {
    struct leat_checkpoint *checkpoint; /* Borrowed; NULL: memory only. */
    uint32_t slots;                     /* 1 to 4096; as recorded in the directory. */
    size_t memory_bytes;                /* Of all tables together. */
};

/* Reads the names, and applies what counts and was not applied yet. Caller destroys *out. */
LEAT_MUST_CHECK leat_status leat_stores_open(const struct leat_stores_options *options,
                                             struct leat_stores **out, leat_error *err);
/* Accepts NULL. */
void leat_stores_destroy(struct leat_stores *stores);

struct leat_store_definition {
    const char *name;  /* 1 to 200 bytes. */
    const char *kind;  /* "update_state_by_key", "map_with_state", "window" ... */
    const char *type;  /* Of keys and values, as text: "string -> i64". */
    const char *where; /* file:line, for sentences. */
};

/* The store of that name, made at its first use; durable with the next delta. LEAT_INVALID when
 * what is stored under the name is of another kind or type: both are named; and when the job has
 * declared the name before. Copies. Before the first batch. */
LEAT_MUST_CHECK leat_status leat_stores_declare(struct leat_stores *stores,
                                                const struct leat_store_definition *definition,
                                                struct leat_store **out, leat_error *err);

uint32_t leat_stores_slot_count(const struct leat_stores *stores);
/* hash: murmur2 of the key, 0 for the null key. */
uint32_t leat_stores_slot(const struct leat_stores *stores, uint32_t hash);

/* ---- one key, in a slot that the caller owns ---- */

struct leat_state_entry {
    leat_bytes value;     /* Null: there is none. Borrowed until the slot's next call. */
    leat_time updated_at; /* Batch time of the last put. */
};

LEAT_MUST_CHECK leat_status leat_store_get(struct leat_store *store, uint32_t slot, uint32_t hash,
                                           leat_bytes key, struct leat_state_entry *out,
                                           leat_error *err);

/* For those that know which keys come next, when there are millions: the place of a key some ten
 * keys ahead, its entry some five ahead, so that memory is waited for once for several keys. Never
 * needed. */
enum leat_prefetch { LEAT_PREFETCH_PLACE, LEAT_PREFETCH_ENTRY };
void leat_store_prefetch(const struct leat_store *store, uint32_t slot, uint32_t hash,
                         enum leat_prefetch what);

/* Copies; value not null. LEAT_LIMIT when pending and unapplied state alone exceed the memory; what
 * is clean in other slots may exceed it until the next time that changes are applied. */
LEAT_MUST_CHECK leat_status leat_store_put(struct leat_store *store, uint32_t slot, uint32_t hash,
                                           leat_bytes key, leat_bytes value, leat_time updated_at,
                                           leat_error *err);
/* A key that is not there is no error, and no change. */
LEAT_MUST_CHECK leat_status leat_store_remove(struct leat_store *store, uint32_t slot,
                                              uint32_t hash, leat_bytes key, leat_error *err);

/*
 * Calls visit for each key of the slot that begins with prefix (empty: all) and has a value: first
 * those in the state database by the bytes of their keys, then newer ones as they came. visit may
 * put or remove the key it is given and others, but what is put new may or may not be visited.
 * A status of visit that is not LEAT_OK ends the scan and is returned.
 */
typedef leat_status (*leat_store_visit_fn)(void *context, leat_bytes key,
                                           const struct leat_state_entry *entry);
LEAT_MUST_CHECK leat_status leat_store_scan(struct leat_store *store, uint32_t slot,
                                            leat_bytes prefix, leat_store_visit_fn visit,
                                            void *context, leat_error *err);

/* A task's attempt failed: what is pending in this slot of this store is gone. */
void leat_store_revert_slot(struct leat_store *store, uint32_t slot);

/* ---- the batch ---- */

/* The attempt failed: nothing is pending any more. */
void leat_stores_revert(struct leat_stores *stores);
/* True when a batch that ended now would change state. */
bool leat_stores_have_changes(const struct leat_stores *stores);

/* In the ledger's open transaction: names that are new, and the delta of batch n, sorted. */
LEAT_MUST_CHECK leat_status leat_stores_write_delta(struct leat_stores *stores, int64_t n,
                                                    leat_error *err);
/* The batch is committed: pending is what counts from now on. With a checkpoint, its delta has been
 * written. */
void leat_stores_accept(struct leat_stores *stores);

/* In the ledger's open transaction: the stored delta of batch n, if there is one, counts from now
 * on. folded says that this transaction is durable. Also what recovery does forward, without the
 * stores having seen the batch; then apply before anything is read. */
LEAT_MUST_CHECK leat_status leat_stores_fold(struct leat_stores *stores, int64_t n,
                                             leat_error *err);
void leat_stores_folded(struct leat_stores *stores);

/* In transactions of its own: applies what counts to the state database, whereupon memory may be
 * given up; when everything is wanted, else when there is enough to make it worthwhile. A failure
 * loses nothing: the next time it is begun again. */
LEAT_MUST_CHECK leat_status leat_stores_apply(struct leat_stores *stores, bool everything,
                                              leat_error *err);

/* In the ledger's open transaction: back. The stored delta is gone. */
LEAT_MUST_CHECK leat_status leat_stores_drop_delta(struct leat_stores *stores, leat_error *err);
/* In the ledger's open transaction: a new lineage begins without state. */
LEAT_MUST_CHECK leat_status leat_stores_clear(struct leat_stores *stores, leat_error *err);
/* The same where no stores are open. */
LEAT_MUST_CHECK leat_status leat_state_clear(struct leat_checkpoint *checkpoint, leat_error *err);

/* ---- reading a stopped job: leat state ---- */

struct leat_store_summary {
    const char *name;
    const char *kind;
    const char *type;
    uint64_t keys;
    uint64_t bytes;
};
typedef leat_status (*leat_stores_list_fn)(void *context, const struct leat_store_summary *summary);
LEAT_MUST_CHECK leat_status leat_stores_list(struct leat_stores *stores, leat_stores_list_fn list,
                                             void *context, leat_error *err);
/* Nothing was ever remembered, by this job or one before it. */
bool leat_stores_are_empty(const struct leat_stores *stores);
/* NULL: there is none of that name. */
struct leat_store *leat_stores_find(struct leat_stores *stores, const char *name);

#endif
