/* wide_test: wide operators through leat_test_*; what must come out is written by hand. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/memory.h"
#include "leat/leat.h"
#include "leat/test.h"
#include "tests/support/run_batch.h"

typedef leat_dstream *(*build_fn)(leat_dstream *left, leat_dstream *right);

static leat_error err;

static leat_dstream *source(leat_streaming_context *ssc, const char *topic)
{
    return leat_typed(leat_kafka_direct_stream(
                          ssc, topic, &(leat_kafka_source){.brokers = "memory", .topics = topic}),
                      LEAT_STRING, LEAT_STRING);
}

static leat_status to_text(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)user;
    return leat_emit(out, in->key, leat_task_format(task, "%" PRId64, leat_i64(in->value)));
}

static leat_status create(leat_streaming_context *ssc, void *user)
{
    build_fn build = *(build_fn *)user;

    leat_save_to_kafka(build(source(ssc, "left"), source(ssc, "right")), NULL, "out");
    return leat_ok(ssc);
}

static leat_test *start(build_fn build)
{
    leat_conf *conf = leat_conf_create(NULL, NULL);
    leat_test *test;

    leat_conf_set(conf, "leat.log.level", "error");
    leat_conf_set(conf, "leat.default.parallelism", "3");
    test = leat_test_create(conf, LEAT_SECONDS(1), create, &build, &err);
    if (test == NULL)
        fprintf(stderr, "%s\n", err.message);
    CHECK(test != NULL);
    return test;
}

/* "topic/partition key=value" each; NULL ends them. */
static void push_all(leat_test *test, const char *first, ...)
{
    va_list all;

    va_start(all, first);
    for (const char *text = first; text != NULL; text = va_arg(all, const char *)) {
        const char *slash = strchr(text, '/');
        const char *space = strchr(text, ' ');
        const char *equals = strchr(text, '=');
        char topic[16] = "";

        memcpy(topic, text, (size_t)(slash - text));
        CHECK_OK(leat_test_push(test, topic, (int32_t)strtol(slash + 1, NULL, 10),
                                (leat_bytes){space + 1, (size_t)(equals - space - 1)},
                                leat_string(equals + 1)));
    }
    va_end(all);
}

#define PUSH(...) push_all(__VA_ARGS__, NULL)

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What is in topic "out" from *next on, as "key=value" in one line, sorted unless in_order. */
static void put_out(leat_test *test, size_t *next, bool in_order, const char *expected)
{
    char *texts[100];
    char line[2000] = "";
    size_t count = 0;
    const leat_record *record;

    for (; (record = leat_test_output(test, "out", *next)) != NULL; ++*next) {
        char text[200];

        snprintf(text, sizeof text, "%.*s=%.*s", LEAT_ARG(record->key), LEAT_ARG(record->value));
        texts[count] = leat_alloc(1, strlen(text) + 1);
        memcpy(texts[count++], text, strlen(text));
        CHECK(count < 100);
    }
    if (!in_order)
        qsort(texts, count, sizeof *texts, by_text);
    for (size_t i = 0; i < count; i++) {
        snprintf(line + strlen(line), sizeof line - strlen(line), "%s%s", i == 0 ? "" : " ",
                 texts[i]);
        leat_free(texts[i]);
    }
    if (strcmp(line, expected) != 0)
        fprintf(stderr, "'%s' instead of '%s'\n", line, expected);
    CHECK(strcmp(line, expected) == 0);
}

/* ---- combined ---- */

static leat_status length(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)task;
    (void)user;
    return leat_emit_i64(out, in->key, (int64_t)in->value.size);
}

static leat_dstream *sum_lengths(leat_dstream *left, leat_dstream *right)
{
    leat_dstream *lengths = leat_typed(leat_map(left, length, NULL), LEAT_STRING, LEAT_I64);

    (void)right;
    return leat_typed(leat_map(leat_reduce_by_key(lengths, leat_sum_i64, NULL), to_text, NULL),
                      LEAT_STRING, LEAT_STRING);
}

static void reduce_by_key_sums_over_partitions(void)
{
    leat_test *test = start(sum_lengths);
    size_t next = 0;

    PUSH(test, "left/0 a=1", "left/1 a=22", "left/0 b=333", "left/1 c=", "left/0 b=4");
    run_batch(test);
    put_out(test, &next, false, "a=3 b=4 c=0");
    run_batch(test);
    put_out(test, &next, false, "");
    leat_test_destroy(test);
}

