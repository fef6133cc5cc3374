/* type: see type.h. */
#include "record/type.h"

static const char *const names[] = {
    [LEAT_INHERIT] = "inherit", [LEAT_BYTES] = "bytes", [LEAT_STRING] = "string",
    [LEAT_I64] = "i64",         [LEAT_F64] = "f64",     [LEAT_MSGPACK] = "msgpack",
    [LEAT_JSON] = "json",
};

const char *leat_type_name(leat_type type)
{
    if (type < LEAT_INHERIT || type > LEAT_JSON)
        return "unknown";
    return names[type];
}

size_t leat_type_size(leat_type type)
{
    return type == LEAT_I64 || type == LEAT_F64 ? 8 : 0;
}
