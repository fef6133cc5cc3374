/*
 * wordcount: a running count of each word, exactly-once. Each batch puts out the words that it
 * touched: key = word, value = the count as decimal text.
 */
#include <ctype.h>
#include <inttypes.h>

#include <leat/leat.h>

static leat_status words(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    const char *text = in->value.data;
    const char *end = text + in->value.size;

    (void)task;
    (void)user;
    while (text < end) {
        const char *start;

        while (text < end && isspace((unsigned char)*text))
            text++;
        for (start = text; text < end && !isspace((unsigned char)*text);)
            text++;
        if (text > start)
            LEAT_TRY(leat_emit_i64(out, (leat_bytes){start, (size_t)(text - start)}, 1));
    }
    return LEAT_OK;
}

static leat_status running(leat_task *task, leat_bytes key, leat_iterator *values,
                           leat_state *state, void *user)
{
    int64_t sum = leat_state_get_i64(state, 0);
    const leat_record *value;

    (void)task;
    (void)key;
    (void)user;
    while ((value = leat_iterator_next(values)) != NULL)
        sum += leat_i64(value->value);
    return leat_state_set_i64(state, sum);
}

static leat_status decimal(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)user;
    return leat_emit(out, in->key, leat_task_format(task, "%" PRId64, leat_i64(in->value)));
}

static leat_status create(leat_streaming_context *ssc, void *user)
{
    leat_conf *conf = user;
    leat_dstream *lines = leat_kafka_direct_stream(
        ssc, "lines",
        &(leat_kafka_source){.brokers = leat_conf_argument(conf, "brokers", "localhost:9092"),
                             .topics = leat_conf_argument(conf, "topic", "lines"),
                             .group_id = leat_conf_argument(conf, "group", "wordcount"),
                             .auto_offset_reset = "smallest",
                             .value_type = LEAT_STRING});
    leat_dstream *ones = leat_typed(leat_flat_map(lines, words, NULL), LEAT_STRING, LEAT_I64);
    leat_dstream *batch = leat_reduce_by_key(ones, leat_sum_i64, NULL);
    leat_dstream *counts = leat_update_state_by_key(
        batch, "counts", running, NULL,
        &(leat_state_options){.touched_keys_only = true, .type = LEAT_I64});

    leat_save_to_kafka(leat_typed(leat_map(counts, decimal, NULL), LEAT_STRING, LEAT_STRING), NULL,
                       leat_conf_argument(conf, "output-topic", "counts"));
    return leat_ok(ssc);
}

int main(int argc, char **argv)
{
    leat_conf *conf = leat_conf_create(&argc, argv);

    return leat_main(leat_streaming_context_get_or_create(
        leat_conf_argument(conf, "checkpoint", "checkpoint/wordcount"), conf,
        leat_conf_argument_i64(conf, "interval-ms", LEAT_SECONDS(1)), create, conf));
}
