/* ledger_damage_test: what is damaged, missing, foreign or does not fit into memory is never taken
 * as good, and what was good before stays so. */
#include <errno.h>
#include <jansson.h>

#include "base/memory.h"
#include "ledger/codec.h"
#include "ledger/ledger.h"
#include "tests/support/ledger_sample.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { VALUE_MAX = 4096 };

/* Thousands of commits: none has to outlive a power cut. */
__attribute__((visibility("default"))) int fdatasync(int fd)
{
    (void)fd;
    return 0;
}

/* ---- records as bytes ---- */

struct record {
    enum leat_database database;
    const char *name;
};

static const struct record all[] = {
    {LEAT_DATABASE_META, "lineage"},   {LEAT_DATABASE_META, "incarnation"},
    {LEAT_DATABASE_META, "slots"},     {LEAT_DATABASE_LEDGER, "identity"},
    {LEAT_DATABASE_LEDGER, "settled"}, {LEAT_DATABASE_LEDGER, "anchoring"},
    {LEAT_DATABASE_LEDGER, "plan"},    {LEAT_DATABASE_LEDGER, "prepared"}};

static size_t read_record(const char *directory, const struct record *record, char out[VALUE_MAX])
{
    struct leat_checkpoint *checkpoint;
    leat_bytes value;

    CHECK_OK(leat_checkpoint_open(directory, &checkpoint, NULL));
    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    CHECK_OK(
        leat_checkpoint_get(checkpoint, record->database, leat_string(record->name), &value, NULL));
    CHECK(value.data != NULL && value.size <= VALUE_MAX);
    memcpy(out, value.data, value.size);
    leat_checkpoint_close(checkpoint);
    return value.size;
}

/* bytes NULL: deletes it. */
static void write_record(const char *directory, const struct record *record, const char *bytes,
                         size_t size)
{
    struct leat_checkpoint *checkpoint;
    leat_bytes name = leat_string(record->name);

    CHECK_OK(leat_checkpoint_open(directory, &checkpoint, NULL));
    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    if (bytes == NULL)
        CHECK_OK(leat_checkpoint_delete(checkpoint, record->database, name, NULL));
    else
        CHECK_OK(leat_checkpoint_put(checkpoint, record->database, name, (leat_bytes){bytes, size},
                                     NULL));
    CHECK_OK(leat_checkpoint_commit(checkpoint, NULL));
    leat_checkpoint_close(checkpoint);
}

/* A record of our own making, with a good check sum. */
static void write_json(const char *directory, const struct record *record, const char *text)
{
    struct leat_buffer sealed = {0};

    CHECK_OK(leat_codec_seal(json_loads(text, 0, NULL), record->name, &sealed, NULL));
    write_record(directory, record, sealed.data, sealed.size);
    leat_buffer_release(&sealed);
}

static leat_status start(const char *directory, leat_error *err)
{
    struct leat_ledger *ledger = NULL;
    struct leat_ledger_view view;
    leat_status status = leat_ledger_open(directory, SAMPLE_SLOTS, &ledger, err);

    if (status != LEAT_OK) {
        CHECK(ledger == NULL);
        return status;
    }
    status = leat_ledger_load(ledger, &view, err);
    if (status == LEAT_OK)
        leat_ledger_view_release(&view);
    leat_ledger_close(ledger);
    return status;
}

static void check_corrupt(const char *directory, const char *name)
{
    leat_error err = {LEAT_OK, ""};

    if (start(directory, &err) != LEAT_CORRUPT || strstr(err.message, name) == NULL) {
        fprintf(stderr, "%s: status %d: %s\n", name, (int)err.status, err.message);
        CHECK(0);
    }
}

