/* restart_test: a job that is stopped, killed and started again on Kafka in memory: what a next
 * start is left with, and what it makes of it. A job destroyed without a shut-down is a killed one.
 */
#include "base/clock.h"

#include <inttypes.h>
#include <limits.h>
#include <signal.h>

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
    struct leat_kafka_driver driver; /* kafka's, but for what it hides. */
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

static void log_line(void *context, enum leat_log_level level, const char *component,
                     const char *message)
{
    struct world *world = context;
    size_t used = strlen(world->log);

    (void)level;
    (void)component;
    snprintf(world->log + used, sizeof world->log - used, "%s\n", message);
}

/* ---- brokers that do not know all topics for a moment ---- */

static const char *hidden_topic;   /* NULL: none. */
static bool hides_partitions_only; /* The topic is listed, with an error instead of partitions. */
static struct leat_cluster_ops memory_ops, changed_ops;

static leat_status list_but_hidden(struct leat_cluster *cluster, const char *pattern,
                                   int timeout_ms, struct leat_topic_list *out, leat_error *error)
{
    size_t kept = 0;

    LEAT_TRY(memory_ops.topics_by_pattern(cluster, pattern, timeout_ms, out, error));
    for (size_t i = 0; i < out->count; i++) {
        bool is_hidden = hidden_topic != NULL && strcmp(out->topics[i].name, hidden_topic) == 0;

        if (is_hidden && !hides_partitions_only)
            continue;
        out->topics[kept] = out->topics[i];
        if (is_hidden)
            out->topics[kept].partitions = 0;
        kept++;
    }
    out->count = kept;
    return LEAT_OK;
}

/* ---- a cluster that another one has replaced ---- */

static const char *cluster_name; /* Of the one that is there; NULL: the first one. */
static const char *gone_brokers;

static leat_status name_cluster(struct leat_cluster *cluster, int timeout_ms,
                                char out_id[LEAT_CLUSTER_ID_MAX], leat_error *error)
{
    LEAT_TRY(memory_ops.id(cluster, timeout_ms, out_id, error));
    if (cluster_name != NULL)
        snprintf(out_id, LEAT_CLUSTER_ID_MAX, "%s", cluster_name);
    return LEAT_OK;
}

static leat_status reach(const struct leat_kafka_settings *settings, leat_error *error)
{
    if (gone_brokers == NULL || strcmp(settings->brokers, gone_brokers) != 0)
        return LEAT_OK;
    *error = (leat_error){LEAT_UNAVAILABLE, "cannot connect"};
    return error->status;
}

static leat_status open_writer_there(void *context, const struct leat_kafka_settings *settings,
                                     struct leat_writer **out, leat_error *error)
{
    const struct leat_kafka_driver *memory = leat_memory_kafka_driver(context);

    LEAT_TRY(reach(settings, error));
    return memory->open_writer(memory->context, settings, out, error);
}

static leat_status open_changed_cluster(void *context, const struct leat_kafka_settings *settings,
                                        struct leat_cluster **out, leat_error *error)
{
    const struct leat_kafka_driver *memory = leat_memory_kafka_driver(context);

    LEAT_TRY(reach(settings, error));
    LEAT_TRY(memory->open_cluster(memory->context, settings, out, error));
    memory_ops = changed_ops = *(*out)->ops;
    changed_ops.topics_by_pattern = list_but_hidden;
    changed_ops.id = name_cluster;
    (*out)->ops = &changed_ops;
    return LEAT_OK;
}

static void open_world(struct world *world)
{
    *world = (struct world){.kafka = leat_memory_kafka_create(), .now = 10000};
    CHECK(world->kafka != NULL);
    world->driver = *leat_memory_kafka_driver(world->kafka);
    world->driver.open_cluster = open_changed_cluster;
    world->driver.open_writer = open_writer_there;
    scratch_make(world->folder);
    scratch_path(world->checkpoint, world->folder, "checkpoint");
}

