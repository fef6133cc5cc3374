/*
 * graph_reduce: what wide and windowed operators combine and group with, by name; see functions.py.
 */
#ifndef LEAT_TESTS_PROPERTY_GRAPH_REDUCE_H
#define LEAT_TESTS_PROPERTY_GRAPH_REDUCE_H

#include "tests/property/graph.h"

/* leat_reduce_fn, leat_group_fn. */
extern const struct graph_function graph_reduce_functions[];
extern const struct graph_function graph_group_functions[];

struct graph_combine {
    const char *name;
    leat_reduce_fn create;
    leat_reduce_fn merge_value;
    leat_reduce_fn merge_combiners;
};

/* Aborts when there is none. */
const struct graph_combine *graph_find_combine(const char *name);

/* What leat_partitioned and partition_by are given: 0 and NULL when the description is silent. */
uint32_t graph_partitions(const struct graph_operator *node);
leat_partitioner_fn graph_partitioner(const struct graph_operator *node);

#endif
