/* committer: see committer.h. */
#include "stream/committer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "graph/graph.h"
#include "stream/engine_internal.h"

enum { TRY_MS = 4000 };

static bool is_security(const char *key)
{
    return strncmp(key, "security.", 9) == 0 || strncmp(key, "sasl.", 5) == 0 ||
           strncmp(key, "ssl.", 4) == 0 || strncmp(key, "enable.ssl.", 11) == 0;
}

/* What of the producer's settings a client that only asks may be given. */
static const char *const *security_of(struct leat_engine *engine, const char *const *pairs)
{
    const char **out;
    size_t count = 0, used = 0;

    while (pairs != NULL && pairs[count] != NULL)
        count++;
    out = leat_arena_zalloc(&engine->arena, (count + 1) * sizeof *out);
    for (size_t i = 0; out != NULL && i < count; i += 2)
        if (is_security(pairs[i])) {
            out[used++] = pairs[i];
            out[used++] = pairs[i + 1];
        }
    return out;
}

static char *join(struct leat_engine *engine, const char *prefix, const char *text)
{
    size_t size = strlen(prefix) + strlen(text) + 1;
    char *out = leat_arena_zalloc(&engine->arena, size);

    if (out != NULL)
        snprintf(out, size, "%s%s", prefix, text);
    return out;
}

