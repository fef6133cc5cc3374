/* recovery: see recovery.h. The table is commit-protocol.md's, row by row. */
#include "ledger/recovery.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "ledger/marker.h"

enum { POSITIONS_LEDGER = 1, POSITIONS_GROUP = 2, ASSUME_COMMITTED = 1, ASSUME_ABORTED = 2 };

static bool same(const struct leat_group_offset *a, const struct leat_group_offset *b)
{
    return a->offset == b->offset && (a->offset < 0 || strcmp(a->metadata, b->metadata) == 0);
}

static bool equals(const struct leat_image *image, const struct leat_group_offset *found)
{
    for (size_t i = 0; i < image->count; i++)
        if (!same(&image->entries[i].at, &found[i]))
            return false;
    return true;
}

enum leat_group_match leat_image_match(const struct leat_image *before,
                                       const struct leat_image *after,
                                       const struct leat_group_offset *found)
{
    bool absent = true;

    if (after->count == 0)
        return LEAT_GROUP_ABSENT; /* Equal to everything, and no proof of anything. */
    if (equals(after, found))
        return LEAT_GROUP_AFTER;
    if (before != NULL && equals(before, found))
        return LEAT_GROUP_BEFORE;
    for (size_t i = 0; i < after->count; i++)
        absent = absent && found[i].offset < 0;
    return absent ? LEAT_GROUP_ABSENT : LEAT_GROUP_OTHER;
}

/* Whether a marker does not keep a start from going on. */
typedef bool (*harmless_fn)(const struct leat_marker *marker, const struct leat_ledger_view *view);

static bool is_never_harmless(const struct leat_marker *marker, const struct leat_ledger_view *view)
{
    (void)marker;
    (void)view;
    return false;
}

static bool is_without_directory(const struct leat_marker *marker,
                                 const struct leat_ledger_view *view)
{
    (void)view;
    return strcmp(marker->lineage, "-") == 0;
}

static bool is_ours(const struct leat_marker *marker, const struct leat_ledger_view *view)
{
    return strcmp(marker->lineage, view->lineage) == 0;
}

static bool is_ours_and_old(const struct leat_marker *marker, const struct leat_ledger_view *view)
{
    return is_ours(marker, view) && marker->n <= view->settled.n;
}

/* The first marker that is not harmless, which one of another version never is; NULL: none. */
static const struct leat_image_entry *find_marker(const struct leat_recovery_input *input,
                                                  harmless_fn is_harmless)
{
    for (size_t i = 0; input->found != NULL && i < input->found->count; i++) {
        const struct leat_image_entry *entry = &input->found->entries[i];
        struct leat_marker marker;

        if (entry->at.offset < 0 || !leat_marker_is_one(entry->at.metadata))
            continue;
        if (!leat_marker_parse(entry->at.metadata, &marker) || !is_harmless(&marker, input->ledger))
            return entry;
    }
    return NULL;
}

static bool any_present(const struct leat_image *found)
{
    for (size_t i = 0; found != NULL && i < found->count; i++)
        if (found->entries[i].at.offset >= 0)
            return true;
    return false;
}

static enum leat_recovery_action stop_foreign(const struct leat_image_entry *entry, leat_error *err)
{
    struct leat_marker marker;

    if (!leat_marker_parse(entry->at.metadata, &marker)) {
        leat_fail(err, LEAT_INVALID,
                  "topic '%s' partition %" PRId32
                  " has the marker '%.60s', which this version does not know; use the version that "
                  "wrote it, or give --adopt to begin anew at the group's offsets",
                  entry->topic, entry->partition, entry->at.metadata);
        return LEAT_RECOVERY_STOP;
    }
    leat_fail(err, LEAT_INVALID,
              "this group belongs to lineage %s (its batch %" PRId64
              "): another job, or this one with another checkpoint directory; start that one, or "
              "give --adopt to begin anew at the group's offsets",
              marker.lineage, marker.n);
    return LEAT_RECOVERY_STOP;
}

static void append_differences(const struct leat_image *recorded, const struct leat_image *found,
                               struct leat_buffer *out)
{
    int shown = 0;

    for (size_t i = 0; i < recorded->count && found != NULL && i < found->count && shown < 2; i++) {
        const struct leat_group_offset *a = &recorded->entries[i].at;
        const struct leat_group_offset *b = &found->entries[i].at;

        if (same(a, b))
            continue;
        if (!leat_buffer_printf(out,
                                "; topic '%s' partition %" PRId32 ": recorded %" PRId64
                                " '%s', found %" PRId64 " '%s'",
                                recorded->entries[i].topic, recorded->entries[i].partition,
                                a->offset, a->metadata, b->offset, b->metadata))
            return;
        shown++;
    }
}

static enum leat_recovery_action stop_different(const struct leat_recovery_input *input,
                                                const struct leat_image *recorded, leat_error *err)
{
    struct leat_buffer text = {0};

    append_differences(recorded, input->found, &text);
    leat_fail(
        err, LEAT_INVALID,
        "the group's offsets are not what this checkpoint recorded: somebody else wrote them, "
        "or the checkpoint is an old copy; --positions=ledger goes on from the checkpoint, "
        "--positions=group from the group (only without state)%s",
        text.size == 0 ? "" : text.data);
    leat_buffer_release(&text);
    return LEAT_RECOVERY_STOP;
}

