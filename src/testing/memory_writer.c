/* memory_writer: transactions on Kafka in memory, see kafka/kafka.h. */
#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "testing/memory_kafka_internal.h"

struct leat_writer_topic {
    struct memory_topic *topic;
    struct leat_writer_topic *next;
};

struct memory_writer {
    struct leat_writer writer;
    struct leat_memory_kafka *kafka;
    struct memory_producer *producer; /* Kafka's; shared by all writers of the id. */
    int epoch;
    bool transactional;
    int transaction_timeout_ms;
    struct leat_writer_topic *topics;
};

static struct memory_producer *find_producer(struct leat_memory_kafka *kafka, const char *id)
{
    struct memory_producer *producer = kafka->producers;

    for (; producer != NULL; producer = producer->next)
        if (strcmp(producer->transactional_id, id) == 0)
            return producer;
    producer = leat_arena_zalloc(&kafka->arena, sizeof *producer);
    if (producer == NULL)
        return NULL;
    producer->transactional_id = leat_arena_strdup(&kafka->arena, id);
    if (producer->transactional_id == NULL)
        return NULL;
    producer->next = kafka->producers;
    kafka->producers = producer;
    return producer;
}

static void drop_open(struct memory_producer *producer)
{
    for (struct memory_entry *entry = producer->open; entry != NULL; entry = entry->open_next)
        entry->state = ENTRY_ABORTED;
    producer->open = NULL;
    producer->pending = NULL;
}

static leat_status check_epoch(const struct memory_writer *self, leat_error *err)
{
    if (self->producer->epoch == self->epoch)
        return LEAT_OK;
    return leat_fail(err, LEAT_FENCED, "another producer has transactional.id '%s'",
                     self->producer->transactional_id);
}

static leat_status writer_init(struct leat_writer *writer, int timeout_ms,
                               int *out_transaction_timeout_ms, leat_error *err)
{
    struct memory_writer *self = (struct memory_writer *)writer;

    (void)timeout_ms;
    (void)err;
    pthread_mutex_lock(&self->kafka->mutex);
    drop_open(self->producer);
    self->epoch = ++self->producer->epoch;
    pthread_mutex_unlock(&self->kafka->mutex);
    *out_transaction_timeout_ms = self->transaction_timeout_ms;
    return LEAT_OK;
}

static leat_status writer_begin(struct leat_writer *writer, leat_error *err)
{
    (void)writer;
    (void)err;
    return LEAT_OK;
}

