/*
 * leat/state.h: what a job remembers of each key, from batch to batch and from start to start.
 *
 * Every stateful operator has a name: what is stored belongs to the name, so a job may be stopped,
 * changed and started again. State changes with its batch: exactly once, or not at all. It lives in
 * the checkpoint directory, in slots: a fixed hash range of keys each (leat.state.slots), so the
 * number of tasks may change at any start. A changed type is refused with both named.
 */
#ifndef LEAT_STATE_H
#define LEAT_STATE_H

#include "leat/base.h"
#include "leat/task.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct leat_state leat_state;

/* The key's new values (none for an idle key) and its state, which it sets or removes. */
typedef leat_status (*leat_update_fn)(leat_task *task, leat_bytes key, leat_iterator *values,
                                      leat_state *state, void *user);
/* Once a record, in its partition's order. in NULL: the key is timing out, its state is about to be
 * removed and can be read only. */
typedef leat_status (*leat_map_with_state_fn)(leat_task *task, leat_bytes key,
                                              const leat_record *in, leat_state *state,
                                              leat_emitter *out, void *user);

typedef struct {
    leat_duration timeout;      /* map_with_state: a key without a record for so long; 0: never. */
    leat_duration time_to_live; /* State not set for so long is gone, without a call; 0: never. */
    bool touched_keys_only;     /* update_state_by_key: idle keys are not called, nor emitted. */
    leat_type type;             /* Of the state; LEAT_INHERIT: LEAT_BYTES. */
    leat_dstream *initial; /* (key, state) of the first batch that runs under this name; read on
                            * and thrown away afterwards. NULL: none. */
} leat_state_options;

#define leat_update_state_by_key(...) leat_update_state_by_key_at(LEAT_HERE, __VA_ARGS__)
#define leat_map_with_state(...) leat_map_with_state_at(LEAT_HERE, __VA_ARGS__)
#define leat_state_snapshots(...) leat_state_snapshots_at(LEAT_HERE, __VA_ARGS__)

/* Every batch, fn is called for each known and each new key, and (key, state) is emitted for each
 * that has state afterwards. options may be NULL. Since: 0.1 */
LEAT_API leat_dstream *leat_update_state_by_key_at(const char *where, leat_dstream *stream,
                                                   const char *name, leat_update_fn fn, void *user,
                                                   const leat_state_options *options);
/* fn emits any number. With a timeout, keys are called a last time in the first batch after it
 * passed. options may be NULL. Since: 0.1 */
LEAT_API leat_dstream *leat_map_with_state_at(const char *where, leat_dstream *stream,
                                              const char *name, leat_map_with_state_fn fn,
                                              void *user, const leat_state_options *options);
/* All (key, state) of a map_with_state after each batch. Costs as much as there are keys. A second
 * call gives the same stream.
 * Since: 0.1 */
LEAT_API leat_dstream *leat_state_snapshots_at(const char *where, leat_dstream *stream);

/* The state: null when there is none. Borrowed until set, remove or the function's return.
 * Since: 0.1 */
LEAT_API leat_bytes leat_state_get(const leat_state *state);
LEAT_API int64_t leat_state_get_i64(const leat_state *state, int64_t fallback);
LEAT_API double leat_state_get_f64(const leat_state *state, double fallback);
/* Copies. LEAT_INVALID while timing out, or for a value of another size than the type has.
 * Since: 0.1 */
LEAT_API leat_status leat_state_set(leat_state *state, leat_bytes value);
LEAT_API leat_status leat_state_set_i64(leat_state *state, int64_t value);
LEAT_API leat_status leat_state_set_f64(leat_state *state, double value);
/* LEAT_INVALID while timing out. Since: 0.1 */
LEAT_API leat_status leat_state_remove(leat_state *state);
/* True in map_with_state's last call for a key. Since: 0.1 */
LEAT_API bool leat_state_is_timing_out(const leat_state *state);

#ifdef __cplusplus
}
#endif
#endif
