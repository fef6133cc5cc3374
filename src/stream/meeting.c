/* meeting: see meeting.h. */
#include "stream/meeting.h"

#include <string.h>

#include "base/memory.h"
#include "state/store.h"
#include "stream/engine_internal.h"

void leat_meeting_release(struct leat_meeting *meeting)
{
    if (meeting->has_view)
        leat_ledger_view_release(&meeting->view);
    leat_free(meeting->found.entries);
    *meeting = (struct leat_meeting){.match = LEAT_GROUP_OTHER};
}

leat_status leat_meeting_load(struct leat_engine *engine, struct leat_meeting *out, leat_error *err)
{
    *out = (struct leat_meeting){.match = LEAT_GROUP_OTHER};
    if (engine->ledger == NULL)
        return LEAT_OK;
    LEAT_TRY(leat_ledger_load(engine->ledger, &out->view, err));
    out->has_view = true;
    memcpy(engine->lineage, out->view.lineage, sizeof engine->lineage);
    return LEAT_OK;
}

/* ---- the group's side ---- */

static leat_status read_found(struct leat_engine *engine, struct leat_cluster *cluster,
                              const struct leat_image *keys, struct leat_meeting *out,
                              leat_error *err)
{
    struct leat_group_offset *found = leat_alloc(keys->count + 1, sizeof *found);
    leat_status status = LEAT_OK;

    leat_free(out->found.entries);
    out->found = (struct leat_image){leat_alloc(keys->count + 1, sizeof *keys->entries), 0};
    if (found == NULL || out->found.entries == NULL)
        status = leat_fail(err, LEAT_NO_MEMORY, "no memory for %zu offsets", keys->count);
    if (status == LEAT_OK && keys->count > 0)
        status = leat_image_read(engine, cluster, keys, found, err);
    for (size_t i = 0; status == LEAT_OK && i < keys->count; i++) {
        out->found.entries[i] = keys->entries[i];
        out->found.entries[i].at = found[i];
        out->found.count = keys->count;
    }
    leat_free(found);
    return status;
}

/* By a handle for this once. */
static leat_status read_at(struct leat_engine *engine, const char *brokers, const char *group,
                           const struct leat_image *keys, struct leat_meeting *out, leat_error *err)
{
    struct leat_cluster *cluster;
    leat_status status;

    LEAT_TRY(leat_committer_open_cluster(engine, brokers, group, out->only_looks, &cluster, err));
    status = read_found(engine, cluster, keys, out, err);
    cluster->ops->destroy(cluster);
    return status;
}

static leat_status read_today(struct leat_engine *engine, const struct leat_image *keys,
                              struct leat_meeting *out, leat_error *err)
{
    const struct leat_committer *committer = &engine->committer;

    if (out->only_looks && keys->count > 0)
        return read_at(engine, committer->brokers, committer->group, keys, out, err);
    return read_found(engine, committer->cluster, keys, out, err);
}

leat_status leat_meeting_say_gone(const struct leat_identity *identity, const leat_error *reason,
                                  leat_error *err)
{
    if (reason->status != LEAT_UNAVAILABLE)
        return leat_fail(err, reason->status, "%s", reason->message);
    return leat_fail(err, reason->status,
                     "this checkpoint's last batches were committed at %.100s in group '%.100s', "
                     "which must be asked first: %.150s; if that cluster is gone for good, begin "
                     "anew with a new checkpoint directory and --adopt",
                     identity->brokers, identity->group, reason->message);
}

/* The group as it was recorded, which may be another than today's. */
static leat_status read_recorded(struct leat_engine *engine, const struct leat_identity *identity,
                                 const struct leat_image *keys, struct leat_meeting *out,
                                 leat_error *err)
{
    leat_error reason = {LEAT_OK, ""};

    if (out->same_group || keys->count == 0)
        return read_today(engine, keys, out, err);
    if (read_at(engine, identity->brokers, identity->group, keys, out, &reason) == LEAT_OK)
        return LEAT_OK;
    return leat_meeting_say_gone(identity, &reason, err);
}

static leat_status compare(struct leat_engine *engine, const struct leat_identity *identity,
                           const struct leat_image *before, const struct leat_image *after,
                           struct leat_meeting *out, leat_error *err)
{
    struct leat_group_offset *found;

    LEAT_TRY(read_recorded(engine, identity, after, out, err));
    found = leat_alloc(after->count + 1, sizeof *found);
    if (found == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for %zu offsets", after->count);
    for (size_t i = 0; i < after->count; i++)
        found[i] = out->found.entries[i].at;
    out->match = leat_image_match(before, after, found);
    leat_free(found);
    return LEAT_OK;
}

static leat_status read_link(struct leat_engine *engine, const struct leat_link *link,
                             struct leat_image *out, leat_error *err)
{
    struct leat_group_offset *found = leat_alloc(link->query_count + 1, sizeof *found);
    leat_status status;

