/* ledger_test: each step of the protocol as the next start finds it. */
#include "ledger/ledger.h"

#include <errno.h>
#include <signal.h>

#include "tests/support/ledger_sample.h"

/* ---- LMDB's sync, made to fail ---- */

static int sync_errno;

__attribute__((visibility("default"))) int fdatasync(int fd)
{
    (void)fd;
    errno = sync_errno;
    return sync_errno == 0 ? 0 : -1;
}

/* ---- helpers ---- */

/* Closes, and reads as the next start does. */
static struct leat_ledger_view reopen(struct leat_ledger **ledger, const char *directory)
{
    leat_ledger_close(*ledger);
    *ledger = sample_open(directory);
    return sample_load(*ledger);
}

static struct leat_ledger *open_anchored(char out[PATH_MAX])
{
    struct leat_ledger *ledger;

    scratch_make(out);
    ledger = sample_open(out);
    CHECK_OK(leat_ledger_write_anchoring(ledger, &sample_identity, &sample_settled,
                                         &sample_anchoring, NULL));
    return ledger;
}

static void finish(struct leat_ledger *ledger, const char *directory)
{
    leat_ledger_close(ledger);
    scratch_remove(directory);
}

/* What is there, and that settled and identity are the sample's. */
static void check_there(const struct leat_ledger_view *view, bool anchoring, bool plan,
                        bool prepared)
{
    CHECK(!view->is_new);
    CHECK(view->anchoring.present == anchoring);
    CHECK(view->plan.present == plan);
    CHECK(view->prepared.present == prepared);
    sample_check_identity(&view->identity, &sample_identity);
}

/* ---- opening ---- */

static void a_new_directory_gets_a_lineage_and_has_no_ledger(void)
{
    struct leat_ledger *ledger;
    struct leat_ledger_view view;
    char root[PATH_MAX], lineage[LEAT_LINEAGE_SIZE];

    scratch_make(root);
    ledger = sample_open(root);
    view = sample_load(ledger);
    CHECK(view.is_new && view.incarnation == 1 && view.slots == SAMPLE_SLOTS);
    CHECK(!view.anchoring.present && !view.plan.present && !view.prepared.present);
    CHECK(strlen(view.lineage) == 16 && strspn(view.lineage, "0123456789abcdef") == 16);
    memcpy(lineage, view.lineage, sizeof lineage);
    leat_ledger_view_release(&view);
    view = reopen(&ledger, root);
    CHECK(view.is_new && view.incarnation == 2 && strcmp(view.lineage, lineage) == 0);
    leat_ledger_view_release(&view);
    finish(ledger, root);
}

static void two_directories_have_two_lineages(void)
{
    char roots[2][PATH_MAX], lineages[2][LEAT_LINEAGE_SIZE];

    for (int i = 0; i < 2; i++) {
        struct leat_ledger *ledger;
        struct leat_ledger_view view;

        scratch_make(roots[i]);
        ledger = sample_open(roots[i]);
        view = sample_load(ledger);
        memcpy(lineages[i], view.lineage, sizeof lineages[i]);
        leat_ledger_view_release(&view);
        finish(ledger, roots[i]);
    }
    CHECK(strcmp(lineages[0], lineages[1]) != 0);
}

static void every_start_has_an_incarnation_of_its_own(void)
{
    char root[PATH_MAX];

    scratch_make(root);
    for (int64_t i = 1; i <= 5; i++) {
        struct leat_ledger *ledger = sample_open(root);
        struct leat_ledger_view view = sample_load(ledger);

        CHECK(view.incarnation == i);
        leat_ledger_view_release(&view);
        leat_ledger_close(ledger);
    }
    scratch_remove(root);
}

static void slots_are_for_life(void)
{
    struct leat_ledger *ledger;
    leat_error err = {LEAT_OK, ""};
    char root[PATH_MAX];

    scratch_make(root);
    leat_ledger_close(sample_open(root));
    CHECK(leat_ledger_open(root, SAMPLE_SLOTS + 1, &ledger, &err) == LEAT_INVALID);
    CHECK(strstr(err.message, "65") != NULL && strstr(err.message, "64") != NULL);
    leat_ledger_close(sample_open(root));
    scratch_remove(root);
}

/* ---- the protocol's steps, each found by a new start ---- */

