/*
 * fuzz: what a fuzz target gives, named as libFuzzer names it, and what our own driver adds.
 */
#ifndef LEAT_TESTS_FUZZ_H
#define LEAT_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Aborts when something is wrong with what the code made of data. True when data was well-formed,
 * from which the driver goes on. */
bool fuzz_one(const uint8_t *data, size_t size);

/* A random one of the ways to make well-formed data of well-formed data: what goes before a, and
 * whether b follows it. */
const char *fuzz_wrap(size_t random, bool *out_both);

/* The driver's seeds: bytes in hex; NULL past the last. */
const char *fuzz_seed(size_t index);

#endif
