/*
 * task: one attempt at one input partition's share of a pass, and the tree of steps that its
 * records go through. The input is a source's partition, read by the chunk, or a wide RDD's, which
 * its operator puts out (exec/wide.h).
 *
 *   reader -> [root] -> [filter] -> [flat_map] -> [text files]         a step for each operator or
 *                            \                \-> [foreach_partition]   terminal on a path; shared
 *                             \-> [map] -> [kafka]                      beginnings are one step
 *
 * A chunk goes through a step whole before the next step sees it, and through all of them before
 * the next chunk is read. Each step emits into a chunk of its own, which is emptied when its next
 * input comes: until then every view into it is good.
 *
 * Per-partition functions pull. The first of them in the tree runs on the task's own stack, and its
 * iterator reads the next chunk when it has none; any other has a strand (exec/strand.h).
 *
 * Thread: one task thread, or a strand of it while that thread waits.
 */
#ifndef LEAT_EXEC_TASK_H
#define LEAT_EXEC_TASK_H

#include "base/arena.h"
#include "exec/batch_internal.h"
#include "leat/msgpack.h"
#include "leat/task.h"
#include "record/msgpack_writer.h"
#include "record/record.h"

struct leat_strand;
struct leat_step;

struct leat_emitter {
    struct leat_step *step;
    struct leat_chunk chunk;  /* What the step puts out. */
    struct leat_arena bytes;  /* What was copied for it. */
    struct leat_step *taker;  /* Gets each record at once, in place of the chunk; NULL: none. */
    size_t taken;             /* By it, since the reset. */
    const leat_record *input; /* The record in work; NULL before the first. */
    bool keeps_key;           /* map_values: the key given is ignored. */
    bool copies;              /* Its input does not live until the flush. */
    bool holds;               /* Flushed between calls only. */
    bool key_has_size;        /* The stream's type has one: checked as it emits. */
    bool value_has_size;
};

struct leat_iterator {
    struct leat_step *step;
    /* Gives the next record itself, instead of chunks; NULL at the end. May be NULL. */
    const leat_record *(*pull)(struct leat_iterator *iterator);
    void *context;                  /* For pull. */
    const struct leat_chunk *chunk; /* Borrowed; NULL: none yet. */
    size_t next;
    bool ended;
    leat_record last; /* Of the chunk before: its time and origin, no views. */
};

typedef leat_status (*leat_step_push_fn)(struct leat_step *step, const struct leat_chunk *in);

struct leat_step {
    struct leat_task *task;
    const struct leat_rdd *rdd;     /* The terminal's RDD for a terminal. */
    struct leat_terminal *terminal; /* NULL for an operator. */
    int32_t partition;              /* Of rdd. */
    leat_step_push_fn push;         /* NULL for one that pulls. */
    struct leat_emitter emitter;    /* Operators. */
    struct leat_iterator iterator;  /* Those that pull. */
    struct leat_strand *strand;     /* Those that pull, but the first. */
    struct leat_terminal_task at;   /* A terminal's place, with its state. */
    bool opened;                    /* The terminal's open succeeded. */
    struct leat_step *first_child;
    struct leat_step *last_child;
    struct leat_step *sibling;
    struct leat_step *next; /* All steps of the task, in the order they were made. */
};

struct leat_task {
    struct leat_batch *batch;
    struct leat_rdd *input_rdd;     /* Where its records come from. */
    int32_t input_partition;        /* Of it. */
    struct leat_batch_range *range; /* NULL: of a wide RDD. */
    int attempt;
    int32_t partition;        /* Of the function that runs now. */
    leat_error error;         /* What leat_task_fail or the library said in this call. */
    leat_status broken;       /* Fails the task whatever the function returns. */
    struct leat_arena steps;  /* Lives with the attempt. */
    struct leat_arena memory; /* leat_task_alloc: until the function returns. */
    struct leat_arena texts;  /* leat_task_format: until the next record. */
    struct leat_msgpack_writer writer;
    struct leat_producer *producers;
    int64_t *accumulators; /* NULL when the job has none. */
    struct leat_chunk input;
    size_t input_most; /* Records to read next. */
    bool input_done;
    bool stopped;     /* A terminal has enough. */
    bool single_use;  /* What is read reaches one terminal as it is, and nothing else. */
    bool handed_over; /* The writer has records of this attempt. */
    uint64_t input_records;
    uint64_t skipped_records;
    uint64_t skipped_logged;
    struct leat_step *root;
    struct leat_step *all_steps;
    struct leat_step *last_step;
    const leat_record *in_work; /* Last given out by an iterator; NULL: none. */
    bool has_key;               /* A function works for a whole key: for its sentence. */
    leat_bytes key_in_work;
    struct leat_step *puller; /* The pulling step without a strand; NULL: none. */
};

