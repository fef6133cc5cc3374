/*
 * meeting: what the ledger says and what the group says, brought together at a start, and what the
 * recovery table makes of the two.
 *
 * Thread: the scheduler's.
 */
#ifndef LEAT_STREAM_MEETING_H
#define LEAT_STREAM_MEETING_H

#include "ledger/recovery.h"

struct leat_engine;

struct leat_meeting {
    struct leat_ledger_view view; /* Meaningless without a directory. */
    bool has_view;
    bool only_looks;         /* Nothing was fenced: unstable offsets, by handles of its own. */
    struct leat_image found; /* What the group has; owned entries, borrowed topics. */
    enum leat_group_match match;
    bool same_group;
    bool same_identity;
};

/* Reads the ledger, when there is one. Caller releases out, also on failure. */
LEAT_MUST_CHECK leat_status leat_meeting_load(struct leat_engine *engine, struct leat_meeting *out,
                                              leat_error *err);

/* Asks the group and compares. */
LEAT_MUST_CHECK leat_status leat_meeting_ask(struct leat_engine *engine,
                                             struct leat_meeting *meeting, leat_error *err);

/* By the recovery table; err is filled for LEAT_RECOVERY_STOP. */
enum leat_recovery_action leat_meeting_decide(const struct leat_engine *engine,
                                              const struct leat_meeting *meeting, leat_error *err);

/* What was recorded could not be reached: says what to do when it never can. Returns the reason's
 * status. */
leat_status leat_meeting_say_gone(const struct leat_identity *identity, const leat_error *reason,
                                  leat_error *err);

void leat_meeting_release(struct leat_meeting *meeting);

/* Whether the start would stop once it has fenced the other writers; the error is then what it
 * would say. Touches nothing. */
LEAT_MUST_CHECK leat_status leat_meeting_foresee(struct leat_engine *engine, leat_error *err);

#endif
