/*
 * graph: what a job is made of, as plain data: sources, DStreams, output operations; and the RDDs
 * that one batch makes of them.
 *
 *   source -> dstream -> dstream -> output        once, at build; immutable after start
 *      |         |          |         |
 *   ranges -> rdd  ---> rdd ----> terminal        per batch, in the batch's arena
 *
 * Thread: dstreams as their context; RDDs belong to the scheduler's thread, and task threads read
 * them while an action runs.
 */
#ifndef LEAT_GRAPH_GRAPH_H
#define LEAT_GRAPH_GRAPH_H

#include "base/buffer.h"
#include "graph/context.h"
#include "leat/dstream.h"
#include "leat/kafka.h"
#include "leat/rdd.h"

enum leat_operator {
    LEAT_OPERATOR_SOURCE,
    LEAT_OPERATOR_MAP,
    LEAT_OPERATOR_FLAT_MAP,
    LEAT_OPERATOR_FILTER,
    LEAT_OPERATOR_MAP_VALUES,
    LEAT_OPERATOR_FLAT_MAP_VALUES,
    LEAT_OPERATOR_MAP_PARTITIONS,
    LEAT_OPERATOR_TRANSFORM,
    LEAT_OPERATOR_UNION
};

/* "flat_map": as the public function says it. */
const char *leat_operator_name(enum leat_operator kind);

/* What a DStream operator and its RDD namesake have in common. */
struct leat_node {
    enum leat_operator kind;
    const char *where; /* file:line of the definition. */
    union {
        leat_map_fn map;
        leat_filter_fn filter;
        leat_map_partitions_fn map_partitions;
        leat_transform_fn transform;
    } fn;
    void *user;
    leat_type key_type;
    leat_type value_type;
};

/* A Kafka direct stream's definition; strings are the context's. */
struct leat_source {
    const char *name;
    const char *where;
    const char *brokers;
    const char *const *topics; /* NULL-terminated, no doubles; NULL when there is a pattern. */
    const char *topic_pattern;
    const char *group;
    bool from_earliest;
    const leat_offset_range *from_offsets;
    size_t from_offsets_count;
    const char *const *parameters; /* "key", "value", ..., NULL, with fetch_message_max_bytes. */
    size_t index;
    struct leat_source *next;
};

struct leat_dstream {
    struct leat_streaming_context *context;
    struct leat_node node;
    int id;
    struct leat_source *source; /* LEAT_OPERATOR_SOURCE. */
    struct leat_dstream *parents[2];
    size_t parent_count;
    struct leat_dstream *next; /* In the context's list. */
};

enum leat_output_kind {
    LEAT_OUTPUT_FOREACH_RDD,
    LEAT_OUTPUT_PRINT,
    LEAT_OUTPUT_TEXT_FILES,
    LEAT_OUTPUT_HADOOP_FILES,
    LEAT_OUTPUT_KAFKA
};

struct leat_output {
    enum leat_output_kind kind;
    const char *where;
    int id; /* 0, 1, 2 ... in the order of registration. */
    struct leat_dstream *stream;
    leat_rdd_fn fn; /* FOREACH_RDD. */
    void *user;
    size_t count;       /* PRINT. */
    const char *prefix; /* Files. */
    const char *suffix;
    const struct leat_sink *sink; /* KAFKA; NULL: the only one, or the first source's cluster. */
    const char *topic;
    struct leat_output *next;
};

/* "save_as_text_files" */
const char *leat_output_name(enum leat_output_kind kind);

/* True when it may do what neither the transaction nor a rename holds: print writes to the terminal
 * at once, and nobody knows what a function given to foreach_rdd does. */
bool leat_output_has_effects(const struct leat_output *output);

/* Everything start refuses that needs no broker: no output operation, two streams on one topic in
 * one group, a second cluster for exactly-once, what needs a checkpoint without one. Fills the
 * context's writer_brokers and writer_parameters. */
LEAT_MUST_CHECK leat_status leat_graph_validate(struct leat_streaming_context *ssc,
                                                bool exactly_once, leat_error *err);

/* True when the batch may write to Kafka: a Kafka sink or any foreachRDD (commit-protocol: K). */
bool leat_graph_writes_kafka(const struct leat_streaming_context *ssc);
/* True when it has file output. */
bool leat_graph_writes_files(const struct leat_streaming_context *ssc);

/* Graph, stages with their tasks, sources, state and sinks with file:line, of a graph that was
 * validated. False when memory is out. */
LEAT_MUST_CHECK bool leat_graph_explain(const struct leat_streaming_context *ssc,
                                        struct leat_buffer *out);

/* ---- RDDs ---- */

struct leat_batch; /* exec/batch.h */

struct leat_rdd {
    struct leat_batch *batch;
    struct leat_node node;
    const struct leat_source *source; /* LEAT_OPERATOR_SOURCE. */
    struct leat_rdd *parents[2];
    size_t parent_count;
    size_t partitions;
};

#endif
