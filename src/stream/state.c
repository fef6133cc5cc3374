/* state: see state.h. */
#include "stream/state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "exec/wide.h"
#include "graph/graph.h"
#include "record/type.h"
#include "state/store.h"
#include "wide/state.h"

enum { NAME_BYTES = 160 };

/* ---- before anything is opened ---- */

static bool is_window(const struct leat_stateful *stateful)
{
    return stateful->length != 0 || stateful->stream->node.kind == LEAT_OPERATOR_WINDOW ||
           stateful->stream->node.kind == LEAT_OPERATOR_REDUCE_BY_KEY_AND_WINDOW;
}

/* How often a stream gives an RDD, in ms. */
static leat_duration slide_of(const struct leat_engine *engine, const struct leat_dstream *stream)
{
    const struct leat_stateful *stateful = stream->node.stateful;

    if (stateful != NULL && stateful->stream == stream && is_window(stateful))
        return stateful->slide > 0 ? stateful->slide : slide_of(engine, stream->parents[0]);
    return stream->parent_count == 0 ? engine->interval_ms : slide_of(engine, stream->parents[0]);
}

static leat_status check_window(const struct leat_engine *engine,
                                const struct leat_stateful *stateful, leat_error *err)
{
    const struct leat_node *node = &stateful->stream->node;
    leat_duration unit = slide_of(engine, stateful->stream->parents[0]);

    if (engine->interval_ms == 0)
        return leat_fail(err, LEAT_INVALID,
                         "%s at %s: window '%s' needs batches at fixed times; set an interval",
                         leat_operator_name(node->kind), node->where, stateful->name);
    if (stateful->length <= 0 || stateful->length % unit != 0)
        return leat_fail(err, LEAT_INVALID,
                         "%s at %s: the length of window '%s', %" PRId64
                         " ms, must be a multiple of its stream's slide, %" PRId64 " ms",
                         leat_operator_name(node->kind), node->where, stateful->name,
                         stateful->length, unit);
    if (stateful->slide < 0 || stateful->slide % unit != 0)
        return leat_fail(err, LEAT_INVALID,
                         "%s at %s: the slide of window '%s', %" PRId64
                         " ms, must be a multiple of its stream's slide, %" PRId64 " ms",
                         leat_operator_name(node->kind), node->where, stateful->name,
                         stateful->slide, unit);
    return LEAT_OK;
}

static leat_status check_slides(const struct leat_engine *engine, leat_error *err)
{
    for (const struct leat_dstream *s = engine->ssc->streams; s != NULL; s = s->next) {
        if (s->parent_count < 2 ||
            slide_of(engine, s->parents[0]) == slide_of(engine, s->parents[1]))
            continue;
        return leat_fail(err, LEAT_INVALID,
                         "%s at %s: its streams slide by %" PRId64 " and %" PRId64
                         " ms; both must have the same slide",
                         leat_operator_name(s->node.kind), s->node.where,
                         slide_of(engine, s->parents[0]), slide_of(engine, s->parents[1]));
    }
    return LEAT_OK;
}

leat_status leat_state_check(const struct leat_engine *engine, leat_error *err)
{
    struct leat_stateful *stateful = engine->ssc->stateful;

    for (; stateful != NULL; stateful = stateful->next) {
        const struct leat_node *node = &stateful->stream->node;

        if (!stateful->stream->used)
            continue;
        if (engine->ssc->checkpoint == NULL && !engine->parts.state_in_memory)
            return leat_fail(err, LEAT_INVALID,
                             "%s at %s needs a checkpoint directory; set "
                             "leat.checkpoint.directory",
                             leat_operator_name(node->kind), node->where);
        if (!is_window(stateful))
            continue;
        LEAT_TRY(check_window(engine, stateful, err));
        if (stateful->slide == 0)
            stateful->slide = slide_of(engine, stateful->stream);
    }
    return check_slides(engine, err);
}

/* ---- the stores ---- */

leat_status leat_state_open(struct leat_engine *engine, leat_error *err)
{
    struct leat_stores_options options = {
        .checkpoint = engine->ledger == NULL ? NULL : leat_ledger_checkpoint(engine->ledger),
        .slots = (uint32_t)engine->settings.slots,
        .memory_bytes = (size_t)engine->settings.memory_limit_bytes / 4};

    if (engine->ledger == NULL && engine->ssc->stateful == NULL)
        return LEAT_OK;
    LEAT_TRY(leat_stores_open(&options, &engine->stores, err));
    if (engine->ledger != NULL)
        leat_ledger_attach_stores(engine->ledger, engine->stores);
    return LEAT_OK;
}

/* "string -> i64": what is stored under the name. */
static void describe(const struct leat_stateful *stateful, char *out, size_t size)
{
    const struct leat_node *node = &stateful->stream->node;
    const struct leat_node *parent = &stateful->stream->parents[0]->node;
    bool is_state = node->kind == LEAT_OPERATOR_UPDATE_STATE_BY_KEY ||
                    node->kind == LEAT_OPERATOR_MAP_WITH_STATE;

    snprintf(out, size, "%s -> %s", leat_type_name(is_state ? parent->key_type : node->key_type),
             leat_type_name(is_state ? stateful->state_type : node->value_type));
}

