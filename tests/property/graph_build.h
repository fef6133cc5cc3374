/* graph_build: a job's graph from its description. */
#ifndef LEAT_TESTS_PROPERTY_GRAPH_BUILD_H
#define LEAT_TESTS_PROPERTY_GRAPH_BUILD_H

#include "tests/property/graph.h"

/* A leat_create_fn; user is the description. Output i of the description goes to topic "out<i>". */
leat_status graph_build(leat_streaming_context *ssc, void *description);

#endif
