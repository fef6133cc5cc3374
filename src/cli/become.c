/* become: see become.h. */
#include "cli/become.h"

#include <errno.h>
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

int become_job(const struct command *command, int argc, char **argv, const char *setting)
{
    char **words = calloc((size_t)argc + 4, sizeof *words);
    char conf[] = "--conf";
    char value[256];
    char program[PATH_MAX];
    const char *job = NULL;
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
            job = argv[i];
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
    if (compile_job(job, program) != 0) {
        free(words);
        return EXIT_FAILURE;
    }
    words[0] = program;
    execv(program, words);
    fprintf(stderr, "leat: cannot run '%s': %s\n", program, strerror(errno));
    free(words);
    return EXIT_FAILURE;
}
