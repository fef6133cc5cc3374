/* staging_test: an output directory appears whole or not at all, wherever a crash falls. */
#include "files/staging.h"

#include "base/memory.h"
#include "tests/support/watched_files.h"

#define LINEAGE "00ff00ff00ff00ff"
#define SUCCESS "leat:1:00ff00ff00ff00ff:7"

static const char *home;
static char final[128], parent[96], lineage_dir[128], attempt_dir[160], staged[192];
static leat_error err;

static void set_up(void)
{
    home = scratch_directory();
    snprintf(parent, sizeof parent, "%s/out/deep", home);
    snprintf(final, sizeof final, "%s/words-7000.txt", parent);
    snprintf(lineage_dir, sizeof lineage_dir, "%s/.leat-" LINEAGE, parent);
    snprintf(attempt_dir, sizeof attempt_dir, "%s/7.1.2", lineage_dir);
    snprintf(staged, sizeof staged, "%s/0", attempt_dir);
    watch(-1, WATCHED_REFUSED);
}

static leat_status write_part(int32_t partition, const char *text)
{
    const struct leat_file_system *files = watched_files();
    struct leat_buffer path = {0};
    leat_status status = LEAT_NO_MEMORY;
    int file = -1;

    if (leat_part_path(staged, partition, -1, "", &path))
        status = files->open(path.data, &file, &err);
    if (status == LEAT_OK) {
        status = files->write(file, path.data, text, strlen(text), &err);
        if (status == LEAT_OK)
            status = files->close(file, path.data, &err);
        else
            files->abandon(file);
    }
    leat_buffer_release(&path);
    return status;
}

static leat_status stage(void)
{
    LEAT_TRY(leat_staging_begin(watched_files(), staged, final, &err));
    LEAT_TRY(write_part(0, "one\n"));
    LEAT_TRY(write_part(1, ""));
    return leat_staging_seal(watched_files(), staged, SUCCESS, &err);
}

static leat_status publish(void)
{
    LEAT_TRY(leat_staging_publish(watched_files(), staged, final, SUCCESS, &err));
    return leat_staging_sync_parents(watched_files(), staged, final, &err);
}

static bool in(const char *directory, const char *name, const char *text)
{
    char path[256];

    snprintf(path, sizeof path, "%s/%s", directory, name);
    return file_is(path, text);
}

static bool is_complete(const char *directory)
{
    return entries_in(directory) == 3 && in(directory, "part-00000", "one\n") &&
           in(directory, "part-00001", "") && in(directory, "_SUCCESS", SUCCESS "\n");
}

static bool says(const char *text)
{
    if (strstr(err.message, text) != NULL)
        return true;
    fprintf(stderr, "'%s' is not in: %s\n", text, err.message);
    return false;
}

static bool path_is(const char *prefix, const char *suffix, const char *expected)
{
    struct leat_buffer path = {0};
    bool same = leat_output_path(prefix, 1700000000123, suffix, &path) &&
                path.size == strlen(expected) && strcmp(path.data, expected) == 0;

    leat_buffer_release(&path);
    return same;
}

static bool part_is(int32_t partition, int64_t number, const char *extension, const char *expected)
{
    struct leat_buffer path = {0};
    bool same = leat_part_path("/s", partition, number, extension, &path) &&
                path.size == strlen(expected) && strcmp(path.data, expected) == 0;

    leat_buffer_release(&path);
    return same;
}

static bool exact_is(const char *given, const char *expected)
{
    struct leat_buffer path = {0};
    bool same = leat_exact_path(given, &path) && path.size == strlen(expected) &&
                strcmp(path.data, expected) == 0;

    leat_buffer_release(&path);
    return same;
}

static void names_are_those_of_spark(void)
{
    char expected[256];

    CHECK(path_is("/data/words", "txt", "/data/words-1700000000123.txt"));
    CHECK(path_is("/data/words", "", "/data/words-1700000000123"));
    CHECK(path_is("/data/words", NULL, "/data/words-1700000000123"));
    CHECK(path_is("/data/words/", "txt", "/data/words/-1700000000123.txt"));
    CHECK(path_is("/data/a.b", "tar.gz", "/data/a.b-1700000000123.tar.gz"));
    CHECK(path_is("file:///data/words", NULL, "/data/words-1700000000123"));
    CHECK(path_is("file:/data/words", NULL, "/data/words-1700000000123"));
    home = scratch_directory();
    snprintf(expected, sizeof expected, "%s/out/w-1700000000123", home);
    CHECK(path_is("out/w", NULL, expected));
    snprintf(expected, sizeof expected, "%s/filed-1700000000123", home);
    CHECK(path_is("filed", NULL, expected));
    remove_scratch(home);
    CHECK(path_is("w", NULL, "/w-1700000000123"));
    CHECK(part_is(0, -1, "", "/s/part-00000"));
    CHECK(part_is(12, -1, ".gz", "/s/part-00012.gz"));
    CHECK(part_is(123456, -1, "", "/s/part-123456"));
    CHECK(part_is(12, 0, "", "/s/part-00012-00000"));
    CHECK(part_is(12, 100001, ".zst", "/s/part-00012-100001.zst"));
    CHECK(exact_is("/data/x", "/data/x") && exact_is("/data/x//", "/data/x"));
    CHECK(exact_is("file:///data/x/", "/data/x") && exact_is("/", "/") && exact_is("x", "/x"));
}

