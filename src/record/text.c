/* text: see text.h. */
#include "record/text.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool append_text(struct leat_buffer *out, const char *text)
{
    return leat_buffer_append(out, text, strlen(text));
}

/* In as few digits as read back the same; 1e16 and more with an exponent, as Python's repr. */
static void print_f64(char *text, size_t size, double number)
{
    double magnitude = fabs(number);
    int digits = magnitude < DBL_MIN ? 1 : 15;

    for (; digits < 17; digits++) {
        snprintf(text, size, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    if (digits == 17)
        snprintf(text, size, magnitude >= 1e16 ? "%.16e" : "%.17g", number);
    else if (magnitude >= 1e15 && magnitude < 1e16)
        snprintf(text, size, "%.0f", number);
}

static bool append_f64(struct leat_buffer *out, double number)
{
    char text[40];

    if (isnan(number))
        return append_text(out, "nan");
    if (isinf(number))
        return append_text(out, number < 0 ? "-inf" : "inf");
    print_f64(text, sizeof text, number);
    return append_text(out, text) &&
           (text[strspn(text, "-0123456789")] != '\0' || append_text(out, ".0"));
}

bool leat_text_append(struct leat_buffer *out, leat_bytes bytes, leat_type type)
{
    char number[24];

    if (bytes.data == NULL)
        return append_text(out, "None");
    if (type == LEAT_I64 && bytes.size == 8) {
        snprintf(number, sizeof number, "%" PRId64, leat_i64(bytes));
        return append_text(out, number);
    }
    if (type == LEAT_F64 && bytes.size == 8)
        return append_f64(out, leat_f64(bytes));
    if (type == LEAT_MSGPACK)
        return leat_text_append_msgpack(out, bytes);
    return leat_buffer_append(out, bytes.data, bytes.size);
}

bool leat_text_line_append(struct leat_buffer *out, const leat_record *record, leat_type key_type,
                           leat_type value_type)
{
    size_t before = out->size;

    if ((key_type == LEAT_BYTES ||
         (leat_text_append(out, record->key, key_type) && leat_buffer_append_char(out, '\t'))) &&
        leat_text_append(out, record->value, value_type) && leat_buffer_append_char(out, '\n'))
        return true;
    out->size = before;
    return false;
}
