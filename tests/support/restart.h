/*
 * restart: a job that is stopped, killed and started again on Kafka in memory, with all that
 * outlives it: what is in Kafka, its checkpoint directory, the clock. A job destroyed without a
 * shut-down is a killed one.
 */
#ifndef LEAT_TESTS_RESTART_H
#define LEAT_TESTS_RESTART_H

#include <inttypes.h>
#include <limits.h>

#include "base/clock.h"
#include "graph/graph.h"
#include "leat/leat.h"
#include "ledger/ledger.h"
#include "ledger/marker.h"
#include "stream/engine.h"
#include "testing/memory_kafka.h"
#include "tests/support/scratch.h"

enum { INTERVAL_MS = 1000, SETTINGS_MAX = 5, LOG_SIZE = 16 << 10 };

/* What outlives a job. */
struct world {
    struct leat_memory_kafka *kafka;
    struct leat_kafka_driver driver; /* kafka's, until a test changes it. */
    struct leat_manual_clock hands;
    leat_time now;
    char folder[PATH_MAX];
    char checkpoint[PATH_MAX];
    char log[LOG_SIZE]; /* All lines of all jobs. */
};

enum output { FOREACH, PRINT };

struct job {
    struct world *world;
    const char *topics, *pattern;
    const char *reset, *brokers; /* NULL: earliest, "memory". */
    enum output output;
    const char *settings[SETTINGS_MAX][2]; /* NULL: no more. */
    bool without_directory;
    const char *directory; /* Another than the world's checkpoint, in its folder. */
    leat_status fails;     /* What the function given to foreach_rdd returns. */
    bool stops;            /* It has the job stopped at once. */
    uint64_t records;      /* Of the last batch. */
    leat_time time;        /* Of the last batch. */
    leat_streaming_context *ssc;
    leat_error error; /* Of the last call. */
};

static inline void log_line(void *context, enum leat_log_level level, const char *component,
                            const char *message)
{
    struct world *world = context;
    size_t used = strlen(world->log);

    (void)level;
    (void)component;
    snprintf(world->log + used, sizeof world->log - used, "%s\n", message);
}

static inline void open_world(struct world *world)
{
    *world = (struct world){.kafka = leat_memory_kafka_create(), .now = 10000};
    CHECK(world->kafka != NULL);
    world->driver = *leat_memory_kafka_driver(world->kafka);
    scratch_make(world->folder);
    scratch_path(world->checkpoint, world->folder, "checkpoint");
}

static inline void close_world(struct world *world)
{
    leat_memory_kafka_destroy(world->kafka);
    scratch_remove(world->folder);
}

static inline void feed(struct world *world, const char *topic, int32_t partition, int count)
{
    CHECK_OK(leat_memory_kafka_create_topic(world->kafka, topic, partition + 1));
    for (int i = 0; i < count; i++)
        CHECK_OK(leat_memory_kafka_push(world->kafka, topic, partition, leat_string("k"),
                                        leat_string("v"), 1));
}

static inline leat_status count(leat_rdd *rdd, void *user)
{
    struct job *job = user;

    job->time = leat_rdd_time(rdd);
    LEAT_TRY(leat_rdd_count(rdd, &job->records));
    if (job->stops)
        leat_streaming_context_stop(job->ssc, false);
    return job->fails;
}

static inline leat_status count_one(leat_task *task, const leat_record *in, leat_emitter *out,
                                    void *user)
{
    (void)task;
    ((struct job *)user)->records++;
    return leat_emit(out, in->key, in->value);
}

static inline leat_status create(leat_streaming_context *ssc, void *user)
{
    struct job *job = user;
    leat_dstream *stream = leat_kafka_direct_stream(
        ssc, "records",
        &(leat_kafka_source){.brokers = job->brokers == NULL ? "memory" : job->brokers,
                             .topics = job->topics,
                             .topic_pattern = job->pattern,
                             .auto_offset_reset = job->reset == NULL ? "earliest" : job->reset});

    if (job->output == FOREACH)
        leat_foreach_rdd(stream, count, job);
    else
        leat_print(leat_map(stream, count_one, job), 10);
    return leat_ok(ssc);
}