static void close_world(struct world *world)
{
    leat_memory_kafka_destroy(world->kafka);
    scratch_remove(world->folder);
}

static void feed(struct world *world, const char *topic, int32_t partition, int count)
{
    CHECK_OK(leat_memory_kafka_create_topic(world->kafka, topic, partition + 1));
    for (int i = 0; i < count; i++)
        CHECK_OK(leat_memory_kafka_push(world->kafka, topic, partition, leat_string("k"),
                                        leat_string("v"), 1));
}

static leat_status count(leat_rdd *rdd, void *user)
{
    struct job *job = user;

    job->time = leat_rdd_time(rdd);
    LEAT_TRY(leat_rdd_count(rdd, &job->records));
    if (job->stops)
        leat_streaming_context_stop(job->ssc, false);
    return job->fails;
}

static leat_status count_one(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)task;
    ((struct job *)user)->records++;
    return leat_emit(out, in->key, in->value);
}

static leat_status create(leat_streaming_context *ssc, void *user)
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

static leat_status start(struct job *job)
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

static leat_status tick(struct job *job)
{
    bool ran;

    job->world->now += INTERVAL_MS;
    leat_manual_clock_set(&job->world->hands, job->world->now);
    job->records = 0;
    leat_engine_expect_partitions(job->ssc->engine);
    return leat_engine_run_batch(job->ssc->engine, &ran, &job->error);
}

static void kill_job(struct job *job)
{
    leat_streaming_context_destroy(job->ssc);
}

static void stop(struct job *job)
{
    CHECK_OK(leat_engine_shut_down(job->ssc->engine, &job->error));
    kill_job(job);
}

/* What the next start will find. */
static void load(struct world *world, struct leat_ledger_view *view)
{
    struct leat_ledger *ledger;

    CHECK_OK(leat_ledger_open(world->checkpoint, 64, &ledger, NULL));
    CHECK_OK(leat_ledger_load(ledger, view, NULL));
    leat_ledger_close(ledger);
}

static bool has_plan(struct world *world)
{
    struct leat_ledger_view view;
    bool has;

    load(world, &view);
    has = view.plan.present;
    leat_ledger_view_release(&view);
    return has;
}

/* The job starts, and its first batch is of so many records. */
static void goes_on(struct job *job, uint64_t records)
{
    leat_status status = start(job);

    if (status == LEAT_OK)
        status = tick(job);
    if (status != LEAT_OK)
        fprintf(stderr, "%s\n", job->error.message);
    CHECK(status == LEAT_OK);
    CHECK(job->records == records);
}

static bool says(const struct job *job, const char *words)
{
    if (strstr(job->error.message, words) != NULL)
        return true;
    fprintf(stderr, "'%s' is not in: %s\n", words, job->error.message);
    return false;
}

/* What the stopped job has, as a copy in another directory. */
static void copy_checkpoint(struct world *world, const char *name)
{
    static char bytes[1 << 20];
    char directory[PATH_MAX];
    size_t size = scratch_read(world->checkpoint, "data.mdb", bytes, sizeof bytes);

    CHECK(size < sizeof bytes);
    scratch_path(directory, world->folder, name);
    CHECK(mkdir(directory, 0700) == 0);
    scratch_write(directory, "data.mdb", bytes, size);
}

static struct leat_cluster *open_group(struct world *world)
{
    const struct leat_kafka_driver *kafka = leat_memory_kafka_driver(world->kafka);
    struct leat_kafka_settings settings = {.brokers = "memory", .group = "leat-leat"};
    struct leat_cluster *cluster;

    CHECK_OK(kafka->open_cluster(kafka->context, &settings, &cluster, NULL));
    return cluster;
}

/* Somebody's plain commit in the job's group. */
static void commit_offset(struct world *world, const char *topic, int32_t partition, int64_t offset)
{
    struct leat_topic_partition key = {topic, partition};
    struct leat_group_offset at = {.offset = offset};
    struct leat_cluster *cluster = open_group(world);

    CHECK_OK(cluster->ops->commit_offsets(cluster, &key, &at, 1, 1000, NULL));
    cluster->ops->destroy(cluster);
}

