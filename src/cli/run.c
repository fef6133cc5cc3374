/* run: compiles a job if it must, and becomes it: the job has this process's id. */
#include <stddef.h>

#include "cli/become.h"
#include "cli/command.h"

static int run(int argc, char **argv)
{
    return become_job(&run_command, argc, argv, NULL);
}

const struct command run_command = {
    .name = "run",
    .usage = "run JOB.c|JOB [MORE.c|-lNAME]... [--conf K=V]... [--properties-file F] [-- ARGS]",
    .run = run};
