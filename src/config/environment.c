/* environment: LEAT_ variables: LEAT_BATCH_INTERVAL is leat.batch.interval. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "config/conf_internal.h"

/* Letters and digits count, so that LEAT_TASK_MAX_FAILURES and LEAT_TASK_MAXFAILURES are both
 * leat.task.maxFailures. */
static bool is_same_name(const char *variable, const char *key)
{
    for (;;) {
        variable += strspn(variable, "_");
        key += strspn(key, ".");
        if (*variable == '\0' || *key == '\0')
            return *variable == *key;
        if (*variable != toupper((unsigned char)*key))
            return false;
        variable++;
        key++;
    }
}

static void refuse_unknown(leat_conf *conf, const char *variable)
{
    struct leat_nearest nearest = {.word = variable};
    char candidate[LEAT_KEY_VARIABLE_MAX];
    const struct leat_key *near = NULL;

    for (size_t i = 0; i < LEAT_KEY_COUNT; i++) {
        size_t best = near == NULL ? SIZE_MAX : nearest.distance;

        if (!leat_key_variable(&leat_keys[i], candidate))
            continue;
        leat_nearest_offer(&nearest, candidate);
        if (nearest.name != NULL && nearest.distance < best)
            near = &leat_keys[i];
    }
    if (near == NULL || !leat_key_variable(near, candidate))
        candidate[0] = '\0';
    leat_conf_fail(
        conf, false, "environment variable %.128s names no setting%s%s%s; see leat config --list",
        variable, near == NULL ? "" : "; did you mean ", candidate, near == NULL ? "" : "?");
}

static void take_variable(leat_conf *conf, const char *variable, const char *value)
{
    char origin[LEAT_KEY_VARIABLE_MAX + 32];

    if (leat_conf_take_kafka_variable(conf, variable, value))
        return;
    for (size_t i = 0; i < LEAT_KEY_COUNT; i++) {
        if (!is_same_name(variable, leat_keys[i].name))
            continue;
        snprintf(origin, sizeof origin, "environment variable %s", variable);
        leat_conf_put(conf, RANK_ENVIRONMENT, origin, leat_keys[i].name, value);
        return;
    }
    refuse_unknown(conf, variable);
}

void leat_conf_take_environment(leat_conf *conf, char *const *environment)
{
    for (char *const *at = environment; at != NULL && *at != NULL; at++) {
        const char *equals = strchr(*at, '=');
        char *variable;

        if (strncmp(*at, "LEAT_", 5) != 0 || equals == NULL || equals[1] == '\0')
            continue; /* An empty variable is as good as none. */
        if (strncmp(*at, "LEAT_CRASH", 10) == 0 || strncmp(*at, "LEAT_TEST_", 10) == 0)
            continue; /* The test builds'. */
        variable = leat_arena_copy(&conf->arena, *at, (size_t)(equals - *at));
        if (variable == NULL)
            leat_conf_fail_memory(conf);
        else
            take_variable(conf, variable, equals + 1);
    }
}