static void an_anchoring_comes_back(void)
{
    char root[PATH_MAX];
    struct leat_ledger *ledger = open_anchored(root);
    struct leat_ledger_view view = reopen(&ledger, root);

    check_there(&view, true, false, false);
    sample_check_settled(&view.settled, &sample_settled);
    sample_check_anchoring(&view.anchoring, &sample_anchoring);
    leat_ledger_view_release(&view);
    finish(ledger, root);
}

static void a_plan_comes_back_and_the_anchor_stays(void)
{
    char root[PATH_MAX];
    struct leat_ledger *ledger = open_anchored(root);
    struct leat_ledger_view view;

    CHECK_OK(leat_ledger_write_plan(ledger, NULL, &sample_plan, NULL));
    view = reopen(&ledger, root);
    check_there(&view, true, true, false);
    sample_check_settled(&view.settled, &sample_settled);
    sample_check_plan(&view.plan, &sample_plan);
    leat_ledger_view_release(&view);
    finish(ledger, root);
}

static void another_anchor_keeps_the_plan(void)
{
    char root[PATH_MAX];
    struct leat_ledger *ledger = open_anchored(root);
    struct leat_ledger_view view;

    CHECK_OK(leat_ledger_write_plan(ledger, NULL, &sample_plan, NULL));
    CHECK_OK(leat_ledger_write_anchoring(ledger, &sample_identity, &sample_settled,
                                         &sample_anchoring, NULL));
    view = reopen(&ledger, root);
    check_there(&view, true, true, false);
    sample_check_plan(&view.plan, &sample_plan);
    leat_ledger_view_release(&view);
    finish(ledger, root);
}

static void a_prepared_batch_comes_back_and_proves_the_anchor(void)
{
    char root[PATH_MAX];
    struct leat_ledger *ledger = open_anchored(root);
    struct leat_ledger_view view;

    CHECK_OK(leat_ledger_write_plan(ledger, NULL, &sample_plan, NULL));
    CHECK_OK(leat_ledger_write_prepared(ledger, NULL, &sample_prepared, NULL));
    view = reopen(&ledger, root);
    check_there(&view, false, false, true);
    sample_check_settled(&view.settled, &sample_settled);
    sample_check_prepared(&view.prepared, &sample_prepared);
    leat_ledger_view_release(&view);
    finish(ledger, root);
}

static struct leat_settled settled_5(void)
{
    return (struct leat_settled){5, 5000, "2.1", {sample_positions_5, 3}, {sample_five, 2}};
}

static struct leat_prepared prepared_6(void)
{
    struct leat_prepared prepared = sample_prepared;

    prepared.n = 6;
    prepared.plan.n = 6;
    return prepared;
}

static void the_next_prepared_folds_the_one_before(void)
{
    char root[PATH_MAX];
    struct leat_ledger *ledger = open_anchored(root);
    struct leat_settled settled = settled_5();
    struct leat_prepared six = prepared_6();
    struct leat_ledger_view view;

    CHECK_OK(leat_ledger_write_prepared(ledger, NULL, &sample_prepared, NULL));
    CHECK_OK(leat_ledger_write_prepared(ledger, &settled, &six, NULL));
    view = reopen(&ledger, root);
    check_there(&view, false, false, true);
    sample_check_settled(&view.settled, &settled);
    sample_check_prepared(&view.prepared, &six);
    leat_ledger_view_release(&view);
    finish(ledger, root);
}

static void the_next_plan_folds_the_one_before(void)
{
    char root[PATH_MAX];
    struct leat_ledger *ledger = open_anchored(root);
    struct leat_settled settled = settled_5();
    struct leat_plan plan = sample_plan;
    struct leat_ledger_view view;

    plan.n = 6;
    CHECK_OK(leat_ledger_write_prepared(ledger, NULL, &sample_prepared, NULL));
    CHECK_OK(leat_ledger_write_plan(ledger, &settled, &plan, NULL));
    view = reopen(&ledger, root);
    check_there(&view, false, true, false);
    sample_check_settled(&view.settled, &settled);
    sample_check_plan(&view.plan, &plan);
    leat_ledger_view_release(&view);
    finish(ledger, root);
}

