/*
 * enrich: a stream joined with a table: the country's name for the code in a record's key, from the
 * file countries.txt ("de Germany" a line), read again every minute. Unknown codes keep "?".
 *
 * A table that fits into memory is a broadcast: no shuffle, one copy for all tasks.
 */
#include <stdio.h>
#include <stdlib.h>

#include "gallery.h"

enum { COUNTRIES_MAX = 300 };

struct countries {
    char codes[COUNTRIES_MAX][8];
    char names[COUNTRIES_MAX][64];
    size_t count;
};

static leat_status load(void **out_value, void *user, leat_error *err)
{
    FILE *file = fopen(user, "r");
    struct countries *countries = file == NULL ? NULL : calloc(1, sizeof *countries);

    if (countries == NULL)
        snprintf(err->message, sizeof err->message, "cannot read '%s'", (const char *)user);
    while (countries != NULL && countries->count < COUNTRIES_MAX &&
           fscanf(file, "%7s %63[^\n]", countries->codes[countries->count],
                  countries->names[countries->count]) == 2)
        countries->count++;
    if (file != NULL)
        fclose(file);
    *out_value = countries;
    return countries == NULL ? LEAT_IO : LEAT_OK;
}

static leat_status name_country(leat_task *task, const leat_record *in, leat_emitter *out,
                                void *user)
{
    const struct countries *countries = leat_broadcast_value(user, task);
    const char *name = "?";

    for (size_t i = 0; i < countries->count; i++)
        if (leat_bytes_equal(in->key, leat_string(countries->codes[i])))
            name = countries->names[i];
    return leat_emit(out, in->key, leat_task_format(task, "%s %.*s", name, LEAT_ARG(in->value)));
}

leat_status enrich(leat_streaming_context *ssc, void *user)
{
    static char file[] = "countries.txt";
    leat_broadcast *countries = leat_broadcast_create(
        ssc, "countries", load, free, file, &(leat_broadcast_options){.refresh = LEAT_SECONDS(60)});
    leat_dstream *visits = leat_kafka_direct_stream(
        ssc, "visits",
        &(leat_kafka_source){.brokers = user, .topics = "visits", .group_id = "enrich"});

    leat_save_to_kafka(leat_map(visits, name_country, countries), NULL, "named-visits");
    return leat_ok(ssc);
}
