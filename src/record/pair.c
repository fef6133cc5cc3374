/* pair: see pair.h. */
#include "record/pair.h"

#include <assert.h>
#include <string.h>

bool leat_pair_append(struct leat_buffer *out, const leat_record *record)
{
    uint32_t size = record->key.data == NULL ? UINT32_MAX : (uint32_t)record->key.size;
    size_t before = out->size;

    if (leat_buffer_append(out, &size, sizeof size) &&
        (record->key.size == 0 || leat_buffer_append(out, record->key.data, record->key.size)) &&
        leat_buffer_append_char(out, record->value.data != NULL) &&
        (record->value.size == 0 ||
         leat_buffer_append(out, record->value.data, record->value.size)))
        return true;
    out->size = before;
    return false;
}

void leat_pair_split(leat_bytes pair, leat_bytes *out_key, leat_bytes *out_value)
{
    uint32_t size;
    size_t position = sizeof size;

    assert(pair.size > sizeof size);
    memcpy(&size, pair.data, sizeof size);
    *out_key = (leat_bytes){NULL, 0};
    if (size != UINT32_MAX) {
        *out_key = (leat_bytes){pair.data + position, size};
        position += size;
    }
    *out_value = (leat_bytes){NULL, 0};
    if (pair.data[position++] != 0)
        *out_value = (leat_bytes){pair.data + position, pair.size - position};
}
