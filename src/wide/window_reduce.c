/*
 * window_reduce: reduce_by_key_and_window and its kin: each batch's values are combined by key to
 * one pane value; a slide costs the panes that come and go.
 *
 * With an inverse the key's running value takes new pane values in and old ones out. Without one it
 * is two stacks: pane values since the last flip are combined to the back; before it, each pane
 * holds the combination of itself and all later ones up to the flip, so the oldest one there is the
 * front. When the front is used up, the back's panes are flipped: each pane is visited once more.
 *
 *   LEAT_STORE_STATE     key -> running: head, value (the back) unless there is none
 *   LEAT_STORE_EXPIRY    pane time, key -> i64 link, value. link: the key's pane before it; once
 *                        flipped, the one after it
 *
 * A value is a byte that says whether it is null, and its bytes.
 */
#include <string.h>

#include "base/memory.h"
#include "wide/operators.h"
#include "wide/panes.h"

enum { TIME_BYTES = 8 };

/* What a running value begins with. */
struct head {
    int64_t panes;  /* Of the key in the window. */
    int64_t newest; /* Pane time; -1: none since the flip. */
    int64_t front;  /* Pane time of the oldest flipped one; -1: none. */
};

struct window {
    struct leat_keyed keyed;
    struct leat_aggregator *aggregator;
    uint32_t slot;
    struct head head;         /* Of the key in work. */
    struct leat_buffer value; /* Its running value. */
    bool has_value;
    struct leat_buffer key;
    bool key_is_null;
    struct leat_buffer entry; /* A pane entry's name. */
    struct leat_buffer pane;  /* A pane entry's content. */
    bool any;
};

static leat_status no_memory(struct window *window)
{
    return leat_task_break(window->keyed.task, LEAT_NO_MEMORY, NULL);
}

static leat_bytes key_of(const struct window *window)
{
    if (window->key_is_null)
        return (leat_bytes){NULL, 0};
    return (leat_bytes){window->key.data, window->key.size};
}

static leat_status set_key(struct window *window, leat_bytes key)
{
    window->key_is_null = key.data == NULL;
    leat_buffer_reset(&window->key);
    if ((key.size > 0 && !leat_buffer_append(&window->key, key.data, key.size)) ||
        !leat_buffer_reserve(&window->key, 1))
        return no_memory(window);
    window->keyed.task->has_key = true;
    window->keyed.task->key_in_work = key_of(window);
    return LEAT_OK;
}

static leat_status failed(struct window *window, leat_status status)
{
    return leat_step_failed(window->keyed.task->root, NULL, status);
}

static bool append_value(struct leat_buffer *out, leat_bytes value)
{
    return leat_buffer_append_char(out, value.data != NULL) &&
           (value.size == 0 || leat_buffer_append(out, value.data, value.size));
}

static leat_bytes read_value(const char *bytes, size_t size)
{
    if (bytes[0] == 0)
        return (leat_bytes){NULL, 0};
    return (leat_bytes){bytes + 1, size - 1};
}

/* Combines value into `into` by fn; the first value is copied. */
static leat_status combine(struct window *window, leat_reduce_fn fn, struct leat_buffer *into,
                           bool *has, leat_bytes value)
{
    leat_task *task = window->keyed.task;
    leat_status status;

    if (!*has)
        status = leat_buffer_set(into, value);
    else
        status = fn(task, into, value, window->keyed.wide->rdd->node.combiner.user);
    *has = true;
    status = leat_task_end_call(task, status);
    return status == LEAT_OK ? LEAT_OK : failed(window, status);
}

/* ---- the running value ---- */

/* Makes the running value what entry says. */
static leat_status take(struct window *window, const struct leat_state_entry *entry)
{
    window->head = (struct head){.newest = -1, .front = -1};
    window->has_value = false;
    if (entry->value.data == NULL)
        return LEAT_OK;
    memcpy(&window->head, entry->value.data, sizeof window->head);
    window->has_value = entry->value.size > sizeof window->head;
    if (!window->has_value ||
        leat_buffer_set(&window->value, read_value(entry->value.data + sizeof window->head,
                                                   entry->value.size - sizeof window->head)) ==
            LEAT_OK)
        return LEAT_OK;
    return no_memory(window);
}

