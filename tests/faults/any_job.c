/*
 * any_job: the jobs of the fault tests, as their arguments say: a relay with Kafka parameters, a
 * pattern, explicit offsets, with functions that misbehave (--map), or with a graph that is wrong
 * (--graph).
 */
#include <leat/leat.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WORDS_MAX = 64, TEXT_MAX = 4000, NUMBER_MAX = 64 };

struct job {
    leat_conf *conf;
    const char *graph;
    const char *file; /* The broadcast's. */
    leat_broadcast *broadcast;
    leat_dstream *records;
    leat_sink *sink;
    int64_t number; /* Bytes, ms or records, for those functions that take one. */
    atomic_llong calls;
};

/* A list that an argument gave. */
struct words {
    char text[TEXT_MAX];
    const char *word[WORDS_MAX + 1];
    size_t count;
};

static void split(struct words *words, const char *list, const char *separators)
{
    char *at = words->text;

    snprintf(words->text, sizeof words->text, "%s", list);
    while (words->count < WORDS_MAX && *(at += strspn(at, separators)) != '\0') {
        words->word[words->count++] = at;
        at += strcspn(at, separators);
        if (*at != '\0')
            *at++ = '\0';
    }
}

static const char *argument(const struct job *job, const char *name, const char *fallback)
{
    return leat_conf_argument(job->conf, name, fallback);
}

/* ---- functions ---- */

static leat_status emits_none(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)task, (void)in, (void)out, (void)user;
    return LEAT_OK;
}

static leat_status emits_two(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)task, (void)user;
    LEAT_TRY(leat_emit(out, in->key, in->value));
    return leat_emit(out, in->key, in->value);
}

static leat_status returns_nonsense(leat_task *task, const leat_record *in, leat_emitter *out,
                                    void *user)
{
    (void)task, (void)in, (void)out, (void)user;
    return (leat_status)4711;
}

static leat_status returns_negative(leat_task *task, const leat_record *in, leat_emitter *out,
                                    void *user)
{
    (void)task, (void)in, (void)out, (void)user;
    return (leat_status)-1;
}

static leat_status says_nothing(leat_task *task, const leat_record *in, leat_emitter *out,
                                void *user)
{
    (void)task, (void)in, (void)out, (void)user;
    return LEAT_BAD_RECORD;
}

static leat_status sleeps(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    const struct job *job = user;
    struct timespec pause = {job->number / 1000, job->number % 1000 * 1000000};

    (void)task;
    nanosleep(&pause, NULL);
    return leat_emit(out, in->key, in->value);
}

static leat_status swells(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    const struct job *job = user;
    char *value = leat_task_alloc(task, (size_t)job->number);

    if (value == NULL)
        return LEAT_NO_MEMORY;
    memset(value, 'x', (size_t)job->number);
    return leat_emit(out, in->key, (leat_bytes){value, (size_t)job->number});
}

/* Its number-th call fails, and no other; what was made before has been sent by then. */
static leat_status fails_once(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    struct job *job = user;
    struct timespec pause = {1, 0};

    if (atomic_fetch_add(&job->calls, 1) + 1 == job->number && nanosleep(&pause, NULL) == 0)
        return leat_task_fail(task, LEAT_UNAVAILABLE, "once only");
    return leat_emit(out, in->key, in->value);
}

/* The broadcast's number before the value. */
static leat_status numbers(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    const struct job *job = user;
    const int64_t *number = leat_broadcast_value(job->broadcast, task);

    return leat_emit(out, in->key,
                     leat_task_format(task, "%lld:%.*s", (long long)*number, LEAT_ARG(in->value)));
}

static leat_dstream *add_function(struct job *job, leat_dstream *stream, const char *name)
{
    static const struct {
        const char *name;
        leat_map_fn fn;
    } functions[] = {{"none", emits_none},
                     {"two", emits_two},
                     {"nonsense", returns_nonsense},
                     {"negative", returns_negative},
                     {"bad", says_nothing},
                     {"sleep", sleeps},
                     {"swell", swells},
                     {"fails-once", fails_once},
                     {"number", numbers}};

    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        if (strcmp(name, functions[i].name) == 0)
            return leat_map(stream, functions[i].fn, job);
    return stream;
}

static leat_status load_number(void **out_value, void *user, leat_error *err)
{
    const struct job *job = user;
    char line[NUMBER_MAX] = "";
    FILE *file = fopen(job->file, "r");
    int64_t *number;
    char *end;

    err->status = LEAT_IO;
    snprintf(err->message, sizeof err->message, "cannot read '%.300s'", job->file);
    if (file == NULL)
        return LEAT_IO;
    if (fgets(line, sizeof line, file) == NULL)
        line[0] = '\0';
    fclose(file);
    number = malloc(sizeof *number);
    if (number == NULL)
        return LEAT_NO_MEMORY;
    *number = strtoll(line, &end, 10);
    if (end != line && *end == '\n') {
        *out_value = number;
        return LEAT_OK;
    }
    free(number);
    snprintf(err->message, sizeof err->message, "'%.300s' line 1 is no number", job->file);
    return LEAT_IO;
}

/* ---- graphs ---- */

static leat_status produce_all(leat_task *task, leat_iterator *in, void *user)
{
    struct job *job = user;
    leat_producer *producer = leat_task_producer(task, job->sink);
    const leat_record *record;

    while ((record = leat_iterator_next(in)) != NULL)
        LEAT_TRY(leat_produce_record(producer, argument(job, "output-topic", ""), record));
    return LEAT_OK;
}

static leat_status produces(leat_rdd *rdd, void *user)
{
    return leat_rdd_foreach_partition(rdd, produce_all, user);
}

