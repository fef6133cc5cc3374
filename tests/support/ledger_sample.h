/*
 * ledger_sample: one of each record of a ledger: batch 4 is settled, batch 5 prepared.
 */
#ifndef LEAT_TESTS_LEDGER_SAMPLE_H
#define LEAT_TESTS_LEDGER_SAMPLE_H

#include "ledger/ledger.h"
#include "tests/support/scratch.h"

enum { SAMPLE_SLOTS = 64 };

#define SAMPLE_MARKER_4 "leat:1:0123456789abcdef:4:2.1:4000"
#define SAMPLE_MARKER_5 "leat:1:0123456789abcdef:5:2.1:5000"

static struct leat_image_entry sample_h[] = {{"orders", 0, {.offset = -1}},
                                             {"orders", 1, {38, "h"}}};
static struct leat_image_entry sample_four[] = {{"orders", 0, {40, SAMPLE_MARKER_4}},
                                                {"orders", 1, {41, SAMPLE_MARKER_4}}};
static struct leat_image_entry sample_five[] = {{"orders", 0, {50, SAMPLE_MARKER_5}},
                                                {"orders", 1, {51, SAMPLE_MARKER_5}}};
static struct leat_position sample_positions_4[] = {{"in", "orders", 0, 40, 39, 3999},
                                                    {"in", "orders", 1, 41, -1, -1},
                                                    {"left the job", "old", 7, 9, 8, 77}};
static struct leat_position sample_positions_5[] = {{"in", "orders", 0, 50, 49, 4999},
                                                    {"in", "orders", 1, 51, 50, 4998},
                                                    {"left the job", "old", 7, 9, 8, 77}};
static struct leat_plan_range sample_ranges[] = {{"in", "orders", 0, 40, 50},
                                                 {"in", "orders", 1, 41, 51}};
static const struct leat_rename sample_renames[] = {{"/out/.leat-x/5.2.1/a", "/out/a-5"},
                                                    {"/out/.leat-x/5.2.1/b", "/out/b-5"}};

static const struct leat_identity sample_identity = {"leat-orders-app", "orders-app", "cluster-1",
                                                     "localhost:9092"};
static const struct leat_settled sample_settled = {
    4, 4000, "2.1", {sample_positions_4, 3}, {sample_four, 2}};
static const struct leat_anchoring sample_anchoring = {true, {sample_h, 2}, {sample_four, 2}};
static const struct leat_plan sample_plan = {true, 5, 5000, true, sample_ranges, 2};
static const struct leat_prepared sample_prepared = {
    true,
    5,
    5000,
    LEAT_AUTHORITY_KAFKA,
    "2.1",
    {"leat-orders-app", "orders-app", "cluster-1", "localhost:9092"},
    {sample_four, 2},
    {sample_five, 2},
    {sample_positions_5, 3},
    {true, 5, 5000, true, sample_ranges, 2},
    sample_renames,
    2};

static inline struct leat_ledger *sample_open(const char *directory)
{
    struct leat_ledger *ledger;
    leat_error err;

    if (leat_ledger_open(directory, SAMPLE_SLOTS, &ledger, &err) != LEAT_OK) {
        fprintf(stderr, "%s\n", err.message);
        CHECK(0);
    }
    return ledger;
}

static inline struct leat_ledger_view sample_load(struct leat_ledger *ledger)
{
    struct leat_ledger_view view;
    leat_error err;

    if (leat_ledger_load(ledger, &view, &err) != LEAT_OK) {
        fprintf(stderr, "%s\n", err.message);
        CHECK(0);
    }
    return view;
}

/* ---- comparing what was read with what was written ---- */

static inline bool sample_same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static inline void sample_check_image(const struct leat_image *a, const struct leat_image *b)
{
    CHECK(a->count == b->count);
    for (size_t i = 0; i < a->count; i++) {
        CHECK(strcmp(a->entries[i].topic, b->entries[i].topic) == 0);
        CHECK(a->entries[i].partition == b->entries[i].partition);
        CHECK(a->entries[i].at.offset == b->entries[i].at.offset);
        CHECK(strcmp(a->entries[i].at.metadata, b->entries[i].at.metadata) == 0);
    }
}

static inline void sample_check_positions(const struct leat_positions *a,
                                          const struct leat_positions *b)
{
    CHECK(a->count == b->count);
    for (size_t i = 0; i < a->count; i++) {
        const struct leat_position *x = &a->entries[i], *y = &b->entries[i];

        CHECK(strcmp(x->source, y->source) == 0 && strcmp(x->topic, y->topic) == 0);
        CHECK(x->partition == y->partition && x->offset == y->offset);
        CHECK(x->last_offset == y->last_offset && x->last_timestamp_ms == y->last_timestamp_ms);
    }
}

static inline void sample_check_identity(const struct leat_identity *a,
                                         const struct leat_identity *b)
{
    CHECK(sample_same_text(a->transactional_id, b->transactional_id));
    CHECK(sample_same_text(a->group, b->group) && sample_same_text(a->cluster_id, b->cluster_id));
    CHECK(sample_same_text(a->brokers, b->brokers));
}

static inline void sample_check_settled(const struct leat_settled *a, const struct leat_settled *b)
{
    CHECK(a->n == b->n && a->time == b->time && strcmp(a->attempt, b->attempt) == 0);
    sample_check_positions(&a->positions, &b->positions);
    sample_check_image(&a->image, &b->image);
}

static inline void sample_check_anchoring(const struct leat_anchoring *a,
                                          const struct leat_anchoring *b)
{
    CHECK(a->present == b->present);
    sample_check_image(&a->before, &b->before);
    sample_check_image(&a->after, &b->after);
}

static inline void sample_check_plan(const struct leat_plan *a, const struct leat_plan *b)
{
    CHECK(a->present == b->present && a->n == b->n && a->time == b->time);
    CHECK(a->external == b->external && a->count == b->count);
    for (size_t i = 0; i < a->count; i++) {
        const struct leat_plan_range *x = &a->ranges[i], *y = &b->ranges[i];

        CHECK(strcmp(x->source, y->source) == 0 && strcmp(x->topic, y->topic) == 0);
        CHECK(x->partition == y->partition && x->from == y->from && x->until == y->until);
    }
}

static inline void sample_check_prepared(const struct leat_prepared *a,
                                         const struct leat_prepared *b)
{
    CHECK(a->present == b->present && a->n == b->n && a->time == b->time);
    CHECK(a->authority == b->authority && strcmp(a->attempt, b->attempt) == 0);
    sample_check_identity(&a->identity, &b->identity);
    sample_check_image(&a->before, &b->before);
    sample_check_image(&a->after, &b->after);
    sample_check_positions(&a->positions, &b->positions);
    sample_check_plan(&a->plan, &b->plan);
    CHECK(a->rename_count == b->rename_count);
    for (size_t i = 0; i < a->rename_count; i++) {
        CHECK(strcmp(a->renames[i].staged, b->renames[i].staged) == 0);
        CHECK(strcmp(a->renames[i].final, b->renames[i].final) == 0);
    }
}

#endif
