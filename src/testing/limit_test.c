/* limit_test: keyed state several times larger than its share of the memory, all of whose keys each
 * batch visits: what it holds stays within the share, and what comes out is every key's. */
#include "leat/leat.h"
#include "leat/test.h"
#include "tests/support/held_state.h"
#include "tests/support/scratch.h"

enum { KEYS_EACH = 10000, BATCHES = 15, VALUE = 100 };

typedef leat_dstream *(*build_fn)(leat_dstream *in);

static leat_error err;
static char home[PATH_MAX];
static int made; /* Keys so far. */

static leat_status make_keys(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    char value[VALUE];

    (void)in, (void)user;
    memset(value, 'v', sizeof value);
    for (int i = 0; i < KEYS_EACH; i++) {
        leat_bytes key = leat_task_format(task, "key %d", made++);

        LEAT_TRY(leat_emit(out, key, (leat_bytes){value, sizeof value}));
    }
    return LEAT_OK;
}

static leat_status keep_first(leat_task *task, leat_bytes key, leat_iterator *values,
                              leat_state *state, void *user)
{
    const leat_record *first = leat_iterator_next(values);

    (void)task, (void)key, (void)user;
    return first == NULL ? LEAT_OK : leat_state_set(state, first->value);
}

static leat_dstream *by_update(leat_dstream *in)
{
    return leat_update_state_by_key(in, "kept", keep_first, NULL, NULL);
}

static leat_status longest(leat_task *task, leat_buffer *into, leat_bytes value, void *user)
{
    (void)task, (void)user;
    return value.size > leat_buffer_view(into).size ? leat_buffer_set(into, value) : LEAT_OK;
}

static leat_dstream *by_window(leat_dstream *in)
{
    return leat_reduce_by_key_and_window(in, "kept", longest, NULL, NULL, LEAT_SECONDS(100),
                                         LEAT_SECONDS(1));
}

static leat_status create(leat_streaming_context *ssc, void *user)
{
    leat_dstream *in = leat_kafka_direct_stream(
        ssc, "in", &(leat_kafka_source){.brokers = "memory", .topics = "in"});
    leat_dstream *keys = leat_typed(leat_flat_map(in, make_keys, NULL), LEAT_STRING, LEAT_STRING);

    leat_save_to_kafka(leat_typed(leat_count((*(build_fn *)user)(keys)), LEAT_STRING, LEAT_I64),
                       NULL, "out");
    return leat_ok(ssc);
}

static leat_test *start(build_fn *build)
{
    leat_conf *conf = leat_conf_create(NULL, NULL);
    leat_test *test;

    leat_conf_set(conf, "leat.log.level", "error");
    leat_conf_set(conf, "leat.checkpoint.directory", home);
    leat_conf_set(conf, "leat.memory.limit", "32m");
    leat_conf_set(conf, "leat.local.cores", "1");
    test = leat_test_create(conf, LEAT_SECONDS(1), create, build, &err);
    CHECK(test != NULL);
    return test;
}

static void check_batch(leat_test *test, int batch)
{
    const leat_record *count;

    CHECK_OK(leat_test_push(test, "in", 0, leat_string("k"), leat_string("v")));
    CHECK_OK(leat_test_run_batch(test, &err));
    count = leat_test_output(test, "out", (size_t)batch);
    CHECK(count != NULL && leat_i64(count->value) == (int64_t)(batch + 1) * KEYS_EACH);
    CHECK(held_state_bytes(test) <= held_state_limit(test) * 9 / 8);
}

static void check(build_fn build)
{
    leat_test *test;

    scratch_make(home);
    made = 0;
    test = start(&build);
    for (int i = 0; i < BATCHES; i++)
        check_batch(test, i);
    CHECK(held_state_limit(test) < (size_t)made * (VALUE + 8)); /* It is larger than the memory. */
    leat_test_destroy(test);
    scratch_remove(home);
}

static void an_update_of_all_keys_holds_no_more_than_it_may(void)
{
    check(by_update);
}

static void a_window_of_all_keys_holds_no_more_than_it_may(void)
{
    check(by_window);
}

static const struct check_case cases[] = {
    CHECK_CASE(an_update_of_all_keys_holds_no_more_than_it_may),
    CHECK_CASE(a_window_of_all_keys_holds_no_more_than_it_may),
};

CHECK_MAIN(cases)
