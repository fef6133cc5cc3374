/* clock_shift: LD_PRELOADed, moves the wall clock by CLOCK_SHIFT_S seconds. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef int (*clock_gettime_fn)(clockid_t clock, struct timespec *out);

int clock_gettime(clockid_t clock, struct timespec *out)
{
    static clock_gettime_fn real;
    const char *shift = getenv("CLOCK_SHIFT_S");
    int status;

    if (real == NULL) {
        void *symbol = dlsym(RTLD_NEXT, "clock_gettime");

        memcpy(&real, &symbol, sizeof real);
    }
    status = real(clock, out);
    if (status == 0 && clock == CLOCK_REALTIME && shift != NULL)
        out->tv_sec += strtol(shift, NULL, 10);
    return status;
}
