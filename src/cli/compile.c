/* compile: see compile.h. */
#include "cli/compile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "leat/base.h"

extern char **environ;

enum {
    PARTS_MAX = 64,  /* Of the job: sources and the compiler's words. */
    WORDS_MAX = 160, /* Of the compiler's command line. */
    TEXT_MAX = 4096
};

/* Where the headers and the library of this program are. */
struct place {
    char include[PATH_MAX];
    char library[PATH_MAX];
};

static int say(const char *what, const char *path)
{
    fprintf(stderr, "leat run: %s '%s': %s\n", what, path, strerror(errno));
    return -1;
}

/* Beside the program in a build, else lib/ and include/ beside its bin/. */
static int find_place(struct place *place)
{
    char program[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", program, sizeof program - 1);
    char *slash;

    if (size < 0)
        return say("cannot read", "/proc/self/exe");
    program[size] = '\0';
    slash = strrchr(program, '/');
    *slash = '\0';
    if (snprintf(place->library, sizeof place->library, "%s/libleat.so", program) > 0 &&
        access(place->library, R_OK) == 0) {
        snprintf(place->library, sizeof place->library, "%s", program);
        snprintf(place->include, sizeof place->include, "%s", LEAT_BUILD_INCLUDE);
        return 0;
    }
    slash = strrchr(program, '/');
    if (slash != NULL)
        *slash = '\0';
    if (snprintf(place->include, sizeof place->include, "%s/include", program) >= PATH_MAX ||
        snprintf(place->library, sizeof place->library, "%s/%s", program, LEAT_LIBRARY_DIRECTORY) >=
            PATH_MAX) {
        errno = ENAMETOOLONG;
        return say("cannot use", program);
    }
    return 0;
}

/* FNV-1a: names a file, defends against nothing. */
static uint64_t hash_more(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * 0x100000001b3U;
    return hash;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
    return text == NULL ? hash : hash_more(hash, text, strlen(text) + 1);
}

static int hash_file(const char *path, uint64_t *hash)
{
    char buffer[TEXT_MAX];
    FILE *file = fopen(path, "rb");
    size_t size;

    if (file == NULL)
        return say("cannot read", path);
    while ((size = fread(buffer, 1, sizeof buffer, file)) > 0)
        *hash = hash_more(*hash, buffer, size);
    if (ferror(file)) {
        say("cannot read", path);
        fclose(file);
        return -1;
    }
    fclose(file);
    return 0;
}

static bool is_header(const char *name)
{
    size_t length = strlen(name);

    return length > 2 && strcmp(name + length - 2, ".h") == 0;
}

/* The headers of a directory, in whatever order they come: a changed one makes another program. */
static uint64_t hash_headers(uint64_t hash, const char *directory)
{
    DIR *entries = opendir(directory);
    uint64_t sum = 0;
    struct dirent *entry;
    struct stat info;

    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        if (!is_header(entry->d_name) || fstatat(dirfd(entries), entry->d_name, &info, 0) != 0)
            continue;
        sum +=
            hash_more(hash_more(hash_text(hash, entry->d_name), &info.st_mtim, sizeof info.st_mtim),
                      &info.st_size, sizeof info.st_size);
    }
    if (entries != NULL)
        closedir(entries);
    return hash_more(hash, &sum, sizeof sum);
}

/* What stands beside a source can be included by "". */
static uint64_t hash_neighbours(uint64_t hash, const char *source)
{
    char directory[PATH_MAX];
    char *slash;

    snprintf(directory, sizeof directory, "%s", source);
    slash = strrchr(directory, '/');
    if (slash != NULL)
        slash[1] = '\0';
    return hash_headers(hash, slash == NULL ? "." : directory);
}

static int make_directories(char *path)
{
    for (char *at = path + 1; *at != '\0'; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return say("cannot make", path);
        *at = '/';
    }
    return 0;
}

/* All that the job is made of. */
static int hash_parts(char *const *job, size_t parts, uint64_t *hash)
{
    for (size_t i = 0; i < parts; i++) {
        *hash = hash_text(*hash, job[i]);
        if (strncmp(job[i], "-I", 2) == 0)
            *hash = hash_headers(*hash, job[i] + 2);
        if (job[i][0] == '-')
            continue;
        if (hash_file(job[i], hash) != 0)
            return -1;
        *hash = hash_neighbours(*hash, job[i]);
    }
    return 0;
}

