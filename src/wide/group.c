/*
 * group: group_by_key and cogroup: a function is given all values of a key, from one side or two.
 *
 * Records come by key, then side, so a side's values are streamed from the sorter, however many. A
 * function that asks for the right side before the left one has ended has the rest of the left one
 * put aside.
 */
#include "wide/sorted.h"

enum { LEFT, RIGHT, NONE };

struct group {
    struct leat_task *task;
    struct leat_key_groups keys;
    int given;               /* Whose record waits in keys.ahead though it was given out already. */
    leat_record current[2];  /* Last given out, by side. */
    struct leat_buffer held; /* The left one, copied when the sorter moves on. */
    struct leat_iterator sides[2];
    bool has_aside;
    struct leat_record_list aside; /* What is left of the left side. */
    struct leat_record_reader aside_reader;
    struct leat_chunk aside_chunk;
    size_t aside_next;
};

static const leat_record *give(struct group *group, int side, const leat_record *record)
{
    group->current[side] = *record;
    group->task->root->emitter.input = &group->current[side];
    return &group->current[side];
}

/* A record given out stays until its side's next call: only then the sorter moves. */
static leat_status move_on(struct group *group)
{
    if (group->given == NONE)
        return LEAT_OK;
    group->given = NONE;
    return leat_key_groups_step(&group->keys);
}

static const leat_record *next_ahead(struct group *group, int side)
{
    leat_record record;

    if (move_on(group) != LEAT_OK || !leat_key_groups_has(&group->keys, side))
        return NULL;
    record = leat_key_groups_record(&group->keys);
    group->given = side;
    return give(group, side, &record);
}

/* ---- the left side, put aside ---- */

static leat_status put_aside(struct group *group)
{
    group->has_aside = true;
    group->aside_next = 0;
    leat_record_list_init(&group->aside, &group->task->batch->budget, group->task->batch->spill);
    leat_chunk_init(&group->aside_chunk);
    leat_record_reader_init(&group->aside_reader, &group->aside);
    LEAT_TRY(leat_key_groups_keep(&group->keys, LEFT, &group->aside));
    leat_record_reader_init(&group->aside_reader, &group->aside);
    return LEAT_OK;
}

static void drop_aside(struct group *group)
{
    if (!group->has_aside)
        return;
    leat_record_reader_release(&group->aside_reader);
    leat_chunk_release(&group->aside_chunk);
    leat_record_list_release(&group->aside);
    group->has_aside = false;
}

static const leat_record *next_aside(struct group *group)
{
    enum { RECORDS = 64 };
    leat_error err = {LEAT_OK, ""};
    leat_status status;

    if (group->aside_next == group->aside_chunk.count) {
        group->aside_next = 0;
        status = leat_record_reader_read(&group->aside_reader, RECORDS, &group->aside_chunk, &err);
        if (status != LEAT_OK)
            (void)leat_wide_fail(group->task, status, &err);
        if (status != LEAT_OK || group->aside_chunk.count == 0)
            return NULL;
    }
    return give(group, LEFT, &group->aside_chunk.records[group->aside_next++]);
}

/* ---- the iterators ---- */

static const leat_record *next_left(struct leat_iterator *iterator)
{
    struct group *group = iterator->context;

    if (group->has_aside)
        return next_aside(group);
    return group->given == RIGHT ? NULL : next_ahead(group, LEFT);
}

/* The left record given out last stays until the left side's next call. */
static leat_status hold_left(struct group *group)
{
    leat_bytes *value = &group->current[LEFT].value;

    if (group->given != LEFT || value->data == NULL)
        return LEAT_OK;
    leat_buffer_reset(&group->held);
    if (!leat_buffer_append(&group->held, value->data, value->size) ||
        !leat_buffer_reserve(&group->held, 1))
        return leat_task_break(group->task, LEAT_NO_MEMORY, NULL);
    value->data = group->held.data;
    return LEAT_OK;
}

static const leat_record *next_right(struct leat_iterator *iterator)
{
    struct group *group = iterator->context;

    if (hold_left(group) != LEAT_OK || move_on(group) != LEAT_OK)
        return NULL;
    if (!group->has_aside && leat_key_groups_has(&group->keys, LEFT) && put_aside(group) != LEAT_OK)
        return NULL;
    return next_ahead(group, RIGHT);
}

static void init_iterators(struct group *group)
{
    group->sides[LEFT] =
        (struct leat_iterator){.step = group->task->root, .pull = next_left, .context = group};
    group->sides[RIGHT] =
        (struct leat_iterator){.step = group->task->root, .pull = next_right, .context = group};
}

/* ---- the run ---- */

static leat_status call(struct group *group, const struct leat_node *node)
{
    struct leat_task *task = group->task;
    struct leat_emitter *out = &task->root->emitter;
    leat_bytes key = leat_key_groups_key(&group->keys);
    leat_status status;

    task->has_key = true;
    task->key_in_work = key;
    out->input = NULL;
    if (node->kind == LEAT_OPERATOR_GROUP_BY_KEY)
        status = node->fn.group(task, key, &group->sides[LEFT], out, node->user);
    else
        status =
            node->fn.cogroup(task, key, &group->sides[LEFT], &group->sides[RIGHT], out, node->user);
    status = leat_task_end_call(task, status);
    out->input = NULL;
    return status == LEAT_OK ? LEAT_OK : leat_step_failed(task->root, NULL, status);
}

/* What the function did not ask for. */
static leat_status skip_rest(struct group *group)
{
    LEAT_TRY(move_on(group));
    while (leat_key_groups_has(&group->keys, -1))
        LEAT_TRY(leat_key_groups_step(&group->keys));
    return LEAT_OK;
}

static leat_status run_groups(struct group *group, const struct leat_node *node,
                              struct leat_sorter *sorter)
{
    bool stop = false;

    LEAT_TRY(leat_key_groups_begin(&group->keys, group->task, sorter));
    while (!group->keys.done && !stop) {
        leat_status status;

        LEAT_TRY(leat_key_groups_enter(&group->keys));
        status = call(group, node);
        if (status == LEAT_OK)
            status = skip_rest(group);
        drop_aside(group);
        LEAT_TRY(status);
        LEAT_TRY(leat_wide_breathe(group->task, &stop));
    }
    return LEAT_OK;
}

static leat_status run(struct leat_task *task, struct leat_wide *wide)
{
    struct group group = {.task = task, .given = NONE};
    struct leat_sorter *sorter;
    leat_status status;

    LEAT_TRY(leat_sorted_open(task, wide, &sorter));
    init_iterators(&group);
    status = run_groups(&group, &wide->rdd->node, sorter);
    task->has_key = false;
    leat_key_groups_release(&group.keys);
    leat_buffer_release(&group.held);
    leat_sorter_destroy(sorter);
    return status;
}

const struct leat_wide_ops leat_group_ops = {.run = run};