static leat_status load(struct window *window)
{
    struct leat_keyed *keyed = &window->keyed;
    struct leat_state_entry entry = {.updated_at = -1};
    leat_bytes key = key_of(window);
    leat_error err = {LEAT_OK, ""};
    leat_status status =
        leat_store_get(keyed->store, window->slot, leat_key_hash(key), key, &entry, &err);

    if (status != LEAT_OK)
        return leat_keyed_fail(keyed->task, keyed->wide, status, &err);
    return take(window, &entry);
}

static leat_status save(struct window *window)
{
    struct leat_keyed *keyed = &window->keyed;
    leat_bytes key = key_of(window);
    leat_error err = {LEAT_OK, ""};
    leat_status status;

    if (window->head.panes == 0) {
        status = leat_store_remove(keyed->store, window->slot, leat_key_hash(key), key, &err);
        return status == LEAT_OK ? LEAT_OK
                                 : leat_keyed_fail(keyed->task, keyed->wide, status, &err);
    }
    leat_buffer_reset(&keyed->encoded);
    if (!leat_buffer_append(&keyed->encoded, &window->head, sizeof window->head) ||
        (window->has_value && !append_value(&keyed->encoded, leat_buffer_view(&window->value))))
        return no_memory(window);
    status =
        leat_store_put(keyed->store, window->slot, leat_key_hash(key), key,
                       (leat_bytes){keyed->encoded.data, keyed->encoded.size}, keyed->now, &err);
    return status == LEAT_OK ? LEAT_OK : leat_keyed_fail(keyed->task, keyed->wide, status, &err);
}

/* ---- pane values ---- */

static leat_status name_entry(struct window *window, leat_time time, leat_bytes *out)
{
    char bytes[TIME_BYTES];
    leat_bytes key = key_of(window);

    leat_time_encode(time, bytes);
    leat_buffer_reset(&window->entry);
    if (!leat_buffer_append(&window->entry, bytes, sizeof bytes) ||
        !leat_buffer_append_char(&window->entry, key.data == NULL) ||
        (key.size > 0 && !leat_buffer_append(&window->entry, key.data, key.size)))
        return no_memory(window);
    *out = (leat_bytes){window->entry.data, window->entry.size};
    return LEAT_OK;
}

static leat_status put_pane(struct window *window, leat_time time, int64_t link, leat_bytes value)
{
    leat_bytes entry;

    LEAT_TRY(name_entry(window, time, &entry));
    leat_buffer_reset(&window->pane);
    if (!leat_buffer_append(&window->pane, &link, sizeof link) ||
        !append_value(&window->pane, value))
        return no_memory(window);
    return leat_panes_put(&window->keyed, window->slot, entry,
                          (leat_bytes){window->pane.data, window->pane.size});
}

static leat_status read_pane(struct window *window, const struct leat_state_entry *entry,
                             int64_t *out_link, leat_bytes *out_value)
{
    leat_error err;

    if (entry->value.size <= sizeof *out_link) {
        leat_fail(&err, LEAT_CORRUPT, "the window has lost a pane");
        return leat_keyed_fail(window->keyed.task, window->keyed.wide, LEAT_CORRUPT, &err);
    }
    memcpy(out_link, entry->value.data, sizeof *out_link);
    *out_value =
        read_value(entry->value.data + sizeof *out_link, entry->value.size - sizeof *out_link);
    return LEAT_OK;
}

/* The key's pane value of that time; views live until the slot's next call. */
static leat_status get_pane(struct window *window, leat_time time, int64_t *out_link,
                            leat_bytes *out_value)
{
    struct leat_state_entry entry;
    leat_bytes name;

    LEAT_TRY(name_entry(window, time, &name));
    LEAT_TRY(leat_panes_get(&window->keyed, window->slot, name, &entry));
    return read_pane(window, &entry, out_link, out_value);
}

/* ---- what comes ---- */

static leat_status take_in(struct window *window, const struct leat_aggregate *one)
{
    struct leat_keyed *keyed = &window->keyed;

    window->slot = leat_keyed_slot(keyed, leat_key_hash(one->key));
    LEAT_TRY(set_key(window, one->key));
    LEAT_TRY(leat_panes_note(keyed, window->slot));
    LEAT_TRY(load(window));
    LEAT_TRY(put_pane(window, keyed->now, window->head.newest, one->value));
    LEAT_TRY(combine(window, keyed->wide->rdd->node.combiner.merge_combiners, &window->value,
                     &window->has_value, one->value));
    window->head.newest = keyed->now;
    window->head.panes++;
    return save(window);
}

