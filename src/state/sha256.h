/*
 * sha256: FIPS 180-4's SHA-256: stands in for keys that are too long for LMDB.
 *
 * Thread: any.
 */
#ifndef LEAT_STATE_SHA256_H
#define LEAT_STATE_SHA256_H

#include "base/status.h"

enum { LEAT_SHA256_SIZE = 32 };

void leat_sha256(leat_bytes bytes, unsigned char out[LEAT_SHA256_SIZE]);

#endif
