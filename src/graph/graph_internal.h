/*
 * graph_internal: what the builders share.
 */
#ifndef LEAT_GRAPH_GRAPH_INTERNAL_H
#define LEAT_GRAPH_GRAPH_INTERNAL_H

#include "graph/graph.h"

/* Appends a stream with this node to the context; NULL when the context has failed. */
struct leat_dstream *leat_graph_add_stream(struct leat_streaming_context *ssc,
                                           const struct leat_node *node);

/* Adds an operator on parent (and other), whose types it has until leat_typed says otherwise;
 * has_function: it has all the functions it needs. Parents are one context's. */
leat_dstream *leat_graph_add_operator(leat_dstream *parent, leat_dstream *other,
                                      struct leat_node node, bool has_function);

#endif