/* Every record at once; the order of writing lets plan and prepared stand beside each other. */
static void make_full(char out[PATH_MAX])
{
    struct leat_ledger *ledger;
    char anchoring[VALUE_MAX];
    size_t size;

    scratch_make(out);
    ledger = sample_open(out);
    CHECK_OK(leat_ledger_write_anchoring(ledger, &sample_identity, &sample_settled,
                                         &sample_anchoring, NULL));
    leat_ledger_close(ledger);
    size = read_record(out, &all[5], anchoring);
    ledger = sample_open(out);
    CHECK_OK(leat_ledger_write_prepared(ledger, NULL, &sample_prepared, NULL));
    CHECK_OK(leat_ledger_write_plan(ledger, NULL, &sample_plan, NULL));
    leat_ledger_close(ledger);
    write_record(out, &all[5], anchoring, size);
    CHECK_OK(start(out, NULL));
}

/* ---- damage ---- */

static void a_flipped_bit_at_any_place_of_any_record_is_found_out(void)
{
    char root[PATH_MAX];

    make_full(root);
    for (size_t r = 0; r < COUNT(all); r++) {
        char good[VALUE_MAX], bad[VALUE_MAX];
        size_t size = read_record(root, &all[r], good);

        for (size_t at = 0; at < size; at++) {
            memcpy(bad, good, size);
            bad[at] = (char)(good[at] ^ (1 << at % 8));
            write_record(root, &all[r], bad, size);
            check_corrupt(root, all[r].name);
        }
        write_record(root, &all[r], good, size);
        CHECK_OK(start(root, NULL));
    }
    scratch_remove(root);
}

static void a_record_cut_at_any_place_is_found_out(void)
{
    char root[PATH_MAX];

    make_full(root);
    for (size_t r = 0; r < COUNT(all); r++) {
        char good[VALUE_MAX];
        size_t size = read_record(root, &all[r], good);

        for (size_t left = 0; left < size; left++) {
            write_record(root, &all[r], good, left);
            check_corrupt(root, all[r].name);
        }
        write_record(root, &all[r], good, size);
        CHECK_OK(start(root, NULL));
    }
    scratch_remove(root);
}

static void bytes_behind_a_record_are_found_out(void)
{
    char root[PATH_MAX];

    make_full(root);
    for (size_t r = 0; r < COUNT(all); r++) {
        char good[VALUE_MAX + 1];
        size_t size = read_record(root, &all[r], good);

        good[size] = ' ';
        write_record(root, &all[r], good, size + 1);
        check_corrupt(root, all[r].name);
        write_record(root, &all[r], good, size);
    }
    scratch_remove(root);
}

static void a_record_under_anothers_name_is_found_out(void)
{
    char root[PATH_MAX];

    make_full(root);
    for (size_t r = 0; r < COUNT(all); r++)
        for (size_t other = 0; other < COUNT(all); other++) {
            char good[VALUE_MAX], foreign[VALUE_MAX];
            size_t size = read_record(root, &all[r], good);
            leat_error err = {LEAT_OK, ""};

            if (r == other)
                continue;
            write_record(root, &all[r], foreign, read_record(root, &all[other], foreign));
            if (start(root, &err) != LEAT_CORRUPT) {
                fprintf(stderr, "%s as %s: %s\n", all[other].name, all[r].name, err.message);
                CHECK(0);
            }
            write_record(root, &all[r], good, size);
        }
    scratch_remove(root);
}

static void a_missing_record_without_which_the_others_mean_nothing_is_found_out(void)
{
    /* Without anchoring, plan or prepared the rest is a ledger of its own. */
    static const size_t needed[] = {0, 1, 2, 3, 4};

    for (size_t i = 0; i < COUNT(needed); i++) {
        struct leat_ledger *ledger;
        const struct record *record = &all[needed[i]];
        leat_error err = {LEAT_OK, ""};
        char root[PATH_MAX];

        make_full(root);
        write_record(root, record, NULL, 0);
        if (needed[i] == 0) { /* Only a new lineage could be made, and then: */
            CHECK(leat_ledger_open(root, SAMPLE_SLOTS, &ledger, &err) == LEAT_CORRUPT);
            CHECK(strstr(err.message, "'lineage' is missing") != NULL);
        } else {
            check_corrupt(root, record->name);
        }
        scratch_remove(root);
    }
}

