/* conf: what was set where, and which of it is in force, see leat/conf.h. */
#include "config/conf_internal.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/nearest.h"

enum { ARENA_CHUNK_BYTES = 4 << 10 };

leat_conf *leat_conf_create(int *argc, char **argv)
{
    leat_conf *conf = leat_alloc(1, sizeof *conf);

    if (conf == NULL)
        return NULL;
    leat_arena_init(&conf->arena, ARENA_CHUNK_BYTES, SIZE_MAX);
    conf->settings = leat_arena_zalloc(&conf->arena, leat_key_count * sizeof *conf->settings);
    if (conf->settings == NULL) {
        leat_conf_destroy(conf);
        return NULL;
    }
    if (argc != NULL)
        leat_conf_take_arguments(conf, argc, argv);
    leat_conf_take_environment(conf);
    return conf;
}

void leat_conf_destroy(leat_conf *conf)
{
    if (conf == NULL)
        return;
    leat_arena_release(&conf->arena);
    leat_free(conf);
}

leat_status leat_conf_fail(leat_conf *conf, bool usage, const char *format, ...)
{
    va_list args;

    if (conf->error.status != LEAT_OK)
        return conf->error.status;
    conf->usage_error = usage;
    va_start(args, format);
    leat_fail_va(&conf->error, LEAT_INVALID, format, args);
    va_end(args);
    return LEAT_INVALID;
}

static void no_memory(leat_conf *conf)
{
    leat_conf_fail(conf, false, "no memory for the configuration");
    conf->error.status = LEAT_NO_MEMORY;
}

static const struct leat_key *find_key(const char *name)
{
    for (size_t i = 0; i < leat_key_count; i++)
        if (strcmp(leat_keys[i].key, name) == 0 ||
            (leat_keys[i].spark[0] != '\0' && strcmp(leat_keys[i].spark, name) == 0))
            return &leat_keys[i];
    return NULL;
}

static void note_idle(leat_conf *conf, const struct leat_idle_key *idle)
{
    struct note *note;

    for (note = conf->notes; note != NULL; note = note->next)
        if (note->idle == idle)
            return;
    note = leat_arena_zalloc(&conf->arena, sizeof *note);
    if (note == NULL) {
        no_memory(conf);
        return;
    }
    note->idle = idle;
    note->next = conf->notes;
    conf->notes = note;
}

static void unknown_key(leat_conf *conf, const char *name, const char *origin)
{
    struct leat_nearest nearest = {.word = name};

    for (size_t i = 0; i < leat_idle_key_count; i++)
        if (strcmp(leat_idle_keys[i].key, name) == 0) {
            note_idle(conf, &leat_idle_keys[i]);
            return;
        }
    for (size_t i = 0; i < leat_key_count; i++) {
        leat_nearest_offer(&nearest, leat_keys[i].key);
        if (leat_keys[i].spark[0] != '\0')
            leat_nearest_offer(&nearest, leat_keys[i].spark);
    }
    for (size_t i = 0; i < leat_idle_key_count; i++)
        leat_nearest_offer(&nearest, leat_idle_keys[i].key);
    leat_conf_fail(conf, false, "there is no setting '%s' (%s)%s%s%s; see leat config --list", name,
                   origin, nearest.name == NULL ? "" : "; did you mean '",
                   nearest.name == NULL ? "" : nearest.name, nearest.name == NULL ? "" : "'?");
}

void leat_conf_put(leat_conf *conf, enum leat_conf_rank rank, const char *origin, const char *name,
                   const char *value)
{
    const struct leat_key *key = find_key(name);
    struct setting *setting;

    if (key == NULL) {
        unknown_key(conf, name, origin);
        return;
    }
    setting = &conf->settings[key - leat_keys];
    if (rank < setting->rank)
        return;
    setting->rank = rank;
    setting->value = leat_arena_strdup(&conf->arena, value);
    setting->origin = leat_arena_strdup(&conf->arena, origin);
    if (setting->value == NULL || setting->origin == NULL)
        no_memory(conf);
}

