/*
 * directory: makes and locks the checkpoint directory.
 *
 * Thread: one at a time.
 */
#ifndef LEAT_STATE_DIRECTORY_H
#define LEAT_STATE_DIRECTORY_H

#include "base/status.h"

/* Makes the directory and its parents (mode 0700, durably), refuses network file systems, and takes
 * its lock until *out_fd is closed. A directory that a live process holds is LEAT_INVALID, by its
 * pid. */
LEAT_MUST_CHECK leat_status leat_directory_lock(const char *path, int *out_fd, leat_error *err);

/* Makes the names in the directory, and its own, durable. */
LEAT_MUST_CHECK leat_status leat_directory_sync(const char *path, leat_error *err);

#endif
