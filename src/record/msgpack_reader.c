/* msgpack_reader: see msgpack_reader.h. */
#include "record/msgpack_reader.h"

#include <string.h>

struct cursor {
    const unsigned char *at;
    const unsigned char *end;
    const unsigned char *start;
    const char *problem; /* NULL: none. */
};

static uint64_t load_be(const unsigned char *bytes, size_t size)
{
    uint64_t number = 0;

    for (size_t i = 0; i < size; i++)
        number = number << 8 | bytes[i];
    return number;
}

static bool fail(struct cursor *cursor, const char *problem)
{
    cursor->problem = problem;
    return false;
}

static bool has(struct cursor *cursor, uint64_t size)
{
    return size <= (uint64_t)(cursor->end - cursor->at) ||
           fail(cursor, "ends in the middle of a value");
}

/* Reads a big-endian number of 1, 2, 4 or 8 bytes. */
static bool take_number(struct cursor *cursor, size_t size, uint64_t *out)
{
    if (!has(cursor, size))
        return false;
    *out = load_be(cursor->at, size);
    cursor->at += size;
    return true;
}

static bool take_bytes(struct cursor *cursor, uint64_t size, leat_msgpack_type type,
                       leat_msgpack_value *out)
{
    if (!has(cursor, size))
        return false;
    out->type = type;
    out->bytes = (leat_bytes){(const char *)cursor->at, (size_t)size};
    cursor->at += size;
    return true;
}

static bool take_sized(struct cursor *cursor, size_t width, leat_msgpack_type type,
                       leat_msgpack_value *out)
{
    uint64_t size;

    return take_number(cursor, width, &size) && take_bytes(cursor, size, type, out);
}

static bool take_ext(struct cursor *cursor, uint64_t size, leat_msgpack_value *out)
{
    uint64_t type;

    if (!take_number(cursor, 1, &type))
        return false;
    out->ext_type = (int8_t)type;
    return take_bytes(cursor, size, LEAT_MSGPACK_EXT, out);
}

static bool take_sized_ext(struct cursor *cursor, size_t width, leat_msgpack_value *out)
{
    uint64_t size;

    return take_number(cursor, width, &size) && take_ext(cursor, size, out);
}

static bool set_integer(leat_msgpack_value *out, int64_t number)
{
    out->type = number < 0 ? LEAT_MSGPACK_INT : LEAT_MSGPACK_UINT;
    out->as.i = number;
    return true;
}

static bool take_uint(struct cursor *cursor, size_t width, leat_msgpack_value *out)
{
    out->type = LEAT_MSGPACK_UINT;
    return take_number(cursor, width, &out->as.u);
}

static bool take_int(struct cursor *cursor, size_t width, leat_msgpack_value *out)
{
    unsigned shift = (unsigned)(64 - 8 * width);
    uint64_t number;

    return take_number(cursor, width, &number) &&
           set_integer(out, (int64_t)(number << shift) >> shift);
}

static bool take_float(struct cursor *cursor, size_t width, leat_msgpack_value *out)
{
    uint64_t bits;
    uint32_t narrow;
    float number;

    if (!take_number(cursor, width, &bits))
        return false;
    out->type = LEAT_MSGPACK_FLOAT;
    if (width == 8) {
        memcpy(&out->as.f, &bits, sizeof out->as.f);
        return true;
    }
    narrow = (uint32_t)bits;
    memcpy(&number, &narrow, sizeof number);
    out->as.f = (double)number;
    return true;
}

/* The head of an array or map; its elements follow and are not passed yet. */
static bool set_container(struct cursor *cursor, leat_msgpack_type type, uint64_t count,
                          leat_msgpack_value *out)
{
    uint64_t least = type == LEAT_MSGPACK_MAP ? 2 * count : count;

    if (least > (uint64_t)(cursor->end - cursor->at))
        return fail(cursor, "an array or map has more elements than there are bytes");
    out->type = type;
    out->as.count = (uint32_t)count;
    out->bytes = (leat_bytes){(const char *)cursor->at, 0};
    return true;
}

static bool take_container(struct cursor *cursor, size_t width, leat_msgpack_type type,
                           leat_msgpack_value *out)
{
    uint64_t count;

    return take_number(cursor, width, &count) && set_container(cursor, type, count, out);
}

