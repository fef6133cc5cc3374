/*
 * sessions: a user's session ends half a minute after the last click. From topic "clicks", with the
 * user as key, to "sessions": how many clicks, and how long from the first to the last batch.
 */
#include <inttypes.h>

#include "gallery.h"

struct session {
    int64_t clicks;
    leat_time first;
    leat_time last;
};

static leat_status follow(leat_task *task, leat_bytes key, const leat_record *in, leat_state *state,
                          leat_emitter *out, void *user)
{
    leat_bytes stored = leat_state_get(state);
    struct session session = {.first = leat_task_time(task)};

    (void)user;
    if (stored.size == sizeof session)
        memcpy(&session, stored.data, sizeof session);
    if (in == NULL) /* Timing out. */
        return leat_emit(out, key,
                         leat_task_format(task, "%" PRId64 " clicks in %" PRId64 " s",
                                          session.clicks, (session.last - session.first) / 1000));
    session.clicks++;
    session.last = leat_task_time(task);
    return leat_state_set(state, (leat_bytes){(const char *)&session, sizeof session});
}

leat_status sessions(leat_streaming_context *ssc, void *user)
{
    leat_dstream *clicks = leat_kafka_direct_stream(
        ssc, "clicks",
        &(leat_kafka_source){.brokers = user, .topics = "clicks", .group_id = "sessions"});
    leat_dstream *ended = leat_map_with_state(clicks, "sessions", follow, NULL,
                                              &(leat_state_options){.timeout = LEAT_SECONDS(30)});

    leat_save_to_kafka(leat_typed(ended, LEAT_STRING, LEAT_STRING), NULL, "sessions");
    return leat_ok(ssc);
}
