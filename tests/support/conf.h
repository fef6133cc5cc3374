/*
 * conf: configurations for tests, and what they say.
 */
#ifndef LEAT_TESTS_CONF_H
#define LEAT_TESTS_CONF_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/settings.h"
#include "tests/support/check.h"

enum { WORDS_MAX = 16 };

/* A command line, which a configuration borrows. */
struct command_line {
    char text[512];
    char *argv[WORDS_MAX];
    int argc;
};

/* The words of text, which are separated by single blanks; the first is the program's name. */
static inline leat_conf *conf_of(struct command_line *line, const char *text)
{
    char *at = line->text;

    snprintf(line->text, sizeof line->text, "%s", text);
    for (line->argc = 0; at != NULL && line->argc < WORDS_MAX - 1; line->argc++) {
        char *blank = strchr(at, ' ');

        if (blank != NULL)
            *blank++ = '\0';
        line->argv[line->argc] = at;
        at = blank;
    }
    line->argv[line->argc] = NULL;
    return leat_conf_create(&line->argc, line->argv);
}

static inline leat_conf *empty_conf(void)
{
    return leat_conf_create(NULL, NULL);
}

/* conf must have no mistake. */
static inline struct leat_settings settings_of(leat_conf *conf)
{
    struct leat_settings settings;
    leat_error err = {.status = LEAT_OK};
    leat_status status = leat_conf_resolve(conf, &settings, &err);

    if (status != LEAT_OK)
        fprintf(stderr, "%s\n", err.message);
    CHECK(status == LEAT_OK);
    return settings;
}

/* Whether conf is refused with a message that contains text. Destroys conf. */
static inline bool is_refused(leat_conf *conf, bool usage, const char *text)
{
    struct leat_settings settings;
    leat_error err = {.status = LEAT_OK};
    bool refused = leat_conf_resolve(conf, &settings, &err) == LEAT_INVALID &&
                   strstr(err.message, text) != NULL && leat_conf_is_usage_error(conf) == usage;

    if (!refused)
        fprintf(stderr, "status %d: %s\n", (int)err.status, err.message);
    leat_conf_destroy(conf);
    return refused;
}

/* The same for one setting of the program. */
static inline bool is_refused_value(const char *key, const char *value, const char *text)
{
    leat_conf *conf = empty_conf();

    leat_conf_set(conf, key, value);
    return is_refused(conf, false, text);
}

#endif
