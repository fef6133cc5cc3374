/* connect: opens what the engine talks to Kafka with. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "stream/engine_internal.h"

/* How long one try takes before a line says that the brokers do not answer. */
enum { TRY_MS = 4000 };

/* Readers hold most of what is in memory, the producer a part; the rest is the tasks'. */
static size_t readers_bytes(const struct leat_engine *engine)
{
    return (size_t)engine->settings.memory_limit_bytes / 2;
}

static const char *parameter(const char *const *pairs, const char *key)
{
    const char *value = NULL;

    for (size_t i = 0; pairs != NULL && pairs[i] != NULL; i += 2)
        if (strcmp(pairs[i], key) == 0)
            value = pairs[i + 1];
    return value;
}

static bool same_parameters(const char *const *a, const char *const *b)
{
    size_t i = 0;

    if (a == b)
        return true;
    if (a == NULL || b == NULL)
        return false;
    for (; a[i] != NULL && b[i] != NULL; i++)
        if (strcmp(a[i], b[i]) != 0)
            return false;
    return a[i] == b[i];
}

static struct leat_link *link_of(struct leat_engine *engine, const struct leat_source *source)
{
    const char *isolation = parameter(source->parameters, "isolation.level");
    struct leat_link *link;

    for (size_t i = 0; i < engine->link_count; i++)
        if (strcmp(engine->links[i].brokers, source->brokers) == 0 &&
            same_parameters(engine->links[i].parameters, source->parameters))
            return &engine->links[i];
    link = &engine->links[engine->link_count++];
    link->brokers = source->brokers;
    link->parameters = source->parameters;
    link->read_committed = isolation == NULL || strcmp(isolation, "read_uncommitted") != 0;
    return link;
}

static leat_status lay_out_sources(struct leat_engine *engine, leat_error *err)
{
    size_t count = engine->ssc->source_count;
    struct leat_source_state *state;

    engine->links = leat_alloc(count + 1, sizeof *engine->links);
    engine->sources = leat_alloc(count + 1, sizeof *engine->sources);
    if (engine->links == NULL || engine->sources == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for %zu sources", count);
    for (const struct leat_source *s = engine->ssc->sources; s != NULL; s = s->next) {
        state = &engine->sources[engine->source_count++];
        state->source = s;
        state->link = link_of(engine, s);
    }
    return LEAT_OK;
}

static struct leat_kafka_settings link_settings(const struct leat_engine *engine,
                                                const struct leat_link *link)
{
    return (struct leat_kafka_settings){
        .brokers = link->brokers,
        .parameters = link->parameters,
        .group = engine->job_group,
        .read_committed = link->read_committed,
        .request_timeout_ms = engine->settings.request_timeout_ms,
        .stop = &engine->stops_now,
        .memory_bytes = readers_bytes(engine) / engine->link_count,
        .log = &engine->log,
    };
}

leat_status leat_engine_ask_id(struct leat_engine *engine, struct leat_cluster *cluster,
                               char out_id[LEAT_CLUSTER_ID_MAX], leat_error *err)
{
    int64_t until_us =
        leat_clock_monotonic_us(&engine->parts.clock) + engine->settings.connect_timeout_ms * 1000;

    for (;;) {
        int64_t left_ms = (until_us - leat_clock_monotonic_us(&engine->parts.clock)) / 1000;
        leat_error reason = {LEAT_OK, ""};
        leat_status status;

        if (leat_engine_stopping(engine) != LEAT_STOP_NONE)
            return leat_fail(err, LEAT_CANCELLED, "stopped before it had connected");
        status =
            cluster->ops->id(cluster, left_ms < TRY_MS ? (int)left_ms : TRY_MS, out_id, &reason);
        if (status == LEAT_OK)
            return LEAT_OK;
        if (status == LEAT_UNAVAILABLE && left_ms <= TRY_MS)
            return leat_fail(err, status,
                             "%s; gave up after leat.kafka.connect.timeout=%" PRId64 "s",
                             reason.message, engine->settings.connect_timeout_ms / 1000);
        if (status != LEAT_UNAVAILABLE)
            return leat_fail(err, status, "%s", reason.message);
        leat_log_write(&engine->log, LEAT_LOG_WARN, "stream", "still trying for %" PRId64 " s: %s",
                       (left_ms - TRY_MS) / 1000, reason.message);
    }
}

leat_status leat_engine_connect(struct leat_engine *engine, leat_error *err)
{
    const struct leat_kafka_driver *kafka = engine->parts.kafka;

    LEAT_TRY(lay_out_sources(engine, err));
    for (size_t i = 0; i < engine->link_count; i++) {
        struct leat_link *link = &engine->links[i];
        struct leat_kafka_settings settings = link_settings(engine, link);

        LEAT_TRY(kafka->open_cluster(kafka->context, &settings, &link->cluster, err));
        LEAT_TRY(leat_engine_ask_id(engine, link->cluster, link->id, err));
    }
    return LEAT_OK;
}

leat_status leat_link_open_reader(struct leat_engine *engine, struct leat_link *link,
                                  leat_error *err)
{
    const struct leat_kafka_driver *kafka = engine->parts.kafka;
    struct leat_kafka_settings settings = link_settings(engine, link);

    settings.partitions_expected = link->query_count;
    return kafka->open_reader(kafka->context, &settings, &link->reader, err);
}

void leat_engine_disconnect(struct leat_engine *engine)
{
    struct leat_committer *committer = &engine->committer;

    leat_committer_close_writer(engine);
    if (committer->owns_cluster && committer->cluster != NULL)
        committer->cluster->ops->destroy(committer->cluster);
    for (size_t i = 0; i < engine->link_count; i++) {
        struct leat_link *link = &engine->links[i];

        if (link->reader != NULL)
            link->reader->ops->destroy(link->reader);
        if (link->cluster != NULL)
            link->cluster->ops->destroy(link->cluster);
        leat_free(link->query);
        leat_free(link->query_partitions);
        leat_free(link->starts);
        leat_free(link->ends);
    }
    leat_free(engine->links);
    leat_free(engine->sources);
}
