/* codec_test: round trips, streams that others made, and streams that are damaged. */
#include "codec/codec.h"

#include "base/memory.h"
#include "tests/support/check.h"

static leat_error err;

#define VIEW(literal)                  \
    {                                  \
        (literal), sizeof(literal) - 1 \
    }
#define BYTES(literal) ((leat_bytes)VIEW(literal))

/* "hello hello hello hello" by Python's zlib and gzip and by the zstd command. */
static const leat_bytes foreign[LEAT_CODEC_COUNT] = {
    [LEAT_CODEC_DEFLATE] = VIEW("\170\332\313\110\315\311\311\127\310\100\047\001\150\003\010\261"),
    [LEAT_CODEC_GZIP] = VIEW("\037\213\010\000\000\000\000\000\002\003\313\110\315\311\311\127\310"
                             "\100\047\001\343\121\075\215\027\000\000\000"),
    [LEAT_CODEC_ZSTD] = VIEW("\050\265\057\375\004\130\145\000\000\060\150\145\154\154\157\040\001"
                             "\000\231\113\021\027\136\256\015"),
};
static const char hello[] = "hello hello hello hello";

static bool holds(const struct leat_buffer *buffer, const void *bytes, size_t size)
{
    return buffer->size == size && (size == 0 || memcmp(buffer->data, bytes, size) == 0);
}

/* Bytes that compress a little: a counter's low bits with noise. */
static void fill(unsigned char *bytes, size_t size)
{
    uint32_t state = 12345;

    for (size_t i = 0; i < size; i++) {
        state = state * 1664525 + 1013904223;
        bytes[i] = (unsigned char)(state >> 28 | (i & 7) << 4);
    }
}

static void pack(enum leat_codec_kind kind, leat_bytes bytes, size_t step, struct leat_buffer *out)
{
    struct leat_compressor *compressor;

    CHECK_OK(leat_compressor_create(kind, &compressor, &err));
    for (size_t at = 0; at < bytes.size; at += step) {
        size_t size = bytes.size - at < step ? bytes.size - at : step;

        CHECK_OK(leat_compressor_add(compressor, bytes.data + at, size, out, &err));
    }
    CHECK_OK(leat_compressor_finish(compressor, out, &err));
    leat_compressor_destroy(compressor);
}

static void what_is_compressed_comes_back(void)
{
    static const size_t sizes[] = {0, 1, 100, 32768, 32769, 1000000};
    unsigned char *bytes = leat_alloc(1000000, 1);

    fill(bytes, 1000000);
    for (int kind = LEAT_CODEC_DEFLATE; kind < LEAT_CODEC_COUNT; kind++) {
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            leat_bytes plain = {(const char *)bytes, sizes[i]};
            struct leat_buffer packed = {0}, found = {0};

            pack((enum leat_codec_kind)kind, plain, 50000, &packed);
            CHECK_OK(leat_decompress((enum leat_codec_kind)kind,
                                     (leat_bytes){packed.data, packed.size}, sizes[i], &found,
                                     &err));
            CHECK(holds(&found, bytes, sizes[i]));
            if (sizes[i] == 1000000)
                CHECK(packed.size < 950000);
            leat_buffer_release(&packed);
            leat_buffer_release(&found);
        }
    }
    leat_free(bytes);
}

static void streams_of_others_are_understood(void)
{
    for (int kind = LEAT_CODEC_DEFLATE; kind < LEAT_CODEC_COUNT; kind++) {
        struct leat_buffer found = {0};

        CHECK_OK(
            leat_decompress((enum leat_codec_kind)kind, foreign[kind], SIZE_MAX, &found, &err));
        CHECK(holds(&found, hello, sizeof hello - 1));
        leat_buffer_release(&found);
    }
}

/* One compressor makes several streams, and several in a row are one content. */
static void streams_in_a_row_are_one(void)
{
    for (int kind = LEAT_CODEC_DEFLATE; kind < LEAT_CODEC_COUNT; kind++) {
        struct leat_buffer packed = {0}, found = {0};
        struct leat_compressor *compressor;

        CHECK_OK(leat_compressor_create((enum leat_codec_kind)kind, &compressor, &err));
        for (int i = 0; i < 3; i++) {
            CHECK_OK(leat_compressor_add(compressor, "abc", 3, &packed, &err));
            CHECK_OK(leat_compressor_finish(compressor, &packed, &err));
        }
        CHECK_OK(leat_decompress((enum leat_codec_kind)kind, (leat_bytes){packed.data, packed.size},
                                 9, &found, &err));
        CHECK(holds(&found, "abcabcabc", 9));
        leat_compressor_destroy(compressor);
        leat_buffer_release(&packed);
        leat_buffer_release(&found);
    }
}

