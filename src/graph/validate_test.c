/* validate_test: every graph that start refuses, and the sentence that says why. */
#include "graph/graph.h"

#include "base/memory.h"
#include "tests/support/check.h"

static leat_error err;

static leat_status act(leat_rdd *rdd, void *user)
{
    (void)rdd, (void)user;
    return LEAT_OK;
}

static leat_dstream *add_source(leat_streaming_context *ssc, const char *where, const char *name,
                                const char *brokers, const char *topics)
{
    return leat_kafka_direct_stream_at(where, ssc, name,
                                       &(leat_kafka_source){.brokers = brokers, .topics = topics});
}

/* A context with the source 'in' of topic "a". */
static leat_streaming_context *begin(leat_dstream **out_in)
{
    leat_streaming_context *ssc = leat_context_create();

    CHECK(ssc != NULL);
    *out_in = add_source(ssc, "j.c:1", "in", "k:9092", "a");
    return ssc;
}

static leat_sink *add_sink(leat_streaming_context *ssc, const char *name, const char *brokers,
                           const char *linger)
{
    return leat_kafka_sink(
        ssc, name,
        &(leat_sink_options){.brokers = brokers,
                             .parameters = (const char *const[]){"linger.ms", linger, NULL}});
}

/* Ends the context. */
static void refused(leat_streaming_context *ssc, const char *where, const char *sentence)
{
    err = (leat_error){LEAT_OK, ""};
    CHECK(leat_graph_validate(ssc, true, &err) == LEAT_INVALID);
    if (strstr(err.message, where) == NULL || strstr(err.message, sentence) == NULL)
        fprintf(stderr, "'%s' has no '%s' with '%s'\n", err.message, where, sentence);
    CHECK(strstr(err.message, where) != NULL && strstr(err.message, sentence) != NULL);
    leat_context_release(ssc);
}

static void accepted(leat_streaming_context *ssc, bool exactly_once)
{
    CHECK_OK(leat_graph_validate(ssc, exactly_once, &err));
    leat_context_release(ssc);
}

static void a_job_needs_an_output_operation(void)
{
    leat_dstream *in;

    refused(begin(&in), "", "no output operation");
}

static void two_states_have_two_names(void)
{
    leat_dstream *in;
    leat_streaming_context *ssc = begin(&in);

    leat_save_to_kafka_at("j.c:1", leat_window_at("j.c:2", in, "w", 1000, 0), NULL, "o");
    CHECK(leat_window_at("j.c:3", in, "w", 2000, 0) == NULL);
    refused(ssc, "j.c:3", "the name 'w' is taken");
}

static void of_several_sinks_one_must_be_named(void)
{
    leat_dstream *in;
    leat_streaming_context *ssc = begin(&in);
    leat_sink *second;

    add_sink(ssc, "one", NULL, "1");
    second = add_sink(ssc, "two", NULL, "1");
    leat_save_to_kafka_at("j.c:2", in, second, "o");
    CHECK_OK(leat_graph_validate(ssc, true, &err));
    leat_save_to_kafka_at("j.c:3", in, NULL, "o");
    refused(ssc, "j.c:3", "several; name one");
}

static void files_go_to_local_paths(void)
{
    leat_dstream *in;
    leat_streaming_context *ssc = begin(&in);

    ssc->checkpoint = "c";
    leat_save_as_text_files_at("j.c:2", in, "file:///out", NULL);
    CHECK_OK(leat_graph_validate(ssc, true, &err));
    leat_save_as_text_files_at("j.c:3", in, "hdfs://name/out", NULL);
    refused(ssc, "j.c:3", "not to 'hdfs://name/out'");
}

static void two_outputs_have_two_names(void)
{
    leat_dstream *in;
    leat_streaming_context *ssc = begin(&in);

    ssc->checkpoint = "c";
    leat_save_as_text_files_at("j.c:2", in, "/out", NULL);
    leat_save_as_text_files_at("j.c:3", in, "/out", "txt");
    CHECK_OK(leat_graph_validate(ssc, true, &err));
    leat_save_as_text_files_at("j.c:4", in, "/out", "");
    refused(ssc, "j.c:4", "'/out' is already at j.c:2");
}

