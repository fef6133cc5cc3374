/*
 * task_stand_in: leat_task_fail for tests of layers below exec, which have no task: the sentence
 * stays in task_sentence.
 */
#ifndef LEAT_TESTS_TASK_STAND_IN_H
#define LEAT_TESTS_TASK_STAND_IN_H

#include "base/status.h"
#include "leat/task.h"

static leat_error task_sentence;

leat_status leat_task_fail(leat_task *task, leat_status status, const char *format, ...)
{
    va_list args;

    (void)task;
    va_start(args, format);
    leat_fail_va(&task_sentence, status, format, args);
    va_end(args);
    return status;
}

#endif
