/*
 * kafka_parameters: lays leat.kafka.param.* round what the program's sources and sinks say: the
 * properties file's and leat_conf_set's before it, so that it goes over them, the environment's and
 * the command line's behind it.
 */
#include "stream/kafka_parameters.h"

#include <string.h>

#include "config/settings.h"
#include "graph/graph.h"

static bool is_the_programs(const char *name)
{
    static const char *const names[] = {"bootstrap.servers", "metadata.broker.list", "group.id",
                                        "auto.offset.reset"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static leat_status check(const struct leat_streaming_context *ssc, size_t *out_count,
                         leat_error *err)
{
    struct leat_kafka_parameter parameter;

    *out_count = 0;
    while (leat_conf_kafka_parameter_at(ssc->conf, *out_count, &parameter)) {
        if (is_the_programs(parameter.name))
            return leat_fail(err, LEAT_INVALID,
                             "leat.kafka.param.%s (%s): brokers, group and where a stream begins "
                             "are said by the program's sources and sinks, not by the "
                             "configuration",
                             parameter.name, parameter.origin);
        (*out_count)++;
    }
    return LEAT_OK;
}

static size_t count_of(const char *const *pairs)
{
    size_t count = 0;

    while (pairs != NULL && pairs[count] != NULL)
        count++;
    return count;
}

static size_t add_configured(const struct leat_streaming_context *ssc, bool over_program,
                             const char **pairs, size_t count)
{
    struct leat_kafka_parameter parameter;

    for (size_t i = 0; leat_conf_kafka_parameter_at(ssc->conf, i, &parameter); i++) {
        if (parameter.over_program != over_program)
            continue;
        pairs[count++] = parameter.name;
        pairs[count++] = parameter.value;
    }
    return count;
}

/* configured: how many there are. */
static leat_status lay_round(struct leat_streaming_context *ssc, size_t configured,
                             const char *const **pairs, leat_error *err)
{
    size_t own = count_of(*pairs);
    const char **all = leat_arena_zalloc(&ssc->arena, (own + 2 * configured + 1) * sizeof *all);
    size_t count;

    if (all == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for Kafka's parameters");
    count = add_configured(ssc, false, all, 0);
    for (size_t i = 0; i < own; i++)
        all[count++] = (*pairs)[i];
    add_configured(ssc, true, all, count);
    *pairs = all;
    return LEAT_OK;
}

leat_status leat_kafka_parameters_apply(struct leat_streaming_context *ssc, leat_error *err)
{
    size_t configured;

    LEAT_TRY(check(ssc, &configured, err));
    if (configured == 0)
        return LEAT_OK;
    for (struct leat_source *source = ssc->sources; source != NULL; source = source->next)
        LEAT_TRY(lay_round(ssc, configured, &source->parameters, err));
    return lay_round(ssc, configured, &ssc->writer_parameters, err);
}
