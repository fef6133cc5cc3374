/* state: what a stopped job remembers, as JSON lines: list, show (the first keys), export (all). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "leat/conf.h"
#include "leat/state_reader.h"

enum { SHOWN_MAX = 20 };

struct request {
    const char *verb;
    const char *name;      /* NULL: list. */
    const char *directory; /* NULL: leat.checkpoint.directory. */
};

struct output {
    int64_t left; /* Lines that are still wanted; -1: all. */
    bool has_more;
    bool failed; /* stdout is broken. */
};

static bool parse_request(int argc, char **argv, struct request *out)
{
    *out = (struct request){0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--checkpoint") == 0 && i + 1 < argc)
            out->directory = argv[++i];
        else if (strncmp(argv[i], "--checkpoint=", 13) == 0)
            out->directory = argv[i] + 13;
        else if (argv[i][0] == '-')
            return false;
        else if (out->verb == NULL)
            out->verb = argv[i];
        else if (out->name == NULL)
            out->name = argv[i];
        else
            return false;
    }
    if (out->verb == NULL)
        return false;
    if (strcmp(out->verb, "list") == 0)
        return out->name == NULL;
    return out->name != NULL &&
           (strcmp(out->verb, "show") == 0 || strcmp(out->verb, "export") == 0);
}

static leat_status put(void *context, leat_bytes line)
{
    struct output *out = context;

    out->has_more = out->left == 0;
    if (out->has_more)
        return LEAT_CANCELLED;
    if (out->left > 0)
        out->left--;
    if (fwrite(line.data, 1, line.size, stdout) == line.size && putc('\n', stdout) != EOF)
        return LEAT_OK;
    out->failed = true;
    return LEAT_IO;
}

static leat_status print(leat_state_reader *reader, const struct request *request,
                         struct output *out, leat_error *err)
{
    out->left = strcmp(request->verb, "show") == 0 ? SHOWN_MAX : -1;
    if (request->name == NULL)
        return leat_state_reader_list(reader, put, out, err);
    return leat_state_reader_export(reader, request->name, put, out, err);
}

static int refuse(const leat_error *err, int status)
{
    fprintf(stderr, "leat: %s\n", err->message);
    return status;
}

static int answer(const struct request *request)
{
    leat_error err = {.status = LEAT_OK};
    leat_state_reader *reader;
    struct output out = {0};
    leat_status status;

    if (leat_state_reader_open(request->directory, &reader, &err) != LEAT_OK)
        return refuse(&err, EXIT_FAILURE);
    status = print(reader, request, &out, &err);
    if (leat_state_reader_undecided(reader) > 0)
        fprintf(stderr,
                "leat: the job was killed while it committed batch %" PRId64
                ": what that batch did is not shown; the next start settles it\n",
                leat_state_reader_undecided(reader));
    leat_state_reader_close(reader);
    if (out.failed || fflush(stdout) != 0) {
        perror("leat: stdout");
        return EXIT_FAILURE;
    }
    if (out.has_more)
        fprintf(stderr, "leat: these are the first %d keys; `leat state export` has all\n",
                SHOWN_MAX);
    return status == LEAT_OK || out.has_more ? EXIT_SUCCESS : refuse(&err, EXIT_FAILURE);
}

/* What the request leaves open, the settings say. */
static int answer_by(leat_conf *conf, struct request *request)
{
    leat_error err = {.status = LEAT_OK};

    if (leat_conf_describe(conf, NULL, &err) == NULL)
        return refuse(&err, leat_conf_is_usage_error(conf) ? EXIT_USAGE : EXIT_FAILURE);
    if (request->directory == NULL)
        request->directory = leat_conf_get(conf, "leat.checkpoint.directory");
    if (request->directory != NULL && request->directory[0] != '\0')
        return answer(request);
    fprintf(stderr, "leat: which job's state? give --checkpoint DIR\n");
    return command_usage(&state_command);
}

static int run(int argc, char **argv)
{
    leat_conf *conf = leat_conf_create(&argc, argv);
    struct request request;
    int status;

    if (parse_request(argc, argv, &request))
        status = answer_by(conf, &request);
    else
        status = command_usage(&state_command);
    leat_conf_destroy(conf);
    return status;
}

const struct command state_command = {
    .name = "state",
    .usage = "state list|show NAME|export NAME [--checkpoint DIR] [--conf K=V]... "
             "[--properties-file F]",
    .run = run};
