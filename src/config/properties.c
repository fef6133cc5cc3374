/* properties: files like spark-defaults.conf, and the environment's LEAT_ variables. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "config/conf_internal.h"

extern char **environ;

static char *trim(char *text)
{
    size_t length;

    while (isspace((unsigned char)*text))
        text++;
    length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        text[--length] = '\0';
    return text;
}

/* "key=value", "key: value" or "key value"; empty lines and those from # or ! on are none. */
static void put_line(leat_conf *conf, const char *path, int number, char *line)
{
    char *key = trim(line);
    size_t length = strcspn(key, "=: \t");
    char origin[300];
    char *value = key + length;

    if (key[0] == '\0' || key[0] == '#' || key[0] == '!')
        return;
    if (*value != '\0') {
        bool blank = isspace((unsigned char)*value);

        *value++ = '\0';
        value = trim(value);
        if (blank && (*value == '=' || *value == ':'))
            value = trim(value + 1);
    }
    snprintf(origin, sizeof origin, "%.256s:%d", path, number);
    leat_conf_put(conf, RANK_FILE, origin, key, value);
}

/* Appends the next line of file, and those it carries on to with a backslash at its end. */
static bool read_line(FILE *file, struct leat_buffer *line, int *number)
{
    bool any = false;
    int c;

    leat_buffer_reset(line);
    while ((c = fgetc(file)) != EOF) {
        any = true;
        if (c == '\n') {
            ++*number;
            if (line->size == 0 || line->data[line->size - 1] != '\\')
                break;
            line->size--;
        } else if (!leat_buffer_append_char(line, (char)c)) {
            return false;
        }
    }
    return leat_buffer_append_char(line, '\0') && any;
}

void leat_conf_take_properties(leat_conf *conf, const char *path)
{
    struct leat_buffer line = {0};
    FILE *file = fopen(path, "re");
    int number = 0;
    int first = 1;

    if (file == NULL) {
        leat_conf_fail(conf, true, "--properties-file '%s': %s", path, strerror(errno));
        return;
    }
    while (read_line(file, &line, &number)) {
        put_line(conf, path, first, line.data);
        first = number + 1;
    }
    if (ferror(file) || !feof(file))
        leat_conf_fail(conf, true, "--properties-file '%s' cannot be read", path);
    leat_buffer_release(&line);
    fclose(file);
}

/* LEAT_KAFKA_MAX_RATE_PER_PARTITION is leat.kafka.maxRatePerPartition: letters and digits count. */
static bool same_name(const char *variable, size_t length, const char *key)
{
    size_t i = 0;

    for (; *key != '\0'; key++) {
        if (!isalnum((unsigned char)*key))
            continue;
        while (i < length && variable[i] == '_')
            i++;
        if (i == length || tolower((unsigned char)variable[i]) != tolower((unsigned char)*key))
            return false;
        i++;
    }
    return i == length;
}

void leat_conf_take_environment(leat_conf *conf)
{
    for (char **at = environ; at != NULL && *at != NULL; at++) {
        const char *equals = strchr(*at, '=');
        char origin[128];

        if (strncmp(*at, "LEAT_", 5) != 0 || equals == NULL)
            continue;
        snprintf(origin, sizeof origin, "environment variable %.*s",
                 (int)(equals - *at > 90 ? 90 : equals - *at), *at);
        for (size_t i = 0; i < leat_key_count; i++)
            if (same_name(*at, (size_t)(equals - *at), leat_keys[i].key))
                leat_conf_put(conf, RANK_ENVIRONMENT, origin, leat_keys[i].key, equals + 1);
    }
}
