/* pairs: see pairs.h. */
#include "pairs.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common.h"

int64_t pairs_cpu_us(void)
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

void pairs_digest_add(struct pairs_result *result, uint64_t key, int64_t sum)
{
    result->keys++;
    result->digest += (key ^ (uint64_t)sum * 0x9e3779b97f4a7c15U) * 0xbf58476d1ce4e5b9U;
}

struct pair *pairs_make(size_t count, size_t distinct)
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

struct pairs_result pairs_by_numbers(const struct pair *pairs, size_t count)
{
    int64_t start = pairs_cpu_us();
    struct pairs_result result = {0};
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
            pairs_digest_add(&result, slots[k].key, slots[k].sum);
    free(slots);
    result.us = pairs_cpu_us() - start;
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

struct pairs_result pairs_by_strings(const struct pair *pairs, size_t count)
{
    int64_t start = pairs_cpu_us();
    struct pairs_result result = {0};
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
            pairs_digest_add(&result, key, slots[k].sum);
        }
    free(slots);
    while (arena != NULL) {
        struct arena *next = arena->next;

        free(arena);
        arena = next;
    }
    result.us = pairs_cpu_us() - start;
    return result;
}
