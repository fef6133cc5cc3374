/* inverse: see inverse.h. */
#include "shuffle/inverse.h"

/* False, with the task's sentence, unless both are numbers. */
static bool are_numbers(leat_task *task, leat_bytes a, leat_bytes b)
{
    if (a.size == 8 && b.size == 8)
        return true;
    leat_task_fail(task, LEAT_BAD_RECORD, "a value of %zu bytes where a number has 8",
                   a.size == 8 ? b.size : a.size);
    return false;
}

leat_status leat_subtract_i64(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    leat_bytes sum = leat_buffer_view(into);
    int64_t difference;

    (void)user;
    if (!are_numbers(task, sum, value))
        return LEAT_BAD_RECORD;
    if (__builtin_sub_overflow(leat_i64(sum), leat_i64(value), &difference))
        return leat_task_fail(task, LEAT_LIMIT, "a sum is below what 64 bits hold");
    return leat_buffer_set_i64(into, difference);
}

leat_status leat_subtract_f64(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    leat_bytes sum = leat_buffer_view(into);

    (void)user;
    if (!are_numbers(task, sum, value))
        return LEAT_BAD_RECORD;
    return leat_buffer_set_f64(into, leat_f64(sum) - leat_f64(value));
}