/* The formats from 0xc0 to 0xdf, which have a byte of their own. */
static bool take_format(struct cursor *cursor, unsigned char format, leat_msgpack_value *out)
{
    size_t width = (size_t)1 << (format & 3U);

    switch (format) {
    case 0xc0:
        out->type = LEAT_MSGPACK_NIL;
        return true;
    case 0xc2:
    case 0xc3:
        out->type = LEAT_MSGPACK_BOOL;
        out->as.b = format == 0xc3;
        return true;
    case 0xc4:
    case 0xc5:
    case 0xc6:
        return take_sized(cursor, width, LEAT_MSGPACK_BINARY, out);
    case 0xc7:
    case 0xc8:
    case 0xc9:
        return take_sized_ext(cursor, (size_t)1 << (format - 0xc7U), out);
    case 0xca:
        return take_float(cursor, 4, out);
    case 0xcb:
        return take_float(cursor, 8, out);
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf:
        return take_uint(cursor, width, out);
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
        return take_int(cursor, width, out);
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
        return take_ext(cursor, (uint64_t)1 << (format - 0xd4U), out);
    case 0xd9:
    case 0xda:
    case 0xdb:
        return take_sized(cursor, (size_t)1 << (format - 0xd9U), LEAT_MSGPACK_STRING, out);
    case 0xdc:
    case 0xdd:
        return take_container(cursor, format == 0xdc ? 2 : 4, LEAT_MSGPACK_ARRAY, out);
    case 0xde:
    case 0xdf:
        return take_container(cursor, format == 0xde ? 2 : 4, LEAT_MSGPACK_MAP, out);
    default:
        cursor->at--;
        return fail(cursor, "0xc1 is no format");
    }
}

/* One value's head; for anything but an array or map that is all of it. */
static bool take_head(struct cursor *cursor, leat_msgpack_value *out)
{
    unsigned char format;

    if (cursor->at == cursor->end)
        return fail(cursor, "ends where a value should begin");
    format = *cursor->at++;
    if (format < 0x80 || format >= 0xe0)
        return set_integer(out, (int8_t)format);
    if (format < 0x90)
        return set_container(cursor, LEAT_MSGPACK_MAP, format & 0x0fU, out);
    if (format < 0xa0)
        return set_container(cursor, LEAT_MSGPACK_ARRAY, format & 0x0fU, out);
    if (format < 0xc0)
        return take_bytes(cursor, format & 0x1fU, LEAT_MSGPACK_STRING, out);
    return take_format(cursor, format, out);
}

static uint64_t elements_of(const leat_msgpack_value *value)
{
    if (value->type == LEAT_MSGPACK_ARRAY)
        return value->as.count;
    return value->type == LEAT_MSGPACK_MAP ? 2 * (uint64_t)value->as.count : 0;
}

/* Passes the elements of a container and all that is inside of them, without recursion. */
static bool pass_elements(struct cursor *cursor, uint64_t count)
{
    uint64_t left[LEAT_MSGPACK_DEPTH_MAX];
    size_t depth = 0;

    left[0] = count;
    for (;;) {
        leat_msgpack_value value;
        uint64_t inside;

        while (left[depth] == 0) {
            if (depth-- == 0)
                return true;
        }
        left[depth]--;
        if (!take_head(cursor, &value))
            return false;
        inside = elements_of(&value);
        if (inside == 0)
            continue;
        if (depth + 1 == LEAT_MSGPACK_DEPTH_MAX)
            return fail(cursor, "is nested too deeply");
        left[++depth] = inside;
    }
}

/* One whole value. */
static bool take_value(struct cursor *cursor, leat_msgpack_value *out)
{
    uint64_t inside;

    if (!take_head(cursor, out))
        return false;
    inside = elements_of(out);
    if (inside > 0 && !pass_elements(cursor, inside))
        return false;
    if (out->type == LEAT_MSGPACK_ARRAY || out->type == LEAT_MSGPACK_MAP)
        out->bytes.size = (size_t)((const char *)cursor->at - out->bytes.data);
    return true;
}

static struct cursor cursor_over(leat_bytes bytes)
{
    const unsigned char *start = (const unsigned char *)bytes.data;

    if (bytes.data == NULL)
        return (struct cursor){NULL, NULL, NULL, NULL};
    return (struct cursor){start, start + bytes.size, start, NULL};
}

static leat_status malformed(const struct cursor *cursor, leat_error *err)
{
    return leat_fail(err, LEAT_BAD_RECORD, "byte %zu: msgpack %s",
                     (size_t)(cursor->at - cursor->start), cursor->problem);
}

static leat_status check_end(struct cursor *cursor, leat_error *err)
{
    if (cursor->at == cursor->end)
        return LEAT_OK;
    cursor->problem = "goes on after its value";
    return malformed(cursor, err);
}

leat_status leat_msgpack_value_read(leat_bytes bytes, leat_msgpack_value *out, leat_error *err)
{
    struct cursor cursor = cursor_over(bytes);
    leat_msgpack_value value = {.type = LEAT_MSGPACK_NONE};

    if (!take_value(&cursor, &value))
        return malformed(&cursor, err);
    LEAT_TRY(check_end(&cursor, err));
    *out = value;
    return LEAT_OK;
}

