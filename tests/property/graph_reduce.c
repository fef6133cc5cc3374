/* graph_reduce: what wide and windowed operators combine and group with, see functions.py. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/property/graph_reduce.h"

/* ---- reduce ---- */

static leat_status user_sum(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    (void)task;
    (void)user;
    return leat_buffer_set_i64(into, leat_i64(leat_buffer_view(into)) + leat_i64(value));
}

static leat_status subtract(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    (void)task;
    (void)user;
    return leat_buffer_set_i64(into, leat_i64(leat_buffer_view(into)) - leat_i64(value));
}

/* Null is smaller than everything. */
static bool is_smaller(leat_bytes a, leat_bytes b)
{
    int order;

    if (a.data == NULL || b.data == NULL)
        return a.data == NULL && b.data != NULL;
    order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);
    return order != 0 ? order < 0 : a.size < b.size;
}

static leat_status larger_text(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    (void)task;
    (void)user;
    return is_smaller(leat_buffer_view(into), value) ? leat_buffer_set(into, value) : LEAT_OK;
}

static int by_letter(const void *a, const void *b)
{
    return (int)*(const unsigned char *)a - (int)*(const unsigned char *)b;
}

static leat_status merge_letters(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    leat_bytes first = leat_buffer_view(into);
    char *letters = leat_task_alloc(task, first.size + value.size + 1);

    (void)user;
    if (letters == NULL)
        return LEAT_NO_MEMORY;
    if (first.size > 0)
        memcpy(letters, first.data, first.size);
    if (value.size > 0)
        memcpy(letters + first.size, value.data, value.size);
    qsort(letters, first.size + value.size, 1, by_letter);
    return leat_buffer_set(into, (leat_bytes){letters, first.size + value.size});
}

const struct graph_function graph_reduce_functions[] = {
    {"sum", (graph_any_fn)leat_sum_i64},
    {"min", (graph_any_fn)leat_min_i64},
    {"max", (graph_any_fn)leat_max_i64},
    {"user_sum", (graph_any_fn)user_sum},
    {"subtract", (graph_any_fn)subtract},
    {"larger_text", (graph_any_fn)larger_text},
    {"merge_letters", (graph_any_fn)merge_letters},
    {NULL, NULL},
};

/* ---- combine ---- */

static leat_status count_create(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    (void)task;
    (void)value;
    (void)user;
    return leat_buffer_set_i64(into, 1);
}

static leat_status count_add(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    (void)task;
    (void)value;
    (void)user;
    return leat_buffer_set_i64(into, leat_i64(leat_buffer_view(into)) + 1);
}

static leat_status set_sum_and_count(leat_task *task, leat_buffer *into, long long sum,
                                     long long count)
{
    return leat_buffer_set(into, leat_task_format(task, "%lld/%lld", sum, count));
}

static void read_sum_and_count(leat_bytes text, long long *out_sum, long long *out_count)
{
    char copy[64];

    snprintf(copy, sizeof copy, "%.*s", LEAT_ARG(text));
    if (sscanf(copy, "%lld/%lld", out_sum, out_count) != 2) {
        fprintf(stderr, "'%s' is no combination of sum_and_count\n", copy);
        abort();
    }
}

static leat_status sum_create(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    (void)user;
    return set_sum_and_count(task, into, leat_i64(value), 1);
}

static leat_status sum_add(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    long long sum, number;

    (void)user;
    read_sum_and_count(leat_buffer_view(into), &sum, &number);
    return set_sum_and_count(task, into, sum + leat_i64(value), number + 1);
}

static leat_status sum_merge(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    long long sum, number, more_sum, more_number;

    (void)user;
    read_sum_and_count(leat_buffer_view(into), &sum, &number);
    read_sum_and_count(value, &more_sum, &more_number);
    return set_sum_and_count(task, into, sum + more_sum, number + more_number);
}

static leat_status length_create(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    (void)task;
    (void)user;
    return leat_buffer_set_i64(into, (int64_t)value.size);
}

static leat_status length_add(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    (void)task;
    (void)user;
    if ((int64_t)value.size <= leat_i64(leat_buffer_view(into)))
        return LEAT_OK;
    return leat_buffer_set_i64(into, (int64_t)value.size);
}

const struct graph_combine *graph_find_combine(const char *name)
{
    static const struct graph_combine all[] = {
        {"count_values", count_create, count_add, user_sum},
        {"sum_and_count", sum_create, sum_add, sum_merge},
        {"longest", length_create, length_add, leat_max_i64},
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(all[i].name, name) == 0)
            return &all[i];
    fprintf(stderr, "graph_job has no combination '%s'\n", name);
    abort();
}

/* ---- group ---- */

static leat_status group_count(leat_task *task, leat_bytes key, leat_iterator *values,
                               leat_emitter *out, void *user)
{
    int64_t number = 0;

    (void)task;
    (void)user;
    while (leat_iterator_next(values) != NULL)
        number++;
    return leat_emit_i64(out, key, number);
}

static leat_status group_sorted(leat_task *task, leat_bytes key, leat_iterator *values,
                                leat_emitter *out, void *user)
{
    const struct graph_types *types = user;
    struct graph_texts texts = {0};
    leat_status status = graph_texts_add_values(&texts, task, types->value, values);

    if (status == LEAT_OK)
        status = leat_emit(out, key, graph_texts_join(task, &texts, true));
    graph_texts_release(&texts);
    return status;
}

static leat_status group_each(leat_task *task, leat_bytes key, leat_iterator *values,
                              leat_emitter *out, void *user)
{
    const leat_record *record;

    (void)task;
    (void)user;
    while ((record = leat_iterator_next(values)) != NULL)
        LEAT_TRY(leat_emit(out, key, record->value));
    return LEAT_OK;
}

const struct graph_function graph_group_functions[] = {
    {"group_count", (graph_any_fn)group_count},
    {"group_sorted", (graph_any_fn)group_sorted},
    {"group_each", (graph_any_fn)group_each},
    {NULL, NULL},
};

/* ---- partitions ---- */

static uint32_t by_size(leat_bytes key, uint32_t partitions, void *user)
{
    (void)user;
    return (uint32_t)key.size % partitions;
}

uint32_t graph_partitions(const struct graph_operator *node)
{
    return (uint32_t)json_integer_value(json_object_get(node->json, "partitions"));
}

leat_partitioner_fn graph_partitioner(const struct graph_operator *node)
{
    return json_object_get(node->json, "partitioner") == NULL ? NULL : by_size;
}
