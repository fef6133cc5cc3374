/*
 * producer: a task's way into the batch's transaction. Records are grouped by partition and handed
 * to the writer by the hundred: record by record the client costs four times as much.
 *
 *   topic -> [partition 0: writes...] [partition 1: writes...]     until the next flush
 *
 * Views into the record in work stay views, for every flush comes before the input moves on;
 * anything else is copied into the arena.
 *
 * Thread: its task's.
 */
#include <string.h>

#include "base/crash_point.h"
#include "base/memory.h"
#include "exec/task.h"
#include "record/murmur2.h"

enum {
    BUFFERED_RECORDS_MAX = 4096, /* Then they are handed over in any case. */
    BUFFERED_BYTES_MAX = 1 << 20,
    ARENA_CHUNK_BYTES = 64 << 10
};

struct bucket {
    struct leat_write *writes; /* Owned. */
    size_t count;
    size_t capacity;
};

struct topic {
    const char *key; /* The caller's pointer: most callers give the same one. */
    char *name;      /* Owned. */
    struct leat_writer_topic *writer_topic;
    int32_t partitions;
    int32_t keyless;        /* Where records without a key go until the next flush. */
    struct bucket *buckets; /* Owned; one for each partition. */
    struct topic *next;
};

struct leat_producer {
    struct leat_task *task;
    const struct leat_sink *sink;
    struct topic *topics;
    struct leat_arena bytes;
    size_t buffered_records;
    size_t buffered_bytes;
    struct leat_producer *next;
};

/* A task that has no memory for a producer still gives one; producing then fails. */
static struct leat_producer no_producer;

leat_producer *leat_task_producer(leat_task *task, const leat_sink *sink)
{
    struct leat_producer *producer = task->producers;

    for (; producer != NULL; producer = producer->next)
        if (producer->sink == sink)
            return producer;
    producer = leat_alloc(1, sizeof *producer);
    if (producer == NULL) {
        leat_task_break(task, LEAT_NO_MEMORY, NULL);
        return &no_producer;
    }
    producer->task = task;
    producer->sink = sink;
    leat_arena_init(&producer->bytes, ARENA_CHUNK_BYTES, SIZE_MAX);
    producer->next = task->producers;
    task->producers = producer;
    return producer;
}

static leat_status flush_bucket(struct leat_producer *producer, struct topic *topic,
                                int32_t partition)
{
    struct bucket *bucket = &topic->buckets[partition];
    struct leat_task *task = producer->task;
    const struct leat_batch_options *options = leat_batch_options(task->batch);
    leat_error err = {LEAT_OK, ""};
    leat_status status;
    size_t count = bucket->count;

    if (count == 0)
        return LEAT_OK;
    bucket->count = 0;
    task->handed_over = true;
    atomic_store(&task->batch->handed_over, true);
    status = options->writer->ops->produce(options->writer, topic->writer_topic, partition,
                                           bucket->writes, count, options->cancel, &err);
    if (status == LEAT_OK)
        LEAT_CRASH_POINT("run.first_produce");
    if (status != LEAT_OK)
        return leat_task_break(task, status, &err);
    atomic_fetch_add(&task->batch->output_records, count);
    return LEAT_OK;
}

static leat_status flush(struct leat_producer *producer)
{
    if (producer->buffered_records == 0)
        return LEAT_OK;
    for (struct topic *topic = producer->topics; topic != NULL; topic = topic->next) {
        for (int32_t i = 0; i < topic->partitions; i++)
            LEAT_TRY(flush_bucket(producer, topic, i));
        topic->keyless = (topic->keyless + 1) % topic->partitions;
    }
    producer->buffered_records = 0;
    producer->buffered_bytes = 0;
    leat_arena_reset(&producer->bytes);
    return LEAT_OK;
}

leat_status leat_task_flush_producers(struct leat_task *task)
{
    for (struct leat_producer *producer = task->producers; producer != NULL;
         producer = producer->next)
        LEAT_TRY(flush(producer));
    return LEAT_OK;
}

static void release_topic(struct topic *topic)
{
    for (int32_t i = 0; topic->buckets != NULL && i < topic->partitions; i++)
        leat_free(topic->buckets[i].writes);
    leat_free(topic->buckets);
    leat_free(topic->name);
    leat_free(topic);
}

void leat_task_release_producers(struct leat_task *task)
{
    while (task->producers != NULL) {
        struct leat_producer *producer = task->producers;

        task->producers = producer->next;
        while (producer->topics != NULL) {
            struct topic *topic = producer->topics;

            producer->topics = topic->next;
            release_topic(topic);
        }
        leat_arena_release(&producer->bytes);
        leat_free(producer);
    }
}

/* A job that writes into what it reads would feed itself for ever. */
static leat_status refuse_input_topic(const struct leat_batch_options *options, const char *name,
                                      leat_error *err)
{
    for (size_t i = 0; i < options->range_count; i++)
        if (strcmp(options->ranges[i].topic, name) == 0 && options->ranges[i].on_writer_cluster)
            return leat_fail(err, LEAT_INVALID,
                             "output topic '%s' is also read by stream '%s': the job would feed "
                             "itself for ever",
                             name, options->ranges[i].source->name);
    return LEAT_OK;
}

