/* json: see json.h. */
#include "record/json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "record/msgpack_reader.h"
#include "record/text.h"

static bool is_plain(char c)
{
    return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}

bool leat_json_append_string(struct leat_buffer *out, leat_bytes text)
{
    const char *at = text.data;
    const char *end = text.data + text.size;

    if (!leat_buffer_append_char(out, '"'))
        return false;
    while (at < end) {
        const char *plain = at;

        while (at < end && is_plain(*at))
            at++;
        if (!leat_buffer_append(out, plain, (size_t)(at - plain)))
            return false;
        if (at == end)
            break;
        if (!leat_buffer_printf(out, (unsigned char)*at < 0x20 ? "\\u%04x" : "\\%c",
                                (unsigned char)*at))
            return false;
        at++;
    }
    return leat_buffer_append_char(out, '"');
}

bool leat_json_append_base64(struct leat_buffer *out, leat_bytes bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    if (!leat_buffer_append(out, "\"base64:", 8))
        return false;
    for (size_t i = 0; i < bytes.size; i += 3) {
        uint32_t group = 0;
        char text[4];
        size_t left = bytes.size - i < 3 ? bytes.size - i : 3;

        for (size_t k = 0; k < 3; k++)
            group = group << 8 | (k < left ? (unsigned char)bytes.data[i + k] : 0U);
        for (size_t k = 0; k < 4; k++)
            text[k] = k <= left ? digits[group >> (18 - 6 * k) & 63U] : '=';
        if (!leat_buffer_append(out, text, 4))
            return false;
    }
    return leat_buffer_append_char(out, '"');
}

/* Bytes of the sequence that begins here; 0: it is no UTF-8 (RFC 3629: shortest form, no
 * surrogates, up to U+10FFFF). */
static size_t sequence_size(const unsigned char *at, size_t left)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size = at[0] < 0x80 ? 1 : at[0] < 0xC0 ? 0 : at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;
    uint32_t code;

    if (size <= 1)
        return size;
    if (at[0] > 0xF4 || size > left)
        return 0;
    code = at[0] & (0xFFU >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (at[i] & 0x3FU);
    }
    if (code < least[size] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
        return 0;
    return size;
}

static bool is_utf8(leat_bytes bytes)
{
    const unsigned char *at = (const unsigned char *)bytes.data;
    size_t left = bytes.size;

    while (left > 0) {
        size_t size = sequence_size(at, left);

        if (size == 0)
            return false;
        at += size;
        left -= size;
    }
    return true;
}

bool leat_json_append_bytes(struct leat_buffer *out, leat_bytes bytes)
{
    if (bytes.data == NULL)
        return leat_buffer_append(out, "null", 4);
    return is_utf8(bytes) ? leat_json_append_string(out, bytes)
                          : leat_json_append_base64(out, bytes);
}

bool leat_json_append(struct leat_buffer *out, leat_bytes bytes, leat_type type)
{
    leat_msgpack_value value;

    if (bytes.data != NULL && type == LEAT_F64 && bytes.size == 8 && !isfinite(leat_f64(bytes)))
        return leat_buffer_append(out, "null", 4);
    if (bytes.data != NULL && (type == LEAT_I64 || type == LEAT_F64) && bytes.size == 8)
        return leat_text_append(out, bytes, type);
    if (bytes.data != NULL && type == LEAT_MSGPACK &&
        leat_msgpack_value_read(bytes, &value, NULL) == LEAT_OK)
        return leat_text_append(out, bytes, type);
    return leat_json_append_bytes(out, bytes);
}
