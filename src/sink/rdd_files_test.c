/* rdd_files_test: directories that foreach_rdd functions save, from their checks to their
 * publication.
 */
#include "files/staging.h"

#include "tests/support/scripted_batch.h"
#include "tests/support/watched_files.h"

#define SUCCESS "leat ab batch 7"

static const char *home;
static char path[128];
static leat_error err;

/* What the function given to foreach_rdd saves, in this order, until NULL. */
static const char *saves[4];
static leat_status last_status;

static struct leat_batch_options seventh(void)
{
    return (struct leat_batch_options){.time = 7000,
                                       .lineage = "ab",
                                       .attempt_name = "7.1.0",
                                       .success_text = SUCCESS,
                                       .files = leat_local_files()};
}

static leat_status save(leat_rdd *rdd, void *user)
{
    (void)user;
    for (int i = 0; saves[i] != NULL; i++) {
        last_status = i % 3 == 0   ? leat_rdd_save_as_text_file(rdd, saves[i])
                      : i % 3 == 1 ? leat_rdd_save_as_hadoop_file(rdd, saves[i])
                                   : leat_rdd_save_as_object_file(rdd, saves[i]);
        LEAT_TRY(last_status);
    }
    return LEAT_OK;
}

static const char *const lines[] = {"a", "k=b", NULL};

static void set_up(struct scripted *job, const char *first, const char *second, const char *third)
{
    *job = (struct scripted){.lines = {lines, lines}, .partitions = 2};
    home = scratch_directory();
    snprintf(path, sizeof path, "%s/out/day", home);
    saves[0] = first;
    saves[1] = second;
    saves[2] = third;
    scripted_create(job, LEAT_STRING, LEAT_STRING);
    leat_foreach_rdd(job->stream, save, NULL);
}

static void tear_down(struct scripted *job)
{
    scripted_destroy(job);
    remove_scratch(home);
}

static bool says(const char *text)
{
    if (strstr(err.message, text) != NULL)
        return true;
    fprintf(stderr, "'%s' is not in: %s\n", text, err.message);
    return false;
}

static bool is_file(const char *directory, const char *name, const char *text)
{
    char whole[256];

    snprintf(whole, sizeof whole, "%s/%s", directory, name);
    return file_is(whole, text);
}

/* What the engine does once the batch has run. */
static void publish(const struct scripted *job)
{
    struct leat_batch_result result;

    leat_batch_result(job->batch, &result);
    for (size_t i = 0; i < result.staged_count; i++) {
        CHECK_OK(leat_staging_seal(leat_local_files(), result.staged[i].staged, SUCCESS, &err));
        CHECK_OK(leat_staging_publish(leat_local_files(), result.staged[i].staged,
                                      result.staged[i].final, SUCCESS, &err));
    }
    for (size_t i = 0; i < result.made_count; i++)
        CHECK_OK(
            leat_staging_discard(leat_local_files(), result.made[i].final, "ab", "7.1.0", &err));
}

static void a_directory_of_exactly_the_path_is_published(void)
{
    struct leat_batch_result result;
    struct scripted job;

    set_up(&job, path, NULL, NULL);
    CHECK_OK(scripted_run(&job, seventh(), &err));
    CHECK(!is_there(path));
    leat_batch_result(job.batch, &result);
    CHECK(result.staged_count == 1 && strcmp(result.staged[0].final, path) == 0);
    publish(&job);
    CHECK(entries_in(path) == 3 && is_file(path, "part-00000", "None\ta\nk\tb\n"));
    CHECK(is_file(path, "part-00001", "None\ta\nk\tb\n") &&
          is_file(path, "_SUCCESS", SUCCESS "\n"));
    snprintf(path, sizeof path, "%s/out", home);
    CHECK(entries_in(path) == 1); /* Nothing of the staging is left. */
    tear_down(&job);
}

static void several_saves_and_an_output_operation_do_not_meet(void)
{
    char second[160] = "", third[160] = "", fourth[160];
    struct scripted job;

    set_up(&job, path, second, third);
    snprintf(second, sizeof second, "%s/out/pairs", home);
    snprintf(third, sizeof third, "%s/out/values//", home);
    leat_save_as_text_files(job.stream, path, NULL);
    CHECK_OK(scripted_run(&job, seventh(), &err));
    publish(&job);
    third[strlen(third) - 2] = '\0';
    snprintf(fourth, sizeof fourth, "%s-7000", path);
    CHECK(entries_in(path) == 3 && entries_in(second) == 3 && entries_in(third) == 3);
    CHECK(entries_in(fourth) == 3 && is_file(fourth, "part-00001", "None\ta\nk\tb\n"));
    tear_down(&job);
}

