/*
 * deduplicate: of records with the same key within an hour only the first one, from "orders" to
 * "unique-orders".
 *
 * What was seen is state: it outlives the process, and is forgotten after an hour by itself.
 */
#include "gallery.h"

static leat_status first_only(leat_task *task, leat_bytes key, const leat_record *in,
                              leat_state *state, leat_emitter *out, void *user)
{
    (void)task;
    (void)user;
    if (leat_state_get(state).data != NULL)
        return LEAT_OK;
    LEAT_TRY(leat_state_set(state, leat_string("")));
    return leat_emit(out, key, in->value);
}

leat_status deduplicate(leat_streaming_context *ssc, void *user)
{
    leat_dstream *orders = leat_kafka_direct_stream(
        ssc, "orders",
        &(leat_kafka_source){.brokers = user, .topics = "orders", .group_id = "deduplicate"});
    leat_dstream *unique =
        leat_map_with_state(orders, "seen", first_only, NULL,
                            &(leat_state_options){.time_to_live = LEAT_SECONDS(3600)});

    leat_save_to_kafka(unique, NULL, "unique-orders");
    return leat_ok(ssc);
}
