/*
 * explain: what the parts of `leat explain` write on. Text that no longer fits is left out, and the
 * page remembers that.
 *
 * Thread: one.
 */
#ifndef LEAT_GRAPH_EXPLAIN_H
#define LEAT_GRAPH_EXPLAIN_H

#include "graph/graph.h"

struct leat_page {
    struct leat_buffer *out; /* Borrowed. */
    bool fits;               /* False: memory was out. */
};

LEAT_PRINTF(2, 3)
void leat_page_say(struct leat_page *page, const char *format, ...);

/* The stages of a batch and the tasks of each. */
void leat_stages_explain(struct leat_page *page, const struct leat_streaming_context *ssc);

#endif
