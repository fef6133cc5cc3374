/* machine: see machine.h. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "config/machine.h"

#include <sched.h>
#include <unistd.h>

int64_t leat_machine_cores(void)
{
    cpu_set_t set;
    long online;

    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        return CPU_COUNT(&set);
    online = sysconf(_SC_NPROCESSORS_ONLN); /* More cores than a set holds. */
    return online > 0 ? online : 1;
}

int64_t leat_machine_memory_bytes(void)
{
    long pages = sysconf(_SC_PHYS_PAGES);
    long page_bytes = sysconf(_SC_PAGESIZE);

    return pages > 0 && page_bytes > 0 ? (int64_t)pages * page_bytes : INT64_MAX;
}
