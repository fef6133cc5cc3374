/* rdd_test: what a function given to foreach_rdd or transform can do with its RDD, through
 * leat_test_*; what must come out is written by hand. */
#include <inttypes.h>

#include "base/memory.h"
#include "leat/leat.h"
#include "leat/test.h"
#include "tests/support/run_batch.h"

enum { LINE_MAX_BYTES = 2000, RECORDS_MAX = 100 };

static leat_error err;

struct job {
    leat_rdd_fn output;
    leat_transform_fn transform; /* Its RDD is saved to "out". */
    int reads;                   /* Records that went through the first map. */
    leat_accumulator *seen;
    bool saves; /* To "first" and "second", beside output. */
};

static leat_dstream *source(leat_streaming_context *ssc)
{
    return leat_typed(
        leat_kafka_direct_stream(ssc, "records",
                                 &(leat_kafka_source){.brokers = "memory", .topics = "in"}),
        LEAT_STRING, LEAT_STRING);
}

/* A test's tasks have one thread. */
static leat_status count_read(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    struct job *job = user;

    job->reads++;
    leat_accumulator_add(job->seen, task, 1);
    return leat_emit(out, in->key, in->value);
}

static leat_status create(leat_streaming_context *ssc, void *user)
{
    struct job *job = user;
    leat_dstream *stream;

    job->seen = leat_accumulator_create(ssc, "seen");
    stream = leat_map(source(ssc), count_read, job);
    if (job->saves)
        leat_save_to_kafka(stream, NULL, "first");
    if (job->output != NULL)
        leat_foreach_rdd(stream, job->output, job);
    if (job->saves)
        leat_save_to_kafka(stream, NULL, "second");
    if (job->transform != NULL)
        leat_save_to_kafka(leat_transform(stream, job->transform, job), NULL, "out");
    return leat_ok(ssc);
}

static leat_test *start(struct job *job)
{
    leat_conf *conf = leat_conf_create(NULL, NULL);
    leat_test *test;

    leat_conf_set(conf, "leat.log.level", "error");
    leat_conf_set(conf, "leat.default.parallelism", "3");
    test = leat_test_create(conf, LEAT_SECONDS(1), create, job, &err);
    if (test == NULL)
        fprintf(stderr, "%s\n", err.message);
    CHECK(test != NULL);
    return test;
}

static void push(leat_test *test, int32_t partition, const char *key, const char *value)
{
    CHECK_OK(leat_test_push(test, "in", partition, leat_string(key), leat_string(value)));
}

/* Two partitions: b=22 a=1 and c=333 a=4444. */
static leat_test *push_four(struct job *job)
{
    leat_test *test = start(job);

    push(test, 0, "b", "22");
    push(test, 0, "a", "1");
    push(test, 1, "c", "333");
    push(test, 1, "a", "4444");
    return test;
}

/* One batch of the four records with output, one without records, the end. */
static void use(leat_rdd_fn output)
{
    struct job job = {.output = output};
    leat_test *test = push_four(&job);

    run_batch(test);
    run_batch(test);
    leat_test_destroy(test);
}