void leat_conf_set(leat_conf *conf, const char *key, const char *value)
{
    if (conf == NULL)
        return;
    if (key == NULL || value == NULL)
        leat_conf_fail(conf, false, "conf_set needs a key and a value");
    else
        leat_conf_put(conf, RANK_PROGRAM, "set by the program", key, value);
}

const char *leat_conf_get(const leat_conf *conf, const char *name)
{
    const struct leat_key *key = conf == NULL || name == NULL ? NULL : find_key(name);
    const struct setting *setting;

    if (key == NULL)
        return NULL;
    setting = &conf->settings[key - leat_keys];
    return setting->rank == RANK_UNSET ? key->fallback : setting->value;
}

/* ---- resolving ---- */

static bool is_set(const leat_conf *conf, const char *name)
{
    return conf->settings[find_key(name) - leat_keys].rank != RANK_UNSET;
}

/* The cores of local, local[n] and local[*]; 0: all. */
static leat_status cores_of_master(const char *master, int64_t *out, leat_error *err)
{
    char closing = '\0';
    int end = 0;
    int count;

    *out = 0;
    if (strncmp(master, "local", 5) != 0 || strcmp(master, "local[*]") == 0)
        return LEAT_OK;
    *out = 1;
    if (strcmp(master, "local") == 0)
        return LEAT_OK;
    if (sscanf(master, "local[%d%c%n", &count, &closing, &end) != 2 || closing != ']' ||
        master[end] != '\0' || count < 1)
        return leat_fail(err, LEAT_INVALID,
                         "leat.master is '%s'; it takes local, local[n], local[*] or yarn", master);
    *out = count;
    return LEAT_OK;
}

static leat_status derive(const leat_conf *conf, struct leat_settings *out, leat_error *err)
{
    int64_t master_cores;

    LEAT_TRY(cores_of_master(out->master, &master_cores, err));
    if (!is_set(conf, "leat.local.cores"))
        out->cores =
            out->executor_cores > 0 ? out->executor_cores * out->executor_instances : master_cores;
    if (out->cores == 0)
        out->cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (out->cores > 1024)
        out->cores = 1024;
    if (!is_set(conf, "leat.memory.limit") && out->executor_memory_bytes > 0)
        out->memory_limit_bytes = out->executor_memory_bytes > INT64_MAX / out->executor_instances
                                      ? INT64_MAX
                                      : out->executor_memory_bytes * out->executor_instances;
    if (out->batch_interval_ms > 0 && out->batch_interval_ms < 10)
        return leat_fail(err, LEAT_INVALID,
                         "leat.batch.interval is %d ms; it must be 0 or at least 10ms",
                         (int)out->batch_interval_ms);
    return LEAT_OK;
}

leat_status leat_conf_resolve(leat_conf *conf, struct leat_settings *out, leat_error *err)
{
    if (conf->error.status != LEAT_OK) {
        if (err != NULL)
            *err = conf->error;
        return conf->error.status;
    }
    for (size_t i = 0; i < leat_key_count; i++) {
        const struct setting *setting = &conf->settings[i];
        const char *text = setting->rank == RANK_UNSET ? leat_keys[i].fallback : setting->value;
        leat_status status;

        leat_key_clear(&leat_keys[i], out);
        if (text == NULL)
            continue;
        status = leat_key_parse(&leat_keys[i], text, out, err);
        if (status != LEAT_OK) {
            leat_error_prefix(err, "%s", setting->rank == RANK_UNSET ? "default" : setting->origin);
            return status;
        }
    }
    return derive(conf, out, err);
}

bool leat_conf_is_usage_error(const leat_conf *conf)
{
    return conf->usage_error;
}

void leat_conf_notes(const leat_conf *conf, leat_conf_note_fn note, void *context)
{
    const char *master = leat_conf_get(conf, "leat.master");
    char line[256];

    for (const struct note *at = conf->notes; at != NULL; at = at->next) {
        snprintf(line, sizeof line, "%s has nothing to act on: %s", at->idle->key, at->idle->why);
        note(context, line);
    }
    if (master != NULL && strncmp(master, "local", 5) != 0) {
        snprintf(line, sizeof line, "leat.master is '%.64s': the job runs on this machine", master);
        note(context, line);
    }
}