static leat_status read_batch(struct window *window)
{
    leat_task *task = window->keyed.task;
    struct leat_aggregate one;
    leat_error err = {LEAT_OK, ""};
    bool done = false;

    LEAT_TRY(leat_combine_read(task, window->keyed.wide, window->aggregator));
    for (;;) {
        leat_status status = leat_aggregator_next(window->aggregator, &one, &done, &err);

        if (status != LEAT_OK)
            return leat_wide_fail(task, status, &err);
        if (done)
            return LEAT_OK;
        LEAT_TRY(take_in(window, &one));
    }
}

/* ---- what goes ---- */

/* The back becomes the front: each pane holds what it and all after it come to. */
static leat_status flip(struct window *window)
{
    leat_reduce_fn merge = window->keyed.wide->rdd->node.combiner.merge_combiners;
    struct leat_buffer sum = {0};
    bool has_sum = false;
    int64_t time = window->head.newest;
    int64_t after = -1;
    leat_status status = LEAT_OK;

    while (status == LEAT_OK && time >= 0) {
        int64_t before;
        leat_bytes value;

        status = get_pane(window, time, &before, &value);
        if (status == LEAT_OK)
            status = combine(window, merge, &sum, &has_sum, value);
        if (status == LEAT_OK)
            status = put_pane(window, time, after, leat_buffer_view(&sum));
        window->head.front = time;
        after = time;
        time = before;
    }
    leat_buffer_release(&sum);
    window->has_value = false;
    window->head.newest = -1;
    return status;
}

/* entry: the pane's, as it was before a flip. */
static leat_status take_out_of_stacks(struct window *window, leat_time time,
                                      const struct leat_state_entry *entry)
{
    bool is_flipped = window->head.front >= 0;
    int64_t next;
    leat_bytes value;

    if (is_flipped) {
        LEAT_TRY(read_pane(window, entry, &next, &value));
    } else {
        LEAT_TRY(flip(window));
        LEAT_TRY(get_pane(window, time, &next, &value));
    }
    window->head.front = next;
    return LEAT_OK;
}

static leat_status take_out(void *context, leat_bytes name, const struct leat_state_entry *entry)
{
    struct window *window = context;
    struct leat_keyed *keyed = &window->keyed;
    leat_time time = leat_time_decode(name.data);
    leat_bytes key = {name.data + TIME_BYTES + 1, name.size - TIME_BYTES - 1};
    leat_bytes value;
    int64_t link;
    bool stop = false;

    LEAT_TRY(leat_wide_breathe(keyed->task, &stop));
    if (name.data[TIME_BYTES] != 0)
        key = (leat_bytes){NULL, 0};
    LEAT_TRY(set_key(window, key));
    LEAT_TRY(load(window));
    if (keyed->stateful->inverse == NULL) {
        LEAT_TRY(take_out_of_stacks(window, time, entry));
    } else if (window->head.panes > 1) {
        LEAT_TRY(read_pane(window, entry, &link, &value));
        LEAT_TRY(
            combine(window, keyed->stateful->inverse, &window->value, &window->has_value, value));
    }
    window->head.panes--;
    LEAT_TRY(name_entry(window, time, &value));
    LEAT_TRY(leat_panes_remove(keyed, window->slot, value));
    return save(window);
}

static leat_status expire(struct window *window)
{
    leat_time start = window->keyed.now - window->keyed.stateful->length;
    leat_time *times;
    size_t count;
    leat_status status = LEAT_OK;

    LEAT_TRY(leat_panes_times(&window->keyed, window->slot, &times, &count));
    for (size_t i = 0; status == LEAT_OK && i < count && times[i] <= start; i++) {
        status = leat_panes_scan(&window->keyed, window->slot, times[i], take_out, window);
        if (status == LEAT_OK)
            status = leat_panes_drop(&window->keyed, window->slot, times[i]);
    }
    leat_free(times);
    return status;
}

/* ---- what is put out ---- */

