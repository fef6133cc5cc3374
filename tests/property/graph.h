/*
 * graph: the random graphs of the property test: operators and small functions by the names that a
 * description gives them. tests/property/functions.py says what each function does.
 *
 * Every function's `user` is a struct graph_types: functions take values of more than one type.
 */
#ifndef LEAT_TESTS_PROPERTY_GRAPH_H
#define LEAT_TESTS_PROPERTY_GRAPH_H

#include <jansson.h>

#include "leat/leat.h"
#include "leat/state.h"
#include "leat/wide.h"
#include "leat/window.h"

/* Of what a function is given: 's' text or 'i' LEAT_I64. */
struct graph_types {
    char key;
    char value;
    char right; /* The right side's values, of an operator with two inputs. */
};

/* One operator of a description, with its inputs found and its types known. */
struct graph_operator {
    leat_streaming_context *ssc;
    const json_t *json; /* Borrowed. */
    const char *function;
    leat_dstream *left;
    leat_dstream *right;   /* NULL: one input. */
    leat_dstream *initial; /* NULL: none. */
    struct graph_types *types;
    char out_key;
    char out_value;
    const char *name; /* Of what it stores. */
};

typedef leat_dstream *(*graph_build_fn)(const struct graph_operator *node);

struct graph_builder {
    const char *name;
    graph_build_fn build;
};

/* Ends with a NULL name. */
extern const struct graph_builder graph_narrow_builders[];
extern const struct graph_builder graph_wide_builders[];
extern const struct graph_builder graph_memory_builders[];

/* A function's name and what it is; generic, because each kind has a table of its own. */
typedef void (*graph_any_fn)(void);
struct graph_function {
    const char *name;
    graph_any_fn run;
};

/* Aborts, with the name, when the table has none of it. */
graph_any_fn graph_find(const struct graph_function *functions, const char *name);

/* Ends with a NULL name. leat_map_fn, leat_filter_fn. */
extern const struct graph_function graph_map_functions[];
extern const struct graph_function graph_filter_functions[];

leat_type graph_type(char type);

/* Declares what the operator's function makes. */
leat_dstream *graph_typed(leat_dstream *stream, const struct graph_operator *node);

/* As text: null is "-". */
leat_bytes graph_text(leat_task *task, char type, leat_bytes value);

/* A record as one line of text: partition, key and value; map function of every output. */
leat_status graph_present(leat_task *task, const leat_record *in, leat_emitter *out, void *user);

/* While true, graph_present fails: a crash in the middle of a batch. */
void graph_present_fails(bool fails);

/* ---- many texts in one, beyond the next record ---- */

struct graph_texts {
    char *bytes; /* Owned. One after the other. */
    size_t size;
    size_t *ends; /* Owned. */
    size_t count;
};

leat_status graph_texts_add(struct graph_texts *texts, leat_bytes text);
/* All of an iterator's values. */
leat_status graph_texts_add_values(struct graph_texts *texts, leat_task *task, char type,
                                   leat_iterator *values);
/* Joined by commas, as they came or sorted by their bytes. Dies with the task's memory. */
leat_bytes graph_texts_join(leat_task *task, const struct graph_texts *texts, bool sorted);
void graph_texts_release(struct graph_texts *texts);

#endif
