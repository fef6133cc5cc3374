/*
 * guide: writes docs/guide/configuration.md from the table of settings, or says that it is not what
 * the table says (--check). Part of the build, not of what is installed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/settings.h"

static int fail(const char *path)
{
    perror(path);
    return EXIT_FAILURE;
}

static int write_guide(const char *path, const struct leat_buffer *text)
{
    FILE *file = fopen(path, "w");
    bool written;

    if (file == NULL)
        return fail(path);
    written = fwrite(text->data, 1, text->size, file) == text->size;
    return fclose(file) == 0 && written ? EXIT_SUCCESS : fail(path);
}

static int check_guide(const char *path, const struct leat_buffer *text)
{
    FILE *file = fopen(path, "r");
    bool is_same = true;

    if (file == NULL)
        return fail(path);
    for (size_t i = 0; is_same && i < text->size; i++)
        is_same = getc(file) == (unsigned char)text->data[i];
    is_same = is_same && getc(file) == EOF;
    fclose(file);
    if (!is_same)
        fprintf(stderr, "%s is not what the table says: build the target 'guide'\n", path);
    return is_same ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    bool check = argc == 3 && strcmp(argv[1], "--check") == 0;
    struct leat_buffer text = {0};
    int status;

    if (argc != 2 && !check) {
        fprintf(stderr, "usage: %s [--check] FILE\n", argv[0]);
        return 2;
    }
    if (!leat_conf_write_guide(&text)) {
        fprintf(stderr, "%s: out of memory\n", argv[0]);
        leat_buffer_release(&text);
        return EXIT_FAILURE;
    }
    status = check ? check_guide(argv[2], &text) : write_guide(argv[1], &text);
    leat_buffer_release(&text);
    return status;
}
