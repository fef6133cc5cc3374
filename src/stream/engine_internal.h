/*
 * engine_internal: the engine's own state, as the steps of the commit protocol share it.
 *
 *   link        one cluster as sources see it: metadata, log ends, group offsets, a reader
 *   partition   one source's partition; positions.entries has the same index, for ever
 *   image       the group's markers: one entry for each partition, or the marker topic's only one
 *
 * Thread: the scheduler's; what the watchdog and stop touch is atomic.
 */
#ifndef LEAT_STREAM_ENGINE_INTERNAL_H
#define LEAT_STREAM_ENGINE_INTERNAL_H

#include <stdatomic.h>

#include "base/arena.h"
#include "exec/batch.h"
#include "files/files.h"
#include "ledger/ledger.h"
#include "ledger/recovery.h"
#include "stream/batch_clock.h"
#include "stream/batch_run.h"
#include "stream/committer.h"
#include "stream/engine.h"
#include "stream/image.h"
#include "stream/listeners.h"
#include "stream/pid_rate.h"
#include "stream/watchdog.h"

/* Sources with the same brokers and parameters share one. */
struct leat_link {
    const char *brokers;
    const char *const *parameters;
    bool read_committed;
    struct leat_cluster *cluster; /* Owned. */
    struct leat_reader *reader;   /* Owned; NULL until partitions are added to it. */
    char id[LEAT_CLUSTER_ID_MAX];
    struct leat_topic_partition *query; /* Owned; what log ends are asked of. */
    size_t *query_partitions;           /* Owned; index into the engine's partitions. */
    int64_t *starts;                    /* Owned. */
    int64_t *ends;                      /* Owned. */
    size_t query_count;
};

struct leat_source_state {
    const struct leat_source *source;
    struct leat_link *link;
    struct leat_pid_rate pid;
    double rate;  /* Records per second by the PID; 0: no estimate yet. */
    bool existed; /* The ledger knew it before this start. */
};

struct leat_partition {
    struct leat_source_state *source; /* NULL: dormant, its source left the job. */
    const char *source_name;
    const char *topic; /* One pointer per topic. */
    int32_t partition;
    bool has_reader;
    size_t reader_index;
    int64_t log_start;      /* As last seen. */
    int64_t log_end;        /* As far as it can be read: when committed only, stable. */
    int64_t high_watermark; /* With what open transactions have written. */
    int64_t held_at;        /* The end that an open transaction holds back; -1: none does. */
    int64_t held_since_us;  /* Monotonic; -1: that was told. */
    int64_t drain_until;    /* Log end seen at start; -1: it was not there. */
    size_t image_index;     /* SIZE_MAX: no marker of its own. */
    int missed;             /* Answers in a row that did not list its topic. */
};

struct leat_engine {
    struct leat_streaming_context *ssc;
    struct leat_engine_parts parts;
    struct leat_settings settings;
    struct leat_log log;
    struct leat_arena arena; /* Names, for the engine's life. */
    bool is_started;

    int64_t interval_ms;
    struct leat_batch_clock batch_clock;
    enum leat_authority authority;
    struct leat_executor *executor;
    uint32_t default_partitions; /* Of wide operators. */
    const char *spill_directory;
    const struct leat_file_system *files;

    const char *job_group; /* In the arena. */
    struct leat_link *links;
    size_t link_count;
    struct leat_source_state *sources;
    size_t source_count;
    struct leat_partition *partitions; /* Owned; append-only. */
    size_t partition_count;
    int64_t topics_asked_us; /* When metadata was last asked for. */
    bool expects_partitions; /* Ask again before the next batch. */

    struct leat_ledger *ledger; /* NULL: no directory. */
    struct leat_stores *stores; /* Owned; NULL: nothing can be remembered. */
    struct leat_store *begun;   /* Borrowed from stores; NULL: no operator has state. */
    char lineage[LEAT_LINEAGE_SIZE];
    char staging_lineage[LEAT_LINEAGE_SIZE + 8]; /* Without a directory: by the group. */
    int64_t incarnation;
    int64_t attempts; /* Names given so far by this process. */
    struct leat_committer committer;
    struct leat_settled settled; /* The last batch that is over; arrays owned. */
    struct leat_settled next;    /* What the running batch will make of it; arrays owned. */
    leat_time last_time;         /* Of the last batch that ran, committed or not; -1: none. */
    bool settled_is_dirty;       /* The ledger does not know it as settled yet. */
    bool plan_is_left;           /* The ledger has a plan of a batch that came to nothing. */
    bool has_pending;            /* pending.plan must be run again as it is. */
    struct leat_ledger_view pending;
    struct leat_topic_partition *image_keys; /* Owned; of the image's entries, for requests. */
    struct leat_group_offset *image_offsets; /* Owned; the same. */
    leat_time marker_time;                   /* Wall clock of the last marker. */
    int64_t lag_told_us;                     /* When plain offsets were last committed. */

    struct leat_batch_run run;
    struct leat_told told;
    struct leat_watchdog watchdog;
    int64_t poll_us; /* Interval 0: how long to wait before the next look. */
    uint64_t skipped_total;
    uint64_t lost_total; /* Records that a data loss policy passed over. */
    int outlived;        /* Times that a batch outlived its transaction, in a row. */

    struct leat_wakeup wakeup;
    atomic_int stop;       /* enum leat_stop */
    atomic_bool stops_now; /* It is LEAT_STOP_NOW: nothing waits for brokers any more. */
    atomic_bool cancel;    /* Tasks of the running attempt end. */
};

/* ---- partitions.c ---- */

