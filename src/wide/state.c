/* state: see state.h, and leat/state.h for the public functions. */
#include "wide/state.h"

#include <assert.h>
#include <string.h>

#include "record/type.h"

enum { TIME_BYTES = 8 };

void leat_time_encode(leat_time time, char out[8])
{
    uint64_t bits = (uint64_t)time;

    for (int i = 0; i < TIME_BYTES; i++)
        out[i] = (char)(bits >> (56 - 8 * i));
}

leat_time leat_time_decode(const char *bytes)
{
    uint64_t bits = 0;

    for (int i = 0; i < TIME_BYTES; i++)
        bits = bits << 8 | (unsigned char)bytes[i];
    return (leat_time)bits;
}

/* ---- the user's view ---- */

leat_bytes leat_state_get(const leat_state *state)
{
    return state->value;
}

int64_t leat_state_get_i64(const leat_state *state, int64_t fallback)
{
    return state->value.data == NULL ? fallback : leat_i64(state->value);
}

double leat_state_get_f64(const leat_state *state, double fallback)
{
    return state->value.data == NULL ? fallback : leat_f64(state->value);
}

bool leat_state_is_timing_out(const leat_state *state)
{
    return state->timing_out;
}

static leat_status refuse_timing_out(leat_state *state)
{
    return leat_task_fail(state->task, LEAT_INVALID,
                          "the key is timing out: its state can only be read");
}

leat_status leat_state_set(leat_state *state, leat_bytes value)
{
    size_t size = leat_type_size(state->type);
    struct leat_buffer set = {0};

    if (state->timing_out)
        return refuse_timing_out(state);
    if (value.data == NULL)
        return leat_task_fail(state->task, LEAT_INVALID,
                              "state cannot be null; leat_state_remove takes it away");
    if (size != 0 && value.size != size)
        return leat_task_fail(state->task, LEAT_INVALID,
                              "state of %zu bytes where its type has %zu", value.size, size);
    if (!leat_buffer_append(&set, value.data, value.size) || !leat_buffer_reserve(&set, 1))
        return leat_task_fail(state->task, LEAT_NO_MEMORY, "no memory for %zu bytes of state",
                              value.size);
    leat_buffer_release(&state->own);
    state->own = set;
    state->value = (leat_bytes){set.data, value.size};
    state->is_set = true;
    state->is_removed = false;
    return LEAT_OK;
}

leat_status leat_state_set_i64(leat_state *state, int64_t value)
{
    return leat_state_set(state, (leat_bytes){(const char *)&value, sizeof value});
}

leat_status leat_state_set_f64(leat_state *state, double value)
{
    return leat_state_set(state, (leat_bytes){(const char *)&value, sizeof value});
}

leat_status leat_state_remove(leat_state *state)
{
    if (state->timing_out)
        return refuse_timing_out(state);
    state->value = (leat_bytes){NULL, 0};
    state->is_set = false;
    state->is_removed = true;
    return LEAT_OK;
}

/* ---- between the store and the user ---- */

void leat_keyed_init(struct leat_keyed *keyed, leat_task *task, const struct leat_wide *wide)
{
    const struct leat_stateful *stateful = wide->rdd->node.stateful;

    *keyed = (struct leat_keyed){.task = task,
                                 .wide = wide,
                                 .stateful = stateful,
                                 .store = stateful->stores[LEAT_STORE_STATE],
                                 .now = task->batch->options.time};
    keyed->state.task = task;
    keyed->state.type = stateful->state_type;
}

void leat_keyed_release(struct leat_keyed *keyed)
{
    leat_buffer_release(&keyed->state.own);
    leat_buffer_release(&keyed->encoded);
}

uint32_t leat_keyed_slot(const struct leat_keyed *keyed, uint32_t hash)
{
    return (hash & 0x7fffffff) % keyed->wide->slots;
}

leat_status leat_keyed_fail(leat_task *task, const struct leat_wide *wide, leat_status status,
                            const leat_error *err)
{
    leat_error named = *err;

    leat_error_prefix(&named, "%s at %s: state '%s'", leat_operator_name(wide->rdd->node.kind),
                      wide->rdd->node.where, wide->rdd->node.stateful->name);
    return leat_task_break(task, status, &named);
}

