/* params: see params.h. The file is read by jansson, then looked up in a hash table of views. */
#include "params.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"

struct entry {
    leat_bytes user; /* data NULL: free. */
    leat_bytes segment;
};

struct params {
    json_t *root; /* All views point into it. */
    leat_bytes *kinds;
    size_t kind_count;
    struct entry *entries;
    size_t mask; /* A power of two, less one; at most half of the entries are taken. */
};

static leat_status say(leat_error *err, const char *path, const char *why)
{
    if (err != NULL) {
        err->status = LEAT_INVALID;
        snprintf(err->message, sizeof err->message, "'%.200s': %.200s", path, why);
    }
    return LEAT_INVALID;
}

static struct entry *find(const struct params *params, leat_bytes user)
{
    uint64_t hash = 0xcbf29ce484222325U;

    for (size_t i = 0; i < user.size; i++)
        hash = (hash ^ (unsigned char)user.data[i]) * 0x100000001b3U;
    for (size_t i = (size_t)(hash >> 16);; i++) {
        struct entry *entry = &params->entries[i & params->mask];

        if (entry->user.data == NULL || leat_bytes_equal(entry->user, user))
            return entry;
    }
}

static leat_bytes text_of(const json_t *text)
{
    return (leat_bytes){json_string_value(text), json_string_length(text)};
}

static bool read_kinds(struct params *params, const json_t *kinds)
{
    params->kinds = calloc(json_array_size(kinds) + 1, sizeof *params->kinds);
    if (!json_is_array(kinds) || params->kinds == NULL)
        return false;
    for (size_t i = 0; i < json_array_size(kinds); i++) {
        if (!json_is_string(json_array_get(kinds, i)))
            return false;
        params->kinds[params->kind_count++] = text_of(json_array_get(kinds, i));
    }
    return true;
}

static bool read_segments(struct params *params, json_t *segments)
{
    size_t room = 16;
    const char *user;
    json_t *segment;

    if (!json_is_object(segments))
        return false;
    while (room < 2 * json_object_size(segments))
        room *= 2;
    params->entries = calloc(room, sizeof *params->entries);
    if (params->entries == NULL)
        return false;
    params->mask = room - 1;
    json_object_foreach(segments, user, segment)
    {
        leat_bytes key = leat_string(user);

        if (!json_is_string(segment))
            return false;
        *find(params, key) = (struct entry){key, text_of(segment)};
    }
    return true;
}

leat_status params_load(void **out_value, void *user, leat_error *err)
{
    const char *path = ((const struct job *)user)->params_file;
    struct params *params = calloc(1, sizeof *params);
    json_error_t reason;

    if (params == NULL)
        return LEAT_NO_MEMORY;
    params->root = json_load_file(path, 0, &reason);
    if (params->root == NULL) {
        char why[JSON_ERROR_TEXT_LENGTH + 32];
        leat_status status;

        snprintf(why, sizeof why, "line %d: %s", reason.line, reason.text);
        status = say(err, path, reason.line < 0 ? reason.text : why);

        params_free(params);
        return status;
    }
    if (!read_kinds(params, json_object_get(params->root, "kinds")) ||
        !read_segments(params, json_object_get(params->root, "segments"))) {
        params_free(params);
        return say(err, path,
                   "must be {\"kinds\": [text, ...], \"segments\": {user: text}} in JSON");
    }
    *out_value = params;
    return LEAT_OK;
}

void params_free(void *value)
{
    struct params *params = value;

    json_decref(params->root);
    free(params->kinds);
    free(params->entries);
    free(params);
}

bool params_has_kind(const struct params *params, leat_bytes kind)
{
    for (size_t i = 0; i < params->kind_count; i++)
        if (leat_bytes_equal(params->kinds[i], kind))
            return true;
    return false;
}

leat_bytes params_segment(const struct params *params, leat_bytes user)
{
    leat_bytes segment = find(params, user)->segment;

    return segment.data == NULL ? leat_string("") : segment;
}
