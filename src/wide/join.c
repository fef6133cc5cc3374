/*
 * join: inner and outer joins: a function is given each pair of a left and a right value of a key.
 *
 * The left values of a key are kept, in memory and beyond it on disk, and gone through for each
 * right one, which are streamed.
 */
#include "wide/sorted.h"

enum { LEFT, RIGHT, CHUNK_RECORDS = 256 };

struct join {
    struct leat_task *task;
    const struct leat_node *node;
    struct leat_key_groups keys;
    struct leat_record_list left;
};

static bool keeps_left(enum leat_operator kind)
{
    return kind == LEAT_OPERATOR_LEFT_OUTER_JOIN || kind == LEAT_OPERATOR_FULL_OUTER_JOIN;
}

static bool keeps_right(enum leat_operator kind)
{
    return kind == LEAT_OPERATOR_RIGHT_OUTER_JOIN || kind == LEAT_OPERATOR_FULL_OUTER_JOIN;
}

static leat_status call(struct join *join, const leat_record *left, const leat_record *right)
{
    struct leat_task *task = join->task;
    struct leat_emitter *out = &task->root->emitter;
    leat_status status;

    out->input = left != NULL ? left : right;
    status = join->node->fn.join(task, left, right, out, join->node->user);
    status = leat_task_end_call(task, status);
    out->input = NULL;
    return status == LEAT_OK ? LEAT_OK : leat_step_failed(task->root, NULL, status);
}

/* Each left value with right, which may be NULL. */
static leat_status pair_all(struct join *join, const leat_record *right)
{
    struct leat_record_reader reader;
    struct leat_chunk chunk;
    leat_error err = {LEAT_OK, ""};
    leat_status status;
    bool stop = false;

    leat_record_reader_init(&reader, &join->left);
    leat_chunk_init(&chunk);
    do {
        status = leat_record_reader_read(&reader, CHUNK_RECORDS, &chunk, &err);
        if (status != LEAT_OK)
            status = leat_wide_fail(join->task, status, &err);
        for (size_t i = 0; status == LEAT_OK && i < chunk.count; i++)
            status = call(join, &chunk.records[i], right);
        if (status == LEAT_OK)
            status = leat_wide_breathe(join->task, &stop);
    } while (status == LEAT_OK && chunk.count > 0 && !stop);
    leat_chunk_release(&chunk);
    leat_record_reader_release(&reader);
    return status;
}

static leat_status join_key(struct join *join)
{
    bool has_right;

    LEAT_TRY(leat_key_groups_enter(&join->keys));
    join->task->has_key = true;
    join->task->key_in_work = leat_key_groups_key(&join->keys);
    LEAT_TRY(leat_key_groups_keep(&join->keys, LEFT, &join->left));
    has_right = leat_key_groups_has(&join->keys, RIGHT);
    if (!has_right && keeps_left(join->node->kind))
        return pair_all(join, NULL);
    while (leat_key_groups_has(&join->keys, RIGHT)) {
        leat_record right = leat_key_groups_record(&join->keys);

        if (join->left.records > 0)
            LEAT_TRY(pair_all(join, &right));
        else if (keeps_right(join->node->kind))
            LEAT_TRY(call(join, NULL, &right));
        LEAT_TRY(leat_key_groups_step(&join->keys));
    }
    return LEAT_OK;
}

static leat_status run_keys(struct join *join, struct leat_sorter *sorter)
{
    bool stop = false;

    LEAT_TRY(leat_key_groups_begin(&join->keys, join->task, sorter));
    while (!join->keys.done && !stop) {
        leat_status status;

        leat_record_list_init(&join->left, &join->task->batch->budget, join->task->batch->spill);
        status = join_key(join);
        leat_record_list_release(&join->left);
        LEAT_TRY(status);
        LEAT_TRY(leat_wide_breathe(join->task, &stop));
    }
    return LEAT_OK;
}

static leat_status run(struct leat_task *task, struct leat_wide *wide)
{
    struct join join = {.task = task, .node = &wide->rdd->node};
    struct leat_sorter *sorter;
    leat_status status;

    LEAT_TRY(leat_sorted_open(task, wide, &sorter));
    status = run_keys(&join, sorter);
    task->has_key = false;
    leat_key_groups_release(&join.keys);
    leat_sorter_destroy(sorter);
    return status;
}

const struct leat_wide_ops leat_join_ops = {.run = run};
