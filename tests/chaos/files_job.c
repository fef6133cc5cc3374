/* files_job: the id of every event as a line of text, and nothing else: a job whose batches the
 * checkpoint commits (authority L). */
#include <leat/leat.h>

static leat_status to_line(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    leat_msgpack_field id = {.name = "id", .type = LEAT_MSGPACK_UINT};

    (void)user;
    LEAT_TRY(leat_msgpack_read_map(task, in->value, &id, 1));
    return leat_emit(out, in->key,
                     leat_task_format(task, "%llu", (unsigned long long)id.value.as.u));
}

static leat_status create(leat_streaming_context *ssc, void *user)
{
    leat_conf *conf = user;
    leat_dstream *events = leat_kafka_direct_stream(
        ssc, "events",
        &(leat_kafka_source){.brokers = leat_conf_argument(conf, "brokers", "localhost:9092"),
                             .topics = leat_conf_argument(conf, "topic", "in"),
                             .group_id = leat_conf_argument(conf, "group", "files"),
                             .auto_offset_reset = "earliest"});
    leat_dstream *lines = leat_typed(leat_map(events, to_line, NULL), LEAT_BYTES, LEAT_STRING);

    leat_save_as_text_files(lines, leat_conf_argument(conf, "output-dir", "files"), "txt");
    return leat_ok(ssc);
}

int main(int argc, char **argv)
{
    leat_conf *conf = leat_conf_create(&argc, argv);
    const char *checkpoint = leat_conf_argument(conf, "checkpoint", NULL);
    int64_t interval = leat_conf_argument_i64(conf, "interval-ms", LEAT_SECONDS(1));

    return leat_main(
        leat_streaming_context_get_or_create(checkpoint, conf, interval, create, conf));
}
