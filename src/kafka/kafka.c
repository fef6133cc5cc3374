/* kafka: the parts of kafka.h that need no Kafka. */
#include "kafka/kafka.h"

#include <string.h>

#include "base/memory.h"

leat_status leat_offset_reset_parse(const char *word, bool *out_earliest, leat_error *err)
{
    static const struct {
        const char *word;
        bool earliest;
    } words[] = {{"smallest", true}, {"earliest", true}, {"beginning", true},
                 {"largest", false}, {"latest", false},  {"end", false}};

    if (word == NULL) {
        *out_earliest = false;
        return LEAT_OK;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(word, words[i].word) == 0) {
            *out_earliest = words[i].earliest;
            return LEAT_OK;
        }
    return leat_fail(err, LEAT_INVALID,
                     "auto.offset.reset is '%s'; it can be smallest, earliest or beginning, or "
                     "largest, latest or end",
                     word);
}

void leat_topic_list_release(struct leat_topic_list *list)
{
    leat_free(list->topics);
    *list = (struct leat_topic_list){0};
}
