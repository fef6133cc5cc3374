/* msgpack_task: the msgpack functions that fail a task, see leat/msgpack.h. */
#include "exec/task.h"
#include "record/msgpack_reader.h"

leat_msgpack_writer *leat_task_msgpack(leat_task *task)
{
    leat_msgpack_writer_reset(&task->writer);
    return &task->writer;
}

leat_status leat_msgpack_read(leat_task *task, leat_bytes bytes, leat_msgpack_value *out_value)
{
    return leat_msgpack_value_read(bytes, out_value, &task->error);
}

leat_status leat_msgpack_read_map(leat_task *task, leat_bytes map, leat_msgpack_field *fields,
                                  size_t count)
{
    return leat_msgpack_map_fields(map, fields, count, &task->error);
}
