/* rdkafka_metadata: what topics there are, see rdkafka_internal.h. */
#include <time.h>

#include "kafka/rdkafka_internal.h"

enum {
    SLICE_MS = 2000,
    UNKNOWN_TOPIC_MS = 500 /* A topic made a moment ago may not be known everywhere. */
};

rd_kafka_resp_err_t leat_client_metadata(struct leat_client *client, rd_kafka_topic_t *topic,
                                         int64_t deadline_ms, const rd_kafka_metadata_t **out)
{
    rd_kafka_resp_err_t code;

    do {
        code = rd_kafka_metadata(client->rk, topic == NULL, topic, out,
                                 leat_client_slice(deadline_ms, SLICE_MS));
    } while (code != RD_KAFKA_RESP_ERR_NO_ERROR && leat_client_retry(client, code, deadline_ms));
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        leat_client_works(client);
    return code;
}

static rd_kafka_resp_err_t read_topic(const rd_kafka_metadata_t *metadata, int32_t *out_partitions)
{
    if (metadata->topic_cnt == 0)
        return RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    if (metadata->topics[0].err == RD_KAFKA_RESP_ERR_NO_ERROR)
        *out_partitions = metadata->topics[0].partition_cnt;
    return metadata->topics[0].err;
}

rd_kafka_resp_err_t leat_client_partition_count(struct leat_client *client, rd_kafka_topic_t *topic,
                                                int64_t deadline_ms, int32_t *out_partitions)
{
    struct timespec pause = {0, 50 * 1000000L};
    int64_t unknown_until_ms = leat_client_now_ms() + UNKNOWN_TOPIC_MS;

    for (;;) {
        const rd_kafka_metadata_t *metadata = NULL;
        rd_kafka_resp_err_t code = leat_client_metadata(client, topic, deadline_ms, &metadata);
        int64_t until_ms = deadline_ms;

        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
            return code;
        code = read_topic(metadata, out_partitions);
        rd_kafka_metadata_destroy(metadata);
        if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART && unknown_until_ms < until_ms)
            until_ms = unknown_until_ms;
        else if (!leat_rdkafka_is_transient(code))
            return code;
        if (leat_client_now_ms() >= until_ms || leat_client_is_stopped(client))
            return code;
        nanosleep(&pause, NULL);
    }
}
