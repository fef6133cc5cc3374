/* glom: a partition's values as one msgpack array. */
#include <string.h>

#include "exec/task.h"

static void write_value(struct leat_msgpack_writer *writer, leat_bytes value, leat_type type)
{
    int64_t integer;
    double number;

    if (value.data == NULL) {
        leat_msgpack_write_nil(writer);
        return;
    }
    if ((type == LEAT_I64 || type == LEAT_F64) && value.size != 8)
        type = LEAT_BYTES; /* Not what its type says. */
    if (type == LEAT_MSGPACK && value.size == 0) {
        leat_msgpack_write_nil(writer);
        return;
    }
    switch (type) {
    case LEAT_I64:
        memcpy(&integer, value.data, sizeof integer);
        leat_msgpack_write_int(writer, integer);
        break;
    case LEAT_F64:
        memcpy(&number, value.data, sizeof number);
        leat_msgpack_write_float(writer, number);
        break;
    case LEAT_STRING:
    case LEAT_JSON:
        leat_msgpack_write_string(writer, value);
        break;
    case LEAT_MSGPACK:
        if (!leat_buffer_append(&writer->buffer, value.data, value.size))
            writer->failed = true;
        break;
    default:
        leat_msgpack_write_binary(writer, value);
        break;
    }
}

leat_status leat_glom_partition(struct leat_task *task, struct leat_step *step)
{
    leat_type type = step->rdd->parents[0]->node.value_type;
    struct leat_msgpack_writer elements;
    struct leat_buffer array = {0};
    const leat_record *record;
    leat_msgpack_writer *head;
    leat_bytes written;
    uint32_t count = 0;
    leat_status status;

    leat_msgpack_writer_init(&elements);
    for (; (record = leat_iterator_next(&step->iterator)) != NULL; count++)
        write_value(&elements, record->value, type);
    head = leat_task_msgpack(task);
    leat_msgpack_write_array(head, count);
    written = leat_msgpack_written(head);
    status = leat_buffer_append(&array, written.data, written.size) ? LEAT_OK : LEAT_NO_MEMORY;
    written = leat_msgpack_written(&elements);
    if (status == LEAT_OK && written.size > 0 &&
        !leat_buffer_append(&array, written.data, written.size))
        status = LEAT_NO_MEMORY;
    step->emitter.input = NULL; /* Of no record in particular. */
    if (status == LEAT_OK)
        status =
            leat_emit(&step->emitter, (leat_bytes){NULL, 0}, (leat_bytes){array.data, array.size});
    leat_buffer_release(&array);
    leat_msgpack_writer_release(&elements);
    return status;
}
