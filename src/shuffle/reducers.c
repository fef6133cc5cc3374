/* reducers: see reducers.h; the buffers and the known reducers of leat/task.h. */
#include "shuffle/reducers.h"

#include <inttypes.h>

/* The size of a buffer that has memory but is null. */
#define NULL_SIZE SIZE_MAX

/* ---- buffers ---- */

leat_bytes leat_buffer_view(const leat_buffer *buffer)
{
    if (buffer->data == NULL || buffer->size == NULL_SIZE)
        return (leat_bytes){NULL, 0};
    return (leat_bytes){buffer->data, buffer->size};
}

void leat_buffer_set_null(struct leat_buffer *buffer)
{
    buffer->size = buffer->data == NULL ? 0 : NULL_SIZE;
}

leat_status leat_buffer_set(leat_buffer *buffer, leat_bytes value)
{
    size_t before = buffer->size;
    size_t needed = value.size == 0 ? 1 : value.size; /* Empty is not null. */

    if (value.data == NULL) {
        leat_buffer_set_null(buffer);
        return LEAT_OK;
    }
    /* A value that is part of the buffer fits into it, so the memory under it does not move. */
    if (needed > buffer->capacity) {
        buffer->size = 0;
        if (!leat_buffer_reserve(buffer, needed)) {
            buffer->size = before;
            return LEAT_NO_MEMORY;
        }
    }
    memmove(buffer->data, value.data, value.size);
    buffer->size = value.size;
    return LEAT_OK;
}

leat_status leat_buffer_set_i64(leat_buffer *buffer, int64_t value)
{
    return leat_buffer_set(buffer, (leat_bytes){(const char *)&value, sizeof value});
}

leat_status leat_buffer_set_f64(leat_buffer *buffer, double value)
{
    return leat_buffer_set(buffer, (leat_bytes){(const char *)&value, sizeof value});
}

/* ---- reducers ---- */

static const struct {
    leat_reduce_fn fn;
    const char *name;
} known[] = {
    [LEAT_REDUCER_SUM_I64] = {leat_sum_i64, "leat_sum_i64"},
    [LEAT_REDUCER_MIN_I64] = {leat_min_i64, "leat_min_i64"},
    [LEAT_REDUCER_MAX_I64] = {leat_max_i64, "leat_max_i64"},
    [LEAT_REDUCER_SUM_F64] = {leat_sum_f64, "leat_sum_f64"},
    [LEAT_REDUCER_MIN_F64] = {leat_min_f64, "leat_min_f64"},
    [LEAT_REDUCER_MAX_F64] = {leat_max_f64, "leat_max_f64"},
};

enum leat_reducer leat_reducer_of(leat_reduce_fn fn)
{
    for (size_t i = LEAT_REDUCER_SUM_I64; i < sizeof known / sizeof known[0]; i++)
        if (known[i].fn == fn)
            return (enum leat_reducer)i;
    return LEAT_REDUCER_OTHER;
}

leat_status leat_reducer_refuse(leat_task *task, enum leat_reducer reducer, leat_bytes value)
{
    if (value.data == NULL)
        return leat_task_fail(task, LEAT_BAD_RECORD,
                              "%s: the value is null, not a number of 8 bytes",
                              known[reducer].name);
    return leat_task_fail(task, LEAT_BAD_RECORD,
                          "%s: the value has %zu bytes, not the 8 of a number", known[reducer].name,
                          value.size);
}

leat_status leat_reducer_overflow(leat_task *task, int64_t number, int64_t operand)
{
    return leat_task_fail(task, LEAT_LIMIT,
                          "leat_sum_i64: %" PRId64 " and %" PRId64 " is beyond 64 bits", number,
                          operand);
}

static leat_status reduce(leat_task *task, enum leat_reducer reducer, leat_buffer *into,
                          leat_bytes value)
{
    leat_bytes before = leat_buffer_view(into);
    int64_t number, operand;
    leat_status status;

    if (!leat_reducer_operand(value, &operand))
        return leat_reducer_refuse(task, reducer, value);
    if (before.data == NULL)
        number = operand;
    else if (!leat_reducer_operand(before, &number))
        return leat_reducer_refuse(task, reducer, before);
    else if (!leat_reducer_apply(reducer, &number, operand))
        return leat_reducer_overflow(task, number, operand);
    status = leat_buffer_set_i64(into, number);
    return status == LEAT_OK ? LEAT_OK
                             : leat_task_fail(task, status, "no memory for a number of 8 bytes");
}

leat_status leat_sum_i64(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    (void)user;
    return reduce(task, LEAT_REDUCER_SUM_I64, into, value);
}

leat_status leat_min_i64(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    (void)user;
    return reduce(task, LEAT_REDUCER_MIN_I64, into, value);
}

leat_status leat_max_i64(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    (void)user;
    return reduce(task, LEAT_REDUCER_MAX_I64, into, value);
}

leat_status leat_sum_f64(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    (void)user;
    return reduce(task, LEAT_REDUCER_SUM_F64, into, value);
}

leat_status leat_min_f64(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    (void)user;
    return reduce(task, LEAT_REDUCER_MIN_F64, into, value);
}

leat_status leat_max_f64(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    (void)user;
    return reduce(task, LEAT_REDUCER_MAX_F64, into, value);
}
