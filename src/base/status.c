/* status: see status.h. */
#include "base/status.h"

#include <stdio.h>
#include <string.h>

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
    char prefix[sizeof err->message];
    va_list args;
    int printed;
    size_t used;

    if (err == NULL)
        return;
    va_start(args, format);
    printed = vsnprintf(prefix, sizeof prefix - 2, format, args);
    va_end(args);
    if (printed < 0)
        return;
    used = strlen(prefix);
    memcpy(prefix + used, ": ", 2);
    used += 2;
    memmove(err->message + used, err->message, sizeof err->message - used);
    memcpy(err->message, prefix, used);
    err->message[sizeof err->message - 1] = '\0';
}
