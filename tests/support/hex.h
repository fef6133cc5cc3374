/*
 * hex: bytes in a test's table, as text: "93 01 02 c0". Spaces may stand between bytes.
 */
#ifndef LEAT_TESTS_HEX_H
#define LEAT_TESTS_HEX_H

#include "leat/base.h"
#include "tests/support/check.h"

static inline unsigned hex_digit(char digit)
{
    CHECK((digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f'));
    return (unsigned)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

/* A block of exactly the bytes in hex, so that a sanitizer sees any read past them. Caller frees
 * its data, which is not NULL. */
static inline leat_bytes hex_bytes(const char *hex)
{
    char *data = malloc(strlen(hex) / 2 + 1);
    size_t size = 0;

    CHECK(data != NULL);
    for (; *hex != '\0'; hex++) {
        if (*hex == ' ')
            continue;
        data[size++] = (char)(hex_digit(hex[0]) << 4 | hex_digit(hex[1]));
        hex++;
    }
    if (size > 0)
        data = realloc(data, size);
    CHECK(data != NULL);
    return (leat_bytes){data, size};
}

/* The same of the first size bytes at data. */
static inline leat_bytes hex_copy(const void *data, size_t size)
{
    char *copy = malloc(size > 0 ? size : 1);

    CHECK(copy != NULL);
    memcpy(copy, data, size);
    return (leat_bytes){copy, size};
}

static inline void hex_free(leat_bytes bytes)
{
    free((void *)(uintptr_t)bytes.data);
}

static inline bool hex_equal(leat_bytes bytes, const char *hex)
{
    leat_bytes expected = hex_bytes(hex);
    bool same = bytes.size == expected.size &&
                (bytes.size == 0 || memcmp(bytes.data, expected.data, bytes.size) == 0);

    hex_free(expected);
    return same;
}

#endif
