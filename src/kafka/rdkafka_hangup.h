/*
 * rdkafka_hangup: a bound for calls that librdkafka does not bound.
 *
 * Thread: start and stop when no call runs; begin and end around it.
 */
#ifndef LEAT_KAFKA_RDKAFKA_HANGUP_H
#define LEAT_KAFKA_RDKAFKA_HANGUP_H

#include "kafka/rdkafka_internal.h"

struct leat_hangup {
    struct leat_client *client; /* Borrowed. */
    int64_t stopped_ms;         /* What a call is still given once the client is stopped. */
    int64_t stopped_at_ms;      /* The thread's. */
    atomic_llong due_ms;        /* Of the call that runs, monotonic; 0: none. */
    pthread_t thread;
    bool runs;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool ends; /* Guarded by mutex. */
};

/* Borrows client. A zeroed one can be stopped. */
LEAT_MUST_CHECK leat_status leat_hangup_start(struct leat_hangup *hangup,
                                              struct leat_client *client, int64_t stopped_ms,
                                              leat_error *err);
void leat_hangup_begin(struct leat_hangup *hangup, int64_t due_ms);
void leat_hangup_end(struct leat_hangup *hangup);
void leat_hangup_stop(struct leat_hangup *hangup);

#endif
