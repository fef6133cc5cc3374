/* relay: every record unchanged to another topic, exactly once. */
#include <leat/leat.h>

static leat_status create(leat_streaming_context *ssc, void *user)
{
    leat_conf *conf = user;
    leat_dstream *records = leat_kafka_direct_stream(
        ssc, "records",
        &(leat_kafka_source){.brokers = leat_conf_argument(conf, "brokers", "localhost:9092"),
                             .topics = leat_conf_argument(conf, "topic", "in"),
                             .group_id = leat_conf_argument(conf, "group", "relay"),
                             .auto_offset_reset = "smallest"});

    leat_save_to_kafka(records, NULL, leat_conf_argument(conf, "output-topic", "out"));
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
