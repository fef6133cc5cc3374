/*
 * fuzz_driver: runs a fuzz target on mutated seeds, the same ones for the same arguments:
 *
 *   msgpack_fuzz [RUNS [SEED]]     1000000 runs of seed 1
 *   msgpack_fuzz -x HEX            one input, as a failed run prints it
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "tests/support/hex.h"

enum { SIZE_MAX_BYTES = 400, POOL = 1024, RUNS = 1000000 };

struct input {
    uint8_t data[SIZE_MAX_BYTES];
    size_t size;
};

static struct input pool[POOL];
static size_t pool_count;
static struct input current;
static uint64_t state;

/* xorshift64*; a number below limit. */
static size_t pick(size_t limit)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (size_t)((state * 0x2545f4914f6cdd1dU) >> 33) % limit;
}

static void load(struct input *input, const char *hex)
{
    leat_bytes bytes = hex_bytes(hex);

    input->size = bytes.size < SIZE_MAX_BYTES ? bytes.size : SIZE_MAX_BYTES;
    memcpy(input->data, bytes.data, input->size);
    hex_free(bytes);
}

/* Puts size bytes of data where `from` to `until` were; leaves input when it has no room. */
static void replace(struct input *input, size_t from, size_t until, const uint8_t *data,
                    size_t size)
{
    uint8_t tail[SIZE_MAX_BYTES];
    size_t tail_size = input->size - until;

    if (from + size + tail_size > SIZE_MAX_BYTES)
        return;
    memcpy(tail, input->data + until, tail_size);
    memcpy(input->data + from, data, size);
    memcpy(input->data + from + size, tail, tail_size);
    input->size = from + size + tail_size;
}

static void wrap(struct input *input, const struct input *other)
{
    struct input head;
    bool both;

    load(&head, fuzz_wrap(pick(1000), &both));
    if (both && head.size + input->size + other->size <= SIZE_MAX_BYTES)
        replace(input, input->size, input->size, other->data, other->size);
    else if (both)
        return;
    replace(input, 0, 0, head.data, head.size);
}

static void mutate(struct input *input)
{
    const struct input *other = &pool[pick(pool_count)];
    size_t at = pick(input->size + 1);
    uint8_t byte = (uint8_t)(pick(3) == 0 ? pick(256) : 0xc0 + pick(32));

    switch (pick(7)) {
    case 0: /* Another bit. */
        if (at < input->size)
            input->data[at] ^= (uint8_t)(1U << pick(8));
        return;
    case 1: /* Another byte. */
        replace(input, at, at < input->size ? at + 1 : at, &byte, 1);
        return;
    case 2: /* One more. */
        replace(input, at, at, &byte, 1);
        return;
    case 3: /* Some fewer. */
        replace(input, at, at + pick(input->size - at + 1), &byte, 0);
        return;
    case 4: /* More around it. */
        wrap(input, other);
        return;
    case 5: /* All of another inside. */
        replace(input, at, at < input->size ? at + pick(2) : at, other->data, other->size);
        return;
    default: /* The end of another. */
        replace(input, at, input->size, other->data, pick(other->size + 1));
    }
}

static void run(size_t runs, uint64_t seed)
{
    size_t well_formed = 0;
    size_t seeds;

    state = seed * 0x9e3779b97f4a7c15U | 1U;
    for (const char *hex; pool_count < POOL && (hex = fuzz_seed(pool_count)) != NULL; pool_count++)
        load(&pool[pool_count], hex);
    seeds = pool_count;
    for (size_t i = 0; i < seeds; i++) {
        current = pool[i];
        fuzz_one(current.data, current.size);
    }
    for (size_t i = 0; i < runs; i++) {
        current = pool[pick(pool_count)];
        for (size_t left = 1 + pick(3); left > 0; left--)
            mutate(&current);
        if (!fuzz_one(current.data, current.size))
            continue;
        well_formed++;
        if (pool_count < POOL)
            pool[pool_count++] = current;
        else
            pool[seeds + pick(POOL - seeds)] = current;
    }
    fprintf(stderr, "%zu were well-formed\n", well_formed);
}

/* Says which input it was, then dies of the same signal. */
static void on_death(int number)
{
    static const char digits[] = "0123456789abcdef";
    static char text[2 * SIZE_MAX_BYTES + 2];
    size_t size = 0;

    for (size_t i = 0; i < current.size; i++) {
        text[size++] = digits[current.data[i] >> 4];
        text[size++] = digits[current.data[i] & 15];
    }
    text[size++] = '\n';
    if (write(STDERR_FILENO, "input, for -x: ", 15) < 0 || write(STDERR_FILENO, text, size) < 0)
        _exit(1);
    signal(number, SIG_DFL);
    raise(number);
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    size_t runs = argc > 1 ? (size_t)strtoull(argv[1], NULL, 10) : RUNS;

    signal(SIGABRT, on_death); /* A sanitizer needs abort_on_error=1. */
    if (argc == 3 && strcmp(argv[1], "-x") == 0) {
        load(&current, argv[2]);
        fprintf(stderr, fuzz_one(current.data, current.size) ? "well-formed\n" : "malformed\n");
        return 0;
    }
    fprintf(stderr, "%zu runs of seed %llu\n", runs, (unsigned long long)seed);
    run(runs, seed);
    return 0;
}
