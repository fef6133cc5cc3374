/*
 * plain_wordcount: examples/wordcount.c by a hand-written loop; see plain.h.
 *
 * Running counts lie in a hash table of strings; a transaction puts out the words that it touched.
 * What it does not do: keep the counts. A restart would have to read its output first.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plain.h"

enum { SLOTS_FIRST = 1 << 12 };

struct word {
    char *text; /* NULL: free. */
    uint32_t size;
    uint32_t hash;
    int64_t count;
    bool touched;
};

static struct {
    struct word *slots;
    size_t mask;
    size_t used;
    uint32_t *touched; /* Slots, as many as are used at most. */
    size_t touched_count;
} words;

static void *take(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL)
        bench_fail("no memory for %zu bytes", count * size);
    return memory;
}

static void grow(void)
{
    struct word *old = words.slots;
    size_t old_count = old == NULL ? 0 : words.mask + 1;
    size_t count = old == NULL ? SLOTS_FIRST : 2 * old_count;

    words.slots = take(count, sizeof *words.slots);
    words.mask = count - 1;
    free(words.touched);
    words.touched = take(count, sizeof *words.touched);
    words.touched_count = 0;
    for (size_t i = 0; i < old_count; i++) {
        size_t at = old[i].hash & words.mask;

        if (old[i].text == NULL)
            continue;
        while (words.slots[at].text != NULL)
            at = (at + 1) & words.mask;
        words.slots[at] = old[i];
        if (old[i].touched)
            words.touched[words.touched_count++] = (uint32_t)at;
    }
    free(old);
}

static void add(const char *text, size_t size, uint32_t hash)
{
    size_t at = hash & words.mask;
    struct word *word;

    while (words.slots[at].text != NULL &&
           (words.slots[at].hash != hash || words.slots[at].size != size ||
            memcmp(words.slots[at].text, text, size) != 0))
        at = (at + 1) & words.mask;
    word = &words.slots[at];
    if (word->text == NULL) {
        *word = (struct word){.text = take(size, 1), .size = (uint32_t)size, .hash = hash};
        memcpy(word->text, text, size);
        words.used++;
    }
    word->count++;
    if (!word->touched) {
        word->touched = true;
        words.touched[words.touched_count++] = (uint32_t)at;
    }
    if (words.used > (words.mask + 1) / 2)
        grow();
}

/* FNV-1a as the word is read. */
static void count_words(const rd_kafka_message_t *message)
{
    const char *at = message->payload;
    const char *end = at + message->len;

    while (at < end) {
        uint32_t hash = 2166136261U;
        const char *start;

        while (at < end && isspace((unsigned char)*at))
            at++;
        for (start = at; at < end && !isspace((unsigned char)*at); at++)
            hash = (hash ^ (unsigned char)*at) * 16777619U;
        if (at > start)
            add(start, (size_t)(at - start), hash);
    }
}

static void process(struct plain *plain, rd_kafka_message_t **messages, size_t count)
{
    (void)plain;
    for (size_t i = 0; i < count; i++) {
        count_words(messages[i]);
        rd_kafka_message_destroy(messages[i]);
    }
}

static void put_out(struct plain *plain)
{
    for (size_t i = 0; i < words.touched_count; i++) {
        struct word *word = &words.slots[words.touched[i]];
        char text[24];
        rd_kafka_message_t message = {.key = word->text, .key_len = word->size, .payload = text};

        message.len = (size_t)snprintf(text, sizeof text, "%" PRId64, word->count);
        plain_produce_batch(
            plain, bench_partition_for_key(word->text, word->size, plain->output_partitions),
            &message, 1);
        word->touched = false;
    }
    words.touched_count = 0;
}

int main(int argc, char **argv)
{
    (void)argc;
    grow();
    plain_run(argv, process, put_out);
    for (size_t i = 0; i <= words.mask; i++)
        free(words.slots[i].text);
    free(words.slots);
    free(words.touched);
    return 0;
}
