/* panes: see panes.h. */
#include "wide/panes.h"

#include <stdlib.h>

#include "base/memory.h"

enum { TIME_BYTES = 8 };

static leat_status done(struct leat_keyed *keyed, leat_status status, const leat_error *err)
{
    if (status == LEAT_OK || keyed->task->broken != LEAT_OK)
        return status;
    return leat_keyed_fail(keyed->task, keyed->wide, status, err);
}

leat_status leat_panes_note(struct leat_keyed *keyed, uint32_t slot)
{
    char time[TIME_BYTES];
    leat_bytes key = {time, sizeof time};
    leat_error err = {LEAT_OK, ""};

    leat_time_encode(keyed->now, time);
    return done(keyed,
                leat_store_put(keyed->stateful->stores[LEAT_STORE_TIMES], slot, leat_key_hash(key),
                               key, leat_string(""), keyed->now, &err),
                &err);
}

struct times {
    leat_time *times; /* Owned. */
    size_t count;
    size_t capacity;
};

static leat_status add_time(void *context, leat_bytes key, const struct leat_state_entry *entry)
{
    struct times *times = context;

    (void)entry;
    if (times->count == times->capacity) {
        size_t capacity = times->capacity == 0 ? 16 : times->capacity * 2;
        leat_time *grown = leat_grow(times->times, capacity, sizeof *grown);

        if (grown == NULL)
            return LEAT_NO_MEMORY;
        times->times = grown;
        times->capacity = capacity;
    }
    times->times[times->count++] = leat_time_decode(key.data);
    return LEAT_OK;
}

static int by_time(const void *left, const void *right)
{
    leat_time a = *(const leat_time *)left;
    leat_time b = *(const leat_time *)right;

    return a < b ? -1 : a > b;
}

leat_status leat_panes_times(struct leat_keyed *keyed, uint32_t slot, leat_time **out_times,
                             size_t *out_count)
{
    struct times times = {.count = 0};
    leat_error err = {LEAT_NO_MEMORY, "no memory for the times of its panes"};
    leat_status status = leat_store_scan(keyed->stateful->stores[LEAT_STORE_TIMES], slot,
                                         (leat_bytes){"", 0}, add_time, &times, &err);

    if (status != LEAT_OK) {
        leat_free(times.times);
        return done(keyed, status, &err);
    }
    if (times.count > 1)
        qsort(times.times, times.count, sizeof *times.times, by_time);
    *out_times = times.times;
    *out_count = times.count;
    return LEAT_OK;
}

leat_status leat_panes_drop(struct leat_keyed *keyed, uint32_t slot, leat_time time)
{
    char bytes[TIME_BYTES];
    leat_bytes key = {bytes, sizeof bytes};
    leat_error err = {LEAT_OK, ""};

    leat_time_encode(time, bytes);
    return done(keyed,
                leat_store_remove(keyed->stateful->stores[LEAT_STORE_TIMES], slot,
                                  leat_key_hash(key), key, &err),
                &err);
}

leat_status leat_panes_put(struct leat_keyed *keyed, uint32_t slot, leat_bytes entry,
                           leat_bytes value)
{
    leat_error err = {LEAT_OK, ""};

    return done(keyed,
                leat_store_put(keyed->stateful->stores[LEAT_STORE_EXPIRY], slot,
                               leat_key_hash(entry), entry, value, keyed->now, &err),
                &err);
}

leat_status leat_panes_get(struct leat_keyed *keyed, uint32_t slot, leat_bytes entry,
                           struct leat_state_entry *out)
{
    leat_error err = {LEAT_OK, ""};

    return done(keyed,
                leat_store_get(keyed->stateful->stores[LEAT_STORE_EXPIRY], slot,
                               leat_key_hash(entry), entry, out, &err),
                &err);
}

leat_status leat_panes_remove(struct leat_keyed *keyed, uint32_t slot, leat_bytes entry)
{
    leat_error err = {LEAT_OK, ""};

    return done(keyed,
                leat_store_remove(keyed->stateful->stores[LEAT_STORE_EXPIRY], slot,
                                  leat_key_hash(entry), entry, &err),
                &err);
}

leat_status leat_panes_scan(struct leat_keyed *keyed, uint32_t slot, leat_time time,
                            leat_store_visit_fn visit, void *context)
{
    char prefix[TIME_BYTES];
    leat_error err = {LEAT_OK, ""};

    leat_time_encode(time, prefix);
    return done(keyed,
                leat_store_scan(keyed->stateful->stores[LEAT_STORE_EXPIRY], slot,
                                (leat_bytes){prefix, sizeof prefix}, visit, context, &err),
                &err);
}
