/*
 * scripted_batch: one batch over records written down in a test, run by the real executor.
 *
 * Thread: one builds and runs it.
 */
#ifndef LEAT_TESTS_SCRIPTED_BATCH_H
#define LEAT_TESTS_SCRIPTED_BATCH_H

#include "exec/batch.h"
#include "exec/executor.h"
#include "graph/graph.h"
#include "leat/conf.h"
#include "leat/context.h"
#include "leat/kafka.h"
#include "sink/outputs.h"
#include "tests/support/check.h"

enum { SCRIPTED_PARTITIONS_MAX = 4 };

/* "key=value" is one record; "value" alone has no key. NULL ends them. */
struct scripted {
    struct leat_reader reader;
    const char *const *lines[SCRIPTED_PARTITIONS_MAX];
    size_t partitions;
    bool holes; /* Offsets without records. */
    int64_t at[SCRIPTED_PARTITIONS_MAX];
    struct leat_batch_range ranges[SCRIPTED_PARTITIONS_MAX];
    struct leat_executor *executor;
    leat_streaming_context *ssc;
    leat_dstream *stream;
    struct leat_batch *batch;
};

static inline leat_status scripted_begin(struct leat_reader *reader, size_t index, int64_t from,
                                         int64_t until, leat_error *err)
{
    (void)until;
    (void)err;
    ((struct scripted *)reader)->at[index] = from;
    return LEAT_OK;
}

static inline leat_record scripted_record(const char *line, int64_t offset)
{
    const char *equals = strchr(line, '=');
    leat_record record = {.offset = offset, .timestamp_ms = 1000};

    if (equals != NULL)
        record.key = (leat_bytes){line, (size_t)(equals - line)};
    record.value = leat_string(equals == NULL ? line : equals + 1);
    return record;
}

static inline leat_status scripted_read(struct leat_reader *reader, size_t index, size_t most,
                                        int timeout_ms, struct leat_chunk *chunk,
                                        enum leat_read_state *out_state, leat_error *err)
{
    struct scripted *self = (struct scripted *)reader;
    int64_t until = self->ranges[index].until;

    (void)timeout_ms;
    chunk->count = 0;
    for (; self->at[index] < until && chunk->count < most; self->at[index]++) {
        if (self->holes)
            continue;
        if (!leat_chunk_reserve(chunk, 1))
            return leat_fail(err, LEAT_NO_MEMORY, "no memory for a chunk");
        chunk->records[chunk->count++] =
            scripted_record(self->lines[index][self->at[index]], self->at[index]);
    }
    *out_state = self->at[index] == until ? LEAT_READ_DONE : LEAT_READ_MORE;
    return LEAT_OK;
}

static inline void scripted_release(struct leat_reader *reader, size_t index)
{
    (void)reader;
    (void)index;
}

/* A context with one stream over the scripted partitions; the test adds output operations. */
static inline void scripted_create(struct scripted *self, leat_type key_type, leat_type value_type)
{
    static const struct leat_reader_ops ops = {.begin = scripted_begin,
                                               .read = scripted_read,
                                               .release = scripted_release,
                                               .unread = scripted_release};
    struct leat_executor_options options = {
        .threads = 1, .task_failures_max = 1, .memory_limit_bytes = 64U << 20};
    leat_kafka_source source = {
        .brokers = "none:9092", .topics = "t", .key_type = key_type, .value_type = value_type};

    self->reader.ops = &ops;
    self->ssc = leat_streaming_context_create(leat_conf_create(NULL, NULL), 1000);
    CHECK(self->ssc != NULL);
    self->stream = leat_kafka_direct_stream(self->ssc, "in", &source);
    CHECK_OK(leat_executor_create(&options, &self->executor, NULL));
}

static inline void scripted_retry(struct scripted *self, int task_failures_max)
{
    struct leat_executor_options options = *leat_executor_options(self->executor);

    options.task_failures_max = task_failures_max;
    leat_executor_destroy(self->executor);
    CHECK_OK(leat_executor_create(&options, &self->executor, NULL));
}

/* Runs the output operations over all lines, as the attempt of options; the batch stays. */
static inline leat_status scripted_run(struct scripted *self, struct leat_batch_options options,
                                       leat_error *err)
{
    CHECK_OK(leat_ok(self->ssc));
    for (size_t i = 0; i < self->partitions; i++) {
        int64_t count = 0;

        while (self->lines[i] != NULL && self->lines[i][count] != NULL)
            count++;
        self->ranges[i] = (struct leat_batch_range){.source = self->stream->source,
                                                    .reader = &self->reader,
                                                    .reader_index = i,
                                                    .topic = "t",
                                                    .partition = (int32_t)i,
                                                    .until = count,
                                                    .last_offset = -1};
    }
    options.ssc = self->ssc;
    options.executor = self->executor;
    options.ranges = self->ranges;
    options.range_count = self->partitions;
    leat_batch_destroy(self->batch);
    self->batch = NULL;
    LEAT_TRY(leat_batch_create(&options, &self->batch, err));
    return leat_outputs_run(self->batch, NULL, NULL, err);
}

static inline void scripted_destroy(struct scripted *self)
{
    leat_batch_destroy(self->batch);
    leat_executor_destroy(self->executor);
    leat_streaming_context_destroy(self->ssc);
}

#endif
