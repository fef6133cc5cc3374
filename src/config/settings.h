/*
 * settings: the configuration with every value parsed and in its range.
 *
 * Thread: read-only once resolved. Texts live as long as the leat_conf they came from.
 */
#ifndef LEAT_CONFIG_SETTINGS_H
#define LEAT_CONFIG_SETTINGS_H

#include "base/buffer.h"
#include "config/keys.h"
#include "leat/conf.h"

enum leat_key_type {
    LEAT_KEY_BOOL,
    LEAT_KEY_DURATION,
    LEAT_KEY_SIZE,
    LEAT_KEY_MEMORY,
    LEAT_KEY_INTEGER,
    LEAT_KEY_NUMBER,
    LEAT_KEY_TEXT,
    LEAT_KEY_CHOICE
};

#define LEAT_FIELD_BOOL bool
#define LEAT_FIELD_DURATION int64_t
#define LEAT_FIELD_SIZE int64_t
#define LEAT_FIELD_MEMORY int64_t
#define LEAT_FIELD_INTEGER int64_t
#define LEAT_FIELD_NUMBER double
#define LEAT_FIELD_TEXT const char *
#define LEAT_FIELD_CHOICE int

/* A setting without a value and without a default is -1, or NULL for a text. */
struct leat_settings {
#define X(field, type, key, spark, fallback, low, high, help) LEAT_FIELD_##type field;
    LEAT_KEY_MAP(X)
#undef X
};

/* The words of the choices, in the order of keys.h; log_level has those of enum leat_log_level. */
enum { LEAT_DEPLOY_CLIENT, LEAT_DEPLOY_CLUSTER };
enum { LEAT_EXACTLY_ONCE, LEAT_AT_LEAST_ONCE };
enum { LEAT_BAD_RECORDS_FAIL, LEAT_BAD_RECORDS_SKIP };
enum {
    LEAT_COMPRESSION_NONE,
    LEAT_COMPRESSION_DEFLATE,
    LEAT_COMPRESSION_GZIP,
    LEAT_COMPRESSION_ZSTD
};
enum { LEAT_COMPRESSION_BLOCK, LEAT_COMPRESSION_RECORD };
enum { LEAT_DATA_LOSS_FAIL, LEAT_DATA_LOSS_EARLIEST, LEAT_DATA_LOSS_LATEST };
enum { LEAT_PROGRESS_AUTO, LEAT_PROGRESS_NONE, LEAT_PROGRESS_LINE, LEAT_PROGRESS_JSON };
enum { LEAT_POSITIONS_ASK, LEAT_POSITIONS_LEDGER, LEAT_POSITIONS_GROUP };
enum { LEAT_ASSUME_ASK, LEAT_ASSUME_COMMITTED, LEAT_ASSUME_ABORTED };

/*
 * Parses and checks everything that is in force; a mistake made while conf was built comes first,
 * and the first one stays. cores, memory_limit_bytes and files_compression are those in force,
 * whichever key said so.
 * out is untouched on failure.
 */
LEAT_MUST_CHECK leat_status leat_conf_resolve(leat_conf *conf, struct leat_settings *out,
                                              leat_error *err);

/* LEAT_INVALID when the command line has an argument that nobody asked for. Call it once the job
 * has been built: by then it has asked. */
LEAT_MUST_CHECK leat_status leat_conf_check_arguments(leat_conf *conf, leat_error *err);

/* One setting of a resolved configuration. Borrowed from it. */
struct leat_conf_entry {
    const char *key;
    const char *value;   /* In force, each value in one notation only; NULL: none. */
    const char *said_by; /* The key as it was written: Spark's, or another that decides this one. */
    const char *origin;  /* "--conf", "job.conf:3" ..., "default". */
    bool is_set;         /* Not the default. */
};

/* The settings by index from 0, in the order of keys.h; false after the last. Two processes whose
 * entries have equal values run with the same configuration. */
bool leat_conf_entry_at(const leat_conf *conf, size_t index, struct leat_conf_entry *out);

/* One of leat.kafka.param.*. Borrowed from the configuration. */
struct leat_kafka_parameter {
    const char *name; /* Kafka's. */
    const char *value;
    const char *origin;
    bool over_program; /* Goes before what the program's sources and sinks say. */
};

/* They are in the order in which they came; false after the last. */
bool leat_conf_kafka_parameter_at(const leat_conf *conf, size_t index,
                                  struct leat_kafka_parameter *out);

/* Called with a line for each thing that was set and has nothing to act on, or less than it would
 * have in Spark. After leat_conf_resolve. */
typedef void (*leat_conf_note_fn)(void *context, const char *line);
void leat_conf_notes(const leat_conf *conf, leat_conf_note_fn note, void *context);

/* docs/guide/configuration.md. False when memory is out. */
LEAT_MUST_CHECK bool leat_conf_write_guide(struct leat_buffer *out);

#endif
