/*
 * aggregate: 10 million pairs of an 8-byte key and a number, all in memory, summed by key on one
 * thread: by leat's aggregator and by two tables as one writes them by hand. One JSON line a case.
 *
 *   numbers   the key is the integer in the slot itself; the hash is one multiplication
 *   strings   slots of (hash, size, pointer, sum), keys copied into an arena, FNV-1a
 *
 * leat's time has all that a task does: records from pairs, murmur2, the table.
 *
 * The case with most keys again with a tenth of the memory, spilling the rest to a directory.
 *
 *     aggregate [--pairs N] [--runs N] [--spill DIRECTORY]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common.h"
#include "record/murmur2.h"
#include "shuffle/aggregator.h"

enum { CHUNK = 512 };

struct pair {
    uint64_t key;
    int64_t value;
};

/* What must come out the same. */
struct result {
    uint64_t keys;
    uint64_t digest;
    int64_t us;
};

/* Not the clock on the wall: others may work on this machine. */
static int64_t cpu_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void *take(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL)
        bench_fail("no memory for %zu bytes", count * size);
    return memory;
}

static void digest_add(struct result *result, uint64_t key, int64_t sum)
{
    result->keys++;
    result->digest += (key ^ (uint64_t)sum * 0x9e3779b97f4a7c15U) * 0xbf58476d1ce4e5b9U;
}

/* Every key once, in random order, and then any of them. */
static struct pair *make_pairs(size_t count, size_t distinct)
{
    struct pair *pairs = take(count, sizeof *pairs);
    uint64_t seed = 7;

    for (size_t i = 0; i < count; i++) {
        uint64_t which = i < distinct ? i : bench_random(&seed) % distinct;

        pairs[i].key = bench_random(&which);
        pairs[i].value = (int64_t)(i & 0xff);
    }
    for (size_t i = count; i > 1; i--) {
        size_t other = bench_random(&seed) % i;
        struct pair pair = pairs[i - 1];

        pairs[i - 1] = pairs[other];
        pairs[other] = pair;
    }
    return pairs;
}

/* ---- numbers ---- */

struct number_slot {
    uint64_t key; /* 0: free. */
    int64_t sum;
};

static struct number_slot *number_find(struct number_slot *slots, size_t mask, uint64_t key)
{
    size_t at = (key * 0x9e3779b97f4a7c15U >> 32) & mask;

    while (slots[at].key != 0 && slots[at].key != key)
        at = (at + 1) & mask;
    return &slots[at];
}

static struct result numbers(const struct pair *pairs, size_t count)
{
    int64_t start = cpu_us();
    struct result result = {0};
    size_t mask = 1023;
    size_t keys = 0;
    struct number_slot *slots = take(mask + 1, sizeof *slots);

    for (size_t i = 0; i < count; i++) {
        struct number_slot *slot = number_find(slots, mask, pairs[i].key);

        if (slot->key == 0) {
            slot->key = pairs[i].key;
            keys++;
        }
        slot->sum += pairs[i].value;
        if (keys > (mask + 1) / 3 * 2) {
            size_t grown_mask = mask * 2 + 1;
            struct number_slot *grown = take(grown_mask + 1, sizeof *grown);

            for (size_t k = 0; k <= mask; k++)
                if (slots[k].key != 0)
                    *number_find(grown, grown_mask, slots[k].key) = slots[k];
            free(slots);
            slots = grown;
            mask = grown_mask;
        }
    }
    for (size_t k = 0; k <= mask; k++)
        if (slots[k].key != 0)
            digest_add(&result, slots[k].key, slots[k].sum);
    free(slots);
    result.us = cpu_us() - start;
    return result;
}

/* ---- strings ---- */

struct string_slot {
    const char *key; /* NULL: free. */
    uint32_t hash;
    uint32_t size;
    int64_t sum;
};

struct arena {
    struct arena *next;
    size_t used;
    char bytes[(64 << 10) - 16];
};

