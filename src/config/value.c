/* value: see value.h. */
#include "config/value.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const struct leat_key leat_keys[] = {
#define X(field, kind, name, alias, value, lowest, highest, text) \
    {.key = name,                                                 \
     .spark = alias,                                              \
     .fallback = value,                                           \
     .low = lowest,                                               \
     .high = highest,                                             \
     .help = text,                                                \
     .type = LEAT_KEY_##kind,                                     \
     .offset = offsetof(struct leat_settings, field)},
    LEAT_KEY_MAP(X)
#undef X
};
const size_t leat_key_count = sizeof leat_keys / sizeof leat_keys[0];

const struct leat_idle_key leat_idle_keys[] = {
#define X(name, reason) {.key = name, .why = reason},
    LEAT_IDLE_KEY_MAP(X)
#undef X
};
const size_t leat_idle_key_count = sizeof leat_idle_keys / sizeof leat_idle_keys[0];

struct unit {
    const char *suffix;
    int64_t factor;
};

static const struct unit durations[] = {{"ms", 1},      {"s", 1000},    {"m", 60000},
                                        {"min", 60000}, {"h", 3600000}, {"d", 86400000},
                                        {"", 1},        {NULL, 0}};
static const struct unit sizes[] = {{"b", 1},
                                    {"k", 1 << 10},
                                    {"kb", 1 << 10},
                                    {"m", 1 << 20},
                                    {"mb", 1 << 20},
                                    {"g", 1 << 30},
                                    {"gb", 1 << 30},
                                    {"t", (int64_t)1 << 40},
                                    {"tb", (int64_t)1 << 40},
                                    {"", 1},
                                    {NULL, 0}};
static const struct unit numbers[] = {{"", 1}, {NULL, 0}};

static bool parse_units(const char *text, const struct unit *units, int64_t *out)
{
    char *end;
    long long number;

    errno = 0;
    number = strtoll(text, &end, 10);
    if (end == text || errno != 0 || number < 0)
        return false;
    for (; units->suffix != NULL; units++) {
        if (strcasecmp(end, units->suffix) != 0)
            continue;
        if (number > INT64_MAX / units->factor)
            return false;
        *out = number * units->factor;
        return true;
    }
    return false;
}

/* Spark's executors have their memory in MiB when no unit is given. */
static bool parse_size(const struct leat_key *key, const char *text, int64_t *out)
{
    size_t length = strlen(text);

    if (!parse_units(text, sizes, out))
        return false;
    if (strncmp(key->key, "spark.", 6) == 0 && length > 0 && text[length - 1] >= '0' &&
        text[length - 1] <= '9') {
        if (*out > INT64_MAX >> 20)
            return false;
        *out *= 1 << 20;
    }
    return true;
}

static bool parse_whole(const struct leat_key *key, const char *text, int64_t *out)
{
    switch (key->type) {
    case LEAT_KEY_DURATION:
        return parse_units(text, durations, out);
    case LEAT_KEY_SIZE:
        return parse_size(key, text, out);
    default:
        return parse_units(text, numbers, out);
    }
}

static bool parse_number(const char *text, double *out)
{
    char *end;

    errno = 0;
    *out = strtod(text, &end);
    return end != text && *end == '\0' && errno == 0 && isfinite(*out);
}

static bool parse_choice(const char *words, const char *text, int *out)
{
    size_t length = strlen(text);

    for (int index = 0;; index++) {
        size_t word = strcspn(words, "|");

        if (word == length && strncasecmp(words, text, length) == 0) {
            *out = index;
            return true;
        }
        if (words[word] == '\0')
            return false;
        words += word + 1;
    }
}

static leat_status refuse(const struct leat_key *key, const char *text, leat_error *err)
{
    if (key->type == LEAT_KEY_CHOICE)
        return leat_fail(err, LEAT_INVALID, "%s is '%s'; it takes one of %s", key->key, text,
                         key->low);
    return leat_fail(err, LEAT_INVALID, "%s is '%s'; it takes a %s", key->key, text,
                     leat_key_type_text(key));
}

