/* memory_kafka: see memory_kafka.h. */
#include <string.h>

#include "base/memory.h"
#include "testing/memory_kafka_internal.h"

enum { ARENA_CHUNK_BYTES = 64 << 10 };

struct leat_memory_kafka *leat_memory_kafka_create(void)
{
    struct leat_memory_kafka *kafka = leat_alloc(1, sizeof *kafka);

    if (kafka == NULL)
        return NULL;
    leat_arena_init(&kafka->arena, ARENA_CHUNK_BYTES, SIZE_MAX);
    pthread_mutex_init(&kafka->mutex, NULL);
    kafka->driver = (struct leat_kafka_driver){.open_cluster = memory_cluster_open,
                                               .open_reader = memory_reader_open,
                                               .open_writer = memory_writer_open,
                                               .context = kafka};
    return kafka;
}

void leat_memory_kafka_destroy(struct leat_memory_kafka *kafka)
{
    if (kafka == NULL)
        return;
    for (struct memory_topic *topic = kafka->topics; topic != NULL; topic = topic->next) {
        for (int32_t i = 0; i < topic->partition_count; i++)
            leat_free(topic->partitions[i]->entries);
        leat_free(topic->partitions);
        leat_free(topic->committed);
    }
    leat_arena_release(&kafka->arena);
    pthread_mutex_destroy(&kafka->mutex);
    leat_free(kafka);
}

const struct leat_kafka_driver *leat_memory_kafka_driver(struct leat_memory_kafka *kafka)
{
    return &kafka->driver;
}

struct memory_topic *memory_topic_find(struct leat_memory_kafka *kafka, const char *name)
{
    struct memory_topic *topic = kafka->topics;

    while (topic != NULL && strcmp(topic->name, name) != 0)
        topic = topic->next;
    return topic;
}

struct memory_partition *memory_partition_find(struct leat_memory_kafka *kafka, const char *topic,
                                               int32_t partition)
{
    struct memory_topic *found = memory_topic_find(kafka, topic);

    if (found == NULL || partition < 0 || partition >= found->partition_count)
        return NULL;
    return found->partitions[partition];
}

static bool entry_header(const void *headers, size_t index, const char **out_name,
                         leat_bytes *out_value)
{
    const struct memory_header *header = headers;

    while (header != NULL && index-- > 0)
        header = header->next;
    if (header == NULL)
        return false;
    *out_name = header->name;
    *out_value = header->value;
    return true;
}

static bool add_partition(struct leat_memory_kafka *kafka, struct memory_topic *topic)
{
    size_t count = (size_t)topic->partition_count + 1;
    struct memory_partition **grown = leat_grow(topic->partitions, count, sizeof *grown);
    struct memory_partition *partition;

    if (grown == NULL)
        return false;
    topic->partitions = grown;
    partition = leat_arena_zalloc(&kafka->arena, sizeof *partition);
    if (partition == NULL)
        return false;
    partition->origin = (struct leat_origin){
        .topic = topic->name, .partition = topic->partition_count, .header = entry_header};
    topic->partitions[topic->partition_count++] = partition;
    return true;
}

struct memory_topic *memory_topic_grow(struct leat_memory_kafka *kafka, const char *name,
                                       int32_t partitions)
{
    struct memory_topic *topic = memory_topic_find(kafka, name);

    if (topic == NULL) {
        topic = leat_arena_zalloc(&kafka->arena, sizeof *topic);
        if (topic == NULL)
            return NULL;
        topic->name = leat_arena_strdup(&kafka->arena, name);
        if (topic->name == NULL)
            return NULL;
        topic->next = kafka->topics;
        kafka->topics = topic;
    }
    while (topic->partition_count < partitions)
        if (!add_partition(kafka, topic))
            return NULL;
    return topic;
}

int64_t memory_stable_end(const struct memory_partition *partition, bool read_committed)
{
    for (int64_t i = 0; read_committed && i < partition->end; i++)
        if (partition->entries[i]->state == ENTRY_OPEN)
            return i;
    return partition->end;
}

static bool copy_bytes(struct leat_memory_kafka *kafka, leat_bytes *bytes)
{
    if (bytes->data == NULL)
        return true;
    bytes->data = leat_arena_copy(&kafka->arena, bytes->data, bytes->size);
    return bytes->data != NULL;
}

static bool copy_headers(struct leat_memory_kafka *kafka, const struct leat_write *write,
                         const void **out)
{
    struct memory_header *first = NULL;
    struct memory_header **last = &first;
    leat_bytes value;
    const char *name;

    if (write->headers == NULL || write->origin == NULL || write->origin->header == NULL)
        return true;
    for (size_t i = 0; write->origin->header(write->headers, i, &name, &value); i++) {
        struct memory_header *header = leat_arena_zalloc(&kafka->arena, sizeof *header);

        if (header == NULL)
            return false;
        header->name = leat_arena_strdup(&kafka->arena, name);
        header->value = value;
        if (header->name == NULL || !copy_bytes(kafka, &header->value))
            return false;
        *last = header;
        last = &header->next;
    }
    *out = first;
    return true;
}

