/* bytes: the public helpers for views, see leat/base.h. */
#include <assert.h>
#include <string.h>

#include "leat/base.h"

leat_bytes leat_string(const char *text)
{
    return text == NULL ? (leat_bytes){NULL, 0} : (leat_bytes){text, strlen(text)};
}

bool leat_bytes_equal(leat_bytes a, leat_bytes b)
{
    if (a.data == NULL || b.data == NULL)
        return a.data == b.data;
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

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
