/*
 * kafka: what the engine asks of Kafka, made for batches. librdkafka is one implementation
 * (rdkafka_*.c), Kafka in memory for leat_test_* another (testing/memory_kafka.c).
 *
 *   cluster   metadata, log ends, group offsets      scheduler thread, blocking with a deadline
 *   reader    chunks from [from, until) of a partition      a partition belongs to one task at a
 * time writer    records by partition inside a transaction      produce: any task thread
 *
 * Every call that talks to a broker keeps trying until its timeout and then fails with
 * LEAT_UNAVAILABLE and a sentence that names the brokers. A broker's final answer (unknown topic,
 * authorization, wrong password, untrusted certificate) fails at once with LEAT_INVALID.
 */
#ifndef LEAT_KAFKA_KAFKA_H
#define LEAT_KAFKA_KAFKA_H

#include <stdatomic.h>

#include "base/log.h"
#include "base/status.h"
#include "record/chunk.h"

enum {
    LEAT_TOPIC_NAME_MAX = 249,      /* Kafka's own limit. */
    LEAT_OFFSET_METADATA_MAX = 128, /* The marker has less than 100. */
    LEAT_CLUSTER_ID_MAX = 64
};

/* Borrowed for the call that is given it, by open_writer until init has succeeded; strings are
 * copied. */
struct leat_kafka_settings {
    const char *brokers;           /* host:port[,host:port] */
    const char *const *parameters; /* "key", "value", ..., NULL: librdkafka's or the old names. */
    const char *group;             /* Cluster: whose offsets. NULL: none. */
    const char *transactional_id;  /* Writer; NULL: idempotent, without transactions. */
    int transaction_timeout_ms;    /* Writer; cut to the broker's maximum, see its ops. */
    bool read_committed;           /* Reader, and log ends of a cluster. */
    bool offsets_unstable;         /* Cluster: its group_offsets do not wait: only to look. */
    int64_t request_timeout_ms;    /* Reader: without a record that is due; writer: without an
                                      acknowledgement or an answer; 0: no limit. */
    const atomic_bool *stop;       /* Borrowed while the handle lives; NULL: none. Once it is set,
                                      calls that wait for brokers give up, with LEAT_CANCELLED. */
    size_t memory_bytes;           /* Share of the memory limit for queues of this handle. */
    size_t partitions_expected;    /* Reader: how many will share memory_bytes; 0: some. */
    const struct leat_log *log;    /* Borrowed while the handle lives. */
};

struct leat_topic_partition {
    const char *topic; /* Borrowed from whoever made the list. */
    int32_t partition;
};

/* ---- cluster ---- */

struct leat_topic {
    char name[LEAT_TOPIC_NAME_MAX + 1];
    int32_t partitions;
};

struct leat_topic_list {
    struct leat_topic *topics; /* Owned; sorted by name. */
    size_t count;
};
void leat_topic_list_release(struct leat_topic_list *list);

struct leat_group_offset {
    int64_t offset; /* -1: the group has none for this partition. */
    char metadata[LEAT_OFFSET_METADATA_MAX];
};

