/*
 * context: the streaming context as the builder sees it: the graph, its memory and its first error.
 *
 * Everything that a job defines lives in the context's arena and dies with it. After freeze the
 * graph is immutable; what runs it hangs on `engine` and belongs to stream/.
 *
 * Thread: one, until frozen; then read by all.
 */
#ifndef LEAT_GRAPH_CONTEXT_H
#define LEAT_GRAPH_CONTEXT_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/status.h"
#include "leat/context.h"
#include "leat/listener.h"

struct leat_engine;    /* stream/engine.h */
struct leat_scheduler; /* stream/life_cycle.c */
struct leat_output;
struct leat_dstream;
struct leat_source;
struct leat_stateful; /* graph/graph.h */

struct leat_broadcast {
    const char *name;
    leat_load_fn load;
    leat_destroy_fn destroy; /* NULL: none. */
    void *user;
    leat_duration refresh_ms; /* 0: only when asked. */
    size_t index;
    atomic_bool asked;           /* By leat_broadcast_refresh. */
    struct leat_broadcast *next; /* In the context's list. */
    void *value;                 /* Written by the scheduler between batches only. */
    leat_time loaded_at;
};

struct leat_accumulator {
    const char *name;
    size_t index;
    atomic_llong committed;
    struct leat_accumulator *next;
};

struct leat_sink {
    const char *name;
    const char *brokers;           /* NULL: the first source's. */
    const char *const *parameters; /* Copied; NULL-terminated pairs. */
    struct leat_sink *next;
};

struct leat_added_listener {
    leat_listener callbacks;
    void *user;
    struct leat_added_listener *next;
};

struct leat_streaming_context {
    struct leat_arena arena;
    struct leat_conf *conf; /* Owned. */
    uint32_t version;       /* Of the caller's header. */
    leat_duration interval; /* As the program said; leat.batch.interval overrides. */
    const char *checkpoint; /* NULL: none. */
    leat_error error;       /* The first; status LEAT_OK while there is none. */
    bool frozen;            /* Started: nothing may be added. */
    atomic_bool misused;    /* Somebody tried, and error says what. */
    int next_id;
    struct leat_dstream *streams; /* In the order of definition, linked by next. */
    struct leat_dstream *streams_last;
    struct leat_source *sources;
    struct leat_source *sources_last;
    size_t source_count;
    struct leat_output *outputs;
    struct leat_output *outputs_last;
    size_t output_count;
    struct leat_sink *sinks;
    struct leat_stateful *stateful; /* In the order of definition. */
    struct leat_stateful *stateful_last;
    size_t stateful_count;
    struct leat_broadcast *broadcasts;
    size_t broadcast_count;
    struct leat_accumulator *accumulators;
    size_t accumulator_count;
    struct leat_added_listener *listeners; /* In the order they were added. */
    struct leat_added_listener *listeners_last;
    const char *writer_brokers;           /* By leat_graph_validate: the one producer's cluster, */
    const char *const *writer_parameters; /* and its settings with the source's security. */
    struct leat_engine *engine;           /* Owned by stream/. */
    struct leat_scheduler *scheduler;     /* NULL until start. Owned by stream/. */
};

/* Takes nothing over yet; NULL when memory is out. */
struct leat_streaming_context *leat_context_create(void);

/* Frees the arena and what it holds; conf, broadcast values and the engine are the caller's. */
void leat_context_release(struct leat_streaming_context *ssc);

/* Keeps the first error, "operator at file:line: sentence". where may be NULL. */
LEAT_PRINTF(4, 5)
leat_status leat_context_fail(struct leat_streaming_context *ssc, leat_status status,
                              const char *where, const char *format, ...);

/* Zeroed memory of the context; NULL makes LEAT_NO_MEMORY its error. */
void *leat_context_alloc(struct leat_streaming_context *ssc, size_t size);
const char *leat_context_strdup(struct leat_streaming_context *ssc, const char *text);

/* Copies "key", "value", ..., NULL; never NULL unless the context has failed. */
const char *const *leat_context_copy_pairs(struct leat_streaming_context *ssc,
                                           const char *const *pairs);

/* False, with the context's error set, when the graph may not grow any more. */
bool leat_context_can_grow(struct leat_streaming_context *ssc, const char *where,
                           const char *operator_name);

#endif
