/*
 * rdkafka_cluster: metadata and log ends by librdkafka. A handle of its own, so that no request
 * waits behind a Fetch.
 *
 * Thread: one at a time.
 */
#include <inttypes.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "kafka/rdkafka_internal.h"

enum { SLICE_MS = 2000 };

struct rdkafka_cluster {
    struct leat_cluster cluster;
    struct leat_client client;
    struct rdkafka_group *group; /* Owned; NULL without a group. */
};

static struct rdkafka_cluster *self_of(struct leat_cluster *cluster)
{
    return (struct rdkafka_cluster *)cluster;
}

static leat_status cluster_id(struct leat_cluster *cluster, int timeout_ms,
                              char out_id[LEAT_CLUSTER_ID_MAX], leat_error *err)
{
    struct leat_client *client = &self_of(cluster)->client;
    int64_t deadline_ms = leat_client_now_ms() + timeout_ms;

    for (;;) {
        char *id = rd_kafka_clusterid(client->rk, leat_client_slice(deadline_ms, SLICE_MS));

        if (id != NULL) {
            snprintf(out_id, LEAT_CLUSTER_ID_MAX, "%s", id);
            rd_kafka_mem_free(client->rk, id);
            leat_client_works(client);
            return LEAT_OK;
        }
        if (!leat_client_retry(client, RD_KAFKA_RESP_ERR__TIMED_OUT, deadline_ms))
            return leat_client_fail(client, err, RD_KAFKA_RESP_ERR__TIMED_OUT, "cannot connect");
    }
}

/* ---- topics ---- */

static leat_status add_by_name(struct leat_client *client, const char *name, int64_t deadline_ms,
                               struct leat_topic_list *list, leat_error *err)
{
    struct leat_topic *found = &list->topics[list->count];
    rd_kafka_topic_t *topic;
    rd_kafka_resp_err_t code;

    if (name[0] == '\0' || strlen(name) > LEAT_TOPIC_NAME_MAX)
        return leat_fail(err, LEAT_INVALID, "'%.300s' is no topic name: it has 1 to %d characters",
                         name, LEAT_TOPIC_NAME_MAX);
    topic = rd_kafka_topic_new(client->rk, name, NULL);
    if (topic == NULL)
        return leat_client_fail(client, err, rd_kafka_last_error(), "cannot look up topic '%s'",
                                name);
    snprintf(found->name, sizeof found->name, "%s", name);
    code = leat_client_partition_count(client, topic, deadline_ms, &found->partitions);
    rd_kafka_topic_destroy(topic);
    if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        return leat_fail(err, LEAT_INVALID, "topic '%s' does not exist on %s; create it", name,
                         client->brokers);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return leat_client_fail(client, err, code, "cannot look up topic '%s'", name);
    list->count++;
    return LEAT_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct leat_topic *)a)->name, ((const struct leat_topic *)b)->name);
}

static void finish_list(struct leat_topic_list *list, struct leat_topic_list *out)
{
    if (list->count > 1)
        qsort(list->topics, list->count, sizeof *list->topics, by_name);
    *out = *list;
}

