/*
 * update: update_state_by_key: the new values of each key meet its state; then, unless only touched
 * keys are wanted, the keys without new values.
 */
#include "wide/sorted.h"
#include "wide/state.h"

struct update {
    struct leat_keyed keyed;
    struct leat_key_groups groups;
    struct leat_iterator values;
    leat_record current;
    bool given; /* The record ahead was given out. */
    bool idle;  /* There are no values. */
};

/* Initial state comes before a key's values: see leat_sorted_open. */
enum { INITIAL, VALUES };

static leat_status move_on(struct update *update)
{
    if (!update->given)
        return LEAT_OK;
    update->given = false;
    return leat_key_groups_step(&update->groups);
}

static const leat_record *next_value(struct leat_iterator *iterator)
{
    struct update *update = iterator->context;

    if (update->idle || move_on(update) != LEAT_OK || !leat_key_groups_has(&update->groups, VALUES))
        return NULL;
    update->current = (leat_record){.key = leat_key_groups_key(&update->groups),
                                    .value = update->groups.ahead.value,
                                    .timestamp_ms = update->groups.ahead.timestamp_ms,
                                    .offset = -1};
    update->given = true;
    return &update->current;
}

/* Calls the function for key, whose state is taken, and puts the state out. */
static leat_status call(struct update *update, uint32_t slot, uint32_t hash, leat_bytes key)
{
    struct leat_keyed *keyed = &update->keyed;
    leat_task *task = keyed->task;
    const struct leat_node *node = &keyed->wide->rdd->node;
    leat_time old_deadline = leat_expiry_deadline(keyed);
    leat_record out = {.offset = -1, .timestamp_ms = keyed->now};
    leat_status status;

    task->has_key = true;
    task->key_in_work = key;
    status = node->fn.update(task, key, &update->values, &keyed->state, node->user);
    status = leat_task_end_call(task, status);
    if (status != LEAT_OK)
        return leat_step_failed(task->root, NULL, status);
    LEAT_TRY(leat_keyed_save(keyed, slot, hash, key,
                             !update->idle && !keyed->stateful->touched_keys_only));
    LEAT_TRY(leat_expiry_note(keyed, slot, key, old_deadline));
    out.key = key;
    out.value = keyed->state.value;
    if (out.value.data == NULL)
        return LEAT_OK;
    status = leat_emit_record(&task->root->emitter, &out);
    return status == LEAT_OK ? LEAT_OK : leat_step_failed(task->root, NULL, status);
}

/* ---- keys with new values ---- */

static leat_status take_initial(struct update *update)
{
    while (leat_key_groups_has(&update->groups, INITIAL)) {
        leat_bytes value = update->groups.ahead.value;
        leat_status status =
            value.data == NULL ? LEAT_OK : leat_state_set(&update->keyed.state, value);

        if (status != LEAT_OK)
            return leat_step_failed(update->keyed.task->root, NULL, status);
        LEAT_TRY(leat_key_groups_step(&update->groups));
    }
    return LEAT_OK;
}

static leat_status update_key(struct update *update)
{
    struct leat_key_groups *groups = &update->groups;
    uint32_t hash = groups->hash;
    uint32_t slot = leat_keyed_slot(&update->keyed, hash);
    leat_bytes key = leat_key_groups_key(groups);

    LEAT_TRY(leat_keyed_load(&update->keyed, slot, hash, key));
    LEAT_TRY(take_initial(update));
    if (!leat_key_groups_has(groups, VALUES)) {
        LEAT_TRY(leat_keyed_save(&update->keyed, slot, hash, key, false));
        LEAT_TRY(leat_expiry_note(&update->keyed, slot, key, INT64_MAX));
        if (update->keyed.stateful->touched_keys_only)
            return LEAT_OK;
        LEAT_TRY(leat_keyed_load(&update->keyed, slot, hash, key));
    }
    LEAT_TRY(call(update, slot, hash, key));
    LEAT_TRY(move_on(update));
    while (leat_key_groups_has(groups, -1))
        LEAT_TRY(leat_key_groups_step(groups));
    return LEAT_OK;
}