static leat_status writer_topic(struct leat_writer *writer, const char *name,
                                struct leat_writer_topic **out, int32_t *out_partitions,
                                leat_error *err)
{
    struct memory_writer *self = (struct memory_writer *)writer;
    struct leat_writer_topic *found;

    pthread_mutex_lock(&self->kafka->mutex);
    found = self->topics;
    while (found != NULL && strcmp(found->topic->name, name) != 0)
        found = found->next;
    if (found == NULL) {
        struct memory_topic *topic = memory_topic_grow(self->kafka, name, 1);

        found = topic == NULL ? NULL : leat_alloc(1, sizeof *found);
        if (found != NULL) {
            found->topic = topic;
            found->next = self->topics;
            self->topics = found;
        }
    }
    if (found != NULL)
        *out_partitions = found->topic->partition_count;
    pthread_mutex_unlock(&self->kafka->mutex);
    if (found == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for topic '%s'", name);
    *out = found;
    return LEAT_OK;
}

static leat_status writer_produce(struct leat_writer *writer, struct leat_writer_topic *topic,
                                  int32_t partition, const struct leat_write *writes, size_t count,
                                  const atomic_bool *cancel, leat_error *err)
{
    struct memory_writer *self = (struct memory_writer *)writer;
    leat_status status;

    (void)cancel;
    pthread_mutex_lock(&self->kafka->mutex);
    status = check_epoch(self, err);
    for (size_t i = 0; i < count && status == LEAT_OK; i++) {
        struct memory_entry *entry =
            memory_append(self->kafka, topic->topic->partitions[partition], &writes[i], ENTRY_OPEN);

        if (entry == NULL) {
            status = leat_fail(err, LEAT_NO_MEMORY, "no memory for a record");
            break;
        }
        entry->open_next = self->producer->open;
        self->producer->open = entry;
    }
    pthread_mutex_unlock(&self->kafka->mutex);
    return status;
}

static leat_status add_offset(struct memory_writer *self, const char *group,
                              const struct leat_topic_partition *partition,
                              const struct leat_group_offset *offset)
{
    struct memory_group_offset *pending = leat_arena_zalloc(&self->kafka->arena, sizeof *pending);

    if (pending == NULL)
        return LEAT_NO_MEMORY;
    pending->group = leat_arena_strdup(&self->kafka->arena, group);
    pending->topic = leat_arena_strdup(&self->kafka->arena, partition->topic);
    if (pending->group == NULL || pending->topic == NULL)
        return LEAT_NO_MEMORY;
    pending->partition = partition->partition;
    pending->at = *offset;
    pending->next = self->producer->pending;
    self->producer->pending = pending;
    return LEAT_OK;
}

static leat_status writer_send_offsets(struct leat_writer *writer, const char *group,
                                       const struct leat_topic_partition *partitions,
                                       const struct leat_group_offset *offsets, size_t count,
                                       leat_error *err)
{
    struct memory_writer *self = (struct memory_writer *)writer;
    leat_status status;

    pthread_mutex_lock(&self->kafka->mutex);
    status = check_epoch(self, err);
    for (size_t i = 0; i < count && status == LEAT_OK; i++) {
        status = add_offset(self, group, &partitions[i], &offsets[i]);
        if (status != LEAT_OK)
            leat_fail(err, status, "no memory for offsets");
    }
    pthread_mutex_unlock(&self->kafka->mutex);
    return status;
}

/* Puts a transaction's records, newest first, in the order of partitions and offsets. */
static struct memory_entry *in_order(struct memory_entry *open)
{
    struct memory_entry *sorted = NULL;

    while (open != NULL) {
        struct memory_entry *entry = open;
        struct memory_entry **at = &sorted;

        open = open->open_next;
        while (*at != NULL && ((*at)->record.origin->partition < entry->record.origin->partition))
            at = &(*at)->open_next;
        entry->open_next = *at;
        *at = entry;
    }
    return sorted;
}

static struct memory_topic *topic_of(struct memory_writer *self, const struct memory_entry *entry)
{
    return memory_topic_find(self->kafka, entry->record.origin->topic);
}

/* What a commit needs of memory: a transaction is committed whole or not at all. */
static bool reserve_all(struct memory_writer *self)
{
    size_t count = 0;

    for (struct memory_entry *entry = self->producer->open; entry != NULL; entry = entry->open_next)
        count++;
    for (struct memory_entry *entry = self->producer->open; entry != NULL; entry = entry->open_next)
        if (!memory_reserve_committed(topic_of(self, entry), count))
            return false;
    for (struct memory_group_offset *at = self->producer->pending; at != NULL; at = at->next)
        if (memory_offset(self->kafka, at->group, at->topic, at->partition) == NULL)
            return false;
    return true;
}

static bool commit_all(struct memory_writer *self)
{
    struct memory_entry *entry;

    if (!reserve_all(self))
        return false;
    for (entry = in_order(self->producer->open); entry != NULL; entry = entry->open_next)
        memory_mark_committed(topic_of(self, entry), entry);
    for (struct memory_group_offset *at = self->producer->pending; at != NULL; at = at->next)
        memory_offset(self->kafka, at->group, at->topic, at->partition)->at = at->at;
    self->producer->open = NULL;
    self->producer->pending = NULL;
    return true;
}

static leat_status writer_flush(struct leat_writer *writer, leat_error *err)
{
    struct memory_writer *self = (struct memory_writer *)writer;
    leat_status status;

    pthread_mutex_lock(&self->kafka->mutex);
    status = check_epoch(self, err);
    if (status == LEAT_OK && !self->transactional && !commit_all(self))
        status = leat_fail(err, LEAT_NO_MEMORY, "no memory for records");
    pthread_mutex_unlock(&self->kafka->mutex);
    return status;
}

static enum leat_commit_outcome writer_commit(struct leat_writer *writer, leat_error *err)
{
    struct memory_writer *self = (struct memory_writer *)writer;
    enum leat_commit_outcome outcome = LEAT_COMMIT_DONE;

    pthread_mutex_lock(&self->kafka->mutex);
    if (check_epoch(self, err) != LEAT_OK) {
        outcome = LEAT_COMMIT_FENCED;
    } else if (!commit_all(self)) {
        leat_fail(err, LEAT_NO_MEMORY, "no memory for a commit");
        outcome = LEAT_COMMIT_UNCERTAIN;
    }
    pthread_mutex_unlock(&self->kafka->mutex);
    return outcome;
}

static leat_status writer_abort(struct leat_writer *writer, leat_error *err)
{
    struct memory_writer *self = (struct memory_writer *)writer;
    leat_status status;

    pthread_mutex_lock(&self->kafka->mutex);
    status = check_epoch(self, err);
    if (status == LEAT_OK)
        drop_open(self->producer);
    pthread_mutex_unlock(&self->kafka->mutex);
    return status;
}

static void writer_destroy(struct leat_writer *writer)
{
    struct memory_writer *self = (struct memory_writer *)writer;

    while (self->topics != NULL) {
        struct leat_writer_topic *topic = self->topics;

        self->topics = topic->next;
        leat_free(topic);
    }
    leat_free(self);
}

leat_status memory_writer_open(void *context, const struct leat_kafka_settings *settings,
                               struct leat_writer **out, leat_error *err)
{
    static const struct leat_writer_ops ops = {.init = writer_init,
                                               .begin = writer_begin,
                                               .topic = writer_topic,
                                               .produce = writer_produce,
                                               .flush = writer_flush,
                                               .send_offsets = writer_send_offsets,
                                               .commit = writer_commit,
                                               .abort = writer_abort,
                                               .destroy = writer_destroy};
    struct memory_writer *self = leat_alloc(1, sizeof *self);
    const char *id = settings->transactional_id == NULL ? "" : settings->transactional_id;

    if (self == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a writer");
    self->writer.ops = &ops;
    self->kafka = context;
    self->transactional = settings->transactional_id != NULL;
    self->transaction_timeout_ms = settings->transaction_timeout_ms;
    pthread_mutex_lock(&self->kafka->mutex);
    self->producer = find_producer(self->kafka, id);
    pthread_mutex_unlock(&self->kafka->mutex);
    if (self->producer == NULL) {
        leat_free(self);
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a writer");
    }
    *out = &self->writer;
    return LEAT_OK;
}
