/* explain: prints a job's graph: output operations, operators, sources and sinks with file:line. */
#include "cli/become.h"
#include "cli/command.h"

/* Only the job knows its graph: it builds it, prints it and ends before it connects. */
static int run(int argc, char **argv)
{
    return become_job(&explain_command, argc, argv, "leat.explain=true");
}

const struct command explain_command = {
    .name = "explain",
    .usage = "explain JOB.c|JOB [MORE.c|-lNAME]... [--conf K=V]... [--properties-file F] [-- ARGS]",
    .run = run};
