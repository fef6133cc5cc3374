/* resolve: from texts to struct leat_settings, and what Spark's cluster keys mean on one machine.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config/conf_internal.h"
#include "config/machine.h"
#include "config/value.h"

enum { CORES_MAX = 1024, TASKS_PER_CORE = 2, NOTE_MAX = 384 };

LEAT_PRINTF(2, 3) static void note(leat_conf *conf, const char *format, ...)
{
    char text[NOTE_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    leat_conf_append(conf, &conf->notes, text);
}

static leat_status parse_all(leat_conf *conf, struct leat_settings *out, leat_error *err)
{
    for (size_t i = 0; i < LEAT_KEY_COUNT; i++) {
        const struct leat_key *key = &leat_keys[i];
        const struct setting *setting = &conf->settings[i];
        struct leat_value_source source = {setting->name, setting->origin};
        leat_status status = LEAT_OK;

        conf->said_by[i] = i;
        leat_key_clear(key, out);
        if (setting->rank != RANK_UNSET) {
            status = leat_key_parse(key, &source, setting->value, out, err);
        } else if (key->fallback != NULL) {
            source = (struct leat_value_source){key->name, "default"};
            status = leat_key_parse(key, &source, key->fallback, out, err);
        }
        if (status != LEAT_OK) {
            conf->is_usage_error = setting->rank == RANK_COMMAND_LINE;
            return status;
        }
    }
    return LEAT_OK;
}

/* ---- leat.master ---- */

struct master {
    bool is_local;
    bool says_cores;
    int64_t cores;             /* 0: all. */
    int64_t task_failures_max; /* 0: not said. */
};

/* Up to 7 digits; NULL when there are none, or more. */
static const char *parse_count(const char *text, int64_t *out)
{
    size_t digits = strspn(text, "0123456789");

    if (digits == 0 || digits > 7)
        return NULL;
    *out = 0;
    for (size_t i = 0; i < digits; i++)
        *out = *out * 10 + (text[i] - '0');
    return text + digits;
}

/* What stands in the brackets of local[n], local[*], local[n,m]. */
static bool parse_brackets(const char *text, struct master *out)
{
    out->cores = 0;
    text += strspn(text, " ");
    if (*text == '*')
        text++;
    else if ((text = parse_count(text, &out->cores)) == NULL || out->cores < 1 ||
             out->cores > CORES_MAX)
        return false;
    text += strspn(text, " ");
    if (*text == ',') {
        text += 1 + strspn(text + 1, " ");
        text = parse_count(text, &out->task_failures_max);
        if (text == NULL || out->task_failures_max < 1 || out->task_failures_max > 100)
            return false;
        text += strspn(text, " ");
    }
    return strcmp(text, "]") == 0;
}

static bool parse_master(const char *text, struct master *out)
{
    static const char *const clusters[] = {"spark://", "mesos://", "k8s://"};

    *out = (struct master){.is_local = true, .says_cores = true, .cores = 1};
    if (strcmp(text, "local") == 0)
        return true;
    if (strncmp(text, "local[", 6) == 0)
        return parse_brackets(text + 6, out);
    *out = (struct master){0};
    for (size_t i = 0; i < sizeof clusters / sizeof clusters[0]; i++)
        if (strncmp(text, clusters[i], strlen(clusters[i])) == 0)
            return true;
    return strcmp(text, "yarn") == 0 || strcmp(text, "yarn-client") == 0 ||
           strcmp(text, "yarn-cluster") == 0;
}

static leat_status apply_master(leat_conf *conf, struct leat_settings *out, struct master *master,
                                leat_error *err)
{
    const struct setting *said = &conf->settings[LEAT_KEY_AT_master];

    if (!parse_master(out->master, master)) {
        conf->is_usage_error = said->rank == RANK_COMMAND_LINE;
        return leat_fail(err, LEAT_INVALID,
                         "%s is '%.128s' (%s); it takes local, local[n], local[*] with n from 1 to "
                         "%d, or yarn",
                         said->name, out->master, said->origin, CORES_MAX);
    }
    if (master->task_failures_max > 0 &&
        said->rank > conf->settings[LEAT_KEY_AT_task_failures_max].rank) {
        out->task_failures_max = master->task_failures_max;
        conf->said_by[LEAT_KEY_AT_task_failures_max] = LEAT_KEY_AT_master;
    }
    if (!master->is_local)
        note(conf, "%s is '%.128s': the job runs on this machine", said->name, out->master);
    else if (out->deploy_mode == LEAT_DEPLOY_CLUSTER)
        note(conf, "%s is 'cluster': the job runs on this machine",
             conf->settings[LEAT_KEY_AT_deploy_mode].name);
    return LEAT_OK;
}

