/*
 * record: what stands behind the public leat_record: where it came from, and how its headers are
 * read.
 *
 * Thread: read-only.
 */
#ifndef LEAT_RECORD_RECORD_H
#define LEAT_RECORD_RECORD_H

#include "base/status.h"

/* One for each source partition; lives longer than every record that points to it. */
struct leat_origin {
    const char *topic; /* One pointer per topic. */
    int32_t partition;
    /* The header at index of what leat_record.headers points to; false past the last. */
    bool (*header)(const void *headers, size_t index, const char **out_name, leat_bytes *out_value);
};

#endif
