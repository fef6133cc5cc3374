/* explain: the head of what `leat explain` prints: how the job runs and who commits its batches. */
#include <inttypes.h>

#include "graph/graph.h"
#include "stream/engine_internal.h"

static bool say_interval(const struct leat_engine *engine, struct leat_buffer *out)
{
    int64_t ms = engine->interval_ms;

    if (ms == 0)
        return leat_buffer_printf(out, "as soon as data waits");
    return ms % 1000 == 0 ? leat_buffer_printf(out, "every %" PRId64 " s", ms / 1000)
                          : leat_buffer_printf(out, "every %" PRId64 " ms", ms);
}

/* See docs/internals/commit-protocol.md. */
static const char *authority_text(enum leat_authority authority)
{
    switch (authority) {
    case LEAT_AUTHORITY_KAFKA:
        return "one Kafka transaction holds a batch's records and offsets";
    case LEAT_AUTHORITY_LEDGER:
        return "the checkpoint commits a batch; the group gets its offsets afterwards";
    case LEAT_AUTHORITY_AT_LEAST_ONCE:
        return "a batch is written, then noted; a crash between the two repeats it";
    }
    return "";
}

bool leat_engine_explain(const struct leat_engine *engine, struct leat_buffer *out)
{
    const struct leat_streaming_context *ssc = engine->ssc;

    return leat_buffer_printf(out, "job '%s', a batch ", engine->settings.app_name) &&
           say_interval(engine, out) &&
           leat_buffer_printf(
               out, "\n    guarantee: %s\n    authority: %c, %s\n    group: %s\n",
               engine->settings.guarantee == LEAT_EXACTLY_ONCE ? "exactly_once" : "at_least_once",
               engine->authority, authority_text(engine->authority), engine->job_group) &&
           leat_buffer_printf(out, "    checkpoint: %s\n",
                              ssc->checkpoint == NULL ? "none" : ssc->checkpoint) &&
           leat_graph_explain(ssc, out);
}
