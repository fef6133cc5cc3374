/* progress: see progress.h. */
#include "stream/progress.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "stream/engine_internal.h"

static json_t *range_json(const struct leat_batch_range *range)
{
    return json_pack("{s:s, s:s, s:i, s:I, s:I}", "stream", range->source->name, "topic",
                     range->topic, "partition", (int)range->partition, "from",
                     (json_int_t)range->from, "until", (json_int_t)range->until);
}

static json_t *batch_json(const struct leat_batch_progress *progress)
{
    json_t *json = json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "batch", (json_int_t)progress->n,
        "batch_time_ms", (json_int_t)progress->time, "records", (json_int_t)progress->records,
        "scheduling_delay_ms", (json_int_t)progress->scheduling_ms, "processing_ms",
        (json_int_t)(progress->processing_us / 1000), "total_delay_ms",
        (json_int_t)(progress->scheduling_ms + progress->processing_us / 1000), "output_records",
        (json_int_t)progress->output_records, "skipped_records",
        (json_int_t)progress->skipped_records, "lag", (json_int_t)progress->lag, "held_back",
        (json_int_t)progress->held_back);
    json_t *ranges = json_array();

    for (size_t i = 0; i < progress->range_count; i++)
        (void)json_array_append_new(ranges, range_json(&progress->ranges[i]));
    (void)json_object_set_new(json, "ranges", ranges);
    return json;
}

static void show_json(const struct leat_batch_progress *progress)
{
    json_t *json = batch_json(progress);
    char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);

    if (text != NULL)
        dprintf(STDERR_FILENO, "%s\n", text);
    if (text != NULL) {
        json_free_t release;

        json_get_alloc_funcs(NULL, &release);
        release(text);
    }
    json_decref(json);
}

static void show_line(const struct leat_batch_progress *progress)
{
    time_t seconds = (time_t)(progress->time / 1000);
    struct tm at;
    char clock[16];

    localtime_r(&seconds, &at);
    strftime(clock, sizeof clock, "%H:%M:%S", &at);
    dprintf(STDERR_FILENO,
            "%s.%03d  batch %" PRId64 "  %" PRIu64 " in  %" PRIu64 " out  %" PRId64
            " ms  delay %" PRId64 " ms  lag %" PRId64 "\n",
            clock, (int)(progress->time % 1000), progress->n, progress->records,
            progress->output_records, progress->processing_us / 1000, progress->scheduling_ms,
            progress->lag);
}

void leat_progress_show(const struct leat_engine *engine,
                        const struct leat_batch_progress *progress)
{
    int wanted = engine->settings.progress;

    if (engine->parts.silent)
        return;
    if (wanted == LEAT_PROGRESS_JSON)
        show_json(progress);
    else if (wanted == LEAT_PROGRESS_LINE ||
             (wanted == LEAT_PROGRESS_AUTO && isatty(STDERR_FILENO)))
        show_line(progress);
}
