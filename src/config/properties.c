/*
 * properties: files like spark-defaults.conf: Java's properties in UTF-8.
 *
 *   key=value   key: value   key value   # comment   ! comment   a value \
 *                                                                that goes on
 *
 * \t \n \r \f and \uXXXX stand for themselves; a backslash before anything else is dropped.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "config/conf_internal.h"

struct properties {
    leat_conf *conf;
    const char *path;
    const char *at; /* What is left of the file. */
    int number;     /* Of the line at. */
    int first;      /* Where the line that is being put began. */
};

static void refuse(struct properties *file, const char *what)
{
    leat_conf_fail(file->conf, false, "%.256s:%d: %s", file->path, file->first, what);
}

/* ---- values ---- */

/* XXXX of \uXXXX at text; -1 when it is not that. */
static long parse_hex(const char *text, const char *end)
{
    long code = 0;

    if (end - text < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int c = tolower((unsigned char)text[i]);

        if (!isxdigit(c))
            return -1;
        code = code * 16 + (isdigit(c) ? c - '0' : c - 'a' + 10);
    }
    return code;
}

static bool append_utf8(struct leat_buffer *out, long code)
{
    char bytes[4];
    size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};

    for (size_t i = size; i-- > 1; code >>= 6)
        bytes[i] = (char)(0x80 | (code & 0x3f));
    bytes[0] = (char)(leads[size] | code);
    return leat_buffer_append(out, bytes, size);
}

/* Appends what \uXXXX at text, or a pair of them, stands for; returns what follows, NULL when it
 * stands for nothing. */
static const char *unescape_unicode(struct properties *file, const char *text, const char *end,
                                    struct leat_buffer *out)
{
    long code = parse_hex(text, end);

    text += 4;
    if (code >= 0xd800 && code < 0xdc00 && end - text >= 6 && text[0] == '\\' && text[1] == 'u') {
        long low = parse_hex(text + 2, end);

        text += 6;
        code =
            low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : -1;
    }
    if (code <= 0 || (code >= 0xd800 && code < 0xe000)) {
        refuse(file, "a \\u must be followed by the four hexadecimal digits of a character");
        return NULL;
    }
    if (append_utf8(out, code))
        return text;
    leat_conf_fail_memory(file->conf);
    return NULL;
}

/* Appends the text from at to end, and a NUL. False after saying why not. */
static bool unescape(struct properties *file, const char *at, const char *end,
                     struct leat_buffer *out)
{
    static const char letters[] = "tnrf";
    static const char controls[] = "\t\n\r\f";

    while (at < end) {
        char c = *at++;

        if (c == '\\') {
            const char *letter;

            if (at == end)
                break;
            c = *at++;
            if (c == 'u') {
                at = unescape_unicode(file, at, end, out);
                if (at == NULL)
                    return false;
                continue;
            }
            letter = strchr(letters, c);
            if (letter != NULL)
                c = controls[letter - letters];
        }
        if (!leat_buffer_append_char(out, c))
            goto no_memory;
    }
    if (leat_buffer_append_char(out, '\0'))
        return true;
no_memory:
    leat_conf_fail_memory(file->conf);
    return false;
}

/* ---- lines ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\f';
}

/* Where the key that begins at text ends. */
static const char *end_of_key(const char *text, const char *end)
{
    for (; text < end && *text != '=' && *text != ':' && !is_blank(*text); text++)
        if (*text == '\\' && text + 1 < end)
            text++;
    return text;
}

static void put_line(struct properties *file, const char *text, const char *end)
{
    const char *key_end = end_of_key(text, end);
    const char *value = key_end;
    struct leat_buffer words = {0};
    char origin[300];
    size_t value_at;

    while (value < end && is_blank(*value))
        value++;
    if (value < end && (*value == '=' || *value == ':'))
        value++;
    while (value < end && is_blank(*value))
        value++;
    while (end > value && is_blank(end[-1]))
        end--;
    snprintf(origin, sizeof origin, "%.256s:%d", file->path, file->first);
    if (unescape(file, text, key_end, &words)) {
        value_at = words.size;
        if (unescape(file, value, end, &words))
            leat_conf_put(file->conf, RANK_FILE, origin, words.data, words.data + value_at);
    }
    leat_buffer_release(&words);
}

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r' || c == '\0';
}

static void pass_line_end(struct properties *file)
{
    if (file->at[0] == '\r' && file->at[1] == '\n')
        file->at++;
    if (*file->at != '\0') {
        file->at++;
        file->number++;
    }
}

static void pass_blanks(struct properties *file)
{
    while (is_blank(*file->at))
        file->at++;
}

/* Appends the line at, and those that it goes on to, without the backslashes that say so. */
static bool join_lines(struct properties *file, struct leat_buffer *line)
{
    while (!is_line_end(*file->at)) {
        if (file->at[0] == '\\' && is_line_end(file->at[1])) {
            file->at++;
            pass_line_end(file);
            pass_blanks(file);
            continue;
        }
        if (file->at[0] == '\\' && !leat_buffer_append_char(line, *file->at++))
            return false;
        if (!leat_buffer_append_char(line, *file->at++))
            return false;
    }
    return true;
}

static void put_lines(struct properties *file)
{
    struct leat_buffer line = {0};

    while (*file->at != '\0') {
        pass_blanks(file);
        file->first = file->number;
        leat_buffer_reset(&line);
        if (*file->at == '#' || *file->at == '!') {
            file->at += strcspn(file->at, "\r\n");
        } else if (!join_lines(file, &line)) {
            leat_conf_fail_memory(file->conf);
            break;
        }
        if (line.size > 0)
            put_line(file, line.data, line.data + line.size);
        pass_line_end(file);
    }
    leat_buffer_release(&line);
}

/* ---- files ---- */

/* The whole file and a NUL. */
static bool read_file(leat_conf *conf, const char *path, struct leat_buffer *out)
{
    FILE *file = fopen(path, "re");
    char part[4096];
    bool fits = true;
    size_t size;

    if (file == NULL) {
        leat_conf_fail(conf, true, "--properties-file '%.256s': %s", path, strerror(errno));
        return false;
    }
    while (fits && (size = fread(part, 1, sizeof part, file)) > 0)
        fits = leat_buffer_append(out, part, size);
    fits = fits && leat_buffer_append_char(out, '\0');
    if (!fits)
        leat_conf_fail_memory(conf);
    else if (ferror(file))
        leat_conf_fail(conf, true, "--properties-file '%.256s': %s", path, strerror(errno));
    fits = fits && !ferror(file);
    fclose(file);
    return fits;
}

void leat_conf_take_properties(leat_conf *conf, const char *path)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    struct leat_buffer text = {0};
    struct properties file = {.conf = conf, .path = path, .number = 1};

    if (read_file(conf, path, &text)) {
        file.at = text.data;
        if (strncmp(file.at, byte_order_mark, 3) == 0)
            file.at += 3;
        if (strlen(text.data) + 1 != text.size)
            leat_conf_fail(conf, false, "--properties-file '%.256s' is not a text file", path);
        else
            put_lines(&file);
    }
    leat_buffer_release(&text);
}