static void a_topic_has_one_stream_in_a_group(void)
{
    leat_dstream *in;
    leat_streaming_context *ssc = begin(&in);

    leat_foreach_rdd_at("j.c:2", in, act, NULL);
    add_source(ssc, "j.c:3", "elsewhere", "far:9092", "a");
    leat_kafka_direct_stream_at(
        "j.c:4", ssc, "another group",
        &(leat_kafka_source){.brokers = "k:9092", .topics = "a", .group_id = "g"});
    ssc->checkpoint = "c";
    CHECK_OK(leat_graph_validate(ssc, true, &err));
    add_source(ssc, "j.c:5", "again", "k:9092", "b,a");
    refused(ssc, "j.c:5", "topic 'a' is read by streams 'in' and 'again'");
}

static void a_job_has_one_producer(void)
{
    leat_dstream *in;
    leat_streaming_context *ssc = begin(&in);

    leat_foreach_rdd_at("j.c:2", in, act, NULL);
    add_sink(ssc, "one", "far:9092", "1");
    add_sink(ssc, "two", NULL, "1");
    refused(ssc, "'one'", "on two clusters");

    ssc = begin(&in);
    leat_foreach_rdd_at("j.c:2", in, act, NULL);
    add_sink(ssc, "one", NULL, "1");
    add_sink(ssc, "two", NULL, "2");
    refused(ssc, "'one'", "different parameters");
}

static void an_output_topic_is_no_input(void)
{
    leat_dstream *in;
    leat_streaming_context *ssc = begin(&in);

    leat_save_to_kafka_at("j.c:2", in, NULL, "a");
    refused(ssc, "j.c:2", "output topic 'a' is also read by stream 'in'");

    ssc = begin(&in); /* A topic of the same name on another cluster is another topic. */
    add_sink(ssc, "far", "far:9092", "1");
    leat_save_to_kafka_at("j.c:2", in, NULL, "a");
    accepted(ssc, false);
}

static void what_kafka_cannot_remember_needs_a_checkpoint(void)
{
    leat_dstream *in;
    leat_streaming_context *ssc = begin(&in);

    leat_save_as_text_files_at("j.c:2", in, "/out", NULL);
    CHECK_OK(leat_graph_validate(ssc, false, &err));
    refused(ssc, "save_as_text_files", "needs a checkpoint directory");

    ssc = begin(&in);
    add_sink(ssc, "far", "far:9092", "1");
    leat_save_to_kafka_at("j.c:2", in, NULL, "o");
    CHECK_OK(leat_graph_validate(ssc, false, &err));
    refused(ssc, "j.c:1", "two clusters");
}

static void the_builder_s_first_error_is_the_answer(void)
{
    leat_dstream *in;
    leat_streaming_context *ssc = begin(&in);

    add_source(ssc, "j.c:2", "in", "k:9092", "b");
    add_source(ssc, "j.c:3", "other", "k:9092", NULL);
    leat_foreach_rdd_at("j.c:4", in, act, NULL);
    refused(ssc, "j.c:2", "two streams are named 'in'");
}

/* A source that must be refused by itself. */
static void refused_source(const char *name, const leat_kafka_source *definition,
                           const char *sentence)
{
    leat_streaming_context *ssc = leat_context_create();

    CHECK(leat_kafka_direct_stream_at("j.c:1", ssc, name, definition) == NULL);
    refused(ssc, "j.c:1", sentence);
}

