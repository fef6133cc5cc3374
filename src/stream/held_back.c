/* held_back: see held_back.h. */
#include "stream/held_back.h"

#include <inttypes.h>

#include "stream/engine_internal.h"

static bool is_held(const struct leat_partition *at)
{
    return at->source != NULL && at->source->link->read_committed &&
           at->high_watermark > at->log_end;
}

static void say_held(struct leat_engine *engine, struct leat_partition *at)
{
    at->held_since_us = -1;
    leat_log_write(&engine->log, LEAT_LOG_WARN, "stream",
                   "topic '%s' partition %" PRId32 " is held back by a transaction that another "
                   "producer has open since offset %" PRId64 ": %" PRId64 " offsets wait",
                   at->topic, at->partition, at->log_end, at->high_watermark - at->log_end);
}

static void say_over(struct leat_engine *engine, struct leat_partition *at)
{
    leat_log_write(&engine->log, LEAT_LOG_WARN, "stream",
                   "topic '%s' partition %" PRId32 " is not held back any more at offset %" PRId64,
                   at->topic, at->partition, at->held_at);
}

/* Every transaction holds back for a moment: what stays is told. */
void leat_engine_watch_held_back(struct leat_engine *engine)
{
    int64_t patience_us = engine->settings.request_timeout_ms * 1000;
    int64_t now_us = leat_engine_now_us(engine);

    for (size_t i = 0; i < engine->partition_count; i++) {
        struct leat_partition *at = &engine->partitions[i];
        bool held = is_held(at);

        if (held && at->held_at == at->log_end) {
            if (at->held_since_us >= 0 && now_us - at->held_since_us >= patience_us)
                say_held(engine, at);
            continue;
        }
        if (at->held_since_us < 0)
            say_over(engine, at);
        at->held_at = held ? at->log_end : -1;
        at->held_since_us = now_us;
    }
}

int64_t leat_engine_held_back(const struct leat_engine *engine)
{
    int64_t offsets = 0;

    for (size_t i = 0; i < engine->partition_count; i++)
        if (is_held(&engine->partitions[i]))
            offsets += engine->partitions[i].high_watermark - engine->partitions[i].log_end;
    return offsets;
}
