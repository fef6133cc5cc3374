/*
 * marker: the text that a batch leaves in the group's offset metadata:
 *
 *   leat:1:<lineage>:<n>:<attempt>:<T>        less than 100 bytes
 *
 * Thread: any.
 */
#ifndef LEAT_LEDGER_MARKER_H
#define LEAT_LEDGER_MARKER_H

#include "ledger/ledger.h"

struct leat_marker {
    char lineage[LEAT_LINEAGE_SIZE];
    int64_t n;
    char attempt[LEAT_ATTEMPT_SIZE];
    leat_time time;
};

void leat_marker_write(const struct leat_marker *marker, char out[LEAT_OFFSET_METADATA_MAX]);

/* True for what a leat of any version wrote, and nobody else. */
bool leat_marker_is_one(const char *text);

/* False when text is not exactly what leat_marker_write makes. */
bool leat_marker_parse(const char *text, struct leat_marker *out);

#endif