static void a_new_attempt_takes_the_place_of_the_old(void)
{
    char root[PATH_MAX];
    struct leat_ledger *ledger = open_anchored(root);
    struct leat_prepared again = sample_prepared;
    struct leat_ledger_view view;

    snprintf(again.attempt, sizeof again.attempt, "2.2");
    again.rename_count = 0;
    CHECK_OK(leat_ledger_write_prepared(ledger, NULL, &sample_prepared, NULL));
    CHECK_OK(leat_ledger_write_prepared(ledger, NULL, &again, NULL));
    view = reopen(&ledger, root);
    sample_check_prepared(&view.prepared, &again);
    leat_ledger_view_release(&view);
    finish(ledger, root);
}

static void settling_leaves_only_settled(void)
{
    char root[PATH_MAX];
    struct leat_ledger *ledger = open_anchored(root);
    struct leat_settled settled = settled_5();
    struct leat_ledger_view view;

    CHECK_OK(leat_ledger_write_plan(ledger, NULL, &sample_plan, NULL));
    CHECK_OK(leat_ledger_settle(ledger, &settled, NULL));
    view = reopen(&ledger, root);
    check_there(&view, false, false, false);
    sample_check_settled(&view.settled, &settled);
    leat_ledger_view_release(&view);
    finish(ledger, root);
}

static void settling_a_prepared_batch_leaves_only_settled(void)
{
    char root[PATH_MAX];
    struct leat_ledger *ledger = open_anchored(root);
    struct leat_settled settled = settled_5();
    struct leat_ledger_view view;

    CHECK_OK(leat_ledger_write_prepared(ledger, NULL, &sample_prepared, NULL));
    CHECK_OK(leat_ledger_settle(ledger, &settled, NULL));
    view = reopen(&ledger, root);
    check_there(&view, false, false, false);
    sample_check_settled(&view.settled, &settled);
    leat_ledger_view_release(&view);
    finish(ledger, root);
}

static void back_leaves_the_plan_it_came_from(void)
{
    char root[PATH_MAX];
    struct leat_ledger *ledger = open_anchored(root);
    struct leat_ledger_view view;

    CHECK_OK(leat_ledger_write_prepared(ledger, NULL, &sample_prepared, NULL));
    CHECK_OK(leat_ledger_drop_prepared(ledger, &sample_prepared.plan, NULL));
    view = reopen(&ledger, root);
    check_there(&view, false, true, false);
    sample_check_settled(&view.settled, &sample_settled);
    sample_check_plan(&view.plan, &sample_plan);
    leat_ledger_view_release(&view);
    finish(ledger, root);
}

static void back_without_a_plan_leaves_nothing_to_run(void)
{
    char root[PATH_MAX];
    struct leat_ledger *ledger = open_anchored(root);
    struct leat_ledger_view view;

    CHECK_OK(leat_ledger_write_prepared(ledger, NULL, &sample_prepared, NULL));
    CHECK_OK(leat_ledger_drop_prepared(ledger, NULL, NULL));
    view = reopen(&ledger, root);
    check_there(&view, false, false, false);
    leat_ledger_view_release(&view);
    CHECK_OK(leat_ledger_write_plan(ledger, NULL, &sample_plan, NULL));
    CHECK_OK(leat_ledger_drop_prepared(ledger, NULL, NULL));
    view = reopen(&ledger, root);
    check_there(&view, false, false, false);
    leat_ledger_view_release(&view);
    finish(ledger, root);
}

static void a_new_lineage_forgets_all_but_who_it_was(void)
{
    char root[PATH_MAX], lineage[LEAT_LINEAGE_SIZE];
    struct leat_ledger *ledger = open_anchored(root);
    struct leat_ledger_view view = sample_load(ledger);

    memcpy(lineage, view.lineage, sizeof lineage);
    leat_ledger_view_release(&view);
    CHECK_OK(leat_ledger_write_plan(ledger, NULL, &sample_plan, NULL));
    CHECK_OK(leat_ledger_write_prepared(ledger, NULL, &sample_prepared, NULL));
    CHECK_OK(leat_ledger_write_plan(ledger, NULL, &sample_plan, NULL));
    CHECK_OK(leat_ledger_new_lineage(ledger, NULL));
    view = reopen(&ledger, root);
    CHECK(view.is_new && strcmp(view.lineage, lineage) != 0 && strlen(view.lineage) == 16);
    CHECK(!view.anchoring.present && !view.plan.present && !view.prepared.present);
    sample_check_identity(&view.identity, &sample_identity);
    CHECK(view.incarnation == 2 && view.slots == SAMPLE_SLOTS);
    leat_ledger_view_release(&view);
    finish(ledger, root);
}

