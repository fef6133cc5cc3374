/* action: foreach_partition, foreach and count, see leat/rdd.h. */
#include "exec/batch_internal.h"

leat_status leat_action_run(leat_rdd *rdd, struct leat_terminal *terminal)
{
    leat_error err = {LEAT_OK, ""};
    leat_status status;

    terminal->rdd = rdd;
    terminal->where = rdd->batch->running;
    status = leat_pass_run(rdd->batch, terminal, &err);
    if (status != LEAT_OK)
        leat_batch_fail(rdd->batch, &err);
    return status;
}

static const struct leat_terminal_ops function_ops = {.state_bytes = 0};

leat_status leat_rdd_foreach_partition(leat_rdd *rdd, leat_foreach_partition_fn fn, void *user)
{
    struct leat_terminal terminal = {
        .ops = &function_ops, .name = "foreach_partition", .pull = fn, .context = user};

    if (rdd == NULL)
        return LEAT_INVALID;
    if (fn == NULL)
        return leat_rdd_fail(rdd, LEAT_INVALID, "foreach_partition has no function");
    return leat_action_run(rdd, &terminal);
}

leat_status leat_rdd_foreach(leat_rdd *rdd, leat_foreach_fn fn, void *user)
{
    struct leat_terminal terminal = {
        .ops = &function_ops, .name = "foreach", .each = fn, .context = user};

    if (rdd == NULL)
        return LEAT_INVALID;
    if (fn == NULL)
        return leat_rdd_fail(rdd, LEAT_INVALID, "foreach has no function");
    return leat_action_run(rdd, &terminal);
}

/* ---- count: one number for each task attempt, added up when it succeeds ---- */

static leat_status count_push(struct leat_terminal *terminal, const struct leat_terminal_task *at,
                              const struct leat_chunk *chunk, bool *out_enough, leat_error *err)
{
    uint64_t *count = at->state;

    (void)terminal;
    (void)out_enough;
    (void)err;
    *count += chunk->count;
    return LEAT_OK;
}

static leat_status count_close(struct leat_terminal *terminal, const struct leat_terminal_task *at,
                               leat_error *err)
{
    uint64_t *counts = terminal->context;
    const uint64_t *count = at->state;

    (void)err;
    counts[at->partition] = *count;
    return LEAT_OK;
}

leat_status leat_rdd_count(leat_rdd *rdd, uint64_t *out_count)
{
    static const struct leat_terminal_ops ops = {
        .state_bytes = sizeof(uint64_t), .push = count_push, .close = count_close};
    struct leat_terminal terminal = {.ops = &ops, .name = "count"};
    uint64_t *counts;

    if (rdd == NULL)
        return LEAT_INVALID;
    counts = leat_batch_alloc(rdd->batch, (rdd->partitions + 1) * sizeof *counts);
    if (counts == NULL)
        return leat_rdd_fail(rdd, LEAT_NO_MEMORY, "count: no memory");
    terminal.context = counts;
    LEAT_TRY(leat_action_run(rdd, &terminal));
    *out_count = 0;
    for (size_t i = 0; i < rdd->partitions; i++)
        *out_count += counts[i];
    return LEAT_OK;
}
