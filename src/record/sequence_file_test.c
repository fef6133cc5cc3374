/*
 * sequence_file_test: bytes laid down by Hadoop's format by hand, round trips, and damage. What
 * Hadoop itself reads and writes is in tests/hadoop.
 */
#include "record/sequence_file.h"

#include "base/memory.h"
#include "tests/support/check.h"

static leat_error err;

struct mode {
    enum leat_codec_kind codec;
    bool by_record;
};

static const struct mode modes[] = {
    {LEAT_CODEC_NONE, false}, {LEAT_CODEC_DEFLATE, false}, {LEAT_CODEC_DEFLATE, true},
    {LEAT_CODEC_GZIP, false}, {LEAT_CODEC_GZIP, true},     {LEAT_CODEC_ZSTD, false},
    {LEAT_CODEC_ZSTD, true},
};
enum { MODE_COUNT = sizeof modes / sizeof modes[0] };

static struct leat_sequence_options options_of(struct mode mode, enum leat_writable key,
                                               enum leat_writable value)
{
    struct leat_sequence_options options = {
        .key = key, .value = value, .codec = mode.codec, .by_record = mode.by_record};

    memcpy(options.sync, "0123456789abcdef", sizeof options.sync);
    return options;
}

static leat_bytes view(const struct leat_buffer *buffer)
{
    return (leat_bytes){buffer->data, buffer->size};
}

static leat_bytes number(const void *eight)
{
    return (leat_bytes){eight, 8};
}

/* "k<i>" and i, count times. */
static void write_texts(struct mode mode, int count, struct leat_buffer *out)
{
    struct leat_sequence_options options = options_of(mode, LEAT_WRITABLE_TEXT, LEAT_WRITABLE_LONG);
    struct leat_sequence_writer *writer;

    CHECK_OK(leat_sequence_writer_create(&options, out, &writer, &err));
    for (int64_t i = 0; i < count; i++) {
        char key[16];

        snprintf(key, sizeof key, "k%d", (int)i);
        CHECK_OK(leat_sequence_append(writer, leat_string(key), number(&i), out, &err));
    }
    CHECK_OK(leat_sequence_finish(writer, out, &err));
    leat_sequence_writer_destroy(writer);
}

/* How many records of write_texts are read before the end, or before *out_status. */
static int read_texts(leat_bytes file, leat_status *out_status)
{
    struct leat_sequence_reader reader;
    leat_bytes key, value;
    bool end = false;
    int count = 0;

    *out_status = leat_sequence_reader_init(&reader, file, 1 << 20, &err);
    while (*out_status == LEAT_OK) {
        *out_status = leat_sequence_read(&reader, &key, &value, &end, &err);
        if (end || *out_status != LEAT_OK)
            break;
        CHECK((key.size == 0 || key.data != NULL) && value.size == 8);
        count++;
    }
    leat_sequence_reader_release(&reader);
    return count;
}

static void records_lie_as_hadoop_lays_them(void)
{
    static const char expected[] = "SEQ\006"
                                   "\041org.apache.hadoop.io.NullWritable"
                                   "\042org.apache.hadoop.io.BytesWritable"
                                   "\000\000\000\000\000\000"
                                   "0123456789abcdef"
                                   "\000\000\000\007\000\000\000\000\000\000\000\003abc"
                                   "\000\000\000\004\000\000\000\000\000\000\000\000";
    struct leat_sequence_options options =
        options_of(modes[0], LEAT_WRITABLE_NULL, LEAT_WRITABLE_BYTES);
    struct leat_sequence_writer *writer;
    struct leat_buffer out = {0};
    leat_bytes null = {NULL, 0};

    CHECK_OK(leat_sequence_writer_create(&options, &out, &writer, &err));
    CHECK_OK(leat_sequence_append(writer, null, leat_string("abc"), &out, &err));
    CHECK_OK(leat_sequence_append(writer, null, null, &out, &err));
    CHECK_OK(leat_sequence_finish(writer, &out, &err));
    CHECK(out.size == sizeof expected - 1 && memcmp(out.data, expected, out.size) == 0);
    CHECK(leat_sequence_append(writer, leat_string("k"), null, &out, &err) == LEAT_INVALID);
    leat_sequence_writer_destroy(writer);
    leat_buffer_release(&out);
}

static bool form_is(enum leat_writable writable, leat_bytes bytes, const char *hex)
{
    struct leat_buffer form = {0}, text = {0};
    uint64_t scratch;
    leat_bytes back;
    bool same;

    CHECK_OK(leat_writable_append(writable, bytes, &form, &err));
    for (size_t i = 0; i < form.size; i++)
        CHECK(leat_buffer_printf(&text, "%02x", (unsigned char)form.data[i]));
    CHECK(leat_buffer_append_char(&text, '\0'));
    CHECK_OK(leat_writable_read(writable, view(&form), &scratch, &back, &err));
    same = strcmp(text.data, hex) == 0 && (bytes.data == NULL || leat_bytes_equal(back, bytes));
    leat_buffer_release(&form);
    leat_buffer_release(&text);
    return same;
}