/* One pointer per topic and source name; NULL when memory is out. */
const char *leat_engine_intern(struct leat_engine *engine, const char *text);
/* SIZE_MAX: none. */
size_t leat_partition_find(const struct leat_engine *engine, const char *source_name,
                           const char *topic, int32_t partition);
/* Appends a partition with its position; source NULL: dormant. */
leat_status leat_partition_add(struct leat_engine *engine, struct leat_source_state *source,
                               const struct leat_position *position, size_t *out_index,
                               leat_error *err);
/* Makes settled what an earlier run left: positions by name; those of sources that left stay. */
leat_status leat_partitions_adopt(struct leat_engine *engine, const struct leat_settled *settled,
                                  leat_error *err);

/* ---- connect.c ---- */

/* Opens the links, asks for cluster ids; says every few seconds that it is still trying. */
leat_status leat_engine_connect(struct leat_engine *engine, leat_error *err);
void leat_engine_disconnect(struct leat_engine *engine);
/* Once it is known how many partitions share the memory. */
leat_status leat_link_open_reader(struct leat_engine *engine, struct leat_link *link,
                                  leat_error *err);
/* Asks until the cluster answers: the first contact with it. */
leat_status leat_engine_ask_id(struct leat_engine *engine, struct leat_cluster *cluster,
                               char out_id[LEAT_CLUSTER_ID_MAX], leat_error *err);

/* ---- topics.c ---- */

/* By the clusters' ids: names may differ. */
bool leat_link_is_writers(const struct leat_engine *engine, const struct leat_link *link);
/* Finds the sources' topics and adds the partitions that are new; first: at start. */
leat_status leat_engine_find_partitions(struct leat_engine *engine, bool first, leat_error *err);
/* Asks the links for log ends. */
leat_status leat_engine_log_ends(struct leat_engine *engine, int64_t timeout_ms, leat_error *err);
/* Gives every active partition a reader at its position. */
leat_status leat_engine_add_readers(struct leat_engine *engine, leat_error *err);

/* ---- look.c, recover.c, anchor.c ---- */

/* S2: refuses what would be hurt by this start. Touches nothing. */
leat_status leat_engine_look(struct leat_engine *engine, const struct leat_ledger_view *view,
                             leat_error *err);
/* Whether a writer of another transactional.id, or of another cluster, has to be fenced. */
bool leat_engine_is_recorded_elsewhere(const struct leat_engine *engine,
                                       const struct leat_ledger_view *view);
/* S3 to S7. */
leat_status leat_engine_recover(struct leat_engine *engine, leat_error *err);
/* N1 to N3: the group gets markers of settled's n. found: what it has now, in settled's image's
 * order. */
leat_status leat_engine_anchor(struct leat_engine *engine, const struct leat_group_offset *found,
                               leat_error *err);

/* What became of a transaction whose end is unknown. */
enum leat_verdict { LEAT_VERDICT_COMMITTED, LEAT_VERDICT_NOT_COMMITTED };

/* RECOVER in process: a new producer, then a stable look at the group. before and after are what
 * it shows when the transaction was not, or was, committed. */
leat_status leat_engine_find_out(struct leat_engine *engine, const struct leat_image *before,
                                 const struct leat_image *after, enum leat_verdict *out,
                                 leat_error *err);

/* ---- plan.c ---- */

/* The next offsets are still there, or leat.kafka.data.loss says where to go on. */
leat_status leat_engine_check_positions(struct leat_engine *engine, leat_error *err);

/* B1, B2: the next batch's ranges; *out_runs false: nothing to do now. */
leat_status leat_engine_plan(struct leat_engine *engine, bool *out_runs, leat_error *err);
/* The running batch's plan as the ledger keeps it; ranges are arena's. */
leat_status leat_plan_of_run(const struct leat_engine *engine, struct leat_arena *arena,
                             struct leat_plan *out, leat_error *err);
/* A marker expires with the group's offsets: an idle job commits it anew. */
bool leat_engine_marker_is_old(const struct leat_engine *engine);

/* ---- commit.c ---- */

/* A name for one more attempt of the running batch. */
void leat_run_name_attempt(struct leat_engine *engine);
void leat_run_success_text(const struct leat_engine *engine, int64_t n, char *out, size_t size);
/* B4 to B10 for an attempt whose outputs have run. After an error the caller rolls back;
 * *out_again: then the batch may be tried again. */
leat_status leat_engine_commit(struct leat_engine *engine, struct leat_batch *batch,
                               bool *out_again, leat_error *err);
/* Renames and syncs; crash points under the given area ("publish" or "recover"). */
leat_status leat_engine_publish(struct leat_engine *engine, const struct leat_rename *renames,
                                size_t count, const char *success, bool recovering,
                                leat_error *err);
/* S6, and at a clean stop: removes all that the job has staged. */
leat_status leat_engine_clean_staging(struct leat_engine *engine, leat_error *err);
/* Aborts the open transaction; after an unclear answer the producer is a new one. */
leat_status leat_engine_roll_back(struct leat_engine *engine, leat_error *err);
/* What next says has become settled. */
void leat_engine_advance(struct leat_engine *engine);

/* ---- run_batch.c ---- */

/* Commits plain offsets for lag; not more often than once a second unless now. */
leat_status leat_engine_tell_group(struct leat_engine *engine, bool now, leat_error *err);

/* ---- engine.c ---- */

int64_t leat_engine_now_us(const struct leat_engine *engine);
int64_t leat_engine_lag(const struct leat_engine *engine);
/* How long to wait for the brokers' answer: at start, or of a running job. */
int64_t leat_engine_patience_ms(const struct leat_engine *engine);

#endif