static void records_that_contradict_each_other_are_found_out(void)
{
    static const char plan[] = "\"plan\":{\"n\":%d,\"time\":1,\"external\":false,\"ranges\":[]}";
    static const struct {
        int n, plan_n;
        const char *before, *after;
        leat_status expected;
    } prepared[] = {
        {5, 5, "[]", "[]", LEAT_OK},
        {4, 4, "[]", "[]", LEAT_CORRUPT},
        {6, 6, "[]", "[]", LEAT_CORRUPT},
        {5, 6, "[]", "[]", LEAT_CORRUPT},
        {5, 5, "[[\"t\",0,1,\"\"]]", "[[\"t\",0,2,\"\"]]", LEAT_OK},
        {5, 5, "[[\"t\",0,1,\"\"]]", "[[\"t\",1,2,\"\"]]", LEAT_CORRUPT},
        {5, 5, "[[\"t\",0,1,\"\"]]", "[[\"u\",0,2,\"\"]]", LEAT_CORRUPT},
        {5, 5, "[[\"t\",0,1,\"\"]]", "[]", LEAT_CORRUPT},
        {5, 5, "[]", "[[\"t\",0,1,\"\"]]", LEAT_CORRUPT},
    };
    char root[PATH_MAX], text[1024], nested[128];

    make_full(root);
    for (size_t i = 0; i < COUNT(prepared); i++) {
        leat_error err = {LEAT_OK, ""};

        snprintf(nested, sizeof nested, plan, prepared[i].plan_n);
        snprintf(text, sizeof text,
                 "{\"n\":%d,\"time\":1,\"authority\":\"K\",\"attempt\":\"1.1\",\"identity\":"
                 "{\"transactional_id\":\"x\",\"group\":\"g\",\"cluster\":null,\"brokers\":null},"
                 "\"before\":%s,\"after\":%s,\"positions\":[],%s,\"renames\":[]}",
                 prepared[i].n, prepared[i].before, prepared[i].after, nested);
        write_json(root, &all[7], text);
        CHECK(start(root, &err) == prepared[i].expected);
        CHECK(prepared[i].expected == LEAT_OK || strstr(err.message, "contradict") != NULL);
    }
    scratch_remove(root);
}

/* ---- other versions ---- */

