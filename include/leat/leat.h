/*
 * leat/leat.h: everything a job includes.
 */
#ifndef LEAT_LEAT_H
#define LEAT_LEAT_H

#include "leat/base.h"
#include "leat/conf.h"
#include "leat/context.h"
#include "leat/dstream.h"
#include "leat/kafka.h"
#include "leat/listener.h"
#include "leat/msgpack.h"
#include "leat/rdd.h"
#include "leat/state.h"
#include "leat/state_reader.h"
#include "leat/task.h"
#include "leat/test.h"
#include "leat/wide.h"
#include "leat/window.h"

#endif
