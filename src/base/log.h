/*
 * log: where the engine's lines go. One line: time level component message.
 *
 * Only stream/, testing/ and cli/ decide to log; lower layers return a status. kafka/ hands on
 * what librdkafka says. Never a line per record: count instead.
 *
 * Thread: any.
 */
#ifndef LEAT_BASE_LOG_H
#define LEAT_BASE_LOG_H

#include "base/status.h"

enum leat_log_level { LEAT_LOG_ERROR, LEAT_LOG_WARN, LEAT_LOG_INFO, LEAT_LOG_DEBUG };

typedef void (*leat_log_fn)(void *context, enum leat_log_level level, const char *component,
                            const char *line);

/* Zero-initialised: lines up to ERROR go nowhere (write NULL drops them all). */
struct leat_log {
    leat_log_fn write;
    void *context;
    enum leat_log_level level; /* Lines above it are dropped before they are formatted. */
};

/* Accepts a NULL log. The line is cut at 1 KiB. */
LEAT_PRINTF(4, 5)
void leat_log_write(const struct leat_log *log, enum leat_log_level level, const char *component,
                    const char *format, ...);

/* A leat_log_fn: "2026-11-24T10:00:20.123Z WARN kafka ..." to stderr in one write. */
void leat_log_to_stderr(void *context, enum leat_log_level level, const char *component,
                        const char *line);

#endif
