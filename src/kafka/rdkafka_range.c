/* rdkafka_range: see rdkafka_range.h. */
#include "kafka/rdkafka_range.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum {
    CONTROL_MS = 10000, /* Seek and stop are answered by a thread of our own process. */
    ASK_MS = 5000,
    WAKE_EVERY_MS = 5
};

/* ---- headers: leat_record.headers is the message, parsed when somebody looks ---- */

static bool header_at(const void *headers, size_t index, const char **out_name,
                      leat_bytes *out_value)
{
    rd_kafka_headers_t *list = NULL;
    const void *value = NULL;
    size_t size = 0;

    if (rd_kafka_message_headers(headers, &list) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_all(list, index, out_name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return false;
    *out_value = (leat_bytes){value, size};
    return true;
}

bool leat_range_has_native_headers(const struct leat_origin *origin)
{
    return origin != NULL && origin->header == header_at;
}

/* ---- starting and seeking ---- */

static void drop(struct leat_range *range, size_t from, size_t until)
{
    for (size_t i = from; i < until; i++)
        rd_kafka_message_destroy(range->messages[i]);
}

static leat_status start(struct leat_range *range, int64_t offset, leat_error *err)
{
    if (rd_kafka_consume_start(range->topic, range->origin.partition, offset) != 0)
        return leat_client_fail(range->client, err, rd_kafka_last_error(),
                                "cannot read '%s' partition %" PRId32, range->origin.topic,
                                range->origin.partition);
    range->started = true;
    return LEAT_OK;
}

static bool seek_to(struct leat_range *range, int64_t offset)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_error_t *error;
    bool done;

    rd_kafka_topic_partition_list_add(list, range->origin.topic, range->origin.partition)->offset =
        offset;
    error = rd_kafka_seek_partitions(range->client->rk, list, CONTROL_MS);
    done = error == NULL && list->elems[0].err == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (error != NULL)
        rd_kafka_error_destroy(error);
    rd_kafka_topic_partition_list_destroy(list);
    return done;
}

/* Whatever is queued or on its way gets outdated by librdkafka's version barrier. */
static leat_status fetch_from(struct leat_range *range, int64_t offset, leat_error *err)
{
    drop(range, range->given_from, range->count);
    range->given_from = range->given = range->count = 0;
    range->arrived = offset;
    range->fetches++;
    range->maybe_full = true; /* The old queue may have been. */
    if (seek_to(range, offset))
        return LEAT_OK;
    rd_kafka_consume_stop(range->topic, range->origin.partition); /* An error had ended it. */
    return start(range, offset, err);
}

static void set_place(struct leat_range *range, const struct leat_reader_start *where)
{
    range->from = range->until = range->position = range->arrived = where->offset;
    range->verify_offset = range->verify_timestamp_ms = -1;
    if (where->last_offset < 0 || where->last_offset >= where->offset)
        return;
    range->arrived = range->verify_offset = where->last_offset;
    range->verify_timestamp_ms = where->last_timestamp_ms;
    range->nothing_after = where->nothing_after;
}

leat_status leat_range_create(struct leat_client *client, const struct leat_reader_start *where,
                              struct leat_range **out, leat_error *err)
{
    size_t size = strlen(where->topic) + 1;
    struct leat_range *range = leat_alloc(1, sizeof *range + size);
    leat_status status;

    if (range == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for partition %" PRId32 " of '%s'",
                         where->partition, where->topic);
    memcpy(range->name, where->topic, size);
    range->client = client;
    range->origin = (struct leat_origin){range->name, where->partition, header_at};
    set_place(range, where);
    range->topic = rd_kafka_topic_new(client->rk, range->name, NULL);
    status = range->topic == NULL ? leat_client_fail(client, err, rd_kafka_last_error(),
                                                     "cannot read '%s'", range->name)
                                  : start(range, range->arrived, err);
    if (status == LEAT_OK) {
        range->queue = rd_kafka_queue_get_partition(client->rk, range->name, where->partition);
        if (range->queue == NULL)
            status = leat_fail(err, LEAT_NO_MEMORY, "no memory for partition %" PRId32 " of '%s'",
                               where->partition, range->name);
    }
    if (status != LEAT_OK) {
        leat_range_destroy(range);
        return status;
    }
    *out = range;
    return LEAT_OK;
}

void leat_range_destroy(struct leat_range *range)
{
    if (range == NULL)
        return;
    drop(range, range->given_from, range->count);
    leat_free(range->messages);
    if (range->started)
        rd_kafka_consume_stop(range->topic, range->origin.partition);
    if (range->queue != NULL)
        rd_kafka_queue_destroy(range->queue);
    if (range->topic != NULL)
        rd_kafka_topic_destroy(range->topic);
    leat_free(range);
}

/* ---- what arrives instead of records ---- */

static leat_status fail_out_of_range(struct leat_range *range, leat_error *err)
{
    int64_t low = -1;
    int64_t high = -1;
    rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(
        range->client->rk, range->origin.topic, range->origin.partition, &low, &high, ASK_MS);

    if (code == RD_KAFKA_RESP_ERR_NO_ERROR && range->arrived >= low && range->arrived <= high)
        return fetch_from(range, range->arrived, err); /* It was about an earlier position. */
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return leat_fail(err, LEAT_INVALID,
                         "topic '%s' partition %" PRId32 ": offset %" PRId64
                         " is out of the log's range",
                         range->origin.topic, range->origin.partition, range->arrived);
    return leat_fail(err, LEAT_INVALID,
                     "topic '%s' partition %" PRId32 ": offset %" PRId64 " is %s, which holds "
                     "[%" PRId64 ", %" PRId64 "): %s",
                     range->origin.topic, range->origin.partition, range->arrived,
                     range->arrived < low ? "before the log's start" : "beyond the log's end", low,
                     high,
                     range->arrived < low ? "retention deleted records that were not read yet"
                                          : "the topic was re-created or truncated");
}

static leat_status take_error(struct leat_range *range, const rd_kafka_message_t *message,
                              leat_error *err)
{
    rd_kafka_resp_err_t code = message->err;

    if (code == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        if (message->offset > range->arrived)
            range->arrived = message->offset;
        return LEAT_OK;
    }
    if (code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
        if (range->verify_offset >= 0 && range->arrived < range->from) {
            range->verify_offset = -1; /* Retention took that record, only. */
            return fetch_from(range, range->from, err);
        }
        return fail_out_of_range(range, err);
    }
    if (leat_rdkafka_is_transient(code))
        return LEAT_OK; /* It goes on by itself. */
    return leat_client_fail(
        range->client, err, code, "topic '%s' partition %" PRId32 ", offset %" PRId64 ": %s",
        range->origin.topic, range->origin.partition,
        message->offset >= 0 ? message->offset : range->arrived, rd_kafka_message_errstr(message));
}

/* Compaction may have removed it. A log that was made anew may have a marker in its place. */
static void say_gone(const struct leat_range *range)
{
    leat_log_write(range->client->log, LEAT_LOG_WARN, "kafka",
                   "topic '%s' partition %" PRId32
                   ": the last record that this job read, at offset "
                   "%" PRId64 ", is not there any more: it was compacted away, or the topic was "
                   "created anew, which cannot be told apart",
                   range->origin.topic, range->origin.partition, range->verify_offset);
}

static leat_status fail_another(const struct leat_range *range, const rd_kafka_message_t *message,
                                leat_error *err)
{
    char difference[160];

    if (message->offset == range->verify_offset)
        snprintf(difference, sizeof difference,
                 "has timestamp %" PRId64 ", the one this job read there had %" PRId64,
                 rd_kafka_message_timestamp(message, NULL), range->verify_timestamp_ms);
    else
        snprintf(difference, sizeof difference,
                 "was not there when this job read up to offset %" PRId64, range->from);
    return leat_fail(
        err, LEAT_INVALID,
        "topic '%s' partition %" PRId32 ": the record at offset %" PRId64
        " %s: the topic was created anew or truncated; read it by another group_id and "
        "checkpoint directory",
        range->origin.topic, range->origin.partition, message->offset, difference);
}

/* From the last record that the job knows to its position there is that record, and no other. */
static leat_status verify(struct leat_range *range, const rd_kafka_message_t *message,
                          leat_error *err)
{
    bool is_last = message->offset == range->verify_offset;
    leat_status status = LEAT_OK;

    if (is_last && rd_kafka_message_timestamp(message, NULL) == range->verify_timestamp_ms) {
        range->verify_timestamp_ms = -1;
        return LEAT_OK;
    }
    if (is_last || (message->offset < range->from && range->nothing_after))
        status = fail_another(range, message, err);
    else if (message->offset < range->from)
        return LEAT_OK;
    else if (range->verify_timestamp_ms >= 0)
        say_gone(range);
    range->verify_offset = -1;
    return status;
}

/* ---- pulling ---- */

static leat_status reserve(struct leat_range *range, size_t more, leat_error *err)
{
    rd_kafka_message_t **grown;
    size_t needed;

    if (range->given == range->count) { /* Nothing is stashed. */
        range->given_from = range->given = range->count = 0;
    } else if (range->given_from > 0 && range->given_from == range->given) {
        size_t kept = range->count - range->given;

        memmove(range->messages, range->messages + range->given, kept * sizeof *range->messages);
        range->given_from = range->given = 0;
        range->count = kept;
    }
    needed = range->count + more;
    if (needed <= range->capacity)
        return LEAT_OK;
    grown = leat_grow(range->messages, needed, sizeof *grown);
    if (grown == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for %zu records", needed);
    range->messages = grown;
    range->capacity = needed;
    return LEAT_OK;
}

/* Keeps the records among `pulled` new messages, in order, each once. */
static leat_status sort_out(struct leat_range *range, size_t pulled, leat_error *err)
{
    size_t first = range->count;
    unsigned fetches = range->fetches;
    leat_status status = LEAT_OK;

    for (size_t i = 0; i < pulled; i++) {
        rd_kafka_message_t *message = range->messages[first + i];
        bool outdated = status != LEAT_OK || range->fetches != fetches;
        bool keep = !outdated && message->err == RD_KAFKA_RESP_ERR_NO_ERROR;

        if (keep && range->verify_offset >= 0) {
            status = verify(range, message, err);
            keep = status == LEAT_OK;
        }
        if (keep && message->offset >= range->arrived && message->offset >= range->position) {
            range->arrived = message->offset + 1;
            range->bytes_seen += (int64_t)(message->len + message->key_len);
            range->records_seen++;
            range->messages[range->count++] = message;
            continue;
        }
        if (!outdated && message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
            status = take_error(range, message, err);
        else if (keep && message->offset >= range->arrived)
            range->arrived = message->offset + 1; /* Before the position: only verified. */
        rd_kafka_message_destroy(message);
    }
    return status;
}

/* Something came, or nothing for another timeout_ms. */
static leat_status judge_wait(struct leat_range *range, bool came, int timeout_ms, leat_error *err)
{
    int64_t limit_ms = range->client->request_timeout_ms;

    if (came) {
        if (range->waited_ms > 0 || !atomic_load(&range->client->worked))
            leat_client_works(range->client);
        range->waited_ms = 0;
        return LEAT_OK;
    }
    range->waited_ms += timeout_ms;
    if (limit_ms == 0 || range->waited_ms < limit_ms)
        return LEAT_OK;
    return leat_client_fail(range->client, err, RD_KAFKA_RESP_ERR__TIMED_OUT,
                            "topic '%s' partition %" PRId32 " offset %" PRId64, range->origin.topic,
                            range->origin.partition, range->arrived);
}

static leat_status pull(struct leat_range *range, size_t most, int timeout_ms, size_t *out_pulled,
                        leat_error *err)
{
    int64_t arrived = range->arrived;
    ssize_t pulled = rd_kafka_consume_batch_queue(range->queue, timeout_ms,
                                                  range->messages + range->count, most);

    *out_pulled = pulled < 0 ? 0 : (size_t)pulled;
    LEAT_TRY(sort_out(range, *out_pulled, err));
    return judge_wait(range, range->arrived != arrived, timeout_ms, err);
}

/* ---- waking the fetcher: 2.0 sleeps up to a second after it saw full queues ---- */

static void wake(struct leat_range *range)
{
    int64_t now_ms = leat_client_now_ms();
    rd_kafka_topic_partition_list_t *list;

    if (now_ms - range->woken_at_ms < WAKE_EVERY_MS)
        return;
    range->woken_at_ms = now_ms;
    range->maybe_full = false;
    list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, range->origin.topic, range->origin.partition)->offset =
        RD_KAFKA_OFFSET_END;
    /* Any request wakes the leader's thread, which then looks at its queues. No time: the answer
     * is of no interest. */
    rd_kafka_offsets_for_times(range->client->rk, list, 0);
    rd_kafka_topic_partition_list_destroy(list);
}

static void watch_queue(struct leat_range *range, size_t pulled)
{
    const struct leat_client_limits *limits = &range->client->limits;
    int64_t left;
    int64_t full;
    int64_t average;

    if (limits->wakes_itself)
        return;
    left = (int64_t)rd_kafka_queue_length(range->queue);
    average = range->records_seen == 0 ? 1 : range->bytes_seen / range->records_seen + 1;
    full = limits->queue_bytes / average;
    if (full > limits->queue_messages)
        full = limits->queue_messages;
    if (left + (int64_t)pulled >= full)
        range->maybe_full = true;
    if (range->maybe_full && left < full / 2)
        wake(range);
}

int64_t leat_range_high_watermark(const struct leat_range *range)
{
    int64_t low = -1;
    int64_t high = -1;

    if (rd_kafka_get_watermark_offsets(range->client->rk, range->origin.topic,
                                       range->origin.partition, &low,
                                       &high) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return -1;
    return high < 0 ? -1 : high;
}

static void wake_when_behind(struct leat_range *range)
{
    if (!range->client->limits.wakes_itself && leat_range_high_watermark(range) > range->arrived)
        wake(range);
}

/* Waits for the first record only: librdkafka would wait for all of them. */
static leat_status fill(struct leat_range *range, size_t wanted, int timeout_ms, leat_error *err)
{
    size_t stashed = range->count - range->given;
    size_t pulled = 0;
    size_t first = 0;

    if (stashed >= wanted || range->arrived >= range->until)
        return LEAT_OK;
    LEAT_TRY(reserve(range, wanted - stashed, err));
    LEAT_TRY(pull(range, wanted - stashed, 0, &pulled, err));
    if (pulled == 0 && stashed == 0 && timeout_ms > 0) {
        wake_when_behind(range);
        LEAT_TRY(pull(range, 1, timeout_ms, &first, err));
        if (first == 0)
            return leat_client_check(range->client, err);
        if (wanted > 1 && range->arrived < range->until) {
            LEAT_TRY(reserve(range, wanted - 1, err));
            LEAT_TRY(pull(range, wanted - 1, 0, &pulled, err));
        }
    }
    watch_queue(range, pulled + first);
    return LEAT_OK;
}

/* ---- giving out ---- */

static void give(struct leat_range *range, size_t wanted, struct leat_chunk *chunk)
{
    size_t last = range->count - range->given > wanted ? range->given + wanted : range->count;
    leat_record *record = chunk->records;

    range->given_from = range->given;
    for (size_t i = range->given; i < last; i++, record++) {
        const rd_kafka_message_t *message = range->messages[i];

        if (message->offset >= range->until)
            break;
        record->key = (leat_bytes){message->key, message->key_len};
        record->value = (leat_bytes){message->payload, message->len};
        record->timestamp_ms = rd_kafka_message_timestamp(message, NULL);
        record->offset = message->offset;
        record->origin = &range->origin;
        record->headers = message;
        range->position = message->offset + 1;
        range->given++;
    }
    chunk->count = range->given - range->given_from;
}

static bool is_done(const struct leat_range *range)
{
    if (range->position >= range->until)
        return true;
    if (range->given < range->count)
        return range->messages[range->given]->offset >= range->until;
    return range->arrived >= range->until;
}

leat_status leat_range_begin(struct leat_range *range, int64_t from, int64_t until, leat_error *err)
{
    bool goes_on = from == range->position && range->failure.status == LEAT_OK;

    leat_range_release(range);
    range->failure.status = LEAT_OK;
    range->kept_all = true;
    if (!goes_on) {
        range->verify_offset = -1;
        range->position = from;
        LEAT_TRY(fetch_from(range, from, err));
    }
    range->from = from;
    range->until = until;
    return LEAT_OK;
}

leat_status leat_range_read(struct leat_range *range, size_t most, int timeout_ms,
                            struct leat_chunk *chunk, enum leat_read_state *out_state,
                            leat_error *err)
{
    int64_t left = range->until - range->position;
    size_t wanted = left < (int64_t)most ? (size_t)left : most;
    leat_status status;

    chunk->count = 0;
    leat_range_release(range);
    if (left > 0) {
        if (range->failure.status == LEAT_OK)
            range->failure.status = fill(range, wanted, timeout_ms, &range->failure);
        status = range->failure.status;
        if (status != LEAT_OK)
            return leat_fail(err, status, "%s", range->failure.message);
        if (!leat_chunk_reserve(chunk, wanted))
            return leat_fail(err, LEAT_NO_MEMORY, "no memory for a chunk of %zu records", wanted);
        give(range, wanted, chunk);
    }
    *out_state = LEAT_READ_MORE;
    if (is_done(range)) {
        *out_state = LEAT_READ_DONE;
        range->position = range->until;
    }
    return LEAT_OK;
}

void leat_range_release(struct leat_range *range)
{
    if (range->given_from == range->given)
        return;
    drop(range, range->given_from, range->given);
    range->given_from = range->given;
    range->kept_all = false;
}

void leat_range_unread(struct leat_range *range)
{
    if (!range->kept_all) {
        leat_range_release(range);
        return;
    }
    range->given = range->given_from;
    range->position = range->from;
}