static leat_status open_topic(struct leat_producer *producer, const char *name, struct topic **out,
                              leat_error *err)
{
    const struct leat_batch_options *options = leat_batch_options(producer->task->batch);
    struct topic *topic;
    leat_status status = LEAT_OK;

    if (options->writer == NULL)
        return leat_fail(err, LEAT_INVALID, "this job has no Kafka cluster to write to");
    LEAT_TRY(refuse_input_topic(options, name, err));
    topic = leat_alloc(1, sizeof *topic);
    if (topic == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for topic '%s'", name);
    topic->key = name;
    topic->name = leat_alloc(1, strlen(name) + 1);
    status = topic->name == NULL
                 ? leat_fail(err, LEAT_NO_MEMORY, "no memory for topic '%s'", name)
                 : options->writer->ops->topic(options->writer, name, &topic->writer_topic,
                                               &topic->partitions, err);
    if (status == LEAT_OK) {
        memcpy(topic->name, name, strlen(name) + 1);
        topic->buckets = leat_alloc((size_t)topic->partitions, sizeof *topic->buckets);
        topic->keyless = producer->task->input_partition % topic->partitions;
        if (topic->buckets == NULL)
            status = leat_fail(err, LEAT_NO_MEMORY, "no memory for topic '%s'", name);
    }
    if (status != LEAT_OK) {
        release_topic(topic);
        return status;
    }
    topic->next = producer->topics;
    producer->topics = topic;
    *out = topic;
    return LEAT_OK;
}

static leat_status look_for_topic(struct leat_producer *producer, const char *name,
                                  struct topic **out)
{
    leat_error err = {LEAT_OK, ""};
    leat_status status;

    if (name == NULL)
        return leat_task_fail(producer->task, LEAT_INVALID, "produce: the topic is NULL");
    for (struct topic *topic = producer->topics; topic != NULL; topic = topic->next)
        if (strcmp(topic->name, name) == 0) {
            *out = topic;
            return LEAT_OK;
        }
    status = open_topic(producer, name, out, &err);
    return status == LEAT_OK ? LEAT_OK : leat_task_break(producer->task, status, &err);
}

/* For every record: most jobs name one topic, always by the same text. */
static inline leat_status find_topic(struct leat_producer *producer, const char *name,
                                     struct topic **out)
{
    struct topic *last = producer->topics;

    if (last == NULL || last->key != name || strcmp(last->name, name) != 0)
        return look_for_topic(producer, name, out);
    *out = last;
    return LEAT_OK;
}

/* Buffers a record of this key and value; its caller fills in the rest. NULL: no memory, and the
 * task is broken. */
static inline struct leat_write *append(struct leat_producer *producer, struct topic *topic,
                                        leat_bytes key, leat_bytes value)
{
    struct leat_write *write;
    int32_t partition =
        key.data == NULL ? topic->keyless : leat_partition_for_key(key, topic->partitions);
    struct bucket *bucket = &topic->buckets[partition];

    if (bucket->count == bucket->capacity) {
        size_t capacity = bucket->capacity == 0 ? 128 : bucket->capacity * 2;
        struct leat_write *grown = leat_grow(bucket->writes, capacity, sizeof *grown);

        if (grown == NULL) {
            leat_task_break(producer->task, LEAT_NO_MEMORY, NULL);
            return NULL;
        }
        bucket->writes = grown;
        bucket->capacity = capacity;
    }
    write = &bucket->writes[bucket->count++];
    write->key = key;
    write->value = value;
    producer->buffered_records++;
    producer->buffered_bytes += key.size + value.size;
    return write;
}

static inline bool keep(struct leat_producer *producer, leat_bytes *bytes)
{
    if (bytes->data == NULL || leat_record_holds(producer->task->in_work, *bytes))
        return true;
    bytes->data = leat_arena_copy(&producer->bytes, bytes->data, bytes->size);
    return bytes->data != NULL;
}

/* from: where timestamp and headers come from; NULL: there are none. */
static inline leat_status produce(struct leat_producer *producer, const char *name, leat_bytes key,
                                  leat_bytes value, const leat_record *from)
{
    struct topic *topic;
    struct leat_write *write;

    if (producer->task == NULL)
        return LEAT_NO_MEMORY;
    LEAT_TRY(find_topic(producer, name, &topic));
    if (!keep(producer, &key) || !keep(producer, &value))
        return leat_task_break(producer->task, LEAT_NO_MEMORY, NULL);
    write = append(producer, topic, key, value);
    if (write == NULL)
        return producer->task->broken;
    write->timestamp_ms = from == NULL ? -1 : from->timestamp_ms;
    write->headers = from == NULL ? NULL : from->headers;
    write->origin = from == NULL ? NULL : from->origin;
    write->takes_headers = false;
    if (producer->buffered_records >= BUFFERED_RECORDS_MAX ||
        producer->buffered_bytes >= BUFFERED_BYTES_MAX)
        return flush(producer);
    return LEAT_OK;
}

leat_status leat_produce(leat_producer *producer, const char *topic, leat_bytes key,
                         leat_bytes value)
{
    return produce(producer, topic, key, value, NULL);
}

leat_status leat_produce_record(leat_producer *producer, const char *topic,
                                const leat_record *record)
{
    return produce(producer, topic, record->key, record->value, record);
}

leat_status leat_producer_add_chunk(struct leat_producer *producer, const char *name,
                                    const struct leat_chunk *chunk)
{
    struct topic *topic;

    if (producer->task == NULL)
        return LEAT_NO_MEMORY;
    LEAT_TRY(find_topic(producer, name, &topic));
    for (size_t i = 0; i < chunk->count; i++) {
        const leat_record *record = &chunk->records[i];
        struct leat_write *write = append(producer, topic, record->key, record->value);

        if (write == NULL)
            return producer->task->broken;
        write->timestamp_ms = record->timestamp_ms;
        write->headers = record->headers;
        write->origin = record->origin;
        write->takes_headers = producer->task->single_use;
    }
    return flush(producer);
}
