/* recovery_test: every cell of commit-protocol.md's recovery table, and of its table of traces what
 * a start has to decide. Expectations are the document's. */
#include "ledger/recovery.h"

#include "base/memory.h"
#include "tests/support/check.h"

#define OURS "0123456789abcdef"
#define OTHERS "fedcba9876543210"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { PARTITIONS = 2, ASK = 0, LEDGER = 1, GROUP = 2, COMMITTED = 1, ABORTED = 2 };

/* What the group has in a partition: NULL metadata is no offset at all. */
struct spot {
    int64_t offset;
    const char *metadata;
};

#define NOTHING     \
    {               \
        {0, NULL},  \
        {           \
            0, NULL \
        }           \
    }
#define BOTH(offset, text) \
    {                      \
        {offset, text},    \
        {                  \
            offset, text   \
        }                  \
    }

/* Batch 4 is settled, batch 5 prepared. */
#define MARKER_4 "leat:1:" OURS ":4:2.1:4000"
#define MARKER_5 "leat:1:" OURS ":5:2.1:5000"

enum row {
    NO_LEDGER,   /* Directory configured, nothing in it. */
    ANCHORING,   /* Of h = what the group had before the job. */
    SETTLED,     /* 4 */
    WITH_PLAN,   /* 4, and plan 5 */
    PREPARED,    /* 5 */
    NO_DIRECTORY /* And stateless. */
};

struct cell {
    const char *says; /* The document. */
    enum row row;
    char authority; /* Of the job, and of prepared. */
    bool other_group;
    bool other_partitions;
    bool stateful;
    struct spot found[PARTITIONS];
    enum leat_recovery_action expected;
    const char *sentence; /* Of a stop: words that it has. */
    bool adopt;
    int positions;
    int assume;
};

