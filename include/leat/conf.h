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
 * Takes what it knows (--conf K=V, --properties-file F) out of argv; what is left is the job's own.
 * argv is borrowed while conf lives; argc may be NULL for a configuration without a command line.
 * Errors are sticky: leat_streaming_context_start reports the first. NULL when memory is out, which
 * every function accepts. Caller destroys it unless a streaming context took it. Since: 0.1
 */
LEAT_API leat_conf *leat_conf_create(int *argc, char **argv);

/* Copies. Keys are leat.* or their spark.* aliases. Ranks below --conf and LEAT_*. Since: 0.1 */
LEAT_API void leat_conf_set(leat_conf *conf, const char *key, const char *value);

/* The value in force, borrowed while conf lives or until the key is set; NULL when the key is unset
 * and has no default. Since: 0.1 */
LEAT_API const char *leat_conf_get(const leat_conf *conf, const char *key);

/*
 * The job's own argument `--name V` (or `--name=V`); fallback, which may be NULL, when it was not
 * given. name is written without dashes. An argument on the command line that nobody asked for is a
 * usage error, reported by leat_main (exit status 2) with the names that were asked for. Since: 0.1
 */
LEAT_API const char *leat_conf_argument(leat_conf *conf, const char *name, const char *fallback);

/* The same for a whole number; anything else is a usage error. Since: 0.1 */
LEAT_API int64_t leat_conf_argument_i64(leat_conf *conf, const char *name, int64_t fallback);

/* Only for one that no context took. Accepts NULL. Since: 0.1 */
LEAT_API void leat_conf_destroy(leat_conf *conf);

#ifdef __cplusplus
}
#endif
#endif