static void a_source_must_be_whole(void)
{
    static const leat_offset_range no_topic[] = {{.topic = NULL}};

    refused_source("", &(leat_kafka_source){.brokers = "k", .topics = "a"}, "needs a name");
    refused_source("s", &(leat_kafka_source){.topics = "a"}, "has no brokers");
    refused_source("s", &(leat_kafka_source){.brokers = "k"}, "topics or a topic_pattern");
    refused_source("s", &(leat_kafka_source){.brokers = "k", .topics = "a", .topic_pattern = "b"},
                   "topics or a topic_pattern");
    refused_source("s", &(leat_kafka_source){.brokers = "k", .topics = " ,"}, "names no topic");
    refused_source("s", &(leat_kafka_source){.brokers = "k", .topics = "a,b,a"},
                   "topic 'a' is named twice");
    refused_source(
        "s", &(leat_kafka_source){.brokers = "k", .topics = "a", .auto_offset_reset = "smalest"},
        "auto.offset.reset 'smalest'");
    refused_source(
        "s",
        &(leat_kafka_source){
            .brokers = "k", .topics = "a", .from_offsets = no_topic, .from_offsets_count = 1},
        "from_offsets[0]");
}

static bool has_pair(const char *const *pairs, const char *key, const char *value)
{
    for (size_t i = 0; pairs[i] != NULL; i += 2)
        if (strcmp(pairs[i], key) == 0)
            return strcmp(pairs[i + 1], value) == 0;
    return false;
}

static void the_producer_has_the_source_s_security_unless_it_is_elsewhere(void)
{
    static const char *const secure[] = {"security.protocol", "SSL", "fetch.wait.max.ms", "9",
                                         NULL};
    const leat_kafka_source in = {.brokers = "k:9092", .topics = "a", .parameters = secure};
    static const char *const brokers[] = {NULL, "far:9092"};

    for (int elsewhere = 0; elsewhere < 2; elsewhere++) {
        leat_streaming_context *ssc = leat_context_create();

        add_sink(ssc, "one", brokers[elsewhere], "7");
        leat_foreach_rdd_at("j.c:2", leat_kafka_direct_stream_at("j.c:1", ssc, "in", &in), act,
                            NULL);
        CHECK_OK(leat_graph_validate(ssc, false, &err));
        CHECK(has_pair(ssc->writer_parameters, "linger.ms", "7"));
        CHECK(has_pair(ssc->writer_parameters, "security.protocol", "SSL") == !elsewhere);
        CHECK(!has_pair(ssc->writer_parameters, "fetch.wait.max.ms", "9"));
        leat_context_release(ssc);
    }
}

static void without_memory_a_graph_is_an_error(void)
{
    leat_status status = LEAT_NO_MEMORY;

    for (long allocations = 0; status != LEAT_OK; allocations++) {
        leat_streaming_context *ssc;
        leat_dstream *in;

        leat_memory_fail_after(allocations);
        ssc = leat_context_create();
        if (ssc != NULL) {
            in = add_source(ssc, "j.c:1", "in", "k:9092", "a");
            add_sink(ssc, "one", NULL, "1");
            leat_save_to_kafka_at("j.c:2", in, NULL, "o");
            status = leat_graph_validate(ssc, true, &err);
            CHECK(status == LEAT_OK || status == LEAT_NO_MEMORY);
        }
        leat_memory_fail_after(-1);
        if (ssc != NULL)
            leat_context_release(ssc);
    }
}

static const struct check_case cases[] = {
    CHECK_CASE(a_job_needs_an_output_operation),
    CHECK_CASE(two_states_have_two_names),
    CHECK_CASE(of_several_sinks_one_must_be_named),
    CHECK_CASE(files_go_to_local_paths),
    CHECK_CASE(two_outputs_have_two_names),
    CHECK_CASE(a_topic_has_one_stream_in_a_group),
    CHECK_CASE(a_job_has_one_producer),
    CHECK_CASE(an_output_topic_is_no_input),
    CHECK_CASE(what_kafka_cannot_remember_needs_a_checkpoint),
    CHECK_CASE(the_builder_s_first_error_is_the_answer),
    CHECK_CASE(a_source_must_be_whole),
    CHECK_CASE(the_producer_has_the_source_s_security_unless_it_is_elsewhere),
    CHECK_CASE(without_memory_a_graph_is_an_error),
};

CHECK_MAIN(cases)