static const struct cell table[] = {
    {"no ledger, 0: genesis", NO_LEDGER, 'K', .found = NOTHING, .expected = LEAT_RECOVERY_GENESIS},
    {"no ledger, 0, authority L: genesis", NO_LEDGER, 'L', .found = NOTHING,
     .expected = LEAT_RECOVERY_GENESIS},
    {"no ledger, X: else genesis at the group's offsets", NO_LEDGER, 'K', .found = BOTH(7, ""),
     .expected = LEAT_RECOVERY_TAKE_OVER},
    {"no ledger, X mixed: genesis at the group's offsets", NO_LEDGER, 'K',
     .found = {{7, "spark"}, {0, NULL}}, .expected = LEAT_RECOVERY_TAKE_OVER},
    {"no ledger, X leat marker: stop (2)", NO_LEDGER, 'K',
     .found = BOTH(7, "leat:1:" OTHERS ":9:1.1:9000"), .expected = LEAT_RECOVERY_STOP,
     .sentence = "belongs to lineage " OTHERS},
    {"no ledger, X leat marker of a job without directory: stop (2)", NO_LEDGER, 'K',
     .found = BOTH(7, "leat:1:-:9:1.1:9000"), .expected = LEAT_RECOVERY_STOP,
     .sentence = "--adopt"},
    {"no ledger, one leat marker among others: stop (2)", NO_LEDGER, 'K',
     .found = {{7, ""}, {7, "leat:1:" OTHERS ":9:1.1:9000"}}, .expected = LEAT_RECOVERY_STOP,
     .sentence = "--adopt"},
    {"authority L, A: leat marker without ledger: stop (2)", NO_LEDGER, 'L',
     .found = BOTH(7, "leat:1:" OTHERS ":9:1.1:9000"), .expected = LEAT_RECOVERY_STOP,
     .sentence = "--adopt"},
    {"authority L, A: leat marker without ledger: stop (2)", NO_LEDGER, 'A',
     .found = BOTH(7, "leat:1:" OTHERS ":9:1.1:9000"), .expected = LEAT_RECOVERY_STOP,
     .sentence = "--adopt"},
    {"no ledger, marker of a later version: stop (2)", NO_LEDGER, 'K',
     .found = BOTH(7, "leat:2:whatever"), .expected = LEAT_RECOVERY_STOP,
     .sentence = "partition 0 has the marker 'leat:2:whatever'"},
    {"(2): --adopt starts a new lineage there", NO_LEDGER, 'K',
     .found = BOTH(7, "leat:1:" OTHERS ":9:1.1:9000"), .adopt = true,
     .expected = LEAT_RECOVERY_TAKE_OVER},

    {"anchoring, B (B = h): redo N2", ANCHORING, 'K', .found = BOTH(3, "h"),
     .expected = LEAT_RECOVERY_REDO_ANCHOR},
    {"anchoring, A: redo N2", ANCHORING, 'K', .found = BOTH(4, MARKER_4),
     .expected = LEAT_RECOVERY_REDO_ANCHOR},
    {"anchoring, 0: redo N2", ANCHORING, 'K', .found = NOTHING,
     .expected = LEAT_RECOVERY_REDO_ANCHOR},
    {"anchoring, X: stop (3)", ANCHORING, 'K', .found = BOTH(9, ""), .expected = LEAT_RECOVERY_STOP,
     .sentence = "found 9 ''"},
    {"anchoring, X mixed of h and after: stop (3)", ANCHORING, 'K',
     .found = {{3, "h"}, {4, MARKER_4}}, .expected = LEAT_RECOVERY_STOP, .sentence = "found 3 'h'"},
    {"anchoring, X: --positions=ledger decides", ANCHORING, 'K', .found = BOTH(9, ""),
     .positions = LEDGER, .expected = LEAT_RECOVERY_REDO_ANCHOR},
    {"anchoring, X: --positions=group decides", ANCHORING, 'K', .found = BOTH(9, ""),
     .positions = GROUP, .expected = LEAT_RECOVERY_TAKE_OVER},
    {"(3) group: only stateless", ANCHORING, 'K', .stateful = true, .found = BOTH(9, ""),
     .positions = GROUP, .expected = LEAT_RECOVERY_STOP, .sentence = "only without state"},

    {"settled, A: go on", SETTLED, 'K', .found = BOTH(4, MARKER_4),
     .expected = LEAT_RECOVERY_GO_ON},
    {"settled and plan, A: go on, run the plan", WITH_PLAN, 'K', .found = BOTH(4, MARKER_4),
     .expected = LEAT_RECOVERY_GO_ON},
    {"S7: partitions differ from recorded: ANCHOR", SETTLED, 'K', .other_partitions = true,
     .found = BOTH(4, MARKER_4), .expected = LEAT_RECOVERY_ANCHOR},
    {"settled, 0: ANCHOR, go on", SETTLED, 'K', .found = NOTHING, .expected = LEAT_RECOVERY_ANCHOR},
    {"settled and plan, 0: ANCHOR, go on", WITH_PLAN, 'K', .found = NOTHING,
     .expected = LEAT_RECOVERY_ANCHOR},
    {"settled, X: stop (3)", SETTLED, 'K', .found = BOTH(5, MARKER_5),
     .expected = LEAT_RECOVERY_STOP, .sentence = "recorded 4 '" MARKER_4 "'"},
    {"settled, X mixed: stop (3)", SETTLED, 'K', .found = {{4, MARKER_4}, {4, ""}},
     .expected = LEAT_RECOVERY_STOP, .sentence = "partition 1: recorded"},
    {"settled, X one absent: stop (3)", SETTLED, 'K', .found = {{4, MARKER_4}, {0, NULL}},
     .expected = LEAT_RECOVERY_STOP, .sentence = "found -1"},
    {"settled, X same marker, other offset: stop (3)", SETTLED, 'K',
     .found = {{4, MARKER_4}, {5, MARKER_4}}, .expected = LEAT_RECOVERY_STOP,
     .sentence = "found 5"},
    {"settled, X other attempt: stop (3)", SETTLED, 'K',
     .found = BOTH(4, "leat:1:" OURS ":4:2.2:4000"), .expected = LEAT_RECOVERY_STOP,
     .sentence = "2.2"},
    {"settled, X other lineage: stop (3)", SETTLED, 'K',
     .found = BOTH(4, "leat:1:" OTHERS ":4:2.1:4000"), .expected = LEAT_RECOVERY_STOP,
     .sentence = OTHERS},
    {"settled, X: --positions=ledger decides", SETTLED, 'K', .found = BOTH(5, MARKER_5),
     .positions = LEDGER, .expected = LEAT_RECOVERY_ANCHOR},
    {"settled, X: --positions=group decides", SETTLED, 'K', .found = BOTH(5, MARKER_5),
     .positions = GROUP, .expected = LEAT_RECOVERY_TAKE_OVER},
    {"(3) group: only stateless", SETTLED, 'K', .stateful = true, .found = BOTH(5, MARKER_5),
     .positions = GROUP, .expected = LEAT_RECOVERY_STOP, .sentence = "only without state"},
    {"settled, X says more than an answer to another question", SETTLED, 'K',
     .found = BOTH(5, MARKER_5), .assume = COMMITTED, .expected = LEAT_RECOVERY_STOP,
     .sentence = "--positions=ledger"},
    {"0 in another, new group: ANCHOR", SETTLED, 'K', .other_group = true, .found = NOTHING,
     .expected = LEAT_RECOVERY_ANCHOR},
    {"X in another, new group, no leat marker: ANCHOR", SETTLED, 'K', .other_group = true,
     .found = BOTH(8, "spark"), .expected = LEAT_RECOVERY_ANCHOR},
    {"X in another group, ours with n' <= n: ANCHOR", SETTLED, 'K', .other_group = true,
     .found = BOTH(3, "leat:1:" OURS ":3:1.1:3000"), .expected = LEAT_RECOVERY_ANCHOR},
    {"X in another group, ours with n' = n: ANCHOR", SETTLED, 'K', .other_group = true,
     .found = BOTH(4, MARKER_4), .expected = LEAT_RECOVERY_ANCHOR},
    {"X in another group, ours with n' > n: stop", SETTLED, 'K', .other_group = true,
     .found = BOTH(5, MARKER_5), .expected = LEAT_RECOVERY_STOP, .sentence = "its batch 5"},
    {"X in another group, another's marker: stop", SETTLED, 'K', .other_group = true,
     .found = BOTH(2, "leat:1:" OTHERS ":2:1.1:2000"), .expected = LEAT_RECOVERY_STOP,
     .sentence = OTHERS},
    {"X in another group, a later marker is another's: stop", SETTLED, 'K', .other_group = true,
     .found = {{3, "leat:1:" OURS ":3:1.1:3000"}, {2, "leat:1:" OTHERS ":2:1.1:2000"}},
     .expected = LEAT_RECOVERY_STOP, .sentence = OTHERS},
    {"X in another group, a later marker has n' > n: stop", SETTLED, 'K', .other_group = true,
     .found = {{3, "leat:1:" OURS ":3:1.1:3000"}, {5, MARKER_5}}, .expected = LEAT_RECOVERY_STOP,
     .sentence = "its batch 5"},
    {"X in another group, another's marker: --adopt starts a new lineage there", SETTLED, 'K',
     .other_group = true, .found = BOTH(2, "leat:1:" OTHERS ":2:1.1:2000"), .adopt = true,
     .expected = LEAT_RECOVERY_TAKE_OVER},
    {"settled, X other lineage: --adopt starts a new lineage there", SETTLED, 'K',
     .found = BOTH(4, "leat:1:" OTHERS ":4:1.1:4000"), .adopt = true,
     .expected = LEAT_RECOVERY_TAKE_OVER},
    {"settled, X: --adopt is no answer where the lineage is ours", SETTLED, 'K',
     .found = BOTH(5, MARKER_5), .adopt = true, .expected = LEAT_RECOVERY_STOP,
     .sentence = "--positions"},
    {"anchoring of another group: the row of settled", ANCHORING, 'K', .other_group = true,
     .found = BOTH(8, "spark"), .expected = LEAT_RECOVERY_ANCHOR},
    {"anchoring of another group, another's marker: stop", ANCHORING, 'K', .other_group = true,
     .found = BOTH(2, "leat:1:" OTHERS ":2:1.1:2000"), .expected = LEAT_RECOVERY_STOP,
     .sentence = OTHERS},

    {"prepared K, B: back", PREPARED, 'K', .found = BOTH(4, MARKER_4),
     .expected = LEAT_RECOVERY_BACK},
    {"prepared K, A: forward", PREPARED, 'K', .found = BOTH(5, MARKER_5),
     .expected = LEAT_RECOVERY_FORWARD},
    {"prepared K, 0: stop (4)", PREPARED, 'K', .found = NOTHING, .expected = LEAT_RECOVERY_STOP,
     .sentence = "--assume=committed"},
    {"prepared K, 0: --assume=committed", PREPARED, 'K', .found = NOTHING, .assume = COMMITTED,
     .expected = LEAT_RECOVERY_FORWARD},
    {"prepared K, 0: --assume=aborted", PREPARED, 'K', .found = NOTHING, .assume = ABORTED,
     .expected = LEAT_RECOVERY_BACK},
    {"prepared K, 0: --positions is no answer to (4)", PREPARED, 'K', .found = NOTHING,
     .positions = GROUP, .expected = LEAT_RECOVERY_STOP, .sentence = "--assume=committed"},
    {"prepared K, X: stop (3)", PREPARED, 'K', .found = BOTH(6, ""), .expected = LEAT_RECOVERY_STOP,
     .sentence = "found 6"},
    {"prepared K, X mixed of before and after: stop (3)", PREPARED, 'K',
     .found = {{4, MARKER_4}, {5, MARKER_5}}, .expected = LEAT_RECOVERY_STOP,
     .sentence = "found 4"},
    {"prepared K, X one absent: stop (3)", PREPARED, 'K', .found = {{5, MARKER_5}, {0, NULL}},
     .expected = LEAT_RECOVERY_STOP, .sentence = "found -1"},
    {"prepared K, X other attempt: stop (3)", PREPARED, 'K',
     .found = BOTH(5, "leat:1:" OURS ":5:2.2:5000"), .expected = LEAT_RECOVERY_STOP,
     .sentence = "2.2"},
    {"prepared K, X: --positions=group decides", PREPARED, 'K', .found = BOTH(6, ""),
     .positions = GROUP, .expected = LEAT_RECOVERY_TAKE_OVER},
    {"(3) group: only stateless", PREPARED, 'K', .stateful = true, .found = BOTH(6, ""),
     .positions = GROUP, .expected = LEAT_RECOVERY_STOP, .sentence = "only without state"},
    {"prepared K, X: an assumption alone does not answer (3)", PREPARED, 'K', .found = BOTH(6, ""),
     .assume = ABORTED, .expected = LEAT_RECOVERY_STOP, .sentence = "--positions=ledger"},
    {"prepared K, X, --positions=ledger: whether it committed is the next question", PREPARED, 'K',
     .found = BOTH(6, ""), .positions = LEDGER, .expected = LEAT_RECOVERY_STOP,
     .sentence = "somebody else wrote"},
    {"prepared K, X, both answers: forward", PREPARED, 'K', .found = BOTH(6, ""),
     .positions = LEDGER, .assume = COMMITTED, .expected = LEAT_RECOVERY_FORWARD},
    {"prepared K, X, both answers: back", PREPARED, 'K', .found = BOTH(6, ""), .positions = LEDGER,
     .assume = ABORTED, .expected = LEAT_RECOVERY_BACK},
    {"prepared L, B: forward, the group is not asked", PREPARED, 'L', .found = BOTH(4, MARKER_4),
     .expected = LEAT_RECOVERY_FORWARD},
    {"prepared L, A: forward", PREPARED, 'L', .found = BOTH(5, MARKER_5),
     .expected = LEAT_RECOVERY_FORWARD},
    {"prepared L, 0: forward", PREPARED, 'L', .found = NOTHING, .expected = LEAT_RECOVERY_FORWARD},
    {"prepared L, X: forward", PREPARED, 'L', .found = BOTH(6, ""),
     .expected = LEAT_RECOVERY_FORWARD},

    {"settled, authority L, B: go on", SETTLED, 'L', .found = BOTH(3, "h"),
     .expected = LEAT_RECOVERY_GO_ON},
    {"settled, authority L, A: go on", SETTLED, 'L', .found = BOTH(4, MARKER_4),
     .expected = LEAT_RECOVERY_GO_ON},
    {"settled, authority L, 0: go on", SETTLED, 'L', .found = NOTHING,
     .expected = LEAT_RECOVERY_GO_ON},
    {"settled, authority L, X: group not asked", SETTLED, 'L', .found = BOTH(6, ""),
     .expected = LEAT_RECOVERY_GO_ON},
    {"authority L, old copy: --positions=ledger goes on from it", SETTLED, 'L',
     .found = BOTH(5, MARKER_5), .positions = LEDGER, .expected = LEAT_RECOVERY_GO_ON},
    {"authority L, old copy: --positions=group decides", SETTLED, 'L', .found = BOTH(5, MARKER_5),
     .positions = GROUP, .expected = LEAT_RECOVERY_TAKE_OVER},
    {"authority A, another's marker: --positions=group decides", WITH_PLAN, 'A',
     .found = BOTH(2, "leat:1:" OTHERS ":2:1.1:2000"), .positions = GROUP,
     .expected = LEAT_RECOVERY_TAKE_OVER},
    {"authority L, the group is behind: --positions=group answers no question", SETTLED, 'L',
     .found = BOTH(3, "leat:1:" OURS ":3:1.1:3000"), .positions = GROUP,
     .expected = LEAT_RECOVERY_GO_ON},
    {"(3) group: only stateless", SETTLED, 'L', .stateful = true, .found = BOTH(5, MARKER_5),
     .positions = GROUP, .expected = LEAT_RECOVERY_STOP, .sentence = "only without state"},
    {"plan, authority L, X: run plan(n) again", WITH_PLAN, 'L', .found = BOTH(6, ""),
     .expected = LEAT_RECOVERY_GO_ON},
    {"settled, authority A, 0: go on", SETTLED, 'A', .found = NOTHING,
     .expected = LEAT_RECOVERY_GO_ON},
    {"plan, authority A, X: run plan(n) again", WITH_PLAN, 'A', .found = BOTH(6, ""),
     .expected = LEAT_RECOVERY_GO_ON},

    {"no dir, marker '-': go on after n", NO_DIRECTORY, 'K',
     .found = BOTH(9, "leat:1:-:9:1.1:9000"), .expected = LEAT_RECOVERY_RESUME},
    {"no dir, marker '-', absent partitions = new: earliest", NO_DIRECTORY, 'K',
     .found = {{0, NULL}, {9, "leat:1:-:9:1.1:9000"}}, .expected = LEAT_RECOVERY_RESUME},
    {"no dir, 0: first start", NO_DIRECTORY, 'K', .found = NOTHING,
     .expected = LEAT_RECOVERY_GENESIS},
    {"no dir, no marker: take over its offsets", NO_DIRECTORY, 'K', .found = {{7, ""}, {0, NULL}},
     .expected = LEAT_RECOVERY_TAKE_OVER},
    {"no dir, lineage marker: stop (2)", NO_DIRECTORY, 'K',
     .found = BOTH(7, "leat:1:" OTHERS ":9:1.1:9000"), .expected = LEAT_RECOVERY_STOP,
     .sentence = "belongs to lineage " OTHERS},
    {"no dir, a lineage marker behind a marker '-': stop (2)", NO_DIRECTORY, 'K',
     .found = {{9, "leat:1:-:9:1.1:9000"}, {7, "leat:1:" OTHERS ":9:1.1:9000"}},
     .expected = LEAT_RECOVERY_STOP, .sentence = OTHERS},
    {"no dir, authority A, marker '-': go on after n", NO_DIRECTORY, 'A',
     .found = {{0, NULL}, {9, "leat:1:-:9:1.1:9000"}}, .expected = LEAT_RECOVERY_RESUME},
    {"no dir, authority L, marker '-': go on after n", NO_DIRECTORY, 'L',
     .found = {{0, NULL}, {9, "leat:1:-:9:1.1:9000"}}, .expected = LEAT_RECOVERY_RESUME},
    {"no dir, authority A, 0: first start", NO_DIRECTORY, 'A', .found = NOTHING,
     .expected = LEAT_RECOVERY_GENESIS},
    {"no dir, authority L, no marker: take over its offsets", NO_DIRECTORY, 'L',
     .found = {{7, ""}, {0, NULL}}, .expected = LEAT_RECOVERY_TAKE_OVER},
    {"no dir, authority A, lineage marker: stop (2)", NO_DIRECTORY, 'A',
     .found = BOTH(7, "leat:1:" OTHERS ":9:1.1:9000"), .positions = GROUP,
     .expected = LEAT_RECOVERY_STOP, .sentence = "--adopt"},
    {"no dir, authority L, (2): --adopt", NO_DIRECTORY, 'L',
     .found = BOTH(7, "leat:1:" OTHERS ":9:1.1:9000"), .adopt = true,
     .expected = LEAT_RECOVERY_TAKE_OVER},
    {"no dir, (2): --adopt", NO_DIRECTORY, 'K', .found = BOTH(7, "leat:1:" OTHERS ":9:1.1:9000"),
     .adopt = true, .expected = LEAT_RECOVERY_TAKE_OVER},
};