struct leat_cluster;
struct leat_cluster_ops {
    leat_status (*id)(struct leat_cluster *, int timeout_ms, char out_id[LEAT_CLUSTER_ID_MAX],
                      leat_error *err);
    /* Every name must exist: LEAT_INVALID "topic 'x' does not exist on host:port; create it". */
    leat_status (*topics_by_name)(struct leat_cluster *, const char *const *names, size_t count,
                                  int timeout_ms, struct leat_topic_list *out, leat_error *err);
    /* POSIX extended regular expression over whole names; internal topics (__*) never match. May
     * give none, and topics without partitions while they have an error. */
    leat_status (*topics_by_pattern)(struct leat_cluster *, const char *pattern, int timeout_ms,
                                     struct leat_topic_list *out, leat_error *err);
    /* First offset still there, and the end: the last stable offset when read_committed, the high
     * watermark otherwise. One request per broker for all partitions. out_starts may be NULL. */
    leat_status (*log_ranges)(struct leat_cluster *, const struct leat_topic_partition *partitions,
                              size_t count, int timeout_ms, int64_t *out_starts, int64_t *out_ends,
                              leat_error *err);
    /* Members of the settings' group: consumers that would commit behind us. out_member gets the
     * client id and host of one of them. */
    leat_status (*group_members)(struct leat_cluster *, int timeout_ms, size_t *out_count,
                                 char out_member[128], leat_error *err);
    /* Stable offsets: waits while a transaction that holds offsets of the group is being settled.
     * Any per-partition error fails the whole call. */
    leat_status (*group_offsets)(struct leat_cluster *,
                                 const struct leat_topic_partition *partitions, size_t count,
                                 int timeout_ms, struct leat_group_offset *out, leat_error *err);
    /* Outside of any transaction (authority L and A, lag). */
    leat_status (*commit_offsets)(struct leat_cluster *,
                                  const struct leat_topic_partition *partitions,
                                  const struct leat_group_offset *offsets, size_t count,
                                  int timeout_ms, leat_error *err);
    void (*destroy)(struct leat_cluster *);
};
struct leat_cluster { /* First member of every implementation. */
    const struct leat_cluster_ops *ops;
};

/* ---- reader ---- */

/* What a read came back with. */
enum leat_read_state {
    LEAT_READ_MORE, /* Some records, or none yet: call again. */
    LEAT_READ_DONE  /* The range is complete; the chunk may still hold its last records. */
};

/* Where a partition is read from, and what the job remembers of it. */
struct leat_reader_start {
    const char *topic;
    int32_t partition;
    int64_t offset;
    int64_t last_offset; /* Of the last record read before offset; -1: not known. */
    int64_t last_timestamp_ms;
    bool nothing_after; /* Between it and offset no record is to be seen: markers, aborted ones. */
};

struct leat_reader;
struct leat_reader_ops {
    /* Starts to fetch a partition. *out_index names it from now on; indexes count from 0. A first
     * read that finds what contradicts start's memory fails: the topic was created anew or
     * truncated. When the last record is not there any more that is logged only. Scheduler thread,
     * between batches. */
    leat_status (*add)(struct leat_reader *, const struct leat_reader_start *start,
                       size_t *out_index, leat_error *err);
    /* Stops fetching it; its index is not used again. Scheduler thread, between batches. */
    void (*remove)(struct leat_reader *, size_t index);
    /* Sets the range that read gives out next. Cheap when from is where the last range ended or
     * what unread gave back; otherwise fetches again from there. Task thread. */
    leat_status (*begin)(struct leat_reader *, size_t index, int64_t from, int64_t until,
                         leat_error *err);
    /* Gives up to `most` records in chunk (emptied first) and waits at most timeout_ms for the
     * first. Control records, aborted records and compaction leave holes: only LEAT_READ_DONE
     * says that the range is complete. What chunk's records point to is borrowed until the next
     * read, release or unread of this partition. Errors name topic, partition and offsets: the
     * range passed retention (LEAT_INVALID), a corrupt batch (LEAT_CORRUPT). Task thread. */
    leat_status (*read)(struct leat_reader *, size_t index, size_t most, int timeout_ms,
                        struct leat_chunk *chunk, enum leat_read_state *out_state, leat_error *err);
    /* Lets go of what the last read gave. Task thread. */
    void (*release)(struct leat_reader *, size_t index);
    /* Gives back all records since begin if they are still held (a take() that ended early):
     * the next begin at the same offset gets them again without fetching. Task thread. */
    void (*unread)(struct leat_reader *, size_t index);
    /* The log's end with what open transactions have written, as the last fetch saw it: no request.
     * -1: not known. Scheduler thread, between batches. */
    int64_t (*high_watermark)(struct leat_reader *, size_t index);
    void (*destroy)(struct leat_reader *);
};
struct leat_reader {
    const struct leat_reader_ops *ops;
};

