/*
 * ledger_internal: what writing (ledger.c) and reading (load.c) the ledger share.
 *
 * Thread: the scheduler's.
 */
#ifndef LEAT_LEDGER_LEDGER_INTERNAL_H
#define LEAT_LEDGER_LEDGER_INTERNAL_H

#include <jansson.h>

#include "base/buffer.h"
#include "ledger/ledger.h"

struct leat_ledger {
    struct leat_checkpoint *checkpoint; /* Owned. */
    struct leat_stores *stores;         /* Borrowed; NULL: none. */
    bool must_apply;                    /* State that counts could not be applied. */
    int64_t incarnation;
    int64_t settled_n; /* As stored; -1: none, or not known yet. */
    struct leat_buffer text;
};

/* *out is NULL when there is no such value; caller gives it back with json_decref. */
LEAT_MUST_CHECK leat_status leat_ledger_get(struct leat_ledger *ledger, enum leat_database database,
                                            const char *name, json_t **out, leat_error *err);

/* A number of meta, which must be there. */
LEAT_MUST_CHECK leat_status leat_ledger_get_number(struct leat_ledger *ledger, const char *name,
                                                   int64_t *out, leat_error *err);

leat_status leat_ledger_fail_missing(const char *name, leat_error *err);

#endif
