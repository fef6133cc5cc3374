/*
 * record_list: records in the order they came, copied into blocks; blocks beyond the budget are in
 * the spill file. What a task puts out for one partition of a shuffle, and what a cached RDD holds.
 *
 *   [block in memory] [block in memory] [block: offset in the spill file] ...
 *
 * A record is key, value and timestamp, null kept apart from empty; offset, origin and headers end
 * here.
 *
 * Thread: one appends; after that any number of readers.
 */
#ifndef LEAT_SHUFFLE_RECORD_LIST_H
#define LEAT_SHUFFLE_RECORD_LIST_H

#include "record/chunk.h"
#include "shuffle/budget.h"
#include "shuffle/spill_file.h"

struct leat_record_block;

struct leat_record_list {
    struct leat_budget *budget;      /* Borrowed. */
    struct leat_spill_file *spill;   /* Borrowed. */
    struct leat_record_block *first; /* Owned. */
    struct leat_record_block *last;
    uint64_t records;
    uint64_t bytes; /* Encoded. */
};

/* Takes no memory. */
void leat_record_list_init(struct leat_record_list *list, struct leat_budget *budget,
                           struct leat_spill_file *spill);

/* Copies. A record of any size is a block of its own when it is larger than one. */
LEAT_MUST_CHECK leat_status leat_record_list_append(struct leat_record_list *list,
                                                    const leat_record *record, leat_error *err);

/* The block that was appended to last goes to the spill file, too: for a list that is complete
 * while the budget is exceeded. */
LEAT_MUST_CHECK leat_status leat_record_list_spill_last(struct leat_record_list *list,
                                                        leat_error *err);

/* All of from's blocks go behind list's own; from is empty afterwards. Both have one budget and
 * one spill file. */
void leat_record_list_splice(struct leat_record_list *list, struct leat_record_list *from);

void leat_record_list_release(struct leat_record_list *list);

struct leat_record_reader {
    const struct leat_record_list *list;
    const struct leat_record_block *block;
    size_t position;
    char *loaded; /* Owned: a spilled block. */
    size_t loaded_bytes;
};

void leat_record_reader_init(struct leat_record_reader *reader,
                             const struct leat_record_list *list);

/* Fills out, from its beginning, with up to most records; views that live until the next read or
 * release. None at the end. */
LEAT_MUST_CHECK leat_status leat_record_reader_read(struct leat_record_reader *reader, size_t most,
                                                    struct leat_chunk *out, leat_error *err);

void leat_record_reader_release(struct leat_record_reader *reader);

#endif
