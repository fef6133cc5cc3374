/* reader_test: readers see what was committed last, beside each other, and stand in no writer's
 * way. */
#include <pthread.h>
#include <sys/resource.h>

#include "base/memory.h"
#include "state/checkpoint_internal.h"
#include "tests/support/scratch.h"

__attribute__((visibility("default"))) int fdatasync(int fd)
{
    (void)fd;
    return 0;
}

static struct leat_checkpoint *make(char out[PATH_MAX])
{
    struct leat_checkpoint *checkpoint;

    scratch_make(out);
    CHECK_OK(leat_checkpoint_open(out, &checkpoint, NULL));
    return checkpoint;
}

static void put(struct leat_checkpoint *checkpoint, const char *key, const char *value)
{
    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    CHECK_OK(leat_checkpoint_put(checkpoint, LEAT_DATABASE_STATE, leat_string(key),
                                 leat_string(value), NULL));
    CHECK_OK(leat_checkpoint_commit(checkpoint, NULL));
}

static struct leat_checkpoint_reader *take(struct leat_checkpoint *checkpoint)
{
    struct leat_checkpoint_reader *reader;

    CHECK_OK(leat_checkpoint_reader_take(checkpoint, &reader, NULL));
    return reader;
}

/* value NULL: not there. */
static void check(struct leat_checkpoint_reader *reader, const char *key, const char *value)
{
    leat_bytes found;

    CHECK_OK(
        leat_checkpoint_reader_get(reader, LEAT_DATABASE_STATE, leat_string(key), &found, NULL));
    CHECK(leat_bytes_equal(found, leat_string(value)));
}

static void a_reader_sees_what_was_committed_before_it_was_taken(void)
{
    char root[PATH_MAX];
    struct leat_checkpoint *checkpoint = make(root);
    struct leat_checkpoint_reader *reader = take(checkpoint);

    check(reader, "a", NULL);
    leat_checkpoint_reader_give(reader);
    for (int i = 0; i < 3; i++) {
        const char *value = i % 2 == 0 ? "even" : "odd";
        struct leat_checkpoint_reader *second;

        put(checkpoint, "a", value);
        reader = take(checkpoint);
        second = take(checkpoint);
        check(reader, "a", value);
        check(second, "a", value);
        leat_checkpoint_reader_give(second);
        leat_checkpoint_reader_give(reader);
    }
    leat_checkpoint_reader_give(NULL);
    leat_checkpoint_close(checkpoint);
    scratch_remove(root);
}

static void keys_come_in_order_from_where_one_begins(void)
{
    char root[PATH_MAX];
    struct leat_checkpoint *checkpoint = make(root);
    struct leat_checkpoint_reader *reader;
    leat_bytes key, value;

    put(checkpoint, "c", "3");
    put(checkpoint, "a", "1");
    put(checkpoint, "b", "2");
    reader = take(checkpoint);
    for (int again = 0; again < 2; again++) {
        CHECK_OK(leat_checkpoint_reader_seek(reader, LEAT_DATABASE_STATE, leat_string("aa"), &key,
                                             &value, NULL));
        CHECK(leat_bytes_equal(key, leat_string("b")) && leat_bytes_equal(value, leat_string("2")));
        CHECK_OK(leat_checkpoint_reader_next(reader, &key, &value, NULL));
        CHECK(leat_bytes_equal(key, leat_string("c")) && leat_bytes_equal(value, leat_string("3")));
        CHECK_OK(leat_checkpoint_reader_next(reader, &key, &value, NULL));
        CHECK(key.data == NULL && value.data == NULL);
    }
    leat_checkpoint_reader_give(reader);
    leat_checkpoint_close(checkpoint);
    scratch_remove(root);
}

static void the_writer_seeks_appends_and_clears(void)
{
    char root[PATH_MAX];
    struct leat_checkpoint *checkpoint = make(root);
    leat_bytes key, value;

    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    for (const char *name = "1\0002\0003\0"; *name != '\0'; name += 2)
        CHECK_OK(leat_checkpoint_append(checkpoint, LEAT_DATABASE_DELTA, leat_string(name),
                                        leat_string("v"), NULL));
    CHECK(leat_checkpoint_append(checkpoint, LEAT_DATABASE_DELTA, leat_string("2"),
                                 leat_string("v"), NULL) != LEAT_OK);
    CHECK_OK(leat_checkpoint_delete(checkpoint, LEAT_DATABASE_DELTA, leat_string("2"), NULL));
    CHECK_OK(leat_checkpoint_seek(checkpoint, LEAT_DATABASE_DELTA, leat_string("2"), &key, &value,
                                  NULL));
    CHECK(leat_bytes_equal(key, leat_string("3")) && leat_bytes_equal(value, leat_string("v")));
    CHECK_OK(leat_checkpoint_clear(checkpoint, LEAT_DATABASE_DELTA, NULL));
    CHECK_OK(leat_checkpoint_seek(checkpoint, LEAT_DATABASE_DELTA, leat_string("0"), &key, &value,
                                  NULL));
    CHECK(key.data == NULL);
    leat_checkpoint_abort(checkpoint);
    leat_checkpoint_close(checkpoint);
    scratch_remove(root);
}