/* The group's marker in a partition; n -1: none. */
static struct leat_marker marker_of(struct world *world, const char *topic, int32_t partition)
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

/* ---- plans ---- */

static void a_clean_stop_after_an_idle_tick_leaves_no_plan(void)
{
    struct world world;
    struct job job = {&world, .topics = "a,b"};
    leat_time idle;

    open_world(&world);
    feed(&world, "a", 0, 0);
    feed(&world, "b", 0, 0);
    goes_on(&job, 0);
    idle = job.time;
    stop(&job);
    CHECK(!has_plan(&world));
    feed(&world, "a", 0, 2);
    job.topics = "a"; /* Nothing of b was under way. */
    goes_on(&job, 2);
    CHECK(job.time > idle);
    stop(&job);
    close_world(&world);
}

static void a_plan_of_no_records_does_not_need_its_topic(void)
{
    struct world world;
    struct job job = {&world, .topics = "a,b"};

    open_world(&world);
    feed(&world, "a", 0, 0);
    feed(&world, "b", 0, 0);
    goes_on(&job, 0);
    kill_job(&job);
    CHECK(has_plan(&world)); /* The function may have had an effect. */
    job.topics = "a";
    goes_on(&job, 0);
    kill_job(&job);
    feed(&world, "c", 0, 3);
    job.topics = "c"; /* Not one range is left. */
    goes_on(&job, 3);
    stop(&job);
    close_world(&world);
}

static void a_plan_of_records_needs_its_topic_or_an_answer(void)
{
    struct world world;
    struct job job = {&world, .topics = "a,b", .fails = LEAT_INVALID};

    open_world(&world);
    feed(&world, "a", 0, 2);
    feed(&world, "b", 0, 1);
    CHECK_OK(start(&job));
    CHECK(tick(&job) == LEAT_INVALID);
    kill_job(&job);
    job.topics = "a";
    job.fails = LEAT_OK;
    CHECK_OK(start(&job));
    CHECK(tick(&job) == LEAT_INVALID);
    CHECK(says(&job, "batch 1") && says(&job, "topic 'b' partition 0"));
    CHECK(says(&job, "--assume=aborted"));
    kill_job(&job);
    CHECK(has_plan(&world));
    job.settings[0][0] = "leat.assume";
    job.settings[0][1] = "aborted";
    goes_on(&job, 2);
    stop(&job);
    job.settings[0][0] = NULL;
    job.topics = "a,b";
    goes_on(&job, 1);
    stop(&job);
    close_world(&world);
}

static void a_batch_that_was_cut_short_keeps_its_plan(void)
{
    struct world world;
    struct job job = {&world, .topics = "a", .stops = true, .fails = LEAT_UNAVAILABLE};
    leat_time first;

    open_world(&world);
    feed(&world, "a", 0, 2);
    CHECK_OK(start(&job));
    CHECK(tick(&job) == LEAT_CANCELLED);
    first = job.time;
    stop(&job);
    CHECK(has_plan(&world));
    job.stops = false;
    job.fails = LEAT_OK;
    feed(&world, "a", 0, 3);
    goes_on(&job, 2);
    CHECK(job.time == first);
    stop(&job);
    close_world(&world);
}

static void a_tick_that_prints_no_record_needs_no_plan(void)
{
    struct world world;
    struct job job = {&world, .topics = "a", .output = PRINT};

    open_world(&world);
    feed(&world, "a", 0, 0);
    goes_on(&job, 0);
    kill_job(&job);
    CHECK(!has_plan(&world));
    feed(&world, "a", 0, 2);
    goes_on(&job, 2);
    stop(&job);
    close_world(&world);
}

/* ---- two jobs, one group ---- */

