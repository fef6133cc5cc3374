/*
 * image: the group's markers as the protocol compares them: exactly, entry by entry.
 *
 * Thread: the scheduler's.
 */
#ifndef LEAT_STREAM_IMAGE_H
#define LEAT_STREAM_IMAGE_H

#include "ledger/ledger.h"

struct leat_engine;

/* Gives every active partition its entry in the images (one for all with a marker topic). */
leat_status leat_image_lay_out(struct leat_engine *engine, leat_error *err);
/* The same while the job runs: entries that are new say what the group has there. */
leat_status leat_image_extend(struct leat_engine *engine, leat_error *err);
/* Takes over what recorded says of the entries that settled's image has. */
void leat_image_adopt(struct leat_engine *engine, const struct leat_image *recorded);
/* True when recorded has settled's entries and no others. */
bool leat_image_has_same_keys(const struct leat_engine *engine, const struct leat_image *recorded);
/* Fills image with marker entries of n, attempt and time at positions. */
void leat_image_fill(const struct leat_engine *engine, const struct leat_positions *positions,
                     int64_t n, const char *attempt, leat_time time, struct leat_image *image);
/* Reads the offsets that cluster's group has for image's entries. */
leat_status leat_image_read(struct leat_engine *engine, struct leat_cluster *cluster,
                            const struct leat_image *image, struct leat_group_offset *out,
                            leat_error *err);
/* Adds image to the writer's transaction. */
leat_status leat_image_send(struct leat_engine *engine, const struct leat_image *image,
                            leat_error *err);

#endif