    if (found == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for %zu offsets", link->query_count);
    status =
        link->cluster->ops->group_offsets(link->cluster, link->query, link->query_count,
                                          (int)engine->settings.connect_timeout_ms, found, err);
    for (size_t i = 0; status == LEAT_OK && i < link->query_count; i++)
        out->entries[out->count++] =
            (struct leat_image_entry){link->query[i].topic, link->query[i].partition, found[i]};
    leat_free(found);
    return status;
}

/* Authority L and A record no image: a marker may be in any partition of the sources. */
static leat_status read_sources(struct leat_engine *engine, struct leat_meeting *out,
                                leat_error *err)
{
    size_t count = 0;

    for (size_t i = 0; i < engine->link_count; i++)
        count += engine->links[i].query_count;
    leat_free(out->found.entries);
    out->found = (struct leat_image){leat_alloc(count + 1, sizeof *out->found.entries), 0};
    if (out->found.entries == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for %zu offsets", count);
    for (size_t i = 0; i < engine->link_count; i++)
        LEAT_TRY(read_link(engine, &engine->links[i], &out->found, err));
    return LEAT_OK;
}

/* ---- both ---- */

static leat_status ask_by_ledger(struct leat_engine *engine, struct leat_meeting *out,
                                 leat_error *err)
{
    struct leat_ledger_view *view = &out->view;
    const struct leat_identity *identity = &view->identity;

    out->same_group = identity->group != NULL && identity->cluster_id != NULL &&
                      strcmp(identity->group, engine->committer.group) == 0 &&
                      strcmp(identity->cluster_id, engine->committer.cluster_id) == 0;
    out->same_identity =
        out->same_group && leat_image_has_same_keys(engine, &view->settled.image) &&
        strcmp(identity->transactional_id, engine->committer.transactional_id) == 0;
    if (view->prepared.present) {
        bool in_kafka = view->prepared.authority == LEAT_AUTHORITY_KAFKA;

        return in_kafka ? compare(engine, &view->prepared.identity, &view->prepared.before,
                                  &view->prepared.after, out, err)
                        : LEAT_OK;
    }
    if (engine->authority != LEAT_AUTHORITY_KAFKA && !view->anchoring.present &&
        engine->settings.positions == LEAT_POSITIONS_GROUP)
        return read_sources(engine, out, err);
    if (!out->same_group)
        view->anchoring.present = false; /* Nothing was produced there: today's group counts. */
    if (view->anchoring.present)
        return compare(engine, identity, &view->anchoring.before, &view->anchoring.after, out, err);
    if (out->same_group)
        return compare(engine, identity, NULL, &view->settled.image, out, err);
    return read_today(engine, &engine->settled.image, out, err);
}

leat_status leat_meeting_ask(struct leat_engine *engine, struct leat_meeting *meeting,
                             leat_error *err)
{
    if (meeting->has_view && !meeting->view.is_new)
        return ask_by_ledger(engine, meeting, err);
    if (engine->authority != LEAT_AUTHORITY_KAFKA)
        return read_sources(engine, meeting, err);
    return read_today(engine, &engine->settled.image, meeting, err);
}

enum leat_recovery_action leat_meeting_decide(const struct leat_engine *engine,
                                              const struct leat_meeting *meeting, leat_error *err)
{
    struct leat_recovery_input input = {
        .ledger = meeting->has_view ? &meeting->view : NULL,
        .exactly_once = engine->settings.guarantee == LEAT_EXACTLY_ONCE,
        .kafka_authority = engine->authority == LEAT_AUTHORITY_KAFKA,
        .same_identity = meeting->same_identity,
        .same_group = meeting->same_group,
        .stateless = engine->ssc->stateful == NULL &&
                     (engine->stores == NULL || leat_stores_are_empty(engine->stores)),
        .match = meeting->match,
        .found = &meeting->found,
        .adopt = engine->settings.adopt,
        .positions = engine->settings.positions,
        .assume = engine->settings.assume,
    };
    enum leat_recovery_action action = leat_recovery_decide(&input, err);

    if (action == LEAT_RECOVERY_STOP)
        leat_error_prefix(err, "group '%s'", engine->committer.group);
    return action;
}

/* ---- before anything is touched ---- */

/* What the ledger would be left with: the table is then asked once more. */
static bool foresee_ledger(struct leat_meeting *meeting, enum leat_recovery_action action)
{
    struct leat_ledger_view *view = &meeting->view;

    if (action != LEAT_RECOVERY_FORWARD && action != LEAT_RECOVERY_BACK)
        return false;
    if (action == LEAT_RECOVERY_FORWARD) {
        view->settled.n = view->prepared.n;
        view->settled.image = view->prepared.after;
    }
    view->prepared.present = false;
    view->anchoring.present = false;
    return true;
}

leat_status leat_meeting_foresee(struct leat_engine *engine, leat_error *err)
{
    enum leat_recovery_action action = LEAT_RECOVERY_STOP;
    struct leat_meeting meeting;
    leat_error question = {LEAT_OK, ""};
    leat_status status = leat_meeting_load(engine, &meeting, err);

    meeting.only_looks = true;
    do {
        if (status == LEAT_OK)
            status = leat_meeting_ask(engine, &meeting, err);
        if (status == LEAT_OK)
            action = leat_meeting_decide(engine, &meeting, &question);
    } while (status == LEAT_OK && foresee_ledger(&meeting, action));
    leat_meeting_release(&meeting);
    if (status == LEAT_OK && action == LEAT_RECOVERY_STOP)
        return leat_fail(err, question.status, "%s", question.message);
    return status;
}
