/* describe: the settings as text for `leat config`, see leat/conf.h. */
#include <string.h>

#include "base/secret.h"
#include "config/conf_internal.h"
#include "config/value.h"

static const char *masked(const char *key, const char *value)
{
    return leat_is_secret(key) ? "********" : value;
}

static bool write_setting(const leat_conf *conf, size_t index, struct leat_buffer *out)
{
    struct leat_conf_entry entry;

    if (!leat_conf_entry_at(conf, index, &entry))
        return true;
    if (entry.value == NULL)
        return leat_buffer_printf(out, "%s is not set\n", entry.key);
    if (strcmp(entry.said_by, entry.key) == 0)
        return leat_buffer_printf(out, "%s = %s  (%s)\n", entry.key, entry.value, entry.origin);
    return leat_buffer_printf(out, "%s = %s  (%s, %s)\n", entry.key, entry.value, entry.said_by,
                              entry.origin);
}

static bool write_idle(const struct setting *setting, const char *why, struct leat_buffer *out)
{
    return setting->rank == RANK_UNSET ||
           leat_buffer_printf(out, "%s = %s  (%s; nothing to act on: %s)\n", setting->name,
                              masked(setting->name, setting->value), setting->origin, why);
}

static bool write_kafka_parameters(const leat_conf *conf, struct leat_buffer *out)
{
    for (const struct kafka_parameter *at = conf->kafka_parameters; at != NULL; at = at->next)
        if (!leat_buffer_printf(out, "%s = %s  (%s)\n", at->setting.name,
                                masked(at->setting.name, at->setting.value), at->setting.origin))
            return false;
    return true;
}

static bool write_all(const leat_conf *conf, struct leat_buffer *out)
{
    bool written = true;

    for (size_t i = 0; written && i < LEAT_KEY_COUNT; i++)
        written = write_setting(conf, i, out);
    for (size_t i = 0; written && i < leat_idle_key_count; i++)
        written = write_idle(&conf->idle_settings[i], leat_idle_keys[i].why, out);
    return written && write_kafka_parameters(conf, out);
}

static bool write_one(const leat_conf *conf, const char *name, struct leat_buffer *out)
{
    const struct leat_key *key = leat_key_find(name);
    const char *value =
        key == NULL ? leat_conf_get(conf, name) : conf->values_in_force[key - leat_keys];

    return leat_buffer_printf(out, "%s\n", value == NULL ? "" : masked(name, value));
}

/* Gives the text to conf, and the buffer back. NULL when memory is, or was, out. */
static const char *keep(leat_conf *conf, bool written, struct leat_buffer *text)
{
    const char *kept = written ? leat_arena_copy(&conf->arena, text->data, text->size) : NULL;

    leat_buffer_release(text);
    return kept;
}

const char *leat_conf_describe(leat_conf *conf, const char *key, leat_error *err)
{
    struct leat_settings settings;
    struct leat_buffer text = {0};
    const char *kept;

    if (leat_conf_resolve(conf, &settings, err) != LEAT_OK)
        return NULL;
    if (key != NULL && leat_key_find(key) == NULL && leat_idle_key_find(key) == NULL &&
        !leat_is_kafka_parameter(key)) {
        const char *near = leat_key_nearest(key);

        leat_fail(err, LEAT_INVALID, "there is no setting '%.128s'%s%s%s; see leat config --list",
                  key, near == NULL ? "" : "; did you mean '", near == NULL ? "" : near,
                  near == NULL ? "" : "'?");
        return NULL;
    }
    kept = keep(conf, key == NULL ? write_all(conf, &text) : write_one(conf, key, &text), &text);
    if (kept == NULL)
        leat_fail(err, LEAT_NO_MEMORY, "no memory for the text of the configuration");
    return kept;
}

static bool list_key(const struct leat_key *key, struct leat_buffer *out)
{
    return leat_buffer_printf(out, "%s%s%s\n    ", key->name, key->spark[0] == '\0' ? "" : ", ",
                              key->spark) &&
           leat_key_print_type(key, out) &&
           leat_buffer_printf(out, "; %s%s\n    %s\n", key->fallback == NULL ? "unset" : "default ",
                              key->fallback == NULL ? "" : key->fallback, key->help);
}

static bool list_idle(const struct leat_idle_key *idle, struct leat_buffer *out)
{
    return leat_buffer_printf(out, "%s%s%s\n    %s\n", idle->name,
                              idle->accepted == NULL ? "" : ", only ",
                              idle->accepted == NULL ? "" : idle->accepted, idle->why);
}

const char *leat_conf_list(leat_conf *conf)
{
    struct leat_buffer text = {0};
    bool written = true;

    if (conf == NULL)
        return NULL;
    for (size_t i = 0; written && i < LEAT_KEY_COUNT; i++)
        written = list_key(&leat_keys[i], &text);
    written = written && leat_buffer_printf(&text, LEAT_KAFKA_PARAMETER_PREFIX
                                            "NAME\n    librdkafka's parameter NAME, for every "
                                            "Kafka client; a secret is masked\n");
    written = written && leat_buffer_printf(&text, "\nUnderstood, with nothing to act on:\n\n");
    for (size_t i = 0; written && i < leat_idle_key_count; i++)
        written = list_idle(&leat_idle_keys[i], &text);
    return keep(conf, written, &text);
}
