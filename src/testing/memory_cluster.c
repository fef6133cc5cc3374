/* memory_cluster: metadata and group offsets of Kafka in memory, see kafka/kafka.h. */
#include <inttypes.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "testing/memory_kafka_internal.h"

struct memory_cluster {
    struct leat_cluster cluster;
    struct leat_memory_kafka *kafka;
    char *group; /* Owned; NULL: none. */
    bool read_committed;
};

static struct leat_memory_kafka *lock(struct leat_cluster *cluster)
{
    struct leat_memory_kafka *kafka = ((struct memory_cluster *)cluster)->kafka;

    pthread_mutex_lock(&kafka->mutex);
    return kafka;
}

static leat_status cluster_id(struct leat_cluster *cluster, int timeout_ms,
                              char out_id[LEAT_CLUSTER_ID_MAX], leat_error *err)
{
    (void)cluster;
    (void)timeout_ms;
    (void)err;
    snprintf(out_id, LEAT_CLUSTER_ID_MAX, "memory");
    return LEAT_OK;
}

static bool add_topic(struct leat_topic_list *list, const struct memory_topic *topic)
{
    struct leat_topic *grown = leat_grow(list->topics, list->count + 1, sizeof *grown);

    if (grown == NULL)
        return false;
    list->topics = grown;
    snprintf(grown[list->count].name, sizeof grown[list->count].name, "%s", topic->name);
    grown[list->count++].partitions = topic->partition_count;
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct leat_topic *)a)->name, ((const struct leat_topic *)b)->name);
}

static void sort(struct leat_topic_list *list)
{
    if (list->count > 1)
        qsort(list->topics, list->count, sizeof list->topics[0], by_name);
}

static leat_status topics_by_name(struct leat_cluster *cluster, const char *const *names,
                                  size_t count, int timeout_ms, struct leat_topic_list *out,
                                  leat_error *err)
{
    struct leat_memory_kafka *kafka = lock(cluster);
    struct leat_topic_list list = {NULL, 0};
    leat_status status = LEAT_OK;

    (void)timeout_ms;
    for (size_t i = 0; i < count && status == LEAT_OK; i++) {
        const struct memory_topic *topic = memory_topic_find(kafka, names[i]);

        if (topic == NULL)
            status = leat_fail(err, LEAT_INVALID, "topic '%s' does not exist; create it", names[i]);
        else if (!add_topic(&list, topic))
            status = leat_fail(err, LEAT_NO_MEMORY, "no memory for topics");
    }
    pthread_mutex_unlock(&kafka->mutex);
    if (status != LEAT_OK) {
        leat_topic_list_release(&list);
        return status;
    }
    sort(&list);
    *out = list;
    return LEAT_OK;
}

static leat_status topics_by_pattern(struct leat_cluster *cluster, const char *pattern,
                                     int timeout_ms, struct leat_topic_list *out, leat_error *err)
{
    struct leat_topic_list list = {NULL, 0};
    leat_status status = LEAT_OK;
    struct leat_memory_kafka *kafka;
    regmatch_t match;
    regex_t regex;

    (void)timeout_ms;
    if (regcomp(&regex, pattern, REG_EXTENDED) != 0)
        return leat_fail(err, LEAT_INVALID, "'%s' is not a regular expression", pattern);
    kafka = lock(cluster);
    for (const struct memory_topic *t = kafka->topics; t != NULL && status == LEAT_OK; t = t->next)
        if (strncmp(t->name, "__", 2) != 0 && regexec(&regex, t->name, 1, &match, 0) == 0 &&
            match.rm_so == 0 && (size_t)match.rm_eo == strlen(t->name) && !add_topic(&list, t))
            status = leat_fail(err, LEAT_NO_MEMORY, "no memory for topics");
    pthread_mutex_unlock(&kafka->mutex);
    regfree(&regex);
    if (status != LEAT_OK) {
        leat_topic_list_release(&list);
        return status;
    }
    sort(&list);
    *out = list;
    return LEAT_OK;
}

