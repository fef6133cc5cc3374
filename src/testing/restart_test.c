/* restart_test: what a start is left with by the one before it, and what it makes of it. */
#include "tests/support/restart.h"

/* ---- plans ---- */

static void a_clean_stop_after_an_idle_tick_leaves_no_plan(void)
{
    struct world world;
    struct job job = {&world, .topics = "a,b"};
    leat_time idle;

    open_world(&world);
    feed(&world, "a", 0, 0);
    feed(&world, "b", 0, 0);
    goes_on(&job, 0);
    idle = job.time;
    stop(&job);
    CHECK(!has_plan(&world));
    feed(&world, "a", 0, 2);
    job.topics = "a"; /* Nothing of b was under way. */
    goes_on(&job, 2);
    CHECK(job.time > idle);
    stop(&job);
    close_world(&world);
}

static void a_plan_of_no_records_does_not_need_its_topic(void)
{
    struct world world;
    struct job job = {&world, .topics = "a,b"};

    open_world(&world);
    feed(&world, "a", 0, 0);
    feed(&world, "b", 0, 0);
    goes_on(&job, 0);
    kill_job(&job);
    CHECK(has_plan(&world)); /* The function may have had an effect. */
    job.topics = "a";
    goes_on(&job, 0);
    kill_job(&job);
    feed(&world, "c", 0, 3);
    job.topics = "c"; /* Not one range is left. */
    goes_on(&job, 3);
    stop(&job);
    close_world(&world);
}

static void a_plan_of_records_needs_its_topic_or_an_answer(void)
{
    struct world world;
    struct job job = {&world, .topics = "a,b", .fails = LEAT_INVALID};

    open_world(&world);
    feed(&world, "a", 0, 2);
    feed(&world, "b", 0, 1);
    CHECK_OK(start(&job));
    CHECK(tick(&job) == LEAT_INVALID);
    kill_job(&job);
    job.topics = "a";
    job.fails = LEAT_OK;
    CHECK_OK(start(&job));
    CHECK(tick(&job) == LEAT_INVALID);
    CHECK(says(&job, "batch 1") && says(&job, "topic 'b' partition 0"));
    CHECK(says(&job, "--assume=aborted"));
    kill_job(&job);
    CHECK(has_plan(&world));
    job.settings[0][0] = "leat.assume";
    job.settings[0][1] = "aborted";
    goes_on(&job, 2);
    stop(&job);
    job.settings[0][0] = NULL;
    job.topics = "a,b";
    goes_on(&job, 1);
    stop(&job);
    close_world(&world);
}

static void a_batch_that_was_cut_short_keeps_its_plan(void)
{
    struct world world;
    struct job job = {&world, .topics = "a", .stops = true, .fails = LEAT_UNAVAILABLE};
    leat_time first;

    open_world(&world);
    feed(&world, "a", 0, 2);
    CHECK_OK(start(&job));
    CHECK(tick(&job) == LEAT_CANCELLED);
    first = job.time;
    stop(&job);
    CHECK(has_plan(&world));
    job.stops = false;
    job.fails = LEAT_OK;
    feed(&world, "a", 0, 3);
    goes_on(&job, 2);
    CHECK(job.time == first);
    stop(&job);
    close_world(&world);
}

static void a_tick_that_prints_no_record_needs_no_plan(void)
{
    struct world world;
    struct job job = {&world, .topics = "a", .output = PRINT};

    open_world(&world);
    feed(&world, "a", 0, 0);
    goes_on(&job, 0);
    kill_job(&job);
    CHECK(!has_plan(&world));
    feed(&world, "a", 0, 2);
    goes_on(&job, 2);
    stop(&job);
    close_world(&world);
}

/* ---- two jobs, one group ---- */

static void refused_and_harmless(struct job *second, struct job *first, const char *words)
{
    CHECK(start(second) == LEAT_INVALID);
    CHECK(says(second, words));
    kill_job(second);
    feed(first->world, "a", 0, 1);
    CHECK_OK(tick(first));
    CHECK(first->records == 1);
}

