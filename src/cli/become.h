/*
 * become: turns `leat run JOB ...` and `leat explain JOB ...` into the job's own command line.
 */
#ifndef LEAT_CLI_BECOME_H
#define LEAT_CLI_BECOME_H

#include "cli/command.h"

/* Compiles argv's job if it must and executes it with its arguments, and with `--conf setting` when
 * setting is not NULL. Returns an exit status only when it cannot. */
int become_job(const struct command *command, int argc, char **argv, const char *setting);

#endif