/* Of the traces those in which a start decides; the others are about an order of steps. */
static const struct cell traces[] = {
    {"prepared(1), c, crash: the delta is not applied before the renames", PREPARED, 'K',
     .found = BOTH(5, MARKER_5), .expected = LEAT_RECOVERY_FORWARD},
    {"prepared(1), c, crash, offsets expire: not again", PREPARED, 'K', .found = NOTHING,
     .expected = LEAT_RECOVERY_STOP, .sentence = "cannot be known"},
    {"prepared(1), c, crash, restart with another group: the recorded one settles it", PREPARED,
     'K', .other_group = true, .found = BOTH(5, MARKER_5), .expected = LEAT_RECOVERY_FORWARD},
    {"prepared(1), c, crash, restart with other topics", PREPARED, 'K', .other_partitions = true,
     .found = BOTH(5, MARKER_5), .expected = LEAT_RECOVERY_FORWARD},
    {"prepared(1) not committed, restart with another group: back first", PREPARED, 'K',
     .other_group = true, .found = BOTH(4, MARKER_4), .expected = LEAT_RECOVERY_BACK},
    {"c(1), clock back, n=2 has the same T, EndTxn not executed: no batch lost", PREPARED, 'K',
     .found = BOTH(5, "leat:1:" OURS ":4:2.1:5000"), .expected = LEAT_RECOVERY_STOP,
     .sentence = ":4:2.1:5000"},
    {"plan(1), backup, c(1), backup restored: not twice", WITH_PLAN, 'K',
     .found = BOTH(5, MARKER_5), .expected = LEAT_RECOVERY_STOP, .sentence = "old copy"},
    {"c(1), crash, directory deleted, start: state not lost in silence", NO_LEDGER, 'K',
     .found = BOTH(5, MARKER_5), .expected = LEAT_RECOVERY_STOP, .sentence = "belongs to lineage"},
    {"c(1), crash, started without directory: not from the group", NO_DIRECTORY, 'K',
     .found = BOTH(5, MARKER_5), .expected = LEAT_RECOVERY_STOP, .sentence = "belongs to lineage"},
    {"empty batch with output, c unanswered: same offsets, the marker tells", PREPARED, 'K',
     .found = BOTH(4, MARKER_5), .expected = LEAT_RECOVERY_STOP, .sentence = "found 4"},
};