static void no_answer_lets_a_refused_start_fence_the_job_that_runs(void)
{
    static const char *const answers[][2] = {{NULL, NULL},
                                             {"leat.positions", "ledger"},
                                             {"leat.positions", "group"},
                                             {"leat.assume", "aborted"}};
    struct world world;
    struct job first = {&world, .topics = "a"};

    open_world(&world);
    feed(&world, "a", 0, 2);
    goes_on(&first, 2);
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct job second = {&world, .topics = "a", .directory = "another"};

        memcpy(second.settings[0], answers[i], sizeof answers[i]);
        refused_and_harmless(&second, &first, "lineage");
    }
    stop(&first);
    close_world(&world);
}

static void a_foreign_group_is_not_touched_without_adopting_it(void)
{
    struct world world;
    struct job first = {&world, .topics = "a"};
    struct job second = {&world, .topics = "a", .directory = "another",
                         .settings = {{"leat.app.name", "second"}}};

    open_world(&world);
    feed(&world, "a", 0, 2);
    goes_on(&second, 2);
    stop(&second);
    goes_on(&first, 2);
    second.settings[0][0] = NULL; /* Its group is the first one's now. */
    refused_and_harmless(&second, &first, "lineage");
    second.settings[0][0] = "leat.positions";
    second.settings[0][1] = "group";
    refused_and_harmless(&second, &first, "--adopt");
    stop(&first);
    close_world(&world);
}

static void a_copied_checkpoint_does_not_hurt_the_job_that_has_the_original(void)
{
    struct world world;
    struct job first = {&world, .topics = "a"};
    struct job second = {&world, .topics = "a", .directory = "copy"};

    open_world(&world);
    feed(&world, "a", 0, 2);
    goes_on(&first, 2);
    stop(&first);
    copy_checkpoint(&world, "copy");
    feed(&world, "a", 0, 2);
    goes_on(&first, 2);
    refused_and_harmless(&second, &first, "old copy");
    stop(&first);
    close_world(&world);
}

/* ---- a backup, and the group's positions ---- */

static void a_restored_backup_goes_on_after_the_groups_batch(const char *guarantee)
{
    struct world world;
    struct job job = {&world, .topics = "a",
                      .settings = {{"leat.processing.guarantee", guarantee}}};
    struct leat_marker before, after;

    open_world(&world);
    feed(&world, "a", 0, 2);
    goes_on(&job, 2);
    stop(&job);
    copy_checkpoint(&world, "backup");
    for (int i = 0; i < 2; i++) {
        feed(&world, "a", 0, 1);
        goes_on(&job, 1);
        stop(&job);
    }
    before = marker_of(&world, "a", 0);
    CHECK(before.n == 3);
    job.directory = "backup";
    feed(&world, "a", 0, 4);
    CHECK(start(&job) == LEAT_INVALID);
    CHECK(says(&job, "old copy") && says(&job, "--positions=group"));
    kill_job(&job);
    job.settings[1][0] = "leat.positions";
    job.settings[1][1] = "group";
    world.now -= (leat_time)10 * INTERVAL_MS;
    goes_on(&job, 4);
    CHECK(strstr(world.log, "batch 3 of this lineage") != NULL);
    stop(&job);
    after = marker_of(&world, "a", 0);
    CHECK(after.n == 4 && after.time > before.time);
    feed(&world, "a", 0, 1);
    goes_on(&job, 1); /* The answer is no longer needed, and does nothing. */
    stop(&job);
    CHECK(marker_of(&world, "a", 0).n == 5);
    close_world(&world);
}

static void by_the_groups_positions_batches_go_on_after_the_groups_batch(void)
{
    a_restored_backup_goes_on_after_the_groups_batch("exactly_once");
    a_restored_backup_goes_on_after_the_groups_batch("at_least_once");
}

/* ---- without a directory ---- */

static void goes_on_after_the_groups_marker(enum output output, const char *guarantee)
{
    struct world world;
    struct job job = {&world,
                      .topics = "a",
                      .reset = "latest",
                      .without_directory = true,
                      .output = output,
                      .settings = {{"leat.processing.guarantee", guarantee}}};
    struct leat_marker first, second;

    open_world(&world);
    feed(&world, "a", 0, 5);
    CHECK_OK(start(&job));
    kill_job(&job); /* Where it begins is known from now on. */
    feed(&world, "a", 0, 1);
    goes_on(&job, 1);
    stop(&job);
    first = marker_of(&world, "a", 0);
    CHECK(first.n == 1);
    feed(&world, "a", 0, 1);
    feed(&world, "a", 1, 3); /* A partition added meanwhile: none of its records is lost. */
    world.now -= (leat_time)10 * INTERVAL_MS;
    goes_on(&job, 4);
    stop(&job);
    second = marker_of(&world, "a", 1);
    CHECK(second.n == 2 && second.time > first.time);
    close_world(&world);
}

