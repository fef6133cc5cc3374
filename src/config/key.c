/* key: see key.h. */
#include "config/key.h"

#include <ctype.h>
#include <string.h>

#include "base/nearest.h"
#include "config/idle_keys.h"

const struct leat_key leat_keys[LEAT_KEY_COUNT] = {
#define X(field, kind, key, alias, value, lowest, highest, text) \
    {.name = key,                                                \
     .spark = alias,                                             \
     .fallback = value,                                          \
     .low = lowest,                                              \
     .high = highest,                                            \
     .help = text,                                               \
     .type = LEAT_KEY_##kind,                                    \
     .offset = offsetof(struct leat_settings, field)},
    LEAT_KEY_MAP(X)
#undef X
};

const struct leat_idle_key leat_idle_keys[] = {
#define X(key, value, reason) {.name = key, .accepted = value, .why = reason},
    LEAT_IDLE_KEY_MAP(X)
#undef X
};
const size_t leat_idle_key_count = sizeof leat_idle_keys / sizeof leat_idle_keys[0];

const struct leat_key *leat_key_find(const char *name)
{
    if (name[0] == '\0')
        return NULL;
    for (size_t i = 0; i < LEAT_KEY_COUNT; i++)
        if (strcmp(leat_keys[i].name, name) == 0 || strcmp(leat_keys[i].spark, name) == 0)
            return &leat_keys[i];
    return NULL;
}

static bool is_family(const struct leat_idle_key *idle)
{
    return idle->name[strlen(idle->name) - 1] == '*';
}

const struct leat_idle_key *leat_idle_key_find(const char *name)
{
    for (size_t i = 0; i < leat_idle_key_count; i++) {
        const struct leat_idle_key *idle = &leat_idle_keys[i];
        size_t stem = strlen(idle->name) - 1;

        if (is_family(idle) ? strncmp(idle->name, name, stem) == 0 && name[stem] != '\0'
                            : strcmp(idle->name, name) == 0)
            return idle;
    }
    return NULL;
}

const char *leat_key_nearest(const char *name)
{
    struct leat_nearest nearest = {.word = name};

    for (size_t i = 0; i < LEAT_KEY_COUNT; i++) {
        leat_nearest_offer(&nearest, leat_keys[i].name);
        if (leat_keys[i].spark[0] != '\0')
            leat_nearest_offer(&nearest, leat_keys[i].spark);
    }
    for (size_t i = 0; i < leat_idle_key_count; i++)
        if (!is_family(&leat_idle_keys[i]))
            leat_nearest_offer(&nearest, leat_idle_keys[i].name);
    return nearest.name;
}

bool leat_key_variable(const struct leat_key *key, char out[LEAT_KEY_VARIABLE_MAX])
{
    size_t size = 0;

    if (strncmp(key->name, "leat.", 5) != 0)
        return false;
    for (const char *at = key->name; *at != '\0' && size < LEAT_KEY_VARIABLE_MAX - 2; at++) {
        if (isupper((unsigned char)*at))
            out[size++] = '_';
        out[size++] = (char)(*at == '.' ? '_' : toupper((unsigned char)*at));
    }
    out[size] = '\0';
    return true;
}
