/*
 * expiry: which keys expire without a record, found without looking at all of them.
 *
 *   LEAT_STORE_EXPIRY    bucket start (8 bytes), key -> empty
 *
 * A key has an entry in the bucket of time that its deadline falls into; an entry is written only
 * when the bucket changes. Each batch looks into the buckets that have begun since the last one,
 * and at those keys' states: an entry says no more than that it is time to look. The first batch
 * after a start looks into all, for timeouts and buckets may have been others, and puts right what
 * it finds; where the last batch had no timeout, it makes entries for all keys before.
 */
#include <string.h>

#include "wide/state.h"

enum { BUCKETS_IN_A_DURATION = 16, BUCKETS_MAX = 256, TIME_BYTES = 8 };

static leat_duration shortest(const struct leat_stateful *stateful)
{
    leat_duration timeout = stateful->timeout;
    leat_duration live = stateful->time_to_live;

    return live > 0 && (timeout == 0 || live < timeout) ? live : timeout;
}

static leat_time bucket_of(const struct leat_stateful *stateful, leat_time time)
{
    leat_duration width = shortest(stateful) / BUCKETS_IN_A_DURATION + 1;

    return time / width * width;
}

leat_time leat_expiry_deadline(const struct leat_keyed *keyed)
{
    const struct leat_stateful *stateful = keyed->stateful;
    leat_time deadline = INT64_MAX;

    if (keyed->state.value.data == NULL)
        return deadline;
    if (stateful->timeout > 0)
        deadline = keyed->state.updated_at + stateful->timeout;
    if (stateful->time_to_live > 0 && keyed->state.set_at + stateful->time_to_live < deadline)
        deadline = keyed->state.set_at + stateful->time_to_live;
    return deadline;
}

/* The entry's key, in keyed's own buffer. */
static leat_status entry_key(struct leat_keyed *keyed, leat_time bucket, leat_bytes key,
                             leat_bytes *out)
{
    char start[TIME_BYTES];
    char is_null = key.data == NULL;

    leat_time_encode(bucket, start);
    leat_buffer_reset(&keyed->encoded);
    if (!leat_buffer_append(&keyed->encoded, start, sizeof start) ||
        !leat_buffer_append(&keyed->encoded, &is_null, 1) ||
        (key.size > 0 && !leat_buffer_append(&keyed->encoded, key.data, key.size)))
        return leat_task_break(keyed->task, LEAT_NO_MEMORY, NULL);
    *out = (leat_bytes){keyed->encoded.data, keyed->encoded.size};
    return LEAT_OK;
}

leat_status leat_expiry_note(struct leat_keyed *keyed, uint32_t slot, leat_bytes key,
                             leat_time old_deadline)
{
    leat_time deadline = leat_expiry_deadline(keyed);
    leat_error err = {LEAT_OK, ""};
    leat_bytes entry;
    leat_status status;

    if (deadline == INT64_MAX || keyed->stateful->stores[LEAT_STORE_EXPIRY] == NULL ||
        (old_deadline != INT64_MAX &&
         bucket_of(keyed->stateful, deadline) == bucket_of(keyed->stateful, old_deadline)))
        return LEAT_OK;
    LEAT_TRY(entry_key(keyed, bucket_of(keyed->stateful, deadline), key, &entry));
    status = leat_store_put(keyed->stateful->stores[LEAT_STORE_EXPIRY], slot, leat_key_hash(entry),
                            entry, leat_string(""), keyed->now, &err);
    return status == LEAT_OK ? LEAT_OK : leat_keyed_fail(keyed->task, keyed->wide, status, &err);
}

/* ---- the sweep ---- */

struct sweep {
    struct leat_keyed *keyed;
    leat_expired_fn expired;
    void *context;
    uint32_t slot;
    struct leat_buffer key; /* A copy: the scan's views do not survive the calls. */
};

static leat_status drop_entry(struct sweep *sweep, leat_bytes entry)
{
    struct leat_keyed *keyed = sweep->keyed;
    leat_error err = {LEAT_OK, ""};
    leat_status status = leat_store_remove(keyed->stateful->stores[LEAT_STORE_EXPIRY], sweep->slot,
                                           leat_key_hash(entry), entry, &err);

    return status == LEAT_OK ? LEAT_OK : leat_keyed_fail(keyed->task, keyed->wide, status, &err);
}

/* Its time has passed: the last call, and the state is gone. */
static leat_status expire(struct sweep *sweep, leat_bytes key)
{
    struct leat_keyed *keyed = sweep->keyed;

    LEAT_TRY(sweep->expired(sweep->context, keyed, key));
    keyed->state.is_set = false;
    keyed->state.is_removed = true;
    return leat_keyed_save(keyed, sweep->slot, leat_key_hash(key), key, false);
}

static bool is_first_sweep(const struct leat_stateful *stateful)
{
    return stateful->last_time < 0;
}

