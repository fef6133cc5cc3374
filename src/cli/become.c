/* become: see become.h. */
#include "cli/become.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/compile.h"

/* Options that belong to the configuration; anything else before "--" must be the job. */
static int takes_value(const char *word)
{
    return strcmp(word, "--conf") == 0 || strcmp(word, "--properties-file") == 0;
}

static bool is_source(const char *word)
{
    size_t length = strlen(word);

    return length > 2 && strcmp(word + length - 2, ".c") == 0;
}

/* How many words the job is: a program is one; a source may be followed at once by more of them,
 * and by what the compiler must know to link them. The first other word begins the arguments. */
static int job_parts(int count, char **words)
{
    int parts = 1;

    if (!is_source(words[0]))
        return parts;
    while (parts < count &&
           (is_source(words[parts]) || (words[parts][0] == '-' && words[parts][1] != '\0' &&
                                        strchr("lLID", words[parts][1]) != NULL)))
        parts++;
    return parts;
}

int become_job(const struct command *command, int argc, char **argv, const char *setting)
{
    char **words = calloc((size_t)argc + 4, sizeof *words);
    char conf[] = "--conf";
    char value[256];
    char program[PATH_MAX];
    char **job = NULL;
    int parts = 0;
    int count = 1;

    if (words == NULL) {
        fprintf(stderr, "leat: out of memory\n");
        return EXIT_FAILURE;
    }
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            while (++i < argc)
                words[count++] = argv[i];
        } else if (argv[i][0] != '-' && job == NULL) {
            job = argv + i;
            parts = job_parts(argc - i, argv + i);
            i += parts - 1;
        } else {
            words[count++] = argv[i];
            if (takes_value(argv[i]) && i + 1 < argc)
                words[count++] = argv[++i];
        }
    }
    if (job == NULL) {
        free(words);
        return command_usage(command);
    }
    if (setting != NULL) {
        snprintf(value, sizeof value, "%s", setting);
        words[count++] = conf;
        words[count++] = value;
    }
    if (compile_job(job, (size_t)parts, program) != 0) {
        free(words);
        return EXIT_FAILURE;
    }
    words[0] = program;
    execv(program, words);
    fprintf(stderr, "leat: cannot run '%s': %s\n", program, strerror(errno));
    free(words);
    return EXIT_FAILURE;
}