static void each_class_has_hadoop_s_form(void)
{
    int64_t negative = -2;
    double half = 0.5;
    leat_bytes null = {NULL, 0};
    struct leat_buffer out = {0};

    CHECK(form_is(LEAT_WRITABLE_LONG, number(&negative), "fffffffffffffffe"));
    CHECK(form_is(LEAT_WRITABLE_DOUBLE, number(&half), "3fe0000000000000"));
    CHECK(form_is(LEAT_WRITABLE_TEXT, leat_string("ab"), "026162"));
    CHECK(form_is(LEAT_WRITABLE_TEXT, null, "00"));
    CHECK(form_is(LEAT_WRITABLE_BYTES, leat_string("ab"), "000000026162"));
    CHECK(form_is(LEAT_WRITABLE_BYTES, null, "00000000"));
    CHECK(leat_writable_append(LEAT_WRITABLE_LONG, null, &out, &err) == LEAT_INVALID);
    CHECK(strstr(err.message, "null is no number for a org.apache.hadoop.io.LongWritable") != NULL);
    CHECK(leat_writable_append(LEAT_WRITABLE_DOUBLE, leat_string("1.5"), &out, &err) ==
          LEAT_INVALID);
    leat_buffer_release(&out);
}

static void integers_have_hadoop_s_lengths(void)
{
    static const struct {
        uint32_t number;
        size_t size;
        const char *bytes;
    } cases[] = {{0, 1, "\000"},
                 {127, 1, "\177"},
                 {128, 2, "\217\200"},
                 {255, 2, "\217\377"},
                 {256, 3, "\216\001\000"},
                 {65536, 4, "\215\001\000\000"},
                 {INT32_MAX, 5, "\214\177\377\377\377"}};
    static const char *const bad[] = {
        "\217", "\214\200\000\000\000", "\213\000\000\000\000\001", "\207\001", "\377", "\220"};
    uint32_t found;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct leat_buffer out = {0};
        size_t at = 0;

        CHECK(leat_vint_append(&out, cases[i].number));
        CHECK(out.size == cases[i].size && memcmp(out.data, cases[i].bytes, out.size) == 0);
        CHECK(leat_vint_read(view(&out), &at, &found) && found == cases[i].number);
        CHECK(at == out.size);
        leat_buffer_release(&out);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        size_t size = strlen(bad[i]) < 2 ? 1 : 6, at = 0;

        CHECK(!leat_vint_read((leat_bytes){bad[i], size < strlen(bad[i]) ? size : strlen(bad[i])},
                              &at, &found) &&
              at == 0);
    }
}

/* Enough for several blocks and for sync markers between records. */
static void what_is_written_is_read(void)
{
    enum { COUNT = 120000 };

    for (int m = 0; m < MODE_COUNT; m++) {
        struct leat_sequence_reader reader;
        struct leat_buffer out = {0};
        leat_bytes key, value;
        bool end = false;

        write_texts(modes[m], modes[m].by_record ? 5000 : COUNT, &out);
        CHECK_OK(leat_sequence_reader_init(&reader, view(&out), 4 << 20, &err));
        CHECK(leat_writable_type(reader.key) == LEAT_STRING);
        CHECK(leat_writable_type(reader.value) == LEAT_I64);
        for (int64_t i = 0; i < (modes[m].by_record ? 5000 : COUNT); i++) {
            char expected[16];

            CHECK_OK(leat_sequence_read(&reader, &key, &value, &end, &err));
            snprintf(expected, sizeof expected, "k%d", (int)i);
            CHECK(!end && leat_bytes_equal(key, leat_string(expected)) && leat_i64(value) == i);
        }
        CHECK_OK(leat_sequence_read(&reader, &key, &value, &end, &err));
        CHECK(end);
        leat_sequence_reader_release(&reader);
        leat_buffer_release(&out);
    }
}

