/*
 * status: how every fallible function in the engine reports failure.
 *
 * A function returns a leat_status and, when the caller passed a leat_error, also fills in a
 * sentence for the operator. The class of a status says what the caller must do; nobody has to
 * know every code.
 */
#ifndef LEAT_BASE_STATUS_H
#define LEAT_BASE_STATUS_H

#include <stdarg.h>

#include "leat/base.h"

/* One line per code: name, class, text. Append only. */
#define LEAT_STATUS_MAP(X)                                          \
    X(OK, NONE, "success")                                          \
    X(INVALID, STOP, "invalid argument or configuration")           \
    X(NO_MEMORY, ABORT_BATCH, "out of memory")                      \
    X(LIMIT, ABORT_BATCH, "a configured limit was reached")         \
    X(BAD_RECORD, ABORT_BATCH, "a record cannot be processed")      \
    X(UNAVAILABLE, RETRY, "a remote system did not answer in time") \
    X(IO, ABORT_BATCH, "a file could not be read or written")       \
    X(FENCED, STOP, "another process took over this job")           \
    X(CORRUPT, STOP, "stored data failed its integrity check")      \
    X(CANCELLED, STOP, "stopped before it was done")

enum leat_status_class {
    LEAT_CLASS_NONE,
    LEAT_CLASS_RETRY,
    LEAT_CLASS_ABORT_BATCH,
    LEAT_CLASS_STOP
};

#define LEAT_MUST_CHECK __attribute__((warn_unused_result))

enum leat_status_class leat_status_class(leat_status status);

/* Fills err, which may be NULL, and returns status: `return leat_fail(err, ...)`. */
LEAT_PRINTF(3, 4)
leat_status leat_fail(leat_error *err, leat_status status, const char *format, ...);
LEAT_PRINTF(3, 0)
leat_status leat_fail_va(leat_error *err, leat_status status, const char *format, va_list args);

/* Puts "words: " before the message that err already has; keeps its status. Accepts NULL. */
LEAT_PRINTF(2, 3) void leat_error_prefix(leat_error *err, const char *format, ...);

#endif
