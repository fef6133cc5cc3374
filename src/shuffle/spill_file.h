/*
 * spill_file: where a batch puts what does not fit into memory: one nameless file, given back as a
 * whole when the batch ends, and by the system when the process is killed.
 *
 * Thread: any; writes get a place of their own each.
 */
#ifndef LEAT_SHUFFLE_SPILL_FILE_H
#define LEAT_SHUFFLE_SPILL_FILE_H

#include "base/status.h"

struct leat_spill_file;

/* Copies directory; the file is made at the first write. Caller destroys *out. */
LEAT_MUST_CHECK leat_status leat_spill_file_create(const char *directory,
                                                   struct leat_spill_file **out, leat_error *err);

/* LEAT_IO names the directory and leat.spill.directory; a full disk says so. */
LEAT_MUST_CHECK leat_status leat_spill_file_write(struct leat_spill_file *file, const void *bytes,
                                                  size_t size, int64_t *out_offset,
                                                  leat_error *err);
LEAT_MUST_CHECK leat_status leat_spill_file_read(struct leat_spill_file *file, int64_t offset,
                                                 void *out, size_t size, leat_error *err);

/* Written so far. */
int64_t leat_spill_file_bytes(const struct leat_spill_file *file);

/* Accepts NULL. */
void leat_spill_file_destroy(struct leat_spill_file *file);

#endif
