/* text_msgpack: msgpack as JSON, see text.h. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "record/json.h"
#include "record/msgpack_reader.h"
#include "record/text.h"

static bool append_number(struct leat_buffer *out, double number)
{
    if (!isfinite(number))
        return leat_buffer_append(out, "null", 4);
    return leat_text_append(out, (leat_bytes){(const char *)&number, sizeof number}, LEAT_F64);
}

static bool append_value(struct leat_buffer *out, leat_msgpack_value *value);

/* JSON knows keys of text only: any other is the text of its value, as Python's json has it. */
static bool append_key(struct leat_buffer *out, leat_msgpack_value *key)
{
    struct leat_buffer text = {0};
    bool ok;

    if (key->type == LEAT_MSGPACK_STRING || key->type == LEAT_MSGPACK_BINARY ||
        key->type == LEAT_MSGPACK_EXT)
        return append_value(out, key);
    ok = append_value(&text, key) &&
         leat_json_append_string(out, (leat_bytes){text.data, text.size});
    leat_buffer_release(&text);
    return ok;
}

/* The reader has bounded the nesting, and with it this recursion. */
static bool append_elements(struct leat_buffer *out, leat_msgpack_value *container)
{
    bool map = container->type == LEAT_MSGPACK_MAP;
    leat_msgpack_value element;

    if (!leat_buffer_append_char(out, map ? '{' : '['))
        return false;
    for (size_t i = 0; leat_msgpack_next(container, &element); i++) {
        bool is_value = map && i % 2 == 1;

        if (i > 0 && !leat_buffer_append_char(out, is_value ? ':' : ','))
            return false;
        if (!(map && !is_value ? append_key(out, &element) : append_value(out, &element)))
            return false;
    }
    return leat_buffer_append_char(out, map ? '}' : ']');
}

static bool append_value(struct leat_buffer *out, leat_msgpack_value *value)
{
    switch (value->type) {
    case LEAT_MSGPACK_BOOL:
        return leat_buffer_printf(out, "%s", value->as.b ? "true" : "false");
    case LEAT_MSGPACK_UINT:
        return leat_buffer_printf(out, "%" PRIu64, value->as.u);
    case LEAT_MSGPACK_INT:
        return leat_buffer_printf(out, "%" PRId64, value->as.i);
    case LEAT_MSGPACK_FLOAT:
        return append_number(out, value->as.f);
    case LEAT_MSGPACK_STRING:
        return leat_json_append_string(out, value->bytes);
    case LEAT_MSGPACK_BINARY:
    case LEAT_MSGPACK_EXT:
        return leat_json_append_base64(out, value->bytes);
    case LEAT_MSGPACK_ARRAY:
    case LEAT_MSGPACK_MAP:
        return append_elements(out, value);
    default:
        return leat_buffer_append(out, "null", 4);
    }
}

bool leat_text_append_msgpack(struct leat_buffer *out, leat_bytes bytes)
{
    leat_msgpack_value value;

    if (leat_msgpack_value_read(bytes, &value, NULL) != LEAT_OK)
        return leat_buffer_append(out, bytes.data, bytes.size);
    return append_value(out, &value);
}
