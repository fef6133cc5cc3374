/* test: leat_test_*: a job on Kafka in memory, its engine called batch by batch. */
#include "leat/test.h"

#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "graph/graph.h"
#include "stream/engine.h"
#include "stream/listeners.h"
#include "testing/memory_kafka.h"

struct leat_test {
    struct leat_memory_kafka *kafka; /* Owned. */
    struct leat_manual_clock hands;
    leat_streaming_context *ssc; /* Owned. */
    leat_duration interval;
    leat_create_fn create;
    void *user;
    bool failed; /* Nothing more is run, as in a job that stopped. */
};

static leat_status make_topics(struct leat_test *test, leat_error *err)
{
    for (const struct leat_source *s = test->ssc->sources; s != NULL; s = s->next)
        for (size_t i = 0; s->topics != NULL && s->topics[i] != NULL; i++)
            if (leat_memory_kafka_create_topic(test->kafka, s->topics[i], 1) != LEAT_OK)
                return leat_fail(err, LEAT_NO_MEMORY, "no memory for topic '%s'", s->topics[i]);
    return LEAT_OK;
}

/* One thread makes a test's order of calls its own; a job that guards what it shares wants more. */
static bool asks_for_threads(const leat_conf *conf)
{
    const char *cores = leat_conf_get(conf, "leat.local.cores");

    return cores != NULL && strcmp(cores, "0") != 0;
}

static leat_status start(struct leat_test *test, leat_error *err)
{
    struct leat_engine *engine = test->ssc->engine;
    struct leat_engine_parts parts = {.kafka = leat_memory_kafka_driver(test->kafka),
                                      .clock = leat_clock_manual(&test->hands),
                                      .log = {.write = leat_log_to_stderr},
                                      .silent = true,
                                      .one_thread = !asks_for_threads(test->ssc->conf),
                                      .state_in_memory = true};

    LEAT_TRY(make_topics(test, err));
    LEAT_TRY(leat_engine_set_up(engine, &parts, err));
    LEAT_TRY(leat_engine_open(engine, err));
    LEAT_TRY(leat_engine_start_up(engine, err));
    leat_listeners_tell_start(engine);
    return LEAT_OK;
}

/* Builds the job and starts it; takes conf over. */
static leat_status build(struct leat_test *test, leat_conf *conf, leat_error *err)
{
    leat_status status;

    test->ssc = leat_streaming_context_get_or_create_at(LEAT_VERSION_NUMBER, NULL, conf,
                                                        test->interval, test->create, test->user);
    status = test->ssc == NULL ? leat_fail(err, LEAT_NO_MEMORY, "no memory for a test")
                               : start(test, err);
    test->failed = status != LEAT_OK;
    return status;
}

leat_test *leat_test_create(leat_conf *conf, leat_duration interval, leat_create_fn create,
                            void *user, leat_error *err)
{
    struct leat_test *test = leat_alloc(1, sizeof *test);

    if (test != NULL)
        test->kafka = leat_memory_kafka_create();
    if (test == NULL || test->kafka == NULL) {
        leat_fail(err, LEAT_NO_MEMORY, "no memory for a test");
        leat_conf_destroy(conf);
        leat_free(test);
        return NULL;
    }
    test->interval = interval;
    test->create = create;
    test->user = user;
    if (build(test, conf, err) == LEAT_OK)
        return test;
    leat_test_destroy(test);
    return NULL;
}

leat_status leat_test_restart(leat_test *test, leat_conf *conf, leat_error *err)
{
    leat_streaming_context_destroy(test->ssc);
    return build(test, conf, err);
}

leat_status leat_test_push(leat_test *test, const char *topic, int32_t partition, leat_bytes key,
                           leat_bytes value)
{
    if (topic == NULL || partition < 0)
        return LEAT_INVALID;
    LEAT_TRY(leat_memory_kafka_create_topic(test->kafka, topic, partition + 1));
    leat_engine_expect_partitions(test->ssc->engine);
    return leat_memory_kafka_push(test->kafka, topic, partition, key, value,
                                  leat_engine_now_ms(test->ssc->engine));
}

leat_status leat_test_run_batch(leat_test *test, leat_error *err)
{
    struct leat_engine *engine = test->ssc->engine;
    int64_t interval_ms = leat_engine_interval_ms(engine);
    leat_time now = leat_engine_now_ms(engine);
    leat_status status;
    bool ran;

    if (test->failed)
        return leat_fail(err, LEAT_INVALID, "the job stopped with an error before");
    now = interval_ms == 0 ? now + 1 : (now / interval_ms + 1) * interval_ms;
    leat_manual_clock_set(&test->hands, now);
    leat_memory_kafka_set_time(test->kafka, now);
    status = leat_engine_run_batch(engine, &ran, err);
    test->failed = status != LEAT_OK;
    return status;
}

const leat_record *leat_test_output(leat_test *test, const char *topic, size_t index)
{
    return leat_memory_kafka_committed(test->kafka, topic, index);
}

leat_streaming_context *leat_test_context(leat_test *test)
{
    return test->ssc;
}

void leat_test_destroy(leat_test *test)
{
    if (test == NULL)
        return;
    if (!test->failed)
        (void)!leat_engine_shut_down(test->ssc->engine, NULL);
    leat_streaming_context_destroy(test->ssc);
    leat_memory_kafka_destroy(test->kafka);
    leat_free(test);
}