enum { KEYS = 2000 };

static void *read_all(void *context)
{
    for (int i = 0; i < KEYS; i++) {
        struct leat_checkpoint_reader *reader = take(context);
        char key[16];

        snprintf(key, sizeof key, "%d", i);
        check(reader, key, key);
        leat_checkpoint_reader_give(reader);
    }
    return NULL;
}

static void threads_read_beside_each_other(void)
{
    char root[PATH_MAX];
    struct leat_checkpoint *checkpoint = make(root);
    pthread_t threads[3];

    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    for (int i = 0; i < KEYS; i++) {
        char key[16];

        snprintf(key, sizeof key, "%d", i);
        CHECK_OK(leat_checkpoint_put(checkpoint, LEAT_DATABASE_STATE, leat_string(key),
                                     leat_string(key), NULL));
    }
    CHECK_OK(leat_checkpoint_commit(checkpoint, NULL));
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < 3; i++)
            CHECK(pthread_create(&threads[i], NULL, read_all, checkpoint) == 0);
        for (size_t i = 0; i < 3; i++)
            CHECK(pthread_join(threads[i], NULL) == 0);
        put(checkpoint, "x", "y");
    }
    leat_checkpoint_close(checkpoint);
    scratch_remove(root);
}

static void more_readers_than_there_may_be_are_refused(void)
{
    enum { MANY = 600 };
    char root[PATH_MAX];
    struct leat_checkpoint *checkpoint = make(root);
    struct leat_checkpoint_reader *readers[MANY];
    leat_error err = {LEAT_OK, ""};
    int count = 0;

    while (count < MANY &&
           leat_checkpoint_reader_take(checkpoint, &readers[count], &err) == LEAT_OK)
        count++;
    CHECK(count < MANY && strstr(err.message, root) != NULL);
    while (count > 0)
        leat_checkpoint_reader_give(readers[--count]);
    put(checkpoint, "a", "b");
    leat_checkpoint_close(checkpoint);
    scratch_remove(root);
}

static void a_reader_without_memory_is_none(void)
{
    char root[PATH_MAX];
    struct leat_checkpoint *checkpoint = make(root);
    struct leat_checkpoint_reader *reader = NULL;

    leat_memory_fail_after(0);
    CHECK(leat_checkpoint_reader_take(checkpoint, &reader, NULL) == LEAT_NO_MEMORY);
    leat_memory_fail_after(-1);
    CHECK(reader == NULL);
    put(checkpoint, "a", "b");
    leat_checkpoint_close(checkpoint);
    scratch_remove(root);
}

static void open_with_little_address_space(const char *directory)
{
    struct leat_checkpoint *checkpoint;
    struct rlimit limit;
    unsigned long pages;
    FILE *file = fopen("/proc/self/statm", "r");

    CHECK(file != NULL && fscanf(file, "%lu", &pages) == 1 && fclose(file) == 0);
    limit.rlim_cur = limit.rlim_max = (rlim_t)pages * 4096 + ((rlim_t)20 << 30);
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    CHECK_OK(leat_checkpoint_open(directory, &checkpoint, NULL));
    CHECK(checkpoint->map_bytes == (size_t)16 << 30);
    put(checkpoint, "a", "b");
    leat_checkpoint_close(checkpoint);
}

static void a_process_with_little_address_space_has_a_smaller_map(void)
{
    char root[PATH_MAX];

    leat_checkpoint_close(make(root));
    CHECK(scratch_child(open_with_little_address_space, root, 0));
    scratch_remove(root);
}

static const struct check_case cases[] = {
    CHECK_CASE(a_reader_sees_what_was_committed_before_it_was_taken),
    CHECK_CASE(keys_come_in_order_from_where_one_begins),
    CHECK_CASE(the_writer_seeks_appends_and_clears),
    CHECK_CASE(threads_read_beside_each_other),
    CHECK_CASE(more_readers_than_there_may_be_are_refused),
    CHECK_CASE(a_reader_without_memory_is_none),
    CHECK_CASE(a_process_with_little_address_space_has_a_smaller_map),
};
CHECK_MAIN(cases)
