/* explain_test: what `leat explain` says of a graph, against text written by hand. */
#include "graph/graph.h"

#include "base/memory.h"
#include "tests/support/check.h"

static leat_status copy(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)task, (void)in, (void)out, (void)user;
    return LEAT_OK;
}

static leat_status act(leat_rdd *rdd, void *user)
{
    (void)rdd, (void)user;
    return LEAT_OK;
}

static leat_status load(void **out_value, void *user, leat_error *err)
{
    (void)out_value, (void)user, (void)err;
    return LEAT_OK;
}

static leat_dstream *source(leat_streaming_context *ssc, const char *where, const char *name,
                            const char *topics)
{
    return leat_kafka_direct_stream_at(where, ssc, name,
                                       &(leat_kafka_source){.brokers = "k:9092", .topics = topics});
}

static void explains(leat_streaming_context *ssc, const char *expected)
{
    struct leat_buffer text = {0};
    leat_error err = {LEAT_OK, ""};

    CHECK_OK(leat_graph_validate(ssc, false, &err));
    CHECK(leat_graph_explain(ssc, &text));
    CHECK(leat_buffer_append_char(&text, '\0'));
    if (strcmp(text.data, expected) != 0)
        fprintf(stderr, "%s\n--- instead of\n%s\n", text.data, expected);
    CHECK(strcmp(text.data, expected) == 0);
    leat_buffer_release(&text);
    leat_context_release(ssc);
}

static void outputs_that_write_ride_in_the_stage_of_an_action(void)
{
    leat_streaming_context *ssc = leat_context_create();
    leat_dstream *in = source(ssc, "j.c:1", "in", "a, b");
    leat_dstream *mapped = leat_map_at("j.c:2", in, copy, NULL);

    leat_save_as_text_files_at("j.c:3", mapped, "/out/x", "txt");
    leat_foreach_rdd_at("j.c:4", mapped, act, NULL);
    leat_save_to_kafka_at("j.c:5", in, NULL, "copy");
    explains(
        ssc,
        "graph\n"
        "    output 0: save_as_text_files (j.c:3) to /out/x-<batch time>.txt/\n"
        "        map (j.c:2)\n"
        "            kafka_direct_stream 'in' (j.c:1)\n"
        "    output 1: foreach_rdd (j.c:4) by a function; effect: what it does outside of the "
        "batch's transaction is not taken back\n"
        "        map (j.c:2)\n"
        "            kafka_direct_stream 'in' (j.c:1)\n"
        "    output 2: save_to_kafka (j.c:5) to topic copy\n"
        "        kafka_direct_stream 'in' (j.c:1)\n"
        "stages\n"
        "    stage 0\n"
        "        'in' -> map -> save_as_text_files (output 0)\n"
        "        'in' -> map -> foreach_rdd (output 1)\n"
        "        tasks: one for each partition of 'in'\n"
        "        a further action of the function is a further stage\n"
        "    stage 1\n"
        "        'in' -> save_to_kafka (output 2)\n"
        "        tasks: one for each partition of 'in'\n"
        "sources\n"
        "    'in' (j.c:1): topics a, b on k:9092; where nothing is committed: from the latest\n"
        "state\n"
        "    no operator keeps any\n"
        "sinks\n"
        "    Kafka on the source's cluster\n"
        "    files /out/x-<batch time>.txt/\n");
}

static void a_union_has_the_tasks_of_both_and_print_a_stage_of_its_own(void)
{
    leat_streaming_context *ssc = leat_context_create();
    leat_dstream *left = leat_map_at("j.c:3", source(ssc, "j.c:1", "l", "a"), copy, NULL);
    leat_dstream *both = leat_union_at("j.c:4", left, source(ssc, "j.c:2", "r", "b"));

    leat_kafka_sink(ssc, "far", &(leat_sink_options){.brokers = "far:9092"});
    leat_broadcast_create(ssc, "words", load, NULL, NULL,
                          &(leat_broadcast_options){.refresh = 1000});
    leat_save_to_kafka_at("j.c:7", both, NULL, "all");
    leat_print_at("j.c:8", left, 5);
    explains(ssc, "graph\n"
                  "    output 0: save_to_kafka (j.c:7) to topic all\n"
                  "        union (j.c:4)\n"
                  "            map (j.c:3)\n"
                  "                kafka_direct_stream 'l' (j.c:1)\n"
                  "            kafka_direct_stream 'r' (j.c:2)\n"
                  "    output 1: print (j.c:8) of 5 records; effect: what it does outside of the "
                  "batch's transaction is not taken back\n"
                  "        map (j.c:3)\n"
                  "            kafka_direct_stream 'l' (j.c:1)\n"
                  "stages\n"
                  "    stage 0\n"
                  "        'l' -> map -> print (output 1)\n"
                  "        tasks: one for each partition of 'l', until 6 records are there\n"
                  "    stage 1\n"
                  "        ('l' -> map, 'r') -> union -> save_to_kafka (output 0)\n"
                  "        tasks: one for each partition of 'l' and 'r'\n"
                  "sources\n"
                  "    'l' (j.c:1): topics a on k:9092; where nothing is committed: from the "
                  "latest\n"
                  "    'r' (j.c:2): topics b on k:9092; where nothing is committed: from the "
                  "latest\n"
                  "state\n"
                  "    no operator keeps any\n"
                  "broadcasts\n"
                  "    'words', loaded at the start and again between batches\n"
                  "sinks\n"
                  "    Kafka 'far' on far:9092\n"
                  "    stdout\n");
}

static void without_memory_there_is_no_text(void)
{
    leat_streaming_context *ssc = leat_context_create();
    struct leat_buffer text = {0};
    long allocations = 0;
    bool done = false;

    leat_print_at("j.c:2", source(ssc, "j.c:1", "in", "a"), 5);
    CHECK_OK(leat_graph_validate(ssc, false, NULL));
    while (!done) {
        leat_memory_fail_after(allocations++);
        done = leat_graph_explain(ssc, &text);
        leat_memory_fail_after(-1);
        leat_buffer_release(&text);
    }
    CHECK(allocations > 1);
    leat_context_release(ssc);
}

static const struct check_case cases[] = {
    CHECK_CASE(outputs_that_write_ride_in_the_stage_of_an_action),
    CHECK_CASE(a_union_has_the_tasks_of_both_and_print_a_stage_of_its_own),
    CHECK_CASE(without_memory_there_is_no_text),
};

CHECK_MAIN(cases)
