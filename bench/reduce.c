/*
 * reduce: reduce_by_key of 10 million pairs in memory by the engine's task threads, against the
 * hand-written tables of pairs.h on one. One JSON line a case.
 *
 * A batch runs as in a job: records of a source in four partitions, whose reader makes them of the
 * pairs; combining, shuffle, combining; foreach_partition sums up what comes out. There is no
 * Kafka, no state and no commit. Times are the best of the runs, in turns.
 *
 *     reduce [--pairs N] [--distinct N] [--runs N] [--threads N] [--memory-mb N] [--spill
 * DIRECTORY]
 *
 * --memory-mb is what tasks may take: a quarter of leat.memory.limit.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "exec/batch_internal.h"
#include "leat/leat.h"
#include "pairs.h"
#include "sink/outputs.h"
#include "wide/operators.h"

enum { PARTITIONS = 4 };

struct job {
    struct leat_reader reader;
    const struct pair *pairs;
    int64_t at[PARTITIONS];
    int64_t until[PARTITIONS];
    leat_streaming_context *ssc;
    leat_dstream *stream;
    struct leat_executor *executor;
    const char *spill_directory;
    uint32_t threads;
    int64_t spilled_bytes;
    pthread_mutex_t mutex;
    struct pairs_result result; /* Guarded by mutex. */
};

static void check(leat_status status, const leat_error *err)
{
    if (status != LEAT_OK)
        bench_fail("%s", err->message);
}

/* ---- the source ---- */

static leat_status begin(struct leat_reader *reader, size_t index, int64_t from, int64_t until,
                         leat_error *err)
{
    struct job *job = (struct job *)reader;

    (void)err;
    job->at[index] = from;
    job->until[index] = until;
    return LEAT_OK;
}

static leat_status read_pairs(struct leat_reader *reader, size_t index, size_t most, int timeout_ms,
                              struct leat_chunk *chunk, enum leat_read_state *out_state,
                              leat_error *err)
{
    struct job *job = (struct job *)reader;
    int64_t left = job->until[index] - job->at[index];
    size_t count = left < (int64_t)most ? (size_t)left : most;

    (void)timeout_ms;
    chunk->count = 0;
    if (!leat_chunk_reserve(chunk, count))
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for a chunk");
    for (size_t i = 0; i < count; i++) {
        const struct pair *pair = &job->pairs[job->at[index]];

        chunk->records[i] = (leat_record){.key = {(const char *)&pair->key, sizeof pair->key},
                                          .value = {(const char *)&pair->value, sizeof pair->value},
                                          .timestamp_ms = 0,
                                          .offset = job->at[index]++};
    }
    chunk->count = count;
    *out_state = job->at[index] == job->until[index] ? LEAT_READ_DONE : LEAT_READ_MORE;
    return LEAT_OK;
}

static void release(struct leat_reader *reader, size_t index)
{
    (void)reader;
    (void)index;
}

/* ---- the job ---- */

static leat_status sum_up(leat_task *task, leat_iterator *records, void *user)
{
    struct job *job = user;
    struct pairs_result result = {0};
    const leat_record *record;

    (void)task;
    while ((record = leat_iterator_next(records)) != NULL) {
        uint64_t key;

        memcpy(&key, record->key.data, sizeof key);
        pairs_digest_add(&result, key, leat_i64(record->value));
    }
    pthread_mutex_lock(&job->mutex);
    job->result.keys += result.keys;
    job->result.digest += result.digest;
    pthread_mutex_unlock(&job->mutex);
    return LEAT_OK;
}

static leat_status on_rdd(leat_rdd *rdd, void *user)
{
    return leat_rdd_foreach_partition(rdd, sum_up, user);
}

static void set_up(struct job *job, size_t memory_bytes)
{
    static const struct leat_reader_ops ops = {
        .begin = begin, .read = read_pairs, .release = release, .unread = release};
    struct leat_executor_options options = {
        .threads = job->threads, .task_failures_max = 1, .memory_limit_bytes = memory_bytes};
    leat_kafka_source source = {.brokers = "none:9092", .topics = "pairs", .value_type = LEAT_I64};
    leat_error err;

    job->reader.ops = &ops;
    pthread_mutex_init(&job->mutex, NULL);
    job->ssc = leat_streaming_context_create(leat_conf_create(NULL, NULL), 1000);
    if (job->ssc == NULL)
        bench_fail("no memory for a context");
    job->stream = leat_kafka_direct_stream(job->ssc, "pairs", &source);
    leat_foreach_rdd(leat_reduce_by_key(job->stream, leat_sum_i64, NULL), on_rdd, job);
    if (leat_ok(job->ssc) != LEAT_OK)
        bench_fail("the job is refused");
    check(leat_executor_create(&options, &job->executor, &err), &err);
}