static void refused_and_harmless(struct job *second, struct job *first, const char *words)
{
    CHECK(start(second) == LEAT_INVALID);
    CHECK(says(second, words));
    kill_job(second);
    feed(first->world, "a", 0, 1);
    CHECK_OK(tick(first));
    CHECK(first->records == 1);
}

static void no_answer_lets_a_refused_start_fence_the_job_that_runs(void)
{
    static const char *const answers[][2] = {{NULL, NULL},
                                             {"leat.positions", "ledger"},
                                             {"leat.positions", "group"},
                                             {"leat.assume", "aborted"}};
    struct world world;
    struct job first = {&world, .topics = "a"};

    open_world(&world);
    feed(&world, "a", 0, 2);
    goes_on(&first, 2);
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct job second = {&world, .topics = "a", .directory = "another"};

        memcpy(second.settings[0], answers[i], sizeof answers[i]);
        refused_and_harmless(&second, &first, "lineage");
    }
    stop(&first);
    close_world(&world);
}

static void a_foreign_group_is_not_touched_without_adopting_it(void)
{
    struct world world;
    struct job first = {&world, .topics = "a"};
    struct job second = {&world, .topics = "a", .directory = "another",
                         .settings = {{"leat.app.name", "second"}}};

    open_world(&world);
    feed(&world, "a", 0, 2);
    goes_on(&second, 2);
    stop(&second);
    goes_on(&first, 2);
    second.settings[0][0] = NULL; /* Its group is the first one's now. */
    refused_and_harmless(&second, &first, "lineage");
    second.settings[0][0] = "leat.positions";
    second.settings[0][1] = "group";
    refused_and_harmless(&second, &first, "--adopt");
    stop(&first);
    close_world(&world);
}

static void a_copied_checkpoint_does_not_hurt_the_job_that_has_the_original(void)
{
    struct world world;
    struct job first = {&world, .topics = "a"};
    struct job second = {&world, .topics = "a", .directory = "copy"};

    open_world(&world);
    feed(&world, "a", 0, 2);
    goes_on(&first, 2);
    stop(&first);
    copy_checkpoint(&world, "copy");
    feed(&world, "a", 0, 2);
    goes_on(&first, 2);
    refused_and_harmless(&second, &first, "old copy");
    stop(&first);
    close_world(&world);
}

/* ---- a backup, and the group's positions ---- */

static void a_restored_backup_goes_on_after_the_groups_batch(const char *guarantee)
{
    struct world world;
    struct job job = {&world, .topics = "a",
                      .settings = {{"leat.processing.guarantee", guarantee}}};
    struct leat_marker before, after;

    open_world(&world);
    feed(&world, "a", 0, 2);
    goes_on(&job, 2);
    stop(&job);
    copy_checkpoint(&world, "backup");
    for (int i = 0; i < 2; i++) {
        feed(&world, "a", 0, 1);
        goes_on(&job, 1);
        stop(&job);
    }
    before = marker_of(&world, "a", 0);
    CHECK(before.n == 3);
    job.directory = "backup";
    feed(&world, "a", 0, 4);
    CHECK(start(&job) == LEAT_INVALID);
    CHECK(says(&job, "old copy") && says(&job, "--positions=group"));
    kill_job(&job);
    job.settings[1][0] = "leat.positions";
    job.settings[1][1] = "group";
    world.now -= (leat_time)10 * INTERVAL_MS;
    goes_on(&job, 4);
    CHECK(strstr(world.log, "batch 3 of this lineage") != NULL);
    stop(&job);
    after = marker_of(&world, "a", 0);
    CHECK(after.n == 4 && after.time > before.time);
    feed(&world, "a", 0, 1);
    goes_on(&job, 1); /* The answer is no longer needed, and does nothing. */
    stop(&job);
    CHECK(marker_of(&world, "a", 0).n == 5);
    close_world(&world);
}

static void by_the_groups_positions_batches_go_on_after_the_groups_batch(void)
{
    a_restored_backup_goes_on_after_the_groups_batch("exactly_once");
    a_restored_backup_goes_on_after_the_groups_batch("at_least_once");
}