static void fill_image(struct leat_image *image, struct leat_image_entry *entries,
                       const struct spot spots[PARTITIONS])
{
    for (int32_t i = 0; i < PARTITIONS; i++) {
        entries[i] = (struct leat_image_entry){"orders", i, {.offset = -1}};
        if (spots[i].metadata == NULL)
            continue;
        entries[i].at.offset = spots[i].offset;
        snprintf(entries[i].at.metadata, sizeof entries[i].at.metadata, "%s", spots[i].metadata);
    }
    *image = (struct leat_image){entries, PARTITIONS};
}

/* What the ledger of a row has, and what the group is compared with. */
static void fill_view(const struct cell *cell, struct leat_image_entry entries[][PARTITIONS],
                      struct leat_ledger_view *view)
{
    static const struct spot h[] = BOTH(3, "h");
    static const struct spot four[] = BOTH(4, MARKER_4);
    static const struct spot five[] = BOTH(5, MARKER_5);

    *view = (struct leat_ledger_view){.is_new = cell->row == NO_LEDGER, .lineage = OURS};
    if (view->is_new)
        return;
    view->settled.n = 4;
    fill_image(&view->settled.image, entries[0], four);
    view->anchoring.present = cell->row == ANCHORING;
    fill_image(&view->anchoring.before, entries[1], h);
    fill_image(&view->anchoring.after, entries[2], four);
    view->plan.present = cell->row == WITH_PLAN;
    view->plan.n = 5;
    view->prepared.present = cell->row == PREPARED;
    view->prepared.n = 5;
    view->prepared.authority = (enum leat_authority)cell->authority;
    fill_image(&view->prepared.before, entries[3], four);
    fill_image(&view->prepared.after, entries[4], five);
}