static leat_status update_touched(struct update *update, struct leat_sorter *sorter)
{
    bool stop = false;

    LEAT_TRY(leat_key_groups_begin(&update->groups, update->keyed.task, sorter));
    while (!update->groups.done) { /* Whoever has enough: the state goes on. */
        LEAT_TRY(leat_key_groups_enter(&update->groups));
        LEAT_TRY(update_key(update));
        LEAT_TRY(leat_wide_breathe(update->keyed.task, &stop));
    }
    return LEAT_OK;
}

/* ---- keys without ---- */

struct idle {
    struct update *update;
    uint32_t slot;
    struct leat_buffer key; /* A copy: the scan's view does not survive the call. */
};

static leat_status update_idle_key(void *context, leat_bytes key,
                                   const struct leat_state_entry *entry)
{
    struct idle *idle = context;
    struct leat_keyed *keyed = &idle->update->keyed;
    leat_bytes copy = {NULL, 0};
    bool stop = false;

    LEAT_TRY(leat_wide_breathe(keyed->task, &stop));
    if (entry->updated_at == keyed->now) /* It had values. */
        return LEAT_OK;
    leat_buffer_reset(&idle->key);
    if (key.data != NULL) {
        if (!leat_buffer_append(&idle->key, key.data, key.size) ||
            !leat_buffer_reserve(&idle->key, 1))
            return leat_task_break(keyed->task, LEAT_NO_MEMORY, NULL);
        copy = (leat_bytes){idle->key.data, idle->key.size};
    }
    leat_keyed_take(keyed, entry); /* Not loaded: the memory would fill with untouched keys. */
    LEAT_TRY(leat_keyed_own(keyed));
    if (keyed->state.value.data == NULL)
        return leat_keyed_save(keyed, idle->slot, leat_key_hash(copy), copy, false);
    return call(idle->update, idle->slot, leat_key_hash(copy), copy);
}

static leat_status update_idle(struct update *update)
{
    const struct leat_wide *wide = update->keyed.wide;
    leat_task *task = update->keyed.task;
    struct idle idle = {.update = update};
    leat_error err = {LEAT_OK, ""};
    leat_status status = LEAT_OK;

    update->idle = true;
    for (uint32_t slot = (uint32_t)task->root->partition; status == LEAT_OK && slot < wide->slots;
         slot += wide->partitions) {
        idle.slot = slot;
        status = leat_store_scan(update->keyed.store, slot, (leat_bytes){"", 0}, update_idle_key,
                                 &idle, &err);
    }
    leat_buffer_release(&idle.key);
    if (status == LEAT_OK || task->broken != LEAT_OK)
        return status;
    return leat_keyed_fail(task, wide, status, &err);
}

static leat_status forget(void *context, struct leat_keyed *keyed, leat_bytes key)
{
    (void)context;
    (void)keyed;
    (void)key;
    return LEAT_OK;
}

static leat_status run_all(struct update *update, struct leat_sorter *sorter)
{
    LEAT_TRY(update_touched(update, sorter));
    if (!update->keyed.stateful->touched_keys_only)
        return update_idle(update);
    return leat_expiry_sweep(&update->keyed, update->keyed.task->root->partition, forget, NULL);
}

static leat_status run(struct leat_task *task, struct leat_wide *wide)
{
    struct update update = {.idle = false};
    struct leat_sorter *sorter;
    leat_status status;

    LEAT_TRY(leat_sorted_open(task, wide, &sorter));
    leat_keyed_init(&update.keyed, task, wide);
    update.values =
        (struct leat_iterator){.step = task->root, .pull = next_value, .context = &update};
    status = run_all(&update, sorter);
    task->has_key = false;
    leat_key_groups_release(&update.groups);
    leat_keyed_release(&update.keyed);
    leat_sorter_destroy(sorter);
    return status;
}

const struct leat_wide_ops leat_update_ops = {
    .by_slot = true, .right_first = true, .run = run, .abandon = leat_keyed_abandon};
