/*
 * memory_kafka_internal: the log in memory as its reader, writer and cluster share it.
 */
#ifndef LEAT_TESTING_MEMORY_KAFKA_INTERNAL_H
#define LEAT_TESTING_MEMORY_KAFKA_INTERNAL_H

#include <pthread.h>

#include "base/arena.h"
#include "record/record.h"
#include "testing/memory_kafka.h"

enum entry_state { ENTRY_OPEN, ENTRY_COMMITTED, ENTRY_ABORTED };

struct memory_header {
    const char *name;
    leat_bytes value;
    struct memory_header *next;
};

struct memory_entry {
    leat_record record;
    enum entry_state state;
    struct memory_entry *open_next; /* Of the same transaction. */
};

struct memory_partition {
    struct leat_origin origin;
    struct memory_entry **entries; /* By offset. Owned; the entries are the arena's. */
    int64_t end;
    size_t capacity;
};

struct memory_topic {
    const char *name;
    struct memory_partition **partitions; /* Owned; they never move. */
    int32_t partition_count;
    const leat_record **committed; /* Owned. */
    size_t committed_count;
    size_t committed_capacity;
    struct memory_topic *next;
};

struct memory_group_offset {
    const char *group;
    const char *topic;
    int32_t partition;
    struct leat_group_offset at;
    struct memory_group_offset *next;
};

struct memory_producer { /* One for each transactional id. */
    const char *transactional_id;
    int epoch;
    struct memory_entry *open; /* Of the open transaction, newest first. */
    struct memory_group_offset *pending;
    struct memory_producer *next;
};

struct leat_memory_kafka {
    struct leat_kafka_driver driver;
    pthread_mutex_t mutex; /* Guards all below. */
    struct leat_arena arena;
    struct memory_topic *topics;
    struct memory_group_offset *offsets;
    struct memory_producer *producers;
    int64_t now_ms;
};

/* All with the mutex held. */
struct memory_topic *memory_topic_find(struct leat_memory_kafka *kafka, const char *name);
struct memory_partition *memory_partition_find(struct leat_memory_kafka *kafka, const char *topic,
                                               int32_t partition);
/* Makes the topic or adds partitions to it; NULL when memory is out. */
struct memory_topic *memory_topic_grow(struct leat_memory_kafka *kafka, const char *name,
                                       int32_t partitions);
/* The end for readers: the first open record, or the log end. */
int64_t memory_stable_end(const struct memory_partition *partition, bool read_committed);
/* Appends a copy of write; NULL when memory is out. */
struct memory_entry *memory_append(struct leat_memory_kafka *kafka,
                                   struct memory_partition *partition,
                                   const struct leat_write *write, enum entry_state state);
/* Room for count more; false when memory is out. */
bool memory_reserve_committed(struct memory_topic *topic, size_t count);
/* There must be room. */
void memory_mark_committed(struct memory_topic *topic, struct memory_entry *entry);
/* The group's offset, absent (-1) when there was none; NULL when memory is out. */
struct memory_group_offset *memory_offset(struct leat_memory_kafka *kafka, const char *group,
                                          const char *topic, int32_t partition);

leat_status memory_cluster_open(void *context, const struct leat_kafka_settings *settings,
                                struct leat_cluster **out, leat_error *err);
leat_status memory_reader_open(void *context, const struct leat_kafka_settings *settings,
                               struct leat_reader **out, leat_error *err);
leat_status memory_writer_open(void *context, const struct leat_kafka_settings *settings,
                               struct leat_writer **out, leat_error *err);

#endif
