/* value: see value.h. */
#include "config/value.h"

#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"

/* The longest suffixes that fit come first when a value is printed. */
struct unit {
    const char *suffix;
    int64_t factor;
    bool is_printed;
};

static const struct unit durations[] = {
    {"d", 86400000, true}, {"h", 3600000, true}, {"m", 60000, true}, {"min", 60000, false},
    {"s", 1000, true},     {"ms", 1, true},      {"", 1, false},     {NULL, 0, false}};
static const struct unit sizes[] = {{"p", (int64_t)1 << 50, true},
                                    {"pb", (int64_t)1 << 50, false},
                                    {"t", (int64_t)1 << 40, true},
                                    {"tb", (int64_t)1 << 40, false},
                                    {"g", 1 << 30, true},
                                    {"gb", 1 << 30, false},
                                    {"m", 1 << 20, true},
                                    {"mb", 1 << 20, false},
                                    {"k", 1 << 10, true},
                                    {"kb", 1 << 10, false},
                                    {"b", 1, true},
                                    {"", 1, false},
                                    {NULL, 0, false}};
static const struct unit numbers[] = {{"", 1, true}, {NULL, 0, false}};

static const struct unit *units_of(const struct leat_key *key)
{
    switch (key->type) {
    case LEAT_KEY_DURATION:
        return durations;
    case LEAT_KEY_SIZE:
    case LEAT_KEY_MEMORY:
        return sizes;
    default:
        return numbers;
    }
}

/* Digits with a sign; returns what follows, NULL when there are none. *out stops at the limits of
 * an int64_t. */
static const char *parse_digits(const char *text, int64_t *out)
{
    char *end;

    if (text[strspn(text, "+-")] < '0' || text[strspn(text, "+-")] > '9')
        return NULL;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return end == text ? NULL : end;
}

bool leat_parse_i64(const char *text, int64_t *out)
{
    int64_t number;
    const char *rest = parse_digits(text, &number);

    if (rest == NULL || *rest != '\0' || errno != 0)
        return false;
    *out = number;
    return true;
}

static bool has_digits_only(const char *text)
{
    return text[strspn(text, "0123456789+-")] == '\0';
}

/* *out stops at the limits of an int64_t: no setting goes that far. */
static bool parse_whole(const struct leat_key *key, const char *text, int64_t *out)
{
    const struct unit *unit = units_of(key);
    const char *suffix = parse_digits(text, out);
    int64_t factor;

    if (suffix == NULL)
        return false;
    while (unit->suffix != NULL && strcasecmp(suffix, unit->suffix) != 0)
        unit++;
    if (unit->suffix == NULL)
        return false;
    factor = key->type == LEAT_KEY_MEMORY && has_digits_only(text) ? 1 << 20 : unit->factor;
    if (*out > INT64_MAX / factor)
        *out = INT64_MAX;
    else if (*out < INT64_MIN / factor)
        *out = INT64_MIN;
    else
        *out *= factor;
    return true;
}

/* A number has a point in it whatever language the job's user speaks. */
static locale_t enter_c_locale(locale_t *previous)
{
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);

    *previous = uselocale(plain);
    return plain;
}

static void leave_c_locale(locale_t plain, locale_t previous)
{
    uselocale(previous);
    if (plain != (locale_t)0)
        freelocale(plain);
}

static bool parse_number(const char *text, double *out)
{
    locale_t previous;
    locale_t plain;
    char *end;

    if (text[strspn(text, "0123456789+-.eE")] != '\0')
        return false;
    plain = enter_c_locale(&previous);
    errno = 0;
    *out = strtod(text, &end);
    leave_c_locale(plain, previous);
    return end != text && *end == '\0' && isfinite(*out);
}

/* The index of the word that text is; -1: none. */
static int find_word(const char *words, const char *text)
{
    size_t length = strlen(text);

    for (int index = 0;; index++) {
        size_t word = strcspn(words, "|");

        if (word == length && strncasecmp(words, text, length) == 0)
            return index;
        if (words[word] == '\0')
            return -1;
        words += word + 1;
    }
}

