/* bytes: the public helpers for views, see leat/base.h. */
#include <assert.h>
#include <string.h>

#include "leat/base.h"

int64_t leat_i64(leat_bytes number)
{
    int64_t value;

    assert(number.data != NULL && number.size == sizeof value);
    memcpy(&value, number.data, sizeof value);
    return value;
}

double leat_f64(leat_bytes number)
{
    double value;

    assert(number.data != NULL && number.size == sizeof value);
    memcpy(&value, number.data, sizeof value);
    return value;
}
