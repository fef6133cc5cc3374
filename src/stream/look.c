/* look: what a start finds out before it touches anything: a refused start must not hurt a job that
 * runs. It decides nothing else; where others would be fenced, it asks the recovery table whether
 * the start would stop afterwards. */
#include <inttypes.h>
#include <string.h>

#include "base/crash_point.h"
#include "base/memory.h"
#include "ledger/marker.h"
#include "stream/engine_internal.h"
#include "stream/meeting.h"

/* The user has given an answer; whether it is one is for the recovery table to say. */
static bool may_take_over(const struct leat_engine *engine)
{
    return engine->settings.adopt || engine->settings.positions != LEAT_POSITIONS_ASK;
}

static leat_status check_members(struct leat_cluster *cluster, const char *group, int timeout_ms,
                                 leat_error *err)
{
    char member[128];
    size_t count = 0;

    LEAT_TRY(cluster->ops->group_members(cluster, timeout_ms, &count, member, err));
    if (count == 0)
        return LEAT_OK;
    return leat_fail(err, LEAT_INVALID,
                     "group '%s' has %zu live member%s, one of them %s: consumers that commit the "
                     "same offsets; stop them, or give this job another group_id",
                     group, count, count == 1 ? "" : "s", member);
}

/* Newest batch that the ledger has heard of; a group that is ahead of it has another story. */
static int64_t newest(const struct leat_ledger_view *view)
{
    return view->prepared.present ? view->prepared.n : view->settled.n;
}

static leat_status check_marker(const struct leat_engine *engine, const char *group,
                                const struct leat_marker *marker,
                                const struct leat_ledger_view *view, leat_error *err)
{
    if (may_take_over(engine))
        return LEAT_OK;
    if (strcmp(marker->lineage, engine->lineage) != 0)
        return leat_fail(err, LEAT_INVALID,
                         "group '%s' belongs to lineage %s (its batch %" PRId64
                         "): another job, or this one with another checkpoint directory; start "
                         "that one, or give --adopt to begin anew at the group's offsets",
                         group, marker->lineage, marker->n);
    if (view == NULL || engine->authority == LEAT_AUTHORITY_KAFKA || marker->n <= newest(view))
        return LEAT_OK;
    return leat_fail(err, LEAT_INVALID,
                     "group '%s' has batch %" PRId64
                     ", and the checkpoint knows none after %" PRId64
                     ": it is an old copy; --positions=ledger goes on from it, --positions=group "
                     "from the group (only without state)",
                     group, marker->n, newest(view));
}

static leat_status say_unreadable(const struct leat_engine *engine, const char *group,
                                  const char *marker, leat_error *err)
{
    if (may_take_over(engine))
        return LEAT_OK;
    return leat_fail(
        err, LEAT_INVALID,
        "group '%s' has the marker '%s' of another version of leat; start that one, or "
        "give --adopt to begin anew at the group's offsets",
        group, marker);
}

static leat_status check_offsets(struct leat_engine *engine, struct leat_cluster *cluster,
                                 const char *group, const struct leat_topic_partition *keys,
                                 size_t count, const struct leat_ledger_view *view, leat_error *err)
{
    struct leat_group_offset *found = leat_alloc(count + 1, sizeof *found);
    leat_status status;

    if (found == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for %zu offsets", count);
    status = cluster->ops->group_offsets(cluster, keys, count,
                                         (int)engine->settings.connect_timeout_ms, found, err);
    for (size_t i = 0; status == LEAT_OK && i < count; i++) {
        struct leat_marker marker;

        if (found[i].offset < 0 || !leat_marker_is_one(found[i].metadata))
            continue;
        status = leat_marker_parse(found[i].metadata, &marker)
                     ? check_marker(engine, group, &marker, view, err)
                     : say_unreadable(engine, group, found[i].metadata, err);
    }
    leat_free(found);
    return status;
}

static leat_status look_at(struct leat_engine *engine, const char *brokers, const char *group,
                           const struct leat_topic_partition *keys, size_t count,
                           const struct leat_ledger_view *view, leat_error *err)
{
    struct leat_cluster *cluster;
    leat_status status;

    LEAT_TRY(leat_committer_open_cluster(engine, brokers, group, true, &cluster, err));
    status = check_members(cluster, group, (int)engine->settings.connect_timeout_ms, err);
    if (status == LEAT_OK)
        status = check_offsets(engine, cluster, group, keys, count, view, err);
    cluster->ops->destroy(cluster);
    return status;
}

leat_status leat_engine_look(struct leat_engine *engine, const struct leat_ledger_view *view,
                             leat_error *err)
{
    const struct leat_committer *committer = &engine->committer;

    if (committer->uses_marker_topic)
        LEAT_TRY(look_at(engine, committer->brokers, committer->group, engine->image_keys,
                         engine->settled.image.count, view, err));
    for (size_t i = 0; i < engine->link_count; i++)
        LEAT_TRY(look_at(engine, engine->links[i].brokers, engine->job_group,
                         engine->links[i].query, engine->links[i].query_count, view, err));
    if (engine->authority == LEAT_AUTHORITY_KAFKA ||
        (view != NULL && leat_engine_is_recorded_elsewhere(engine, view)))
        LEAT_TRY(leat_meeting_foresee(engine, err));
    LEAT_CRASH_POINT("start.after_look");
    return LEAT_OK;
}