static const char *const type_names[] = {"anything", "nil",    "bool",  "uint", "int", "float",
                                         "string",   "binary", "array", "map",  "ext"};

/* Puts value into the field of this name, if there is one. */
static leat_status fill(leat_msgpack_field *fields, size_t count, leat_bytes name,
                        leat_msgpack_value *value, size_t byte, leat_error *err)
{
    leat_msgpack_field *field = fields;

    while (field < fields + count &&
           (strncmp(field->name, name.data, name.size) != 0 || field->name[name.size] != '\0'))
        field++;
    if (field == fields + count)
        return LEAT_OK;
    if (field->type == LEAT_MSGPACK_FLOAT && value->type == LEAT_MSGPACK_UINT) {
        value->type = LEAT_MSGPACK_FLOAT;
        value->as.f = (double)value->as.u;
    } else if (field->type == LEAT_MSGPACK_FLOAT && value->type == LEAT_MSGPACK_INT) {
        value->type = LEAT_MSGPACK_FLOAT;
        value->as.f = (double)value->as.i;
    }
    if (field->type != LEAT_MSGPACK_NONE && field->type != value->type)
        return leat_fail(err, LEAT_BAD_RECORD, "byte %zu: msgpack field '%s' is %s, not %s", byte,
                         field->name, type_names[value->type], type_names[field->type]);
    field->value = *value;
    return LEAT_OK;
}

static leat_status check_present(const leat_msgpack_field *fields, size_t count, leat_error *err)
{
    for (size_t i = 0; i < count; i++)
        if (fields[i].value.type == LEAT_MSGPACK_NONE && !fields[i].optional)
            return leat_fail(err, LEAT_BAD_RECORD, "byte 0: msgpack map has no field '%s'",
                             fields[i].name);
    return LEAT_OK;
}

leat_status leat_msgpack_map_fields(leat_bytes map, leat_msgpack_field *fields, size_t count,
                                    leat_error *err)
{
    struct cursor cursor = cursor_over(map);
    leat_msgpack_value head;

    for (size_t i = 0; i < count; i++)
        fields[i].value.type = LEAT_MSGPACK_NONE;
    if (!take_head(&cursor, &head))
        return malformed(&cursor, err);
    if (head.type != LEAT_MSGPACK_MAP)
        return leat_fail(err, LEAT_BAD_RECORD, "byte 0: msgpack is %s, not map",
                         type_names[head.type]);
    for (uint32_t i = 0; i < head.as.count; i++) {
        leat_msgpack_value key;
        leat_msgpack_value value;
        size_t byte;

        if (!take_value(&cursor, &key))
            return malformed(&cursor, err);
        byte = (size_t)(cursor.at - cursor.start);
        if (!take_value(&cursor, &value))
            return malformed(&cursor, err);
        if (key.type == LEAT_MSGPACK_STRING)
            LEAT_TRY(fill(fields, count, key.bytes, &value, byte, err));
    }
    LEAT_TRY(check_end(&cursor, err));
    return check_present(fields, count, err);
}

bool leat_msgpack_next(leat_msgpack_value *array, leat_msgpack_value *out_element)
{
    struct cursor cursor = cursor_over(array->bytes);
    size_t used;

    if ((array->type != LEAT_MSGPACK_ARRAY && array->type != LEAT_MSGPACK_MAP) ||
        array->bytes.size == 0 || !take_value(&cursor, out_element))
        return false;
    used = (size_t)(cursor.at - cursor.start);
    array->bytes.data += used;
    array->bytes.size -= used;
    return true;
}

bool leat_msgpack_timestamp(const leat_msgpack_value *value, int64_t *out_seconds,
                            uint32_t *out_nanoseconds)
{
    const unsigned char *bytes = (const unsigned char *)value->bytes.data;
    uint64_t word;

    if (value->type != LEAT_MSGPACK_EXT || value->ext_type != -1)
        return false;
    switch (value->bytes.size) {
    case 4:
        *out_seconds = (int64_t)load_be(bytes, 4);
        *out_nanoseconds = 0;
        return true;
    case 8:
        word = load_be(bytes, 8);
        *out_seconds = (int64_t)(word & 0x3ffffffffU);
        *out_nanoseconds = (uint32_t)(word >> 34);
        break;
    case 12:
        *out_nanoseconds = (uint32_t)load_be(bytes, 4);
        *out_seconds = (int64_t)load_be(bytes + 4, 8);
        break;
    default:
        return false;
    }
    return *out_nanoseconds < 1000000000;
}
