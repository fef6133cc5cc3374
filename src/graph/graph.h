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
#include "leat/state.h"
#include "leat/wide.h"
#include "leat/window.h"
#include "shuffle/aggregator.h"

struct leat_store; /* state/store.h */

enum {
    LEAT_STATEFUL_STORES = 3,
    LEAT_PARTITIONS_MAX = 65536 /* Of a wide operator: each parent partition has a list for each. */
};

enum leat_operator {
    LEAT_OPERATOR_SOURCE,
    LEAT_OPERATOR_MAP,
    LEAT_OPERATOR_FLAT_MAP,
    LEAT_OPERATOR_FILTER,
    LEAT_OPERATOR_MAP_VALUES,
    LEAT_OPERATOR_FLAT_MAP_VALUES,
    LEAT_OPERATOR_MAP_PARTITIONS,
    LEAT_OPERATOR_TRANSFORM,
    LEAT_OPERATOR_UNION,
    LEAT_OPERATOR_GLOM,
    LEAT_OPERATOR_CACHED, /* What leat_cached puts behind an operator. */
    LEAT_OPERATOR_PARTITION_BY,
    LEAT_OPERATOR_REPARTITION,
    LEAT_OPERATOR_REDUCE,
    LEAT_OPERATOR_COUNT,
    LEAT_OPERATOR_COUNT_BY_VALUE,
    LEAT_OPERATOR_REDUCE_BY_KEY,
    LEAT_OPERATOR_COMBINE_BY_KEY,
    LEAT_OPERATOR_AGGREGATE_BY_KEY,
    LEAT_OPERATOR_DISTINCT,
    LEAT_OPERATOR_GROUP_BY_KEY,
    LEAT_OPERATOR_COGROUP,
    LEAT_OPERATOR_JOIN,
    LEAT_OPERATOR_LEFT_OUTER_JOIN,
    LEAT_OPERATOR_RIGHT_OUTER_JOIN,
    LEAT_OPERATOR_FULL_OUTER_JOIN,
    LEAT_OPERATOR_SORT_BY_KEY,
    LEAT_OPERATOR_UPDATE_STATE_BY_KEY,
    LEAT_OPERATOR_MAP_WITH_STATE,
    LEAT_OPERATOR_STATE_SNAPSHOTS,
    LEAT_OPERATOR_WINDOW,
    LEAT_OPERATOR_REDUCE_BY_KEY_AND_WINDOW
};

/* "flat_map": as the public function says it. */
const char *leat_operator_name(enum leat_operator kind);

/* True for operators whose records come together from all partitions of their parents. */
bool leat_operator_is_wide(enum leat_operator kind);

/* What an operator takes of a record before it looks at the key. */
enum leat_keying {
    LEAT_KEYING_RECORD,    /* Key and value as they are. */
    LEAT_KEYING_NULL,      /* Null key. */
    LEAT_KEYING_NULL_ONE,  /* Null key, the number 1. */
    LEAT_KEYING_VALUE_ONE, /* The value as key, the number 1. */
    LEAT_KEYING_PAIR       /* Both as key, null as value: record/pair.h. */
};

/* What a stateful operator or window is told, and where its state is. The context's. */
struct leat_stateful {
    const char *name;
    leat_duration timeout;
    leat_duration time_to_live;
    bool touched_keys_only;
    leat_type state_type;
    struct leat_dstream *initial; /* NULL: none. */
    leat_duration length;         /* Windows. */
    leat_duration slide;          /* 0: one batch. */
    leat_reduce_fn inverse;
    leat_filter_fn filter;
    void *filter_user;
    struct leat_dstream *stream;
    size_t index;
    bool is_new;         /* It ran in no committed batch with this name. By stream/. */
    bool is_noted;       /* All its keys that may expire are in the expiry store. By stream/. */
    bool ran;            /* In the batch that runs. */
    leat_time last_time; /* Of the last batch of this process that ran it; -1: none. By stream/. */
    struct leat_store *stores[LEAT_STATEFUL_STORES]; /* By stream/, at start. */
    struct leat_stateful *next;                      /* In the context's list. */
};

/* What a DStream operator and its RDD namesake have in common. */
struct leat_node {
    enum leat_operator kind;
    const char *where; /* file:line of the definition. */
    union {
        leat_map_fn map;
        leat_filter_fn filter;
        leat_map_partitions_fn map_partitions;
        leat_transform_fn transform;
        leat_group_fn group;
        leat_cogroup_fn cogroup;
        leat_join_fn join;
        leat_update_fn update;
        leat_map_with_state_fn map_with_state;
    } fn;
    void *user;
    leat_type key_type;
    leat_type value_type;
    bool cached;
    /* Wide operators. */
    uint32_t partitions; /* 0: the default. */
    leat_partitioner_fn partitioner;
    void *partitioner_user;
    enum leat_keying keying;
    struct leat_combiner combiner;
    bool descending;
    struct leat_stateful *stateful; /* NULL: remembers nothing. */
};

/* True when a window is put out at now: a multiple of its slide has come since last (-1: there was
 * no batch yet). Always for what is no window. */
bool leat_stateful_is_due(const struct leat_stateful *stateful, leat_time last, leat_time now,
                          leat_duration interval);

/* For a DStream and for an RDD. */
struct leat_node leat_graph_distinct_node(const char *where);

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
    bool used;                 /* An output operation depends on it. By leat_graph_validate. */
    struct leat_dstream *next; /* In the context's list. */
};

enum leat_output_kind {
    LEAT_OUTPUT_FOREACH_RDD,
    LEAT_OUTPUT_PRINT,
    LEAT_OUTPUT_TEXT_FILES,
    LEAT_OUTPUT_HADOOP_FILES,
    LEAT_OUTPUT_OBJECT_FILES,
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

/* True when it makes a directory for each batch, of whatever format. */
bool leat_output_is_files(const struct leat_output *output);
/* False for a path of another file system than the local one: "hdfs://..." */
bool leat_path_is_local(const char *path);
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

/* Graph, stages with their tasks, sources, state and sinks with file:line, of a graph that was
 * validated. False when memory is out. */
LEAT_MUST_CHECK bool leat_graph_explain(const struct leat_streaming_context *ssc,
                                        struct leat_buffer *out);

/* ---- RDDs ---- */

struct leat_batch; /* exec/batch.h */
struct leat_wide;  /* exec/wide.h */

struct leat_rdd {
    struct leat_batch *batch;
    struct leat_node node;
    const struct leat_source *source; /* LEAT_OPERATOR_SOURCE. */
    struct leat_wide *wide;           /* Wide operators: what was shuffled for them. */
    size_t id;                        /* In the order they were made. */
    struct leat_rdd *parents[2];
    size_t parent_count;
    size_t partitions;
};

#endif
