/* marker_test: markers come back as they were written, and nothing else is one. */
#include "ledger/marker.h"

#include "tests/support/check.h"

#define LINEAGE "0123456789abcdef"

enum { GROUP_METADATA_MAX = 4096 /* Kafka's default of offset.metadata.max.bytes. */ };

static bool is_marker(const char *text)
{
    struct leat_marker marker;

    return leat_marker_parse(text, &marker);
}

static void a_marker_is_written_as_the_protocol_says(void)
{
    struct leat_marker marker = {
        .lineage = LINEAGE, .n = 12, .attempt = "3.4", .time = 1700000000000};
    char text[LEAT_OFFSET_METADATA_MAX];

    leat_marker_write(&marker, text);
    CHECK(strcmp(text, "leat:1:" LINEAGE ":12:3.4:1700000000000") == 0);
    CHECK(strlen(text) < 100);
}

static void a_marker_comes_back_as_it_was(void)
{
    static const struct leat_marker markers[] = {
        {.lineage = LINEAGE, .n = 1, .attempt = "1.1", .time = 0},
        {.lineage = "-", .n = 7, .attempt = "1700000000000.12", .time = 1700000000000},
        {.lineage = LINEAGE, .n = 3, .attempt = "2.1", .time = -1000},
        {.lineage = "ffffffffffffffff",
         .n = INT64_MAX,
         .attempt = "9223372036854775807.9223372036854775807",
         .time = INT64_MAX}};

    for (size_t i = 0; i < sizeof markers / sizeof markers[0]; i++) {
        char text[LEAT_OFFSET_METADATA_MAX];
        struct leat_marker back;

        leat_marker_write(&markers[i], text);
        CHECK(strlen(text) < LEAT_OFFSET_METADATA_MAX - 1);
        CHECK(leat_marker_parse(text, &back));
        CHECK(strcmp(back.lineage, markers[i].lineage) == 0 && back.n == markers[i].n);
        CHECK(strcmp(back.attempt, markers[i].attempt) == 0 && back.time == markers[i].time);
    }
}

static void genesis_has_a_marker_too(void)
{
    struct leat_marker marker = {.lineage = LINEAGE, .n = 0, .attempt = "", .time = 5};
    char text[LEAT_OFFSET_METADATA_MAX];

    leat_marker_write(&marker, text);
    CHECK(strcmp(text, "leat:1:" LINEAGE ":0:0.0:5") == 0);
    CHECK(leat_marker_parse(text, &marker));
    CHECK(marker.n == 0);
}

static void a_marker_of_any_numbers_fits_what_a_group_takes(void)
{
    struct leat_marker marker = {.lineage = "ffffffffffffffff", .n = INT64_MIN, .time = INT64_MIN};
    char text[LEAT_OFFSET_METADATA_MAX];

    memset(marker.attempt, '9', sizeof marker.attempt - 1);
    leat_marker_write(&marker, text);
    CHECK(strlen(text) < LEAT_OFFSET_METADATA_MAX - 1);
    CHECK(strlen(text) < GROUP_METADATA_MAX);
}

