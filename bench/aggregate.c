/*
 * aggregate: 10 million pairs of an 8-byte key and a number, all in memory, summed by key on one
 * thread: by leat's aggregator and by the tables of pairs.h. One JSON line a case.
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

#include "common.h"
#include "pairs.h"
#include "record/murmur2.h"
#include "shuffle/aggregator.h"

enum { CHUNK = 512 };

/* ---- leat ---- */

static void check(leat_status status, const leat_error *err)
{
    if (status != LEAT_OK)
        bench_fail("%s", err->message);
}

/* spill NULL: all in memory. */
static struct pairs_result leat_with(const struct pair *pairs, size_t count, size_t limit_bytes,
                                     struct leat_spill_file *spill)
{
    int64_t start = pairs_cpu_us();
    struct pairs_result result = {0};
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
        pairs_digest_add(&result, key, leat_i64(aggregate.value));
    }
    leat_aggregator_destroy(aggregator);
    result.us = pairs_cpu_us() - start;
    return result;
}

static struct pairs_result leat(const struct pair *pairs, size_t count)
{
    return leat_with(pairs, count, SIZE_MAX, NULL);
}

typedef struct pairs_result (*aggregate_fn)(const struct pair *pairs, size_t count);

static void keep_least(struct pairs_result *best, struct pairs_result result)
{
    if (best->us == 0 || result.us < best->us)
        *best = result;
}

/* The best of some runs, in turns. */
static void compare(size_t count, size_t distinct, int64_t runs)
{
    static const aggregate_fn ways[] = {leat, pairs_by_numbers, pairs_by_strings};
    struct pair *pairs = pairs_make(count, distinct);
    struct pairs_result best[3] = {{0}};

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
    struct pair *pairs = pairs_make(count, count);
    struct pairs_result whole = leat(pairs, count);
    struct leat_spill_file *spill;
    struct pairs_result spilled;
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
