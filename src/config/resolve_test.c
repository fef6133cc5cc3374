/* resolve_test: what the keys of a job for Spark's cluster mean on one machine. */
#include "config/machine.h"
#include "tests/support/conf.h"

static const int64_t MIB = 1 << 20;

/* The settings of "job --conf W --conf W ..." for the words of text. */
static leat_conf *submitted(struct command_line *line, const char *const *pairs)
{
    char text[512] = "job";

    for (; *pairs != NULL; pairs++) {
        size_t size = strlen(text);

        snprintf(text + size, sizeof text - size, " --conf %s", *pairs);
    }
    return conf_of(line, text);
}

#define SETTINGS(...) settings_and_destroy((const char *const[]){__VA_ARGS__, NULL})

static struct leat_settings settings_and_destroy(const char *const *pairs)
{
    struct command_line line;
    leat_conf *conf = submitted(&line, pairs);
    struct leat_settings settings = settings_of(conf);

    leat_conf_destroy(conf); /* Numbers only from here on. */
    return settings;
}

static void local_in_brackets_is_the_cores(void)
{
    CHECK(SETTINGS("spark.master=local").cores == 1);
    CHECK(SETTINGS("spark.master=local[3]").cores == 3);
    CHECK(SETTINGS("spark.master=local[*]").cores == 2 * leat_machine_cores());
    CHECK(SETTINGS("spark.master=yarn").cores == 2 * leat_machine_cores());
    CHECK(SETTINGS("spark.master=local[3,7]").task_failures_max == 7);
    CHECK(SETTINGS("spark.master=local[3,7]", "spark.task.maxFailures=2").task_failures_max == 2);
}

static void a_master_that_is_none_is_refused(void)
{
    static const char *const wrong[] = {"near",       "local[",       "local[]",    "local[0]",
                                        "local[-1]",  "local[1025]",  "local[2]x",  "local[2,]",
                                        "local[2,0]", "local[2,101]", "yarn-other", "LOCAL"};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CHECK(is_refused_value("spark.master", wrong[i], "it takes local, local[n], local[*]"));
}

static void executors_become_cores_and_memory(void)
{
    struct leat_settings settings = SETTINGS("spark.executor.memory=64m", "spark.executor.cores=2",
                                             "spark.executor.instances=3");

    CHECK(settings.cores == 6);
    CHECK(settings.memory_limit_bytes == 192 * MIB);
    /* Two executors are Spark's default on YARN; a bare number is MiB, and 32 of them the least. */
    CHECK(SETTINGS("spark.executor.memory=100").memory_limit_bytes == 200 * MIB);
    CHECK(SETTINGS("spark.executor.memory=1m").memory_limit_bytes == 32 * MIB);
    CHECK(SETTINGS("spark.executor.cores=2").memory_limit_bytes == 256 * MIB);
}

static void executors_beyond_this_machine_are_cut(void)
{
    CHECK(SETTINGS("spark.executor.memory=64t").memory_limit_bytes ==
          leat_machine_memory_bytes() / 4 * 3);
    CHECK(SETTINGS("spark.executor.cores=1000", "spark.executor.instances=9").cores == 1024);
}

static void our_own_key_goes_before_the_executors(void)
{
    CHECK(SETTINGS("spark.executor.cores=2", "leat.local.cores=5").cores == 5);
    CHECK(SETTINGS("spark.master=local[4]", "leat.local.cores=5").cores == 5);
    CHECK(SETTINGS("spark.master=local[4]", "spark.executor.cores=2").cores == 4);
    CHECK(SETTINGS("spark.executor.memory=1g", "leat.memory.limit=64m").memory_limit_bytes ==
          64 * MIB);
}

#define HADOOP "spark.hadoop.mapreduce.output.fileoutputformat.compress"
#define HADOOP_CODEC HADOOP ".codec=org.apache.hadoop.io.compress."