static bool staged_is(const char *of, const char *expected)
{
    struct leat_buffer path = {0};
    bool same = leat_staged_path(of, "ab", "7.1.2", 3, &path) && strcmp(path.data, expected) == 0;

    leat_buffer_release(&path);
    return same;
}

static void staging_is_beside_the_final_name(void)
{
    CHECK(staged_is("/data/words-1", "/data/.leat-ab/7.1.2/3"));
    CHECK(staged_is("/data//words-1", "/data/.leat-ab/7.1.2/3"));
    CHECK(staged_is("/words-1", "//.leat-ab/7.1.2/3"));
    CHECK(staged_is("words-1", "./.leat-ab/7.1.2/3"));
}

/* B5: every part, _SUCCESS, the staged directory, and those above it that got a name. */
static void a_sealed_directory_is_durable_up_to_what_was_there(void)
{
    int part, success;

    set_up();
    CHECK_OK(stage());
    CHECK(is_complete(staged) && !is_there(final));
    part = watched_last("close %s/part-00000", staged);
    success = watched_last("close %s/_SUCCESS", staged);
    CHECK(part > watched_last("write %s/part-00000", staged) && part >= 0);
    CHECK(success > watched_last("write %s/_SUCCESS", staged) && success > part);
    CHECK(watched_last("sync %s", staged) > success);
    CHECK(watched_last("sync %s", attempt_dir) > watched_last("make %s", staged));
    CHECK(watched_last("sync %s", lineage_dir) > watched_last("make %s", staged));
    CHECK(watched_last("sync %s", parent) > watched_last("make %s", staged));
    CHECK(watched_last("sync %s/out", home) > watched_last("make %s", staged));
    CHECK(watched_last("sync %s", home) > watched_last("make %s", staged));
    CHECK(watched_last("sync /tmp") == -1);
    remove_scratch(home);
}

/* B10: the rename, then both parents. */
static void a_published_directory_is_durable_in_both_parents(void)
{
    int renamed;

    set_up();
    CHECK_OK(stage());
    watch(-1, WATCHED_REFUSED);
    CHECK_OK(publish());
    renamed = watched_last("rename %s %s", staged, final);
    CHECK(renamed >= 0);
    CHECK(watched_last("sync %s", parent) > renamed);
    CHECK(watched_last("sync %s", attempt_dir) > renamed);
    CHECK(watched_last("tidy %s", attempt_dir) > watched_last("sync %s", attempt_dir));
    CHECK(is_complete(final) && !is_there(attempt_dir));
    remove_scratch(home);
}

static void publishing_again_changes_nothing(void)
{
    set_up();
    CHECK_OK(stage());
    CHECK_OK(publish());
    watch(-1, WATCHED_REFUSED);
    CHECK_OK(publish());
    CHECK(watched_last("rename %s %s", staged, final) == -1 && is_complete(final));
    remove_scratch(home);
}

static void a_crash_at_any_call_of_publish_is_finished_by_the_next(void)
{
    static const enum watched_failure failures[] = {WATCHED_REFUSED, WATCHED_CRASHED, WATCHED_LOST};

    for (size_t f = 0; f < 3; f++) {
        leat_status status = LEAT_IO;
        int n = 0;

        for (; status != LEAT_OK; n++) {
            set_up();
            CHECK_OK(stage());
            watch(n, failures[f]);
            status = publish();
            CHECK(status == LEAT_OK || status == LEAT_IO);
            CHECK(!is_there(final) || is_complete(final));
            watch(-1, WATCHED_REFUSED);
            CHECK_OK(publish());
            CHECK(is_complete(final) && !is_there(staged));
            CHECK_OK(leat_staging_clean(watched_files(), final, LINEAGE, NULL, &err));
            CHECK(!is_there(lineage_dir) && is_complete(final));
            remove_scratch(home);
        }
        CHECK(n == 8); /* Seven calls, and the time that none fails. */
    }
}