static void a_batch_out_of_order_is_refused(void)
{
    char root[PATH_MAX];
    struct leat_ledger *ledger = open_anchored(root);
    struct leat_settled settled = settled_5();
    struct leat_prepared six = prepared_6();
    struct leat_plan plan = sample_plan;
    struct leat_ledger_view view;
    leat_error err = {LEAT_OK, ""};

    plan.n = 6;
    CHECK_OK(leat_ledger_write_prepared(ledger, NULL, &sample_prepared, NULL));
    CHECK(leat_ledger_write_prepared(ledger, NULL, &six, &err) == LEAT_INVALID);
    CHECK(strstr(err.message, "batch 6 cannot follow batch 4") != NULL);
    CHECK(leat_ledger_write_plan(ledger, NULL, &plan, NULL) == LEAT_INVALID);
    CHECK(leat_ledger_write_plan(ledger, &settled, &sample_plan, NULL) == LEAT_INVALID);
    CHECK(leat_ledger_write_prepared(ledger, &settled, &sample_prepared, NULL) == LEAT_INVALID);
    view = reopen(&ledger, root);
    sample_check_settled(&view.settled, &sample_settled);
    sample_check_prepared(&view.prepared, &sample_prepared);
    leat_ledger_view_release(&view);
    finish(ledger, root);
}

/* ---- the owner ---- */

static void take_over(const char *directory)
{
    struct leat_ledger_view view;
    struct leat_ledger *ledger = sample_open(directory);

    view = sample_load(ledger);
    CHECK(view.incarnation == 2);
    leat_ledger_view_release(&view);
    leat_ledger_close(ledger);
}

static void check_fenced(leat_status status, const leat_error *err)
{
    CHECK(status == LEAT_FENCED);
    CHECK(strstr(err->message, "replaced") != NULL);
    CHECK(strstr(err->message, "incarnation 2 ") != NULL);
}

static void a_replaced_process_writes_nothing(void)
{
    char root[PATH_MAX], lock[PATH_MAX];
    struct leat_ledger *ledger = open_anchored(root);
    struct leat_settled settled = settled_5();
    struct leat_ledger_view view;
    leat_error err;

    scratch_path(lock, root, "lock");
    CHECK(unlink(lock) == 0); /* How else could a second one start? */
    CHECK(scratch_child(take_over, root, 0));
    check_fenced(leat_ledger_write_plan(ledger, NULL, &sample_plan, &err), &err);
    check_fenced(leat_ledger_write_prepared(ledger, NULL, &sample_prepared, &err), &err);
    check_fenced(leat_ledger_settle(ledger, &settled, &err), &err);
    check_fenced(leat_ledger_drop_prepared(ledger, NULL, &err), &err);
    check_fenced(leat_ledger_new_lineage(ledger, &err), &err);
    check_fenced(leat_ledger_write_decision(ledger, 1, "x", &err), &err);
    check_fenced(
        leat_ledger_write_anchoring(ledger, &sample_identity, &settled, &sample_anchoring, &err),
        &err);
    view = reopen(&ledger, root);
    check_there(&view, true, false, false);
    sample_check_settled(&view.settled, &sample_settled);
    leat_ledger_view_release(&view);
    finish(ledger, root);
}

/* ---- when writing fails ---- */

static void write_and_die(const char *directory)
{
    struct leat_ledger *ledger = sample_open(directory);

    CHECK_OK(leat_ledger_write_prepared(ledger, NULL, &sample_prepared, NULL));
    raise(SIGKILL);
}

static void a_killed_process_leaves_what_it_wrote(void)
{
    char root[PATH_MAX];
    struct leat_ledger *ledger = open_anchored(root);
    struct leat_ledger_view view;

    leat_ledger_close(ledger);
    CHECK(!scratch_child(write_and_die, root, 0));
    ledger = sample_open(root);
    view = sample_load(ledger);
    check_there(&view, false, false, true);
    sample_check_prepared(&view.prepared, &sample_prepared);
    leat_ledger_view_release(&view);
    finish(ledger, root);
}

