/*
 * first_task: examples/relay.c that tells when its first task works on the first record: the
 * monotonic clock's us on stdout.
 */
#include <inttypes.h>
#include <leat/leat.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

static atomic_bool was_told;

static leat_status tell(leat_task *task, const leat_record *in, bool *out_keep, void *user)
{
    struct timespec now;

    (void)task;
    (void)in;
    (void)user;
    *out_keep = true;
    if (!atomic_exchange(&was_told, true)) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        printf("%" PRId64 "\n", (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
        fflush(stdout);
    }
    return LEAT_OK;
}

static leat_status create(leat_streaming_context *ssc, void *user)
{
    leat_conf *conf = user;
    leat_dstream *records = leat_kafka_direct_stream(
        ssc, "records",
        &(leat_kafka_source){.brokers = leat_conf_argument(conf, "brokers", "localhost:9092"),
                             .topics = leat_conf_argument(conf, "topic", "in"),
                             .group_id = leat_conf_argument(conf, "group", "first_task"),
                             .auto_offset_reset = "smallest"});

    leat_save_to_kafka(leat_filter(records, tell, NULL), NULL,
                       leat_conf_argument(conf, "output-topic", "out"));
    return leat_ok(ssc);
}

int main(int argc, char **argv)
{
    leat_conf *conf = leat_conf_create(&argc, argv);
    const char *checkpoint = leat_conf_argument(conf, "checkpoint", NULL);

    return leat_main(leat_streaming_context_get_or_create(checkpoint, conf, 0, create, conf));
}