static void a_crash_at_any_call_before_the_commit_leaves_nothing_after_a_clean(void)
{
    static const enum watched_failure failures[] = {WATCHED_REFUSED, WATCHED_CRASHED, WATCHED_LOST};

    for (size_t f = 0; f < 3; f++) {
        leat_status status = LEAT_IO;

        for (int n = 0; status != LEAT_OK; n++) {
            CHECK(n < 40);
            set_up();
            watch(n, failures[f]);
            status = stage();
            CHECK(status == LEAT_OK || status == LEAT_IO);
            CHECK(!is_there(final));
            watch(-1, WATCHED_REFUSED);
            CHECK_OK(leat_staging_clean(watched_files(), final, LINEAGE, NULL, &err));
            CHECK(!is_there(lineage_dir) && (!is_there(parent) || entries_in(parent) == 0));
            CHECK_OK(stage());
            CHECK_OK(publish());
            CHECK(is_complete(final));
            remove_scratch(home);
        }
    }
}

static void a_crash_at_any_call_of_a_clean_is_finished_by_the_next(void)
{
    leat_status status = LEAT_IO;

    for (int n = 0; status != LEAT_OK; n++) {
        CHECK(n < 20);
        set_up();
        CHECK_OK(stage());
        watch(n, WATCHED_LOST);
        status = leat_staging_clean(watched_files(), final, LINEAGE, NULL, &err);
        watch(-1, WATCHED_REFUSED);
        CHECK_OK(leat_staging_clean(watched_files(), final, LINEAGE, NULL, &err));
        CHECK(!is_there(lineage_dir));
        remove_scratch(home);
    }
}

static void a_clean_removes_dead_attempts_and_nothing_foreign(void)
{
    char path[256];

    set_up();
    CHECK_OK(stage());
    snprintf(path, sizeof path, "%s/6.1.1/0", lineage_dir);
    CHECK_OK(leat_local_files()->make_directories(path, &err));
    snprintf(path, sizeof path, "%s/.leat-1111111111111111", parent);
    CHECK_OK(leat_local_files()->make_directories(path, &err));
    snprintf(path, sizeof path, "%s/words-6000.txt", parent);
    CHECK_OK(leat_local_files()->make_directories(path, &err));
    snprintf(path, sizeof path, "%s/notes", parent);
    put_file(path, "mine");
    CHECK_OK(leat_staging_clean(watched_files(), final, LINEAGE, "7.1.2", &err));
    CHECK(entries_in(lineage_dir) == 1 && is_complete(staged));
    CHECK_OK(leat_staging_clean(watched_files(), final, LINEAGE, NULL, &err));
    CHECK(!is_there(lineage_dir) && entries_in(parent) == 3 && file_is(path, "mine"));
    CHECK_OK(leat_staging_clean(watched_files(), final, LINEAGE, NULL, &err));
    remove_scratch(home);
}

static void a_clean_does_not_follow_a_link_that_has_its_name(void)
{
    set_up();
    CHECK_OK(leat_local_files()->make_directories(parent, &err));
    CHECK(mkdir("precious", 0755) == 0);
    put_file("precious/file", "mine");
    CHECK(symlink("../../precious", lineage_dir) == 0);
    CHECK(leat_staging_clean(watched_files(), final, LINEAGE, NULL, &err) == LEAT_IO);
    CHECK(says(lineage_dir));
    CHECK(file_is("precious/file", "mine"));
    remove_scratch(home);
}

static void a_discarded_attempt_takes_no_other_with_it(void)
{
    char other[256];

    set_up();
    CHECK_OK(stage());
    snprintf(other, sizeof other, "%s/7.1.3/0", lineage_dir);
    CHECK_OK(leat_local_files()->make_directories(other, &err));
    CHECK_OK(leat_staging_discard(watched_files(), final, LINEAGE, "7.1.2", &err));
    CHECK(!is_there(attempt_dir) && is_there(other));
    CHECK_OK(leat_staging_discard(watched_files(), final, LINEAGE, "7.1.2", &err));
    CHECK(is_there(other));
    CHECK_OK(leat_staging_discard(watched_files(), final, LINEAGE, "7.1.3", &err));
    CHECK(!is_there(lineage_dir)); /* The last one takes the directory along. */
    CHECK_OK(stage());
    CHECK_OK(leat_staging_discard(watched_files(), final, LINEAGE, NULL, &err));
    CHECK(!is_there(lineage_dir));
    remove_scratch(home);
}