static leat_status topics_by_name(struct leat_cluster *cluster, const char *const *names,
                                  size_t count, int timeout_ms, struct leat_topic_list *out,
                                  leat_error *err)
{
    int64_t deadline_ms = leat_client_now_ms() + timeout_ms;
    struct leat_topic_list list = {.topics = leat_alloc(count + 1, sizeof *list.topics)};
    leat_status status = LEAT_OK;

    if (list.topics == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for %zu topics", count);
    for (size_t i = 0; i < count && status == LEAT_OK; i++)
        status = add_by_name(&self_of(cluster)->client, names[i], deadline_ms, &list, err);
    if (status == LEAT_OK)
        finish_list(&list, out);
    else
        leat_topic_list_release(&list);
    return status;
}

static bool is_whole_match(const regex_t *regex, const char *name)
{
    regmatch_t match;

    return strncmp(name, "__", 2) != 0 && regexec(regex, name, 1, &match, 0) == 0 &&
           match.rm_so == 0 && name[match.rm_eo] == '\0';
}

/* A topic that exists and has an error now is listed with the partitions that are known, if any. */
static leat_status collect_matches(const regex_t *regex, const rd_kafka_metadata_t *metadata,
                                   struct leat_topic_list *out, leat_error *err)
{
    size_t count = (size_t)metadata->topic_cnt;
    struct leat_topic_list list = {.topics = leat_alloc(count + 1, sizeof *list.topics)};

    if (list.topics == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for %zu topics", count);
    for (size_t i = 0; i < count; i++) {
        const rd_kafka_metadata_topic_t *topic = &metadata->topics[i];
        struct leat_topic *found = &list.topics[list.count];

        if (topic->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
            !is_whole_match(regex, topic->topic))
            continue;
        snprintf(found->name, sizeof found->name, "%s", topic->topic);
        found->partitions = topic->partition_cnt;
        list.count++;
    }
    finish_list(&list, out);
    return LEAT_OK;
}

/* Alternatives must match as a whole: "a|ab" on "ab". */
static leat_status compile(const char *pattern, regex_t *regex, leat_error *err)
{
    char whole[1024];
    char text[200];
    int code;

    if ((size_t)snprintf(whole, sizeof whole, "^(%s)$", pattern) >= sizeof whole)
        return leat_fail(err, LEAT_INVALID, "the topic pattern is longer than %zu characters",
                         sizeof whole - 5);
    code = regcomp(regex, whole, REG_EXTENDED);
    if (code == 0)
        return LEAT_OK;
    regerror(code, regex, text, sizeof text);
    return leat_fail(err, LEAT_INVALID, "topic pattern '%.200s': %s", pattern, text);
}

static leat_status topics_by_pattern(struct leat_cluster *cluster, const char *pattern,
                                     int timeout_ms, struct leat_topic_list *out, leat_error *err)
{
    struct leat_client *client = &self_of(cluster)->client;
    const rd_kafka_metadata_t *metadata = NULL;
    rd_kafka_resp_err_t code;
    leat_status status;
    regex_t regex;

    LEAT_TRY(compile(pattern, &regex, err));
    code = leat_client_metadata(client, NULL, leat_client_now_ms() + timeout_ms, &metadata);
    status = code == RD_KAFKA_RESP_ERR_NO_ERROR
                 ? collect_matches(&regex, metadata, out, err)
                 : leat_client_fail(client, err, code, "cannot list topics");
    if (metadata != NULL)
        rd_kafka_metadata_destroy(metadata);
    regfree(&regex);
    return status;
}

/* ---- log ends ---- */

static rd_kafka_topic_partition_list_t *list_at(const struct leat_topic_partition *partitions,
                                                size_t count, int64_t offset)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);

    for (size_t i = 0; i < count; i++) {
        rd_kafka_topic_partition_t *entry =
            rd_kafka_topic_partition_list_add(list, partitions[i].topic, partitions[i].partition);

        entry->offset = offset;
    }
    return list;
}