static leat_status adds_an_operator(leat_rdd *rdd, void *user)
{
    struct job *job = user;

    (void)rdd;
    leat_print(leat_map(job->records, emits_two, NULL), 1);
    return LEAT_OK;
}

static leat_dstream *add_source_of(struct job *job, leat_streaming_context *ssc, const char *name,
                                   const char *topics, const char *pattern)
{
    struct words parameters = {.count = 0}, starts = {.count = 0};
    leat_offset_range from[WORDS_MAX / 3];

    split(&parameters, argument(job, "parameters", ""), " =");
    split(&starts, argument(job, "from", ""), " :");
    for (size_t i = 0; i + 2 < starts.count; i += 3)
        from[i / 3] = (leat_offset_range){starts.word[i], (int32_t)atoi(starts.word[i + 1]),
                                          atoll(starts.word[i + 2]), 0};
    return leat_kafka_direct_stream(
        ssc, name,
        &(leat_kafka_source){.brokers = argument(job, "brokers", "localhost:9092"),
                             .topics = topics,
                             .topic_pattern = pattern,
                             .group_id = argument(job, "group", NULL),
                             .auto_offset_reset = argument(job, "reset", "earliest"),
                             .from_offsets = from,
                             .from_offsets_count = starts.count / 3,
                             .parameters = parameters.word});
}

static leat_dstream *add_source(struct job *job, leat_streaming_context *ssc, const char *name)
{
    return add_source_of(job, ssc, name, argument(job, "topic", NULL),
                         argument(job, "pattern", NULL));
}

static leat_sink *add_sink(struct job *job, leat_streaming_context *ssc, const char *name)
{
    const char *list = argument(job, "sink-parameters", NULL);
    struct words parameters = {.count = 0};

    if (list == NULL)
        return NULL;
    split(&parameters, list, " =");
    return leat_kafka_sink(ssc, name,
                           &(leat_sink_options){.brokers = argument(job, "sink-brokers", NULL),
                                                .parameters = parameters.word});
}

static void add_broadcast(struct job *job, leat_streaming_context *ssc)
{
    leat_broadcast_options options = {.refresh =
                                          leat_conf_argument_i64(job->conf, "refresh-ms", 0)};

    job->file = argument(job, "file", NULL);
    if (job->file != NULL)
        job->broadcast = leat_broadcast_create(ssc, "number", load_number, free, job, &options);
    if (strcmp(job->graph, "two-broadcasts") == 0)
        leat_broadcast_create(ssc, "number", load_number, free, job, &options);
}

static void add_outputs(struct job *job, leat_streaming_context *ssc, leat_dstream *stream)
{
    const char *topic = argument(job, "output-topic", NULL);
    const char *directory = argument(job, "output-dir", NULL);
    leat_sink *sink = job->sink = add_sink(job, ssc, "sink");

    if (strcmp(job->graph, "two-sinks") == 0)
        leat_kafka_sink(ssc, "sink", NULL);
    if (strcmp(job->graph, "operator-in-output") == 0)
        leat_foreach_rdd(stream, adds_an_operator, job);
    if (directory != NULL)
        leat_save_as_text_files(leat_typed(stream, LEAT_BYTES, LEAT_STRING), directory, "txt");
    if (strcmp(job->graph, "produces") == 0)
        leat_foreach_rdd(stream, produces, job);
    else if (topic != NULL)
        leat_save_to_kafka(stream, sink, topic);
}

static leat_status create(leat_streaming_context *ssc, void *user)
{
    struct job *job = user;

    add_broadcast(job, ssc);
    job->records = add_source(job, ssc, "records");
    if (strcmp(job->graph, "stream-without-options") == 0)
        leat_print(leat_kafka_direct_stream(ssc, "bare", NULL), 1);
    if (strcmp(job->graph, "two-streams") == 0)
        add_source(job, ssc, "records");
    if (strcmp(job->graph, "topic-in-two-streams") == 0)
        leat_print(add_source(job, ssc, "others"), 1);
    if (argument(job, "other-pattern", NULL) != NULL)
        leat_print(add_source_of(job, ssc, "others", NULL, argument(job, "other-pattern", NULL)),
                   1);
    add_outputs(job, ssc, add_function(job, job->records, argument(job, "map", "")));
    return leat_ok(ssc);
}

/* What leat_main does, and an operator between. */
static int start_and_add(leat_streaming_context *ssc, struct job *job)
{
    leat_error err = {LEAT_OK, ""};
    leat_status status = leat_streaming_context_start(ssc, &err);

    if (status == LEAT_OK) {
        leat_print(leat_map(job->records, emits_two, NULL), 1);
        status = leat_streaming_context_await_termination(ssc, LEAT_SECONDS(10), NULL, &err);
    }
    if (status != LEAT_OK)
        fprintf(stderr, "leat: %s\n", err.message);
    leat_streaming_context_destroy(ssc);
    return status == LEAT_OK ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct job job = {.conf = leat_conf_create(&argc, argv)};
    const char *checkpoint = argument(&job, "checkpoint", NULL);
    int64_t interval = leat_conf_argument_i64(job.conf, "interval-ms", 50);
    leat_streaming_context *ssc;

    job.graph = argument(&job, "graph", "");
    job.number = leat_conf_argument_i64(job.conf, "number", 0);
    ssc = leat_streaming_context_get_or_create(checkpoint, job.conf, interval, create, &job);
    if (strcmp(job.graph, "operator-after-start") == 0)
        return start_and_add(ssc, &job);
    return leat_main(ssc);
}