static void tear_down(struct job *job)
{
    leat_executor_destroy(job->executor);
    leat_streaming_context_destroy(job->ssc);
    pthread_mutex_destroy(&job->mutex);
}

/* One batch. */
static struct pairs_result reduce(struct job *job, const struct pair *pairs, size_t count)
{
    struct leat_batch_range ranges[PARTITIONS];
    struct leat_batch_options options = {.ssc = job->ssc,
                                         .executor = job->executor,
                                         .ranges = ranges,
                                         .range_count = PARTITIONS,
                                         .wide_ops = leat_wide_operator,
                                         .default_partitions = PARTITIONS,
                                         .slots = 1024,
                                         .spill_directory = job->spill_directory,
                                         .last_time = -1,
                                         .interval = 1000};
    struct leat_batch *batch;
    leat_error err = {LEAT_OK, ""};

    job->pairs = pairs;
    job->result = (struct pairs_result){0};
    for (size_t i = 0; i < PARTITIONS; i++)
        ranges[i] = (struct leat_batch_range){.source = job->stream->source,
                                              .reader = &job->reader,
                                              .reader_index = i,
                                              .topic = "pairs",
                                              .partition = (int32_t)i,
                                              .from = (int64_t)(count * i / PARTITIONS),
                                              .until = (int64_t)(count * (i + 1) / PARTITIONS),
                                              .last_offset = -1};
    check(leat_batch_create(&options, &batch, &err), &err);
    check(leat_outputs_run(batch, NULL, NULL, &err), &err);
    job->spilled_bytes = batch->spill == NULL ? 0 : leat_spill_file_bytes(batch->spill);
    leat_batch_destroy(batch);
    return job->result;
}

/* ---- cases ---- */

enum { LEAT, STRINGS, NUMBERS, WAYS };

/* The best of all runs. */
struct way {
    struct pairs_result result;
    int64_t wall_us;
    int64_t cpu_us;
};

static struct pairs_result run_way(int way, struct job *job, const struct pair *pairs, size_t count)
{
    if (way == LEAT)
        return reduce(job, pairs, count);
    return way == STRINGS ? pairs_by_strings(pairs, count) : pairs_by_numbers(pairs, count);
}

static int64_t least(int64_t best, int64_t value)
{
    return best == 0 || value < best ? value : best;
}

static void run_ways(struct way *ways, struct job *job, const struct pair *pairs, size_t count)
{
    for (int i = 0; i < WAYS; i++) {
        int64_t cpu_us = pairs_cpu_us();
        int64_t wall_us = bench_monotonic_us();

        ways[i].result = run_way(i, job, pairs, count);
        ways[i].wall_us = least(ways[i].wall_us, bench_monotonic_us() - wall_us);
        ways[i].cpu_us = least(ways[i].cpu_us, pairs_cpu_us() - cpu_us);
        if (ways[i].result.keys != ways[0].result.keys ||
            ways[i].result.digest != ways[0].result.digest)
            bench_fail("the results differ");
    }
}

int main(int argc, char **argv)
{
    static const char *const names[WAYS] = {"leat", "strings", "numbers"};
    size_t count = (size_t)bench_number(argv, "--pairs", 10000000);
    struct job job = {.spill_directory = bench_argument(argv, "--spill", "/tmp"),
                      .threads = (uint32_t)bench_number(argv, "--threads", 2)};
    struct pair *pairs = pairs_make(count, (size_t)bench_number(argv, "--distinct", 1000000));
    struct way ways[WAYS] = {{.wall_us = 0}};

    (void)argc;
    set_up(&job, (size_t)bench_number(argv, "--memory-mb", 4096) << 20);
    for (int64_t run = bench_number(argv, "--runs", 5); run > 0; run--)
        run_ways(ways, &job, pairs, count);
    printf("{\"pairs\": %zu, \"distinct\": %" PRIu64 ", \"spilled_mb\": %" PRId64, count,
           ways[LEAT].result.keys, job.spilled_bytes >> 20);
    for (int i = 0; i < WAYS; i++)
        printf(", \"%s_ns\": %.1f, \"%s_cpu_ns\": %.1f", names[i],
               (double)ways[i].wall_us * 1000 / (double)count, names[i],
               (double)ways[i].cpu_us * 1000 / (double)count);
    puts("}");
    tear_down(&job);
    free(pairs);
    return 0;
}