static bool is_first(leat_rdd *rdd)
{
    return leat_rdd_time(rdd) == 1000;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "key=value" of each record in one line; numbers as such; sorted unless in_order. */
static void is_line(leat_rdd *rdd, bool in_order, bool numbers, const char *expected)
{
    const leat_record *records;
    char *texts[RECORDS_MAX];
    char line[LINE_MAX_BYTES] = "";
    size_t count = 0;

    CHECK_OK(leat_rdd_collect(rdd, &records, &count));
    CHECK(count < RECORDS_MAX);
    for (size_t i = 0; i < count; i++) {
        texts[i] = leat_alloc(1, 100);
        if (numbers)
            snprintf(texts[i], 100, "%.*s=%" PRId64, LEAT_ARG(records[i].key),
                     leat_i64(records[i].value));
        else
            snprintf(texts[i], 100, "%.*s=%.*s", LEAT_ARG(records[i].key),
                     LEAT_ARG(records[i].value));
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

/* Of the batch with records; the batch without has none. */
static void gives(leat_rdd *rdd, const char *expected)
{
    is_line(rdd, false, false, is_first(rdd) ? expected : "");
}

static void gives_numbers(leat_rdd *rdd, const char *expected)
{
    is_line(rdd, false, true, is_first(rdd) ? expected : "");
}

/* ---- functions ---- */

static leat_status length(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)task;
    (void)user;
    return leat_emit_i64(out, in->key, (int64_t)in->value.size);
}

static leat_rdd *lengths_of(leat_rdd *rdd)
{
    return leat_rdd_typed(leat_rdd_map(rdd, length, NULL), LEAT_STRING, LEAT_I64);
}

static leat_status one_more(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    leat_bytes before = leat_buffer_view(into);

    (void)task;
    (void)value;
    (void)user;
    return leat_buffer_set_i64(into, before.data == NULL ? 1 : leat_i64(before) + 1);
}

/* The same number whatever the order: the sizes of all texts. */
static leat_status add_size(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    (void)task;
    (void)user;
    return leat_buffer_set_i64(into, leat_i64(leat_buffer_view(into)) + (int64_t)value.size);
}

static leat_status begin_size(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    (void)task;
    (void)user;
    CHECK(leat_buffer_view(into).data == NULL);
    return leat_buffer_set_i64(into, (int64_t)value.size);
}

static leat_status count_group(leat_task *task, leat_bytes key, leat_iterator *values,
                               leat_emitter *out, void *user)
{
    int64_t count = 0;

    (void)task;
    (void)user;
    while (leat_iterator_next(values) != NULL)
        count++;
    return leat_emit_i64(out, key, count);
}

static leat_status count_both(leat_task *task, leat_bytes key, leat_iterator *left,
                              leat_iterator *right, leat_emitter *out, void *user)
{
    int64_t count = 0;

    (void)task;
    (void)user;
    while (leat_iterator_next(left) != NULL)
        count += 10;
    while (leat_iterator_next(right) != NULL)
        count++;
    return leat_emit_i64(out, key, count);
}

static leat_status pair(leat_task *task, const leat_record *left, const leat_record *right,
                        leat_emitter *out, void *user)
{
    leat_bytes none = leat_string("-");

    (void)user;
    return leat_emit(out, left != NULL ? left->key : right->key,
                     leat_task_format(task, "%.*s/%.*s", LEAT_ARG(left ? left->value : none),
                                      LEAT_ARG(right ? right->value : none)));
}

static leat_status is_long(leat_task *task, const leat_record *in, bool *out_keep, void *user)
{
    (void)task;
    (void)user;
    *out_keep = in->value.size > 2;
    return LEAT_OK;
}

static leat_status is_not_a(leat_task *task, const leat_record *in, bool *out_keep, void *user)
{
    (void)task;
    (void)user;
    *out_keep = in->key.data[0] != 'a';
    return LEAT_OK;
}

/* ---- actions that combine ---- */

static leat_status combine(leat_rdd *rdd, void *user)
{
    const int64_t zero = 0;
    const leat_bytes nothing = {(const char *)&zero, sizeof zero};
    leat_bytes value;

    (void)user;
    CHECK_OK(leat_rdd_reduce(lengths_of(rdd), leat_sum_i64, NULL, &value));
    CHECK(is_first(rdd) ? leat_i64(value) == 10 : value.data == NULL);
    CHECK_OK(leat_rdd_reduce(lengths_of(rdd), leat_max_i64, NULL, &value));
    CHECK(is_first(rdd) ? leat_i64(value) == 4 : value.data == NULL);
    CHECK_OK(leat_rdd_fold(lengths_of(rdd), nothing, leat_sum_i64, NULL, &value));
    CHECK(leat_i64(value) == (is_first(rdd) ? 10 : 0));
    CHECK_OK(leat_rdd_aggregate(rdd, nothing, one_more, leat_sum_i64, NULL, &value));
    CHECK(leat_i64(value) == (is_first(rdd) ? 4 : 0));
    CHECK_OK(leat_rdd_aggregate(leat_rdd_repartition(rdd, 7), nothing, add_size, leat_sum_i64, NULL,
                                &value));
    CHECK(leat_i64(value) == (is_first(rdd) ? 10 : 0));
    return LEAT_OK;
}

static void reduce_fold_and_aggregate_combine_all_values(void)
{
    use(combine);
}

static leat_status look(leat_rdd *rdd, void *user)
{
    const leat_record *records = NULL;
    size_t count = 99;

    (void)user;
    CHECK_OK(leat_rdd_top(rdd, 2, &records, &count));
    CHECK(count == (is_first(rdd) ? 2 : 0));
    if (!is_first(rdd))
        return LEAT_OK;
    CHECK(leat_bytes_equal(records[0].key, leat_string("c")));
    CHECK(leat_bytes_equal(records[1].key, leat_string("b")));
    CHECK_OK(leat_rdd_top(rdd, 99, &records, &count));
    CHECK(count == 4 && leat_bytes_equal(records[3].key, leat_string("a")));
    CHECK_OK(leat_rdd_top(rdd, 0, &records, &count));
    CHECK(count == 0);
    CHECK_OK(leat_rdd_first(rdd, &records));
    CHECK(leat_bytes_equal(records[0].value, leat_string("22")));
    CHECK_OK(leat_rdd_first(leat_rdd_filter(rdd, is_long, NULL), &records));
    CHECK(leat_bytes_equal(records[0].value, leat_string("333")));
    CHECK_OK(leat_rdd_first(leat_rdd_sort_by_key(rdd, false), &records));
    CHECK(leat_bytes_equal(records[0].key, leat_string("a")));
    return LEAT_OK;
}

static void first_and_top_look_at_few(void)
{
    use(look);
}

static leat_status want_first(leat_rdd *rdd, void *user)
{
    const leat_record *record;

    (void)user;
    return leat_rdd_first(rdd, &record);
}

static void first_of_nothing_is_an_error(void)
{
    struct job job = {.output = want_first};
    leat_test *test = start(&job);

    CHECK(leat_test_run_batch(test, &err) == LEAT_INVALID);
    CHECK(strstr(err.message, "rdd_first of an RDD without records") != NULL);
    leat_test_destroy(test);
}

/* ---- wide operators ---- */

static leat_status combine_by_key(leat_rdd *rdd, void *user)
{
    const int64_t zero = 0;
    const leat_bytes nothing = {(const char *)&zero, sizeof zero};

    (void)user;
    gives_numbers(leat_rdd_reduce_by_key(lengths_of(rdd), leat_sum_i64, NULL), "a=5 b=2 c=3");
    gives_numbers(
        leat_rdd_typed(leat_rdd_combine_by_key(rdd, begin_size, add_size, leat_sum_i64, NULL),
                       LEAT_STRING, LEAT_I64),
        "a=5 b=2 c=3");
    gives_numbers(
        leat_rdd_typed(leat_rdd_aggregate_by_key(rdd, nothing, one_more, leat_sum_i64, NULL),
                       LEAT_STRING, LEAT_I64),
        "a=2 b=1 c=1");
    gives_numbers(
        leat_rdd_typed(leat_rdd_group_by_key(rdd, count_group, NULL), LEAT_STRING, LEAT_I64),
        "a=2 b=1 c=1");
    gives_numbers(leat_rdd_count_by_value(leat_rdd_union(rdd, rdd)), "1=2 22=2 333=2 4444=2");
    return LEAT_OK;
}

static void keys_are_combined(void)
{
    use(combine_by_key);
}

static leat_status join_two(leat_rdd *rdd, void *user)
{
    leat_rdd *longer = leat_rdd_filter(rdd, is_long, NULL);
    leat_rdd *others = leat_rdd_filter(rdd, is_not_a, NULL);

    (void)user;
    gives_numbers(
        leat_rdd_typed(leat_rdd_cogroup(rdd, longer, count_both, NULL), LEAT_STRING, LEAT_I64),
        "a=21 b=10 c=11");
    gives(leat_rdd_join(longer, others, pair, NULL), "c=333/333");
    gives(leat_rdd_left_outer_join(longer, others, pair, NULL), "a=4444/- c=333/333");
    gives(leat_rdd_right_outer_join(longer, others, pair, NULL), "b=-/22 c=333/333");
    gives(leat_rdd_full_outer_join(longer, others, pair, NULL), "a=4444/- b=-/22 c=333/333");
    gives(leat_rdd_join(rdd, rdd, pair, NULL),
          "a=1/1 a=1/4444 a=4444/1 a=4444/4444 b=22/22 c=333/333");
    return LEAT_OK;
}

static void rdds_are_joined(void)
{
    use(join_two);
}

static uint32_t by_first_letter(leat_bytes key, uint32_t partitions, void *user)
{
    (void)user;
    return (uint32_t)(key.data[0] - 'a') % partitions;
}

/* The partition as key, its keys in one text. */
static leat_status name_partition(leat_task *task, leat_iterator *in, leat_emitter *out, void *user)
{
    char keys[20] = "";
    const leat_record *record;

    (void)user;
    while ((record = leat_iterator_next(in)) != NULL)
        strncat(keys, record->key.data, record->key.size);
    return leat_emit(out, leat_task_format(task, "%d", (int)leat_task_partition(task)),
                     leat_string(keys));
}

static leat_rdd *names_of(leat_rdd *rdd)
{
    return leat_rdd_typed(leat_rdd_map_partitions(rdd, name_partition, NULL), LEAT_STRING,
                          LEAT_STRING);
}

static leat_status move(leat_rdd *rdd, void *user)
{
    leat_rdd *sums = leat_rdd_partitioned(
        leat_rdd_reduce_by_key(lengths_of(rdd), leat_sum_i64, NULL), 4, by_first_letter, NULL);
    leat_rdd *halves = leat_rdd_partitioned(leat_rdd_sort_by_key(rdd, true), 2, NULL, NULL);

    (void)user;
    gives(leat_rdd_distinct(leat_rdd_union(rdd, rdd)), "a=1 a=4444 b=22 c=333");
    is_line(leat_rdd_sort_by_key(leat_rdd_filter(rdd, is_long, NULL), false), true, false,
            is_first(rdd) ? "a=4444 c=333" : "");
    is_line(leat_rdd_filter(halves, is_not_a, NULL), true, false,
            is_first(rdd) ? "c=333 b=22" : "");
    CHECK(leat_rdd_partitions(rdd) == 2 && leat_rdd_partitions(sums) == 4);
    CHECK(leat_rdd_partitions(halves) == 2);
    CHECK(leat_rdd_partitions(leat_rdd_repartition(rdd, 5)) == 5);
    CHECK(leat_rdd_partitions(leat_rdd_distinct(rdd)) == 3);
    CHECK(leat_rdd_partitions(leat_rdd_union(rdd, sums)) == 6);
    is_line(names_of(sums), true, false, is_first(rdd) ? "0=a 1=b 2=c 3=" : "0= 1= 2= 3=");
    is_line(names_of(leat_rdd_partition_by(rdd, 2, by_first_letter, NULL)), true, false,
            is_first(rdd) ? "0=aca 1=b" : "0= 1=");
    gives(leat_rdd_repartition(rdd, 5), "a=1 a=4444 b=22 c=333");
    return LEAT_OK;
}

static void records_are_moved_as_told(void)
{
    use(move);
}

static leat_status glom_both(leat_rdd *rdd, void *user)
{
    const leat_record *records;
    size_t count = 0;

    (void)user;
    CHECK_OK(leat_rdd_collect(leat_rdd_glom(rdd), &records, &count));
    CHECK(count == 2 && records[0].key.data == NULL);
    if (is_first(rdd))
        CHECK(leat_bytes_equal(records[0].value, leat_string("\x92\xa2"
                                                             "22\xa1"
                                                             "1")));
    else
        CHECK(leat_bytes_equal(records[1].value, leat_string("\x90")));
    return LEAT_OK;
}

static void glom_has_a_record_of_each_partition(void)
{
    use(glom_both);
}

static leat_status decimal(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)user;
    return leat_emit(out, in->key, leat_task_format(task, "%" PRId64, leat_i64(in->value)));
}

/* An action inside of transform, then what it decides. */
static leat_rdd *largest_only(leat_rdd *rdd, void *user)
{
    leat_rdd *sums = leat_rdd_reduce_by_key(lengths_of(rdd), leat_sum_i64, user);
    uint64_t count = 0;

    if (leat_rdd_count(sums, &count) != LEAT_OK || count == 0)
        return NULL;
    CHECK(count == 3);
    return leat_rdd_typed(leat_rdd_map(leat_rdd_sort_by_key(sums, true), decimal, user),
                          LEAT_STRING, LEAT_STRING);
}

static void wide_operators_work_inside_of_transform(void)
{
    struct job job = {.transform = largest_only};
    leat_test *test = push_four(&job);
    const char *expected[] = {"c=3", "b=2", "a=5"};

    run_batch(test);
    run_batch(test); /* It gives no RDD. */
    for (size_t i = 0; i < 3; i++) {
        const leat_record *record = leat_test_output(test, "out", i);
        char text[20];

        CHECK(record != NULL);
        snprintf(text, sizeof text, "%.*s=%.*s", LEAT_ARG(record->key), LEAT_ARG(record->value));
        CHECK(strcmp(text, expected[i]) == 0);
    }
    CHECK(leat_test_output(test, "out", 3) == NULL);
    leat_test_destroy(test);
}

/* ---- how often the source is read ---- */

static leat_status count_thrice(leat_rdd *rdd, struct job *job, const int reads[3])
{
    const int before = job->reads;
    const leat_record *records;
    uint64_t count = 0;
    size_t collected = 0;

    CHECK_OK(leat_rdd_count(rdd, &count));
    CHECK(count == 4 && job->reads - before == reads[0]);
    CHECK_OK(leat_rdd_collect(rdd, &records, &collected));
    CHECK(collected == 4 && job->reads - before == reads[1]);
    gives_numbers(leat_rdd_reduce_by_key(lengths_of(rdd), leat_sum_i64, NULL), "a=5 b=2 c=3");
    CHECK(job->reads - before == reads[2]);
    return LEAT_OK;
}

static leat_status keep_and_drop(leat_rdd *rdd, void *user)
{
    leat_rdd *cached;

    if (!is_first(rdd))
        return LEAT_OK;
    LEAT_TRY(count_thrice(rdd, user, (const int[]){4, 8, 12}));
    cached = leat_rdd_cached(rdd);
    LEAT_TRY(count_thrice(cached, user, (const int[]){4, 4, 4}));
    LEAT_TRY(count_thrice(cached, user, (const int[]){0, 0, 0}));
    leat_rdd_unpersist(cached);
    LEAT_TRY(count_thrice(cached, user, (const int[]){4, 4, 4}));
    leat_rdd_unpersist(rdd); /* Was not kept. */
    leat_rdd_unpersist(NULL);
    return LEAT_OK;
}

static void actions_on_a_cached_rdd_read_the_source_once(void)
{
    struct job job = {.output = keep_and_drop};
    leat_test *test = push_four(&job);

    run_batch(test);
    CHECK(job.reads == 20);
    CHECK(leat_accumulator_value(job.seen) == 20); /* Each action's tasks count. */
    leat_test_destroy(test);
}

/* What was shuffled is kept for the batch, too. */
static leat_status shuffle_once(leat_rdd *rdd, void *user)
{
    struct job *job = user;
    leat_rdd *sums = leat_rdd_reduce_by_key(lengths_of(rdd), leat_sum_i64, NULL);
    uint64_t count;

    for (int i = 0; i < 3; i++)
        CHECK_OK(leat_rdd_count(sums, &count));
    CHECK(job->reads == (is_first(rdd) ? 4 : job->reads));
    return LEAT_OK;
}

static void a_shuffle_is_written_once_a_batch(void)
{
    struct job job = {.output = shuffle_once};
    leat_test *test = push_four(&job);

    run_batch(test);
    CHECK(job.reads == 4);
    leat_test_destroy(test);
}

static leat_status count_once(leat_rdd *rdd, void *user)
{
    uint64_t count;

    (void)user;
    return leat_rdd_count(rdd, &count);
}

static leat_status count_twice(leat_rdd *rdd, void *user)
{
    LEAT_TRY(count_once(rdd, user));
    return count_once(rdd, user);
}

static void reads_with_saves(leat_rdd_fn output, int reads)
{
    struct job job = {.output = output, .saves = true};
    leat_test *test = push_four(&job);

    run_batch(test);
    CHECK(leat_test_output(test, "first", 3) != NULL && leat_test_output(test, "first", 4) == NULL);
    CHECK(leat_test_output(test, "second", 3) != NULL);
    CHECK(leat_test_output(test, "second", 4) == NULL);
    if (job.reads != reads)
        fprintf(stderr, "read %d times\n", job.reads);
    CHECK(job.reads == reads);
    leat_test_destroy(test);
}

static void what_the_engine_writes_goes_along_with_the_first_action(void)
{
    reads_with_saves(NULL, 4);
    reads_with_saves(count_once, 4);
    reads_with_saves(count_twice, 8);
}

/* ---- mistakes ---- */

static leat_status partition_a_map(leat_rdd *rdd, void *user)
{
    uint64_t count;

    return leat_rdd_count(leat_rdd_partitioned(lengths_of(rdd), 2, NULL, user), &count);
}

static leat_status join_types(leat_rdd *rdd, void *user)
{
    uint64_t count;
    leat_rdd *numbers = leat_rdd_typed(leat_rdd_map(rdd, length, user), LEAT_BYTES, LEAT_I64);

    return leat_rdd_count(leat_rdd_join(rdd, numbers, pair, user), &count);
}

static leat_status reduce_by_nothing(leat_rdd *rdd, void *user)
{
    leat_bytes value;

    return leat_rdd_reduce(rdd, NULL, user, &value);
}

static void fails(leat_rdd_fn output, const char *words)
{
    struct job job = {.output = output};
    leat_test *test = push_four(&job);

    CHECK(leat_test_run_batch(test, &err) == LEAT_INVALID);
    if (strstr(err.message, words) == NULL || strstr(err.message, "rdd_test.c:") == NULL)
        fprintf(stderr, "%s\n", err.message);
    CHECK(strstr(err.message, words) != NULL && strstr(err.message, "rdd_test.c:") != NULL);
    leat_test_destroy(test);
}

static void mistakes_fail_the_batch_and_are_named(void)
{
    fails(partition_a_map, "rdd_partitioned goes right behind a wide operator");
    fails(join_types, "rdd_join of RDDs whose key types differ");
    fails(reduce_by_nothing, "reduce has no function");
}

static const struct check_case cases[] = {
    CHECK_CASE(reduce_fold_and_aggregate_combine_all_values),
    CHECK_CASE(first_and_top_look_at_few),
    CHECK_CASE(first_of_nothing_is_an_error),
    CHECK_CASE(keys_are_combined),
    CHECK_CASE(rdds_are_joined),
    CHECK_CASE(records_are_moved_as_told),
    CHECK_CASE(glom_has_a_record_of_each_partition),
    CHECK_CASE(wide_operators_work_inside_of_transform),
    CHECK_CASE(actions_on_a_cached_rdd_read_the_source_once),
    CHECK_CASE(a_shuffle_is_written_once_a_batch),
    CHECK_CASE(what_the_engine_writes_goes_along_with_the_first_action),
    CHECK_CASE(mistakes_fail_the_batch_and_are_named),
};

CHECK_MAIN(cases)
