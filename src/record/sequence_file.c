/* sequence_file: the classes of keys and values and their forms, see sequence_file.h. */
#include "record/sequence_file.h"

#include <endian.h>
#include <string.h>

static const char *const class_names[LEAT_WRITABLE_COUNT] = {
    [LEAT_WRITABLE_NULL] = "org.apache.hadoop.io.NullWritable",
    [LEAT_WRITABLE_BYTES] = "org.apache.hadoop.io.BytesWritable",
    [LEAT_WRITABLE_TEXT] = "org.apache.hadoop.io.Text",
    [LEAT_WRITABLE_LONG] = "org.apache.hadoop.io.LongWritable",
    [LEAT_WRITABLE_DOUBLE] = "org.apache.hadoop.io.DoubleWritable",
};

const char *leat_writable_class(enum leat_writable writable)
{
    return class_names[writable];
}

bool leat_writable_of_class(leat_bytes name, enum leat_writable *out)
{
    for (int i = 0; i < LEAT_WRITABLE_COUNT; i++) {
        if (leat_bytes_equal(name, leat_string(class_names[i]))) {
            *out = (enum leat_writable)i;
            return true;
        }
    }
    return false;
}

enum leat_writable leat_writable_of_type(leat_type type)
{
    switch (type) {
    case LEAT_STRING:
    case LEAT_JSON:
        return LEAT_WRITABLE_TEXT;
    case LEAT_I64:
        return LEAT_WRITABLE_LONG;
    case LEAT_F64:
        return LEAT_WRITABLE_DOUBLE;
    default:
        return LEAT_WRITABLE_BYTES;
    }
}

leat_type leat_writable_type(enum leat_writable writable)
{
    switch (writable) {
    case LEAT_WRITABLE_TEXT:
        return LEAT_STRING;
    case LEAT_WRITABLE_LONG:
        return LEAT_I64;
    case LEAT_WRITABLE_DOUBLE:
        return LEAT_F64;
    default:
        return LEAT_BYTES;
    }
}

/* ---- Hadoop's integers ---- */

bool leat_vint_append(struct leat_buffer *out, uint32_t number)
{
    unsigned char bytes[5];
    int count = 0;

    if (number <= 127)
        return leat_buffer_append_char(out, (char)number);
    for (uint32_t rest = number; rest != 0; rest >>= 8)
        count++;
    bytes[0] = (unsigned char)(-112 - count);
    for (int i = 0; i < count; i++)
        bytes[count - i] = (unsigned char)(number >> 8 * i);
    return leat_buffer_append(out, bytes, (size_t)count + 1);
}

bool leat_vint_read(leat_bytes bytes, size_t *at, uint32_t *out)
{
    uint64_t number = 0;
    int first;
    size_t count;

    if (*at >= bytes.size)
        return false;
    first = (signed char)bytes.data[*at];
    if (first >= 0) {
        *out = (uint32_t)first;
        ++*at;
        return true;
    }
    count = (size_t)(-112 - first);
    if (first >= -112 || count > 4 || bytes.size - *at - 1 < count)
        return false;
    for (size_t i = 1; i <= count; i++)
        number = number << 8 | (unsigned char)bytes.data[*at + i];
    if (number > INT32_MAX)
        return false;
    *out = (uint32_t)number;
    *at += count + 1;
    return true;
}

/* ---- the forms ---- */

static leat_status append_number(enum leat_writable writable, leat_bytes bytes,
                                 struct leat_buffer *out, leat_error *err)
{
    uint64_t number;

    if (bytes.data == NULL || bytes.size != sizeof number)
        return leat_fail(err, LEAT_INVALID, "%s is no number for a %s; declare the type it has",
                         bytes.data == NULL ? "null" : "what is not 8 bytes long",
                         class_names[writable]);
    memcpy(&number, bytes.data, sizeof number);
    number = htobe64(number);
    if (!leat_buffer_append(out, &number, sizeof number))
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a record");
    return LEAT_OK;
}

leat_status leat_writable_append(enum leat_writable writable, leat_bytes bytes,
                                 struct leat_buffer *out, leat_error *err)
{
    bool appended = true;

    if (bytes.size > INT32_MAX - 8)
        return leat_fail(err, LEAT_LIMIT, "%zu bytes are too many for a %s", bytes.size,
                         class_names[writable]);
    switch (writable) {
    case LEAT_WRITABLE_LONG:
    case LEAT_WRITABLE_DOUBLE:
        return append_number(writable, bytes, out, err);
    case LEAT_WRITABLE_NULL:
        if (bytes.data != NULL)
            return leat_fail(err, LEAT_INVALID, "a NullWritable cannot hold %zu bytes", bytes.size);
        return LEAT_OK;
    case LEAT_WRITABLE_BYTES: {
        uint32_t size = htobe32((uint32_t)bytes.size);

        appended = leat_buffer_append(out, &size, sizeof size);
        break;
    }
    default:
        appended = leat_vint_append(out, (uint32_t)bytes.size);
        break;
    }
    if (!appended || !leat_buffer_append(out, bytes.data, bytes.size))
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a record");
    return LEAT_OK;
}

/* Where the bytes of a form with a length before them begin; false when the length is not theirs.
 */
static bool skip_size(enum leat_writable writable, leat_bytes form, size_t *out_at)
{
    uint32_t size;

    *out_at = 0;
    if (writable == LEAT_WRITABLE_TEXT)
        return leat_vint_read(form, out_at, &size) && size == form.size - *out_at;
    if (form.size < sizeof size)
        return false;
    memcpy(&size, form.data, sizeof size);
    *out_at = sizeof size;
    return be32toh(size) == form.size - sizeof size;
}

leat_status leat_writable_read(enum leat_writable writable, leat_bytes form, uint64_t *number,
                               leat_bytes *out, leat_error *err)
{
    size_t at = 0;
    bool good;

    switch (writable) {
    case LEAT_WRITABLE_NULL:
        good = form.size == 0;
        *out = (leat_bytes){NULL, 0};
        break;
    case LEAT_WRITABLE_LONG:
    case LEAT_WRITABLE_DOUBLE:
        good = form.size == sizeof *number;
        if (good) {
            memcpy(number, form.data, sizeof *number);
            *number = be64toh(*number);
        }
        *out = (leat_bytes){(const char *)number, sizeof *number};
        break;
    default:
        good = skip_size(writable, form, &at);
        *out = (leat_bytes){form.data + at, form.size - at};
        break;
    }
    if (!good)
        return leat_fail(err, LEAT_CORRUPT, "%zu bytes are no %s", form.size,
                         class_names[writable]);
    return LEAT_OK;
}
