/*
 * stateful: state, windows with and without an inverse, a timeout, a join and text files in one
 * job. tests/verify/batchwise.py says what it must put out.
 */
#include <ctype.h>
#include <inttypes.h>

#include <leat/leat.h>

enum { RECENT_MS = 1000, LARGEST_MS = 200, IDLE_MS = 300, SLID_MS = 400, SLIDE_MS = 100 };

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

static leat_status until_silent(leat_task *task, leat_bytes key, const leat_record *in,
                                leat_state *state, leat_emitter *out, void *user)
{
    int64_t sum = leat_state_get_i64(state, 0);

    (void)user;
    if (in == NULL)
        return leat_emit(out, key, leat_task_format(task, "gone %" PRId64, sum));
    return leat_state_set_i64(state, sum + leat_i64(in->value));
}

static const char *decimal(leat_task *task, const leat_record *side)
{
    return side == NULL ? "-" : leat_task_format(task, "%" PRId64, leat_i64(side->value)).data;
}

static leat_status both(leat_task *task, const leat_record *left, const leat_record *right,
                        leat_emitter *out, void *user)
{
    leat_bytes key = left != NULL ? left->key : right->key;

    (void)user;
    return leat_emit(out, key,
                     leat_task_format(task, "%s %s", decimal(task, left), decimal(task, right)));
}

static leat_status to_slid(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)user;
    return leat_emit(out, in->key, leat_task_format(task, "slid %" PRId64, leat_i64(in->value)));
}

static leat_status to_line(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)user;
    return leat_emit(
        out, (leat_bytes){NULL, 0},
        leat_task_format(task, "%.*s\t%" PRId64, LEAT_ARG(in->key), leat_i64(in->value)));
}

static leat_status create(leat_streaming_context *ssc, void *user)
{
    leat_conf *conf = user;
    leat_dstream *lines = leat_kafka_direct_stream(
        ssc, "lines",
        &(leat_kafka_source){.brokers = leat_conf_argument(conf, "brokers", NULL),
                             .topics = leat_conf_argument(conf, "topic", NULL),
                             .group_id = leat_conf_argument(conf, "group", NULL),
                             .auto_offset_reset = "smallest",
                             .value_type = LEAT_STRING});
    leat_dstream *ones = leat_typed(leat_flat_map(lines, words, NULL), LEAT_STRING, LEAT_I64);
    leat_dstream *batch = leat_reduce_by_key(ones, leat_sum_i64, NULL);
    leat_dstream *counts = leat_update_state_by_key(
        batch, "counts", running, NULL,
        &(leat_state_options){.touched_keys_only = true, .type = LEAT_I64});
    leat_dstream *recent =
        leat_reduce_by_key_and_window(batch, "recent", leat_sum_i64, NULL, NULL, RECENT_MS, 0);
    leat_dstream *largest =
        leat_reduce_by_key_and_window(batch, "largest", leat_max_i64, NULL, NULL, LARGEST_MS, 0);
    leat_dstream *gone =
        leat_map_with_state(batch, "idle", until_silent, NULL,
                            &(leat_state_options){.timeout = IDLE_MS, .type = LEAT_I64});
    leat_dstream *joined = leat_full_outer_join(counts, recent, both, NULL);
    leat_dstream *output = leat_union(leat_typed(joined, LEAT_STRING, LEAT_STRING),
                                      leat_typed(gone, LEAT_STRING, LEAT_STRING));
    leat_dstream *slid =
        leat_reduce_by_key_and_window(batch, "slid", leat_sum_i64, NULL, NULL, SLID_MS, SLIDE_MS);
    const char *output_dir = leat_conf_argument(conf, "output-dir", NULL);
    const char *output_topic = leat_conf_argument(conf, "output-topic", NULL);

    if (output_topic != NULL) {
        leat_save_to_kafka(output, NULL, output_topic);
        leat_save_to_kafka(leat_typed(leat_map(slid, to_slid, NULL), LEAT_STRING, LEAT_STRING),
                           NULL, output_topic);
    } else {
        leat_save_as_text_files(leat_typed(output, LEAT_STRING, LEAT_STRING),
                                leat_conf_argument(conf, "joined-dir", NULL), "txt");
    }
    leat_save_as_text_files(leat_typed(leat_map(largest, to_line, NULL), LEAT_BYTES, LEAT_STRING),
                            output_dir, "txt");
    return leat_ok(ssc);
}

int main(int argc, char **argv)
{
    leat_conf *conf = leat_conf_create(&argc, argv);

    return leat_main(leat_streaming_context_get_or_create(
        leat_conf_argument(conf, "checkpoint", NULL), conf,
        leat_conf_argument_i64(conf, "interval-ms", 50), create, conf));
}
