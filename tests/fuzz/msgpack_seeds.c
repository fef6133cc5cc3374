/* msgpack_seeds: what msgpack_fuzz starts from: every encoding of the tests' cases, and events. */
#include "record/msgpack_cases.h"
#include "tests/fuzz/fuzz.h"

static const char *const events[] = {
    "83a26964cf0000011f71fb04cba475736572a87573657230303031a474616773"
    "93a5616c706861a462657461a567616d6d61",
    "84a16101a2696493c0c2c3a474616773820102a178ca3f800000a16b81a16b81a16b90",
    "919191919191919191919191919191919191919191919191919191919191919191"
    "9191919191919191919191919191919191919191919191919191919191919101",
};

const char *fuzz_seed(size_t index)
{
    for (size_t i = 0; i < sizeof msgpack_cases / sizeof msgpack_cases[0]; i++)
        for (size_t k = 0; k < 9 && msgpack_cases[i].encodings[k] != NULL; k++)
            if (index-- == 0)
                return msgpack_cases[i].encodings[k];
    return index < sizeof events / sizeof events[0] ? events[index] : NULL;
}

const char *fuzz_wrap(size_t random, bool *out_both)
{
    static const char *const one[] = {"91", "81a161", "dc0001", "81a26964", "8105"};
    static const char *const two[] = {"92", "81", "dd00000002", "de0001"};

    *out_both = random % 2 == 1;
    return *out_both ? two[random / 2 % 4] : one[random / 2 % 5];
}
