/*
 * committer: where a job commits: its group and transactional id, on which cluster, and the
 * producer that it commits with.
 *
 * Thread: the scheduler's.
 */
#ifndef LEAT_STREAM_COMMITTER_H
#define LEAT_STREAM_COMMITTER_H

#include "ledger/ledger.h"

struct leat_engine;

/* Where the marker goes, under which names. */
struct leat_committer {
    const char *group;
    const char *transactional_id;
    char cluster_id[LEAT_CLUSTER_ID_MAX];
    char writer_id[LEAT_CLUSTER_ID_MAX]; /* Of the cluster that is written to; "": none. */
    const char *brokers;
    bool uses_marker_topic;       /* Source and sink are on different clusters. */
    struct leat_cluster *cluster; /* Of the marker; borrowed from a link unless owned. */
    bool owns_cluster;
    struct leat_writer *writer; /* Owned; NULL: nothing is written to Kafka. */
    bool has_begun;             /* The writer is in a transaction. */
    int transaction_timeout_ms; /* In force. */
};

/* The one group of the job's sources, or one by the job's name. */
leat_status leat_job_group(struct leat_engine *engine, leat_error *err);
/* Where and under which names this job commits. */
leat_status leat_committer_set_up(struct leat_engine *engine, leat_error *err);
struct leat_identity leat_committer_identity(const struct leat_engine *engine);
/* Another handle on the marker's cluster, for one question; see leat_kafka_settings. */
leat_status leat_committer_open_cluster(struct leat_engine *engine, const char *brokers,
                                        const char *group, bool unstable, struct leat_cluster **out,
                                        leat_error *err);
/* Opens the writer under transactional_id and fences older instances. */
leat_status leat_committer_open_writer(struct leat_engine *engine, leat_error *err);
void leat_committer_close_writer(struct leat_engine *engine);
/* Seals off whoever still uses another transactional id. */
leat_status leat_committer_fence(struct leat_engine *engine, const char *brokers,
                                 const char *transactional_id, leat_error *err);

#endif
