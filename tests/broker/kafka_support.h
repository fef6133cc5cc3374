/*
 * kafka_support: topics made and filled by librdkafka alone, for tests of src/kafka.
 *
 * The broker is LEAT_TEST_BOOTSTRAP. Names of topics and groups are new in each run.
 */
#ifndef LEAT_TESTS_KAFKA_SUPPORT_H
#define LEAT_TESTS_KAFKA_SUPPORT_H

#include <librdkafka/rdkafka.h>

#include "kafka/kafka.h"
#include "tests/support/check.h"

enum { TIMEOUT_MS = 20000 };

const char *brokers(void);

/* "words-<pid>-<n>"; lives for ever. */
const char *fresh_name(const char *words);

/* settings NULL, or "name=value,name=value". Returns a fresh name. */
const char *new_topic(const char *words, int partitions, const char *settings);
void add_partitions(const char *topic, int partitions);
void delete_topic(const char *topic);
void make_topic(const char *topic, int partitions, const char *settings);
/* Deletes what lies before offset. */
void delete_records(const char *topic, int partition, int64_t before);

/* Raw producers; caller destroys. transactional_id may be NULL. */
rd_kafka_t *raw_producer(const char *transactional_id);
/* Waits for the acknowledgement. key and value may be NULL; timestamp 0: now. */
void raw_produce(rd_kafka_t *producer, const char *topic, int partition, const char *key,
                 const char *value, int64_t timestamp_ms);
/* count records "<first>", "<first + 1>", ... without a transaction. */
void fill_topic(const char *topic, int partition, int first, int count);
void raw_begin(rd_kafka_t *producer);
void raw_commit(rd_kafka_t *producer);
void raw_abort(rd_kafka_t *producer);

/* ---- what is tested ---- */

struct leat_cluster *open_cluster(const char *group);
struct leat_reader *open_reader(bool read_committed);
struct leat_writer *open_writer(const char *transactional_id);
/* Opened, initialised and in a transaction. */
struct leat_writer *begin_writer(const char *transactional_id);

/* Reads [from, until) of a range and returns the records' values joined by blanks; the keys when
 * `keys`. Static memory, overwritten by the next call. */
const char *read_values(struct leat_reader *reader, size_t index, int64_t from, int64_t until);

/* The log's end as a cluster with read_committed sees it. */
int64_t stable_end(const char *topic, int partition);

#endif
