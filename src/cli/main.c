/* main: the leat program: finds the sub-command and runs it. */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"

static const struct command *const commands[] = {
    &run_command, &explain_command, &config_command, &state_command, &version_command,
};

int command_usage(const struct command *command)
{
    fprintf(stderr, "usage: leat %s\n", command->usage);
    return EXIT_USAGE;
}

static int usage(FILE *out)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        fprintf(out, "%s leat %s\n", i == 0 ? "usage:" : "      ", commands[i]->usage);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return usage(stderr);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        usage(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0)
        argv[1] += 2;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(argv[1], commands[i]->name) == 0)
            return commands[i]->run(argc - 1, argv + 1);
    fprintf(stderr, "leat: there is no command '%s'\n", argv[1]);
    return usage(stderr);
}
