/*
 * compile: makes a program of a job's sources with the C compiler, once: the result is kept in the
 * user's cache under a name made of all that it depends on.
 */
#ifndef LEAT_CLI_COMPILE_H
#define LEAT_CLI_COMPILE_H

#include <limits.h>
#include <stddef.h>

/* The program for job, its sources and words of the compiler (-l, -L, -I, -D): job[0] itself when
 * it does not end in .c. 0, or -1 after saying why on stderr. */
int compile_job(char *const *job, size_t parts, char out_program[PATH_MAX]);

#endif