static void every_pair_of_classes_comes_back(void)
{
    int64_t whole = 1234567890123;
    double real = -0.0;
    const leat_bytes samples[LEAT_WRITABLE_COUNT] = {
        [LEAT_WRITABLE_NULL] = {NULL, 0},
        [LEAT_WRITABLE_BYTES] = {"\0\n\xff", 3},
        [LEAT_WRITABLE_TEXT] = {"gr\xc3\xbc\xc3\x9f", 6},
        [LEAT_WRITABLE_LONG] = number(&whole),
        [LEAT_WRITABLE_DOUBLE] = number(&real)};

    for (int m = 0; m < MODE_COUNT * LEAT_WRITABLE_COUNT * LEAT_WRITABLE_COUNT; m++) {
        enum leat_writable k = (enum leat_writable)(m / MODE_COUNT % LEAT_WRITABLE_COUNT);
        enum leat_writable v = (enum leat_writable)(m / MODE_COUNT / LEAT_WRITABLE_COUNT);
        struct leat_sequence_options options = options_of(modes[m % MODE_COUNT], k, v);
        struct leat_sequence_writer *writer;
        struct leat_sequence_reader reader;
        struct leat_buffer out = {0};
        leat_bytes key, value;
        bool end;

        CHECK_OK(leat_sequence_writer_create(&options, &out, &writer, &err));
        for (int i = 0; i < 3; i++)
            CHECK_OK(leat_sequence_append(writer, samples[k], samples[v], &out, &err));
        CHECK_OK(leat_sequence_finish(writer, &out, &err));
        CHECK_OK(leat_sequence_reader_init(&reader, view(&out), 4096, &err));
        for (int i = 0; i < 3; i++) {
            CHECK_OK(leat_sequence_read(&reader, &key, &value, &end, &err));
            CHECK(!end && leat_bytes_equal(key, samples[k]) && leat_bytes_equal(value, samples[v]));
        }
        CHECK_OK(leat_sequence_read(&reader, &key, &value, &end, &err));
        CHECK(end);
        leat_sequence_reader_release(&reader);
        leat_sequence_writer_destroy(writer);
        leat_buffer_release(&out);
    }
}

/* Cut off anywhere but between two records or blocks, it is damaged; there, it is a shorter file.
 */
static void a_file_cut_off_is_damaged(void)
{
    for (int m = 0; m < MODE_COUNT; m++) {
        struct leat_buffer out = {0};
        int whole_ends = 0;

        write_texts(modes[m], 20, &out);
        for (size_t size = 0; size < out.size; size++) {
            char *copy = leat_alloc(size + 1, 1); /* So that a read beyond it is seen. */
            leat_status status;
            int count;

            memcpy(copy, out.data, size);
            copy = leat_grow(copy, size == 0 ? 1 : size, 1);
            count = read_texts((leat_bytes){copy, size}, &status);
            CHECK(status == LEAT_OK || status == LEAT_CORRUPT);
            CHECK(count < 20);
            whole_ends += status == LEAT_OK;
            leat_free(copy);
        }
        /* After the header, and after each of 19 records. */
        CHECK(whole_ends == (modes[m].codec == LEAT_CODEC_NONE || modes[m].by_record ? 20 : 1));
        leat_buffer_release(&out);
    }
}

static void any_flipped_bit_is_survived(void)
{
    for (int m = 0; m < MODE_COUNT; m++) {
        struct leat_buffer out = {0};
        int found = 0;

        write_texts(modes[m], 20, &out);
        for (size_t bit = 0; bit < out.size * 8; bit++) {
            leat_status status;

            out.data[bit / 8] = (char)(out.data[bit / 8] ^ 1 << bit % 8);
            (void)read_texts(view(&out), &status);
            CHECK(status == LEAT_OK || status == LEAT_CORRUPT || status == LEAT_INVALID ||
                  status == LEAT_LIMIT);
            found += status != LEAT_OK;
            out.data[bit / 8] = (char)(out.data[bit / 8] ^ 1 << bit % 8);
        }
        CHECK(found > 100);
        leat_buffer_release(&out);
    }
}

/* Random rubbish behind a good header. */
static void rubbish_is_survived(void)
{
    uint32_t state = 1;

    for (int m = 0; m < MODE_COUNT; m++) {
        struct leat_buffer head = {0};
        size_t size;

        write_texts(modes[m], 0, &head);
        size = head.size;
        for (int round = 0; round < 3000; round++) {
            leat_status status;

            head.size = size;
            if (round % 2 == 0 && modes[m].codec != LEAT_CODEC_NONE && !modes[m].by_record)
                CHECK(leat_buffer_append(&head, "\377\377\377\3770123456789abcdef\003", 21));
            for (int i = 0; i < 40; i++) {
                state = state * 1664525 + 1013904223;
                CHECK(leat_buffer_append_char(
                    &head, (char)(state >> 24 & (round % 3 == 0 ? 0x0f : 0xff))));
            }
            (void)read_texts(view(&head), &status);
            CHECK(status == LEAT_CORRUPT || status == LEAT_OK || status == LEAT_LIMIT);
        }
        leat_buffer_release(&head);
    }
}

