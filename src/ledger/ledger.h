/*
 * ledger: the durable record of what a job has decided: plans, prepared and settled batches.
 *
 *   settled      batch n is over: positions, and the group's image that proves it
 *   anchoring    the group's offsets are being given markers (start, or another group)
 *   plan         batch n+1 will read these ranges
 *   prepared     batch n+1 is complete but for its commit: what the group shows before and after,
 *                and the directories to rename
 *
 * Each write is one LMDB transaction and one fsync, and begins with the owner check: a process
 * whose incarnation is not the one stored gets LEAT_FENCED. Values are JSON behind a CRC.
 *
 * Thread: the scheduler's.
 */
#ifndef LEAT_LEDGER_LEDGER_H
#define LEAT_LEDGER_LEDGER_H

#include "base/arena.h"
#include "base/status.h"
#include "kafka/kafka.h"
#include "state/checkpoint.h"
#include "state/store.h"

enum {
    LEAT_LINEAGE_SIZE = 17, /* 16 hex digits and NUL; "-" without a directory. */
    LEAT_ATTEMPT_SIZE = 48  /* "<incarnation>.<k>" */
};

/* What commits a batch, see docs/internals/commit-protocol.md. */
enum leat_authority {
    LEAT_AUTHORITY_KAFKA = 'K',
    LEAT_AUTHORITY_LEDGER = 'L',
    LEAT_AUTHORITY_AT_LEAST_ONCE = 'A'
};

/* One partition's offset in a group, as it was seen or as it will be. offset -1: absent. */
struct leat_image_entry {
    const char *topic;
    int32_t partition;
    struct leat_group_offset at;
};

struct leat_image {
    struct leat_image_entry *entries;
    size_t count;
};

/* Where a source stands in a partition, and the last record it read there (-1: none yet). */
struct leat_position {
    const char *source;
    const char *topic;
    int32_t partition;
    int64_t offset;
    int64_t last_offset;
    int64_t last_timestamp_ms;
};

struct leat_positions {
    struct leat_position *entries;
    size_t count;
};

struct leat_plan_range {
    const char *source;
    const char *topic;
    int32_t partition;
    int64_t from;
    int64_t until;
};

/* Under what names the group and the producer are known. What is recorded settles an old batch. */
struct leat_identity {
    const char *transactional_id;
    const char *group;      /* The one that gets the marker. */
    const char *cluster_id; /* Of the cluster that commits. */
    const char *brokers;    /* For sentences, and to reach a recorded cluster. */
};

struct leat_settled {
    int64_t n;
    leat_time time;
    char attempt[LEAT_ATTEMPT_SIZE]; /* Of batch n; "" for genesis. */
    struct leat_positions positions; /* Of sources that left the job too. */
    struct leat_image image;         /* The group after n. */
};

struct leat_anchoring {
    bool present;
    struct leat_image before; /* The group as it was when this was decided. */
    struct leat_image after;
};

struct leat_plan {
    bool present;
    int64_t n;
    leat_time time;
    bool external; /* Effects outside the transaction may have been seen. */
    struct leat_plan_range *ranges;
    size_t count;
};

struct leat_prepared {
    bool present;
    int64_t n;
    leat_time time;
    enum leat_authority authority;
    char attempt[LEAT_ATTEMPT_SIZE];
    struct leat_identity identity;
    struct leat_image before;
    struct leat_image after;
    struct leat_positions positions; /* After n. */
    struct leat_plan plan;           /* What to run again when it did not commit. */
    const struct leat_rename {
        const char *staged;
        const char *final;
    } * renames;
    size_t rename_count;
};

/* Everything the ledger says; strings and arrays are the arena's. */
struct leat_ledger_view {
    struct leat_arena arena;
    bool is_new; /* A directory without a ledger. */
    char lineage[LEAT_LINEAGE_SIZE];
    int64_t incarnation; /* This process's. */
    int64_t slots;
    struct leat_identity identity;
    struct leat_settled settled;
    struct leat_anchoring anchoring;
    struct leat_plan plan;
    struct leat_prepared prepared;
};