static enum leat_group_match match_of(const struct leat_ledger_view *view,
                                      const struct leat_image *found)
{
    struct leat_group_offset offsets[PARTITIONS];

    for (size_t i = 0; i < PARTITIONS; i++)
        offsets[i] = found->entries[i].at;
    if (view->prepared.present)
        return leat_image_match(&view->prepared.before, &view->prepared.after, offsets);
    if (view->anchoring.present)
        return leat_image_match(&view->anchoring.before, &view->anchoring.after, offsets);
    return leat_image_match(NULL, &view->settled.image, offsets);
}

static void check_cell(const struct cell *cell)
{
    struct leat_image_entry entries[5][PARTITIONS], found_entries[PARTITIONS];
    struct leat_ledger_view view;
    struct leat_image found;
    leat_error err = {LEAT_OK, ""};
    struct leat_recovery_input input = {.exactly_once = cell->authority != 'A',
                                        .kafka_authority = cell->authority == 'K',
                                        .same_group = !cell->other_group,
                                        .stateless = !cell->stateful,
                                        .found = &found,
                                        .adopt = cell->adopt,
                                        .positions = cell->positions,
                                        .assume = cell->assume};

    input.same_identity = !cell->other_group && !cell->other_partitions;
    fill_view(cell, entries, &view);
    fill_image(&found, found_entries, cell->found);
    input.ledger = cell->row == NO_DIRECTORY ? NULL : &view;
    input.match = match_of(&view, &found);
    if (leat_recovery_decide(&input, &err) != cell->expected ||
        (cell->sentence != NULL && strstr(err.message, cell->sentence) == NULL)) {
        fprintf(stderr, "%s\n  decided %d, expected %d: %s\n", cell->says,
                (int)leat_recovery_decide(&input, NULL), (int)cell->expected, err.message);
        CHECK(0);
    }
    CHECK((err.status != LEAT_OK) == (cell->expected == LEAT_RECOVERY_STOP));
}