static uint32_t fnv(const char *key, size_t size)
{
    uint32_t hash = 2166136261U;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)key[i]) * 16777619U;
    return hash;
}

static struct string_slot *string_find(struct string_slot *slots, size_t mask, uint32_t hash,
                                       const char *key, uint32_t size)
{
    size_t at = hash & mask;

    while (slots[at].key != NULL && (slots[at].hash != hash || slots[at].size != size ||
                                     memcmp(slots[at].key, key, size) != 0))
        at = (at + 1) & mask;
    return &slots[at];
}

static const char *keep(struct arena **arena, const char *key, size_t size)
{
    char *copy;

    if (*arena == NULL || sizeof(*arena)->bytes - (*arena)->used < size) {
        struct arena *block = malloc(sizeof *block);

        if (block == NULL)
            bench_fail("no memory for keys");
        block->next = *arena;
        block->used = 0;
        *arena = block;
    }
    copy = (*arena)->bytes + (*arena)->used;
    (*arena)->used += size;
    return memcpy(copy, key, size);
}

static struct result strings(const struct pair *pairs, size_t count)
{
    int64_t start = cpu_us();
    struct result result = {0};
    size_t mask = 1023;
    size_t keys = 0;
    struct string_slot *slots = take(mask + 1, sizeof *slots);
    struct arena *arena = NULL;

    for (size_t i = 0; i < count; i++) {
        const char *key = (const char *)&pairs[i].key;
        uint32_t hash = fnv(key, sizeof pairs[i].key);
        struct string_slot *slot = string_find(slots, mask, hash, key, sizeof pairs[i].key);

        if (slot->key == NULL) {
            *slot = (struct string_slot){keep(&arena, key, sizeof pairs[i].key), hash,
                                         sizeof pairs[i].key, 0};
            keys++;
        }
        slot->sum += pairs[i].value;
        if (keys > (mask + 1) / 3 * 2) {
            size_t grown_mask = mask * 2 + 1;
            struct string_slot *grown = take(grown_mask + 1, sizeof *grown);

            for (size_t k = 0; k <= mask; k++) {
                size_t at = slots[k].hash & grown_mask;

                if (slots[k].key == NULL)
                    continue;
                while (grown[at].key != NULL)
                    at = (at + 1) & grown_mask;
                grown[at] = slots[k];
            }
            free(slots);
            slots = grown;
            mask = grown_mask;
        }
    }
    for (size_t k = 0; k <= mask; k++)
        if (slots[k].key != NULL) {
            uint64_t key;

            memcpy(&key, slots[k].key, sizeof key);
            digest_add(&result, key, slots[k].sum);
        }
    free(slots);
    while (arena != NULL) {
        struct arena *next = arena->next;

        free(arena);
        arena = next;
    }
    result.us = cpu_us() - start;
    return result;
}

/* ---- leat ---- */

static void check(leat_status status, const leat_error *err)
{
    if (status != LEAT_OK)
        bench_fail("%s", err->message);
}

/* spill NULL: all in memory. */
static struct result leat_with(const struct pair *pairs, size_t count, size_t limit_bytes,
                               struct leat_spill_file *spill)
{
    int64_t start = cpu_us();
    struct result result = {0};
    struct leat_aggregator *aggregator;
    struct leat_aggregate aggregate;
    struct leat_budget budget;
    static leat_record records[CHUNK];
    static uint32_t hashes[CHUNK];
    leat_error err = {LEAT_OK, ""};
    bool done = false;

