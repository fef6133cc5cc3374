/*
 * command: one sub-command of the leat program: name, usage, what it does.
 */
#ifndef LEAT_CLI_COMMAND_H
#define LEAT_CLI_COMMAND_H

struct command {
    const char *name;
    const char *usage; /* After "leat ". */
    /* argv[0] is the command's name. Returns the exit status: 0, 1 failed, 2 usage. */
    int (*run)(int argc, char **argv);
};

extern const struct command config_command;
extern const struct command explain_command;
extern const struct command run_command;
extern const struct command state_command;
extern const struct command version_command;

enum { EXIT_USAGE = 2 };

/* Says how the command is used; returns EXIT_USAGE. */
int command_usage(const struct command *command);

#endif
