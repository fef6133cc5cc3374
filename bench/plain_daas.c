/*
 * plain_daas: examples/daas.c without the text files, by a hand-written loop; see plain.h.
 *
 *   --params FILE
 *
 * Records out have neither headers nor timestamps of their own, so they go by partition in runs;
 * their keys are views into the messages that came in, their values lie in one buffer.
 */
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "examples/job.h"
#include "examples/params.h"
#include "plain.h"

enum { RUN_MAX = 1 << 13, BUFFER_BYTES = 8 << 20, FIXED_BYTES = 64 };

static struct params *params;
static char buffer[BUFFER_BYTES];
static size_t buffer_used;
static struct {
    rd_kafka_message_t messages[RUN_MAX];
    size_t count;
} runs[PLAIN_PARTITIONS_MAX];

static void flush(struct plain *plain)
{
    for (int32_t i = 0; i < plain->output_partitions; i++) {
        plain_produce_batch(plain, i, runs[i].messages, runs[i].count);
        runs[i].count = 0;
    }
    buffer_used = 0;
}

static char *put_uint(char *at, uint64_t number)
{
    int width = number <= UINT8_MAX ? 0 : number <= UINT16_MAX ? 1 : number <= UINT32_MAX ? 2 : 3;

    if (number < 0x80) {
        *at++ = (char)number;
        return at;
    }
    *at++ = (char)(0xcc + width);
    for (int shift = 8 * (1 << width) - 8; shift >= 0; shift -= 8)
        *at++ = (char)(number >> shift);
    return at;
}

static char *put_string(char *at, const void *text, size_t size)
{
    if (size < 32) {
        *at++ = (char)(0xa0 | size);
    } else if (size <= UINT8_MAX) {
        *at++ = (char)0xd9;
        *at++ = (char)size;
    } else if (size <= UINT16_MAX) {
        *at++ = (char)0xda;
        *at++ = (char)(size >> 8);
        *at++ = (char)size;
    } else {
        *at++ = (char)0xdb;
        for (int shift = 24; shift >= 0; shift -= 8)
            *at++ = (char)(size >> shift);
    }
    memcpy(at, text, size);
    return at + size;
}

static char *put_literal(char *at, const char *text, size_t size)
{
    memcpy(at, text, size);
    return at + size;
}

static void add(struct plain *plain, int32_t partition, const struct event *event, struct view tag,
                leat_bytes segment)
{
    size_t most = FIXED_BYTES + tag.size + segment.size;
    rd_kafka_message_t *message;
    char *start;
    char *at;

    if (most > BUFFER_BYTES)
        bench_fail("a record of %zu bytes is too large", most);
    if (buffer_used + most > BUFFER_BYTES || runs[partition].count == RUN_MAX)
        flush(plain);
    start = buffer + buffer_used;
    at = put_uint(put_literal(start, "\x83\xa2id", 4), event->id);
    at = put_string(put_literal(at, "\xa3tag", 4), tag.data, tag.size);
    at = put_string(put_literal(at, "\xa7segment", 8), segment.data, segment.size);
    message = &runs[partition].messages[runs[partition].count++];
    *message = (rd_kafka_message_t){.payload = start,
                                    .len = (size_t)(at - start),
                                    .key = (void *)(uintptr_t)event->user.data,
                                    .key_len = event->user.size};
    buffer_used += (size_t)(at - start);
}

static void split(struct plain *plain, const rd_kafka_message_t *message)
{
    struct event event;
    leat_bytes user;
    leat_bytes segment;
    int32_t partition;

    if (!event_read(message->payload, message->len, &event))
        bench_fail("partition %d, offset %lld is no event", (int)message->partition,
                   (long long)message->offset);
    if (!params_has_kind(params, (leat_bytes){(const char *)event.kind.data, event.kind.size}))
        return;
    user = (leat_bytes){(const char *)event.user.data, event.user.size};
    segment = params_segment(params, user);
    partition = bench_partition_for_key(user.data, user.size, plain->output_partitions);
    for (uint32_t i = 0; i < event.tag_count; i++)
        add(plain, partition, &event, event_next_tag(&event.tags), segment);
}

static void daas(struct plain *plain, rd_kafka_message_t **messages, size_t count)
{
    for (size_t i = 0; i < count; i++)
        split(plain, messages[i]);
    flush(plain);
    for (size_t i = 0; i < count; i++)
        rd_kafka_message_destroy(messages[i]);
}

int main(int argc, char **argv)
{
    struct job job = {.params_file = bench_argument(argv, "--params", NULL)};
    leat_error err = {LEAT_OK, ""};
    void *loaded = NULL;

    (void)argc;
    if (params_load(&loaded, &job, &err) != LEAT_OK)
        bench_fail("%s", err.message);
    params = loaded;
    plain_run(argv, daas, NULL);
    params_free(params);
    return 0;
}
