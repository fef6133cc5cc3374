/*
 * arguments: the command line: what belongs to the configuration, and what is the job's own.
 *
 * A word that begins with "--" is never another option's value; --name=--V says that one.
 */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/nearest.h"
#include "base/secret.h"
#include "config/conf_internal.h"
#include "config/value.h"

/* spark-submit's options, which are settings here. */
static const struct {
    const char *option;
    const char *key;
} submit_options[] = {
    {"--master", "spark.master"},
    {"--deploy-mode", "spark.submit.deployMode"},
    {"--driver-memory", "spark.driver.memory"},
    {"--driver-cores", "spark.driver.cores"},
    {"--executor-memory", "spark.executor.memory"},
    {"--executor-cores", "spark.executor.cores"},
    {"--total-executor-cores", "spark.cores.max"},
    {"--num-executors", "spark.executor.instances"},
    {"--queue", "spark.yarn.queue"},
    {"--name", "spark.app.name"},
};

/* Whether word is --name or --name=V; *out_value is V or NULL. */
static bool is_option(const char *word, const char *name, const char **out_value)
{
    size_t length = strlen(name);

    if (strncmp(word, "--", 2) != 0 || strncmp(word + 2, name, length) != 0)
        return false;
    *out_value = word[2 + length] == '=' ? word + 3 + length : NULL;
    return *out_value != NULL || word[2 + length] == '\0';
}

/* How many words --name with its value takes at argv[i]: 0 when it is another one. *out_value is
 * NULL, and the error kept, when the value is missing. */
static int match(leat_conf *conf, int argc, char **argv, int i, const char *name,
                 const char **out_value)
{
    if (!is_option(argv[i], name, out_value))
        return 0;
    if (*out_value != NULL)
        return 1;
    if (i + 1 >= argc || strncmp(argv[i + 1], "--", 2) == 0) {
        leat_conf_fail(conf, true, "--%s needs a value", name);
        return 1;
    }
    *out_value = argv[i + 1];
    return 2;
}

static void put_pair(leat_conf *conf, const char *pair)
{
    const char *equals = strchr(pair, '=');
    char *key;

    if (equals == NULL || equals == pair) {
        /* What follows the name may be a secret all the same. */
        leat_conf_fail(conf, true, "--conf '%.*s' must be KEY=VALUE",
                       leat_is_secret(pair) ? (int)strcspn(pair, " :,") : 128, pair);
        return;
    }
    key = leat_arena_copy(&conf->arena, pair, (size_t)(equals - pair));
    if (key == NULL)
        leat_conf_fail_memory(conf);
    else
        leat_conf_put(conf, RANK_COMMAND_LINE, "--conf", key, equals + 1);
}

/* Takes one option of the configuration at argv[i]; returns how many words it took. */
static int take_option(leat_conf *conf, int argc, char **argv, int i)
{
    static const char *const answers[][3] = {{"positions", "--positions", "leat.positions"},
                                             {"assume", "--assume", "leat.assume"}};
    const char *value;
    int words;

    if (is_option(argv[i], "adopt", &value)) {
        leat_conf_put(conf, RANK_COMMAND_LINE, "--adopt", "leat.adopt",
                      value == NULL ? "true" : value);
        return 1;
    }
    words = match(conf, argc, argv, i, "conf", &value);
    if (words > 0 && value != NULL)
        put_pair(conf, value);
    if (words > 0)
        return words;
    words = match(conf, argc, argv, i, "properties-file", &value);
    if (words > 0 && value != NULL)
        leat_conf_take_properties(conf, value);
    if (words > 0)
        return words;
    for (size_t k = 0; words == 0 && k < sizeof answers / sizeof answers[0]; k++) {
        words = match(conf, argc, argv, i, answers[k][0], &value);
        if (words > 0 && value != NULL)
            leat_conf_put(conf, RANK_COMMAND_LINE, answers[k][1], answers[k][2], value);
    }
    return words;
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
    i++; /* The "--". */
    while (i < *argc)
        argv[kept++] = argv[i++];
    if (kept < *argc)
        argv[kept] = NULL;
    *argc = kept;
    conf->argv = argv + (kept > 0 ? 1 : 0);
    conf->argc = kept > 0 ? kept - 1 : 0;
    conf->used = leat_arena_zalloc(&conf->arena, (size_t)conf->argc + 1);
    if (conf->used == NULL) {
        conf->argc = 0;
        leat_conf_fail_memory(conf);
    }
}

