/* version: prints the version of the library that is loaded. */
#include <stdio.h>

#include "cli/command.h"
#include "leat/base.h"

static int run(int argc, char **argv)
{
    (void)argv;
    if (argc != 1)
        return command_usage(&version_command);
    printf("leat %s\n", leat_version());
    return 0;
}

const struct command version_command = {.name = "version", .usage = "version", .run = run};
