/*
 * crash_point: the named places of the commit protocol where a test may kill the process.
 *
 * In a build with LEAT_CRASH_POINTS the environment says where: LEAT_CRASH=prepare.after_sync:2
 * kills with SIGKILL the second time that point is reached (":1" when left out). Other builds
 * compile the macro to nothing. docs/internals/commit-protocol.md lists the names.
 */
#ifndef LEAT_BASE_CRASH_POINT_H
#define LEAT_BASE_CRASH_POINT_H

#ifdef LEAT_CRASH_POINTS
#define LEAT_CRASH_POINT(name) leat_crash_point(name)
#define LEAT_CRASH_POINT_INDEXED(name, index) leat_crash_point_indexed(name, index)
#else
#define LEAT_CRASH_POINT(name) ((void)0)
#define LEAT_CRASH_POINT_INDEXED(name, index) ((void)(index))
#endif

/* Any thread. */
void leat_crash_point(const char *name);

/* The point "name.index", as in publish.renamed.0. Any thread. */
void leat_crash_point_indexed(const char *name, unsigned index);

#endif