/* ---- without a directory ---- */

static void goes_on_after_the_groups_marker(enum output output, const char *guarantee)
{
    struct world world;
    struct job job = {&world,
                      .topics = "a",
                      .reset = "latest",
                      .without_directory = true,
                      .output = output,
                      .settings = {{"leat.processing.guarantee", guarantee}}};
    struct leat_marker first, second;

    open_world(&world);
    feed(&world, "a", 0, 5);
    CHECK_OK(start(&job));
    kill_job(&job); /* Where it begins is known from now on. */
    feed(&world, "a", 0, 1);
    goes_on(&job, 1);
    stop(&job);
    first = marker_of(&world, "a", 0);
    CHECK(first.n == 1);
    feed(&world, "a", 0, 1);
    feed(&world, "a", 1, 3); /* A partition added meanwhile: none of its records is lost. */
    world.now -= (leat_time)10 * INTERVAL_MS;
    goes_on(&job, 4);
    stop(&job);
    second = marker_of(&world, "a", 1);
    CHECK(second.n == 2 && second.time > first.time);
    close_world(&world);
}

static void without_a_directory_a_job_goes_on_after_the_groups_marker(void)
{
    goes_on_after_the_groups_marker(FOREACH, "exactly_once");
    goes_on_after_the_groups_marker(FOREACH, "at_least_once");
    goes_on_after_the_groups_marker(PRINT, "exactly_once");
}

static void at_least_once_does_not_take_over_a_foreign_group_unasked(void)
{
    struct world world;
    struct job first = {&world, .topics = "a"};
    struct job second = {&world, .topics = "a", .without_directory = true,
                         .settings = {{"leat.processing.guarantee", "at_least_once"}}};

    open_world(&world);
    feed(&world, "a", 0, 2);
    goes_on(&first, 2);
    stop(&first);
    for (size_t i = 0; i < 2; i++) {
        CHECK(start(&second) == LEAT_INVALID);
        CHECK(says(&second, "lineage") && says(&second, "--adopt"));
        kill_job(&second);
        second.settings[1][0] = "leat.positions"; /* The answer to another question. */
        second.settings[1][1] = "ledger";
    }
    second.settings[1][0] = "leat.adopt";
    second.settings[1][1] = "true";
    feed(&world, "a", 0, 3);
    goes_on(&second, 3);
    stop(&second);
    close_world(&world);
}

/* ---- partitions that come and go while the job runs ---- */