static leat_status refuse(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    (void)into;
    (void)user;
    return leat_task_fail(task, LEAT_BAD_RECORD, "no sum with '%.*s'", LEAT_ARG(value));
}

static leat_dstream *reduce_badly(leat_dstream *left, leat_dstream *right)
{
    (void)right;
    return leat_reduce_by_key(left, refuse, NULL);
}

static void a_reducer_that_fails_is_named(void)
{
    leat_test *test = start(reduce_badly);

    PUSH(test, "left/0 a=1", "left/0 a=2");
    CHECK(leat_test_run_batch(test, &err) == LEAT_BAD_RECORD);
    CHECK(strstr(err.message, "reduce_by_key at ") != NULL);
    CHECK(strstr(err.message, "no sum with '2'") != NULL);
    leat_test_destroy(test);
}

static leat_status decimal(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)user;
    return leat_emit(out, leat_string("n"),
                     leat_task_format(task, "%" PRId64, leat_i64(in->value)));
}

static leat_dstream *count_all(leat_dstream *left, leat_dstream *right)
{
    return leat_typed(leat_map(leat_count(leat_union(left, right)), decimal, NULL), LEAT_STRING,
                      LEAT_STRING);
}

static void count_puts_out_zero_for_an_empty_batch(void)
{
    leat_test *test = start(count_all);
    size_t next = 0;

    run_batch(test);
    put_out(test, &next, false, "n=0");
    PUSH(test, "left/0 a=1", "left/1 a=2", "right/0 b=3");
    run_batch(test);
    put_out(test, &next, false, "n=3");
    leat_test_destroy(test);
}

static leat_dstream *distinct(leat_dstream *left, leat_dstream *right)
{
    return leat_distinct(leat_union(left, right));
}

static void distinct_compares_keys_and_values(void)
{
    leat_test *test = start(distinct);
    size_t next = 0;

    PUSH(test, "left/0 a=1", "left/1 a=1", "right/0 a=2", "right/0 b=1", "left/0 b=1");
    run_batch(test);
    put_out(test, &next, false, "a=1 a=2 b=1");
    leat_test_destroy(test);
}

/* ---- grouped and joined ---- */

static leat_status concatenate(leat_task *task, leat_bytes key, leat_iterator *values,
                               leat_emitter *out, void *user)
{
    leat_bytes text = leat_string("");
    const leat_record *value;

    (void)user;
    while ((value = leat_iterator_next(values)) != NULL) {
        char *longer = leat_task_alloc(task, text.size + value->value.size + 1);

        memcpy(longer, text.data, text.size);
        memcpy(longer + text.size, value->value.data, value->value.size);
        text = (leat_bytes){longer, text.size + value->value.size};
    }
    return leat_emit(out, key, text);
}

static leat_dstream *group(leat_dstream *left, leat_dstream *right)
{
    (void)right;
    return leat_group_by_key(left, concatenate, NULL);
}

static void group_by_key_gives_all_values_of_a_key(void)
{
    leat_test *test = start(group);
    size_t next = 0;

    PUSH(test, "left/0 a=1", "left/0 b=2", "left/0 a=3", "left/1 a=4", "left/1 c=5");
    run_batch(test);
    put_out(test, &next, false, "a=134 b=2 c=5");
    leat_test_destroy(test);
}

static leat_status pair(leat_task *task, const leat_record *left, const leat_record *right,
                        leat_emitter *out, void *user)
{
    (void)user;
    return leat_emit(out, left != NULL ? left->key : right->key,
                     leat_task_format(task, "%.*s%.*s", left == NULL ? 1 : (int)left->value.size,
                                      left == NULL ? "-" : left->value.data,
                                      right == NULL ? 1 : (int)right->value.size,
                                      right == NULL ? "-" : right->value.data));
}

static leat_dstream *join(leat_dstream *left, leat_dstream *right)
{
    return leat_join(left, right, pair, NULL);
}

static leat_dstream *left_join(leat_dstream *left, leat_dstream *right)
{
    return leat_left_outer_join(left, right, pair, NULL);
}