void leat_keyed_take(struct leat_keyed *keyed, const struct leat_state_entry *entry)
{
    struct leat_state *state = &keyed->state;
    leat_duration live = keyed->stateful->time_to_live;

    state->value = (leat_bytes){NULL, 0};
    state->is_set = false;
    state->is_removed = false;
    state->timing_out = false;
    state->updated_at = entry->updated_at;
    state->set_at = -1;
    if (entry->value.data == NULL)
        return;
    assert(entry->value.size >= TIME_BYTES);
    state->set_at = leat_time_decode(entry->value.data);
    if (live > 0 && keyed->now - state->set_at > live)
        state->is_removed = true; /* Unless it is set anew. */
    else
        state->value = (leat_bytes){entry->value.data + TIME_BYTES, entry->value.size - TIME_BYTES};
}

leat_status leat_keyed_own(struct leat_keyed *keyed)
{
    struct leat_state *state = &keyed->state;

    if (state->value.data == NULL || state->value.data == state->own.data)
        return LEAT_OK;
    leat_buffer_reset(&state->own);
    if (!leat_buffer_append(&state->own, state->value.data, state->value.size) ||
        !leat_buffer_reserve(&state->own, 1))
        return leat_task_break(keyed->task, LEAT_NO_MEMORY, NULL);
    state->value.data = state->own.data;
    return LEAT_OK;
}

leat_status leat_keyed_load(struct leat_keyed *keyed, uint32_t slot, uint32_t hash, leat_bytes key)
{
    struct leat_state_entry entry = {.updated_at = -1};
    leat_error err = {LEAT_OK, ""};
    leat_status status = leat_store_get(keyed->store, slot, hash, key, &entry, &err);

    if (status != LEAT_OK)
        return leat_keyed_fail(keyed->task, keyed->wide, status, &err);
    leat_keyed_take(keyed, &entry);
    return LEAT_OK;
}

static leat_status put(struct leat_keyed *keyed, uint32_t slot, uint32_t hash, leat_bytes key,
                       leat_error *err)
{
    const struct leat_state *state = &keyed->state;
    char time[TIME_BYTES];

    leat_time_encode(state->set_at, time);
    leat_buffer_reset(&keyed->encoded);
    if (!leat_buffer_append(&keyed->encoded, time, sizeof time) ||
        (state->value.size > 0 &&
         !leat_buffer_append(&keyed->encoded, state->value.data, state->value.size)))
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for %zu bytes", state->value.size);
    return leat_store_put(keyed->store, slot, hash, key,
                          (leat_bytes){keyed->encoded.data, keyed->encoded.size}, keyed->now, err);
}

leat_status leat_keyed_save(struct leat_keyed *keyed, uint32_t slot, uint32_t hash, leat_bytes key,
                            bool touch)
{
    struct leat_state *state = &keyed->state;
    leat_error err = {LEAT_OK, ""};
    leat_status status = LEAT_OK;

    if (state->is_set) {
        state->set_at = keyed->now;
        state->updated_at = keyed->now;
        status = put(keyed, slot, hash, key, &err);
    } else if (state->is_removed) {
        status = leat_store_remove(keyed->store, slot, hash, key, &err);
    } else if (touch && state->value.data != NULL) {
        LEAT_TRY(leat_keyed_own(keyed)); /* The entry may move. */
        state->updated_at = keyed->now;
        status = put(keyed, slot, hash, key, &err);
    }
    return status == LEAT_OK ? LEAT_OK : leat_keyed_fail(keyed->task, keyed->wide, status, &err);
}

void leat_keyed_abandon(struct leat_wide *wide, int32_t partition)
{
    const struct leat_stateful *stateful = wide->rdd->node.stateful;

    for (uint32_t slot = (uint32_t)partition; slot < wide->slots; slot += wide->partitions)
        for (size_t i = 0; i < LEAT_STATEFUL_STORES; i++)
            if (stateful->stores[i] != NULL)
                leat_store_revert_slot(stateful->stores[i], slot);
}
