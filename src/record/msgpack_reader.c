/* msgpack_reader: see msgpack_reader.h. */
#include "record/msgpack_reader.h"

#include <endian.h>
#include <string.h>

enum { NANOSECONDS_MAX = 999999999 };

struct cursor {
    const unsigned char *at; /* At a failure: the first byte of the value that is malformed. */
    const unsigned char *end;
    const unsigned char *start;
    const char *problem; /* NULL: none. */
};

/*
 * What a format byte says: the bytes that it asks for, itself included, and whether a length or
 * elements follow them. 0 is no format. One check against the table's size lets all of a head be
 * loaded.
 */
enum { SIZE = 0x3f, LENGTH = 0x40, ELEMENTS = 0x80 };

#define SAME_16(x) x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x
#define SAME_64(x) SAME_16(x), SAME_16(x), SAME_16(x), SAME_16(x)
#define UP_FROM(x) x, x + 1, x + 2, x + 3, x + 4, x + 5, x + 6, x + 7
#define L(size) (LENGTH | (size))
#define E(size) (ELEMENTS | (size))

/* clang-format off */
static const unsigned char formats[256] = {
    SAME_64(1), SAME_64(1),                          /* 0x00 whole numbers */
    SAME_16(E(1)), SAME_16(E(1)),                    /* 0x80 maps, 0x90 arrays */
    UP_FROM(1), UP_FROM(9), UP_FROM(17), UP_FROM(25), /* 0xa0 strings */
    1, 0, 1, 1,                                      /* 0xc0 nil, none, false, true */
    L(2), L(3), L(5), L(3), L(4), L(6),              /* 0xc4 binary, ext */
    5, 9, 2, 3, 5, 9, 2, 3, 5, 9,                    /* 0xca float, uint, int */
    3, 4, 6, 10, 18,                                 /* 0xd4 ext of 1, 2, 4, 8, 16 bytes */
    L(2), L(3), L(5),                                /* 0xd9 strings */
    E(3), E(5), E(3), E(5),                          /* 0xdc arrays, maps */
    SAME_16(1), SAME_16(1)                           /* 0xe0 below 0 */
};
/* clang-format on */

static const char more_elements[] = "has more elements than there are bytes";
static const char cut_short[] = "ends in the middle of a value";

static uint16_t load_16(const unsigned char *bytes)
{
    uint16_t number;

    memcpy(&number, bytes, sizeof number);
    return be16toh(number);
}

static uint32_t load_32(const unsigned char *bytes)
{
    uint32_t number;

    memcpy(&number, bytes, sizeof number);
    return be32toh(number);
}

static uint64_t load_64(const unsigned char *bytes)
{
    uint64_t number;

    memcpy(&number, bytes, sizeof number);
    return be64toh(number);
}

static bool fail(struct cursor *cursor, const unsigned char *at, const char *problem)
{
    cursor->at = at;
    cursor->problem = problem;
    return false;
}

static bool fail_head(struct cursor *cursor, const unsigned char *at)
{
    if (at == cursor->end)
        return fail(cursor, at, "ends where a value should begin");
    if (formats[*at] == 0)
        return fail(cursor, at, "0xc1 is no format");
    return fail(cursor, at, cut_short);
}

/* The length or count in the head at `at`, whose format has LENGTH or ELEMENTS. */
static inline uint64_t length_in(const unsigned char *at)
{
    if (*at == 0xd9) /* The commonest. */
        return at[1];
    switch (*at) {
    case 0xc4:
    case 0xc7:
        return at[1];
    case 0xc5:
    case 0xc8:
    case 0xda:
    case 0xdc:
    case 0xde:
        return load_16(at + 1);
    case 0xc6:
    case 0xc9:
    case 0xdb:
    case 0xdd:
    case 0xdf:
        return load_32(at + 1);
    default:
        return *at & 0x0fU;
    }
}

static bool is_map(const unsigned char *at)
{
    return *at >= 0xde ? *at <= 0xdf : (*at & 0xf0U) == 0x80;
}

/* Values inside of the container whose head is at `at`. */
static uint64_t elements_in(const unsigned char *at)
{
    return is_map(at) ? 2 * length_in(at) : length_in(at);
}

static bool is_container(const unsigned char *at)
{
    return (formats[*at] & ELEMENTS) != 0;
}

/* Where the value at `at` ends; NULL when it is a container, malformed or cut short. The commonest
 * formats go without the table: it makes each value wait for the one before. */