static void a_failed_sync_is_final(void)
{
    char root[PATH_MAX];
    struct leat_ledger *ledger = open_anchored(root);
    struct leat_ledger_view view;
    leat_error err = {LEAT_OK, ""};

    sync_errno = EIO;
    CHECK(leat_ledger_write_prepared(ledger, NULL, &sample_prepared, &err) == LEAT_IO);
    sync_errno = 0;
    CHECK(leat_ledger_write_prepared(ledger, NULL, &sample_prepared, &err) == LEAT_IO);
    CHECK(strstr(err.message, "only a new start knows") != NULL);
    CHECK(leat_ledger_load(ledger, &view, &err) == LEAT_IO);
    view = reopen(&ledger, root);
    check_there(&view, true, false, false);
    leat_ledger_view_release(&view);
    finish(ledger, root);
}

/* ---- what records may hold ---- */

static void texts_of_any_bytes_come_back(void)
{
    static const char *const texts[] = {
        "\xff\xfe\x80",
        "caf\xe9",
        "\xc3\xa9t\xc3\xa9",
        "\"\\/\b\f\n\r\t\x01\x7f",
        "\xed\xa0\x80",
        "\xc0\x80",
        "{\"hex\":\"00\"}",
        "\xf4\x90\x80\x80",
        "cut \xe2\x82",
        "\xf0\x9f\x98",
        "",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct leat_image_entry before = {"t", 0, {.offset = 3}}, after = {"t", 0, {.offset = 4}};
        struct leat_anchoring anchoring = {true, {&before, 1}, {&after, 1}};
        struct leat_rename rename = {texts[i], texts[i]};
        struct leat_prepared prepared = {.present = true,
                                         .n = 5,
                                         .authority = LEAT_AUTHORITY_LEDGER,
                                         .identity = {.transactional_id = ""},
                                         .plan = {.present = true, .n = 5},
                                         .renames = &rename,
                                         .rename_count = 1};
        struct leat_identity identity = {texts[i], texts[i], NULL, NULL};
        struct leat_ledger_view view;
        struct leat_ledger *ledger;
        char root[PATH_MAX];
        leat_error err = {LEAT_OK, ""};

        snprintf(before.at.metadata, sizeof before.at.metadata, "%s", texts[i]);
        scratch_make(root);
        ledger = sample_open(root);
        if (leat_ledger_write_anchoring(ledger, &identity, &sample_settled, &anchoring, &err) !=
            LEAT_OK) {
            fprintf(stderr, "text %zu: %s\n", i, err.message);
            CHECK(0);
        }
        view = reopen(&ledger, root);
        sample_check_anchoring(&view.anchoring, &anchoring);
        sample_check_identity(&view.identity, &identity);
        leat_ledger_view_release(&view);
        CHECK_OK(leat_ledger_write_prepared(ledger, NULL, &prepared, NULL));
        view = reopen(&ledger, root);
        sample_check_prepared(&view.prepared, &prepared);
        leat_ledger_view_release(&view);
        finish(ledger, root);
    }
}

static void the_longest_texts_and_numbers_come_back(void)
{
    struct leat_image_entry image = {"", INT32_MAX, {.offset = INT64_MAX}};
    struct leat_position position = {"", "", INT32_MAX, INT64_MAX, INT64_MIN, INT64_MIN};
    struct leat_settled settled = {INT64_MAX - 1, INT64_MIN, "", {&position, 1}, {&image, 1}};
    struct leat_anchoring anchoring = {true, {&image, 1}, {&image, 1}};
    struct leat_ledger_view view;
    struct leat_ledger *ledger;
    char root[PATH_MAX];

    memset(image.at.metadata, 'm', sizeof image.at.metadata - 1);
    image.at.metadata[sizeof image.at.metadata - 1] = '\0';
    memset(settled.attempt, '9', sizeof settled.attempt - 1);
    scratch_make(root);
    ledger = sample_open(root);
    CHECK_OK(leat_ledger_write_anchoring(ledger, &sample_identity, &settled, &anchoring, NULL));
    view = reopen(&ledger, root);
    sample_check_settled(&view.settled, &settled);
    sample_check_anchoring(&view.anchoring, &anchoring);
    leat_ledger_view_release(&view);
    finish(ledger, root);
}