static void every_cell_of_the_recovery_table_is_decided_so(void)
{
    for (size_t i = 0; i < COUNT(table); i++)
        check_cell(&table[i]);
}

static void every_trace_of_a_start_is_decided_so(void)
{
    for (size_t i = 0; i < COUNT(traces); i++)
        check_cell(&traces[i]);
}

static void a_stop_without_memory_still_stops(void)
{
    for (size_t i = 0; i < COUNT(table); i++) {
        struct cell cell = table[i];

        cell.sentence = NULL;
        leat_memory_fail_after(0);
        check_cell(&cell);
        leat_memory_fail_after(-1);
    }
}

static struct leat_image image_of(struct leat_image_entry *entries, const struct spot *spots)
{
    struct leat_image image;

    fill_image(&image, entries, spots);
    return image;
}

static enum leat_group_match match(const struct spot *before, const struct spot *after,
                                   const struct spot *found)
{
    struct leat_image_entry b[PARTITIONS], a[PARTITIONS], f[PARTITIONS];
    struct leat_image images[] = {image_of(b, before), image_of(a, after)};
    struct leat_group_offset offsets[PARTITIONS];

    image_of(f, found);
    for (size_t i = 0; i < PARTITIONS; i++)
        offsets[i] = f[i].at;
    return leat_image_match(&images[0], &images[1], offsets);
}

