/* rdkafka_maximum: how long the brokers let a transaction be open, see rdkafka_internal.h. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kafka/rdkafka_internal.h"

static const char setting_name[] = "transaction.max.timeout.ms";

static int32_t any_broker(struct leat_client *client, int64_t deadline_ms)
{
    const rd_kafka_metadata_t *metadata = NULL;
    int32_t id = -1;

    if (leat_client_metadata(client, NULL, deadline_ms, &metadata) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return -1;
    if (metadata->broker_cnt > 0)
        id = metadata->brokers[0].id;
    rd_kafka_metadata_destroy(metadata);
    return id;
}

static int read_maximum(rd_kafka_event_t *event)
{
    const rd_kafka_DescribeConfigs_result_t *result = rd_kafka_event_DescribeConfigs_result(event);
    const rd_kafka_ConfigResource_t **resources;
    const rd_kafka_ConfigEntry_t **entries;
    size_t count = 0;

    if (result == NULL)
        return -1;
    resources = rd_kafka_DescribeConfigs_result_resources(result, &count);
    if (count == 0 || rd_kafka_ConfigResource_error(resources[0]) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return -1;
    entries = rd_kafka_ConfigResource_configs(resources[0], &count);
    for (size_t i = 0; i < count; i++) {
        const char *value = rd_kafka_ConfigEntry_value(entries[i]);
        long long maximum = value == NULL ? -1 : strtoll(value, NULL, 10);

        if (strcmp(rd_kafka_ConfigEntry_name(entries[i]), setting_name) == 0)
            return maximum > 0 && maximum <= INT_MAX ? (int)maximum : -1;
    }
    return -1;
}

int leat_client_transaction_maximum(struct leat_client *client, int64_t deadline_ms)
{
    int32_t id = any_broker(client, deadline_ms);
    rd_kafka_queue_t *queue;
    rd_kafka_ConfigResource_t *resource;
    rd_kafka_event_t *event;
    char name[16];
    int maximum = -1;

    if (id < 0)
        return -1;
    snprintf(name, sizeof name, "%d", (int)id);
    queue = rd_kafka_queue_new(client->rk);
    resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_BROKER, name);
    rd_kafka_DescribeConfigs(client->rk, &resource, 1, NULL, queue);
    rd_kafka_ConfigResource_destroy(resource);
    event = rd_kafka_queue_poll(queue, leat_client_slice(deadline_ms, INT_MAX));
    if (event != NULL) {
        maximum = read_maximum(event);
        rd_kafka_event_destroy(event);
    }
    rd_kafka_queue_destroy(queue);
    return maximum;
}