#ifdef LEAT_CRASH_POINTS
/* What happens to the topic in a child is not seen here; what it writes on the disk is. */
static void crash_in_a_child(struct job *job, void (*meanwhile)(struct world *), const char *point)
{
    int status = 0;
    pid_t pid = fork();

    CHECK(pid >= 0);
    if (pid == 0) {
        CHECK(setenv("LEAT_CRASH", point, 1) == 0);
        CHECK_OK(start(job));
        meanwhile(job->world);
        (void)!tick(job);
        _exit(1);
    }
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void add_a_partition_that_the_group_knows(struct world *world)
{
    feed(world, "a", 1, 3);
    commit_offset(world, "a", 1, 2);
}

static void a_partition_seen_later_is_compared_with_what_the_group_had_there(void)
{
    struct world world;
    struct job job = {&world, .topics = "a"};

    open_world(&world);
    feed(&world, "a", 0, 2);
    goes_on(&job, 2);
    stop(&job);
    crash_in_a_child(&job, add_a_partition_that_the_group_knows, "commit.before_end_txn");
    add_a_partition_that_the_group_knows(&world);
    goes_on(&job, 3); /* Its transaction is known not to be committed. */
    stop(&job);
    close_world(&world);
}

/* ---- a cluster that is gone ---- */

static void change_nothing(struct world *world)
{
    (void)world;
}

static void moves_to_another_cluster(bool after_a_crash)
{
    struct world world;
    struct job job = {&world, .topics = "a"};

    open_world(&world);
    feed(&world, "a", 0, 2);
    if (after_a_crash)
        crash_in_a_child(&job, change_nothing, "commit.before_end_txn");
    else {
        goes_on(&job, 2);
        stop(&job);
    }
    job.brokers = "new";
    cluster_name = "new";
    gone_brokers = "memory";
    for (int i = 0; i < 2; i++) {
        CHECK(start(&job) == LEAT_UNAVAILABLE);
        CHECK(says(&job, "memory") && says(&job, "cannot connect"));
        CHECK(says(&job, "new checkpoint directory") && says(&job, "--adopt"));
        kill_job(&job);
        job.settings[0][0] = "leat.adopt"; /* Not enough by itself. */
        job.settings[0][1] = "true";
    }
    job.directory = "new";
    goes_on(&job, after_a_crash ? 2 : 0);
    stop(&job);
    cluster_name = gone_brokers = NULL;
    close_world(&world);
}

static void a_cluster_that_is_gone_needs_a_new_directory(void)
{
    moves_to_another_cluster(false);
    moves_to_another_cluster(true);
}

#endif

/* ---- topics that come and go ---- */

static void a_topic_that_one_answer_lacks_stays_in_the_job(void)
{
    struct world world;
    struct job job = {&world, .pattern = "[ab]"};

    open_world(&world);
    feed(&world, "a", 0, 0);
    feed(&world, "b", 0, 2);
    goes_on(&job, 2);
    for (int i = 0; i < 4; i++) {
        hidden_topic = i % 2 == 1 ? "b" : NULL; /* Never twice in a row. */
        feed(&world, "b", 0, 1);
        CHECK_OK(tick(&job));
        CHECK(job.records == 1);
    }
    hidden_topic = "b";
    hides_partitions_only = true;
    for (int i = 0; i < 3; i++) { /* For as long as it may be. */
        feed(&world, "b", 0, 1);
        CHECK_OK(tick(&job));
        CHECK(job.records == 1);
    }
    CHECK(strstr(world.log, "is gone") == NULL);
    hides_partitions_only = false;
    CHECK_OK(tick(&job));
    CHECK_OK(tick(&job));
    CHECK(strstr(world.log, "topic 'b' is gone") != NULL);
    hidden_topic = NULL;
    feed(&world, "b", 0, 2);
    CHECK_OK(tick(&job));
    CHECK(job.records == 2);
    stop(&job);
    close_world(&world);
}

static const struct check_case cases[] = {
    CHECK_CASE(a_clean_stop_after_an_idle_tick_leaves_no_plan),
    CHECK_CASE(a_plan_of_no_records_does_not_need_its_topic),
    CHECK_CASE(a_plan_of_records_needs_its_topic_or_an_answer),
    CHECK_CASE(a_batch_that_was_cut_short_keeps_its_plan),
    CHECK_CASE(a_tick_that_prints_no_record_needs_no_plan),
    CHECK_CASE(no_answer_lets_a_refused_start_fence_the_job_that_runs),
    CHECK_CASE(a_foreign_group_is_not_touched_without_adopting_it),
    CHECK_CASE(a_copied_checkpoint_does_not_hurt_the_job_that_has_the_original),
    CHECK_CASE(by_the_groups_positions_batches_go_on_after_the_groups_batch),
    CHECK_CASE(without_a_directory_a_job_goes_on_after_the_groups_marker),
    CHECK_CASE(at_least_once_does_not_take_over_a_foreign_group_unasked),
#ifdef LEAT_CRASH_POINTS
    CHECK_CASE(a_partition_seen_later_is_compared_with_what_the_group_had_there),
    CHECK_CASE(a_cluster_that_is_gone_needs_a_new_directory),
#endif
    CHECK_CASE(a_topic_that_one_answer_lacks_stays_in_the_job),
};
CHECK_MAIN(cases)
