/*
 * top_words: the three most frequent values of topic "words" in the last minute, every ten seconds,
 * to topic "top-words": key = how often, value = the word, the most frequent one first.
 */
#include <inttypes.h>

#include "gallery.h"

enum { TOP = 3 };

static leat_status by_count(leat_task *task, const leat_record *in, leat_emitter *out, void *user)
{
    (void)task;
    (void)user;
    return leat_emit(out, in->value, in->key);
}

/* One partition, sorted: its first records are the top ones. */
static leat_status first_ones(leat_task *task, leat_iterator *in, leat_emitter *out, void *user)
{
    const leat_record *record;

    (void)user;
    for (int i = 0; i < TOP && (record = leat_iterator_next(in)) != NULL; i++) {
        leat_bytes times = leat_task_format(task, "%" PRId64, leat_i64(record->key));

        LEAT_TRY(leat_emit(out, times, record->value));
    }
    return LEAT_OK;
}

leat_status top_words(leat_streaming_context *ssc, void *user)
{
    leat_dstream *words = leat_kafka_direct_stream(ssc, "words",
                                                   &(leat_kafka_source){.brokers = user,
                                                                        .topics = "words",
                                                                        .group_id = "top_words",
                                                                        .value_type = LEAT_STRING});
    leat_dstream *counts =
        leat_count_by_value_and_window(words, "last-minute", LEAT_SECONDS(60), LEAT_SECONDS(10));
    leat_dstream *sorted =
        leat_sort_by_key(leat_typed(leat_map(counts, by_count, NULL), LEAT_I64, LEAT_STRING), true);
    leat_dstream *top = leat_map_partitions(sorted, first_ones, NULL);

    leat_save_to_kafka(leat_typed(top, LEAT_STRING, LEAT_STRING), NULL, "top-words");
    return leat_ok(ssc);
}
