/* guide: docs/guide/configuration.md, made of the tables. */
#include <string.h>

#include "config/value.h"

static const char introduction[] =
    "# Configuration\n"
    "\n"
    "Made from `src/config/keys.h` and `src/config/idle_keys.h`; do not edit.\n"
    "\n"
    "## Where a setting comes from\n"
    "\n"
    "The first of these that has it:\n"
    "\n"
    "1. the command line: `--conf KEY=VALUE`, as often as needed;\n"
    "2. the environment: `LEAT_BATCH_INTERVAL` is `leat.batch.interval`, "
    "`LEAT_TASK_MAX_FAILURES` is `leat.task.maxFailures`;\n"
    "3. the program: `leat_conf_set(conf, KEY, VALUE)`;\n"
    "4. the command line's `--properties-file FILE`, in the form of `spark-defaults.conf`: "
    "`key value`, `key=value` or `key: value`, `#` for comments, a backslash at the end of a line "
    "that goes on;\n"
    "5. the default.\n"
    "\n"
    "Within one of them the last one counts. A setting and Spark's name for it are the same "
    "setting. An unknown key is an error that names the nearest one and where it was written; so "
    "is an unknown variable that begins with `LEAT_` (but for `LEAT_TEST_...` and `LEAT_CRASH...`, "
    "which are the tests'). `leat config` shows what is in force and where it comes from.\n"
    "\n"
    "`--adopt`, `--positions=ledger|group` and `--assume=committed|aborted` may be written without "
    "`--conf`: they answer the questions with which a job may refuse to start. `--` ends leat's "
    "own options; what follows belongs to the job.\n"
    "\n"
    "## Kafka's parameters\n"
    "\n"
    "`leat.kafka.param.NAME` gives every Kafka client of the job librdkafka's parameter NAME, or "
    "the old one: `leat.kafka.param.security.protocol`, `leat.kafka.param.sasl.password`. In the "
    "environment `LEAT_KAFKA_PARAM_SASL_PASSWORD` is `leat.kafka.param.sasl.password`. The order "
    "is the list's above, where the program is what its sources and sinks say in `.parameters`, "
    "then `leat_conf_set`: the command line and the environment go before the program's, the "
    "properties file gives what it does not say. Names and values are checked when the job "
    "connects. What a name calls a secret (a password, a token, a private key) is shown as "
    "`********` and never logged. Give secrets by a properties file that only the job's user can "
    "read.\n"
    "\n"
    "Brokers, topics, group and where a stream begins are not among them: they are the "
    "program's.\n"
    "\n"
    "## Values\n"
    "\n"
    "Durations are `500ms`, `20s`, `15m` (or `min`), `1h`, `1d`; a bare number is milliseconds. "
    "Sizes are `512k`, `256m`, `1g`, `1t`, with or without a `b` behind the letter, each letter "
    "1024 times the one before; a bare number is bytes, for `spark.executor.memory` MiB, as in "
    "Spark. Words may be written in capitals.\n"
    "\n"
    "## Spark's cluster on one machine\n"
    "\n"
    "The cores are those of `leat.local.cores`, otherwise those of `local[n]`, otherwise "
    "`spark.executor.cores` times `spark.executor.instances`, otherwise all that this process may "
    "use. The memory limit is `leat.memory.limit`, otherwise `spark.executor.memory` times "
    "`spark.executor.instances` (at least 32m, at most three quarters of the machine's memory), "
    "otherwise 256m. A key from higher up in the list above goes before one from further down.\n"
    "\n";

/* A table cell: "|" would end it. */
static bool write_cell(const char *text, struct leat_buffer *out)
{
    for (; *text != '\0'; text++)
        if (!leat_buffer_printf(out, *text == '|' ? "\\|" : "%c", *text))
            return false;
    return true;
}

static bool write_code(const char *text, struct leat_buffer *out)
{
    return text == NULL || text[0] == '\0' ||
           (leat_buffer_append_char(out, '`') && write_cell(text, out) &&
            leat_buffer_append_char(out, '`'));
}

static bool write_key(const struct leat_key *key, struct leat_buffer *out)
{
    return leat_buffer_printf(out, "| ") && write_code(key->name, out) &&
           leat_buffer_printf(out, " | ") && write_code(key->spark, out) &&
           leat_buffer_printf(out, " | ") && write_code(key->fallback, out) &&
           leat_buffer_printf(out, " | ") && leat_key_print_type(key, out) &&
           leat_buffer_printf(out, " | ") && write_cell(key->help, out) &&
           leat_buffer_printf(out, " |\n");
}

static bool write_idle_keys(bool refused, struct leat_buffer *out)
{
    if (!leat_buffer_printf(out, "| key |%s why |\n|---|%s---|\n",
                            refused ? " the only value |" : "", refused ? "---|" : ""))
        return false;
    for (size_t i = 0; i < leat_idle_key_count; i++) {
        const struct leat_idle_key *idle = &leat_idle_keys[i];

        if ((idle->accepted != NULL) != refused)
            continue;
        if (!leat_buffer_printf(out, "| ") || !write_code(idle->name, out) ||
            !leat_buffer_printf(out, " | ") || !write_code(idle->accepted, out) ||
            !leat_buffer_printf(out, "%s%s |\n", refused ? " | " : "", idle->why))
            return false;
    }
    return true;
}

bool leat_conf_write_guide(struct leat_buffer *out)
{
    if (!leat_buffer_printf(out, "%s## Settings\n\n", introduction) ||
        !leat_buffer_printf(out, "| key | Spark's key | default | takes | what it does |\n"
                                 "|---|---|---|---|---|\n"))
        return false;
    for (size_t i = 0; i < LEAT_KEY_COUNT; i++)
        if (!write_key(&leat_keys[i], out))
            return false;
    return leat_buffer_printf(out, "\n## Spark's keys with nothing to act on\n\n"
                                   "They are understood, and a line of the log says so.\n\n") &&
           write_idle_keys(false, out) &&
           leat_buffer_printf(out, "\n## Spark's keys that take one value only\n\n"
                                   "Any other stops the job before it starts: it asks for what "
                                   "leat would not do.\n\n") &&
           write_idle_keys(true, out);
}
