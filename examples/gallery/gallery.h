/* gallery: small jobs, a file each: what leat_streaming_context_get_or_create calls for them. */
#ifndef GALLERY_H
#define GALLERY_H

#include <leat/leat.h>

/* user: where Kafka is, as text. */
leat_status archive(leat_streaming_context *ssc, void *user);
leat_status deduplicate(leat_streaming_context *ssc, void *user);
leat_status enrich(leat_streaming_context *ssc, void *user);
leat_status join_streams(leat_streaming_context *ssc, void *user);
leat_status sessions(leat_streaming_context *ssc, void *user);
leat_status top_words(leat_streaming_context *ssc, void *user);

#endif