static void more_than_the_limit_is_refused(void)
{
    static char zeroes[1 << 20];

    for (int kind = LEAT_CODEC_DEFLATE; kind < LEAT_CODEC_COUNT; kind++) {
        struct leat_buffer packed = {0}, found = {0};

        pack((enum leat_codec_kind)kind, BYTES(zeroes), sizeof zeroes, &packed);
        CHECK(packed.size < 10000);
        CHECK(leat_decompress((enum leat_codec_kind)kind, (leat_bytes){packed.data, packed.size},
                              100000, &found, &err) == LEAT_LIMIT);
        CHECK(found.capacity < 300000 && strstr(err.message, "100000") != NULL);
        leat_buffer_release(&packed);
        leat_buffer_release(&found);
    }
}

static void damage_is_found_wherever_it_is(void)
{
    for (int kind = LEAT_CODEC_DEFLATE; kind < LEAT_CODEC_COUNT; kind++) {
        struct leat_buffer packed = {0}, found = {0};

        pack((enum leat_codec_kind)kind, BYTES(hello), 5, &packed);
        for (size_t size = 0; size < packed.size; size++) {
            leat_buffer_reset(&found);
            CHECK(leat_decompress((enum leat_codec_kind)kind, (leat_bytes){packed.data, size}, 1000,
                                  &found, &err) == LEAT_CORRUPT);
        }
        CHECK(leat_buffer_append(&packed, "more", 4));
        CHECK(leat_decompress((enum leat_codec_kind)kind, (leat_bytes){packed.data, packed.size},
                              1000, &found, &err) == LEAT_CORRUPT);
        packed.size -= 4;
        for (size_t bit = 0; bit < packed.size * 8; bit++) {
            leat_status status;

            packed.data[bit / 8] = (char)(packed.data[bit / 8] ^ 1 << bit % 8);
            leat_buffer_reset(&found);
            status = leat_decompress((enum leat_codec_kind)kind,
                                     (leat_bytes){packed.data, packed.size}, 1000, &found, &err);
            /* A gzip header's flags and time change nothing. */
            CHECK(status == LEAT_CORRUPT || status == LEAT_LIMIT ||
                  (status == LEAT_OK && holds(&found, hello, sizeof hello - 1)));
            packed.data[bit / 8] = (char)(packed.data[bit / 8] ^ 1 << bit % 8);
        }
        leat_buffer_release(&packed);
        leat_buffer_release(&found);
    }
}

static void hadoop_s_names_are_known(void)
{
    enum leat_codec_kind kind;

    for (int i = LEAT_CODEC_DEFLATE; i < LEAT_CODEC_COUNT; i++) {
        const char *name = leat_codec_class((enum leat_codec_kind)i);

        CHECK(leat_codec_of_class(leat_string(name), &kind) && (int)kind == i);
    }
    CHECK(leat_codec_of_class(leat_string("org.apache.hadoop.io.compress.DeflateCodec"), &kind));
    CHECK(kind == LEAT_CODEC_DEFLATE);
    CHECK(!leat_codec_of_class(leat_string("org.apache.hadoop.io.compress.Lz4Codec"), &kind));
    CHECK(!leat_codec_of_class(leat_string(""), &kind));
    CHECK(strcmp(leat_codec_extension(LEAT_CODEC_GZIP), ".gz") == 0);
}

static void no_memory_is_said_and_leaks_nothing(void)
{
    for (int kind = LEAT_CODEC_DEFLATE; kind < LEAT_CODEC_COUNT; kind++) {
        leat_status status = LEAT_NO_MEMORY;

        for (long n = 0; status != LEAT_OK; n++) {
            struct leat_compressor *compressor = NULL;
            struct leat_buffer packed = {0}, found = {0};

            CHECK(n < 100);
            leat_memory_fail_after(n);
            status = leat_compressor_create((enum leat_codec_kind)kind, &compressor, &err);
            if (status == LEAT_OK)
                status = leat_compressor_add(compressor, hello, 5, &packed, &err);
            if (status == LEAT_OK)
                status = leat_compressor_finish(compressor, &packed, &err);
            if (status == LEAT_OK)
                status = leat_decompress((enum leat_codec_kind)kind,
                                         (leat_bytes){packed.data, packed.size}, 5, &found, &err);
            leat_memory_fail_after(-1);
            CHECK(status == LEAT_OK || status == LEAT_NO_MEMORY);
            leat_compressor_destroy(compressor);
            leat_buffer_release(&packed);
            leat_buffer_release(&found);
        }
    }
}

static const struct check_case cases[] = {
    CHECK_CASE(what_is_compressed_comes_back),
    CHECK_CASE(streams_of_others_are_understood),
    CHECK_CASE(streams_in_a_row_are_one),
    CHECK_CASE(more_than_the_limit_is_refused),
    CHECK_CASE(damage_is_found_wherever_it_is),
    CHECK_CASE(hadoop_s_names_are_known),
    CHECK_CASE(no_memory_is_said_and_leaks_nothing),
};

CHECK_MAIN(cases)