/* Which terminal's which partition a task feeds. */
struct leat_path {
    struct leat_terminal *terminal;
    int32_t partition;
    struct leat_rdd *input_rdd; /* The source or wide RDD it comes from. */
    int32_t input_partition;
    size_t order; /* Keeps the order of paths of one input. */
};

/* ---- task.c ---- */

/* range NULL: path's input is a wide RDD. */
void leat_task_init(struct leat_task *task, struct leat_batch *batch, const struct leat_path *path,
                    struct leat_batch_range *range, int attempt);
void leat_task_release(struct leat_task *task);

/* Reads the next chunk and pushes it through the steps; sets input_done at the end. */
leat_status leat_task_drive(struct leat_task *task);

/* The task cannot go on, whatever the function that runs returns; err may be NULL when the task has
 * its sentence already. Returns status. */
leat_status leat_task_break(struct leat_task *task, leat_status status, const leat_error *err);

/* Around the calls of user functions for one chunk, and after each call: gives back what the call
 * took and returns what it came to. */
void leat_task_begin_calls(struct leat_task *task, const struct leat_step *step);
static inline leat_status leat_task_end_call(struct leat_task *task, leat_status status)
{
    if (task->memory.held_bytes > 0)
        leat_arena_reset(&task->memory);
    if (task->texts.held_bytes > 0)
        leat_arena_reset(&task->texts);
    if (status == LEAT_OK)
        task->error.status = LEAT_OK;
    return task->broken != LEAT_OK ? task->broken : status;
}

/* ---- step.c ---- */

/* Builds the steps that these paths need; all of them come from the task's range. */
leat_status leat_steps_build(struct leat_task *task, const struct leat_path *paths, size_t count);
leat_status leat_steps_open(struct leat_task *task);
/* The input is complete: ends strands and closes terminals, from the root down. */
leat_status leat_steps_close(struct leat_task *task);
/* Lets go of everything after close, or after a failure. */
void leat_steps_release(struct leat_task *task);
leat_status leat_step_push_children(struct leat_step *step, const struct leat_chunk *chunk);

/* What a terminal's function came to breaks the task. */
leat_status leat_terminal_failed(struct leat_step *step, leat_status status, leat_error *err);

/* The status a function returned for record becomes the task's error, with operator, file:line,
 * topic, partition and offset; or LEAT_OK when the record may be skipped. */
leat_status leat_step_failed(struct leat_step *step, const leat_record *record, leat_status status);

/* ---- operators, a file each ---- */

leat_status leat_map_push(struct leat_step *step, const struct leat_chunk *in);
leat_status leat_filter_push(struct leat_step *step, const struct leat_chunk *in);
leat_status leat_foreach_push(struct leat_step *step, const struct leat_chunk *in);
/* Calls the function of a step that pulls, from its first record to its last. */
leat_status leat_pull_run(struct leat_step *step);
leat_status leat_glom_partition(struct leat_task *task, struct leat_step *step);

/* ---- emitter.c ---- */

void leat_emitter_init(struct leat_emitter *emitter, struct leat_step *step);
/* It is time for a flush, of what emits for long without one. */
bool leat_emitter_is_full(const struct leat_emitter *emitter);
/* Empties it for the next input chunk. */
void leat_emitter_reset(struct leat_emitter *emitter);
/* Records emitted since the reset. */
static inline size_t leat_emitter_count(const struct leat_emitter *emitter)
{
    return emitter->chunk.count + emitter->taken;
}
/* Pushes what it holds to the children, and empties it. For functions that pull. */
leat_status leat_emitter_flush(struct leat_emitter *emitter);
void leat_emitter_release(struct leat_emitter *emitter);

/* True when part lies in whole. */
static inline bool leat_bytes_hold(leat_bytes whole, leat_bytes part)
{
    uintptr_t start = (uintptr_t)part.data;
    uintptr_t whole_start = (uintptr_t)whole.data;

    return start >= whole_start && start + part.size <= whole_start + whole.size;
}

/* True when bytes are part of record's key or value. */
static inline bool leat_record_holds(const leat_record *record, leat_bytes bytes)
{
    return record != NULL &&
           (leat_bytes_hold(record->value, bytes) || leat_bytes_hold(record->key, bytes));
}

/* ---- producer.c ---- */

/* Hands all that is buffered to the writer. */
leat_status leat_task_flush_producers(struct leat_task *task);
void leat_task_release_producers(struct leat_task *task);

#endif