/* ---- cores and memory ---- */

static enum leat_conf_rank rank_of(const leat_conf *conf, int index)
{
    return conf->settings[index].rank;
}

/* leat.local.cores, then local[n], then spark.executor.cores x instances; a higher rank first. */
static void derive_cores(leat_conf *conf, const struct master *master, struct leat_settings *out)
{
    enum leat_conf_rank rank = rank_of(conf, LEAT_KEY_AT_cores);
    int64_t cores = out->cores;

    if (master->says_cores && rank_of(conf, LEAT_KEY_AT_master) > rank) {
        rank = rank_of(conf, LEAT_KEY_AT_master);
        cores = master->cores;
        conf->said_by[LEAT_KEY_AT_cores] = LEAT_KEY_AT_master;
    }
    if (rank_of(conf, LEAT_KEY_AT_executor_cores) > rank) {
        cores = out->executor_cores * out->executor_instances;
        conf->said_by[LEAT_KEY_AT_cores] = LEAT_KEY_AT_executor_cores;
        if (cores > CORES_MAX) {
            note(conf,
                 "spark.executor.cores x spark.executor.instances is %" PRId64
                 ": the job has %d task threads",
                 cores, CORES_MAX);
            cores = CORES_MAX;
        }
    }
    if (cores == 0)
        cores = TASKS_PER_CORE * leat_machine_cores();
    out->cores = cores < CORES_MAX ? cores : CORES_MAX;
}

/* leat.memory.limit, then spark.executor.memory x instances; a higher rank first. The executors
 * were on other machines: here they get at most three quarters of this one. */
static void derive_memory(leat_conf *conf, struct leat_settings *out)
{
    int64_t machine = leat_machine_memory_bytes() / 4 * 3;
    int64_t memory;

    if (rank_of(conf, LEAT_KEY_AT_executor_memory_bytes) <=
        rank_of(conf, LEAT_KEY_AT_memory_limit_bytes))
        return;
    memory = out->executor_memory_bytes > INT64_MAX / out->executor_instances
                 ? INT64_MAX
                 : out->executor_memory_bytes * out->executor_instances;
    if (memory > machine) {
        note(conf,
             "spark.executor.memory x spark.executor.instances is %" PRId64
             "m, more than this machine has: the memory limit is %" PRId64 "m",
             memory >> 20, machine >> 20);
        memory = machine;
    }
    conf->said_by[LEAT_KEY_AT_memory_limit_bytes] = LEAT_KEY_AT_executor_memory_bytes;
    out->memory_limit_bytes = memory < 32 << 20 ? 32 << 20 : memory;
}

static void note_instances(leat_conf *conf)
{
    if (rank_of(conf, LEAT_KEY_AT_executor_instances) != RANK_UNSET &&
        rank_of(conf, LEAT_KEY_AT_executor_cores) == RANK_UNSET &&
        rank_of(conf, LEAT_KEY_AT_executor_memory_bytes) == RANK_UNSET)
        note(conf, "spark.executor.instances has nothing to act on: neither spark.executor.cores "
                   "nor spark.executor.memory is set");
}

/* ---- compression ---- */

/* leat.files.compression, then Hadoop's switch and codec; a higher rank first. The codecs are in
 * the order of the compressions. */