static leat_status outside(const struct leat_key *key, const char *text, leat_error *err)
{
    if (key->high[0] == '\0')
        return leat_fail(err, LEAT_INVALID, "%s is '%s'; it must be at least %s", key->key, text,
                         key->low);
    return leat_fail(err, LEAT_INVALID, "%s is '%s'; it must be from %s to %s", key->key, text,
                     key->low, key->high);
}

static leat_status parse_ranged_whole(const struct leat_key *key, const char *text, void *field,
                                      leat_error *err)
{
    int64_t limit;
    int64_t value;

    if (!parse_whole(key, text, &value))
        return refuse(key, text, err);
    if (key->low[0] != '\0' && parse_whole(key, key->low, &limit) && value < limit)
        return outside(key, text, err);
    if (key->high[0] != '\0' && parse_whole(key, key->high, &limit) && value > limit)
        return outside(key, text, err);
    memcpy(field, &value, sizeof value);
    return LEAT_OK;
}

static leat_status parse_ranged_number(const struct leat_key *key, const char *text, void *field,
                                       leat_error *err)
{
    double limit;
    double value;

    if (!parse_number(text, &value))
        return refuse(key, text, err);
    if (key->low[0] != '\0' && parse_number(key->low, &limit) && value < limit)
        return outside(key, text, err);
    memcpy(field, &value, sizeof value);
    return LEAT_OK;
}

leat_status leat_key_parse(const struct leat_key *key, const char *text, struct leat_settings *out,
                           leat_error *err)
{
    void *field = (char *)out + key->offset;
    int word;
    bool on;

    switch (key->type) {
    case LEAT_KEY_BOOL:
        if (!parse_choice("false|true", text, &word))
            return refuse(key, text, err);
        on = word == 1;
        memcpy(field, &on, sizeof on);
        return LEAT_OK;
    case LEAT_KEY_CHOICE:
        if (!parse_choice(key->low, text, &word))
            return refuse(key, text, err);
        memcpy(field, &word, sizeof word);
        return LEAT_OK;
    case LEAT_KEY_TEXT:
        memcpy(field, &text, sizeof text);
        return LEAT_OK;
    case LEAT_KEY_NUMBER:
        return parse_ranged_number(key, text, field, err);
    default:
        return parse_ranged_whole(key, text, field, err);
    }
}

void leat_key_clear(const struct leat_key *key, struct leat_settings *out)
{
    char *field = (char *)out + key->offset;
    static const char *const nothing = NULL;
    int64_t unset = -1;
    double unset_number = -1;
    int unset_word = -1;

    switch (key->type) {
    case LEAT_KEY_BOOL:
        *field = 0;
        break;
    case LEAT_KEY_TEXT:
        memcpy(field, &nothing, sizeof nothing);
        break;
    case LEAT_KEY_NUMBER:
        memcpy(field, &unset_number, sizeof unset_number);
        break;
    case LEAT_KEY_CHOICE:
        memcpy(field, &unset_word, sizeof unset_word);
        break;
    default:
        memcpy(field, &unset, sizeof unset);
        break;
    }
}

const char *leat_key_type_text(const struct leat_key *key)
{
    static const char *const texts[] = {
        [LEAT_KEY_BOOL] = "true or false",
        [LEAT_KEY_DURATION] = "duration such as 500ms, 20s, 15m or 1h (a bare number is ms)",
        [LEAT_KEY_SIZE] = "size such as 512k, 256m or 1g (a bare number is bytes)",
        [LEAT_KEY_INTEGER] = "whole number of 0 or more",
        [LEAT_KEY_NUMBER] = "number",
        [LEAT_KEY_TEXT] = "text",
        [LEAT_KEY_CHOICE] = "word",
    };

    return texts[key->type];
}