static leat_status look(void *context, leat_bytes entry, const struct leat_state_entry *value)
{
    struct sweep *sweep = context;
    struct leat_keyed *keyed = sweep->keyed;
    bool is_first = is_first_sweep(keyed->stateful);
    leat_time bucket = leat_time_decode(entry.data);
    leat_time deadline;
    leat_bytes copy;
    leat_bytes key;
    bool stop = false;

    (void)value;
    LEAT_TRY(leat_wide_breathe(keyed->task, &stop));
    if (bucket > keyed->now && !is_first)
        return LEAT_OK;
    leat_buffer_reset(&sweep->key);
    if (!leat_buffer_append(&sweep->key, entry.data, entry.size))
        return leat_task_break(keyed->task, LEAT_NO_MEMORY, NULL);
    copy = (leat_bytes){sweep->key.data, sweep->key.size};
    key = (leat_bytes){copy.data + TIME_BYTES + 1, copy.size - TIME_BYTES - 1};
    if (copy.data[TIME_BYTES] != 0)
        key = (leat_bytes){NULL, 0};
    LEAT_TRY(leat_keyed_load(keyed, sweep->slot, leat_key_hash(key), key));
    if (keyed->state.is_removed) /* Its time to live has passed. */
        LEAT_TRY(leat_keyed_save(keyed, sweep->slot, leat_key_hash(key), key, false));
    deadline = leat_expiry_deadline(keyed);
    if (deadline < keyed->now)
        LEAT_TRY(expire(sweep, key));
    else if (deadline != INT64_MAX && bucket_of(keyed->stateful, deadline) == bucket)
        return LEAT_OK;
    else if (is_first) /* Later, the key has its entry there. */
        LEAT_TRY(leat_expiry_note(keyed, sweep->slot, key, INT64_MAX));
    return drop_entry(sweep, copy);
}

static leat_status scan(struct sweep *sweep, struct leat_store *store, leat_bytes prefix,
                        leat_store_visit_fn visit)
{
    struct leat_keyed *keyed = sweep->keyed;
    leat_error err = {LEAT_OK, ""};
    leat_status status = leat_store_scan(store, sweep->slot, prefix, visit, sweep, &err);

    if (status == LEAT_OK || keyed->task->broken != LEAT_OK)
        return status;
    return leat_keyed_fail(keyed->task, keyed->wide, status, &err);
}

static leat_status sweep_bucket(struct sweep *sweep, leat_bytes prefix)
{
    return scan(sweep, sweep->keyed->stateful->stores[LEAT_STORE_EXPIRY], prefix, look);
}

/* ---- keys of a time without expiry ---- */

static leat_status note_key(void *context, leat_bytes key, const struct leat_state_entry *entry)
{
    struct sweep *sweep = context;
    struct leat_keyed *keyed = sweep->keyed;
    leat_bytes copy = {NULL, 0};

    leat_buffer_reset(&sweep->key);
    if (!leat_buffer_append(&sweep->key, key.data, key.size) ||
        !leat_buffer_reserve(&sweep->key, 1))
        return leat_task_break(keyed->task, LEAT_NO_MEMORY, NULL);
    if (key.data != NULL)
        copy = (leat_bytes){sweep->key.data, sweep->key.size};
    leat_keyed_take(keyed, entry);
    if (keyed->state.is_removed) /* Its time to live has passed. */
        return leat_keyed_save(keyed, sweep->slot, leat_key_hash(copy), copy, false);
    return leat_expiry_note(keyed, sweep->slot, copy, INT64_MAX);
}

static leat_status note_all(struct sweep *sweep)
{
    return scan(sweep, sweep->keyed->store, (leat_bytes){"", 0}, note_key);
}

static leat_status sweep_slot(struct sweep *sweep)
{
    const struct leat_keyed *keyed = sweep->keyed;
    leat_time last = keyed->stateful->last_time;
    leat_time end = bucket_of(keyed->stateful, keyed->now);
    leat_duration width = shortest(keyed->stateful) / BUCKETS_IN_A_DURATION + 1;
    bool is_first = is_first_sweep(keyed->stateful);
    leat_time bucket = is_first ? 0 : bucket_of(keyed->stateful, last);

    if (!keyed->stateful->is_noted && !keyed->stateful->is_new)
        LEAT_TRY(note_all(sweep));
    if (is_first || (end - bucket) / width > BUCKETS_MAX)
        return sweep_bucket(sweep, (leat_bytes){"", 0});
    for (; bucket <= end; bucket += width) {
        char prefix[TIME_BYTES];

        leat_time_encode(bucket, prefix);
        LEAT_TRY(sweep_bucket(sweep, (leat_bytes){prefix, sizeof prefix}));
    }
    return LEAT_OK;
}

leat_status leat_expiry_sweep(struct leat_keyed *keyed, int32_t partition, leat_expired_fn expired,
                              void *context)
{
    struct sweep sweep = {.keyed = keyed, .expired = expired, .context = context};
    leat_status status = LEAT_OK;

    if (keyed->stateful->stores[LEAT_STORE_EXPIRY] == NULL)
        return LEAT_OK;
    for (uint32_t slot = (uint32_t)partition; status == LEAT_OK && slot < keyed->wide->slots;
         slot += keyed->wide->partitions) {
        sweep.slot = slot;
        status = sweep_slot(&sweep);
    }
    leat_buffer_release(&sweep.key);
    return status;
}