static void a_record_with_another_shape_is_found_out(void)
{
    static const struct {
        size_t record;
        const char *text;
    } shapes[] = {
        {0, "[]"},
        {0, "[\"0123456789abcde\"]"},
        {0, "[\"0123456789abcdef0\"]"},
        {0, "[1]"},
        {1, "[]"},
        {1, "[\"1\"]"},
        {1, "[1.5]"},
        {1, "{}"},
        {3, "{}"},
        {3, "{\"transactional_id\":1,\"group\":\"\",\"cluster\":\"\",\"brokers\":\"\"}"},
        {3,
         "{\"transactional_id\":{\"hex\":\"0\"},\"group\":\"\",\"cluster\":\"\",\"brokers\":\"\"}"},
        {3, "{\"transactional_id\":{\"hex\":\"zz\"},\"group\":\"\",\"cluster\":\"\",\"brokers\":"
            "\"\"}"},
        {3, "{\"transactional_id\":{\"hex\":\"00\"},\"group\":\"\",\"cluster\":\"\",\"brokers\":"
            "\"\"}"},
        {3, "{\"transactional_id\":{},\"group\":\"\",\"cluster\":\"\",\"brokers\":\"\"}"},
        {4, "{}"},
        {4, "{\"n\":\"4\",\"time\":1,\"attempt\":\"\",\"positions\":[],\"image\":[]}"},
        {4, "{\"n\":4,\"time\":1,\"attempt\":null,\"positions\":[],\"image\":[]}"},
        {4, "{\"n\":4,\"time\":1,\"attempt\":\"\",\"positions\":{},\"image\":[]}"},
        {4, "{\"n\":4,\"time\":1,\"attempt\":\"\",\"positions\":[1],\"image\":[]}"},
        {4, "{\"n\":4,\"time\":1,\"attempt\":\"\",\"positions\":[[\"s\",\"t\",-1,0,0,0]],"
            "\"image\":[]}"},
        {4, "{\"n\":4,\"time\":1,\"attempt\":\"\",\"positions\":[[\"s\",\"t\",2147483648,0,0,0]],"
            "\"image\":[]}"},
        {4, "{\"n\":4,\"time\":1,\"attempt\":\"\",\"positions\":[[null,\"t\",1,0,0,0]],"
            "\"image\":[]}"},
        {4, "{\"n\":4,\"time\":1,\"attempt\":\"\",\"positions\":[],\"image\":[[\"t\",1,1]]}"},
        {4, "{\"n\":4,\"time\":1,\"attempt\":\"\",\"positions\":[],\"image\":[[\"t\",1,1,null]]}"},
        {4, "{\"n\":4,\"time\":1,\"attempt\":"
            "\"999999999999999999999999999999999999999999999999999999\",\"positions\":[],"
            "\"image\":[]}"},
        {5, "{\"before\":[]}"},
        {6, "{\"n\":5,\"time\":1,\"external\":true}"},
        {6, "{\"n\":5,\"time\":1,\"ranges\":[]}"},
        {6, "{\"n\":5,\"time\":1,\"external\":true,\"ranges\":[[\"s\",\"t\",0,1]]}"},
        {7, "{}"},
        {7, "{\"n\":5,\"time\":1,\"authority\":\"Z\",\"attempt\":\"1.1\",\"identity\":{"
            "\"transactional_id\":\"\",\"group\":null,\"cluster\":null,\"brokers\":null},"
            "\"before\":[],\"after\":[],\"positions\":[],\"plan\":{\"n\":5,\"time\":1,"
            "\"external\":true,\"ranges\":[]},\"renames\":[]}"},
    };
    char root[PATH_MAX];

    make_full(root);
    for (size_t i = 0; i < COUNT(shapes); i++) {
        const struct record *record = &all[shapes[i].record];
        char good[VALUE_MAX];
        size_t size = read_record(root, record, good);
        leat_error err = {LEAT_OK, ""};

        write_json(root, record, shapes[i].text);
        if (start(root, &err) != LEAT_CORRUPT || strstr(err.message, record->name) == NULL) {
            fprintf(stderr, "%s: %s\n", shapes[i].text, err.message);
            CHECK(0);
        }
        write_record(root, record, good, size);
    }
    scratch_remove(root);
}

static void a_newer_format_is_refused_and_left_alone(void)
{
    static const struct record format = {LEAT_DATABASE_META, "format"};
    char root[PATH_MAX], before[VALUE_MAX];
    struct leat_ledger *ledger = NULL;
    leat_error err = {LEAT_OK, ""};
    size_t size;

    make_full(root);
    size = read_record(root, &format, before);
    CHECK(size == 6 && memcmp(before, "leat 1", 6) == 0);
    write_record(root, &format, "leat 2", 6);
    CHECK(leat_ledger_open(root, SAMPLE_SLOTS, &ledger, &err) == LEAT_INVALID);
    CHECK(ledger == NULL && strstr(err.message, "use the version that wrote it") != NULL);
    scratch_remove(root);
}

/* ---- no memory ---- */

/* Jansson's memory comes from the same place in these cases. */
static void *take(size_t size)
{
    return leat_alloc(1, size);
}

static leat_status write_anchoring(struct leat_ledger *ledger)
{
    return leat_ledger_write_anchoring(ledger, &sample_identity, &sample_settled, &sample_anchoring,
                                       NULL);
}

static leat_status write_plan(struct leat_ledger *ledger)
{
    return leat_ledger_write_plan(ledger, &sample_settled, &sample_plan, NULL);
}

static leat_status write_prepared(struct leat_ledger *ledger)
{
    return leat_ledger_write_prepared(ledger, &sample_settled, &sample_prepared, NULL);
}

static leat_status settle(struct leat_ledger *ledger)
{
    return leat_ledger_settle(ledger, &sample_settled, NULL);
}

static leat_status drop_prepared(struct leat_ledger *ledger)
{
    return leat_ledger_drop_prepared(ledger, &sample_plan, NULL);
}

static leat_status new_lineage(struct leat_ledger *ledger)
{
    return leat_ledger_new_lineage(ledger, NULL);
}

