/* daas: the PySpark template's job. Kafka in, msgpack, broadcast dictionary, text files and Kafka
 * out. */
#include <leat/leat.h>

#include "job.h"
#include "params.h"

enum { ID, USER, TAGS, FIELDS };

static leat_status is_wanted(leat_task *task, const leat_record *in, bool *out_keep, void *user)
{
    leat_msgpack_field kind = {.name = "kind", .type = LEAT_MSGPACK_STRING};

    LEAT_TRY(leat_msgpack_read_map(task, in->value, &kind, 1));
    *out_keep = params_has_kind(leat_broadcast_value(user, task), kind.value.bytes);
    return LEAT_OK;
}

static leat_status split_tags(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    const struct params *params = leat_broadcast_value(user, task);
    leat_msgpack_field event[] = {[ID] = {.name = "id", .type = LEAT_MSGPACK_UINT},
                                  [USER] = {.name = "user", .type = LEAT_MSGPACK_STRING},
                                  [TAGS] = {.name = "tags", .type = LEAT_MSGPACK_ARRAY}};
    leat_msgpack_value tag;

    LEAT_TRY(leat_msgpack_read_map(task, in->value, event, FIELDS));
    while (leat_msgpack_next(&event[TAGS].value, &tag)) {
        leat_msgpack_writer *writer = leat_task_msgpack(task);
        if (tag.type != LEAT_MSGPACK_STRING)
            return leat_task_fail(task, LEAT_BAD_RECORD, "a tag is not a string");
        leat_msgpack_write_map(writer, 3);
        leat_msgpack_write_string(writer, leat_string("id"));
        leat_msgpack_write_uint(writer, event[ID].value.as.u);
        leat_msgpack_write_string(writer, leat_string("tag"));
        leat_msgpack_write_string(writer, tag.bytes);
        leat_msgpack_write_string(writer, leat_string("segment"));
        leat_msgpack_write_string(writer, params_segment(params, event[USER].value.bytes));
        LEAT_TRY(leat_emit(out, event[USER].value.bytes, leat_msgpack_written(writer)));
    }
    return LEAT_OK;
}

static leat_status to_line(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    leat_msgpack_field f[] = {{.name = "id", .type = LEAT_MSGPACK_UINT},
                              {.name = "tag", .type = LEAT_MSGPACK_STRING},
                              {.name = "segment", .type = LEAT_MSGPACK_STRING}};
    (void)user;
    LEAT_TRY(leat_msgpack_read_map(task, in->value, f, 3));
    return leat_emit(out, in->key,
                     leat_task_format(task, "%llu\t%.*s\t%.*s", (unsigned long long)f[0].value.as.u,
                                      LEAT_ARG(f[1].value.bytes), LEAT_ARG(f[2].value.bytes)));
}

/* handler(partition): the producer is the batch's, so nothing is opened or flushed here. Logic per
 * record would use leat_broadcast_value(job->params, task). */
static leat_status send_tags(leat_task *task, leat_iterator *partition, void *user)
{
    const struct job *job = user;
    leat_producer *producer = leat_task_producer(task, job->sink);
    const leat_record *record;

    while ((record = leat_iterator_next(partition)) != NULL)
        LEAT_TRY(leat_produce(producer, job->output_topic, record->key, record->value));
    return LEAT_OK;
}

/* output(rdd): getParamDict(rdd.context) finds the broadcast by its name. */
static leat_status output(leat_rdd *rdd, void *user)
{
    struct job *job = user;

    job->params = leat_broadcast_find(leat_rdd_context(rdd), "params");
    return leat_rdd_foreach_partition(rdd, send_tags, job);
}

/* functionToCreateContext(), with getParamDict(sc) as its first line. */
static leat_status create_context(leat_streaming_context *ssc, void *user)
{
    struct job *job = user;
    leat_broadcast *params =
        leat_broadcast_create(ssc, "params", params_load, params_free, job, NULL);
    leat_dstream *events = leat_kafka_direct_stream(
        ssc, "events",
        &(leat_kafka_source){.brokers = job->brokers,
                             .topics = job->topic,
                             .group_id = job->group,
                             .auto_offset_reset = "smallest",
                             .fetch_message_max_bytes = 40 << 20,
                             .parameters =
                                 (const char *const[]){"auto.commit.interval.ms", "5000", NULL}});
    leat_dstream *tags =
        leat_typed(leat_flat_map(leat_filter(events, is_wanted, params), split_tags, params),
                   LEAT_STRING, LEAT_MSGPACK);

    job->sink = leat_kafka_sink(
        ssc, "tags",
        &(leat_sink_options){.brokers = job->brokers,
                             .parameters = (const char *const[]){
                                 "linger.ms", "0", "max.request.size", "10485760", NULL}});
    if (job->output_dir != NULL) /* <output-dir>-<ms>.txt/part-00000, as Spark names it */
        leat_save_as_text_files(leat_typed(leat_map(tags, to_line, NULL), LEAT_BYTES, LEAT_STRING),
                                job->output_dir, "txt");
    /* leat_save_as_hadoop_files(tags, job->output_dir, "seq"); */
    leat_foreach_rdd(tags, output, job);
    return leat_ok(ssc);
}

int main(int argc, char **argv)
{
    leat_conf *conf = leat_conf_create(&argc, argv);
    struct job job = {.brokers = leat_conf_argument(conf, "brokers", "localhost:9092"),
                      .topic = leat_conf_argument(conf, "topic", "test"),
                      .group = leat_conf_argument(conf, "group", "test_groupid"),
                      .output_topic = leat_conf_argument(conf, "output-topic", "tags"),
                      .output_dir = leat_conf_argument(conf, "output-dir", NULL),
                      .params_file = leat_conf_argument(conf, "params", "params.json")};
    static const char *const settings[][2] = {{"spark.app.name", "Daas"},
                                              {"spark.master", "yarn"},
                                              {"spark.submit.deployMode", "cluster"},
                                              {"spark.driver.memory", "1g"},
                                              {"spark.driver.cores", "1"},
                                              {"spark.streaming.backpressure.enabled", "true"},
                                              {"spark.streaming.kafka.maxRatePerPartition", "10"},
                                              {"spark.dynamicAllocation.enabled", "false"},
                                              {"spark.executor.heartbeatInterval", "1s"}};

    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        leat_conf_set(conf, settings[i][0], settings[i][1]);
    return leat_main(leat_streaming_context_get_or_create(
        leat_conf_argument(conf, "checkpoint", "checkpoint/daas"), conf,
        leat_conf_argument_i64(conf, "interval-ms", LEAT_SECONDS(20)), create_context, &job));
}
