/*
 * rdkafka_range: one partition of a reader: what librdkafka queues for it, cut into ranges.
 *
 *   messages:  [0 ... given_from ... given ... count ... capacity)
 *               free    last read      stash
 *
 * The stash holds what lies beyond the range, for the next one. Nothing is paused or sought in
 * the normal course.
 *
 * Thread: one at a time; create and destroy between batches.
 */
#ifndef LEAT_KAFKA_RDKAFKA_RANGE_H
#define LEAT_KAFKA_RDKAFKA_RANGE_H

#include "kafka/rdkafka_internal.h"

struct leat_range {
    struct leat_origin origin; /* What its records point to. */
    struct leat_client *client;
    rd_kafka_topic_t *topic; /* Owned. */
    rd_kafka_queue_t *queue; /* Owned; this partition's alone. */
    bool started;
    int64_t from, until;
    int64_t position;              /* The next offset to give out is this or later. */
    int64_t arrived;               /* All below this has come out of librdkafka. */
    int64_t verify_offset;         /* The last record that the job knows; -1: verified. */
    int64_t verify_timestamp_ms;   /* Its; -1: it was found. */
    bool nothing_after;            /* No record between it and from is to be seen. */
    unsigned fetches;              /* Times that fetching began anew. */
    rd_kafka_message_t **messages; /* Owned, as what it holds is. */
    size_t given_from, given, count, capacity;
    bool kept_all;   /* Nothing was let go of since begin. */
    bool maybe_full; /* The queue may have stopped the fetching. */
    int64_t woken_at_ms;
    int64_t waited_ms; /* For what is due, since something came; a stopped process waits not. */
    int64_t bytes_seen, records_seen; /* For the average size. */
    leat_error failure;               /* Until begin fetches again. */
    char name[];
};

leat_status leat_range_create(struct leat_client *client, const struct leat_reader_start *where,
                              struct leat_range **out, leat_error *err);
void leat_range_destroy(struct leat_range *range); /* Accepts NULL. */

/* As in leat_reader_ops. */
leat_status leat_range_begin(struct leat_range *range, int64_t from, int64_t until,
                             leat_error *err);
leat_status leat_range_read(struct leat_range *range, size_t most, int timeout_ms,
                            struct leat_chunk *chunk, enum leat_read_state *out_state,
                            leat_error *err);
void leat_range_release(struct leat_range *range);
void leat_range_unread(struct leat_range *range);
int64_t leat_range_high_watermark(const struct leat_range *range);

#endif
