/* status: see status.h. */
#include "base/status.h"

#include <stdio.h>

static const struct {
    const char *text;
    enum leat_status_class class;
} statuses[] = {
#define X(name, class, text) [LEAT_##name] = {text, LEAT_CLASS_##class},
    LEAT_STATUS_MAP(X)
#undef X
};

const char *leat_status_text(leat_status status)
{
    if ((size_t)status >= sizeof statuses / sizeof statuses[0])
        return "unknown status";
    return statuses[status].text;
}

/* A number that no leat_status has can come from a user's function: it stops the job. */
enum leat_status_class leat_status_class(leat_status status)
{
    if ((size_t)status >= sizeof statuses / sizeof statuses[0])
        return LEAT_CLASS_STOP;
    return statuses[status].class;
}

const char *leat_version(void)
{
    return LEAT_VERSION_TEXT;
}

leat_status leat_fail_va(leat_error *err, leat_status status, const char *format, va_list args)
{
    if (err == NULL)
        return status;
    err->status = status;
    vsnprintf(err->message, sizeof err->message, format, args);
    return status;
}

leat_status leat_fail(leat_error *err, leat_status status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    leat_fail_va(err, status, format, args);
    va_end(args);
    return status;
}

void leat_error_prefix(leat_error *err, const char *format, ...)
{
    leat_error old;
    va_list args;
    int used;

    if (err == NULL)
        return;
    old = *err;
    va_start(args, format);
    used = vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    if (used >= 0 && (size_t)used < sizeof err->message)
        snprintf(err->message + used, sizeof err->message - (size_t)used, ": %.*s",
                 (int)sizeof old.message, old.message);
}