static void a_path_twice_in_one_batch_is_refused(void)
{
    char again[160] = "";
    struct scripted job;

    set_up(&job, path, again, NULL);
    snprintf(again, sizeof again, "file://%s/", path);
    CHECK(scripted_run(&job, seventh(), &err) == LEAT_INVALID);
    CHECK(last_status == LEAT_INVALID && says("save_as_hadoop_file") && says("twice in one batch"));
    CHECK(says(path) && says("rdd_files_test.c:"));
    tear_down(&job);
}

static void what_is_there_is_refused_unless_it_is_this_batch_s(void)
{
    struct leat_batch_options next = seventh();
    struct scripted job;

    set_up(&job, path, NULL, NULL);
    CHECK_OK(scripted_run(&job, seventh(), &err));
    publish(&job);
    CHECK_OK(scripted_run(&job, seventh(), &err)); /* A replay. */
    next.attempt_name = "8.1.1";
    next.success_text = "leat ab batch 8";
    CHECK(scripted_run(&job, next, &err) == LEAT_INVALID);
    CHECK(says("save_as_text_file at ") && says("is in the way"));
    tear_down(&job);
}

static void an_empty_rdd_has_its_directory_too(void)
{
    struct scripted job;

    set_up(&job, path, NULL, NULL);
    job.lines[0] = job.lines[1] = NULL;
    CHECK_OK(scripted_run(&job, seventh(), &err));
    publish(&job);
    CHECK(entries_in(path) == 3 && is_file(path, "part-00001", ""));
    tear_down(&job);
}

static void what_cannot_be_saved_is_said(void)
{
    struct leat_batch_options options = seventh();
    struct scripted job;

    set_up(&job, path, NULL, NULL);
    options.parts.refused = true;
    CHECK(scripted_run(&job, options, &err) == LEAT_INVALID);
    CHECK(says("save_as_text_file at ") && says("leat.checkpoint.directory") && says(path));
    saves[0] = "hdfs://name/day";
    CHECK(scripted_run(&job, seventh(), &err) == LEAT_INVALID && says("local paths only"));
    saves[0] = "";
    CHECK(scripted_run(&job, seventh(), &err) == LEAT_INVALID && says("a path is missing"));
    CHECK(leat_rdd_save_as_text_file(NULL, path) == LEAT_INVALID);
    CHECK(entries_in(home) == 0);
    tear_down(&job);
}

/* A process that was killed left it; nobody else knows where. */
static void staging_of_a_dead_attempt_is_removed_by_the_next_save(void)
{
    char dead[192], foreign[192];
    struct scripted job;

    set_up(&job, path, NULL, NULL);
    snprintf(dead, sizeof dead, "%s/out/.leat-ab/6.1.5/1", home);
    snprintf(foreign, sizeof foreign, "%s/out/.leat-cd/6.1.5/1", home);
    CHECK_OK(leat_local_files()->make_directories(dead, &err));
    CHECK_OK(leat_local_files()->make_directories(foreign, &err));
    CHECK_OK(scripted_run(&job, seventh(), &err));
    CHECK(!is_there(dead) && is_there(foreign));
    publish(&job);
    CHECK(entries_in(path) == 3);
    tear_down(&job);
}

static void a_failing_call_fails_the_batch_with_its_path(void)
{
    leat_status status = LEAT_IO;
    int n = 0;

    for (; status != LEAT_OK; n++) {
        struct leat_batch_options options = seventh();
        struct scripted job;

        set_up(&job, path, NULL, NULL);
        options.files = watched_files();
        watch(n, WATCHED_CRASHED);
        status = scripted_run(&job, options, &err);
        CHECK(status == LEAT_OK || status == LEAT_IO);
        CHECK(last_status == status && !is_there(path));
        if (status == LEAT_IO)
            CHECK(says("save_as_text_file") && says(home));
        tear_down(&job);
    }
    CHECK(n > 8);
}

static const struct check_case cases[] = {
    CHECK_CASE(a_directory_of_exactly_the_path_is_published),
    CHECK_CASE(several_saves_and_an_output_operation_do_not_meet),
    CHECK_CASE(a_path_twice_in_one_batch_is_refused),
    CHECK_CASE(what_is_there_is_refused_unless_it_is_this_batch_s),
    CHECK_CASE(an_empty_rdd_has_its_directory_too),
    CHECK_CASE(what_cannot_be_saved_is_said),
    CHECK_CASE(staging_of_a_dead_attempt_is_removed_by_the_next_save),
    CHECK_CASE(a_failing_call_fails_the_batch_with_its_path),
};

CHECK_MAIN(cases)
