/* file_outputs: save_as_..._files: output operations that make a directory for each batch. */
#include "files/staging.h"
#include "sink/part_files.h"
#include "sink/sink.h"

static const struct leat_part_format *format_of(enum leat_output_kind kind)
{
    switch (kind) {
    case LEAT_OUTPUT_HADOOP_FILES:
        return &leat_sequence_format;
    case LEAT_OUTPUT_OBJECT_FILES:
        return &leat_object_format;
    default:
        return &leat_text_format;
    }
}

leat_status leat_sink_files(struct leat_rdd *rdd, struct leat_output *output,
                            struct leat_terminal **out, leat_error *err)
{
    struct leat_part_files_options how = {.format = format_of(output->kind),
                                          .number = output->id,
                                          .name = leat_output_name(output->kind),
                                          .where = output->where};
    struct leat_buffer path = {0};

    if (leat_output_path(output->prefix, leat_rdd_time(rdd), output->suffix, &path))
        how.final = leat_part_files_keep(rdd->batch, &path);
    leat_buffer_release(&path);
    if (how.final == NULL)
        return leat_fail(err, LEAT_NO_MEMORY, "no memory for an output directory");
    return leat_part_files_create(rdd, &how, out, err);
}
