/* main: the leat program: finds the sub-command and runs it. */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"

static const struct command *const commands[] = {
    &run_command, &explain_command, &config_command, &state_command, &version_command,
};

static void print_usage(FILE *out, const struct command *command)
{
    fprintf(out, "usage: leat %s\n", command->usage);
}

int command_usage(const struct command *command)
{
    print_usage(stderr, command);
    return EXIT_USAGE;
}

static int usage(FILE *out)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        fprintf(out, "%s leat %s\n", i == 0 ? "usage:" : "      ", commands[i]->usage);
    return EXIT_USAGE;
}

/* Behind a job the word is the job's. */
static int run(const struct command *command, int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        print_usage(stdout, command);
        return 0;
    }
    return command->run(argc, argv);
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
            return run(commands[i], argc - 1, argv + 1);
    fprintf(stderr, "leat: there is no command '%s'\n", argv[1]);
    return usage(stderr);
}
