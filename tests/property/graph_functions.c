/* graph_functions: the functions that narrow operators are given, see functions.py. */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "tests/property/graph.h"

enum { SHOWN_MAX = 64 }; /* Longer text is shown as its size and checksum. */

static atomic_bool present_fails;

graph_any_fn graph_find(const struct graph_function *functions, const char *name)
{
    for (; functions->name != NULL; functions++)
        if (strcmp(functions->name, name) == 0)
            return functions->run;
    fprintf(stderr, "graph_job has no function '%s' for this operator\n", name);
    abort();
}

leat_type graph_type(char type)
{
    return type == 'i' ? LEAT_I64 : LEAT_STRING;
}

leat_dstream *graph_typed(leat_dstream *stream, const struct graph_operator *node)
{
    return leat_typed(stream, graph_type(node->out_key), graph_type(node->out_value));
}

leat_bytes graph_text(leat_task *task, char type, leat_bytes value)
{
    if (value.data == NULL)
        return leat_string("-");
    return type == 'i' ? leat_task_format(task, "%" PRId64, leat_i64(value)) : value;
}

/* ---- map ---- */

static leat_status append_x(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    const struct graph_types *types = user;
    leat_bytes text = graph_text(task, types->value, in->value);

    return leat_emit(out, in->key, leat_task_format(task, "%.*sx", LEAT_ARG(text)));
}

static leat_status value_length(leat_task *task, const leat_record *in, leat_emitter *out,
                                void *user)
{
    (void)task;
    (void)user;
    return leat_emit_i64(out, in->key, (int64_t)in->value.size);
}

static leat_status to_text(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    const struct graph_types *types = user;

    return leat_emit(out, in->key, graph_text(task, types->value, in->value));
}

static leat_status add_one(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)task;
    (void)user;
    return leat_emit_i64(out, in->key, leat_i64(in->value) + 1);
}

static leat_status twice_as_much(leat_task *task, const leat_record *in, leat_emitter *out,
                                 void *user)
{
    (void)task;
    (void)user;
    return leat_emit_i64(out, in->key, 2 * leat_i64(in->value));
}

static leat_status negate(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)task;
    (void)user;
    return leat_emit_i64(out, in->key, -leat_i64(in->value));
}

static leat_status first_letter_as_key(leat_task *task, const leat_record *in, leat_emitter *out,
                                       void *user)
{
    (void)task;
    (void)user;
    return leat_emit(out, (leat_bytes){in->value.data, in->value.size > 0 ? 1 : 0}, in->value);
}

static leat_status swap(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    const struct graph_types *types = user;

    return leat_emit(out, in->value, graph_text(task, types->key, in->key));
}

static leat_status null_key(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)task;
    (void)user;
    return leat_emit(out, leat_string(NULL), in->value);
}

/* ---- flat_map ---- */

static leat_status split_letters(leat_task *task, const leat_record *in, leat_emitter *out,
                                 void *user)
{
    (void)task;
    (void)user;
    for (size_t i = 0; i < in->value.size; i++)
        LEAT_TRY(leat_emit(out, in->key, (leat_bytes){in->value.data + i, 1}));
    return LEAT_OK;
}

static leat_status repeat(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)task;
    (void)user;
    for (int64_t i = leat_i64(in->value) & 3; i > 0; i--)
        LEAT_TRY(leat_emit(out, in->key, in->value));
    return LEAT_OK;
}

static bool is_even(const struct graph_types *types, leat_bytes value)
{
    return types->value == 'i' ? (leat_i64(value) & 1) == 0 : (value.size & 1) == 0;
}

static leat_status none_or_twice(leat_task *task, const leat_record *in, leat_emitter *out,
                                 void *user)
{
    (void)task;
    if (is_even(user, in->value))
        return LEAT_OK;
    LEAT_TRY(leat_emit(out, in->key, in->value));
    return leat_emit_record(out, in);
}

const struct graph_function graph_map_functions[] = {
    {"append_x", (graph_any_fn)append_x},
    {"value_length", (graph_any_fn)value_length},
    {"to_text", (graph_any_fn)to_text},
    {"add_one", (graph_any_fn)add_one},
    {"double", (graph_any_fn)twice_as_much},
    {"negate", (graph_any_fn)negate},
    {"first_letter_as_key", (graph_any_fn)first_letter_as_key},
    {"swap", (graph_any_fn)swap},
    {"null_key", (graph_any_fn)null_key},
    {"split_letters", (graph_any_fn)split_letters},
    {"repeat", (graph_any_fn)repeat},
    {"none_or_twice", (graph_any_fn)none_or_twice},
    {NULL, NULL},
};

/* ---- filter ---- */

static leat_status drop_odd(leat_task *task, const leat_record *in, bool *out_keep, void *user)
{
    (void)task;
    *out_keep = is_even(user, in->value);
    return LEAT_OK;
}

static leat_status has_key(leat_task *task, const leat_record *in, bool *out_keep, void *user)
{
    (void)task;
    (void)user;
    *out_keep = in->key.data != NULL;
    return LEAT_OK;
}

static leat_status key_not_a(leat_task *task, const leat_record *in, bool *out_keep, void *user)
{
    (void)task;
    (void)user;
    *out_keep = !leat_bytes_equal(in->key, leat_string("a"));
    return LEAT_OK;
}

static leat_status keep_nonzero(leat_task *task, const leat_record *in, bool *out_keep, void *user)
{
    (void)task;
    (void)user;
    *out_keep = leat_i64(in->value) != 0;
    return LEAT_OK;
}

const struct graph_function graph_filter_functions[] = {
    {"drop_odd", (graph_any_fn)drop_odd},
    {"has_key", (graph_any_fn)has_key},
    {"key_not_a", (graph_any_fn)key_not_a},
    {"keep_nonzero", (graph_any_fn)keep_nonzero},
    {NULL, NULL},
};

/* ---- what comes out ---- */

void graph_present_fails(bool fails)
{
    atomic_store(&present_fails, fails);
}

/* A letter for the type, then the value: "n", "i42", "sabc". */
static leat_bytes token(leat_task *task, char type, leat_bytes value)
{
    if (value.data == NULL)
        return leat_string("n");
    if (type == 'i')
        return leat_task_format(task, "i%" PRId64, leat_i64(value));
    if (value.size > SHOWN_MAX)
        return leat_task_format(task, "h%zu:%08lx", value.size,
                                crc32(0, (const unsigned char *)value.data, (unsigned)value.size));
    return leat_task_format(task, "s%.*s", LEAT_ARG(value));
}

leat_status graph_present(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    const struct graph_types *types = user;
    leat_bytes key = token(task, types->key, in->key);
    leat_bytes value = token(task, types->value, in->value);

    if (atomic_load(&present_fails))
        return leat_task_fail(task, LEAT_IO, "this batch was to fail");
    return leat_emit(out, leat_string(NULL),
                     leat_task_format(task, "%" PRId32 "\t%.*s\t%.*s", leat_task_partition(task),
                                      LEAT_ARG(key), LEAT_ARG(value)));
}