static inline const unsigned char *end_of_flat(const unsigned char *at, const unsigned char *end)
{
    size_t room = (size_t)(end - at);
    unsigned format;
    uint64_t size = 1;

    if (room == 0)
        return NULL;
    format = *at;
    if (format >= 0xa0 && format < 0xc0) {
        size += format & 0x1fU;
    } else if (format >= 0x80 && format < 0xe0) {
        unsigned shape = formats[format];

        size = shape & SIZE;
        if (size - 1 >= room || shape & ELEMENTS) /* A size of 0 is no format. */
            return NULL;
        if (shape & LENGTH)
            size += length_in(at);
    }
    return size <= room ? at + size : NULL;
}

/* Passes count values and all that is inside of them, without recursion: outer[] has the values
 * that are left around the ones being passed. `deep` containers are around the first. */
static bool pass(struct cursor *cursor, uint64_t count, size_t deep)
{
    uint64_t outer[LEAT_MSGPACK_DEPTH_MAX];
    size_t depth = deep;
    const unsigned char *at = cursor->at;
    const unsigned char *end = cursor->end;

    for (;;) {
        const unsigned char *next = at;
        uint64_t inside;
        size_t head;

        for (; count > 0 && (next = end_of_flat(at, end)) != NULL; count--)
            at = next;
        if (count == 0) {
            if (depth == deep)
                break;
            count = outer[--depth];
            continue;
        }
        head = at == end ? 0 : formats[*at] & SIZE;
        if (head == 0 || !is_container(at) || head > (size_t)(end - at))
            return fail_head(cursor, at);
        inside = elements_in(at);
        if (inside > (size_t)(end - at) - head)
            return fail(cursor, at, more_elements);
        if (depth == LEAT_MSGPACK_DEPTH_MAX)
            return fail(cursor, at, "is nested too deeply");
        outer[depth++] = count - 1;
        count = inside;
        at += head;
    }
    cursor->at = at;
    return true;
}

/* Passes one value; what is no container without entering the loop. */
static inline bool pass_one(struct cursor *cursor, size_t deep)
{
    const unsigned char *next = end_of_flat(cursor->at, cursor->end);

    if (next == NULL)
        return pass(cursor, 1, deep);
    cursor->at = next;
    return true;
}

static void set_integer(leat_msgpack_value *out, int64_t number)
{
    out->type = number < 0 ? LEAT_MSGPACK_INT : LEAT_MSGPACK_UINT;
    out->as.i = number;
}

static void set_uint(leat_msgpack_value *out, uint64_t number)
{
    out->type = LEAT_MSGPACK_UINT;
    out->as.u = number;
}

static void set_float(leat_msgpack_value *out, const unsigned char *at)
{
    uint64_t wide;
    uint32_t bits;
    float number;

    out->type = LEAT_MSGPACK_FLOAT;
    if (*at == 0xcb) {
        wide = load_64(at + 1);
        memcpy(&out->as.f, &wide, sizeof out->as.f);
        return;
    }
    bits = load_32(at + 1);
    memcpy(&number, &bits, sizeof number);
    out->as.f = (double)number;
}

static void set_bytes(leat_msgpack_value *out, leat_msgpack_type type, const unsigned char *data,
                      size_t size)
{
    out->type = type;
    out->bytes = (leat_bytes){(const char *)data, size};
}

/* The scalars among 0xc0 to 0xd3. */
static void set_scalar(leat_msgpack_value *out, const unsigned char *at)
{
    switch (*at) {
    case 0xc2:
    case 0xc3:
        out->type = LEAT_MSGPACK_BOOL;
        out->as.b = *at == 0xc3;
        return;
    case 0xca:
    case 0xcb:
        set_float(out, at);
        return;
    case 0xcc:
        set_uint(out, at[1]);
        return;
    case 0xcd:
        set_uint(out, load_16(at + 1));
        return;
    case 0xce:
        set_uint(out, load_32(at + 1));
        return;
    case 0xcf:
        set_uint(out, load_64(at + 1));
        return;
    case 0xd0:
        set_integer(out, (int8_t)at[1]);
        return;
    case 0xd1:
        set_integer(out, (int16_t)load_16(at + 1));
        return;
    case 0xd2:
        set_integer(out, (int32_t)load_32(at + 1));
        return;
    case 0xd3:
        set_integer(out, (int64_t)load_64(at + 1));
        return;
    default:
        out->type = LEAT_MSGPACK_NIL;
    }
}