static leat_dstream *right_join(leat_dstream *left, leat_dstream *right)
{
    return leat_right_outer_join(left, right, pair, NULL);
}

static leat_dstream *full_join(leat_dstream *left, leat_dstream *right)
{
    return leat_full_outer_join(left, right, pair, NULL);
}

static void check_join(build_fn build, const char *expected)
{
    leat_test *test = start(build);
    size_t next = 0;

    PUSH(test, "left/0 a=1", "left/1 a=2", "left/0 b=3", "right/0 a=x", "right/1 a=y",
         "right/0 c=z");
    run_batch(test);
    put_out(test, &next, false, expected);
    leat_test_destroy(test);
}

static void joins_pair_values_by_key(void)
{
    check_join(join, "a=1x a=1y a=2x a=2y");
    check_join(left_join, "a=1x a=1y a=2x a=2y b=3-");
    check_join(right_join, "a=1x a=1y a=2x a=2y c=-z");
    check_join(full_join, "a=1x a=1y a=2x a=2y b=3- c=-z");
}

static leat_status right_first(leat_task *task, leat_bytes key, leat_iterator *left,
                               leat_iterator *right, leat_emitter *out, void *user)
{
    char text[100] = "";
    const leat_record *one = leat_iterator_next(left);

    (void)user;
    if (one != NULL)
        strncat(text, one->value.data, one->value.size);
    while ((one = leat_iterator_next(right)) != NULL)
        strncat(text, one->value.data, one->value.size);
    text[strlen(text)] = '|';
    while ((one = leat_iterator_next(left)) != NULL)
        strncat(text, one->value.data, one->value.size);
    return leat_emit(out, key, leat_task_format(task, "%s", text));
}

static leat_dstream *cogroup(leat_dstream *left, leat_dstream *right)
{
    return leat_cogroup(left, right, right_first, NULL);
}

static void cogroup_takes_the_sides_in_any_order(void)
{
    leat_test *test = start(cogroup);
    size_t next = 0;

    PUSH(test, "left/0 a=1", "left/0 a=2", "left/0 a=3", "right/0 a=x", "right/0 a=y",
         "right/0 b=z");
    run_batch(test);
    put_out(test, &next, false, "a=1xy|23 b=z|");
    leat_test_destroy(test);
}

/* ---- ordered and moved ---- */

static leat_dstream *sort_down(leat_dstream *left, leat_dstream *right)
{
    return leat_partitioned(leat_sort_by_key(leat_union(left, right), true), 2, NULL, NULL);
}

static void sort_by_key_orders_over_partitions(void)
{
    leat_test *test = start(sort_down);
    size_t next = 0;

    PUSH(test, "left/0 b=1", "right/0 a=2", "left/1 d=3", "right/1 c=4", "left/0 e=5");
    run_batch(test);
    put_out(test, &next, true, "e=5 d=3 c=4 b=1 a=2");
    leat_test_destroy(test);
}

static leat_dstream *glom_of_two(leat_dstream *left, leat_dstream *right)
{
    (void)right;
    return leat_glom(leat_repartition(left, 2));
}

static void glom_gives_a_record_for_each_partition(void)
{
    leat_test *test = start(glom_of_two);
    size_t next = 0;

    PUSH(test, "left/0 k=a", "left/0 k=b", "left/0 k=c");
    run_batch(test);
    put_out(test, &next, true,
            "=\x92\xa1"
            "a\xa1"
            "c =\x91\xa1"
            "b");
    leat_test_destroy(test);
}

static const struct check_case cases[] = {
    CHECK_CASE(reduce_by_key_sums_over_partitions),
    CHECK_CASE(a_reducer_that_fails_is_named),
    CHECK_CASE(count_puts_out_zero_for_an_empty_batch),
    CHECK_CASE(distinct_compares_keys_and_values),
    CHECK_CASE(group_by_key_gives_all_values_of_a_key),
    CHECK_CASE(joins_pair_values_by_key),
    CHECK_CASE(cogroup_takes_the_sides_in_any_order),
    CHECK_CASE(sort_by_key_orders_over_partitions),
    CHECK_CASE(glom_gives_a_record_for_each_partition),
};

CHECK_MAIN(cases)
