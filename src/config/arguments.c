/* arguments: the command line: what belongs to the configuration, and what is the job's own. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "config/conf_internal.h"

/* The value of `--name V` or `--name=V` at argv[i]; *out_words says how many words it took. NULL
 * when the word is another option. A missing value is the error. */
static const char *value_of(leat_conf *conf, int argc, char **argv, int i, const char *name,
                            int *out_words)
{
    size_t length = strlen(name);

    if (strncmp(argv[i], name, length) != 0)
        return NULL;
    *out_words = 1;
    if (argv[i][length] == '=')
        return argv[i] + length + 1;
    if (argv[i][length] != '\0')
        return NULL;
    if (i + 1 >= argc) {
        leat_conf_fail(conf, true, "%s needs a value", name);
        return "";
    }
    *out_words = 2;
    return argv[i + 1];
}

static void put_pair(leat_conf *conf, const char *pair)
{
    const char *equals = strchr(pair, '=');
    char *key;

    if (equals == NULL) {
        leat_conf_fail(conf, true, "--conf '%s' must be KEY=VALUE", pair);
        return;
    }
    key = leat_arena_copy(&conf->arena, pair, (size_t)(equals - pair));
    if (key != NULL)
        leat_conf_put(conf, RANK_COMMAND_LINE, "--conf", key, equals + 1);
}

/* Takes one option of the configuration at argv[i]; returns how many words it took. */
static int take_option(leat_conf *conf, int argc, char **argv, int i)
{
    static const char *const answers[][2] = {{"--positions", "leat.positions"},
                                             {"--assume", "leat.assume"}};
    const char *value;
    int words = 0;

    if (strcmp(argv[i], "--adopt") == 0) {
        leat_conf_put(conf, RANK_COMMAND_LINE, "--adopt", "leat.adopt", "true");
        return 1;
    }
    value = value_of(conf, argc, argv, i, "--conf", &words);
    if (value != NULL) {
        put_pair(conf, value);
        return words;
    }
    value = value_of(conf, argc, argv, i, "--properties-file", &words);
    if (value != NULL) {
        leat_conf_take_properties(conf, value);
        return words;
    }
    for (size_t k = 0; k < sizeof answers / sizeof answers[0]; k++) {
        value = value_of(conf, argc, argv, i, answers[k][0], &words);
        if (value != NULL) {
            leat_conf_put(conf, RANK_COMMAND_LINE, answers[k][0], answers[k][1], value);
            return words;
        }
    }
    return 0;
}

void leat_conf_take_arguments(leat_conf *conf, int *argc, char **argv)
{
    int kept = *argc > 0 ? 1 : 0;
    int i = kept;

    while (i < *argc && strcmp(argv[i], "--") != 0) {
        int words = take_option(conf, *argc, argv, i);

        if (words == 0) {
            argv[kept++] = argv[i];
            words = 1;
        }
        i += words;
    }
    while (i < *argc)
        argv[kept++] = argv[i++];
    *argc = kept;
    argv[kept] = NULL;
    conf->argv = argv + (kept > 0 ? 1 : 0);
    conf->argc = kept > 0 ? kept - 1 : 0;
    conf->used = leat_arena_zalloc(&conf->arena, (size_t)conf->argc + 1);
    if (conf->used == NULL)
        leat_conf_fail(conf, false, "no memory for the command line");
}

static void remember_asked(leat_conf *conf, const char *name)
{
    struct asked **last = &conf->asked;

    for (; *last != NULL; last = &(*last)->next)
        if (strcmp((*last)->name, name) == 0)
            return;
    *last = leat_arena_zalloc(&conf->arena, sizeof **last);
    if (*last != NULL)
        (*last)->name = leat_arena_strdup(&conf->arena, name);
}

const char *leat_conf_argument(leat_conf *conf, const char *name, const char *fallback)
{
    char option[128];
    const char *found = NULL;

    if (conf == NULL || name == NULL)
        return fallback;
    remember_asked(conf, name);
    snprintf(option, sizeof option, "--%s", name);
    for (int i = 0; conf->used != NULL && i < conf->argc; i++) {
        int words = 0;
        const char *value;

        if (i > 0 && conf->used[i] && conf->used[i - 1] && strncmp(conf->argv[i], "--", 2) != 0)
            continue;
        value = value_of(conf, conf->argc, conf->argv, i, option, &words);
        if (value == NULL)
            continue;
        found = value;
        conf->used[i] = true;
        if (words == 2)
            conf->used[++i] = true;
    }
    return found == NULL ? fallback : found;
}

int64_t leat_conf_argument_i64(leat_conf *conf, const char *name, int64_t fallback)
{
    const char *text = leat_conf_argument(conf, name, NULL);
    long long number;
    char *end;

    if (text == NULL)
        return fallback;
    errno = 0;
    number = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0) {
        leat_conf_fail(conf, true, "--%s is '%s'; it takes a whole number", name, text);
        return fallback;
    }
    return number;
}

leat_status leat_conf_check_arguments(const leat_conf *conf, leat_error *err)
{
    struct leat_buffer names = {0};
    leat_status status;
    int unused = 0;

    while (conf->used != NULL && unused < conf->argc &&
           (conf->used[unused] || strcmp(conf->argv[unused], "--") == 0))
        unused++;
    if (conf->used == NULL || unused == conf->argc)
        return LEAT_OK;
    for (const struct asked *asked = conf->asked; asked != NULL; asked = asked->next)
        if (!leat_buffer_printf(&names, " --%s", asked->name))
            break;
    status = leat_fail(err, LEAT_INVALID,
                       "there is no argument '%s'; the job takes%s, and leat takes --conf K=V and "
                       "--properties-file F",
                       conf->argv[unused], names.size == 0 ? " none of its own" : names.data);
    leat_buffer_release(&names);
    return status;
}
