/*
 * rdkafka_group: offsets and members of one consumer group that we are no member of.
 *
 * A handle of its own with isolation.level=read_committed, whatever the source uses: only then
 * does librdkafka ask for stable offsets.
 *
 * Thread: one at a time.
 */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "kafka/rdkafka_internal.h"

enum { SLICE_MS = 2000 };

struct rdkafka_group {
    struct leat_client client;
    rd_kafka_queue_t *queue; /* Owned; answers of asynchronous calls. */
    char name[];
};

leat_status leat_group_open(const struct leat_kafka_settings *settings, struct rdkafka_group **out,
                            leat_error *err)
{
    struct leat_kafka_settings stable = *settings;
    size_t size = strlen(settings->group) + 1;
    struct rdkafka_group *group = leat_alloc(1, sizeof *group + size);
    leat_status status;

    if (group == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a Kafka client");
    memcpy(group->name, settings->group, size);
    stable.read_committed = !settings->offsets_unstable;
    status = leat_client_open(&group->client, &stable, LEAT_CLIENT_CLUSTER, NULL, err);
    if (status != LEAT_OK) {
        leat_free(group);
        return status;
    }
    group->queue = rd_kafka_queue_new(group->client.rk);
    *out = group;
    return LEAT_OK;
}

void leat_group_destroy(struct rdkafka_group *group)
{
    if (group == NULL)
        return;
    rd_kafka_queue_destroy(group->queue);
    leat_client_close(&group->client);
    leat_free(group);
}

rd_kafka_topic_partition_list_t *leat_offset_list(const struct leat_topic_partition *partitions,
                                                  const struct leat_group_offset *offsets,
                                                  size_t count)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);

    for (size_t i = 0; i < count; i++) {
        rd_kafka_topic_partition_t *entry =
            rd_kafka_topic_partition_list_add(list, partitions[i].topic, partitions[i].partition);

        entry->offset = offsets == NULL ? RD_KAFKA_OFFSET_INVALID : offsets[i].offset;
        if (offsets == NULL || offsets[i].metadata[0] == '\0')
            continue;
        /* librdkafka will free it. */
        entry->metadata = strndup(offsets[i].metadata, LEAT_OFFSET_METADATA_MAX);
        if (entry->metadata == NULL) {
            rd_kafka_topic_partition_list_destroy(list);
            return NULL;
        }
        entry->metadata_size = strlen(entry->metadata);
    }
    return list;
}

static const rd_kafka_topic_partition_t *first_bad(const rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; i++)
        if (list->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR)
            return &list->elems[i];
    return NULL;
}

/* ---- offsets ---- */

static void read_entry(const rd_kafka_topic_partition_t *entry, struct leat_group_offset *out)
{
    *out = (struct leat_group_offset){.offset = entry->offset < 0 ? -1 : entry->offset};
    if (entry->metadata == NULL || entry->metadata_size == 0)
        return;
    if (entry->metadata_size >= LEAT_OFFSET_METADATA_MAX ||
        memchr(entry->metadata, '\0', entry->metadata_size) != NULL) {
        /* Not ours, whatever it says; and it must not look like ours when cut. */
        snprintf(out->metadata, sizeof out->metadata, "(%zu bytes of other metadata)",
                 entry->metadata_size);
        return;
    }
    memcpy(out->metadata, entry->metadata, entry->metadata_size);
}

/* librdkafka keeps asking by itself while a transaction is open on the offsets: all it says in the
 * end is that time ran out. */
static leat_status fail_to_fetch(struct rdkafka_group *group, rd_kafka_resp_err_t code,
                                 leat_error *err)
{
    if (code != RD_KAFKA_RESP_ERR__TIMED_OUT && code != RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT)
        return leat_client_fail(&group->client, err, code, "cannot read the offsets of group '%s'",
                                group->name);
    return leat_client_fail(&group->client, err, code,
                            "cannot read the offsets of group '%s' (if the brokers are well, a "
                            "transaction on them hangs: kafka-transactions.sh find-hanging)",
                            group->name);
}

leat_status leat_group_fetch(struct rdkafka_group *group,
                             const struct leat_topic_partition *partitions, size_t count,
                             int timeout_ms, struct leat_group_offset *out, leat_error *err)
{
    int64_t deadline_ms = leat_client_now_ms() + timeout_ms;
    leat_status status = LEAT_OK;
    bool again = count > 0;

    while (again) {
        rd_kafka_topic_partition_list_t *list = leat_offset_list(partitions, NULL, count);
        rd_kafka_resp_err_t code =
            rd_kafka_committed(group->client.rk, list, leat_client_slice(deadline_ms, SLICE_MS));
        const rd_kafka_topic_partition_t *bad =
            code == RD_KAFKA_RESP_ERR_NO_ERROR ? first_bad(list) : NULL;

        if (bad != NULL)
            code = bad->err;
        again = code != RD_KAFKA_RESP_ERR_NO_ERROR &&
                leat_client_retry(&group->client, code, deadline_ms);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR && !again)
            status = fail_to_fetch(group, code, err);
        for (size_t i = 0; code == RD_KAFKA_RESP_ERR_NO_ERROR && i < count; i++)
            read_entry(&list->elems[i], &out[i]);
        rd_kafka_topic_partition_list_destroy(list);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
            leat_client_works(&group->client);
    }
    return status;
}