/* ---- writer ---- */

/* A record on its way out. Borrowed for the call. */
struct leat_write {
    leat_bytes key;
    leat_bytes value;
    int64_t timestamp_ms;             /* -1: now. */
    const void *headers;              /* NULL: none. Read by origin's table. */
    const struct leat_origin *origin; /* NULL when headers is NULL. */
    bool takes_headers;               /* Nobody looks at them afterwards: they need no copy. */
};

/* What ended a transaction. */
enum leat_commit_outcome {
    LEAT_COMMIT_DONE,      /* Committed, and no late copy of the request can be under way. */
    LEAT_COMMIT_UNCERTAIN, /* Unknown, or a late copy is possible: new producer, then look. */
    LEAT_COMMIT_FENCED     /* Another process has our transactional.id, or it timed out. */
};

struct leat_writer;
struct leat_writer_topic; /* Lives as long as its writer. */
struct leat_writer_ops {
    /* Fences older instances and settles what they left open. Cuts transaction_timeout_ms to the
     * broker's maximum and reports what is in force. */
    leat_status (*init)(struct leat_writer *, int timeout_ms, int *out_transaction_timeout_ms,
                        leat_error *err);
    leat_status (*begin)(struct leat_writer *, leat_error *err); /* Local: no request. */
    /* Finds a topic and its partition count; asks the cluster the first time only. Any thread. */
    leat_status (*topic)(struct leat_writer *, const char *name, struct leat_writer_topic **out,
                         int32_t *out_partitions, leat_error *err);
    /* Hands over copies of count records for one partition, in order. Blocks when the queue is
     * full, until *cancel. A record that is larger than message.max.bytes fails here, named by
     * topic, key and size. A record the broker refuses later fails flush, named. Any thread. */
    leat_status (*produce)(struct leat_writer *, struct leat_writer_topic *, int32_t partition,
                           const struct leat_write *writes, size_t count, const atomic_bool *cancel,
                           leat_error *err);
    /* Waits until every record handed over was acknowledged; the first one that was not is the
     * error, by topic, partition, key and the broker's reason. */
    leat_status (*flush)(struct leat_writer *, leat_error *err);
    /* Adds the group's offsets to the transaction; every per-partition code must be OK. */
    leat_status (*send_offsets)(struct leat_writer *, const char *group,
                                const struct leat_topic_partition *partitions,
                                const struct leat_group_offset *offsets, size_t count,
                                leat_error *err);
    /* Commits once. err is filled unless the outcome is LEAT_COMMIT_DONE. */
    enum leat_commit_outcome (*commit)(struct leat_writer *, leat_error *err);
    /* LEAT_FENCED, or LEAT_UNAVAILABLE when only a new producer can tell. */
    leat_status (*abort)(struct leat_writer *, leat_error *err);
    void (*destroy)(struct leat_writer *); /* Does not wait for records still queued. */
};
struct leat_writer {
    const struct leat_writer_ops *ops;
};

/* ---- driver: opens the three ---- */

struct leat_kafka_driver {
    leat_status (*open_cluster)(void *context, const struct leat_kafka_settings *settings,
                                struct leat_cluster **out, leat_error *err);
    leat_status (*open_reader)(void *context, const struct leat_kafka_settings *settings,
                               struct leat_reader **out, leat_error *err);
    leat_status (*open_writer)(void *context, const struct leat_kafka_settings *settings,
                               struct leat_writer **out, leat_error *err);
    void *context;
};

/* librdkafka. Opening checks every parameter: an unknown one is LEAT_INVALID with the nearest
 * name; it does not wait for a broker. */
const struct leat_kafka_driver *leat_rdkafka_driver(void);

/* auto.offset.reset as a job may say it: smallest|earliest|beginning, largest|latest|end, or NULL
 * (latest, as in Spark). LEAT_INVALID names the words. */
leat_status leat_offset_reset_parse(const char *word, bool *out_earliest, leat_error *err);

#endif