static leat_status open_changed(const char *from, const char *to)
{
    struct leat_sequence_reader reader;
    struct leat_buffer out = {0};
    leat_status status;
    char *at;

    write_texts(modes[1], 1, &out);
    CHECK(leat_buffer_append_char(&out, '\0'));
    for (at = out.data; memcmp(at, from, strlen(from)) != 0; at++)
        CHECK(at < out.data + out.size - strlen(from));
    memcpy(at, to, strlen(to));
    status = leat_sequence_reader_init(&reader, view(&out), 1000, &err);
    leat_sequence_reader_release(&reader);
    leat_buffer_release(&out);
    return status;
}

static void what_is_not_known_is_named(void)
{
    CHECK(open_changed("SEQ", "Seq") == LEAT_CORRUPT);
    CHECK(open_changed("SEQ\006", "SEQ\005") == LEAT_INVALID);
    CHECK(strstr(err.message, "version 5") != NULL);
    CHECK(open_changed("io.Text", "io.Tekt") == LEAT_INVALID);
    CHECK(strstr(err.message, "'org.apache.hadoop.io.Tekt'") != NULL);
    CHECK(open_changed("DefaultCodec", "DefaultCodek") == LEAT_INVALID);
    CHECK(strstr(err.message, "'org.apache.hadoop.io.compress.DefaultCodek'") != NULL);
}

/* A block of a megabyte of zeroes is small in the file. */
static void a_block_is_unpacked_up_to_the_limit(void)
{
    static char zeroes[900000];
    struct leat_sequence_options options =
        options_of(modes[3], LEAT_WRITABLE_NULL, LEAT_WRITABLE_BYTES);
    struct leat_sequence_writer *writer;
    struct leat_sequence_reader reader;
    struct leat_buffer out = {0};
    leat_bytes key, value, null = {NULL, 0};
    bool end;

    CHECK_OK(leat_sequence_writer_create(&options, &out, &writer, &err));
    CHECK_OK(leat_sequence_append(writer, null, (leat_bytes){zeroes, sizeof zeroes}, &out, &err));
    CHECK_OK(leat_sequence_finish(writer, &out, &err));
    CHECK(out.size < 3000);
    CHECK_OK(leat_sequence_reader_init(&reader, view(&out), 100000, &err));
    CHECK(leat_sequence_read(&reader, &key, &value, &end, &err) == LEAT_LIMIT);
    leat_sequence_reader_release(&reader);
    CHECK_OK(leat_sequence_reader_init(&reader, view(&out), 1000000, &err));
    CHECK_OK(leat_sequence_read(&reader, &key, &value, &end, &err));
    CHECK(value.size == sizeof zeroes);
    leat_sequence_reader_release(&reader);
    leat_sequence_writer_destroy(writer);
    leat_buffer_release(&out);
}

static void no_memory_is_said_and_leaks_nothing(void)
{
    for (int m = 0; m < MODE_COUNT; m++) {
        leat_status status = LEAT_NO_MEMORY;

        for (long n = 0; status != LEAT_OK; n++) {
            struct leat_sequence_options options =
                options_of(modes[m], LEAT_WRITABLE_TEXT, LEAT_WRITABLE_TEXT);
            struct leat_sequence_writer *writer = NULL;
            struct leat_sequence_reader reader = {.at = 0};
            struct leat_buffer out = {0};
            leat_bytes key, value;
            bool end;

            CHECK(n < 200);
            leat_memory_fail_after(n);
            status = leat_sequence_writer_create(&options, &out, &writer, &err);
            if (status == LEAT_OK)
                status =
                    leat_sequence_append(writer, leat_string("k"), leat_string("v"), &out, &err);
            if (status == LEAT_OK)
                status = leat_sequence_finish(writer, &out, &err);
            if (status == LEAT_OK)
                status = leat_sequence_reader_init(&reader, view(&out), 1000, &err);
            if (status == LEAT_OK)
                status = leat_sequence_read(&reader, &key, &value, &end, &err);
            leat_memory_fail_after(-1);
            CHECK(status == LEAT_OK || status == LEAT_NO_MEMORY);
            leat_sequence_reader_release(&reader);
            leat_sequence_writer_destroy(writer);
            leat_buffer_release(&out);
        }
    }
}

static const struct check_case cases[] = {
    CHECK_CASE(records_lie_as_hadoop_lays_them),
    CHECK_CASE(each_class_has_hadoop_s_form),
    CHECK_CASE(integers_have_hadoop_s_lengths),
    CHECK_CASE(what_is_written_is_read),
    CHECK_CASE(every_pair_of_classes_comes_back),
    CHECK_CASE(a_file_cut_off_is_damaged),
    CHECK_CASE(any_flipped_bit_is_survived),
    CHECK_CASE(rubbish_is_survived),
    CHECK_CASE(what_is_not_known_is_named),
    CHECK_CASE(a_block_is_unpacked_up_to_the_limit),
    CHECK_CASE(no_memory_is_said_and_leaks_nothing),
};

CHECK_MAIN(cases)