static enum leat_recovery_action stop_unknowable(const struct leat_prepared *prepared,
                                                 leat_error *err)
{
    leat_fail(
        err, LEAT_INVALID,
        "the outcome of batch %" PRId64 " cannot be known: the group shows neither what was "
        "before it nor what came after (offsets expired, were deleted, or somebody else wrote "
        "them); look for its records in the output and give --assume=committed or "
        "--assume=aborted",
        prepared->n);
    return LEAT_RECOVERY_STOP;
}

static enum leat_recovery_action decide_new(const struct leat_recovery_input *input,
                                            leat_error *err)
{
    const struct leat_image_entry *marker = find_marker(input, is_never_harmless);

    if (marker != NULL && !input->adopt)
        return stop_foreign(marker, err);
    return any_present(input->found) ? LEAT_RECOVERY_TAKE_OVER : LEAT_RECOVERY_GENESIS;
}

static enum leat_recovery_action decide_without_directory(const struct leat_recovery_input *input,
                                                          leat_error *err)
{
    const struct leat_image_entry *foreign = find_marker(input, is_without_directory);

    if (foreign != NULL)
        return input->adopt ? LEAT_RECOVERY_TAKE_OVER : stop_foreign(foreign, err);
    if (find_marker(input, is_never_harmless) != NULL)
        return LEAT_RECOVERY_RESUME;
    return any_present(input->found) ? LEAT_RECOVERY_TAKE_OVER : LEAT_RECOVERY_GENESIS;
}

/* The user's answer to question (3). */
static enum leat_recovery_action by_positions(const struct leat_recovery_input *input,
                                              const struct leat_image *recorded,
                                              enum leat_recovery_action ledger, leat_error *err)
{
    if (input->positions == POSITIONS_LEDGER)
        return ledger;
    if (input->positions == POSITIONS_GROUP && input->stateless)
        return LEAT_RECOVERY_TAKE_OVER;
    return stop_different(input, recorded, err);
}

/* Question (4) has the same answers whatever made the outcome unknowable. */
static enum leat_recovery_action by_assumption(const struct leat_recovery_input *input,
                                               leat_error *err)
{
    if (input->assume == ASSUME_COMMITTED)
        return LEAT_RECOVERY_FORWARD;
    if (input->assume == ASSUME_ABORTED)
        return LEAT_RECOVERY_BACK;
    return stop_unknowable(&input->ledger->prepared, err);
}

static enum leat_recovery_action decide_prepared(const struct leat_recovery_input *input,
                                                 leat_error *err)
{
    const struct leat_prepared *prepared = &input->ledger->prepared;

    if (prepared->authority == LEAT_AUTHORITY_LEDGER)
        return LEAT_RECOVERY_FORWARD;
    if (prepared->authority == LEAT_AUTHORITY_AT_LEAST_ONCE)
        return LEAT_RECOVERY_BACK;
    switch (input->match) {
    case LEAT_GROUP_AFTER:
        return LEAT_RECOVERY_FORWARD;
    case LEAT_GROUP_BEFORE:
        return LEAT_RECOVERY_BACK;
    case LEAT_GROUP_ABSENT:
        return by_assumption(input, err);
    default:
        if (input->positions == POSITIONS_LEDGER)
            return by_assumption(input, err);
        return by_positions(input, &prepared->after, LEAT_RECOVERY_STOP, err);
    }
}

/* Another group or cluster than was recorded: only an untouched one may be given our markers. */
static enum leat_recovery_action decide_other_group(const struct leat_recovery_input *input,
                                                    leat_error *err)
{
    const struct leat_image_entry *marker = find_marker(input, is_ours_and_old);

    return marker == NULL ? LEAT_RECOVERY_ANCHOR : stop_foreign(marker, err);
}

/* Authority L and A. That the group is ahead, or another's, is what the look has stopped on unless
 * there is an answer. */
static enum leat_recovery_action decide_by_ledger(const struct leat_recovery_input *input,
                                                  leat_error *err)
{
    if (input->positions != POSITIONS_GROUP || find_marker(input, is_ours_and_old) == NULL)
        return LEAT_RECOVERY_GO_ON;
    return by_positions(input, &input->ledger->settled.image, LEAT_RECOVERY_GO_ON, err);
}

static enum leat_recovery_action decide_settled(const struct leat_recovery_input *input,
                                                leat_error *err)
{
    if (!input->exactly_once || !input->kafka_authority)
        return decide_by_ledger(input, err);
    if (input->adopt && find_marker(input, is_ours) != NULL)
        return LEAT_RECOVERY_TAKE_OVER;
    if (!input->same_group)
        return decide_other_group(input, err);
    switch (input->match) {
    case LEAT_GROUP_AFTER:
        return input->same_identity ? LEAT_RECOVERY_GO_ON : LEAT_RECOVERY_ANCHOR;
    case LEAT_GROUP_ABSENT:
        return LEAT_RECOVERY_ANCHOR;
    default:
        return by_positions(input, &input->ledger->settled.image, LEAT_RECOVERY_ANCHOR, err);
    }
}

enum leat_recovery_action leat_recovery_decide(const struct leat_recovery_input *input,
                                               leat_error *err)
{
    if (input->ledger == NULL)
        return decide_without_directory(input, err);
    if (input->ledger->is_new)
        return decide_new(input, err);
    if (input->ledger->prepared.present)
        return decide_prepared(input, err);
    /* Nothing was produced under the anchor of another group: today's group counts. */
    if (!input->ledger->anchoring.present || !input->same_group)
        return decide_settled(input, err);
    if (input->match != LEAT_GROUP_OTHER)
        return LEAT_RECOVERY_REDO_ANCHOR;
    return by_positions(input, &input->ledger->anchoring.after, LEAT_RECOVERY_REDO_ANCHOR, err);
}
