/* bridge: every record to a topic on another cluster, exactly once: positions are the ledger's, and
 * a marker on the sink's cluster commits. */
#include <leat/leat.h>

static leat_status create(leat_streaming_context *ssc, void *user)
{
    leat_conf *conf = user;
    leat_dstream *records = leat_kafka_direct_stream(
        ssc, "records",
        &(leat_kafka_source){.brokers = leat_conf_argument(conf, "brokers", NULL),
                             .topics = leat_conf_argument(conf, "topic", NULL),
                             .group_id = leat_conf_argument(conf, "group", NULL),
                             .auto_offset_reset = "smallest"});
    leat_sink *there = leat_kafka_sink(
        ssc, "there",
        &(leat_sink_options){.brokers = leat_conf_argument(conf, "sink-brokers", NULL)});

    leat_save_to_kafka(records, there, leat_conf_argument(conf, "output-topic", NULL));
    return leat_ok(ssc);
}

int main(int argc, char **argv)
{
    leat_conf *conf = leat_conf_create(&argc, argv);
    const char *checkpoint = leat_conf_argument(conf, "checkpoint", NULL);

    return leat_main(leat_streaming_context_get_or_create(checkpoint, conf, 20, create, conf));
}
