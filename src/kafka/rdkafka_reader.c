/*
 * rdkafka_reader: reads ranges of partitions through librdkafka's simple consumer.
 *
 * One handle, one queue per partition, explicit offsets, no group: nothing is asked of a group
 * coordinator and nothing can be taken away by a rebalance.
 *
 * Thread: add, remove and destroy between batches; the rest by the task that has the partition.
 */
#include "base/memory.h"
#include "kafka/rdkafka_range.h"

struct rdkafka_reader {
    struct leat_reader reader;
    struct leat_client client;
    struct leat_range **ranges; /* Owned, as what they point to; NULL where removed. */
    size_t count;
};

static struct leat_range *range_of(struct leat_reader *reader, size_t index)
{
    return ((struct rdkafka_reader *)reader)->ranges[index];
}

static leat_status add(struct leat_reader *reader, const struct leat_reader_start *start,
                       size_t *out_index, leat_error *err)
{
    struct rdkafka_reader *self = (struct rdkafka_reader *)reader;
    struct leat_range **grown = leat_grow(self->ranges, self->count + 1, sizeof *grown);

    if (grown == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for topic '%s'", start->topic);
    self->ranges = grown;
    LEAT_TRY(leat_range_create(&self->client, start, &grown[self->count], err));
    *out_index = self->count++;
    return LEAT_OK;
}

static void remove_range(struct leat_reader *reader, size_t index)
{
    struct rdkafka_reader *self = (struct rdkafka_reader *)reader;

    leat_range_destroy(self->ranges[index]);
    self->ranges[index] = NULL;
}

static leat_status begin(struct leat_reader *reader, size_t index, int64_t from, int64_t until,
                         leat_error *err)
{
    return leat_range_begin(range_of(reader, index), from, until, err);
}

static leat_status read_chunk(struct leat_reader *reader, size_t index, size_t most, int timeout_ms,
                              struct leat_chunk *chunk, enum leat_read_state *out_state,
                              leat_error *err)
{
    return leat_range_read(range_of(reader, index), most, timeout_ms, chunk, out_state, err);
}

static void release(struct leat_reader *reader, size_t index)
{
    leat_range_release(range_of(reader, index));
}

static void unread(struct leat_reader *reader, size_t index)
{
    leat_range_unread(range_of(reader, index));
}

static int64_t high_watermark(struct leat_reader *reader, size_t index)
{
    return leat_range_high_watermark(range_of(reader, index));
}

static void destroy(struct leat_reader *reader)
{
    struct rdkafka_reader *self = (struct rdkafka_reader *)reader;

    for (size_t i = 0; i < self->count; i++)
        leat_range_destroy(self->ranges[i]);
    leat_free(self->ranges);
    leat_client_close(&self->client);
    leat_free(self);
}

leat_status leat_rdkafka_open_reader(void *context, const struct leat_kafka_settings *settings,
                                     struct leat_reader **out, leat_error *err)
{
    static const struct leat_reader_ops ops = {.add = add,
                                               .remove = remove_range,
                                               .begin = begin,
                                               .read = read_chunk,
                                               .release = release,
                                               .unread = unread,
                                               .high_watermark = high_watermark,
                                               .destroy = destroy};
    struct rdkafka_reader *self = leat_alloc(1, sizeof *self);
    leat_status status;

    (void)context;
    if (self == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a Kafka reader");
    self->reader.ops = &ops;
    status = leat_client_open(&self->client, settings, LEAT_CLIENT_READER, NULL, err);
    if (status != LEAT_OK) {
        leat_free(self);
        return status;
    }
    *out = &self->reader;
    return LEAT_OK;
}
