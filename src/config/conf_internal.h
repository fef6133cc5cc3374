/*
 * conf_internal: a configuration's parts, shared by what reads it from the program, the command
 * line, the environment and files.
 */
#ifndef LEAT_CONFIG_CONF_INTERNAL_H
#define LEAT_CONFIG_CONF_INTERNAL_H

#include "base/arena.h"
#include "config/value.h"

enum leat_conf_rank { RANK_UNSET, RANK_FILE, RANK_PROGRAM, RANK_ENVIRONMENT, RANK_COMMAND_LINE };

struct setting {
    const char *value;
    const char *origin; /* "--conf", "LEAT_X", "file.conf:3". */
    enum leat_conf_rank rank;
};

struct note {
    const struct leat_idle_key *idle;
    struct note *next;
};

/* An argument that the job asked for. */
struct asked {
    const char *name;
    struct asked *next;
};

struct leat_conf {
    struct leat_arena arena;
    struct setting *settings; /* By key. */
    struct note *notes;
    leat_error error; /* The first. */
    bool usage_error;
    char **argv; /* Borrowed: the job's own arguments, argv[0] left out. */
    int argc;
    bool *used; /* By argument. */
    struct asked *asked;
};

/* Keeps the first error; usage: about how the program was called. */
LEAT_PRINTF(3, 4)
leat_status leat_conf_fail(leat_conf *conf, bool usage, const char *format, ...);

/* Sets key, or its Spark alias, unless a higher rank has. An unknown one is the error. */
void leat_conf_put(leat_conf *conf, enum leat_conf_rank rank, const char *origin, const char *name,
                   const char *value);

void leat_conf_take_arguments(leat_conf *conf, int *argc, char **argv);
void leat_conf_take_environment(leat_conf *conf);
void leat_conf_take_properties(leat_conf *conf, const char *path);

#endif
