/*
 * leat/listener.h: what a job is told of its own batches: Spark's StreamingListener.
 *
 *   batch_submitted -> batch_started -> output_operation_started ...
 *                   -> output_operation_completed ... -> batch_completed
 *
 * Output operations begin as they run: those that the engine writes, then print and foreach_rdd.
 * They are completed with the batch, in the order of registration.
 *
 * A batch that was committed is told as completed after its output was published; one that failed
 * or was stopped with the reason, and the job then ends with it. What is tried again is told once,
 * with the times of its last attempt. A batch that a start runs again has its old batch time,
 * is_replay, and its delay counts from that time. A process that is killed between a batch's commit
 * and its callback does not tell of it, and nor does the next one.
 *
 * Thread: the scheduler's, between and within batches: no two callbacks at once, and the batch
 * waits for each. A callback may read accumulators, ask for the refresh of a broadcast, and ask the
 * job to stop; it must not wait for the job's end, destroy its context, or add to the job. What it
 * is given is borrowed until it returns.
 */
#ifndef LEAT_LISTENER_H
#define LEAT_LISTENER_H

#include "leat/base.h"
#include "leat/kafka.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One source's part of a batch. */
typedef struct {
    int32_t stream_id; /* 0, 1, ... in the order of definition. */
    const char *name;
    int64_t records;                 /* By the offsets, as Spark counts. */
    const leat_offset_range *ranges; /* Spark's metadata. */
    size_t range_count;
} leat_input_info;

typedef struct {
    leat_time batch_time;
    int32_t id;              /* 0, 1, ... in the order of registration. */
    const char *name;        /* "foreach_rdd" */
    const char *description; /* "foreach_rdd at job.c:12" */
    leat_time start_time;    /* -1: not yet; end_time too. */
    leat_time end_time;      /* foreach_rdd and print: it returned. Others: all was written. */
    /* NULL: the batch was committed, or is not over. A batch is committed whole or not at all, so
     * all of its output operations have the same. */
    const char *failure_reason;
} leat_output_operation_info;

/* Times in ms; -1 while they are not known. */
typedef struct {
    leat_time batch_time;
    leat_time submission_time;       /* When it was due. */
    leat_time processing_start_time; /* When its first attempt began. */
    leat_time processing_end_time;
    leat_duration scheduling_delay; /* From submission_time to processing_start_time. */
    leat_duration processing_delay;
    leat_duration total_delay;
    int64_t records; /* Of all sources. */
    const leat_input_info *inputs;
    size_t input_count;
    const leat_output_operation_info *output_operations;
    size_t output_operation_count;
    int64_t number; /* Goes on from start to start. */
    bool is_replay;
    const char *failure_reason; /* NULL: none, or not over. */
} leat_batch_info;

/* Each may be NULL. */
typedef struct {
    void (*streaming_started)(leat_time time, void *user);
    void (*batch_submitted)(const leat_batch_info *batch, void *user);
    void (*batch_started)(const leat_batch_info *batch, void *user);
    void (*batch_completed)(const leat_batch_info *batch, void *user);
    void (*output_operation_started)(const leat_output_operation_info *operation, void *user);
    void (*output_operation_completed)(const leat_output_operation_info *operation, void *user);
} leat_listener;

/* Copies callbacks. Several listeners are told in the order they were added. Since: 0.1 */
LEAT_API void leat_streaming_context_add_listener(leat_streaming_context *ssc,
                                                  const leat_listener *callbacks, void *user);

#ifdef __cplusplus
}
#endif
#endif