/* ---- the job's own ---- */

static void remember_asked(leat_conf *conf, const char *name)
{
    static const char *const ours[] = {"conf", "properties-file", "adopt", "positions", "assume"};

    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (strcmp(name, ours[i]) == 0)
            leat_conf_fail(conf, false, "the job cannot have an argument --%s: it is leat's", name);
    for (const struct line *asked = conf->asked; asked != NULL; asked = asked->next)
        if (strcmp(asked->text, name) == 0)
            return;
    leat_conf_append(conf, &conf->asked, name);
}

const char *leat_conf_argument(leat_conf *conf, const char *name, const char *fallback)
{
    const char *found = fallback;

    if (conf == NULL || name == NULL)
        return fallback;
    remember_asked(conf, name);
    for (int i = 0; i < conf->argc;) {
        const char *value = NULL;
        int words = match(conf, conf->argc, conf->argv, i, name, &value);

        if (value != NULL)
            found = value;
        for (int k = 0; k < words; k++)
            conf->used[i + k] = true;
        i += words > 0 ? words : 1;
    }
    return found;
}

int64_t leat_conf_argument_i64(leat_conf *conf, const char *name, int64_t fallback)
{
    const char *text = leat_conf_argument(conf, name, NULL);
    int64_t number = fallback;

    if (text != NULL && !leat_parse_i64(text, &number))
        leat_conf_fail(conf, true, "--%s is '%.128s'; it takes a whole number", name, text);
    return number;
}

/* "; write --conf spark.master=V" for an option of spark-submit, otherwise the nearest argument. */
static void advise(const leat_conf *conf, const char *word, size_t length, char *out, size_t size)
{
    char name[128];
    struct leat_nearest nearest = {.word = name};
    const char *value;

    out[0] = '\0';
    for (size_t i = 0; i < sizeof submit_options / sizeof submit_options[0]; i++)
        if (is_option(word, submit_options[i].option + 2, &value))
            snprintf(out, size, "; write --conf %s=V", submit_options[i].key);
    if (out[0] != '\0' || length < 3 || length - 2 >= sizeof name)
        return;
    snprintf(name, sizeof name, "%.*s", (int)length - 2, word + 2);
    for (const struct line *asked = conf->asked; asked != NULL; asked = asked->next)
        leat_nearest_offer(&nearest, asked->text);
    if (nearest.name != NULL)
        snprintf(out, size, "; did you mean '--%.64s'?", nearest.name);
}

static leat_status refuse_argument(const leat_conf *conf, const char *word, leat_error *err)
{
    struct leat_buffer names = {0};
    size_t length = strcspn(word, "="); /* What follows may be a password. */
    char advice[96];
    bool printed = true;

    advise(conf, word, length, advice, sizeof advice);
    for (const struct line *asked = conf->asked; printed && asked != NULL; asked = asked->next)
        printed = leat_buffer_printf(&names, " --%s", asked->text);
    leat_fail(err, LEAT_INVALID,
              "there is no argument '%.*s'%s; the job takes%.*s, and leat takes --conf K=V and "
              "--properties-file F",
              (int)(length < 128 ? length : 128), word, advice,
              names.size == 0 ? 17 : (int)names.size,
              names.size == 0 ? " none of its own" : names.data);
    leat_buffer_release(&names);
    return LEAT_INVALID;
}

leat_status leat_conf_check_arguments(leat_conf *conf, leat_error *err)
{
    for (int i = 0; conf != NULL && i < conf->argc; i++)
        if (!conf->used[i]) {
            conf->is_usage_error = true;
            return refuse_argument(conf, conf->argv[i], err);
        }
    return LEAT_OK;
}
