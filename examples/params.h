/* params: the dictionary that daas broadcasts: wanted kinds, and the segment of each user. */
#ifndef PARAMS_H
#define PARAMS_H

#include <leat/leat.h>

struct params;

/* A leat_load_fn; user is the struct job, whose params_file is JSON:
 * {"kinds": [str, ...], "segments": {user: segment}}. */
leat_status params_load(void **out_value, void *user, leat_error *err);
void params_free(void *value);

bool params_has_kind(const struct params *params, leat_bytes kind);
/* Empty when the user is unknown. */
leat_bytes params_segment(const struct params *params, leat_bytes user);

#endif