struct memory_entry *memory_append(struct leat_memory_kafka *kafka,
                                   struct memory_partition *partition,
                                   const struct leat_write *write, enum entry_state state)
{
    struct memory_entry *entry = leat_arena_zalloc(&kafka->arena, sizeof *entry);
    size_t capacity = partition->capacity == 0 ? 16 : partition->capacity * 2;
    struct memory_entry **grown;

    if (entry == NULL)
        return NULL;
    if ((size_t)partition->end == partition->capacity) {
        grown = leat_grow(partition->entries, capacity, sizeof(struct memory_entry *));
        if (grown == NULL)
            return NULL;
        partition->entries = grown;
        partition->capacity = capacity;
    }
    entry->state = state;
    entry->record =
        (leat_record){.key = write->key,
                      .value = write->value,
                      .timestamp_ms = write->timestamp_ms < 0 ? kafka->now_ms : write->timestamp_ms,
                      .offset = partition->end,
                      .origin = &partition->origin};
    if (!copy_bytes(kafka, &entry->record.key) || !copy_bytes(kafka, &entry->record.value) ||
        !copy_headers(kafka, write, &entry->record.headers))
        return NULL;
    partition->entries[partition->end++] = entry;
    return entry;
}

bool memory_reserve_committed(struct memory_topic *topic, size_t count)
{
    size_t capacity = topic->committed_capacity == 0 ? 16 : topic->committed_capacity;
    const leat_record **grown;

    while (capacity < topic->committed_count + count)
        capacity *= 2;
    if (capacity == topic->committed_capacity)
        return true;
    grown = leat_grow(topic->committed, capacity, sizeof *grown);
    if (grown == NULL)
        return false;
    topic->committed = grown;
    topic->committed_capacity = capacity;
    return true;
}

void memory_mark_committed(struct memory_topic *topic, struct memory_entry *entry)
{
    entry->state = ENTRY_COMMITTED;
    topic->committed[topic->committed_count++] = &entry->record;
}

struct memory_group_offset *memory_offset(struct leat_memory_kafka *kafka, const char *group,
                                          const char *topic, int32_t partition)
{
    struct memory_group_offset *found = kafka->offsets;

    for (; found != NULL; found = found->next)
        if (found->partition == partition && strcmp(found->group, group) == 0 &&
            strcmp(found->topic, topic) == 0)
            break;
    if (found == NULL) {
        found = leat_arena_zalloc(&kafka->arena, sizeof *found);
        if (found == NULL)
            return NULL;
        found->group = leat_arena_strdup(&kafka->arena, group);
        found->topic = leat_arena_strdup(&kafka->arena, topic);
        found->partition = partition;
        found->at.offset = -1;
        if (found->group == NULL || found->topic == NULL)
            return NULL;
        found->next = kafka->offsets;
        kafka->offsets = found;
    }
    return found;
}

leat_status leat_memory_kafka_create_topic(struct leat_memory_kafka *kafka, const char *topic,
                                           int32_t partitions)
{
    struct memory_topic *made;

    pthread_mutex_lock(&kafka->mutex);
    made = memory_topic_grow(kafka, topic, partitions);
    pthread_mutex_unlock(&kafka->mutex);
    return made == NULL ? LEAT_NO_MEMORY : LEAT_OK;
}

leat_status leat_memory_kafka_push(struct leat_memory_kafka *kafka, const char *topic,
                                   int32_t partition, leat_bytes key, leat_bytes value,
                                   int64_t timestamp_ms)
{
    struct leat_write write = {.key = key, .value = value, .timestamp_ms = timestamp_ms};
    struct memory_partition *into;
    leat_status status = LEAT_OK;

    pthread_mutex_lock(&kafka->mutex);
    into = memory_partition_find(kafka, topic, partition);
    if (into == NULL)
        status = LEAT_INVALID;
    else {
        struct memory_topic *found = memory_topic_find(kafka, topic);
        struct memory_entry *entry = NULL;

        if (memory_reserve_committed(found, 1))
            entry = memory_append(kafka, into, &write, ENTRY_COMMITTED);
        if (entry == NULL)
            status = LEAT_NO_MEMORY;
        else
            memory_mark_committed(found, entry);
    }
    pthread_mutex_unlock(&kafka->mutex);
    return status;
}

const leat_record *leat_memory_kafka_committed(struct leat_memory_kafka *kafka, const char *topic,
                                               size_t index)
{
    const leat_record *record = NULL;
    struct memory_topic *found;

    pthread_mutex_lock(&kafka->mutex);
    found = memory_topic_find(kafka, topic);
    if (found != NULL && index < found->committed_count)
        record = found->committed[index];
    pthread_mutex_unlock(&kafka->mutex);
    return record;
}

void leat_memory_kafka_set_time(struct leat_memory_kafka *kafka, int64_t now_ms)
{
    pthread_mutex_lock(&kafka->mutex);
    kafka->now_ms = now_ms;
    pthread_mutex_unlock(&kafka->mutex);
}