    leat_budget_init(&budget, limit_bytes);
    check(leat_aggregator_create(
              &(struct leat_aggregator_options){
                  .combiner = {.merge_value = leat_sum_i64, .merge_combiners = leat_sum_i64},
                  .budget = &budget,
                  .spill = spill},
              &aggregator, &err),
          &err);
    for (size_t i = 0; i < count; i += CHUNK) {
        size_t some = count - i < CHUNK ? count - i : CHUNK;
        size_t added;

        for (size_t k = 0; k < some; k++) {
            const struct pair *pair = &pairs[i + k];

            records[k] = (leat_record){.key = {(const char *)&pair->key, sizeof pair->key},
                                       .value = {(const char *)&pair->value, sizeof pair->value},
                                       .timestamp_ms = -1,
                                       .offset = -1};
            hashes[k] = leat_murmur2(records[k].key);
        }
        check(leat_aggregator_add_many(aggregator, hashes, records, some, false, &added, &err),
              &err);
    }
    for (;;) {
        uint64_t key;

        check(leat_aggregator_next(aggregator, &aggregate, &done, &err), &err);
        if (done)
            break;
        memcpy(&key, aggregate.key.data, sizeof key);
        digest_add(&result, key, leat_i64(aggregate.value));
    }
    leat_aggregator_destroy(aggregator);
    result.us = cpu_us() - start;
    return result;
}

static struct result leat(const struct pair *pairs, size_t count)
{
    return leat_with(pairs, count, SIZE_MAX, NULL);
}

typedef struct result (*aggregate_fn)(const struct pair *pairs, size_t count);

static void keep_least(struct result *best, struct result result)
{
    if (best->us == 0 || result.us < best->us)
        *best = result;
}

/* The best of some runs, in turns. */
static void compare(size_t count, size_t distinct, int64_t runs)
{
    static const aggregate_fn ways[] = {leat, numbers, strings};
    struct pair *pairs = make_pairs(count, distinct);
    struct result best[3] = {{0}};

    for (int64_t run = 0; run < runs; run++)
        for (size_t way = 0; way < 3; way++)
            keep_least(&best[way], ways[way](pairs, count));
    for (size_t way = 1; way < 3; way++)
        if (best[way].keys != best[0].keys || best[way].digest != best[0].digest)
            bench_fail("the results differ");
    printf("{\"part\": \"aggregate\", \"pairs\": %zu, \"distinct\": %" PRIu64
           ", \"leat_ns\": %.1f, \"numbers_ns\": %.1f, \"strings_ns\": %.1f}\n",
           count, best[0].keys, (double)best[0].us * 1000 / (double)count,
           (double)best[1].us * 1000 / (double)count, (double)best[2].us * 1000 / (double)count);
    fflush(stdout);
    free(pairs);
}

/* An entry has 32 bytes and a slot 8, of which there are 1.6 to 3.2 for each. */
static void spill_most(size_t count, const char *directory)
{
    struct pair *pairs = make_pairs(count, count);
    struct result whole = leat(pairs, count);
    struct leat_spill_file *spill;
    struct result spilled;
    leat_error err;
    int64_t start;

    check(leat_spill_file_create(directory, &spill, &err), &err);
    start = bench_monotonic_us();
    spilled = leat_with(pairs, count, count * 45 / 10, spill);
    start = bench_monotonic_us() - start;
    if (spilled.keys != whole.keys || spilled.digest != whole.digest)
        bench_fail("the results differ");
    printf("{\"part\": \"aggregate\", \"pairs\": %zu, \"memory_mb\": %zu, \"spilled_mb\": %" PRId64
           ", \"leat_ns\": %.1f, \"spilled_ns\": %.1f, \"spilled_wall_ns\": %.1f}\n",
           count, (count * 45 / 10) >> 20, leat_spill_file_bytes(spill) >> 20,
           (double)whole.us * 1000 / (double)count, (double)spilled.us * 1000 / (double)count,
           (double)start * 1000 / (double)count);
    leat_spill_file_destroy(spill);
    free(pairs);
}

int main(int argc, char **argv)
{
    static const size_t distinct[] = {10000, 1000000, 10000000};
    size_t count = (size_t)bench_number(argv, "--pairs", 10000000);
    int64_t runs = bench_number(argv, "--runs", 3);

    (void)argc;
    for (size_t i = 0; i < sizeof distinct / sizeof distinct[0]; i++)
        if (distinct[i] <= count)
            compare(count, distinct[i], runs);
    spill_most(count, bench_argument(argv, "--spill", "/tmp"));
    return 0;
}
