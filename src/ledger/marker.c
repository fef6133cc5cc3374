/* marker: see marker.h. */
#include "ledger/marker.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void leat_marker_write(const struct leat_marker *marker, char out[LEAT_OFFSET_METADATA_MAX])
{
    snprintf(out, LEAT_OFFSET_METADATA_MAX, "leat:1:%s:%" PRId64 ":%s:%" PRId64, marker->lineage,
             marker->n, marker->attempt[0] == '\0' ? "0.0" : marker->attempt, marker->time);
}

bool leat_marker_parse(const char *text, struct leat_marker *out)
{
    struct leat_marker marker;
    int end = -1;

    if (sscanf(text, "leat:1:%16[0-9a-f-]:%" SCNd64 ":%47[0-9.]:%" SCNd64 "%n", marker.lineage,
               &marker.n, marker.attempt, &marker.time, &end) != 4 ||
        end < 0 || text[end] != '\0')
        return false;
    if (strcmp(marker.lineage, "-") != 0 && strlen(marker.lineage) != LEAT_LINEAGE_SIZE - 1)
        return false;
    *out = marker;
    return true;
}
