/* log_test: which lines are written, how long they may be, what stderr gets. */
#include "base/log.h"

#include <regex.h>
#include <unistd.h>

#include "tests/support/check.h"

struct heard {
    int count;
    enum leat_log_level level;
    char component[16];
    char line[2048];
};

static void hear(void *context, enum leat_log_level level, const char *component, const char *line)
{
    struct heard *heard = context;

    heard->count++;
    heard->level = level;
    snprintf(heard->component, sizeof heard->component, "%s", component);
    snprintf(heard->line, sizeof heard->line, "%s", line);
}

static void lines_above_the_level_are_dropped(void)
{
    for (int level = LEAT_LOG_ERROR; level <= LEAT_LOG_DEBUG; level++) {
        struct heard heard = {0};
        struct leat_log log = {hear, &heard, (enum leat_log_level)level};

        for (int said = LEAT_LOG_ERROR; said <= LEAT_LOG_DEBUG; said++)
            leat_log_write(&log, (enum leat_log_level)said, "base", "line %d", said);
        CHECK(heard.count == level + 1 && heard.level == (enum leat_log_level)level);
        CHECK(strcmp(heard.component, "base") == 0);
        CHECK(strlen(heard.line) == 6 && heard.line[5] == '0' + level);
    }
}

static void nobody_listening_is_no_mistake(void)
{
    struct leat_log silent = {0};

    leat_log_write(NULL, LEAT_LOG_ERROR, "base", "nothing");
    leat_log_write(&silent, LEAT_LOG_ERROR, "base", "nothing");
}

static void a_long_line_is_cut(void)
{
    struct heard heard = {0};
    struct leat_log log = {hear, &heard, LEAT_LOG_INFO};
    char text[3000];

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    leat_log_write(&log, LEAT_LOG_INFO, "base", "%s", text);
    CHECK(heard.count == 1 && strlen(heard.line) == 1023);
}

/* What stderr gets of f. */
static void take_stderr(const struct leat_log *log, char *out, size_t size)
{
    FILE *file = tmpfile();
    int saved = dup(STDERR_FILENO);

    CHECK(file != NULL && saved >= 0);
    fflush(stderr);
    CHECK(dup2(fileno(file), STDERR_FILENO) >= 0);
    leat_log_write(log, LEAT_LOG_WARN, "kafka", "no %s", "answer");
    fflush(stderr);
    CHECK(dup2(saved, STDERR_FILENO) >= 0);
    close(saved);
    rewind(file);
    out[fread(out, 1, size - 1, file)] = '\0';
    fclose(file);
}

static void stderr_gets_time_level_component_and_line(void)
{
    static const char form[] =
        "^2[0-9]{3}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\\.[0-9]{3}Z "
        "WARN kafka no answer\n$";
    struct leat_log log = {leat_log_to_stderr, NULL, LEAT_LOG_WARN};
    regex_t pattern;
    char text[200];

    take_stderr(&log, text, sizeof text);
    CHECK(regcomp(&pattern, form, REG_EXTENDED | REG_NOSUB) == 0);
    CHECK(regexec(&pattern, text, 0, NULL, 0) == 0);
    regfree(&pattern);
}

static const struct check_case cases[] = {
    CHECK_CASE(lines_above_the_level_are_dropped),
    CHECK_CASE(nobody_listening_is_no_mistake),
    CHECK_CASE(a_long_line_is_cut),
    CHECK_CASE(stderr_gets_time_level_component_and_line),
};

CHECK_MAIN(cases)
