/*
 * conf_internal: a configuration's parts, shared by what reads it from the program, the command
 * line, the environment and files.
 */
#ifndef LEAT_CONFIG_CONF_INTERNAL_H
#define LEAT_CONFIG_CONF_INTERNAL_H

#include "base/arena.h"
#include "config/key.h"

enum leat_conf_rank { RANK_UNSET, RANK_FILE, RANK_PROGRAM, RANK_ENVIRONMENT, RANK_COMMAND_LINE };

/* All texts are the arena's. */
struct setting {
    const char *name;   /* As it was written: the key's own or Spark's. */
    const char *value;  /* NULL: memory was out. */
    const char *origin; /* "--conf", "environment variable LEAT_X", "job.conf:3" ... */
    enum leat_conf_rank rank;
};

struct kafka_parameter {
    struct setting setting; /* Its name begins with leat.kafka.param. */
    struct kafka_parameter *next;
};

/* Texts in the order in which they came. */
struct line {
    const char *text;
    struct line *next;
};

struct leat_conf {
    struct leat_arena arena;
    leat_error error; /* The first. */
    bool is_usage_error;

    struct setting settings[LEAT_KEY_COUNT];
    struct setting *idle_settings; /* By idle key. */
    struct kafka_parameter *kafka_parameters;

    /* Once resolved: */
    const char *values_in_force[LEAT_KEY_COUNT]; /* As leat_key_print has them; NULL: none. */
    size_t said_by[LEAT_KEY_COUNT];              /* The key that decided: itself, mostly. */
    struct line *notes;

    char **argv; /* Borrowed: the job's own arguments, argv[0] left out. */
    int argc;
    bool *used;         /* By argument. */
    struct line *asked; /* The names of the arguments that the job asked for. */
};

/* Keeps the first error; usage: about how the program was called. Returns its status. */
LEAT_PRINTF(3, 4)
leat_status leat_conf_fail(leat_conf *conf, bool usage, const char *format, ...);
leat_status leat_conf_fail_memory(leat_conf *conf);

/* Appends a copy of text, or keeps the error when memory is out. */
void leat_conf_append(leat_conf *conf, struct line **lines, const char *text);

/* Sets key, or its Spark alias, unless a higher rank has. An unknown one is the error. Copies. */
void leat_conf_put(leat_conf *conf, enum leat_conf_rank rank, const char *origin, const char *name,
                   const char *value);

/* ---- kafka_parameters.c ---- */

#define LEAT_KAFKA_PARAMETER_PREFIX "leat.kafka.param."

bool leat_is_kafka_parameter(const char *name);
void leat_conf_put_kafka_parameter(leat_conf *conf, enum leat_conf_rank rank, const char *origin,
                                   const char *name, const char *value);
/* NULL: it is not set. */
const char *leat_conf_get_kafka_parameter(const leat_conf *conf, const char *name);
/* False when the variable is none. */
bool leat_conf_take_kafka_variable(leat_conf *conf, const char *variable, const char *value);

/* ---- where settings come from ---- */

void leat_conf_take_arguments(leat_conf *conf, int *argc, char **argv);
void leat_conf_take_environment(leat_conf *conf, char *const *environment);
void leat_conf_take_properties(leat_conf *conf, const char *path);

#endif
