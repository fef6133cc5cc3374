/*
 * join_streams: each click with the impressions of the same ad in the last ten minutes, from topics
 * "clicks" and "impressions" to "attributed"; a click without one comes out with "-".
 *
 * The side that is waited for is a window; the other one is the batch alone, so each pair comes out
 * once.
 */
#include "gallery.h"

static leat_status attribute(leat_task *task, const leat_record *click,
                             const leat_record *impression, leat_emitter *out, void *user)
{
    leat_bytes none = leat_string("-");

    (void)user;
    return leat_emit(out, click->key,
                     leat_task_format(task, "%.*s %.*s", LEAT_ARG(click->value),
                                      LEAT_ARG(impression == NULL ? none : impression->value)));
}

leat_status join_streams(leat_streaming_context *ssc, void *user)
{
    leat_dstream *clicks = leat_kafka_direct_stream(
        ssc, "clicks",
        &(leat_kafka_source){.brokers = user, .topics = "clicks", .group_id = "join_streams"});
    leat_dstream *impressions = leat_kafka_direct_stream(
        ssc, "impressions",
        &(leat_kafka_source){.brokers = user, .topics = "impressions", .group_id = "join_streams"});
    leat_dstream *recent =
        leat_window(impressions, "recent-impressions", LEAT_SECONDS(600), LEAT_SECONDS(0));

    leat_save_to_kafka(leat_left_outer_join(clicks, recent, attribute, NULL), NULL, "attributed");
    return leat_ok(ssc);
}
