/* print: the first records of a batch as text on stdout, as Spark's pprint has it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "record/text.h"
#include "sink/sink.h"

static void print_time(leat_time time)
{
    time_t seconds = (time_t)(time / 1000);
    struct tm parts;
    char text[32];

    localtime_r(&seconds, &parts);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
    printf("-------------------------------------------\nTime: %s", text);
    if (time % 1000 != 0)
        printf(".%03d000", (int)(time % 1000)); /* As str(datetime) has it. */
    printf("\n-------------------------------------------\n");
}

leat_status leat_sink_print(struct leat_rdd *rdd, struct leat_output *output, leat_error *err)
{
    struct leat_buffer line = {0};
    const leat_record *records;
    leat_status status = LEAT_OK;
    size_t count;
    bool failed;

    LEAT_TRY(leat_pass_take(rdd, output->count + 1, &records, &count, err));
    print_time(leat_rdd_time(rdd));
    for (size_t i = 0; i < count && i < output->count; i++) {
        leat_buffer_reset(&line);
        if (!leat_text_line_append(&line, &records[i], rdd->node.key_type, rdd->node.value_type)) {
            status = leat_fail(err, LEAT_NO_MEMORY, "no memory for a line");
            break;
        }
        fwrite(line.data, 1, line.size, stdout);
    }
    leat_buffer_release(&line);
    if (count > output->count)
        printf("...\n");
    printf("\n");
    failed = fflush(stdout) != 0 || ferror(stdout);
    if (failed && status == LEAT_OK)
        status = leat_fail(err, LEAT_IO, "stdout cannot be written: %s; send it elsewhere",
                           strerror(errno));
    if (failed)
        clearerr(stdout); /* Else it would fail for ever. */
    return status;
}