leat_status leat_job_group(struct leat_engine *engine, leat_error *err)
{
    const struct leat_source *named = NULL;

    for (const struct leat_source *s = engine->ssc->sources; s != NULL; s = s->next) {
        if (s->group == NULL)
            continue;
        if (named != NULL && strcmp(named->group, s->group) != 0)
            return leat_fail(err, LEAT_INVALID,
                             "%s: streams '%s' and '%s' have the groups '%s' and '%s': a job has "
                             "one, in which its positions are committed together; give both the "
                             "same group_id",
                             s->where, named->name, s->name, named->group, s->group);
        named = s;
    }
    engine->job_group = named != NULL ? leat_arena_strdup(&engine->arena, named->group)
                                      : join(engine, "leat-", engine->settings.app_name);
    if (engine->job_group == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for the group's name");
    return LEAT_OK;
}

static struct leat_link *link_with_id(struct leat_engine *engine, const char *id)
{
    for (size_t i = 0; i < engine->link_count; i++)
        if (strcmp(engine->links[i].id, id) == 0)
            return &engine->links[i];
    return NULL;
}

/* A source's own settings for its brokers, else the producer's. */
static const char *const *parameters_for(const struct leat_engine *engine, const char *brokers)
{
    for (size_t i = 0; i < engine->link_count; i++)
        if (strcmp(engine->links[i].brokers, brokers) == 0)
            return engine->links[i].parameters;
    return engine->ssc->writer_parameters;
}

leat_status leat_committer_open_cluster(struct leat_engine *engine, const char *brokers,
                                        const char *group, bool unstable, struct leat_cluster **out,
                                        leat_error *err)
{
    const struct leat_kafka_driver *kafka = engine->parts.kafka;
    struct leat_kafka_settings settings = {
        .brokers = brokers,
        .group = group,
        .read_committed = true,
        .offsets_unstable = unstable,
        .stop = &engine->stops_now,
        .log = &engine->log,
    };

    settings.parameters = security_of(engine, parameters_for(engine, brokers));
    if (settings.parameters == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for the settings of %s", brokers);
    return kafka->open_cluster(kafka->context, &settings, out, err);
}

static leat_status open_own(struct leat_engine *engine, const char *group, leat_error *err)
{
    struct leat_committer *committer = &engine->committer;

    LEAT_TRY(leat_committer_open_cluster(engine, engine->ssc->writer_brokers, group, false,
                                         &committer->cluster, err));
    committer->owns_cluster = true;
    return LEAT_OK;
}

struct leat_identity leat_committer_identity(const struct leat_engine *engine)
{
    const struct leat_committer *committer = &engine->committer;

    return (struct leat_identity){.transactional_id = committer->transactional_id,
                                  .group = committer->group,
                                  .cluster_id = committer->cluster_id,
                                  .brokers = committer->brokers};
}

/* Which cluster the producer writes to, by its id: two names may be one cluster. */
static leat_status find_writer_cluster(struct leat_engine *engine, leat_error *err)
{
    struct leat_committer *committer = &engine->committer;
    struct leat_link *link;

    for (size_t i = 0; i < engine->link_count; i++)
        if (strcmp(engine->links[i].brokers, engine->ssc->writer_brokers) == 0)
            memcpy(committer->writer_id, engine->links[i].id, sizeof committer->writer_id);
    if (committer->writer_id[0] == '\0') {
        char *group = join(engine, "leat-", engine->job_group);

        if (group == NULL)
            return leat_fail(err, LEAT_NO_MEMORY, "no memory for the group's name");
        LEAT_TRY(open_own(engine, group, err));
        LEAT_TRY(leat_engine_ask_id(engine, committer->cluster, committer->writer_id, err));
    }
    link = link_with_id(engine, committer->writer_id);
    for (size_t i = 0; i < engine->link_count; i++)
        if (strcmp(engine->links[i].id, committer->writer_id) != 0)
            committer->uses_marker_topic = engine->authority == LEAT_AUTHORITY_KAFKA;
    if (committer->uses_marker_topic || link == NULL)
        return LEAT_OK;
    if (committer->owns_cluster)
        committer->cluster->ops->destroy(committer->cluster);
    committer->owns_cluster = false;
    committer->cluster = link->cluster;
    return LEAT_OK;
}

static leat_status set_up_marker_topic(struct leat_engine *engine, leat_error *err)
{
    struct leat_committer *committer = &engine->committer;
    const char *topic = engine->settings.marker_topic;
    struct leat_topic_list list = {NULL, 0};
    leat_status status;

    if (topic == NULL)
        return leat_fail(err, LEAT_INVALID,
                         "a source and the Kafka sink (%s) are on two clusters: exactly_once then "
                         "needs leat.marker.topic, an existing topic on the sink's cluster",
                         engine->ssc->writer_brokers);
    if (engine->ledger == NULL)
        return leat_fail(err, LEAT_INVALID,
                         "a source and the Kafka sink (%s) are on two clusters: exactly_once then "
                         "needs a checkpoint directory; set leat.checkpoint.directory",
                         engine->ssc->writer_brokers);
    committer->group = join(engine, "leat-", engine->job_group);
    if (committer->group == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for the group's name");
    if (!committer->owns_cluster)
        LEAT_TRY(open_own(engine, committer->group, err));
    status = committer->cluster->ops->topics_by_name(
        committer->cluster, &topic, 1, (int)engine->settings.connect_timeout_ms, &list, err);
    if (status != LEAT_OK) {
        leat_error_prefix(err, "leat.marker.topic");
        return status;
    }
    leat_topic_list_release(&list);
    return LEAT_OK;
}

leat_status leat_committer_set_up(struct leat_engine *engine, leat_error *err)
{
    struct leat_committer *committer = &engine->committer;

    committer->group = engine->job_group;
    committer->transactional_id = join(engine, "leat-", engine->job_group);
    committer->brokers = engine->links[0].brokers;
    committer->cluster = engine->links[0].cluster;
    memcpy(committer->cluster_id, engine->links[0].id, sizeof committer->cluster_id);
    if (committer->transactional_id == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for the transactional id");
    if (!leat_graph_writes_kafka(engine->ssc))
        return LEAT_OK;
    committer->brokers = engine->ssc->writer_brokers;
    LEAT_TRY(find_writer_cluster(engine, err));
    memcpy(committer->cluster_id, committer->writer_id, sizeof committer->cluster_id);
    return committer->uses_marker_topic ? set_up_marker_topic(engine, err) : LEAT_OK;
}

/* A transaction that the broker ends before its batch is over would never commit. */
static leat_status check_timeout(struct leat_engine *engine, leat_error *err)
{
    int64_t wanted_ms = engine->settings.transaction_timeout_ms;
    int64_t have_ms = engine->committer.transaction_timeout_ms;
    int64_t interval_ms = engine->interval_ms;

    if (have_ms < wanted_ms)
        leat_log_write(&engine->log, LEAT_LOG_WARN, "stream",
                       "leat.transaction.timeout is %" PRId64 " ms, and the brokers' "
                       "transaction.max.timeout.ms allows %" PRId64 " ms: that is in force",
                       wanted_ms, have_ms);
    if (have_ms > interval_ms)
        return LEAT_OK;
    if (have_ms == wanted_ms && wanted_ms < 900000)
        return leat_fail(err, LEAT_INVALID,
                         "leat.transaction.timeout is %" PRId64 " ms, not longer than the batch "
                         "interval of %" PRId64 " ms: a batch could not be committed; raise it",
                         wanted_ms, interval_ms);
    leat_log_write(&engine->log, LEAT_LOG_WARN, "stream",
                   "a batch must be done in %" PRId64 " ms, the longest that the brokers let a "
                   "transaction be open, and the interval is %" PRId64 " ms",
                   have_ms, interval_ms);
    return LEAT_OK;
}

/* Fences older instances, saying every few seconds that it is still trying. */
static leat_status init_writer(struct leat_engine *engine, struct leat_writer *writer,
                               int *out_timeout_ms, leat_error *err)
{
    int64_t until_us =
        leat_clock_monotonic_us(&engine->parts.clock) + leat_engine_patience_ms(engine) * 1000;

    for (;;) {
        int64_t left_ms = (until_us - leat_clock_monotonic_us(&engine->parts.clock)) / 1000;
        leat_error reason = {LEAT_OK, ""};
        leat_status status;

        if (leat_engine_stopping(engine) != LEAT_STOP_NONE && !engine->is_started)
            return leat_fail(err, LEAT_CANCELLED, "stopped before it had connected");
        status = writer->ops->init(writer, left_ms < TRY_MS ? (int)left_ms : TRY_MS, out_timeout_ms,
                                   &reason);
        if (status == LEAT_OK)
            return LEAT_OK;
        if (status == LEAT_UNAVAILABLE && left_ms <= TRY_MS && !engine->is_started)
            return leat_fail(err, status,
                             "%s; gave up after leat.kafka.connect.timeout=%" PRId64 "s",
                             reason.message, engine->settings.connect_timeout_ms / 1000);
        if (status != LEAT_UNAVAILABLE || left_ms <= TRY_MS)
            return leat_fail(err, status, "%s", reason.message);
        leat_log_write(&engine->log, LEAT_LOG_WARN, "stream", "still trying for %" PRId64 " s: %s",
                       (left_ms - TRY_MS) / 1000, reason.message);
    }
}

static leat_status open_writer(struct leat_engine *engine, const char *brokers, const char *id,
                               struct leat_writer **out, int *out_timeout_ms, leat_error *err)
{
    const struct leat_kafka_driver *kafka = engine->parts.kafka;
    struct leat_kafka_settings settings = {
        .brokers = brokers,
        .parameters = engine->ssc->writer_parameters,
        .transactional_id = id,
        .transaction_timeout_ms = (int)engine->settings.transaction_timeout_ms,
        .request_timeout_ms = engine->settings.request_timeout_ms,
        .stop = &engine->stops_now,
        .memory_bytes = (size_t)engine->settings.memory_limit_bytes / 4,
        .log = &engine->log,
    };
    leat_status status;

    LEAT_TRY(kafka->open_writer(kafka->context, &settings, out, err));
    status = init_writer(engine, *out, out_timeout_ms, err);
    if (status != LEAT_OK) {
        (*out)->ops->destroy(*out);
        *out = NULL;
    }
    return status;
}

leat_status leat_committer_open_writer(struct leat_engine *engine, leat_error *err)
{
    struct leat_committer *committer = &engine->committer;
    bool transactional = engine->authority == LEAT_AUTHORITY_KAFKA;

    if (!leat_graph_writes_kafka(engine->ssc))
        return LEAT_OK;
    committer->has_begun = false;
    LEAT_TRY(open_writer(engine, committer->brokers,
                         transactional ? committer->transactional_id : NULL, &committer->writer,
                         &committer->transaction_timeout_ms, err));
    return transactional && !engine->is_started ? check_timeout(engine, err) : LEAT_OK;
}

void leat_committer_close_writer(struct leat_engine *engine)
{
    struct leat_committer *committer = &engine->committer;

    if (committer->writer != NULL)
        committer->writer->ops->destroy(committer->writer);
    committer->writer = NULL;
    committer->has_begun = false;
}

leat_status leat_committer_fence(struct leat_engine *engine, const char *brokers,
                                 const char *transactional_id, leat_error *err)
{
    struct leat_writer *writer = NULL;
    int timeout_ms;

    LEAT_TRY(open_writer(engine, brokers, transactional_id, &writer, &timeout_ms, err));
    writer->ops->destroy(writer);
    return LEAT_OK;
}
