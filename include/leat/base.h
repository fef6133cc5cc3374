/*
 * leat/base.h: the values that every other header speaks of: statuses, errors, views, records,
 * types.
 *
 * Handles are opaque; streams, RDDs, broadcasts, sinks and accumulators belong to their streaming
 * context and are never freed by the user. A leat_bytes or leat_record given to a function is
 * borrowed until that function returns (from an iterator: until the next call).
 */
#ifndef LEAT_BASE_H
#define LEAT_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LEAT_API __attribute__((visibility("default")))
#define LEAT_PRINTF(format_index, first_argument) \
    __attribute__((format(printf, format_index, first_argument)))
#define LEAT_QUOTE_(x) #x
#define LEAT_QUOTE(x) LEAT_QUOTE_(x)

/* The place of a call, as one string literal: it lives for ever, in C and C++ alike. */
#define LEAT_HERE __FILE__ ":" LEAT_QUOTE(__LINE__)

/* Returns from the calling function unless the call succeeded. */
#define LEAT_TRY(call)                     \
    do {                                   \
        leat_status leat_status_ = (call); \
        if (leat_status_ != LEAT_OK)       \
            return leat_status_;           \
    } while (0)

/* Given to the library once, so that it reads only the option fields which this header has. */
#define LEAT_VERSION_NUMBER 0x000100
#define LEAT_VERSION_TEXT "0.1.0"

/* Append only; the numbers are public. Only LEAT_BAD_RECORD obeys leat.bad.records. */
typedef enum {
    LEAT_OK,
    LEAT_INVALID,     /* Wrong argument, configuration or use. */
    LEAT_NO_MEMORY,   /* The heap or the memory limit is exhausted. */
    LEAT_LIMIT,       /* A configured limit was reached. */
    LEAT_BAD_RECORD,  /* This record cannot be processed; another one can. */
    LEAT_UNAVAILABLE, /* A remote system did not answer in time. */
    LEAT_IO,          /* A file or directory could not be read or written. */
    LEAT_FENCED,      /* Another process took over. */
    LEAT_CORRUPT,     /* Stored data failed its integrity check. */
    LEAT_CANCELLED    /* Stopped before it was done. */
} leat_status;

/* Caller-owned; every `err` parameter accepts NULL. The message is one line without a newline. */
typedef struct {
    leat_status status;
    char message[512];
} leat_error;

/* A view of bytes that somebody else owns. data NULL means null, which is not the same as empty. */
typedef struct {
    const char *data;
    size_t size;
} leat_bytes;

/* For a "%.*s" of printf. */
#define LEAT_ARG(bytes) (int)(bytes).size, (bytes).data

/* Where a record was read: topic and partition. Opaque. */
struct leat_origin;

/*
 * One record: one cache line, frozen, may be copied. For leat_produce_record it is yours to fill:
 * origin and headers NULL. timestamp_ms is Kafka's (ms since the epoch), -1 when there is none.
 */
typedef struct {
    leat_bytes key;
    leat_bytes value;
    int64_t timestamp_ms;
    int64_t offset; /* In its source partition; -1 after a shuffle. */
    const struct leat_origin *origin;
    const void *headers;
} leat_record;

typedef int64_t leat_time;     /* Milliseconds since the epoch. */
typedef int64_t leat_duration; /* Milliseconds. */

#define LEAT_SECONDS(n) ((leat_duration)(n)*1000)

/* The type of a stream's keys or values: one of these. I64 and F64 are 8 bytes in host order. */
typedef int leat_type;
enum {
    LEAT_INHERIT, /* The parent's. */
    LEAT_BYTES,
    LEAT_STRING,
    LEAT_I64,
    LEAT_F64,
    LEAT_MSGPACK,
    LEAT_JSON
};

typedef struct leat_conf leat_conf;
typedef struct leat_streaming_context leat_streaming_context;
typedef struct leat_dstream leat_dstream;
typedef struct leat_rdd leat_rdd;
typedef struct leat_task leat_task;
typedef struct leat_emitter leat_emitter;
typedef struct leat_iterator leat_iterator;
typedef struct leat_buffer leat_buffer;
typedef struct leat_broadcast leat_broadcast;
typedef struct leat_sink leat_sink;
typedef struct leat_producer leat_producer;
typedef struct leat_test leat_test;

/* View of text without its NUL; NULL gives the null view. Since: 0.1 */
static inline leat_bytes leat_string(const char *text)
{
    leat_bytes view;

    view.data = text;
    view.size = text == NULL ? 0 : strlen(text);
    return view;
}

/* Null equals null only. Since: 0.1 */
static inline bool leat_bytes_equal(leat_bytes a, leat_bytes b)
{
    if (a.data == NULL || b.data == NULL)
        return a.data == b.data;
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

/* The number in a LEAT_I64 or LEAT_F64 view; asserts that it has 8 bytes. Since: 0.1 */
LEAT_API int64_t leat_i64(leat_bytes number);
LEAT_API double leat_f64(leat_bytes number);

/* The fixed text of a status: "out of memory". Since: 0.1 */
LEAT_API const char *leat_status_text(leat_status status);

/* The version of the library that is loaded: "0.1.0". Since: 0.1 */
LEAT_API const char *leat_version(void);

#ifdef __cplusplus
}
#endif
#endif
