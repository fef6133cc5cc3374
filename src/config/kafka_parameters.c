/*
 * kafka_parameters: leat.kafka.param.NAME: what is handed to every Kafka client as it is. The names
 * are librdkafka's, and only it knows them.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "config/conf_internal.h"

static const char prefix[] = LEAT_KAFKA_PARAMETER_PREFIX;

bool leat_is_kafka_parameter(const char *name)
{
    return strncmp(name, prefix, sizeof prefix - 1) == 0 && name[sizeof prefix - 1] != '\0';
}

static struct kafka_parameter *find(const leat_conf *conf, const char *name)
{
    struct kafka_parameter *at = conf->kafka_parameters;

    while (at != NULL && strcmp(at->setting.name, name) != 0)
        at = at->next;
    return at;
}

static struct kafka_parameter *append(leat_conf *conf)
{
    struct kafka_parameter *added = leat_arena_zalloc(&conf->arena, sizeof *added);
    struct kafka_parameter **last = &conf->kafka_parameters;

    while (added != NULL && *last != NULL)
        last = &(*last)->next;
    if (added != NULL)
        *last = added;
    return added;
}

void leat_conf_put_kafka_parameter(leat_conf *conf, enum leat_conf_rank rank, const char *origin,
                                   const char *name, const char *value)
{
    struct kafka_parameter *parameter = find(conf, name);
    struct setting setting = {.name = leat_arena_strdup(&conf->arena, name),
                              .value = leat_arena_strdup(&conf->arena, value),
                              .origin = leat_arena_strdup(&conf->arena, origin),
                              .rank = rank};

    if (setting.name == NULL || setting.value == NULL || setting.origin == NULL ||
        (parameter == NULL && (parameter = append(conf)) == NULL)) {
        leat_conf_fail_memory(conf);
        return;
    }
    if (rank >= parameter->setting.rank)
        parameter->setting = setting;
}

const char *leat_conf_get_kafka_parameter(const leat_conf *conf, const char *name)
{
    const struct kafka_parameter *parameter = find(conf, name);

    return parameter == NULL ? NULL : parameter->setting.value;
}

/* LEAT_KAFKA_PARAM_SASL_PASSWORD is leat.kafka.param.sasl.password. */
bool leat_conf_take_kafka_variable(leat_conf *conf, const char *variable, const char *value)
{
    static const char start[] = "LEAT_KAFKA_PARAM_";
    char name[LEAT_KEY_VARIABLE_MAX];
    char origin[LEAT_KEY_VARIABLE_MAX + 32];
    size_t size = strlen(variable);

    if (strncmp(variable, start, sizeof start - 1) != 0 || size < sizeof start ||
        size >= sizeof name)
        return false;
    for (size_t i = 0; i <= size; i++)
        name[i] = (char)(variable[i] == '_' ? '.' : tolower((unsigned char)variable[i]));
    snprintf(origin, sizeof origin, "environment variable %s", variable);
    leat_conf_put_kafka_parameter(conf, RANK_ENVIRONMENT, origin, name, value);
    return true;
}

bool leat_conf_kafka_parameter_at(const leat_conf *conf, size_t index,
                                  struct leat_kafka_parameter *out)
{
    const struct kafka_parameter *at = conf->kafka_parameters;

    while (at != NULL && index-- > 0)
        at = at->next;
    if (at == NULL)
        return false;
    *out = (struct leat_kafka_parameter){.name = at->setting.name + sizeof prefix - 1,
                                         .value = at->setting.value,
                                         .origin = at->setting.origin,
                                         .over_program = at->setting.rank > RANK_PROGRAM};
    return true;
}
