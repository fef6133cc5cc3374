/*
 * reducers: which of the public reducers the library knows, and what they do to 8 bytes, so that a
 * table runs them without a call; and the buffer that the others combine into.
 *
 * Numbers are kept as their bits in an int64_t, f64 too.
 *
 * Thread: any.
 */
#ifndef LEAT_SHUFFLE_REDUCERS_H
#define LEAT_SHUFFLE_REDUCERS_H

#include "base/buffer.h"
#include "leat/task.h"

enum leat_reducer {
    LEAT_REDUCER_OTHER, /* A user's. */
    LEAT_REDUCER_SUM_I64,
    LEAT_REDUCER_MIN_I64,
    LEAT_REDUCER_MAX_I64,
    LEAT_REDUCER_SUM_F64,
    LEAT_REDUCER_MIN_F64,
    LEAT_REDUCER_MAX_F64
};

enum leat_reducer leat_reducer_of(leat_reduce_fn fn);

/* The sentences of the known reducers, as leat_task_fail's status. */
leat_status leat_reducer_refuse(leat_task *task, enum leat_reducer reducer, leat_bytes value);
leat_status leat_reducer_overflow(leat_task *task, int64_t number, int64_t operand);

/* Null again, as before the first set; keeps the memory. Only leat_buffer_view and _set of
 * leat/task.h understand a buffer in this state. */
void leat_buffer_set_null(struct leat_buffer *buffer);

static inline double leat_number_f64(int64_t bits)
{
    double number;

    memcpy(&number, &bits, sizeof number);
    return number;
}

static inline int64_t leat_number_bits(double number)
{
    int64_t bits;

    memcpy(&bits, &number, sizeof bits);
    return bits;
}

/* As Java's Math.min and max: NaN wins, and -0.0 is less than 0.0; so the order does not matter. */
static inline int64_t leat_number_least(int64_t a, int64_t b)
{
    double x = leat_number_f64(a);
    double y = leat_number_f64(b);

    if (x < y || x != x)
        return a;
    return x == y && a < 0 ? a : b;
}

static inline int64_t leat_number_greatest(int64_t a, int64_t b)
{
    double x = leat_number_f64(a);
    double y = leat_number_f64(b);

    if (x > y || x != x)
        return a;
    return x == y && a >= 0 ? a : b;
}

/* False when a sum overflows: *number is as it was. */
static inline bool leat_reducer_apply(enum leat_reducer reducer, int64_t *number, int64_t operand)
{
    int64_t sum;

    if (reducer == LEAT_REDUCER_SUM_I64) { /* By far the most, and foreseen. */
        if (__builtin_add_overflow(*number, operand, &sum))
            return false;
        *number = sum;
        return true;
    }
    switch (reducer) {
    case LEAT_REDUCER_MIN_I64:
        *number = operand < *number ? operand : *number;
        break;
    case LEAT_REDUCER_MAX_I64:
        *number = operand > *number ? operand : *number;
        break;
    case LEAT_REDUCER_SUM_F64:
        *number = leat_number_bits(leat_number_f64(*number) + leat_number_f64(operand));
        break;
    case LEAT_REDUCER_MIN_F64:
        *number = leat_number_least(*number, operand);
        break;
    case LEAT_REDUCER_MAX_F64:
        *number = leat_number_greatest(*number, operand);
        break;
    case LEAT_REDUCER_SUM_I64:
    case LEAT_REDUCER_OTHER:
        break;
    }
    return true;
}

/* False unless value has 8 bytes. */
static inline bool leat_reducer_operand(leat_bytes value, int64_t *out)
{
    if (value.data == NULL || value.size != sizeof *out)
        return false;
    memcpy(out, value.data, sizeof *out);
    return true;
}

#endif
