/*
 * state: one key's state while a function works on it, between the store and the user.
 *
 *   stored value    i64 batch time of the last set, the user's bytes
 *   updated_at      batch time of the last put: a set, or a touch that only moves the timeout
 *
 * Keys of a partition are those of its slots: partition, partition + partitions, ...
 *
 * Thread: its task's.
 */
#ifndef LEAT_WIDE_STATE_H
#define LEAT_WIDE_STATE_H

#include "exec/wide.h"
#include "leat/state.h"
#include "state/store.h"

/* A stateful operator's stores. */
enum {
    LEAT_STORE_STATE,  /* Of keys; running values of reduced windows. */
    LEAT_STORE_EXPIRY, /* When to look at a key again; panes of windows. */
    LEAT_STORE_TIMES   /* Of a window's panes. */
};

struct leat_state {
    leat_task *task;
    leat_type type;
    leat_bytes value;       /* Null: none. */
    struct leat_buffer own; /* What value views into once set. */
    leat_time set_at;
    leat_time updated_at;
    bool timing_out;
    bool is_set;
    bool is_removed;
};

/* A stateful operator at work in a task. */
struct leat_keyed {
    leat_task *task;
    const struct leat_wide *wide;
    const struct leat_stateful *stateful;
    struct leat_store *store;
    leat_time now; /* The batch time. */
    struct leat_state state;
    struct leat_buffer encoded;
};

void leat_keyed_init(struct leat_keyed *keyed, leat_task *task, const struct leat_wide *wide);
void leat_keyed_release(struct leat_keyed *keyed);

uint32_t leat_keyed_slot(const struct leat_keyed *keyed, uint32_t hash);

/* The key's state, as null when its time to live has passed. Breaks the task on failure. */
LEAT_MUST_CHECK leat_status leat_keyed_load(struct leat_keyed *keyed, uint32_t slot, uint32_t hash,
                                            leat_bytes key);
/* Makes state what entry says. */
void leat_keyed_take(struct leat_keyed *keyed, const struct leat_state_entry *entry);
/* Its value is no view any more, but a copy. Breaks the task when memory is out. */
LEAT_MUST_CHECK leat_status leat_keyed_own(struct leat_keyed *keyed);
/* What the function did to it goes to the store; touch: even when it did nothing. The value stays
 * readable, until the next key's is taken. */
LEAT_MUST_CHECK leat_status leat_keyed_save(struct leat_keyed *keyed, uint32_t slot, uint32_t hash,
                                            leat_bytes key, bool touch);

/* The batch's entries in the slots of a partition are gone. */
void leat_keyed_abandon(struct leat_wide *wide, int32_t partition);

/* A store's failure, which names the state, breaks the task. */
leat_status leat_keyed_fail(leat_task *task, const struct leat_wide *wide, leat_status status,
                            const leat_error *err);

/* ---- expiry.c: keys whose timeout or time to live passes without a record ---- */

/* After leat_keyed_save: the key is looked at again when it may have expired. */
LEAT_MUST_CHECK leat_status leat_expiry_note(struct leat_keyed *keyed, uint32_t slot,
                                             leat_bytes key, leat_time old_deadline);
/* When it expires as it is; INT64_MAX: never. */
leat_time leat_expiry_deadline(const struct leat_keyed *keyed);

/* Calls expired for each key of the partition whose time has passed: with its state loaded; then
 * the key is removed. */
typedef leat_status (*leat_expired_fn)(void *context, struct leat_keyed *keyed, leat_bytes key);
LEAT_MUST_CHECK leat_status leat_expiry_sweep(struct leat_keyed *keyed, int32_t partition,
                                              leat_expired_fn expired, void *context);

/* ---- bytes ---- */

void leat_time_encode(leat_time time, char out[8]); /* Big-endian: by bytes as by number. */
leat_time leat_time_decode(const char *bytes);

#endif
