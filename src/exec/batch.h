/*
 * batch: one attempt at one batch: its offset ranges, its RDDs, what its tasks counted and staged.
 *
 * The scheduler makes one for each attempt, runs the output operations on it (sink/outputs.h), and
 * then takes the result through the commit protocol, or drops it whole.
 *
 * Thread: the scheduler's; task threads reach it through their tasks.
 */
#ifndef LEAT_EXEC_BATCH_H
#define LEAT_EXEC_BATCH_H

#include <stdatomic.h>

#include "exec/executor.h"
#include "graph/graph.h"
#include "kafka/kafka.h"

struct leat_file_system; /* files/files.h */
struct leat_wide_ops;    /* exec/wide.h */

/* One partition's share of the batch, and an RDD partition of its source. */
struct leat_batch_range {
    const struct leat_source *source;
    struct leat_reader *reader;
    size_t reader_index;
    const char *topic; /* One pointer per topic. */
    int32_t partition;
    bool on_writer_cluster; /* What is written to its topic would be read again. */
    int64_t from;
    int64_t until;
    /* Written by the task that reads it. */
    bool read_whole;     /* By a pass that did not stop early. */
    uint64_t records;    /* In the last such pass. */
    uint64_t skipped;    /* In all such passes; without any, the most in one that stopped. */
    int64_t last_offset; /* Of the last record of all passes; -1: none. */
    int64_t last_timestamp_ms;
};

/* How output files are made: leat.files.* */
struct leat_files_options {
    int compression; /* enum leat_codec_kind */
    bool by_record;  /* SequenceFiles: not in blocks. */
    bool empty;      /* A batch without records has its directory, too. */
    bool skip_empty_parts;
    int64_t part_records_max; /* 0: no limit. */
    int64_t part_bytes_max;
    bool refused; /* exactly_once without a checkpoint directory: nobody would finish them. */
};

struct leat_batch_options {
    struct leat_streaming_context *ssc;
    struct leat_executor *executor;
    leat_time time;
    int32_t attempt;                 /* 0, 1, ... of this batch in this process. */
    struct leat_batch_range *ranges; /* Borrowed; by source, in the order of RDD partitions. */
    size_t range_count;
    struct leat_writer *writer; /* In a transaction; NULL: nothing can be produced. */
    const struct leat_file_system *files;
    const char *lineage;      /* For staged files: <parent>/.leat-<lineage>/ */
    const char *attempt_name; /* "<n>.<incarnation>.<k>", the directory below it. */
    const char *success_text; /* The line in _SUCCESS. */
    struct leat_files_options parts;
    uint64_t skipped_before;   /* Bad records skipped in earlier batches. */
    const atomic_bool *cancel; /* Tasks end with LEAT_CANCELLED soon after it is set. */
    /* What wide operators do (wide/operators.h). */
    const struct leat_wide_ops *(*wide_ops)(enum leat_operator kind);
    uint32_t default_partitions; /* Of wide operators: spark.default.parallelism. */
    uint32_t slots;              /* leat.state.slots */
    const char *spill_directory;
    leat_time last_time; /* Of the batch before; -1: none. */
    leat_duration interval;
};

/* An output directory that waits for its rename. */
struct leat_staged_output {
    const char *staged; /* Strings are the batch's, until it is destroyed. */
    const char *final;
    bool always;                    /* Published whatever the batch read. */
    const atomic_bool *has_records; /* The batch's; whether a record was written there. */
};

/* What an attempt came to; complete once the outputs were run. */
struct leat_batch_result {
    uint64_t input_records;  /* Of all ranges: what was read, or offsets where no pass read all. */
    uint64_t output_records; /* Handed to the writer. */
    uint64_t skipped_records;
    int attempts; /* That a failed task had, with options.attempt before them; 0: none failed. */
    const struct leat_staged_output *staged; /* To be published: not what an empty batch made. */
    size_t staged_count;
    const struct leat_staged_output *made; /* What an attempt that is dropped leaves behind. */
    size_t made_count;
};

struct leat_batch;

/* Copies options, borrows what it points to. Caller destroys *out. */
LEAT_MUST_CHECK leat_status leat_batch_create(const struct leat_batch_options *options,
                                              struct leat_batch **out, leat_error *err);

const struct leat_batch_options *leat_batch_options(const struct leat_batch *batch);
void leat_batch_result(const struct leat_batch *batch, struct leat_batch_result *out);

/* This batch's RDD of stream, made at the first call. *out NULL: a transform gave none. Runs
 * transform functions. */
LEAT_MUST_CHECK leat_status leat_batch_rdd(struct leat_batch *batch, struct leat_dstream *stream,
                                           struct leat_rdd **out, leat_error *err);

/* After the output operations: runs what waits, with the state and windows that they did not ask
 * for, which go on with every batch. */
LEAT_MUST_CHECK leat_status leat_batch_finish(struct leat_batch *batch, leat_error *err);

/* Memory of the batch, zeroed; NULL when the limit is reached. Scheduler thread. */
void *leat_batch_alloc(struct leat_batch *batch, size_t size);

/* Keeps the first error of the batch; any thread. */
void leat_batch_fail(struct leat_batch *batch, const leat_error *err);
/* The batch's error, or LEAT_OK. Scheduler thread, no task running. */
leat_status leat_batch_error(const struct leat_batch *batch, leat_error *err);

/* True when that error is what a function said of its RDD, and not of a task: it names no place. */
bool leat_batch_failed_by_function(const struct leat_batch *batch);

/* True once a task has handed a record to the writer: only the whole batch can be tried again. */
bool leat_batch_handed_over(const struct leat_batch *batch);

/* What the RDDs made from now on are told to be defined at: the running output operation. */
void leat_batch_set_running(struct leat_batch *batch, const char *where);

/* file:line of the output operation that runs. */
const char *leat_batch_running(const struct leat_batch *batch);

/* Announces a staged directory. LEAT_INVALID when another one of the batch has its final name. */
LEAT_MUST_CHECK leat_status leat_batch_stage(struct leat_batch *batch,
                                             const struct leat_staged_output *output,
                                             leat_error *err);

/* Adds what the successful tasks counted to the job's accumulators: after the commit. */
void leat_batch_publish_accumulators(struct leat_batch *batch);

/* Accepts NULL. */
void leat_batch_destroy(struct leat_batch *batch);

#endif