/* front and back together, in window->value. */
static leat_status make_value(struct window *window)
{
    leat_bytes value;
    int64_t link;

    if (window->head.front < 0)
        return LEAT_OK;
    LEAT_TRY(get_pane(window, window->head.front, &link, &value));
    return combine(window, window->keyed.wide->rdd->node.combiner.merge_combiners, &window->value,
                   &window->has_value, value);
}

static leat_status put_out(void *context, leat_bytes key, const struct leat_state_entry *entry)
{
    struct window *window = context;
    const struct leat_stateful *stateful = window->keyed.stateful;
    leat_task *task = window->keyed.task;
    leat_record record = {.offset = -1, .timestamp_ms = window->keyed.now};
    bool keep = true;
    bool stop = false;
    leat_status status = LEAT_OK;

    LEAT_TRY(leat_wide_breathe(task, &stop));
    LEAT_TRY(set_key(window, key));
    LEAT_TRY(take(window, entry)); /* Not loaded: the memory would fill with keys only read. */
    LEAT_TRY(make_value(window));
    record.key = key_of(window);
    record.value = leat_buffer_view(&window->value);
    if (stateful->filter != NULL)
        status =
            leat_task_end_call(task, stateful->filter(task, &record, &keep, stateful->filter_user));
    if (status == LEAT_OK && keep)
        status = leat_emit_record(&task->root->emitter, &record);
    window->any |= keep;
    return status == LEAT_OK ? LEAT_OK : failed(window, status);
}

static leat_status put_out_slot(struct window *window)
{
    struct leat_keyed *keyed = &window->keyed;
    leat_error err = {LEAT_OK, ""};
    leat_status status =
        leat_store_scan(keyed->store, window->slot, (leat_bytes){"", 0}, put_out, window, &err);

    if (status == LEAT_OK || keyed->task->broken != LEAT_OK)
        return status;
    return leat_keyed_fail(keyed->task, keyed->wide, status, &err);
}

/* A count has a value for an empty window, too. */
static leat_status put_out_zero(struct window *window)
{
    static const int64_t zero = 0;
    leat_record record = {.offset = -1, .timestamp_ms = window->keyed.now};
    leat_status status;

    record.value = (leat_bytes){(const char *)&zero, sizeof zero};
    status = leat_emit_record(&window->keyed.task->root->emitter, &record);
    return status == LEAT_OK ? LEAT_OK : failed(window, status);
}

static leat_status run_slots(struct window *window, bool due)
{
    const struct leat_wide *wide = window->keyed.wide;

    LEAT_TRY(read_batch(window));
    for (uint32_t slot = (uint32_t)window->keyed.task->root->partition; slot < wide->slots;
         slot += wide->partitions) {
        window->slot = slot;
        LEAT_TRY(expire(window));
        if (due)
            LEAT_TRY(put_out_slot(window));
    }
    if (due && !window->any && wide->rdd->node.keying == LEAT_KEYING_NULL_ONE)
        return put_out_zero(window);
    return LEAT_OK;
}

static leat_status run(struct leat_task *task, struct leat_wide *wide)
{
    const struct leat_batch_options *options = leat_batch_options(task->batch);
    struct leat_aggregator_options aggregator = {.combiner = wide->rdd->node.combiner,
                                                 .task = task,
                                                 .budget = &task->batch->budget,
                                                 .spill = task->batch->spill};
    struct window window = {.slot = 0};
    leat_error err = {LEAT_OK, ""};
    leat_status status = leat_aggregator_create(&aggregator, &window.aggregator, &err);

    if (status != LEAT_OK)
        return leat_wide_fail(task, status, &err);
    leat_keyed_init(&window.keyed, task, wide);
    status = run_slots(&window, leat_stateful_is_due(window.keyed.stateful, options->last_time,
                                                     options->time, options->interval));
    task->has_key = false;
    leat_aggregator_destroy(window.aggregator);
    leat_buffer_release(&window.value);
    leat_buffer_release(&window.key);
    leat_buffer_release(&window.entry);
    leat_buffer_release(&window.pane);
    leat_keyed_release(&window.keyed);
    return status;
}

const struct leat_wide_ops leat_window_reduce_ops = {
    .by_slot = true, .combines = true, .run = run, .abandon = leat_keyed_abandon};
