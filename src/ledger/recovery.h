/*
 * recovery: what a start does with what it finds: the recovery table, as a pure function.
 *
 * Decisions are made by exact images ("the group equals what was recorded before, or after"), never
 * by comparing offsets.
 *
 * Thread: any.
 */
#ifndef LEAT_LEDGER_RECOVERY_H
#define LEAT_LEDGER_RECOVERY_H

#include "ledger/ledger.h"

enum leat_group_match {
    LEAT_GROUP_ABSENT, /* No offset for any of the image's partitions. */
    LEAT_GROUP_BEFORE,
    LEAT_GROUP_AFTER,
    LEAT_GROUP_OTHER
};

/* Compares what the group has now, in the images' order of partitions. after wins when both are
 * equal; before may be NULL. */
enum leat_group_match leat_image_match(const struct leat_image *before,
                                       const struct leat_image *after,
                                       const struct leat_group_offset *found);

enum leat_recovery_action {
    LEAT_RECOVERY_GENESIS,     /* First positions, then the anchor. */
    LEAT_RECOVERY_TAKE_OVER,   /* Genesis at the offsets that the group has. */
    LEAT_RECOVERY_REDO_ANCHOR, /* N2 again. */
    LEAT_RECOVERY_ANCHOR,      /* Positions are the ledger's; the group needs the marker. */
    LEAT_RECOVERY_GO_ON,
    LEAT_RECOVERY_FORWARD, /* Publish, then settle. */
    LEAT_RECOVERY_BACK,    /* Drop prepared to its plan, run it again. */
    LEAT_RECOVERY_RESUME,  /* No directory: after the marker's batch. */
    LEAT_RECOVERY_STOP
};

struct leat_recovery_input {
    const struct leat_ledger_view *ledger; /* NULL: no directory. */
    bool exactly_once;
    bool kafka_authority; /* The job as it is now commits in Kafka. */
    bool same_identity;   /* Group, cluster and marker partitions as recorded. */
    bool same_group;      /* The group at least. */
    bool stateless;
    enum leat_group_match match;    /* Over the images of prepared, else anchoring, else settled. */
    const struct leat_image *found; /* What the group has: of the recorded partitions, or without a
                                       ledger, or under authority L and A, of the sources'. */
    bool adopt;                     /* --adopt */
    int positions; /* LEAT_POSITIONS_..., as config/settings.h numbers them: 0 ask, */
    int assume;    /* 1 ledger, 2 group; 0 ask, 1 committed, 2 aborted. */
};

/* err is filled for LEAT_RECOVERY_STOP: what was found, what it means, which option answers it. */
enum leat_recovery_action leat_recovery_decide(const struct leat_recovery_input *input,
                                               leat_error *err);

#endif