static leat_status write_decision(struct leat_ledger *ledger)
{
    return leat_ledger_write_decision(ledger, 1, "assume=\xff", NULL);
}

static leat_status load(struct leat_ledger *ledger)
{
    struct leat_ledger_view untouched, view;
    leat_status status;

    memset(&view, 0x5a, sizeof view);
    memcpy(&untouched, &view, sizeof view);
    status = leat_ledger_load(ledger, &view, NULL);
    if (status == LEAT_OK)
        leat_ledger_view_release(&view);
    else
        CHECK(memcmp(&view, &untouched, sizeof view) == 0);
    return status;
}

static void check_prepared_is_there(struct leat_ledger *ledger)
{
    struct leat_ledger_view view = sample_load(ledger);

    CHECK(view.prepared.present && !view.plan.present && !view.anchoring.present);
    sample_check_prepared(&view.prepared, &sample_prepared);
    sample_check_settled(&view.settled, &sample_settled);
    leat_ledger_view_release(&view);
}

static void a_call_without_memory_says_so_and_changes_nothing(void)
{
    static leat_status (*const calls[])(struct leat_ledger *) = {
        write_anchoring, write_plan,  write_prepared, settle,
        drop_prepared,   new_lineage, write_decision, load};

    json_set_alloc_funcs(take, leat_free);
    for (size_t i = 0; i < COUNT(calls); i++) {
        struct leat_ledger *ledger;
        char root[PATH_MAX];
        leat_status status;
        long count = 0;

        scratch_make(root);
        ledger = sample_open(root);
        CHECK_OK(write_anchoring(ledger));
        CHECK_OK(write_prepared(ledger));
        leat_ledger_close(ledger);
        do {
            ledger = sample_open(root); /* Without what an earlier call has grown. */
            leat_memory_fail_after(count++);
            status = calls[i](ledger);
            leat_memory_fail_after(-1);
            if (status != LEAT_OK) {
                if (status != LEAT_NO_MEMORY)
                    fprintf(stderr, "call %zu, allocation %ld: %d\n", i, count, (int)status);
                CHECK(status == LEAT_NO_MEMORY);
                check_prepared_is_there(ledger);
            }
            leat_ledger_close(ledger);
        } while (status != LEAT_OK);
        CHECK(count > 3);
        scratch_remove(root);
    }
}

static void an_open_without_memory_takes_no_incarnation(void)
{
    struct leat_ledger *ledger = NULL;
    struct leat_ledger_view view;
    char root[PATH_MAX];
    leat_status status;
    long count = 0;

    json_set_alloc_funcs(take, leat_free);
    scratch_make(root);
    do {
        int before = scratch_fds();

        leat_memory_fail_after(count++);
        status = leat_ledger_open(root, SAMPLE_SLOTS, &ledger, NULL);
        leat_memory_fail_after(-1);
        if (status != LEAT_OK)
            CHECK(status == LEAT_NO_MEMORY && ledger == NULL && scratch_fds() == before);
    } while (status != LEAT_OK);
    view = sample_load(ledger);
    CHECK(view.incarnation == 1 && count > 6);
    leat_ledger_view_release(&view);
    leat_ledger_close(ledger);
    leat_ledger_close(NULL);
    scratch_remove(root);
}

static const struct check_case cases[] = {
    CHECK_CASE(a_flipped_bit_at_any_place_of_any_record_is_found_out),
    CHECK_CASE(a_record_cut_at_any_place_is_found_out),
    CHECK_CASE(bytes_behind_a_record_are_found_out),
    CHECK_CASE(a_record_under_anothers_name_is_found_out),
    CHECK_CASE(a_missing_record_without_which_the_others_mean_nothing_is_found_out),
    CHECK_CASE(records_that_contradict_each_other_are_found_out),
    CHECK_CASE(a_record_with_another_shape_is_found_out),
    CHECK_CASE(a_newer_format_is_refused_and_left_alone),
    CHECK_CASE(a_call_without_memory_says_so_and_changes_nothing),
    CHECK_CASE(an_open_without_memory_takes_no_incarnation),
};
CHECK_MAIN(cases)
