/* moving_test: Kafka changes under a job, or between two starts: partitions, topics, whole
 * clusters. */
#include <signal.h>

#include "tests/support/restart.h"

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

static void open_changing_world(struct world *world)
{
    open_world(world);
    world->driver.open_cluster = open_changed_cluster;
    world->driver.open_writer = open_writer_there;
}

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

/* Somebody's plain commit in the job's group. */
static void commit_offset(struct world *world, const char *topic, int32_t partition, int64_t offset)
{
    struct leat_topic_partition key = {topic, partition};
    struct leat_group_offset at = {.offset = offset};
    struct leat_cluster *cluster = open_group(world);

    CHECK_OK(cluster->ops->commit_offsets(cluster, &key, &at, 1, 1000, NULL));
    cluster->ops->destroy(cluster);
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

    open_changing_world(&world);
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

    open_changing_world(&world);
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

static void a_topic_that_one_answer_lacks_stays_in_the_job(void)
{
    struct world world;
    struct job job = {&world, .pattern = "[ab]"};

    open_changing_world(&world);
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
#ifdef LEAT_CRASH_POINTS
    CHECK_CASE(a_partition_seen_later_is_compared_with_what_the_group_had_there),
    CHECK_CASE(a_cluster_that_is_gone_needs_a_new_directory),
#endif
    CHECK_CASE(a_topic_that_one_answer_lacks_stays_in_the_job),
};
CHECK_MAIN(cases)
