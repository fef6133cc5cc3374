/* crash_point: see crash_point.h. */
#include "base/crash_point.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_long reached;

void leat_crash_point(const char *name)
{
    const char *wanted = getenv("LEAT_CRASH");
    size_t length = strlen(name);
    long times = 1;

    if (wanted == NULL || strncmp(wanted, name, length) != 0)
        return;
    if (wanted[length] == ':')
        times = strtol(wanted + length + 1, NULL, 10);
    else if (wanted[length] != '\0')
        return;
    if (atomic_fetch_add(&reached, 1) + 1 == times)
        kill(getpid(), SIGKILL);
}

void leat_crash_point_indexed(const char *name, unsigned index)
{
    char full[64];

    snprintf(full, sizeof full, "%s.%u", name, index);
    leat_crash_point(full);
}
