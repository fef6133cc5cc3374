/* guide: the settings as text: `leat config --list` and docs/guide/configuration.md. */
#include "config/value.h"

bool leat_conf_write_guide(struct leat_buffer *out)
{
    if (!leat_buffer_printf(
            out,
            "# Configuration\n\n"
            "Made from `src/config/keys.h`; do not edit. Precedence: `--conf K=V`, environment "
            "(`LEAT_BATCH_INTERVAL` is `leat.batch.interval`), program, `--properties-file`, "
            "default.\n\n| key | Spark's key | default | value | what it does |\n"
            "|---|---|---|---|---|\n"))
        return false;
    for (size_t i = 0; i < leat_key_count; i++) {
        const struct leat_key *key = &leat_keys[i];
        bool choice = key->type == LEAT_KEY_CHOICE;

        if (!leat_buffer_printf(out, "| `%s` | %s%s%s | %s | ", key->key,
                                key->spark[0] == '\0' ? "" : "`", key->spark,
                                key->spark[0] == '\0' ? "" : "`",
                                key->fallback == NULL ? "" : key->fallback))
            return false;
        for (const char *at = choice ? key->low : leat_key_type_text(key); *at != '\0'; at++)
            if (!leat_buffer_printf(out, *at == '|' ? ", " : "%c", *at))
                return false;
        if (!choice && key->low[0] != '\0' && !leat_buffer_printf(out, ", from %s", key->low))
            return false;
        if (!choice && key->high[0] != '\0' && !leat_buffer_printf(out, " to %s", key->high))
            return false;
        if (!leat_buffer_printf(out, " | %s |\n", key->help))
            return false;
    }
    if (!leat_buffer_printf(out,
                            "\nSpark's keys that are understood and have nothing to act on:\n\n"
                            "| key | why |\n|---|---|\n"))
        return false;
    for (size_t i = 0; i < leat_idle_key_count; i++)
        if (!leat_buffer_printf(out, "| `%s` | %s |\n", leat_idle_keys[i].key,
                                leat_idle_keys[i].why))
            return false;
    return true;
}