static void what_only_looks_like_a_marker_is_none(void)
{
    static const char *const texts[] = {
        "",
        "leat",
        "leat:1:",
        "LEAT:1:" LINEAGE ":1:1.1:1",
        "leat:2:" LINEAGE ":1:1.1:1",
        "leat:1:" LINEAGE ":1:1.1",
        "leat:1:" LINEAGE ":1:1.1:",
        "leat:1:" LINEAGE ":1:1.1:1 ",
        "leat:1:" LINEAGE ":1:1.1:1:",
        "leat:1:" LINEAGE ":1:1.1:1x",
        " leat:1:" LINEAGE ":1:1.1:1",
        "leat:1:" LINEAGE ": 1:1.1:1",
        "leat:1:" LINEAGE ":1:1.1:\t1",
        "leat:1:" LINEAGE ":+1:1.1:1",
        "leat:1:" LINEAGE ":01:1.1:1",
        "leat:1:" LINEAGE ":0x1:1.1:1",
        "leat:1:" LINEAGE ":-1:1.1:1",
        "leat:1:" LINEAGE "::1.1:1",
        "leat:1:" LINEAGE ":1:1:1",
        "leat:1:" LINEAGE ":1:.1:1",
        "leat:1:" LINEAGE ":1:1.:1",
        "leat:1:" LINEAGE ":1:1.1.1:1",
        "leat:1:" LINEAGE ":1:....:1",
        "leat:1:" LINEAGE ":1::1",
        "leat:1:" LINEAGE ":9223372036854775808:1.1:1",
        "leat:1:" LINEAGE ":1:1.1:9223372036854775808",
        "leat:1:0123456789abcde:1:1.1:1",
        "leat:1:0123456789abcdef0:1:1.1:1",
        "leat:1:0123456789ABCDEF:1:1.1:1",
        "leat:1:0123456789-bcdef:1:1.1:1",
        "leat:1:----------------:1:1.1:1",
        "leat:1:--:1:1.1:1",
        "leat:1::1:1.1:1",
        "leat:1:" LINEAGE ":1:\xff\xfe:1",
        "(4096 bytes of other metadata)",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (is_marker(texts[i]))
            fprintf(stderr, "taken: '%s'\n", texts[i]);
        CHECK(!is_marker(texts[i]));
    }
}

static void a_marker_with_any_byte_cut_or_changed_is_not_the_same(void)
{
    static const char good[] = "leat:1:" LINEAGE ":12:3.4:17";
    struct leat_marker whole, changed;
    char text[sizeof good];
    char again[LEAT_OFFSET_METADATA_MAX];

    CHECK(leat_marker_parse(good, &whole));
    for (size_t at = 0; at < sizeof good - 1; at++)
        for (int byte = 1; byte < 256; byte++) {
            memcpy(text, good, sizeof good);
            text[at] = (char)byte;
            if (text[at] == good[at] || !leat_marker_parse(text, &changed))
                continue;
            leat_marker_write(&changed, again);
            CHECK(strcmp(again, text) == 0 && strcmp(again, good) != 0);
        }
    for (size_t size = 0; size < sizeof good - 2; size++) {
        memcpy(text, good, sizeof good);
        text[size] = '\0';
        CHECK(!is_marker(text));
    }
}

static void metadata_as_long_as_a_group_takes_is_no_marker(void)
{
    static char text[GROUP_METADATA_MAX + 1];
    static const char start[] = "leat:1:" LINEAGE ":1:1.1:1";

    memset(text, '1', GROUP_METADATA_MAX);
    memcpy(text, start, sizeof start - 1);
    CHECK(!is_marker(text));
    memset(text, '1', GROUP_METADATA_MAX);
    CHECK(!is_marker(text));
}

static void what_another_version_wrote_is_known_as_a_marker(void)
{
    CHECK(leat_marker_is_one("leat:1:" LINEAGE ":1:1.1:1"));
    CHECK(leat_marker_is_one("leat:2:anything"));
    CHECK(!leat_marker_is_one(""));
    CHECK(!leat_marker_is_one("leat"));
    CHECK(!leat_marker_is_one("leather:1"));
}

static const struct check_case cases[] = {
    CHECK_CASE(a_marker_is_written_as_the_protocol_says),
    CHECK_CASE(a_marker_comes_back_as_it_was),
    CHECK_CASE(genesis_has_a_marker_too),
    CHECK_CASE(a_marker_of_any_numbers_fits_what_a_group_takes),
    CHECK_CASE(what_only_looks_like_a_marker_is_none),
    CHECK_CASE(a_marker_with_any_byte_cut_or_changed_is_not_the_same),
    CHECK_CASE(metadata_as_long_as_a_group_takes_is_no_marker),
    CHECK_CASE(what_another_version_wrote_is_known_as_a_marker),
};
CHECK_MAIN(cases)