static void derive_compression(leat_conf *conf, struct leat_settings *out)
{
    enum leat_conf_rank rank = rank_of(conf, LEAT_KEY_AT_hadoop_compress);

    if (rank == RANK_UNSET && rank_of(conf, LEAT_KEY_AT_hadoop_codec) != RANK_UNSET)
        note(conf, "%s has nothing to act on: %s is not set",
             leat_keys[LEAT_KEY_AT_hadoop_codec].name, leat_keys[LEAT_KEY_AT_hadoop_compress].name);
    if (rank <= rank_of(conf, LEAT_KEY_AT_files_compression))
        return;
    out->files_compression =
        out->hadoop_compress ? LEAT_COMPRESSION_DEFLATE + out->hadoop_codec : LEAT_COMPRESSION_NONE;
    conf->said_by[LEAT_KEY_AT_files_compression] = LEAT_KEY_AT_hadoop_compress;
}

/* ---- keys that have nothing to act on ---- */

static leat_status check_idle(leat_conf *conf, leat_error *err)
{
    for (size_t i = 0; i < leat_idle_key_count; i++) {
        const struct leat_idle_key *idle = &leat_idle_keys[i];
        const struct setting *setting = &conf->idle_settings[i];

        if (setting->rank == RANK_UNSET)
            continue;
        if (idle->accepted != NULL && strcmp(idle->accepted, setting->value) != 0) {
            conf->is_usage_error = setting->rank == RANK_COMMAND_LINE;
            return leat_fail(err, LEAT_INVALID, "%s is '%.128s' (%s), but %s: it takes only %s",
                             setting->name, setting->value, setting->origin, idle->why,
                             idle->accepted);
        }
        note(conf, "%s has nothing to act on: %s", idle->name, idle->why);
    }
    return LEAT_OK;
}

/* ---- all of it ---- */

static leat_status print_all(leat_conf *conf, const struct leat_settings *settings)
{
    struct leat_buffer text = {0};
    bool printed = true;

    for (size_t i = 0; printed && i < LEAT_KEY_COUNT; i++) {
        leat_buffer_reset(&text);
        printed = leat_key_print(&leat_keys[i], settings, &text);
        conf->values_in_force[i] = NULL;
        if (!printed || text.size == 0)
            continue;
        conf->values_in_force[i] = leat_arena_copy(&conf->arena, text.data, text.size);
        printed = conf->values_in_force[i] != NULL;
    }
    leat_buffer_release(&text);
    return printed ? LEAT_OK : LEAT_NO_MEMORY;
}

static leat_status resolve(leat_conf *conf, struct leat_settings *out, leat_error *err)
{
    struct master master;

    conf->notes = NULL;
    LEAT_TRY(parse_all(conf, out, err));
    LEAT_TRY(check_idle(conf, err));
    LEAT_TRY(apply_master(conf, out, &master, err));
    derive_cores(conf, &master, out);
    derive_memory(conf, out);
    derive_compression(conf, out);
    note_instances(conf);
    if (print_all(conf, out) != LEAT_OK)
        leat_conf_fail_memory(conf);
    return conf->error.status;
}

leat_status leat_conf_resolve(leat_conf *conf, struct leat_settings *out, leat_error *err)
{
    struct leat_settings settings;

    if (conf == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for the configuration");
    if (conf->error.status == LEAT_OK) {
        leat_error first = {.status = LEAT_OK};

        if (resolve(conf, &settings, &first) == LEAT_OK) {
            *out = settings;
            return LEAT_OK;
        }
        if (conf->error.status == LEAT_OK)
            conf->error = first;
    }
    if (err != NULL)
        *err = conf->error;
    return conf->error.status;
}

void leat_conf_notes(const leat_conf *conf, leat_conf_note_fn write, void *context)
{
    for (const struct line *line = conf->notes; line != NULL; line = line->next)
        write(context, line->text);
}

bool leat_conf_entry_at(const leat_conf *conf, size_t index, struct leat_conf_entry *out)
{
    const struct setting *said;

    if (index >= LEAT_KEY_COUNT)
        return false;
    said = &conf->settings[conf->said_by[index]];
    *out =
        (struct leat_conf_entry){.key = leat_keys[index].name,
                                 .value = conf->values_in_force[index],
                                 .said_by = said->name == NULL ? leat_keys[index].name : said->name,
                                 .origin = said->origin == NULL ? "default" : said->origin,
                                 .is_set = said->rank != RANK_UNSET};
    return true;
}
