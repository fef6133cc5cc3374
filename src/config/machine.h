/*
 * machine: what this machine has for the job.
 *
 * Thread: any.
 */
#ifndef LEAT_CONFIG_MACHINE_H
#define LEAT_CONFIG_MACHINE_H

#include <stdint.h>

/* Cores that this process may run on; at least 1. */
int64_t leat_machine_cores(void);

/* Main memory; INT64_MAX when nobody says. */
int64_t leat_machine_memory_bytes(void);

#endif
