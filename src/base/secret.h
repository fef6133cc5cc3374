/*
 * secret: which settings hold what nobody may read: passwords, tokens, private keys.
 *
 * Thread: any.
 */
#ifndef LEAT_BASE_SECRET_H
#define LEAT_BASE_SECRET_H

#include <stdbool.h>

/* By the name of the setting, leat's, Spark's or librdkafka's, without regard to case. */
bool leat_is_secret(const char *name);

#endif
