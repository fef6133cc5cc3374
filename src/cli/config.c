/*
 * config: every setting there is (--list), or those in force here and now: with this environment,
 * these --conf and this properties file. A job's own settings are not among them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "leat/conf.h"

struct request {
    bool list;
    const char *key; /* NULL: all. */
};

static bool parse_request(int argc, char **argv, struct request *out)
{
    *out = (struct request){0};
    if (argc == 2 && strcmp(argv[1], "--list") == 0)
        out->list = true;
    else if (argc == 2 && strncmp(argv[1], "--get=", 6) == 0)
        out->key = argv[1] + 6;
    else if (argc == 3 && strcmp(argv[1], "--get") == 0)
        out->key = argv[2];
    else
        return argc == 1;
    return true;
}

static int refuse(const leat_error *err, int status)
{
    fprintf(stderr, "leat: %s\n", err->message);
    return status;
}

static int print(const char *text)
{
    if (fputs(text, stdout) >= 0 && fflush(stdout) == 0)
        return EXIT_SUCCESS;
    perror("leat: stdout");
    return EXIT_FAILURE;
}

static int list(leat_conf *conf)
{
    const char *text = leat_conf_list(conf);

    return text != NULL ? print(text)
                        : refuse(&(leat_error){.message = "out of memory"}, EXIT_FAILURE);
}

static int show(leat_conf *conf, const char *key)
{
    leat_error err = {.status = LEAT_OK};
    const char *text = leat_conf_describe(conf, NULL, &err);

    if (text == NULL)
        return refuse(&err, leat_conf_is_usage_error(conf) ? EXIT_USAGE : EXIT_FAILURE);
    if (key != NULL)
        text = leat_conf_describe(conf, key, &err);
    if (text == NULL) /* There is no such key. */
        return refuse(&err, err.status == LEAT_INVALID ? EXIT_USAGE : EXIT_FAILURE);
    if (key != NULL && leat_conf_get(conf, key) == NULL) {
        fprintf(stderr, "leat: %s is not set and has no default\n", key);
        return EXIT_FAILURE;
    }
    return print(text);
}

static int run(int argc, char **argv)
{
    leat_conf *conf = leat_conf_create(&argc, argv);
    struct request request;
    int status;

    if (!parse_request(argc, argv, &request))
        status = command_usage(&config_command);
    else
        status = request.list ? list(conf) : show(conf, request.key);
    leat_conf_destroy(conf);
    return status;
}

const struct command config_command = {
    .name = "config",
    .usage = "config [--list|--get K] [--conf K=V]... [--properties-file F]",
    .run = run};