/* Strings, binary and ext whose length follows their format byte. */
static bool take_sized(struct cursor *cursor, size_t size, leat_msgpack_value *out)
{
    const unsigned char *at = cursor->at;
    uint64_t length = length_in(at);

    if (length > (uint64_t)(cursor->end - at) - size)
        return fail(cursor, at, cut_short);
    cursor->at = at + size + length;
    if (*at >= 0xd9) {
        set_bytes(out, LEAT_MSGPACK_STRING, at + size, (size_t)length);
        return true;
    }
    if (*at <= 0xc6) {
        set_bytes(out, LEAT_MSGPACK_BINARY, at + size, (size_t)length);
        return true;
    }
    out->ext_type = (int8_t)at[size - 1];
    set_bytes(out, LEAT_MSGPACK_EXT, at + size, (size_t)length);
    return true;
}

static bool take_container(struct cursor *cursor, size_t size, size_t deep, leat_msgpack_value *out)
{
    const unsigned char *at = cursor->at;
    uint64_t inside = elements_in(at);

    if (inside > (uint64_t)(cursor->end - at) - size)
        return fail(cursor, at, more_elements);
    cursor->at = at + size;
    if (!pass(cursor, inside, deep + 1))
        return false;
    set_bytes(out, is_map(at) ? LEAT_MSGPACK_MAP : LEAT_MSGPACK_ARRAY, at + size,
              (size_t)(cursor->at - at) - size);
    out->as.count = (uint32_t)length_in(at);
    return true;
}

/* take_value of the formats that it leaves to the table; out is zeroed. */
static bool take_by_table(struct cursor *cursor, size_t deep, leat_msgpack_value *out)
{
    const unsigned char *at = cursor->at;
    unsigned format = at == cursor->end ? 0U : formats[*at];
    size_t size = format & SIZE;

    if (size == 0 || size > (size_t)(cursor->end - at))
        return fail_head(cursor, at);
    if (format & LENGTH)
        return take_sized(cursor, size, out);
    if (format & ELEMENTS)
        return take_container(cursor, size, deep, out);
    cursor->at = at + size;
    if (*at < 0x80 || *at >= 0xe0) {
        set_integer(out, (int8_t)*at);
        return true;
    }
    if (*at < 0xd4) {
        set_scalar(out, at);
        return true;
    }
    out->ext_type = (int8_t)at[1];
    set_bytes(out, LEAT_MSGPACK_EXT, at + 2, size - 2);
    return true;
}

/* A string of the short form at `at`: its bytes; the null view when there is none. */
static inline leat_bytes short_string(const unsigned char *at, const unsigned char *end)
{
    if (at != end && *at >= 0xa0 && *at < 0xc0 && (size_t)(end - at) > (*at & 0x1fU))
        return (leat_bytes){(const char *)at + 1, *at & 0x1fU};
    return (leat_bytes){NULL, 0};
}

/* One whole value, which has `deep` containers around it, 0 or 1. */
static inline bool take_value(struct cursor *cursor, size_t deep, leat_msgpack_value *out)
{
    const unsigned char *at = cursor->at;
    leat_bytes text = short_string(at, cursor->end);

    *out = (leat_msgpack_value){.type = LEAT_MSGPACK_NONE};
    if (text.data == NULL)
        return take_by_table(cursor, deep, out);
    out->type = LEAT_MSGPACK_STRING;
    out->bytes = text;
    cursor->at = at + 1 + text.size;
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
    leat_msgpack_value value;

    if (!take_value(&cursor, 0, &value))
        return malformed(&cursor, err);
    LEAT_TRY(check_end(&cursor, err));
    *out = value;
    return LEAT_OK;
}

static const char *const type_names[] = {"anything", "nil",    "bool",  "uint", "int", "float",
                                         "string",   "binary", "array", "map",  "ext"};

/* A name ends at its NUL, a key does not. */
static inline bool is_named(const leat_msgpack_field *field, leat_bytes key)
{
    const char *name = field->name;
    const char *end = key.data + key.size;

    for (const char *at = key.data; at != end; at++, name++)
        if (*name != *at || *name == '\0')
            return false;
    return *name == '\0';
}

static inline leat_msgpack_field *find_field(leat_msgpack_field *fields, size_t count,
                                             leat_bytes key)
{
    char first = key.size == 0 ? '\0' : key.data[0];

    for (leat_msgpack_field *field = fields; field != fields + count; field++)
        if (field->name[0] == first && is_named(field, key))
            return field;
    return NULL;
}

