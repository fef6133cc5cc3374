/* conf: what was set where, and which of it is in force, see leat/conf.h. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "config/conf_internal.h"

extern char **environ;

enum { ARENA_CHUNK_BYTES = 4 << 10 };

leat_conf *leat_conf_create(int *argc, char **argv)
{
    leat_conf *conf = leat_alloc(1, sizeof *conf);

    if (conf == NULL)
        return NULL;
    leat_arena_init(&conf->arena, ARENA_CHUNK_BYTES, SIZE_MAX);
    conf->idle_settings =
        leat_arena_zalloc(&conf->arena, leat_idle_key_count * sizeof *conf->idle_settings);
    if (conf->idle_settings == NULL) {
        leat_conf_destroy(conf);
        return NULL;
    }
    if (argc != NULL && argv != NULL)
        leat_conf_take_arguments(conf, argc, argv);
    leat_conf_take_environment(conf, environ);
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
    conf->is_usage_error = usage;
    va_start(args, format);
    leat_fail_va(&conf->error, LEAT_INVALID, format, args);
    va_end(args);
    return LEAT_INVALID;
}

leat_status leat_conf_fail_memory(leat_conf *conf)
{
    if (conf->error.status == LEAT_OK)
        leat_fail(&conf->error, LEAT_NO_MEMORY, "no memory for the configuration");
    return conf->error.status;
}

bool leat_conf_is_usage_error(const leat_conf *conf)
{
    return conf != NULL && conf->is_usage_error;
}

void leat_conf_append(leat_conf *conf, struct line **lines, const char *text)
{
    struct line *line = leat_arena_zalloc(&conf->arena, sizeof *line);

    if (line != NULL)
        line->text = leat_arena_strdup(&conf->arena, text);
    if (line == NULL || line->text == NULL) {
        leat_conf_fail_memory(conf);
        return;
    }
    while (*lines != NULL)
        lines = &(*lines)->next;
    *lines = line;
}

static void refuse_unknown(leat_conf *conf, enum leat_conf_rank rank, const char *origin,
                           const char *name)
{
    const char *near = leat_key_nearest(name);

    leat_conf_fail(conf, rank == RANK_COMMAND_LINE,
                   "there is no setting '%.128s' (%s)%s%s%s; see leat config --list", name, origin,
                   near == NULL ? "" : "; did you mean '", near == NULL ? "" : near,
                   near == NULL ? "" : "'?");
}

/* Blanks around a value mean nothing, except in a text. */
static char *copy_value(leat_conf *conf, const struct leat_key *key, const char *value)
{
    size_t size = strlen(value);

    if (key == NULL || key->type == LEAT_KEY_TEXT)
        return leat_arena_strdup(&conf->arena, value);
    while (isspace((unsigned char)*value)) {
        value++;
        size--;
    }
    while (size > 0 && isspace((unsigned char)value[size - 1]))
        size--;
    return leat_arena_copy(&conf->arena, value, size);
}

void leat_conf_put(leat_conf *conf, enum leat_conf_rank rank, const char *origin, const char *name,
                   const char *value)
{
    const struct leat_key *key = leat_key_find(name);
    const struct leat_idle_key *idle = key == NULL ? leat_idle_key_find(name) : NULL;
    struct setting *setting;

    if (leat_is_kafka_parameter(name)) {
        leat_conf_put_kafka_parameter(conf, rank, origin, name, value);
        return;
    }
    if (key == NULL && idle == NULL) {
        refuse_unknown(conf, rank, origin, name);
        return;
    }
    setting = key == NULL ? &conf->idle_settings[idle - leat_idle_keys]
                          : &conf->settings[key - leat_keys];
    if (rank < setting->rank)
        return;
    *setting = (struct setting){.name = leat_arena_strdup(&conf->arena, name),
                                .value = copy_value(conf, key, value),
                                .origin = leat_arena_strdup(&conf->arena, origin),
                                .rank = rank};
    if (setting->name == NULL || setting->value == NULL || setting->origin == NULL) {
        *setting = (struct setting){0};
        leat_conf_fail_memory(conf);
    }
}

void leat_conf_set(leat_conf *conf, const char *key, const char *value)
{
    if (conf == NULL)
        return;
    if (key == NULL || value == NULL)
        leat_conf_fail(conf, false, "leat_conf_set needs a key and a value, '%.128s' has none",
                       key == NULL ? "NULL" : key);
    else
        leat_conf_put(conf, RANK_PROGRAM, "set by the program", key, value);
}

const char *leat_conf_get(const leat_conf *conf, const char *name)
{
    const struct leat_key *key = conf == NULL || name == NULL ? NULL : leat_key_find(name);
    const struct leat_idle_key *idle;
    const struct setting *setting;

    if (conf == NULL || name == NULL)
        return NULL;
    if (key != NULL) {
        setting = &conf->settings[key - leat_keys];
        return setting->rank == RANK_UNSET ? key->fallback : setting->value;
    }
    if (leat_is_kafka_parameter(name))
        return leat_conf_get_kafka_parameter(conf, name);
    idle = leat_idle_key_find(name);
    if (idle == NULL)
        return NULL;
    setting = &conf->idle_settings[idle - leat_idle_keys]; /* A family's is its last. */
    return setting->rank != RANK_UNSET && strcmp(setting->name, name) == 0 ? setting->value : NULL;
}