static void empty_records_come_back(void)
{
    struct leat_settled settled = {.n = 0};
    struct leat_anchoring anchoring = {.present = true};
    struct leat_plan plan = {.present = true, .n = 1};
    struct leat_prepared prepared = {
        .present = true, .n = 1, .authority = LEAT_AUTHORITY_LEDGER, .plan = plan};
    struct leat_identity identity = {"", NULL, NULL, NULL};
    struct leat_ledger_view view;
    struct leat_ledger *ledger;
    char root[PATH_MAX];

    scratch_make(root);
    ledger = sample_open(root);
    CHECK_OK(leat_ledger_write_anchoring(ledger, &identity, &settled, &anchoring, NULL));
    CHECK_OK(leat_ledger_write_plan(ledger, NULL, &plan, NULL));
    view = reopen(&ledger, root);
    CHECK(!view.is_new && view.settled.n == 0);
    sample_check_anchoring(&view.anchoring, &anchoring);
    sample_check_plan(&view.plan, &plan);
    sample_check_identity(&view.identity, &identity);
    leat_ledger_view_release(&view);
    CHECK_OK(leat_ledger_write_prepared(ledger, NULL, &prepared, NULL));
    view = reopen(&ledger, root);
    prepared.identity.transactional_id = ""; /* NULL is none too. */
    sample_check_prepared(&view.prepared, &prepared);
    leat_ledger_view_release(&view);
    finish(ledger, root);
}

/* ---- 10,000 partitions ---- */

enum { MANY = 10000 };
static char topics[MANY][32];
static struct leat_image_entry many_before[MANY], many_after[MANY];
static struct leat_position many_positions[MANY];
static struct leat_plan_range many_ranges[MANY];

static void fill_many(void)
{
    for (int32_t i = 0; i < MANY; i++) {
        snprintf(topics[i], sizeof topics[i], "topic-%d", (int)(i / 100));
        many_before[i] = (struct leat_image_entry){topics[i], i % 100, {i, SAMPLE_MARKER_4}};
        many_after[i] = (struct leat_image_entry){topics[i], i % 100, {i + 7, SAMPLE_MARKER_5}};
        many_positions[i] =
            (struct leat_position){"in", topics[i], i % 100, i + 7, i + 6, INT64_C(1700000000000)};
        many_ranges[i] = (struct leat_plan_range){"in", topics[i], i % 100, i, i + 7};
    }
}

static void ten_thousand_partitions_come_back(void)
{
    struct leat_settled settled = {4, 4000, "2.1", {many_positions, MANY}, {many_before, MANY}};
    struct leat_anchoring anchoring = {true, {many_before, MANY}, {many_before, MANY}};
    struct leat_prepared prepared = sample_prepared;
    struct leat_ledger_view view;
    struct leat_ledger *ledger;
    char root[PATH_MAX];

    fill_many();
    prepared.before = (struct leat_image){many_before, MANY};
    prepared.after = (struct leat_image){many_after, MANY};
    prepared.positions = (struct leat_positions){many_positions, MANY};
    prepared.plan.ranges = many_ranges;
    prepared.plan.count = MANY;
    scratch_make(root);
    ledger = sample_open(root);
    CHECK_OK(leat_ledger_write_anchoring(ledger, &sample_identity, &settled, &anchoring, NULL));
    CHECK_OK(leat_ledger_write_plan(ledger, NULL, &prepared.plan, NULL));
    CHECK_OK(leat_ledger_write_prepared(ledger, NULL, &prepared, NULL));
    view = reopen(&ledger, root);
    sample_check_settled(&view.settled, &settled);
    sample_check_prepared(&view.prepared, &prepared);
    leat_ledger_view_release(&view);
    finish(ledger, root);
}

