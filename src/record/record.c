/* record: the public accessors of a record, see leat/task.h. */
#include "record/record.h"

#include "leat/task.h"

const char *leat_record_topic(const leat_record *record)
{
    return record->origin == NULL ? NULL : record->origin->topic;
}

int32_t leat_record_partition(const leat_record *record)
{
    return record->origin == NULL ? -1 : record->origin->partition;
}

bool leat_record_header(const leat_record *record, size_t index, const char **out_name,
                        leat_bytes *out_value)
{
    if (record->origin == NULL || record->headers == NULL || record->origin->header == NULL)
        return false;
    return record->origin->header(record->headers, index, out_name, out_value);
}
