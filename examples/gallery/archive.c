/*
 * archive: Kafka to SequenceFiles: a directory archive/events-<ms> for each batch with records,
 * Text keys and values, compressed, exactly once.
 *
 * With leat.files.compression=gzip it is what Spark's saveAsHadoopFiles writes with GzipCodec.
 */
#include "gallery.h"

leat_status archive(leat_streaming_context *ssc, void *user)
{
    leat_dstream *events =
        leat_kafka_direct_stream(ssc, "events",
                                 &(leat_kafka_source){.brokers = user,
                                                      .topics = "events",
                                                      .group_id = "archive",
                                                      .key_type = LEAT_STRING,
                                                      .value_type = LEAT_STRING});

    leat_save_as_hadoop_files(events, "archive/events", NULL);
    return leat_ok(ssc);
}
