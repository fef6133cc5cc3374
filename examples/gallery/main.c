/* main: runs one job of the gallery: gallery --job top_words [--brokers host:port] */
#include <stdio.h>

#include "gallery.h"

static const struct {
    const char *name;
    leat_create_fn create;
} jobs[] = {
    {"archive", archive},           {"deduplicate", deduplicate}, {"enrich", enrich},
    {"join_streams", join_streams}, {"sessions", sessions},       {"top_words", top_words},
};

int main(int argc, char **argv)
{
    leat_conf *conf = leat_conf_create(&argc, argv);
    const char *brokers = leat_conf_argument(conf, "brokers", "localhost:9092");
    const char *name = leat_conf_argument(conf, "job", "");
    char checkpoint[100];

    snprintf(checkpoint, sizeof checkpoint, "checkpoint/%s", name);
    for (size_t i = 0; i < sizeof jobs / sizeof jobs[0]; i++)
        if (strcmp(name, jobs[i].name) == 0)
            return leat_main(leat_streaming_context_get_or_create(
                checkpoint, conf, LEAT_SECONDS(10), jobs[i].create, (void *)(uintptr_t)brokers));
    fprintf(stderr, "--job is one of:");
    for (size_t i = 0; i < sizeof jobs / sizeof jobs[0]; i++)
        fprintf(stderr, " %s", jobs[i].name);
    fprintf(stderr, "\n");
    leat_conf_destroy(conf);
    return 2;
}