static leat_status declare_store(struct leat_engine *engine, struct leat_stateful *stateful,
                                 int index, const char *suffix, leat_error *err)
{
    const struct leat_node *node = &stateful->stream->node;
    char name[NAME_BYTES];
    char kind[64];
    char type[64];
    struct leat_store_definition definition = {
        .name = name, .kind = kind, .type = type, .where = node->where};

    snprintf(name, sizeof name, "%s%s", stateful->name, suffix);
    snprintf(kind, sizeof kind, "%s%s", leat_operator_name(node->kind),
             stateful->inverse != NULL ? " with inverse" : "");
    describe(stateful, type, sizeof type);
    return leat_stores_declare(engine->stores, &definition, &stateful->stores[index], err);
}

static leat_status declare_begun(struct leat_engine *engine, leat_error *err)
{
    struct leat_store_definition definition = {
        .name = LEAT_STATE_BEGUN, .kind = "names", .type = "string -> bytes", .where = "leat"};

    return leat_stores_declare(engine->stores, &definition, &engine->begun, err);
}

/* ---- names that have begun ---- */

/* A store of names, with "noted" for those whose keys expire by the expiry store: what a batch
 * begins counts or is dropped with all else that it did to state. A name in the checkpoint says
 * less: it may be of a batch that was rolled back, or that did not run the operator. */
struct begun_key {
    leat_bytes key;
    uint32_t hash;
    uint32_t slot;
};

static struct begun_key begun_key_of(const struct leat_engine *engine,
                                     const struct leat_stateful *stateful)
{
    leat_bytes key = leat_string(stateful->name);
    uint32_t hash = leat_key_hash(key);

    return (struct begun_key){key, hash, leat_stores_slot(engine->stores, hash)};
}

static leat_status find_begun(struct leat_engine *engine, struct leat_stateful *stateful,
                              leat_error *err)
{
    struct begun_key at = begun_key_of(engine, stateful);
    struct leat_state_entry entry = {.updated_at = -1};

    LEAT_TRY(leat_store_get(engine->begun, at.slot, at.hash, at.key, &entry, err));
    stateful->is_new = entry.value.data == NULL;
    stateful->is_noted = entry.value.size > 0;
    return LEAT_OK;
}

/* Whether its keys expire by the expiry store, which a batch without that leaves behind. */
static bool has_sweep(const struct leat_stateful *stateful)
{
    return (stateful->timeout > 0 || stateful->time_to_live > 0) &&
           (stateful->touched_keys_only ||
            stateful->stream->node.kind == LEAT_OPERATOR_MAP_WITH_STATE);
}

leat_status leat_state_begin(struct leat_engine *engine, leat_error *err)
{
    for (struct leat_stateful *s = engine->ssc->stateful; s != NULL; s = s->next) {
        struct begun_key at = begun_key_of(engine, s);
        leat_bytes value = leat_string(has_sweep(s) ? "noted" : "");

        if (s->ran && (s->is_new || s->is_noted != has_sweep(s)))
            LEAT_TRY(leat_store_put(engine->begun, at.slot, at.hash, at.key, value,
                                    engine->run.time, err));
    }
    return LEAT_OK;
}

/* ---- a start, and a batch's end ---- */

leat_status leat_state_declare(struct leat_engine *engine, leat_error *err)
{
    if (engine->ssc->stateful != NULL)
        LEAT_TRY(declare_begun(engine, err));
    for (struct leat_stateful *s = engine->ssc->stateful; s != NULL; s = s->next) {
        enum leat_operator kind = s->stream->node.kind;

        s->last_time = -1;
        if (!s->stream->used)
            continue;
        LEAT_TRY(find_begun(engine, s, err));
        if (kind != LEAT_OPERATOR_WINDOW)
            LEAT_TRY(declare_store(engine, s, LEAT_STORE_STATE, "", err));
        if (has_sweep(s))
            LEAT_TRY(declare_store(engine, s, LEAT_STORE_EXPIRY, "#expiry", err));
        if (!is_window(s))
            continue;
        LEAT_TRY(declare_store(engine, s, LEAT_STORE_EXPIRY, "#panes", err));
        LEAT_TRY(declare_store(engine, s, LEAT_STORE_TIMES, "#times", err));
    }
    return LEAT_OK;
}

bool leat_state_has_changes(const struct leat_engine *engine)
{
    return engine->stores != NULL && leat_stores_have_changes(engine->stores);
}

void leat_state_accept(struct leat_engine *engine)
{
    if (engine->stores == NULL)
        return;
    leat_stores_accept(engine->stores);
    for (struct leat_stateful *s = engine->ssc->stateful; s != NULL; s = s->next) {
        s->is_new = s->is_new && !s->ran;
        s->is_noted = s->ran ? has_sweep(s) : s->is_noted;
    }
}

void leat_state_finish(struct leat_engine *engine)
{
    for (struct leat_stateful *s = engine->ssc->stateful; s != NULL; s = s->next)
        if (s->ran)
            s->last_time = engine->run.time;
}

void leat_state_revert(struct leat_engine *engine)
{
    if (engine->stores != NULL)
        leat_stores_revert(engine->stores);
}
