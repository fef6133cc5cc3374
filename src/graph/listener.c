/* listener: adds listeners to a job, see leat/listener.h; stream/listeners.c tells them. */
#include "graph/graph.h"

void leat_streaming_context_add_listener(leat_streaming_context *ssc,
                                         const leat_listener *callbacks, void *user)
{
    struct leat_added_listener *added;

    if (ssc == NULL || !leat_context_can_grow(ssc, NULL, "add_listener"))
        return;
    if (callbacks == NULL) {
        leat_context_fail(ssc, LEAT_INVALID, NULL, "add_listener has no callbacks");
        return;
    }
    added = leat_context_alloc(ssc, sizeof *added);
    if (added == NULL)
        return;
    added->callbacks = *callbacks;
    added->user = user;
    if (ssc->listeners_last == NULL)
        ssc->listeners = added;
    else
        ssc->listeners_last->next = added;
    ssc->listeners_last = added;
}
