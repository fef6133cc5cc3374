// The same job in C++, with every public header.
#include <leat/leat.h>
#include <leat/test.h>

static leat_status keep(leat_task *, const leat_record *in, bool *out_keep, void *)
{
    *out_keep = leat_bytes_equal(in->key, leat_string("key"));
    return LEAT_OK;
}

static leat_status create(leat_streaming_context *ssc, void *)
{
    leat_kafka_source source = {};

    source.brokers = "127.0.0.1:1";
    source.topics = "in";
    leat_filter(leat_kafka_direct_stream(ssc, "in", &source), keep, nullptr);
    return leat_ok(ssc);
}

int main(int argc, char **argv)
{
    leat_conf *conf = leat_conf_create(&argc, argv);

    return leat_main(
        leat_streaming_context_get_or_create(nullptr, conf, LEAT_SECONDS(1), create, nullptr));
}
