/* print_test: what print writes to stdout, against what pyspark's pprint does. */
#include "sink/outputs.h"

#include <time.h>

#include "base/memory.h"
#include "tests/support/scripted_batch.h"
#include "tests/support/watched_files.h"

#define DASHES "-------------------------------------------\n"

static const char *const twelve[] = {"1", "2", "3",  "4",  "5",  "6", "7",
                                     "8", "9", "10", "11", "12", NULL};
static leat_error err;

/* Runs the batch with stdout in a file. */
static leat_status run_into(struct scripted *job, const char *path, leat_time time)
{
    struct leat_batch_options options = {.time = time};
    leat_status status;
    int saved, target;

    fflush(stdout);
    saved = dup(STDOUT_FILENO);
    target = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    CHECK(saved >= 0 && target >= 0 && dup2(target, STDOUT_FILENO) >= 0);
    status = scripted_run(job, options, &err);
    fflush(stdout);
    CHECK(dup2(saved, STDOUT_FILENO) >= 0);
    close(saved);
    close(target);
    return status;
}

static void prints(const char *const *lines, size_t count, leat_time time, const char *expected)
{
    struct scripted job = {.lines = {lines}, .partitions = 1};
    const char *home = scratch_directory();

    scripted_create(&job, LEAT_BYTES, LEAT_STRING);
    leat_print(job.stream, count);
    CHECK_OK(run_into(&job, "printed", time));
    CHECK(file_is("printed", expected));
    scripted_destroy(&job);
    remove_scratch(home);
}

static void the_first_records_are_printed_and_dots_when_there_are_more(void)
{
    prints(twelve, 10, 1600000000000,
           DASHES "Time: 2020-09-13 12:26:40\n" DASHES "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n...\n\n");
    prints(twelve, 12, 1600000000000,
           DASHES "Time: 2020-09-13 12:26:40\n" DASHES "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n\n");
    prints(twelve, 0, 1600000000000, DASHES "Time: 2020-09-13 12:26:40\n" DASHES "...\n\n");
}

static void an_empty_batch_is_printed_too(void)
{
    static const char *const none[] = {NULL};

    prints(none, 10, 1600000000000, DASHES "Time: 2020-09-13 12:26:40\n" DASHES "\n");
}

/* str(datetime.fromtimestamp(ms / 1000.0)) has six digits or none. */
static void a_time_between_seconds_has_microseconds(void)
{
    static const char *const one[] = {"x", NULL};

    prints(one, 10, 1600000000500, DASHES "Time: 2020-09-13 12:26:40.500000\n" DASHES "x\n\n");
    prints(one, 10, 1600000000007, DASHES "Time: 2020-09-13 12:26:40.007000\n" DASHES "x\n\n");
}

static void the_time_is_local(void)
{
    static const char *const one[] = {"x", NULL};

    setenv("TZ", "XST-5:30", 1);
    tzset();
    prints(one, 10, 1600000000000, DASHES "Time: 2020-09-13 17:56:40\n" DASHES "x\n\n");
    setenv("TZ", "UTC", 1);
    tzset();
}

static void records_come_in_the_order_of_partitions(void)
{
    static const char *const first[] = {"a", NULL}, *const third[] = {"b", "c", NULL};
    struct scripted job = {.lines = {first, NULL, third}, .partitions = 3};
    const char *home = scratch_directory();

    scripted_create(&job, LEAT_STRING, LEAT_STRING);
    leat_print(job.stream, 2);
    CHECK_OK(run_into(&job, "printed", 0));
    CHECK(file_is("printed",
                  DASHES "Time: 1970-01-01 00:00:00\n" DASHES "None\ta\nNone\tb\n...\n\n"));
    scripted_destroy(&job);
    remove_scratch(home);
}

static void a_stdout_that_is_full_fails_the_batch_each_time(void)
{
    struct scripted job = {.lines = {twelve}, .partitions = 1};
    const char *home = scratch_directory();

    scripted_create(&job, LEAT_BYTES, LEAT_STRING);
    leat_print(job.stream, 10);
    CHECK(run_into(&job, "/dev/full", 0) == LEAT_IO);
    CHECK(strstr(err.message, "stdout") != NULL && strstr(err.message, "No space left") != NULL);
    CHECK(run_into(&job, "/dev/full", 0) == LEAT_IO);
    CHECK_OK(run_into(&job, "printed", 0));
    scripted_destroy(&job);
    remove_scratch(home);
}

static void no_memory_fails_the_batch_and_leaks_nothing(void)
{
    struct scripted job = {.lines = {twelve}, .partitions = 1};
    const char *home = scratch_directory();
    leat_status status = LEAT_NO_MEMORY;

    scripted_create(&job, LEAT_BYTES, LEAT_STRING);
    leat_print(job.stream, 10);
    for (long n = 0; status != LEAT_OK; n++) {
        CHECK(n < 200);
        leat_memory_fail_after(n);
        status = run_into(&job, "printed", 0);
        leat_memory_fail_after(-1);
        CHECK(status == LEAT_OK || status == LEAT_NO_MEMORY || status == LEAT_LIMIT);
    }
    scripted_destroy(&job);
    remove_scratch(home);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CHECK_CASE(the_first_records_are_printed_and_dots_when_there_are_more),
        CHECK_CASE(an_empty_batch_is_printed_too),
        CHECK_CASE(a_time_between_seconds_has_microseconds),
        CHECK_CASE(the_time_is_local),
        CHECK_CASE(records_come_in_the_order_of_partitions),
        CHECK_CASE(a_stdout_that_is_full_fails_the_batch_each_time),
        CHECK_CASE(no_memory_fails_the_batch_and_leaks_nothing),
    };

    setenv("TZ", "UTC", 1);
    tzset();
    return check_main(cases, sizeof cases / sizeof cases[0], argc, argv);
}
