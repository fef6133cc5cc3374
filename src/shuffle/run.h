/*
 * run: sorted items in the spill file, as segments that are read one at a time.
 *
 * Thread: one at a time.
 */
#ifndef LEAT_SHUFFLE_RUN_H
#define LEAT_SHUFFLE_RUN_H

#include "shuffle/item.h"

/* A segment; larger only for a single item whose key is. */
enum { LEAT_RUN_SEGMENT_BYTES = 32 << 10 };

struct leat_run_segment {
    int64_t offset;
    size_t bytes;
};

/* Zero-initialised is empty. */
struct leat_run {
    struct leat_run_segment *segments; /* Owned. */
    size_t count;
    size_t capacity;
};

void leat_run_release(struct leat_run *run);

struct leat_run_writer {
    struct leat_budget *budget;    /* Borrowed. */
    struct leat_spill_file *spill; /* Borrowed. */
    struct leat_run run;           /* Owned. */
    char *buffer;                  /* Owned. */
    size_t used;
    size_t capacity;
};

/* Takes no memory. */
void leat_run_writer_init(struct leat_run_writer *writer, struct leat_budget *budget,
                          struct leat_spill_file *spill);

/* The item of this head; what comes is not before what came. A value that was apart stays where it
 * is: value is then its offset. */
LEAT_MUST_CHECK leat_status leat_run_writer_put(struct leat_run_writer *writer,
                                                const struct leat_item *head, const char *key,
                                                const char *value, leat_error *err);

/* The run is *out, which the caller releases; the writer is as after init. */
LEAT_MUST_CHECK leat_status leat_run_writer_finish(struct leat_run_writer *writer,
                                                   struct leat_run *out, leat_error *err);
void leat_run_writer_release(struct leat_run_writer *writer);

struct leat_run_cursor {
    struct leat_budget *budget;    /* Borrowed. */
    struct leat_spill_file *spill; /* Borrowed. */
    const struct leat_run *run;    /* Borrowed. */
    size_t segment;                /* The next to load. */
    char *buffer;                  /* Owned. */
    size_t capacity;
    size_t position;
    size_t loaded;
};

/* Takes no memory. */
void leat_run_cursor_init(struct leat_run_cursor *cursor, const struct leat_run *run,
                          struct leat_budget *budget, struct leat_spill_file *spill);

/* NULL at the end. Lives until the next call. */
LEAT_MUST_CHECK leat_status leat_run_cursor_next(struct leat_run_cursor *cursor,
                                                 const struct leat_item **out, leat_error *err);
void leat_run_cursor_release(struct leat_run_cursor *cursor);

#endif