static void a_group_is_compared_by_exact_images(void)
{
    static const struct spot b[] = BOTH(4, MARKER_4), a[] = BOTH(5, MARKER_5), none[] = NOTHING;
    static const struct spot mixed[] = {{4, MARKER_4}, {5, MARKER_5}};
    static const struct spot partly[] = {{4, MARKER_4}, {0, NULL}};
    static const struct spot bare[] = BOTH(5, ""), ahead[] = BOTH(6, MARKER_5);

    CHECK(match(b, a, b) == LEAT_GROUP_BEFORE);
    CHECK(match(b, a, a) == LEAT_GROUP_AFTER);
    CHECK(match(b, a, none) == LEAT_GROUP_ABSENT);
    CHECK(match(b, a, mixed) == LEAT_GROUP_OTHER);
    CHECK(match(b, a, partly) == LEAT_GROUP_OTHER);
    CHECK(match(b, a, bare) == LEAT_GROUP_OTHER);
    CHECK(match(b, a, ahead) == LEAT_GROUP_OTHER);
    CHECK(match(none, a, none) == LEAT_GROUP_BEFORE);
    CHECK(match(partly, a, partly) == LEAT_GROUP_BEFORE);
}

static void an_image_of_nothing_proves_nothing(void)
{
    struct leat_image empty = {NULL, 0};
    struct leat_ledger_view view = {
        .lineage = OURS, .prepared = {.present = true, .n = 1, .authority = LEAT_AUTHORITY_KAFKA}};
    struct leat_recovery_input input = {.ledger = &view,
                                        .exactly_once = true,
                                        .kafka_authority = true,
                                        .same_group = true,
                                        .same_identity = true,
                                        .stateless = true};

    input.match = leat_image_match(&empty, &empty, NULL);
    CHECK(input.match == LEAT_GROUP_ABSENT);
    CHECK(leat_recovery_decide(&input, NULL) == LEAT_RECOVERY_STOP);
}

static const struct check_case cases[] = {
    CHECK_CASE(every_cell_of_the_recovery_table_is_decided_so),
    CHECK_CASE(every_trace_of_a_start_is_decided_so),
    CHECK_CASE(a_stop_without_memory_still_stops),
    CHECK_CASE(a_group_is_compared_by_exact_images),
    CHECK_CASE(an_image_of_nothing_proves_nothing),
};
CHECK_MAIN(cases)