/* Takes the next value into field. */
static leat_status fill(struct cursor *cursor, leat_msgpack_field *field, leat_error *err)
{
    size_t byte = (size_t)(cursor->at - cursor->start);
    leat_msgpack_value *value = &field->value;

    if (!take_value(cursor, 1, value))
        return malformed(cursor, err);
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

/* Takes the head of a map and leaves the cursor at its first key. */
static leat_status take_map(struct cursor *cursor, uint64_t *out_pairs, leat_error *err)
{
    const unsigned char *at = cursor->at;
    size_t room = (size_t)(cursor->end - at);
    size_t size = room == 0 ? 0 : formats[*at] & SIZE;
    leat_msgpack_value other;

    if (size == 0 || size > room) {
        fail_head(cursor, at);
        return malformed(cursor, err);
    }
    if (!is_map(at)) {
        if (!take_value(cursor, 0, &other))
            return malformed(cursor, err);
        return leat_fail(err, LEAT_BAD_RECORD, "byte 0: msgpack is %s, not map",
                         type_names[other.type]);
    }
    *out_pairs = length_in(at);
    if (2 * *out_pairs > room - size) {
        fail(cursor, at, more_elements);
        return malformed(cursor, err);
    }
    cursor->at = at + size;
    return LEAT_OK;
}

static bool take_other_key(struct cursor *cursor, leat_bytes *out)
{
    const unsigned char *at = cursor->at;
    size_t head;

    if (!pass(cursor, 1, 1))
        return false;
    *out = (leat_bytes){NULL, 0};
    if (*at < 0xd9 || *at > 0xdb)
        return true;
    head = formats[*at] & SIZE;
    *out = (leat_bytes){(const char *)at + head, (size_t)(cursor->at - at) - head};
    return true;
}

/* Takes a key that is a string; passes another and gives the null view. */
static inline bool take_key(struct cursor *cursor, leat_bytes *out)
{
    *out = short_string(cursor->at, cursor->end);
    if (out->data == NULL)
        return take_other_key(cursor, out);
    cursor->at += 1 + out->size;
    return true;
}

leat_status leat_msgpack_map_fields(leat_bytes map, leat_msgpack_field *fields, size_t count,
                                    leat_error *err)
{
    struct cursor cursor = cursor_over(map);
    uint64_t pairs = 0;

    for (size_t i = 0; i < count; i++)
        fields[i].value.type = LEAT_MSGPACK_NONE;
    LEAT_TRY(take_map(&cursor, &pairs, err));
    for (; pairs > 0; pairs--) {
        leat_msgpack_field *field;
        leat_bytes key;

        if (!take_key(&cursor, &key))
            return malformed(&cursor, err);
        field = key.data == NULL ? NULL : find_field(fields, count, key);
        if (field != NULL)
            LEAT_TRY(fill(&cursor, field, err));
        else if (!pass_one(&cursor, 1))
            return malformed(&cursor, err);
    }
    LEAT_TRY(check_end(&cursor, err));
    return check_present(fields, count, err);
}

bool leat_msgpack_next(leat_msgpack_value *array, leat_msgpack_value *out_element)
{
    struct cursor cursor = cursor_over(array->bytes);

    if ((array->type != LEAT_MSGPACK_ARRAY && array->type != LEAT_MSGPACK_MAP) ||
        array->bytes.size == 0 || !take_value(&cursor, 0, out_element))
        return false;
    array->bytes.data = (const char *)cursor.at;
    array->bytes.size = (size_t)(cursor.end - cursor.at);
    return true;
}

bool leat_msgpack_timestamp(const leat_msgpack_value *value, int64_t *out_seconds,
                            uint32_t *out_nanoseconds)
{
    const unsigned char *bytes = (const unsigned char *)value->bytes.data;
    uint64_t seconds;
    uint32_t nanoseconds = 0;

    if (value->type != LEAT_MSGPACK_EXT || value->ext_type != -1)
        return false;
    switch (value->bytes.size) {
    case 4:
        seconds = load_32(bytes);
        break;
    case 8:
        seconds = load_64(bytes) & 0x3ffffffffU;
        nanoseconds = load_32(bytes) >> 2;
        break;
    case 12:
        nanoseconds = load_32(bytes);
        seconds = load_64(bytes + 4);
        break;
    default:
        return false;
    }
    if (nanoseconds > NANOSECONDS_MAX)
        return false;
    *out_seconds = (int64_t)seconds;
    *out_nanoseconds = nanoseconds;
    return true;
}
