/* memory_reader: reads ranges of Kafka in memory, see kafka/kafka.h. */
#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "testing/memory_kafka_internal.h"

struct assigned {
    struct memory_partition *partition;
    int64_t position;
    int64_t from;
    int64_t until;
    int64_t verify_offset; /* -1: nothing to verify. */
    int64_t verify_timestamp_ms;
};

struct memory_reader {
    struct leat_reader reader;
    struct leat_memory_kafka *kafka;
    bool read_committed;
    struct assigned *assigned; /* Owned. */
    size_t count;
};

static leat_status reader_add(struct leat_reader *reader, const struct leat_reader_start *start,
                              size_t *out_index, leat_error *err)
{
    struct memory_reader *self = (struct memory_reader *)reader;
    struct assigned *grown = leat_grow(self->assigned, self->count + 1, sizeof *grown);
    struct memory_partition *found;

    if (grown == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for partition %" PRId32, start->partition);
    self->assigned = grown;
    pthread_mutex_lock(&self->kafka->mutex);
    found = memory_partition_find(self->kafka, start->topic, start->partition);
    pthread_mutex_unlock(&self->kafka->mutex);
    if (found == NULL)
        return leat_fail(err, LEAT_INVALID, "topic '%s' has no partition %" PRId32, start->topic,
                         start->partition);
    grown[self->count] = (struct assigned){.partition = found,
                                           .position = start->offset,
                                           .verify_offset = start->last_offset,
                                           .verify_timestamp_ms = start->last_timestamp_ms};
    *out_index = self->count++;
    return LEAT_OK;
}

static void reader_remove(struct leat_reader *reader, size_t index)
{
    struct memory_reader *self = (struct memory_reader *)reader;

    self->assigned[index].partition = NULL;
}

static leat_status reader_begin(struct leat_reader *reader, size_t index, int64_t from,
                                int64_t until, leat_error *err)
{
    struct assigned *at = &((struct memory_reader *)reader)->assigned[index];

    (void)err;
    at->from = from;
    at->position = from;
    at->until = until;
    return LEAT_OK;
}

/* The last record that the job remembers must be there. */
static leat_status verify(struct assigned *at, leat_error *err)
{
    int64_t last = at->verify_offset;

    at->verify_offset = -1;
    if (last < 0 || last >= at->from)
        return LEAT_OK;
    if (last < at->partition->end &&
        at->partition->entries[last]->record.timestamp_ms == at->verify_timestamp_ms)
        return LEAT_OK;
    return leat_fail(err, LEAT_INVALID,
                     "topic '%s' partition %" PRId32 ": the record at offset %" PRId64
                     " is not the one this job read: the topic was re-created or truncated",
                     at->partition->origin.topic, at->partition->origin.partition, last);
}

static leat_status read_range(struct memory_reader *self, struct assigned *at, size_t most,
                              struct leat_chunk *chunk, enum leat_read_state *out_state,
                              leat_error *err)
{
    int64_t end = memory_stable_end(at->partition, self->read_committed);

    LEAT_TRY(verify(at, err));
    for (; at->position < at->until && at->position < end && chunk->count < most; at->position++) {
        const struct memory_entry *entry = at->partition->entries[at->position];

        if (self->read_committed && entry->state != ENTRY_COMMITTED)
            continue;
        if (!leat_chunk_reserve(chunk, 1))
            return leat_fail(err, LEAT_NO_MEMORY, "no memory for a chunk");
        chunk->records[chunk->count++] = entry->record;
    }
    *out_state = at->position >= at->until ? LEAT_READ_DONE : LEAT_READ_MORE;
    return LEAT_OK;
}

static leat_status reader_read(struct leat_reader *reader, size_t index, size_t most,
                               int timeout_ms, struct leat_chunk *chunk,
                               enum leat_read_state *out_state, leat_error *err)
{
    struct memory_reader *self = (struct memory_reader *)reader;
    leat_status status;

    (void)timeout_ms;
    chunk->count = 0;
    pthread_mutex_lock(&self->kafka->mutex);
    status = read_range(self, &self->assigned[index], most, chunk, out_state, err);
    pthread_mutex_unlock(&self->kafka->mutex);
    return status;
}

static void reader_release(struct leat_reader *reader, size_t index)
{
    (void)reader; /* Entries live as long as the Kafka in memory. */
    (void)index;
}

static int64_t reader_high_watermark(struct leat_reader *reader, size_t index)
{
    struct memory_reader *self = (struct memory_reader *)reader;
    int64_t end;

    pthread_mutex_lock(&self->kafka->mutex);
    end = self->assigned[index].partition->end;
    pthread_mutex_unlock(&self->kafka->mutex);
    return end;
}

static void reader_destroy(struct leat_reader *reader)
{
    struct memory_reader *self = (struct memory_reader *)reader;

    leat_free(self->assigned);
    leat_free(self);
}

leat_status memory_reader_open(void *context, const struct leat_kafka_settings *settings,
                               struct leat_reader **out, leat_error *err)
{
    static const struct leat_reader_ops ops = {.add = reader_add,
                                               .remove = reader_remove,
                                               .begin = reader_begin,
                                               .read = reader_read,
                                               .release = reader_release,
                                               .unread = reader_release,
                                               .high_watermark = reader_high_watermark,
                                               .destroy = reader_destroy};
    struct memory_reader *self = leat_alloc(1, sizeof *self);

    if (self == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a reader");
    self->reader.ops = &ops;
    self->kafka = context;
    self->read_committed = settings->read_committed;
    *out = &self->reader;
    return LEAT_OK;
}
