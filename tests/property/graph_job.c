/*
 * graph_job: for each description on stdin, a line of JSON, its job is run batch by batch on Kafka
 * in memory, and what came out is written to stdout: {"index", "batches": [[[line ...] per
 * output] per batch]}, or {"index", "error"}. graph_present says what a line is.
 *
 * A batch with "restart" is preceded by a stop and a start from the same checkpoint directory, with
 * "crash" by one that follows a failed attempt at the batch: then nothing was put in order.
 */
#include <stdio.h>
#include <stdlib.h>

#include "leat/test.h"
#include "tests/property/graph_build.h"

enum { OUTPUTS_MAX = 64 };

struct run {
    json_t *description; /* Borrowed. */
    leat_test *test;     /* Owned; NULL: not running. */
    unsigned starts;
    size_t read[OUTPUTS_MAX];
    leat_error err;
};

static leat_conf *configuration(const json_t *description)
{
    leat_conf *conf = leat_conf_create(NULL, NULL);
    const char *key;
    json_t *value;

    leat_conf_set(conf, "leat.log.level", "error");
    json_object_foreach(json_object_get(description, "settings"), key, value)
    {
        leat_conf_set(conf, key, json_string_value(value));
    }
    return conf;
}

/* Kafka is new with every start, and a job refuses a topic that is not the one it read: each start
 * has sources, and topics, of names of its own. */
static void name_sources(struct run *run)
{
    size_t index;
    json_t *source;
    char name[32];

    run->starts++;
    json_array_foreach(json_object_get(run->description, "sources"), index, source)
    {
        snprintf(name, sizeof name, "in%zu-%u", index, run->starts);
        json_object_set_new(source, "topic", json_string(name));
    }
}

static leat_status start(struct run *run)
{
    name_sources(run);
    memset(run->read, 0, sizeof run->read);
    run->test = leat_test_create(configuration(run->description), LEAT_SECONDS(1), graph_build,
                                 run->description, &run->err);
    return run->test == NULL ? run->err.status : LEAT_OK;
}

static void stop(struct run *run)
{
    leat_test_destroy(run->test);
    run->test = NULL;
}

static leat_status push_text(struct run *run, const char *topic, int32_t partition, leat_bytes key,
                             const json_t *value, size_t times)
{
    size_t size = json_string_length(value);
    char *repeated;
    leat_status status;

    if (!json_is_string(value))
        return leat_test_push(run->test, topic, partition, key, leat_string(NULL));
    repeated = malloc(size * times + 1);
    if (repeated == NULL)
        return LEAT_NO_MEMORY;
    for (size_t i = 0; i < times; i++)
        memcpy(repeated + i * size, json_string_value(value), size);
    status = leat_test_push(run->test, topic, partition, key, (leat_bytes){repeated, size * times});
    free(repeated);
    return status;
}

/* [source, partition, key, value(, times)] */
static leat_status push(struct run *run, const json_t *record)
{
    const json_t *sources = json_object_get(run->description, "sources");
    const json_t *source =
        json_array_get(sources, (size_t)json_integer_value(json_array_get(record, 0)));
    const char *topic = json_string_value(json_object_get(source, "topic"));
    int32_t partition = (int32_t)json_integer_value(json_array_get(record, 1));
    leat_bytes key = leat_string(json_string_value(json_array_get(record, 2)));
    const json_t *value = json_array_get(record, 3);
    const json_t *times = json_array_get(record, 4);
    int64_t number = json_integer_value(value);

    if (json_is_integer(value))
        return leat_test_push(run->test, topic, partition, key,
                              (leat_bytes){(const char *)&number, sizeof number});
    return push_text(run, topic, partition, key, value,
                     times == NULL ? 1 : (size_t)json_integer_value(times));
}

static leat_status push_all(struct run *run, const json_t *batch)
{
    size_t index;
    json_t *record;

    json_array_foreach(json_object_get(batch, "records"), index, record)
    {
        LEAT_TRY(push(run, record));
    }
    return LEAT_OK;
}

/* An attempt that fails in its outputs, and the job with it; a batch without records for them goes
 * through, and *out_done says so. */
static leat_status crash(struct run *run, const json_t *batch, bool *out_done)
{
    leat_status status;

    LEAT_TRY(push_all(run, batch));
    graph_present_fails(true);
    status = leat_test_run_batch(run->test, &run->err);
    graph_present_fails(false);
    *out_done = status == LEAT_OK;
    if (status == LEAT_OK)
        return LEAT_OK;
    if (strstr(run->err.message, "this batch was to fail") == NULL)
        return status;
    stop(run);
    return start(run);
}

static leat_status run_batch(struct run *run, const json_t *batch)
{
    const char *way = json_string_value(json_object_get(batch, "restart"));
    bool done = false;

    if (way != NULL && strcmp(way, "restart") == 0) {
        stop(run);
        LEAT_TRY(start(run));
    }
    if (way != NULL && strcmp(way, "crash") == 0)
        LEAT_TRY(crash(run, batch, &done));
    if (done)
        return LEAT_OK;
    LEAT_TRY(push_all(run, batch));
    return leat_test_run_batch(run->test, &run->err);
}

/* The lines of each output since the last call. */
static json_t *take_outputs(struct run *run)
{
    size_t count = json_array_size(json_object_get(run->description, "outputs"));
    json_t *outputs = json_array();
    const leat_record *record;
    char topic[32];

    for (size_t i = 0; i < count && i < OUTPUTS_MAX; i++) {
        json_t *lines = json_array();

        snprintf(topic, sizeof topic, "out%zu", i);
        for (; (record = leat_test_output(run->test, topic, run->read[i])) != NULL; run->read[i]++)
            json_array_append_new(lines, json_stringn(record->value.data, record->value.size));
        json_array_append_new(outputs, lines);
    }
    return outputs;
}

static leat_status run_all(struct run *run, json_t *answers)
{
    size_t index;
    json_t *batch;

    LEAT_TRY(start(run));
    json_array_foreach(json_object_get(run->description, "batches"), index, batch)
    {
        LEAT_TRY(run_batch(run, batch));
        json_array_append_new(answers, take_outputs(run));
    }
    return LEAT_OK;
}

static void run_description(json_t *description)
{
    struct run run = {.description = description};
    json_t *answer = json_object();
    json_t *batches = json_array();
    leat_status status = run_all(&run, batches);

    stop(&run);
    json_object_set(answer, "index", json_object_get(description, "index"));
    json_object_set_new(answer, "batches", batches);
    if (status != LEAT_OK)
        json_object_set_new(answer, "error", json_string(run.err.message));
    json_dumpf(answer, stdout, JSON_COMPACT);
    putchar('\n');
    fflush(stdout);
    json_decref(answer);
}

int main(void)
{
    size_t size = 0;
    char *line = NULL;

    while (getline(&line, &size, stdin) > 0) {
        json_error_t error;
        json_t *description = json_loads(line, 0, &error);

        if (description == NULL) {
            fprintf(stderr, "a description is no JSON: %s\n", error.text);
            return EXIT_FAILURE;
        }
        run_description(description);
        json_decref(description);
    }
    free(line);
    return EXIT_SUCCESS;
}