static int cache_path(char *const *job, size_t parts, const struct place *place, char out[PATH_MAX])
{
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    const char *name = strrchr(job[0], '/');
    uint64_t hash = 0xcbf29ce484222325U;
    int size;

    if (hash_parts(job, parts, &hash) != 0)
        return -1;
    hash = hash_text(hash, place->library);
    hash = hash_text(hash, LEAT_VERSION_TEXT);
    hash = hash_text(hash, getenv("CC"));
    hash = hash_text(hash, getenv("CFLAGS"));
    hash = hash_text(hash, getenv("LDLIBS"));
    name = name == NULL ? job[0] : name + 1;
    if (cache != NULL && cache[0] == '/')
        size = snprintf(out, PATH_MAX, "%s/leat/run/%.64s-%016llx", cache, name,
                        (unsigned long long)hash);
    else
        size = snprintf(out, PATH_MAX, "%s/.cache/leat/run/%.64s-%016llx",
                        home == NULL ? "/tmp" : home, name, (unsigned long long)hash);
    if (size >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return say("cannot use", job[0]);
    }
    return make_directories(out);
}

/* Appends the blank-separated words of an environment variable; text keeps them. */
static size_t add_words(const char *variable, char text[TEXT_MAX], char **words, size_t count)
{
    const size_t most = count + 24;
    const char *value = getenv(variable);
    char *rest = text;

    if (value == NULL || snprintf(text, TEXT_MAX, "%s", value) >= TEXT_MAX)
        return count;
    while (count < most) {
        rest += strspn(rest, " \t");
        if (*rest == '\0')
            break;
        words[count++] = rest;
        rest += strcspn(rest, " \t");
        if (*rest != '\0')
            *rest++ = '\0';
    }
    return count;
}

static int run_compiler(char **words)
{
    pid_t child;
    int status;
    int failed = posix_spawnp(&child, words[0], NULL, NULL, words, environ);

    if (failed != 0) {
        errno = failed;
        say("cannot start the C compiler", words[0]);
        fprintf(stderr, "leat run: install one, or name it in CC\n");
        return -1;
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return say("cannot wait for", words[0]);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static size_t add_parts(char *const *job, size_t parts, bool sources, char **words, size_t count)
{
    for (size_t i = 0; i < parts; i++)
        if ((job[i][0] != '-') == sources)
            words[count++] = job[i];
    return count;
}

static int compile(char *const *job, size_t parts, const struct place *place, const char *program)
{
    char include[PATH_MAX + 2];
    char library[PATH_MAX + 2];
    char rpath[PATH_MAX + 16];
    char temporary[PATH_MAX];
    char cflags[TEXT_MAX];
    char ldlibs[TEXT_MAX];
    char cc[TEXT_MAX];
    char compiler[] = "cc";
    char fixed[][12] = {"-std=gnu17", "-O2", "-g", "-Wall"};
    char output_option[] = "-o";
    char leat_option[] = "-lleat";
    char *words[WORDS_MAX];
    size_t count = add_words("CC", cc, words, 0);

    if (count == 0)
        words[count++] = compiler;
    snprintf(include, sizeof include, "-I%s", place->include);
    snprintf(library, sizeof library, "-L%s", place->library);
    snprintf(rpath, sizeof rpath, "-Wl,-rpath,%s", place->library);
    if (snprintf(temporary, sizeof temporary, "%s.%ld", program, (long)getpid()) >= PATH_MAX)
        return -1;
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        words[count++] = fixed[i];
    words[count++] = include;
    count = add_words("CFLAGS", cflags, words, count);
    count = add_parts(job, parts, true, words, count);
    words[count++] = output_option;
    words[count++] = temporary;
    words[count++] = library;
    words[count++] = rpath;
    words[count++] = leat_option;
    count = add_parts(job, parts, false, words, count);
    count = add_words("LDLIBS", ldlibs, words, count);
    words[count] = NULL;
    if (run_compiler(words) != 0) {
        fprintf(stderr,
                "leat run: '%s' does not compile; further sources and libraries that it needs "
                "come right behind it: leat run %s MORE.c -lNAME\n",
                job[0], job[0]);
        unlink(temporary);
        return -1;
    }
    return rename(temporary, program) == 0 ? 0 : say("cannot write", program);
}

int compile_job(char *const *job, size_t parts, char out_program[PATH_MAX])
{
    size_t length = strlen(job[0]);
    struct place place;

    if (length < 2 || strcmp(job[0] + length - 2, ".c") != 0) {
        if (realpath(job[0], out_program) == NULL)
            return say("cannot find", job[0]);
        return 0;
    }
    if (parts > PARTS_MAX) {
        errno = E2BIG;
        return say("cannot compile", job[0]);
    }
    if (access(job[0], R_OK) != 0)
        return say("cannot read", job[0]);
    if (find_place(&place) != 0 || cache_path(job, parts, &place, out_program) != 0)
        return -1;
    if (access(out_program, X_OK) == 0)
        return 0;
    return compile(job, parts, &place, out_program);
}
