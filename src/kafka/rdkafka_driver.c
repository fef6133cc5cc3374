/* rdkafka_driver: librdkafka as one way to speak to Kafka, see kafka.h. */
#include "kafka/rdkafka_internal.h"

const struct leat_kafka_driver *leat_rdkafka_driver(void)
{
    static const struct leat_kafka_driver driver = {.open_cluster = leat_rdkafka_open_cluster,
                                                    .open_reader = leat_rdkafka_open_reader,
                                                    .open_writer = leat_rdkafka_open_writer};

    return &driver;
}
