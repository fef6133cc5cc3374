/* broadcasts: see broadcasts.h. */
#include "exec/broadcasts.h"

static leat_status load(struct leat_broadcast *broadcast, leat_time now, void **out_value,
                        leat_error *err)
{
    leat_status status;

    *err = (leat_error){LEAT_OK, ""};
    broadcast->loaded_at = now;
    status = broadcast->load(out_value, broadcast->user, err);
    if (status == LEAT_OK)
        return LEAT_OK;
    if (err->message[0] == '\0')
        leat_fail(err, status, "%s", leat_status_text(status));
    leat_error_prefix(err, "broadcast '%s'", broadcast->name);
    err->status = status;
    return status;
}

leat_status leat_broadcasts_load(struct leat_streaming_context *ssc, leat_time now, leat_error *err)
{
    for (struct leat_broadcast *b = ssc->broadcasts; b != NULL; b = b->next) {
        leat_error reason;
        leat_status status = load(b, now, &b->value, &reason);

        if (status != LEAT_OK) {
            if (err != NULL)
                *err = reason;
            return status;
        }
    }
    return LEAT_OK;
}

static bool is_due(struct leat_broadcast *broadcast, leat_time now)
{
    return atomic_exchange(&broadcast->asked, false) ||
           (broadcast->refresh_ms > 0 && now - broadcast->loaded_at >= broadcast->refresh_ms);
}

void leat_broadcasts_refresh(struct leat_streaming_context *ssc, leat_time now,
                             const struct leat_log *log)
{
    for (struct leat_broadcast *b = ssc->broadcasts; b != NULL; b = b->next) {
        void *value = NULL;
        leat_error err;

        if (!is_due(b, now))
            continue;
        if (load(b, now, &value, &err) != LEAT_OK) {
            leat_log_write(log, LEAT_LOG_ERROR, "broadcast",
                           "refresh failed, the old value stays: %s", err.message);
            continue;
        }
        if (b->destroy != NULL && b->value != NULL)
            b->destroy(b->value);
        b->value = value;
    }
}

void leat_broadcasts_release(struct leat_streaming_context *ssc)
{
    for (struct leat_broadcast *b = ssc->broadcasts; b != NULL; b = b->next) {
        if (b->destroy != NULL && b->value != NULL)
            b->destroy(b->value);
        b->value = NULL;
    }
}