/* ---- what a key takes ---- */

/* "fail|earliest|latest" is "fail, earliest or latest". */
static bool print_words(const char *words, struct leat_buffer *out)
{
    while (*words != '\0') {
        size_t length = strcspn(words, "|");
        const char *next = words + length + (words[length] == '|' ? 1 : 0);
        bool is_last_but_one = *next != '\0' && strchr(next, '|') == NULL;

        if (!leat_buffer_printf(out, "%.*s%s", (int)length, words,
                                *next == '\0'     ? ""
                                : is_last_but_one ? " or "
                                                  : ", "))
            return false;
        words = next;
    }
    return true;
}

static bool print_range(const struct leat_key *key, struct leat_buffer *out)
{
    const char *zero = strncmp(key->low, "0|", 2) == 0 ? "0 or " : "";

    return leat_buffer_printf(out, "%sfrom %s to %s", zero, key->low + (*zero == '\0' ? 0 : 2),
                              key->high);
}

bool leat_key_print_type(const struct leat_key *key, struct leat_buffer *out)
{
    static const char *const texts[] = {
        [LEAT_KEY_BOOL] = "true or false",
        [LEAT_KEY_DURATION] = "a duration such as 500ms, 20s, 15m or 1h (a bare number is ms)",
        [LEAT_KEY_SIZE] = "a size such as 512k, 256m or 1g (a bare number is bytes)",
        [LEAT_KEY_MEMORY] = "a size such as 512m or 1g (a bare number is MiB)",
        [LEAT_KEY_INTEGER] = "a whole number",
        [LEAT_KEY_NUMBER] = "a number",
        [LEAT_KEY_TEXT] = "a text",
    };

    if (key->type == LEAT_KEY_CHOICE)
        return print_words(key->low, out);
    if (!leat_buffer_printf(out, "%s", texts[key->type]))
        return false;
    if (key->low[0] == '\0')
        return true;
    return leat_buffer_printf(out, ", ") && print_range(key, out);
}

/* "leat.x is 'abc' (--conf); it takes ..." */
static leat_status refuse(const struct leat_key *key, const struct leat_value_source *source,
                          const char *text, bool is_outside, leat_error *err)
{
    struct leat_buffer takes = {0};
    leat_status status = LEAT_NO_MEMORY;

    if (is_outside ? print_range(key, &takes) : leat_key_print_type(key, &takes))
        status = leat_fail(err, LEAT_INVALID, "%s is '%.128s' (%s); it %s %.*s", source->name, text,
                           source->origin, is_outside ? "must be" : "takes", (int)takes.size,
                           takes.data);
    else
        leat_fail(err, status, "no memory to say what is wrong with %s", source->name);
    leat_buffer_release(&takes);
    return status;
}

/* ---- parsing ---- */

static bool is_whole_in_range(const struct leat_key *key, int64_t value)
{
    const char *low = key->low;
    int64_t limit;

    if (strncmp(low, "0|", 2) == 0) {
        if (value == 0)
            return true;
        low += 2;
    }
    return parse_whole(key, low, &limit) && value >= limit && parse_whole(key, key->high, &limit) &&
           value <= limit;
}

static bool is_number_in_range(const struct leat_key *key, double value)
{
    double limit;

    return parse_number(key->low, &limit) && value >= limit && parse_number(key->high, &limit) &&
           value <= limit;
}

/* What a value is before it is put into its field. */
union value {
    bool on;
    int word;
    int64_t whole;
    double number;
    const char *text;
};

enum verdict { GOOD, MALFORMED, OUTSIDE };