static inline leat_status start(struct job *job)
{
    struct world *world = job->world;
    struct leat_engine_parts parts = {.kafka = &world->driver,
                                      .clock = leat_clock_manual(&world->hands),
                                      .log = {.write = log_line, .context = world},
                                      .silent = true,
                                      .one_thread = true};
    leat_conf *conf = leat_conf_create(NULL, NULL);
    char directory[PATH_MAX];

    scratch_path(directory, world->folder, job->directory != NULL ? job->directory : "checkpoint");
    for (size_t i = 0; i < SETTINGS_MAX && job->settings[i][0] != NULL; i++)
        leat_conf_set(conf, job->settings[i][0], job->settings[i][1]);
    leat_manual_clock_set(&world->hands, world->now);
    job->error = (leat_error){LEAT_OK, ""};
    job->ssc = leat_streaming_context_get_or_create_at(LEAT_VERSION_NUMBER,
                                                       job->without_directory ? NULL : directory,
                                                       conf, INTERVAL_MS, create, job);
    CHECK(job->ssc != NULL);
    LEAT_TRY(leat_engine_set_up(job->ssc->engine, &parts, &job->error));
    LEAT_TRY(leat_engine_open(job->ssc->engine, &job->error));
    return leat_engine_start_up(job->ssc->engine, &job->error);
}

static inline leat_status tick(struct job *job)
{
    bool ran;

    job->world->now += INTERVAL_MS;
    leat_manual_clock_set(&job->world->hands, job->world->now);
    job->records = 0;
    leat_engine_expect_partitions(job->ssc->engine);
    return leat_engine_run_batch(job->ssc->engine, &ran, &job->error);
}

static inline void kill_job(struct job *job)
{
    leat_streaming_context_destroy(job->ssc);
}

static inline void stop(struct job *job)
{
    CHECK_OK(leat_engine_shut_down(job->ssc->engine, &job->error));
    kill_job(job);
}

/* What the next start will find. */
static inline void load(struct world *world, struct leat_ledger_view *view)
{
    struct leat_ledger *ledger;

    CHECK_OK(leat_ledger_open(world->checkpoint, 64, &ledger, NULL));
    CHECK_OK(leat_ledger_load(ledger, view, NULL));
    leat_ledger_close(ledger);
}

static inline bool has_plan(struct world *world)
{
    struct leat_ledger_view view;
    bool has;

    load(world, &view);
    has = view.plan.present;
    leat_ledger_view_release(&view);
    return has;
}

/* The job starts, and its first batch is of so many records. */
static inline void goes_on(struct job *job, uint64_t records)
{
    leat_status status = start(job);

    if (status == LEAT_OK)
        status = tick(job);
    if (status != LEAT_OK)
        fprintf(stderr, "%s\n", job->error.message);
    CHECK(status == LEAT_OK);
    CHECK(job->records == records);
}

static inline bool says(const struct job *job, const char *words)
{
    if (strstr(job->error.message, words) != NULL)
        return true;
    fprintf(stderr, "'%s' is not in: %s\n", words, job->error.message);
    return false;
}

/* What the stopped job has, as a copy in another directory. */
static inline void copy_checkpoint(struct world *world, const char *name)
{
    static char bytes[1 << 20];
    char directory[PATH_MAX];
    size_t size = scratch_read(world->checkpoint, "data.mdb", bytes, sizeof bytes);

    CHECK(size < sizeof bytes);
    scratch_path(directory, world->folder, name);
    CHECK(mkdir(directory, 0700) == 0);
    scratch_write(directory, "data.mdb", bytes, size);
}

static inline struct leat_cluster *open_group(struct world *world)
{
    const struct leat_kafka_driver *kafka = leat_memory_kafka_driver(world->kafka);
    struct leat_kafka_settings settings = {.brokers = "memory", .group = "leat-leat"};
    struct leat_cluster *cluster;

    CHECK_OK(kafka->open_cluster(kafka->context, &settings, &cluster, NULL));
    return cluster;
}

/* The group's marker in a partition; n -1: none. */
static inline struct leat_marker marker_of(struct world *world, const char *topic,
                                           int32_t partition)
{
    struct leat_topic_partition key = {topic, partition};
    struct leat_marker marker = {.n = -1};
    struct leat_group_offset found;
    struct leat_cluster *cluster = open_group(world);

    CHECK_OK(cluster->ops->group_offsets(cluster, &key, 1, 1000, &found, NULL));
    cluster->ops->destroy(cluster);
    CHECK(found.offset < 0 || leat_marker_parse(found.metadata, &marker));
    return marker;
}

#endif