static void what_is_in_the_way_is_refused_in_one_sentence(void)
{
    char path[256];
    bool ours = true;

    set_up();
    CHECK_OK(stage());
    CHECK_OK(leat_staging_check(watched_files(), final, SUCCESS, &ours, &err));
    CHECK(!ours);
    CHECK(mkdir(final, 0755) == 0);
    CHECK(leat_staging_check(watched_files(), final, SUCCESS, &ours, &err) == LEAT_INVALID);
    CHECK(says(final) && says("there already") && says("move it away"));
    CHECK(leat_staging_publish(watched_files(), staged, final, SUCCESS, &err) == LEAT_INVALID);
    snprintf(path, sizeof path, "%s/_SUCCESS", final);
    put_file(path, "");
    CHECK(leat_staging_check(watched_files(), final, SUCCESS, &ours, &err) == LEAT_INVALID);
    put_file(path, SUCCESS "0\n");
    CHECK(leat_staging_check(watched_files(), final, SUCCESS, &ours, &err) == LEAT_INVALID);
    CHECK(says(SUCCESS "0"));
    CHECK(is_complete(staged));
    put_file(path, SUCCESS "\n");
    CHECK_OK(leat_staging_check(watched_files(), final, SUCCESS, &ours, &err));
    CHECK(ours);
    remove_scratch(home);
}

static void a_file_of_the_final_name_is_in_the_way_too(void)
{
    bool ours;

    set_up();
    CHECK_OK(stage());
    put_file(final, SUCCESS "\n");
    CHECK(leat_staging_check(watched_files(), final, SUCCESS, &ours, &err) == LEAT_INVALID);
    CHECK(file_is(final, SUCCESS "\n"));
    remove_scratch(home);
}

static void a_committed_batch_without_its_files_is_said_to_be_damaged(void)
{
    set_up();
    CHECK_OK(stage());
    CHECK_OK(leat_staging_discard(watched_files(), final, LINEAGE, NULL, &err));
    CHECK(leat_staging_publish(watched_files(), staged, final, SUCCESS, &err) == LEAT_CORRUPT);
    CHECK(says(final) && says(staged));
    remove_scratch(home);
}

/* Every allocation fails once; what was begun can be done again. */
static void no_memory_is_an_error_and_nothing_more(void)
{
    leat_status status = LEAT_NO_MEMORY;
    bool ours;

    set_up();
    for (long n = 0; status != LEAT_OK; n++) {
        CHECK(n < 100);
        leat_memory_fail_after(n);
        status = stage();
        if (status == LEAT_OK)
            status = leat_staging_check(watched_files(), final, SUCCESS, &ours, &err);
        if (status == LEAT_OK)
            status = publish();
        if (status == LEAT_OK)
            status = leat_staging_clean(watched_files(), final, LINEAGE, NULL, &err);
        leat_memory_fail_after(-1);
        CHECK(status == LEAT_OK || status == LEAT_NO_MEMORY);
        watch(-1, WATCHED_REFUSED);
        if (is_there(final) && status != LEAT_OK) {
            CHECK(is_complete(final));
            CHECK_OK(leat_local_files()->remove_tree(final, &err));
        }
    }
    CHECK(is_complete(final) && !is_there(lineage_dir));
    remove_scratch(home);
}

static const struct check_case cases[] = {
    CHECK_CASE(names_are_those_of_spark),
    CHECK_CASE(staging_is_beside_the_final_name),
    CHECK_CASE(a_sealed_directory_is_durable_up_to_what_was_there),
    CHECK_CASE(a_published_directory_is_durable_in_both_parents),
    CHECK_CASE(publishing_again_changes_nothing),
    CHECK_CASE(a_crash_at_any_call_of_publish_is_finished_by_the_next),
    CHECK_CASE(a_crash_at_any_call_before_the_commit_leaves_nothing_after_a_clean),
    CHECK_CASE(a_crash_at_any_call_of_a_clean_is_finished_by_the_next),
    CHECK_CASE(a_clean_removes_dead_attempts_and_nothing_foreign),
    CHECK_CASE(a_clean_does_not_follow_a_link_that_has_its_name),
    CHECK_CASE(a_discarded_attempt_takes_no_other_with_it),
    CHECK_CASE(what_is_in_the_way_is_refused_in_one_sentence),
    CHECK_CASE(a_file_of_the_final_name_is_in_the_way_too),
    CHECK_CASE(a_committed_batch_without_its_files_is_said_to_be_damaged),
    CHECK_CASE(no_memory_is_an_error_and_nothing_more),
};

CHECK_MAIN(cases)
