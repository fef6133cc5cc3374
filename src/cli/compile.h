/*
 * compile: makes a program of JOB.c with the C compiler, once: the result is kept in the user's
 * cache under a name made of all that it depends on.
 */
#ifndef LEAT_CLI_COMPILE_H
#define LEAT_CLI_COMPILE_H

#include <limits.h>

/* The program for job: itself when it does not end in .c. 0, or -1 after saying why on stderr. */
int compile_job(const char *job, char out_program[PATH_MAX]);

#endif