struct leat_ledger;

/* Opens the directory (S1: lock, incarnation + 1, fsync). A new one gets a lineage. Caller closes
 * *out. */
LEAT_MUST_CHECK leat_status leat_ledger_open(const char *directory, int64_t slots,
                                             struct leat_ledger **out, leat_error *err);
/* The same for a look at what a stopped job left: no incarnation is taken, so nothing can be
 * written. LEAT_INVALID when there is no job's checkpoint. */
LEAT_MUST_CHECK leat_status leat_ledger_open_to_read(const char *directory,
                                                     struct leat_ledger **out, leat_error *err);
/* Accepts NULL. */
void leat_ledger_close(struct leat_ledger *ledger);

/* Borrowed; the state lives in the same directory. */
struct leat_checkpoint *leat_ledger_checkpoint(struct leat_ledger *ledger);

/* Changes of state are written and folded with their batches from now on, and applied after them.
 * Borrowed until the ledger is closed, or NULL attached. What an earlier process prepared is folded
 * with or without. */
void leat_ledger_attach_stores(struct leat_ledger *ledger, struct leat_stores *stores);

/* Reads everything (S4). Caller releases out, which is untouched on failure. LEAT_CORRUPT when a
 * record is damaged or missing, or they contradict each other. */
LEAT_MUST_CHECK leat_status leat_ledger_load(struct leat_ledger *ledger,
                                             struct leat_ledger_view *out, leat_error *err);
void leat_ledger_view_release(struct leat_ledger_view *view);

/* Makes a new lineage (--adopt); what the ledger held, and the state, is gone but for the identity,
 * under which an old writer may still have to be fenced. */
LEAT_MUST_CHECK leat_status leat_ledger_new_lineage(struct leat_ledger *ledger, leat_error *err);

/* N1: settled (n 0 at genesis), the images of the anchor, and who the job is. */
LEAT_MUST_CHECK leat_status leat_ledger_write_anchoring(struct leat_ledger *ledger,
                                                        const struct leat_identity *identity,
                                                        const struct leat_settled *settled,
                                                        const struct leat_anchoring *anchoring,
                                                        leat_error *err);

/* B2: folds what came before when settled is not NULL, and makes the plan durable. LEAT_INVALID
 * when it is not of the batch after settled. */
LEAT_MUST_CHECK leat_status leat_ledger_write_plan(struct leat_ledger *ledger,
                                                   const struct leat_settled *settled,
                                                   const struct leat_plan *plan, leat_error *err);

/* B7: folds what came before when settled is not NULL, and makes prepared durable, with what is
 * pending in the stores; it proves that the anchor was done. LEAT_INVALID when it is not of the
 * batch after settled. */
LEAT_MUST_CHECK leat_status leat_ledger_write_prepared(struct leat_ledger *ledger,
                                                       const struct leat_settled *settled,
                                                       const struct leat_prepared *prepared,
                                                       leat_error *err);

/* A batch is over and nothing follows it yet: a clean stop, forward, at_least_once. Clears plan,
 * prepared and anchoring; folds state, also what is pending: it is at_least_once's. */
LEAT_MUST_CHECK leat_status leat_ledger_settle(struct leat_ledger *ledger,
                                               const struct leat_settled *settled, leat_error *err);

/* Back: prepared becomes the plan it came from; plan NULL: nothing is to be run again. What it did
 * to the state is gone. */
LEAT_MUST_CHECK leat_status leat_ledger_drop_prepared(struct leat_ledger *ledger,
                                                      const struct leat_plan *plan,
                                                      leat_error *err);

/* Keeps what the user decided, for those who ask later. */
LEAT_MUST_CHECK leat_status leat_ledger_write_decision(struct leat_ledger *ledger, leat_time now,
                                                       const char *decision, leat_error *err);

#endif