static void without_a_directory_a_job_goes_on_after_the_groups_marker(void)
{
    goes_on_after_the_groups_marker(FOREACH, "exactly_once");
    goes_on_after_the_groups_marker(FOREACH, "at_least_once");
    goes_on_after_the_groups_marker(PRINT, "exactly_once");
}

static void at_least_once_does_not_take_over_a_foreign_group_unasked(void)
{
    struct world world;
    struct job first = {&world, .topics = "a"};
    struct job second = {&world, .topics = "a", .without_directory = true,
                         .settings = {{"leat.processing.guarantee", "at_least_once"}}};

    open_world(&world);
    feed(&world, "a", 0, 2);
    goes_on(&first, 2);
    stop(&first);
    for (size_t i = 0; i < 2; i++) {
        CHECK(start(&second) == LEAT_INVALID);
        CHECK(says(&second, "lineage") && says(&second, "--adopt"));
        kill_job(&second);
        second.settings[1][0] = "leat.positions"; /* The answer to another question. */
        second.settings[1][1] = "ledger";
    }
    second.settings[1][0] = "leat.adopt";
    second.settings[1][1] = "true";
    feed(&world, "a", 0, 3);
    goes_on(&second, 3);
    stop(&second);
    close_world(&world);
}

/* ---- what commits changes from start to start ---- */

enum { LIVES = 3, WAYS = 12 }; /* K, A or L; no record or two; stopped or killed. */

static void live(struct world *world, int way)
{
    static const char *const guarantees[] = {"exactly_once", "at_least_once", "exactly_once"};
    struct job job = {world, .topics = "a", .output = way % 3 == 2 ? PRINT : FOREACH,
                      .settings = {{"leat.processing.guarantee", guarantees[way % 3]}}};
    uint64_t records = 0;
    int fed = way / 3 % 2 * 2;

    feed(world, "a", 0, fed);
    CHECK_OK(start(&job));
    for (int i = 0; i < 2; i++, records += job.records) /* One may be the last life's. */
        CHECK_OK(tick(&job));
    CHECK(records == (uint64_t)fed);
    if (way / 6 == 0)
        stop(&job);
    else
        kill_job(&job);
}

/* One in seven of all, with every pair that may follow each other. */
static void no_change_of_what_commits_raises_a_question(void)
{
    for (int ways = 0; ways < WAYS * WAYS * WAYS; ways += 7) {
        struct world world;
        int rest = ways;

        open_world(&world);
        for (int i = 0; i < LIVES; i++, rest /= WAYS)
            live(&world, rest % WAYS);
        close_world(&world);
    }
}

static const struct check_case cases[] = {
    CHECK_CASE(a_clean_stop_after_an_idle_tick_leaves_no_plan),
    CHECK_CASE(a_plan_of_no_records_does_not_need_its_topic),
    CHECK_CASE(a_plan_of_records_needs_its_topic_or_an_answer),
    CHECK_CASE(a_batch_that_was_cut_short_keeps_its_plan),
    CHECK_CASE(a_tick_that_prints_no_record_needs_no_plan),
    CHECK_CASE(no_answer_lets_a_refused_start_fence_the_job_that_runs),
    CHECK_CASE(a_foreign_group_is_not_touched_without_adopting_it),
    CHECK_CASE(a_copied_checkpoint_does_not_hurt_the_job_that_has_the_original),
    CHECK_CASE(by_the_groups_positions_batches_go_on_after_the_groups_batch),
    CHECK_CASE(without_a_directory_a_job_goes_on_after_the_groups_marker),
    CHECK_CASE(at_least_once_does_not_take_over_a_foreign_group_unasked),
    CHECK_CASE(no_change_of_what_commits_raises_a_question),
};
CHECK_MAIN(cases)
