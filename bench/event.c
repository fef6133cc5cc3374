/* event: see event.h. */
#include "event.h"

#include <string.h>

enum { DEPTH_MAX = 16 };
enum field { ID = 1, USER = 2, KIND = 4, TAGS = 8, ALL = 15 };

struct cursor {
    const unsigned char *at;
    const unsigned char *end;
};

static bool has(const struct cursor *cursor, uint64_t size)
{
    return size <= (uint64_t)(cursor->end - cursor->at);
}

static bool take_number(struct cursor *cursor, size_t width, uint64_t *out)
{
    uint64_t number = 0;

    if (!has(cursor, width))
        return false;
    for (size_t i = 0; i < width; i++)
        number = number << 8 | cursor->at[i];
    cursor->at += width;
    *out = number;
    return true;
}

static bool take_string(struct cursor *cursor, struct view *out)
{
    uint64_t size;
    unsigned char format;

    if (!has(cursor, 1))
        return false;
    format = *cursor->at++;
    if ((format & 0xe0) == 0xa0)
        size = format & 0x1f;
    else if (format < 0xd9 || format > 0xdb || !take_number(cursor, 1U << (format - 0xd9), &size))
        return false;
    if (!has(cursor, size))
        return false;
    *out = (struct view){cursor->at, size};
    cursor->at += size;
    return true;
}

static bool take_uint(struct cursor *cursor, uint64_t *out)
{
    unsigned char format;

    if (!has(cursor, 1))
        return false;
    format = *cursor->at++;
    if (format < 0x80) {
        *out = format;
        return true;
    }
    if (format >= 0xcc && format <= 0xcf)
        return take_number(cursor, 1U << (format - 0xcc), out);
    return format >= 0xd0 && format <= 0xd3 && take_number(cursor, 1U << (format - 0xd0), out) &&
           *out >> (8 * (1U << (format - 0xd0)) - 1) == 0;
}

/* The head of an array or map: `small` is its short form's first byte, `wide` its 16-bit form. */
static bool take_count(struct cursor *cursor, unsigned char small, unsigned char wide,
                       uint64_t *out)
{
    unsigned char format;

    if (!has(cursor, 1))
        return false;
    format = *cursor->at++;
    if ((format & 0xf0) == small) {
        *out = format & 0x0f;
        return true;
    }
    return (format == wide && take_number(cursor, 2, out)) ||
           (format == wide + 1 && take_number(cursor, 4, out));
}

static bool pass(struct cursor *cursor, int depth);

static bool pass_many(struct cursor *cursor, uint64_t count, int depth)
{
    if (depth == DEPTH_MAX)
        return false;
    for (; count > 0; count--)
        if (!pass(cursor, depth + 1))
            return false;
    return true;
}

static bool pass_bytes(struct cursor *cursor, uint64_t size)
{
    if (!has(cursor, size))
        return false;
    cursor->at += size;
    return true;
}

static bool pass_sized(struct cursor *cursor, size_t width, uint64_t more)
{
    uint64_t size;

    return take_number(cursor, width, &size) && pass_bytes(cursor, size + more);
}

static bool pass(struct cursor *cursor, int depth)
{
    static const unsigned char widths[] = {4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17};
    uint64_t count;
    unsigned char format;

    if (!has(cursor, 1))
        return false;
    format = *cursor->at++;
    if (format < 0x80 || format >= 0xe0 || format == 0xc0 || format == 0xc2 || format == 0xc3)
        return true;
    if (format < 0x90)
        return pass_many(cursor, 2 * (uint64_t)(format & 0x0f), depth);
    if (format < 0xa0)
        return pass_many(cursor, format & 0x0f, depth);
    if (format < 0xc0)
        return pass_bytes(cursor, format & 0x1f);
    if (format >= 0xca && format <= 0xd8)
        return pass_bytes(cursor, widths[format - 0xca]);
    if (format >= 0xd9 && format <= 0xdb)
        return pass_sized(cursor, 1U << (format - 0xd9), 0);
    if (format >= 0xc4 && format <= 0xc6)
        return pass_sized(cursor, 1U << (format - 0xc4), 0);
    if (format >= 0xc7 && format <= 0xc9)
        return pass_sized(cursor, 1U << (format - 0xc7), 1);
    return format >= 0xdc && take_number(cursor, format & 1 ? 4 : 2, &count) &&
           pass_many(cursor, format >= 0xde ? 2 * count : count, depth);
}

static bool take_tags(struct cursor *cursor, struct event *out)
{
    uint64_t count;
    struct view tag;

    if (!take_count(cursor, 0x90, 0xdc, &count))
        return false;
    out->tag_count = (uint32_t)count;
    out->tags.data = cursor->at;
    for (; count > 0; count--)
        if (!take_string(cursor, &tag))
            return false;
    out->tags.size = (size_t)(cursor->at - out->tags.data);
    return true;
}

static bool is_name(struct view key, const char *name, size_t size)
{
    return key.size == size && memcmp(key.data, name, size) == 0;
}

static bool take_field(struct cursor *cursor, struct view key, struct event *out, unsigned *seen)
{
    if (is_name(key, "id", 2)) {
        *seen |= ID;
        return take_uint(cursor, &out->id);
    }
    if (is_name(key, "user", 4)) {
        *seen |= USER;
        return take_string(cursor, &out->user);
    }
    if (is_name(key, "kind", 4)) {
        *seen |= KIND;
        return take_string(cursor, &out->kind);
    }
    if (is_name(key, "tags", 4)) {
        *seen |= TAGS;
        return take_tags(cursor, out);
    }
    return pass(cursor, 0);
}

bool event_read(const void *bytes, size_t size, struct event *out)
{
    struct cursor cursor = {bytes, (const unsigned char *)bytes + size};
    unsigned seen = 0;
    uint64_t count;

    if (!take_count(&cursor, 0x80, 0xde, &count))
        return false;
    for (; count > 0; count--) {
        struct view key;

        if (!take_string(&cursor, &key) || !take_field(&cursor, key, out, &seen))
            return false;
    }
    return seen == ALL && cursor.at == cursor.end;
}

struct view event_next_tag(struct view *tags)
{
    struct cursor cursor = {tags->data, tags->data + tags->size};
    struct view tag = {NULL, 0};

    take_string(&cursor, &tag);
    *tags = (struct view){cursor.at, (size_t)(cursor.end - cursor.at)};
    return tag;
}
