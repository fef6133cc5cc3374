/*
 * leat/conf.h: configuration. Precedence: command line (--conf K=V), environment (LEAT_...),
 * program (leat_conf_set), properties file (--properties-file F), default.
 *
 * Thread: one thread until a streaming context takes the configuration.
 */
#ifndef LEAT_CONF_H
#define LEAT_CONF_H

#include "leat/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Takes what is leat's out of argv: --conf K=V, --properties-file F, and the answers --adopt,
 * --positions=ledger|group and --assume=committed|aborted; "--" ends them. What is left is the
 * job's own. argv is borrowed while conf lives; argc may be NULL for a configuration without a
 * command line. Also reads LEAT_ variables: LEAT_BATCH_INTERVAL is leat.batch.interval.
 * Errors are sticky: leat_streaming_context_start reports the first. NULL when memory is out, which
 * every function accepts. Caller destroys it unless a streaming context took it. Since: 0.1
 */
LEAT_API leat_conf *leat_conf_create(int *argc, char **argv);

/* Copies. Keys are leat.* or their spark.* aliases. Ranks below --conf and LEAT_*. Since: 0.1 */
LEAT_API void leat_conf_set(leat_conf *conf, const char *key, const char *value);

/* The value in force as it was written, borrowed while conf lives; NULL when the key is unset and
 * has no default. Since: 0.1 */
LEAT_API const char *leat_conf_get(const leat_conf *conf, const char *key);

/*
 * The job's own argument `--name V` (or `--name=V`, which may begin with dashes); the last one when
 * there are several; fallback, which may be NULL, when it was not given. name is written without
 * dashes. An argument on the command line that nobody asked for is a usage error, reported by
 * leat_main (exit status 2) with the names that were asked for. Since: 0.1
 */
LEAT_API const char *leat_conf_argument(leat_conf *conf, const char *name, const char *fallback);

/* The same for a whole number; anything else is a usage error. Since: 0.1 */
LEAT_API int64_t leat_conf_argument_i64(leat_conf *conf, const char *name, int64_t fallback);

/*
 * For people, one line each with a newline: the value in force of key, or, when key is NULL, all of
 * them with where they come from. Secrets are masked. Checks the whole configuration first. The
 * text is borrowed while conf lives; NULL, and why in err, when there is a mistake. Since: 0.1
 */
LEAT_API const char *leat_conf_describe(leat_conf *conf, const char *key, leat_error *err);

/* Every setting there is: what it takes, its default, Spark's name for it, what it does. Borrowed
 * while conf lives; NULL when memory is out. Since: 0.1 */
LEAT_API const char *leat_conf_list(leat_conf *conf);

/* True when conf's first mistake is about how the program was called: exit status 2 rather than 1.
 * Known once the configuration has been described or a context has started. Since: 0.1 */
LEAT_API bool leat_conf_is_usage_error(const leat_conf *conf);

/* Only for one that no context took. Accepts NULL. Since: 0.1 */
LEAT_API void leat_conf_destroy(leat_conf *conf);

#ifdef __cplusplus
}
#endif
#endif