static leat_status log_ranges(struct leat_cluster *cluster,
                              const struct leat_topic_partition *partitions, size_t count,
                              int timeout_ms, int64_t *out_starts, int64_t *out_ends,
                              leat_error *err)
{
    bool read_committed = ((struct memory_cluster *)cluster)->read_committed;
    struct leat_memory_kafka *kafka = lock(cluster);
    leat_status status = LEAT_OK;

    (void)timeout_ms;
    for (size_t i = 0; i < count && status == LEAT_OK; i++) {
        const struct memory_partition *found =
            memory_partition_find(kafka, partitions[i].topic, partitions[i].partition);

        if (found == NULL) {
            status = leat_fail(err, LEAT_INVALID, "topic '%s' has no partition %" PRId32,
                               partitions[i].topic, partitions[i].partition);
            break;
        }
        if (out_starts != NULL)
            out_starts[i] = 0;
        out_ends[i] = memory_stable_end(found, read_committed);
    }
    pthread_mutex_unlock(&kafka->mutex);
    return status;
}

static leat_status group_members(struct leat_cluster *cluster, int timeout_ms, size_t *out_count,
                                 char out_member[128], leat_error *err)
{
    (void)cluster;
    (void)timeout_ms;
    (void)err;
    *out_count = 0;
    out_member[0] = '\0';
    return LEAT_OK;
}

static leat_status group_offsets(struct leat_cluster *cluster,
                                 const struct leat_topic_partition *partitions, size_t count,
                                 int timeout_ms, struct leat_group_offset *out, leat_error *err)
{
    const char *group = ((struct memory_cluster *)cluster)->group;
    struct leat_memory_kafka *kafka = lock(cluster);

    (void)timeout_ms;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        out[i] = (struct leat_group_offset){.offset = -1};
        for (struct memory_group_offset *at = kafka->offsets; at != NULL && group != NULL;
             at = at->next)
            if (at->partition == partitions[i].partition && strcmp(at->group, group) == 0 &&
                strcmp(at->topic, partitions[i].topic) == 0)
                out[i] = at->at;
    }
    pthread_mutex_unlock(&kafka->mutex);
    return LEAT_OK;
}

static leat_status commit_offsets(struct leat_cluster *cluster,
                                  const struct leat_topic_partition *partitions,
                                  const struct leat_group_offset *offsets, size_t count,
                                  int timeout_ms, leat_error *err)
{
    const char *group = ((struct memory_cluster *)cluster)->group;
    struct leat_memory_kafka *kafka = lock(cluster);
    leat_status status = LEAT_OK;

    (void)timeout_ms;
    if (group == NULL && count > 0)
        status = leat_fail(err, LEAT_INVALID, "no group to commit offsets of");
    for (size_t i = 0; i < count && status == LEAT_OK; i++) {
        struct memory_group_offset *at =
            memory_offset(kafka, group, partitions[i].topic, partitions[i].partition);

        if (at == NULL)
            status = leat_fail(err, LEAT_NO_MEMORY, "no memory for offsets");
        else
            at->at = offsets[i];
    }
    pthread_mutex_unlock(&kafka->mutex);
    return status;
}

static void cluster_destroy(struct leat_cluster *cluster)
{
    leat_free(((struct memory_cluster *)cluster)->group);
    leat_free(cluster);
}

leat_status memory_cluster_open(void *context, const struct leat_kafka_settings *settings,
                                struct leat_cluster **out, leat_error *err)
{
    static const struct leat_cluster_ops ops = {.id = cluster_id,
                                                .topics_by_name = topics_by_name,
                                                .topics_by_pattern = topics_by_pattern,
                                                .log_ranges = log_ranges,
                                                .group_members = group_members,
                                                .group_offsets = group_offsets,
                                                .commit_offsets = commit_offsets,
                                                .destroy = cluster_destroy};
    struct memory_cluster *self = leat_alloc(1, sizeof *self);

    if (self == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a cluster");
    self->cluster.ops = &ops;
    self->kafka = context;
    self->read_committed = settings->read_committed;
    if (settings->group != NULL) {
        self->group = leat_alloc(1, strlen(settings->group) + 1);
        if (self->group == NULL) {
            leat_free(self);
            return leat_fail(err, LEAT_NO_MEMORY, "no memory for a cluster");
        }
        memcpy(self->group, settings->group, strlen(settings->group) + 1);
    }
    *out = &self->cluster;
    return LEAT_OK;
}
