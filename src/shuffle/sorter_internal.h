/*
 * sorter_internal: runs that an aggregator sorts itself and gives to its sorter, without a copy of
 * them in memory.
 */
#ifndef LEAT_SHUFFLE_SORTER_INTERNAL_H
#define LEAT_SHUFFLE_SORTER_INTERNAL_H

#include "shuffle/sorter.h"

/* In order, and after all that was added; ended by leat_sorter_end_run. */
LEAT_MUST_CHECK leat_status leat_sorter_put_in_run(struct leat_sorter *sorter,
                                                   const struct leat_sorted *record,
                                                   leat_error *err);
LEAT_MUST_CHECK leat_status leat_sorter_end_run(struct leat_sorter *sorter, leat_error *err);

#endif
