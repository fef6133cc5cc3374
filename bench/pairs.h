/*
 * pairs: pairs of an 8-byte key and a number, in memory, and their sums by key as one writes it by
 * hand for one thread.
 *
 *   numbers   the key is the integer in the slot itself; the hash is one multiplication
 *   strings   slots of (hash, size, pointer, sum), keys copied into an arena, FNV-1a
 */
#ifndef BENCH_PAIRS_H
#define BENCH_PAIRS_H

#include <stddef.h>
#include <stdint.h>

struct pair {
    uint64_t key;
    int64_t value;
};

/* What must come out the same, and the processor's time it took. */
struct pairs_result {
    uint64_t keys;
    uint64_t digest;
    int64_t us;
};

/* Every key once, in random order, and then any of them. */
struct pair *pairs_make(size_t count, size_t distinct);

struct pairs_result pairs_by_numbers(const struct pair *pairs, size_t count);
struct pairs_result pairs_by_strings(const struct pair *pairs, size_t count);

void pairs_digest_add(struct pairs_result *result, uint64_t key, int64_t sum);

/* Of all threads; not the clock on the wall: others may work on this machine. */
int64_t pairs_cpu_us(void);

#endif