/* Each batch writes about 2 MB: freed pages must be used again. */
static void many_batches_of_many_partitions_do_not_fill_the_checkpoint(void)
{
    struct leat_settled settled = {4, 4000, "2.1", {many_positions, MANY}, {many_before, MANY}};
    struct leat_anchoring anchoring = {true, {many_before, 0}, {many_before, 0}};
    struct leat_prepared prepared = sample_prepared;
    struct leat_ledger *ledger;
    char root[PATH_MAX], path[PATH_MAX];
    struct stat info;

    fill_many();
    prepared.before = (struct leat_image){many_before, MANY};
    prepared.after = (struct leat_image){many_after, MANY};
    prepared.positions = (struct leat_positions){many_positions, MANY};
    scratch_make(root);
    ledger = sample_open(root);
    CHECK_OK(leat_ledger_write_anchoring(ledger, &sample_identity, &settled, &anchoring, NULL));
    for (int64_t n = 5; n < 45; n++) {
        prepared.n = n;
        prepared.plan.n = n;
        CHECK_OK(leat_ledger_write_prepared(ledger, n == 5 ? NULL : &settled, &prepared, NULL));
        settled.n = n;
    }
    scratch_path(path, root, "data.mdb");
    CHECK(stat(path, &info) == 0 && info.st_size < (off_t)64 << 20);
    finish(ledger, root);
}

/* ---- decisions ---- */

static size_t count_decisions(const char *directory, const char *names[], size_t count)
{
    struct leat_checkpoint *checkpoint;
    leat_bytes found;
    size_t there = 0;

    CHECK_OK(leat_checkpoint_open(directory, &checkpoint, NULL));
    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    for (size_t i = 0; i < count; i++) {
        CHECK_OK(leat_checkpoint_get(checkpoint, LEAT_DATABASE_META, leat_string(names[i]), &found,
                                     NULL));
        there += found.data != NULL;
    }
    leat_checkpoint_close(checkpoint);
    return there;
}

static void every_decision_is_kept(void)
{
    const char *names[] = {"decision.00000000000000000077.1", "decision.00000000000000000078.1",
                           "decision.00000000000000000079.1", "decision.00000000000000000099.2"};
    struct leat_ledger_view view;
    char root[PATH_MAX];
    struct leat_ledger *ledger = open_anchored(root);

    CHECK_OK(leat_ledger_write_decision(ledger, 77, "assume=1", NULL));
    CHECK_OK(leat_ledger_write_decision(ledger, 77, "positions=2", NULL));
    CHECK_OK(leat_ledger_write_decision(ledger, 77, "group=\xff", NULL));
    view = reopen(&ledger, root);
    check_there(&view, true, false, false);
    leat_ledger_view_release(&view);
    CHECK_OK(leat_ledger_write_decision(ledger, 99, "adopt=1", NULL));
    leat_ledger_close(ledger);
    CHECK(count_decisions(root, names, 4) == 4);
    scratch_remove(root);
}

static const struct check_case cases[] = {
    CHECK_CASE(a_new_directory_gets_a_lineage_and_has_no_ledger),
    CHECK_CASE(two_directories_have_two_lineages),
    CHECK_CASE(every_start_has_an_incarnation_of_its_own),
    CHECK_CASE(slots_are_for_life),
    CHECK_CASE(an_anchoring_comes_back),
    CHECK_CASE(a_plan_comes_back_and_the_anchor_stays),
    CHECK_CASE(another_anchor_keeps_the_plan),
    CHECK_CASE(a_prepared_batch_comes_back_and_proves_the_anchor),
    CHECK_CASE(the_next_prepared_folds_the_one_before),
    CHECK_CASE(the_next_plan_folds_the_one_before),
    CHECK_CASE(a_new_attempt_takes_the_place_of_the_old),
    CHECK_CASE(settling_leaves_only_settled),
    CHECK_CASE(settling_a_prepared_batch_leaves_only_settled),
    CHECK_CASE(back_leaves_the_plan_it_came_from),
    CHECK_CASE(back_without_a_plan_leaves_nothing_to_run),
    CHECK_CASE(a_new_lineage_forgets_all_but_who_it_was),
    CHECK_CASE(a_batch_out_of_order_is_refused),
    CHECK_CASE(a_replaced_process_writes_nothing),
    CHECK_CASE(a_killed_process_leaves_what_it_wrote),
    CHECK_CASE(a_failed_sync_is_final),
    CHECK_CASE(texts_of_any_bytes_come_back),
    CHECK_CASE(the_longest_texts_and_numbers_come_back),
    CHECK_CASE(empty_records_come_back),
    CHECK_CASE(ten_thousand_partitions_come_back),
    CHECK_CASE(many_batches_of_many_partitions_do_not_fill_the_checkpoint),
    CHECK_CASE(every_decision_is_kept),
};
CHECK_MAIN(cases)
