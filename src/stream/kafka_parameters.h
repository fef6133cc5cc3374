/*
 * kafka_parameters: leat.kafka.param.* for every Kafka client of a job.
 *
 * Thread: the one that starts the job.
 */
#ifndef LEAT_STREAM_KAFKA_PARAMETERS_H
#define LEAT_STREAM_KAFKA_PARAMETERS_H

#include "base/status.h"
#include "graph/context.h"

/* After the graph was validated, once. LEAT_INVALID names one that only the program may say;
 * names and values are checked when the clients are opened. */
LEAT_MUST_CHECK leat_status leat_kafka_parameters_apply(struct leat_streaming_context *ssc,
                                                        leat_error *err);

#endif
