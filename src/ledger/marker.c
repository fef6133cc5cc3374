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

bool leat_marker_is_one(const char *text)
{
    return strncmp(text, "leat:", 5) == 0;
}

static bool is_lineage(const char *text)
{
    return strcmp(text, "-") == 0 ||
           (strlen(text) == LEAT_LINEAGE_SIZE - 1 && strchr(text, '-') == NULL);
}

/* "<incarnation>.<k>" */
static bool is_attempt(const char *text)
{
    size_t first = strspn(text, "0123456789");
    size_t second = text[first] == '.' ? strspn(text + first + 1, "0123456789") : 0;

    return first > 0 && second > 0 && text[first + 1 + second] == '\0';
}

/* True when marker makes text again: no blanks, signs, zeros or overflows that a scan lets by. */
static bool is_exactly(const struct leat_marker *marker, const char *text)
{
    char again[LEAT_OFFSET_METADATA_MAX];

    leat_marker_write(marker, again);
    return strcmp(again, text) == 0;
}

bool leat_marker_parse(const char *text, struct leat_marker *out)
{
    struct leat_marker marker;

    if (sscanf(text, "leat:1:%16[0-9a-f-]:%" SCNd64 ":%47[0-9.]:%" SCNd64, marker.lineage,
               &marker.n, marker.attempt, &marker.time) != 4 ||
        marker.n < 0 || !is_lineage(marker.lineage) || !is_attempt(marker.attempt) ||
        !is_exactly(&marker, text))
        return false;
    *out = marker;
    return true;
}
