/* job: what daas's functions share: in Python, globals and closures. */
#ifndef JOB_H
#define JOB_H

#include <leat/leat.h>

struct job {
    const char *brokers, *topic, *group, *output_topic, *output_dir, *params_file;
    leat_sink *sink;
    leat_broadcast *params;
};

#endif
