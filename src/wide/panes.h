/*
 * panes: which batches a window holds, slot by slot.
 *
 *   LEAT_STORE_TIMES     pane time (8 bytes) -> empty: the batches with something in this slot
 *   LEAT_STORE_EXPIRY    pane time (8 bytes), what the window makes of it -> its content
 *
 * Thread: its task's.
 */
#ifndef LEAT_WIDE_PANES_H
#define LEAT_WIDE_PANES_H

#include "wide/state.h"

/* The batch's pane has something in this slot. */
LEAT_MUST_CHECK leat_status leat_panes_note(struct leat_keyed *keyed, uint32_t slot);

/* The slot's pane times, oldest first, all of them: Caller frees *out_times. */
LEAT_MUST_CHECK leat_status leat_panes_times(struct leat_keyed *keyed, uint32_t slot,
                                             leat_time **out_times, size_t *out_count);

/* Nothing is left of a pane in this slot. */
LEAT_MUST_CHECK leat_status leat_panes_drop(struct leat_keyed *keyed, uint32_t slot,
                                            leat_time time);

/* Of LEAT_STORE_EXPIRY; entry: time and what follows it. */
LEAT_MUST_CHECK leat_status leat_panes_put(struct leat_keyed *keyed, uint32_t slot,
                                           leat_bytes entry, leat_bytes value);
LEAT_MUST_CHECK leat_status leat_panes_get(struct leat_keyed *keyed, uint32_t slot,
                                           leat_bytes entry, struct leat_state_entry *out);
LEAT_MUST_CHECK leat_status leat_panes_remove(struct leat_keyed *keyed, uint32_t slot,
                                              leat_bytes entry);
/* Calls visit for each entry of the pane. */
LEAT_MUST_CHECK leat_status leat_panes_scan(struct leat_keyed *keyed, uint32_t slot, leat_time time,
                                            leat_store_visit_fn visit, void *context);

#endif
