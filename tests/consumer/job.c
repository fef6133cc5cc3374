/* A job without an output operation: start says so, before it looks for a broker. */
#include <leat/leat.h>

static leat_status create(leat_streaming_context *ssc, void *user)
{
    (void)user;
    leat_kafka_direct_stream(ssc, "in",
                             &(leat_kafka_source){.brokers = "127.0.0.1:1", .topics = "in"});
    return leat_ok(ssc);
}

int main(int argc, char **argv)
{
    leat_conf *conf = leat_conf_create(&argc, argv);

    return leat_main(
        leat_streaming_context_get_or_create(NULL, conf, LEAT_SECONDS(1), create, NULL));
}
