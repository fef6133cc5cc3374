/* compare: see compare.h. */
#include "record/compare.h"

#include <math.h>

static int compare_i64(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_f64(double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) - isnan(b);
    return a < b ? -1 : a > b;
}

static int compare_bytes(leat_bytes a, leat_bytes b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common == 0 ? 0 : memcmp(a.data, b.data, common);

    return order != 0 ? order : a.size < b.size ? -1 : a.size > b.size;
}

int leat_compare_keys(leat_bytes a, leat_bytes b, void *context)
{
    leat_type type = *(const leat_type *)context;

    if (a.size != 8 || b.size != 8 || (type != LEAT_I64 && type != LEAT_F64))
        return compare_bytes(a, b);
    return type == LEAT_I64 ? compare_i64(leat_i64(a), leat_i64(b))
                            : compare_f64(leat_f64(a), leat_f64(b));
}