/* One round; *out_bad is the entry that has no answer. */
static rd_kafka_resp_err_t ask_offsets(struct leat_client *client,
                                       rd_kafka_topic_partition_list_t *list, int timeout_ms,
                                       const rd_kafka_topic_partition_t **out_bad)
{
    rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(client->rk, list, timeout_ms);

    *out_bad = list->cnt == 1 ? &list->elems[0] : NULL;
    for (int i = 0; code != RD_KAFKA_RESP_ERR_NO_ERROR && i < list->cnt; i++)
        if (list->elems[i].err == code)
            *out_bad = &list->elems[i];
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return code;
    for (int i = 0; i < list->cnt; i++) {
        *out_bad = &list->elems[i];
        if (list->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR)
            return list->elems[i].err;
        if (list->elems[i].offset < 0) /* Still the question. */
            return RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static leat_status log_offsets(struct leat_client *client,
                               const struct leat_topic_partition *partitions, size_t count,
                               int64_t which, int64_t deadline_ms, int64_t *out, leat_error *err)
{
    const char *end = which == RD_KAFKA_OFFSET_END ? "end" : "start";

    for (;;) {
        rd_kafka_topic_partition_list_t *list = list_at(partitions, count, which);
        const rd_kafka_topic_partition_t *bad = NULL;
        rd_kafka_resp_err_t code =
            ask_offsets(client, list, leat_client_slice(deadline_ms, SLICE_MS), &bad);
        leat_status status = LEAT_OK;
        bool again =
            code != RD_KAFKA_RESP_ERR_NO_ERROR && leat_client_retry(client, code, deadline_ms);

        for (size_t i = 0; code == RD_KAFKA_RESP_ERR_NO_ERROR && i < count; i++)
            out[i] = list->elems[i].offset;
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
            leat_client_works(client);
        else if (!again && bad != NULL)
            status = leat_client_fail(client, err, code, "cannot read the %s of '%s' partition %d",
                                      end, bad->topic, (int)bad->partition);
        else if (!again)
            status = leat_client_fail(client, err, code, "cannot read the %s of the topics", end);
        rd_kafka_topic_partition_list_destroy(list);
        if (!again)
            return status;
    }
}

static leat_status log_ranges(struct leat_cluster *cluster,
                              const struct leat_topic_partition *partitions, size_t count,
                              int timeout_ms, int64_t *out_starts, int64_t *out_ends,
                              leat_error *err)
{
    struct leat_client *client = &self_of(cluster)->client;
    int64_t deadline_ms = leat_client_now_ms() + timeout_ms;

    if (count == 0)
        return LEAT_OK;
    if (out_starts != NULL)
        LEAT_TRY(log_offsets(client, partitions, count, RD_KAFKA_OFFSET_BEGINNING, deadline_ms,
                             out_starts, err));
    return log_offsets(client, partitions, count, RD_KAFKA_OFFSET_END, deadline_ms, out_ends, err);
}

/* ---- group ---- */

static leat_status need_group(struct leat_cluster *cluster, leat_error *err)
{
    if (self_of(cluster)->group == NULL)
        return leat_fail(err, LEAT_INVALID, "this connection to Kafka was opened without a group");
    return LEAT_OK;
}

static leat_status group_members(struct leat_cluster *cluster, int timeout_ms, size_t *out_count,
                                 char out_member[128], leat_error *err)
{
    LEAT_TRY(need_group(cluster, err));
    return leat_group_members(self_of(cluster)->group, timeout_ms, out_count, out_member, err);
}

static leat_status group_offsets(struct leat_cluster *cluster,
                                 const struct leat_topic_partition *partitions, size_t count,
                                 int timeout_ms, struct leat_group_offset *out, leat_error *err)
{
    LEAT_TRY(need_group(cluster, err));
    return leat_group_fetch(self_of(cluster)->group, partitions, count, timeout_ms, out, err);
}

static leat_status commit_offsets(struct leat_cluster *cluster,
                                  const struct leat_topic_partition *partitions,
                                  const struct leat_group_offset *offsets, size_t count,
                                  int timeout_ms, leat_error *err)
{
    LEAT_TRY(need_group(cluster, err));
    return leat_group_commit(self_of(cluster)->group, partitions, offsets, count, timeout_ms, err);
}

/* ---- life ---- */

static void destroy(struct leat_cluster *cluster)
{
    struct rdkafka_cluster *self = self_of(cluster);

    leat_group_destroy(self->group);
    leat_client_close(&self->client);
    leat_free(self);
}

leat_status leat_rdkafka_open_cluster(void *context, const struct leat_kafka_settings *settings,
                                      struct leat_cluster **out, leat_error *err)
{
    static const struct leat_cluster_ops ops = {.id = cluster_id,
                                                .topics_by_name = topics_by_name,
                                                .topics_by_pattern = topics_by_pattern,
                                                .log_ranges = log_ranges,
                                                .group_members = group_members,
                                                .group_offsets = group_offsets,
                                                .commit_offsets = commit_offsets,
                                                .destroy = destroy};
    struct leat_kafka_settings without_group = *settings;
    struct rdkafka_cluster *self = leat_alloc(1, sizeof *self);
    leat_status status;

    (void)context;
    if (self == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a Kafka client");
    self->cluster.ops = &ops;
    without_group.group = NULL;
    status = leat_client_open(&self->client, &without_group, LEAT_CLIENT_CLUSTER, NULL, err);
    if (status == LEAT_OK && settings->group != NULL)
        status = leat_group_open(settings, &self->group, err);
    if (status != LEAT_OK) {
        destroy(&self->cluster);
        return status;
    }
    *out = &self->cluster;
    return LEAT_OK;
}