static enum verdict parse(const struct leat_key *key, const char *text, union value *out,
                          size_t *out_size)
{
    switch (key->type) {
    case LEAT_KEY_BOOL:
    case LEAT_KEY_CHOICE: {
        int word = find_word(key->type == LEAT_KEY_BOOL ? "false|true" : key->low, text);

        if (key->type == LEAT_KEY_BOOL)
            out->on = word == 1;
        else
            out->word = word;
        *out_size = key->type == LEAT_KEY_BOOL ? sizeof out->on : sizeof out->word;
        return word < 0 ? MALFORMED : GOOD;
    }
    case LEAT_KEY_TEXT:
        out->text = text;
        *out_size = sizeof out->text;
        return text[0] == '\0' ? MALFORMED : GOOD;
    case LEAT_KEY_NUMBER:
        *out_size = sizeof out->number;
        if (!parse_number(text, &out->number))
            return MALFORMED;
        return is_number_in_range(key, out->number) ? GOOD : OUTSIDE;
    default:
        *out_size = sizeof out->whole;
        if (!parse_whole(key, text, &out->whole))
            return MALFORMED;
        return is_whole_in_range(key, out->whole) ? GOOD : OUTSIDE;
    }
}

leat_status leat_key_parse(const struct leat_key *key, const struct leat_value_source *source,
                           const char *text, struct leat_settings *out, leat_error *err)
{
    union value value;
    size_t size;
    enum verdict verdict = parse(key, text, &value, &size);

    if (verdict != GOOD)
        return refuse(key, source, text, verdict == OUTSIDE, err);
    memcpy((char *)out + key->offset, &value, size);
    return LEAT_OK;
}

void leat_key_clear(const struct leat_key *key, struct leat_settings *out)
{
    char *field = (char *)out + key->offset;
    static const char *const no_text = NULL;
    static const int64_t no_whole = -1;
    static const double no_number = -1;
    static const int no_word = -1;

    switch (key->type) {
    case LEAT_KEY_BOOL:
        *field = 0;
        break;
    case LEAT_KEY_TEXT:
        memcpy(field, &no_text, sizeof no_text);
        break;
    case LEAT_KEY_NUMBER:
        memcpy(field, &no_number, sizeof no_number);
        break;
    case LEAT_KEY_CHOICE:
        memcpy(field, &no_word, sizeof no_word);
        break;
    default:
        memcpy(field, &no_whole, sizeof no_whole);
        break;
    }
}

/* ---- printing ---- */

static bool print_whole(const struct unit *unit, int64_t value, struct leat_buffer *out)
{
    if (value == 0)
        return leat_buffer_append_char(out, '0');
    while (!unit->is_printed || value % unit->factor != 0)
        unit++;
    return value < 0 ||
           leat_buffer_printf(out, "%" PRId64 "%s", value / unit->factor, unit->suffix);
}

static bool print_number(double value, struct leat_buffer *out)
{
    char text[32];
    locale_t previous;
    locale_t plain = enter_c_locale(&previous);

    snprintf(text, sizeof text, "%.15g", value);
    if (strtod(text, NULL) < value || strtod(text, NULL) > value)
        snprintf(text, sizeof text, "%.17g", value);
    leave_c_locale(plain, previous);
    return value < 0 || leat_buffer_printf(out, "%s", text);
}

static bool print_word(const char *words, int index, struct leat_buffer *out)
{
    if (index < 0)
        return true;
    while (index-- > 0)
        words += strcspn(words, "|") + 1;
    return leat_buffer_append(out, words, strcspn(words, "|"));
}

bool leat_key_print(const struct leat_key *key, const struct leat_settings *from,
                    struct leat_buffer *out)
{
    const char *field = (const char *)from + key->offset;
    union value value;

    switch (key->type) {
    case LEAT_KEY_BOOL:
        memcpy(&value.on, field, sizeof value.on);
        return leat_buffer_printf(out, "%s", value.on ? "true" : "false");
    case LEAT_KEY_TEXT:
        memcpy(&value.text, field, sizeof value.text);
        return value.text == NULL || leat_buffer_printf(out, "%s", value.text);
    case LEAT_KEY_NUMBER:
        memcpy(&value.number, field, sizeof value.number);
        return print_number(value.number, out);
    case LEAT_KEY_CHOICE:
        memcpy(&value.word, field, sizeof value.word);
        return print_word(key->low, value.word, out);
    default:
        memcpy(&value.whole, field, sizeof value.whole);
        return print_whole(units_of(key), value.whole, out);
    }
}