/* One attempt: the request's code, or that of the first bad partition. */
static rd_kafka_resp_err_t commit_once(struct rdkafka_group *group,
                                       rd_kafka_topic_partition_list_t *list, int64_t deadline_ms)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(group->client.rk);
    rd_kafka_resp_err_t code = rd_kafka_commit_queue(group->client.rk, list, queue, NULL, NULL);
    rd_kafka_event_t *event = NULL;

    while (code == RD_KAFKA_RESP_ERR_NO_ERROR && event == NULL) {
        event = rd_kafka_queue_poll(queue, leat_client_slice(deadline_ms, 200));
        if (event == NULL &&
            (leat_client_now_ms() >= deadline_ms || leat_client_is_stopped(&group->client) ||
             leat_client_check(&group->client, NULL) != LEAT_OK))
            code = RD_KAFKA_RESP_ERR__TIMED_OUT;
    }
    if (event != NULL && rd_kafka_event_type(event) == RD_KAFKA_EVENT_OFFSET_COMMIT) {
        rd_kafka_topic_partition_list_t *done = rd_kafka_event_topic_partition_list(event);
        const rd_kafka_topic_partition_t *bad = done == NULL ? NULL : first_bad(done);

        code = rd_kafka_event_error(event);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR && bad != NULL)
            code = bad->err;
    }
    if (event != NULL)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    return code;
}

leat_status leat_group_commit(struct rdkafka_group *group,
                              const struct leat_topic_partition *partitions,
                              const struct leat_group_offset *offsets, size_t count, int timeout_ms,
                              leat_error *err)
{
    int64_t deadline_ms = leat_client_now_ms() + timeout_ms;
    rd_kafka_topic_partition_list_t *list;
    rd_kafka_resp_err_t code;

    if (count == 0)
        return LEAT_OK;
    list = leat_offset_list(partitions, offsets, count);
    if (list == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for the offsets of group '%s'",
                         group->name);
    do {
        code = commit_once(group, list, deadline_ms);
    } while (code != RD_KAFKA_RESP_ERR_NO_ERROR &&
             leat_client_retry(&group->client, code, deadline_ms));
    rd_kafka_topic_partition_list_destroy(list);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return leat_client_fail(&group->client, err, code,
                                "cannot commit the offsets of group '%s'", group->name);
    leat_client_works(&group->client);
    return LEAT_OK;
}

/* ---- members ---- */

static rd_kafka_resp_err_t read_description(const rd_kafka_event_t *event, size_t *out_count,
                                            char out_member[128])
{
    const rd_kafka_DescribeConsumerGroups_result_t *result =
        rd_kafka_event_DescribeConsumerGroups_result((rd_kafka_event_t *)(uintptr_t)event);
    const rd_kafka_ConsumerGroupDescription_t **groups;
    size_t count = 0;
    const rd_kafka_error_t *error;

    groups = rd_kafka_DescribeConsumerGroups_result_groups(result, &count);
    if (count == 0)
        return RD_KAFKA_RESP_ERR__FAIL;
    error = rd_kafka_ConsumerGroupDescription_error(groups[0]);
    if (error != NULL)
        return rd_kafka_error_code(error);
    *out_count = rd_kafka_ConsumerGroupDescription_member_count(groups[0]);
    if (*out_count > 0) {
        const rd_kafka_MemberDescription_t *member =
            rd_kafka_ConsumerGroupDescription_member(groups[0], 0);

        snprintf(out_member, 128, "%s at %s", rd_kafka_MemberDescription_client_id(member),
                 rd_kafka_MemberDescription_host(member));
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t describe_once(struct rdkafka_group *group, int timeout_ms,
                                         size_t *out_count, char out_member[128])
{
    const char *names[1] = {group->name};
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(group->client.rk, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS);
    rd_kafka_resp_err_t code;
    rd_kafka_event_t *event;

    rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, NULL, 0);
    rd_kafka_DescribeConsumerGroups(group->client.rk, names, 1, options, group->queue);
    rd_kafka_AdminOptions_destroy(options);
    event = rd_kafka_queue_poll(group->queue, timeout_ms + SLICE_MS);
    if (event == NULL)
        return RD_KAFKA_RESP_ERR__TIMED_OUT;
    code = rd_kafka_event_error(event);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        code = read_description(event, out_count, out_member);
    rd_kafka_event_destroy(event);
    return code;
}

leat_status leat_group_members(struct rdkafka_group *group, int timeout_ms, size_t *out_count,
                               char out_member[128], leat_error *err)
{
    int64_t deadline_ms = leat_client_now_ms() + timeout_ms;
    size_t count = 0;
    char member[128] = "";
    rd_kafka_resp_err_t code;

    do {
        count = 0;
        code = describe_once(group, leat_client_slice(deadline_ms, SLICE_MS), &count, member);
        if (code == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND) /* Nobody has used it yet. */
            code = RD_KAFKA_RESP_ERR_NO_ERROR;
    } while (code != RD_KAFKA_RESP_ERR_NO_ERROR &&
             leat_client_retry(&group->client, code, deadline_ms));
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return leat_client_fail(&group->client, err, code, "cannot read the members of group '%s'",
                                group->name);
    leat_client_works(&group->client);
    memcpy(out_member, member, sizeof member);
    *out_count = count;
    return LEAT_OK;
}
