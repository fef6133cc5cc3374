/* log: see log.h. */
#include "base/log.h"

#include <stdio.h>
#include <time.h>

static const char *const level_names[] = {"ERROR", "WARN", "INFO", "DEBUG"};

void leat_log_write(const struct leat_log *log, enum leat_log_level level, const char *component,
                    const char *format, ...)
{
    char line[1024];
    va_list args;

    if (log == NULL || log->write == NULL || level > log->level)
        return;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    log->write(log->context, level, component, line);
}

void leat_log_to_stderr(void *context, enum leat_log_level level, const char *component,
                        const char *line)
{
    struct timespec now;
    struct tm parts;

    (void)context;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    fprintf(stderr, "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ %s %s %s\n", parts.tm_year + 1900,
            parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
            now.tv_nsec / 1000000, level_names[level], component, line);
}