static void hadoop_s_switch_and_codec_are_the_compression(void)
{
    CHECK(SETTINGS("leat.app.name=x").files_compression == LEAT_COMPRESSION_NONE);
    CHECK(SETTINGS("leat.files.compression=ZSTD").files_compression == LEAT_COMPRESSION_ZSTD);
    CHECK(SETTINGS(HADOOP "=true").files_compression == LEAT_COMPRESSION_DEFLATE);
    CHECK(SETTINGS(HADOOP "=false").files_compression == LEAT_COMPRESSION_NONE);
    CHECK(SETTINGS(HADOOP "=true", HADOOP_CODEC "GzipCodec").files_compression ==
          LEAT_COMPRESSION_GZIP);
    CHECK(SETTINGS(HADOOP "=true", HADOOP_CODEC "ZStandardCodec").files_compression ==
          LEAT_COMPRESSION_ZSTD);
    CHECK(SETTINGS(HADOOP_CODEC "GzipCodec").files_compression == LEAT_COMPRESSION_NONE);
    CHECK(SETTINGS(HADOOP "=true", "leat.files.compression=gzip").files_compression ==
          LEAT_COMPRESSION_GZIP);
    CHECK(SETTINGS(HADOOP ".type=RECORD").files_compression_type == LEAT_COMPRESSION_RECORD);
}

static void a_higher_source_goes_before_our_own_key(void)
{
    struct command_line line;
    leat_conf *conf = conf_of(&line, "job --conf spark.master=local[2]");
    struct leat_conf_entry entry = {0};

    leat_conf_set(conf, "leat.local.cores", "5");
    CHECK(settings_of(conf).cores == 2);
    for (size_t i = 0; leat_conf_entry_at(conf, i, &entry); i++)
        if (strcmp(entry.key, "leat.local.cores") == 0)
            break;
    CHECK(strcmp(entry.value, "2") == 0);
    CHECK(strcmp(entry.said_by, "spark.master") == 0 && strcmp(entry.origin, "--conf") == 0);
    leat_conf_destroy(conf);
}

struct notes {
    int count;
    char text[1024];
};

static void add_note(void *context, const char *line)
{
    struct notes *notes = context;
    size_t size = strlen(notes->text);

    notes->count++;
    snprintf(notes->text + size, sizeof notes->text - size, "%s\n", line);
}

static void what_has_nothing_to_act_on_is_said_once(void)
{
    struct command_line line;
    static const char *const pairs[] = {"spark.master=yarn",
                                        "spark.submit.deployMode=cluster",
                                        "spark.driver.memory=2g",
                                        "spark.driver.cores=2",
                                        "spark.executor.heartbeatInterval=20s",
                                        "spark.dynamicAllocation.enabled=false",
                                        NULL};
    leat_conf *conf = submitted(&line, pairs);

    for (int i = 0; i < 2; i++) { /* Resolved again, they are not said twice. */
        struct notes notes = {0};

        settings_of(conf);
        leat_conf_notes(conf, add_note, &notes);
        CHECK(notes.count == 4);
        CHECK(strstr(notes.text, "spark.master is 'yarn': the job runs on this machine") != NULL);
        CHECK(strstr(notes.text, "spark.driver.* has nothing to act on: there is no driver") !=
              NULL);
        CHECK(strstr(notes.text, "spark.executor.heartbeatInterval has nothing") != NULL);
        CHECK(strstr(notes.text, "spark.dynamicAllocation.enabled has nothing") != NULL);
    }
    leat_conf_destroy(conf);
}

static void defaults_say_nothing(void)
{
    struct notes notes = {0};
    leat_conf *conf = empty_conf();

    settings_of(conf);
    leat_conf_notes(conf, add_note, &notes);
    CHECK(notes.count == 0);
    leat_conf_destroy(conf);
}

static void what_we_would_not_do_is_refused(void)
{
    CHECK(is_refused_value("spark.dynamicAllocation.enabled", "true", "it takes only false"));
    CHECK(is_refused_value("spark.streaming.concurrentJobs", "2", "it takes only 1"));
}

static const struct check_case cases[] = {
    CHECK_CASE(local_in_brackets_is_the_cores),
    CHECK_CASE(a_master_that_is_none_is_refused),
    CHECK_CASE(executors_become_cores_and_memory),
    CHECK_CASE(executors_beyond_this_machine_are_cut),
    CHECK_CASE(our_own_key_goes_before_the_executors),
    CHECK_CASE(hadoop_s_switch_and_codec_are_the_compression),
    CHECK_CASE(a_higher_source_goes_before_our_own_key),
    CHECK_CASE(what_has_nothing_to_act_on_is_said_once),
    CHECK_CASE(defaults_say_nothing),
    CHECK_CASE(what_we_would_not_do_is_refused),
};

CHECK_MAIN(cases)
