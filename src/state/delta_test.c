/* delta_test: what a batch changed is applied once it counts, and never when a byte of it is
 * wrong. */
#include "base/memory.h"
#include "state/delta_internal.h"
#include "tests/support/scratch.h"

enum { ENTRIES = 60, RECORDS_MAX = 32, RECORD_MAX = 6000 };

__attribute__((visibility("default"))) int fdatasync(int fd)
{
    (void)fd;
    return 0;
}

/* ---- helpers ---- */

static struct leat_checkpoint *make(char out[PATH_MAX])
{
    struct leat_checkpoint *checkpoint;

    scratch_make(out);
    CHECK_OK(leat_checkpoint_open(out, &checkpoint, NULL));
    return checkpoint;
}

static void finish(struct leat_checkpoint *checkpoint, const char *root)
{
    leat_checkpoint_close(checkpoint);
    scratch_remove(root);
}

/* Keys in order; value: batch and key; each third is removed; one is larger than a chunk. */
static leat_status write_delta(struct leat_checkpoint *checkpoint, int64_t n, int entries,
                               leat_error *err)
{
    static char large[5000];
    struct leat_delta_writer writer = {.n = n};
    leat_status status = leat_delta_begin(&writer, checkpoint, n, err);

    for (int i = 0; i < entries && status == LEAT_OK; i++) {
        struct leat_stored_key stored;
        char key[16], text[64];
        leat_bytes value = {NULL, 0};

        snprintf(key, sizeof key, "%06d", i);
        snprintf(text, sizeof text, "%lld %06d, and something to fill the chunks", (long long)n, i);
        if (i % 3 != 2)
            value = i == 7 ? (leat_bytes){large, sizeof large} : leat_string(text);
        leat_stored_key_make(&stored, 1, 2, leat_string(key));
        status = leat_delta_add(&writer, &stored, leat_string(key), value, n, err);
    }
    if (status == LEAT_OK)
        status = leat_delta_end(&writer, err);
    leat_delta_release(&writer);
    return status;
}

static void write_one(struct leat_checkpoint *checkpoint, int64_t n)
{
    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    CHECK_OK(write_delta(checkpoint, n, ENTRIES, NULL));
    CHECK_OK(leat_checkpoint_commit(checkpoint, NULL));
}

static leat_status fold(struct leat_checkpoint *checkpoint, int64_t n, leat_error *err)
{
    uint64_t bytes;
    leat_status status;

    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    status = leat_delta_fold(checkpoint, n, &bytes, err);
    if (status == LEAT_OK)
        return leat_checkpoint_commit(checkpoint, err);
    leat_checkpoint_abort(checkpoint);
    return status;
}

/* Of which batch the state of key i is; 0: none. */
static int64_t batch_of(struct leat_checkpoint *checkpoint, int i)
{
    struct leat_stored_key key;
    struct leat_stored stored;
    leat_bytes value;
    char text[16];

    snprintf(text, sizeof text, "%06d", i);
    leat_stored_key_make(&key, 1, 2, leat_string(text));
    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    CHECK_OK(leat_checkpoint_get(checkpoint, LEAT_DATABASE_STATE, leat_stored_key_view(&key),
                                 &value, NULL));
    if (value.data != NULL)
        CHECK(leat_stored_read(leat_stored_key_view(&key), value, &stored) &&
              leat_bytes_equal(stored.key, leat_string(text)));
    leat_checkpoint_abort(checkpoint);
    return value.data == NULL ? 0 : stored.updated_at;
}

static void check_batch(struct leat_checkpoint *checkpoint, int64_t n)
{
    for (int i = 0; i < ENTRIES; i++)
        CHECK(batch_of(checkpoint, i) == (i % 3 == 2 ? 0 : n));
}

/* ---- what counts ---- */

static void deltas_are_applied_together_and_the_newest_wins(void)
{
    char root[PATH_MAX];
    struct leat_checkpoint *checkpoint = make(root);
    int64_t n;

    for (n = 1; n <= 20; n++) {
        CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
        CHECK_OK(write_delta(checkpoint, n, n == 20 ? ENTRIES / 2 : ENTRIES, NULL));
        CHECK_OK(leat_checkpoint_commit(checkpoint, NULL));
        CHECK_OK(fold(checkpoint, n, NULL));
    }
    CHECK(batch_of(checkpoint, 0) == 0);
    CHECK_OK(leat_delta_apply(checkpoint, NULL));
    for (int i = 0; i < ENTRIES; i++)
        CHECK(batch_of(checkpoint, i) == (i % 3 == 2 ? 0 : i < ENTRIES / 2 ? 20 : 19));
    CHECK_OK(leat_delta_apply(checkpoint, NULL)); /* Nothing is left. */
    finish(checkpoint, root);
}

static void what_was_there_before_is_removed(void)
{
    char root[PATH_MAX];
    struct leat_checkpoint *checkpoint = make(root);
    struct leat_delta_writer writer = {.n = 2};
    struct leat_stored_key stored;

    write_one(checkpoint, 1);
    CHECK_OK(fold(checkpoint, 1, NULL));
    CHECK_OK(leat_delta_apply(checkpoint, NULL));
    CHECK(batch_of(checkpoint, 0) == 1 && batch_of(checkpoint, 1) == 1);
    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    CHECK_OK(leat_delta_begin(&writer, checkpoint, 2, NULL));
    leat_stored_key_make(&stored, 1, 2, leat_string("000000"));
    CHECK_OK(
        leat_delta_add(&writer, &stored, leat_string("000000"), (leat_bytes){NULL, 0}, 2, NULL));
    CHECK_OK(leat_delta_end(&writer, NULL));
    CHECK_OK(leat_checkpoint_commit(checkpoint, NULL));
    leat_delta_release(&writer);
    CHECK_OK(fold(checkpoint, 2, NULL));
    CHECK_OK(leat_delta_apply(checkpoint, NULL));
    CHECK(batch_of(checkpoint, 0) == 0 && batch_of(checkpoint, 1) == 1);
    finish(checkpoint, root);
}

static void what_counts_is_applied_and_what_does_not_is_left(void)
{
    char root[PATH_MAX];
    struct leat_checkpoint *checkpoint = make(root);

    write_one(checkpoint, 1);
    CHECK_OK(fold(checkpoint, 1, NULL));
    write_one(checkpoint, 2);
    CHECK_OK(leat_delta_apply(checkpoint, NULL));
    check_batch(checkpoint, 1);
    CHECK_OK(fold(checkpoint, 2, NULL));
    CHECK_OK(leat_delta_apply(checkpoint, NULL));
    check_batch(checkpoint, 2);
    finish(checkpoint, root);
}

static void what_is_dropped_is_gone_and_what_counts_stays(void)
{
    char root[PATH_MAX];
    struct leat_checkpoint *checkpoint = make(root);

    for (int with = 0; with < 2; with++) {
        if (with == 1) {
            write_one(checkpoint, 1);
            CHECK_OK(fold(checkpoint, 1, NULL));
        }
        write_one(checkpoint, 2);
        CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
        CHECK_OK(leat_delta_drop(checkpoint, NULL));
        CHECK_OK(leat_checkpoint_commit(checkpoint, NULL));
        CHECK_OK(fold(checkpoint, 2, NULL));
        CHECK_OK(leat_delta_apply(checkpoint, NULL));
        check_batch(checkpoint, with);
    }
    finish(checkpoint, root);
}

static void a_delta_of_another_batch_is_never_replaced(void)
{
    char root[PATH_MAX];
    struct leat_checkpoint *checkpoint = make(root);
    leat_error err = {LEAT_OK, ""};

    write_one(checkpoint, 3);
    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    CHECK(write_delta(checkpoint, 4, 1, &err) == LEAT_CORRUPT && strstr(err.message, "3") != NULL);
    leat_checkpoint_abort(checkpoint);
    CHECK(fold(checkpoint, 2, &err) == LEAT_CORRUPT);
    CHECK(fold(checkpoint, 4, &err) == LEAT_CORRUPT);
    CHECK_OK(fold(checkpoint, 3, NULL));
    CHECK_OK(fold(checkpoint, 3, NULL));
    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    CHECK(write_delta(checkpoint, 3, 1, &err) == LEAT_CORRUPT);
    leat_checkpoint_abort(checkpoint);
    finish(checkpoint, root);
}

static void a_second_attempt_replaces_the_first(void)
{
    char root[PATH_MAX];
    struct leat_checkpoint *checkpoint = make(root);

    write_one(checkpoint, 1);
    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    CHECK_OK(write_delta(checkpoint, 1, 2, NULL));
    CHECK_OK(leat_checkpoint_commit(checkpoint, NULL));
    CHECK_OK(fold(checkpoint, 1, NULL));
    CHECK_OK(leat_delta_apply(checkpoint, NULL));
    CHECK(batch_of(checkpoint, 0) == 1 && batch_of(checkpoint, 1) == 1);
    CHECK(batch_of(checkpoint, 3) == 0);
    finish(checkpoint, root);
}

/* ---- in parts ---- */

enum { MANY = 3000 };

struct fuse {
    int begins; /* So many more transactions may begin. */
};

static leat_status burn(void *context, leat_error *err)
{
    struct fuse *fuse = context;

    return fuse->begins-- > 0 ? LEAT_OK : leat_fail(err, LEAT_FENCED, "burnt");
}

static void write_many(struct leat_checkpoint *checkpoint, int64_t n)
{
    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    CHECK_OK(write_delta(checkpoint, n, MANY, NULL));
    CHECK_OK(leat_checkpoint_commit(checkpoint, NULL));
    CHECK_OK(fold(checkpoint, n, NULL));
}

/* It ends before each of its transactions once, and another delta comes before it begins again. */
static void a_part_that_is_missing_is_made_up_for(void)
{
    char root[PATH_MAX];
    struct leat_checkpoint *checkpoint = make(root);
    leat_status status = LEAT_FENCED;
    int64_t n = 1;
    int parts;

    write_many(checkpoint, n++);
    CHECK_OK(leat_delta_apply(checkpoint, NULL)); /* So that there are pages. */
    write_many(checkpoint, n++);
    for (parts = 1; status != LEAT_OK; parts++) {
        struct fuse fuse = {parts};

        leat_checkpoint_guard(checkpoint, burn, &fuse);
        status = leat_delta_apply_in_parts(checkpoint, 1, NULL);
        leat_checkpoint_guard(checkpoint, NULL, NULL);
        CHECK(status == LEAT_OK || status == LEAT_FENCED);
        if (status != LEAT_OK && parts % 3 == 0)
            write_many(checkpoint, n++);
    }
    CHECK(parts > 5);
    for (int i = 0; i < MANY; i += 7)
        CHECK(batch_of(checkpoint, i) == (i % 3 == 2 ? 0 : n - 1));
    finish(checkpoint, root);
}

/* ---- damage ---- */

struct record {
    char key[LEAT_DELTA_KEY];
    char value[RECORD_MAX];
    size_t size;
};

static struct record records[RECORDS_MAX];

/* A delta that counts and one that is undecided; everything that is stored of them. */
static size_t read_records(struct leat_checkpoint *checkpoint)
{
    char from[LEAT_DELTA_KEY + 1] = {0};
    size_t count = 0;

    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    for (;; count++) {
        leat_bytes key, value;

        CHECK_OK(leat_checkpoint_seek(checkpoint, LEAT_DATABASE_DELTA,
                                      (leat_bytes){from, count == 0 ? 1 : sizeof from}, &key,
                                      &value, NULL));
        if (key.data == NULL)
            break;
        CHECK(count < RECORDS_MAX && key.size == LEAT_DELTA_KEY && value.size <= RECORD_MAX);
        memcpy(records[count].key, key.data, key.size);
        memcpy(records[count].value, value.data, value.size);
        records[count].size = value.size;
        memcpy(from, key.data, key.size);
    }
    leat_checkpoint_abort(checkpoint);
    return count;
}

static leat_status fold_damaged(struct leat_checkpoint *checkpoint, const struct record *record,
                                leat_bytes value, leat_error *err)
{
    leat_bytes key = {record->key, sizeof record->key};
    leat_status status;

    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    if (value.data == NULL)
        CHECK_OK(leat_checkpoint_delete(checkpoint, LEAT_DATABASE_DELTA, key, NULL));
    else
        CHECK_OK(leat_checkpoint_put(checkpoint, LEAT_DATABASE_DELTA, key, value, NULL));
    CHECK_OK(leat_checkpoint_commit(checkpoint, NULL));
    status = fold(checkpoint, 2, err);
    if (status == LEAT_OK)
        status = leat_delta_apply(checkpoint, err);
    return status;
}

/* As they were. */
static void restore(struct leat_checkpoint *checkpoint, size_t count)
{
    CHECK_OK(leat_checkpoint_begin(checkpoint, NULL));
    CHECK_OK(leat_checkpoint_clear(checkpoint, LEAT_DATABASE_DELTA, NULL));
    for (size_t i = 0; i < count; i++)
        CHECK_OK(leat_checkpoint_append(checkpoint, LEAT_DATABASE_DELTA,
                                        (leat_bytes){records[i].key, LEAT_DELTA_KEY},
                                        (leat_bytes){records[i].value, records[i].size}, NULL));
    CHECK_OK(leat_checkpoint_commit(checkpoint, NULL));
}

static struct leat_checkpoint *make_two(char out[PATH_MAX])
{
    struct leat_checkpoint *checkpoint = make(out);

    write_one(checkpoint, 1);
    CHECK_OK(fold(checkpoint, 1, NULL));
    write_one(checkpoint, 2);
    return checkpoint;
}

static void a_flipped_bit_at_any_place_is_found_out(void)
{
    char root[PATH_MAX];
    struct leat_checkpoint *checkpoint = make_two(root);
    size_t count = read_records(checkpoint);

    CHECK(count > 6);
    for (size_t r = 0; r < count; r++)
        for (size_t at = 0; at < records[r].size; at += 1 + at / 16) {
            leat_error err = {LEAT_OK, ""};
            char bad[RECORD_MAX];

            memcpy(bad, records[r].value, records[r].size);
            bad[at] = (char)(bad[at] ^ (1 << at % 8));
            CHECK(fold_damaged(checkpoint, &records[r], (leat_bytes){bad, records[r].size}, &err) ==
                  LEAT_CORRUPT);
            CHECK(strstr(err.message, "damaged") != NULL);
            restore(checkpoint, count);
        }
    finish(checkpoint, root);
}

static void a_record_cut_short_or_continued_is_found_out(void)
{
    char root[PATH_MAX];
    struct leat_checkpoint *checkpoint = make_two(root);
    size_t count = read_records(checkpoint);

    for (size_t r = 0; r < count; r++)
        for (size_t size = 0; size <= records[r].size + 1; size += 1 + size / 32) {
            char bad[RECORD_MAX + 1] = {0};

            if (size == records[r].size)
                continue;
            memcpy(bad, records[r].value, size < RECORD_MAX ? size : RECORD_MAX);
            CHECK(fold_damaged(checkpoint, &records[r], (leat_bytes){bad, size}, NULL) ==
                  LEAT_CORRUPT);
            restore(checkpoint, count);
        }
    finish(checkpoint, root);
}

static void a_missing_part_is_found_out(void)
{
    char root[PATH_MAX];
    struct leat_checkpoint *checkpoint = make_two(root);
    size_t count = read_records(checkpoint);

    for (size_t r = 0; r < count; r++) {
        CHECK(fold_damaged(checkpoint, &records[r], (leat_bytes){NULL, 0}, NULL) == LEAT_CORRUPT);
        restore(checkpoint, count);
    }
    finish(checkpoint, root);
}

static void a_part_of_another_batch_is_found_out(void)
{
    char root[PATH_MAX];
    struct leat_checkpoint *checkpoint = make_two(root);
    size_t count = read_records(checkpoint);

    for (size_t r = 0; r < count; r++)
        for (size_t other = 0; other < count; other++) {
            leat_bytes value = {records[other].value, records[other].size};

            if (r == other)
                continue;
            CHECK(fold_damaged(checkpoint, &records[r], value, NULL) == LEAT_CORRUPT);
            restore(checkpoint, count);
        }
    finish(checkpoint, root);
}

/* A header that is good by itself and says another number of chunks, entries or bytes. */
static void a_wrong_count_is_found_out(void)
{
    char root[PATH_MAX];
    struct leat_checkpoint *checkpoint = make_two(root);
    size_t count = read_records(checkpoint);

    for (size_t at = 3; at < 20; at += 8) { /* The last byte of each number. */
        struct record header = records[1];

        CHECK(header.size == LEAT_DELTA_HEADER);
        header.value[at]--;
        leat_store_be32(header.value + 20, leat_delta_crc(header.key, header.value, 20));
        CHECK(fold_damaged(checkpoint, &header, (leat_bytes){header.value, header.size}, NULL) ==
              LEAT_CORRUPT);
        restore(checkpoint, count);
    }
    finish(checkpoint, root);
}

static void no_memory_applies_nothing(void)
{
    char root[PATH_MAX];
    struct leat_checkpoint *checkpoint = make(root);
    leat_status status;
    long count = 0;

    write_one(checkpoint, 1);
    CHECK_OK(fold(checkpoint, 1, NULL));
    do {
        leat_memory_fail_after(count++);
        status = leat_delta_apply(checkpoint, NULL);
        leat_memory_fail_after(-1);
        CHECK(status == LEAT_OK || (status == LEAT_NO_MEMORY && batch_of(checkpoint, 0) == 0));
    } while (status != LEAT_OK);
    CHECK(count > 3);
    check_batch(checkpoint, 1);
    finish(checkpoint, root);
}

static const struct check_case cases[] = {
    CHECK_CASE(deltas_are_applied_together_and_the_newest_wins),
    CHECK_CASE(what_was_there_before_is_removed),
    CHECK_CASE(what_counts_is_applied_and_what_does_not_is_left),
    CHECK_CASE(what_is_dropped_is_gone_and_what_counts_stays),
    CHECK_CASE(a_delta_of_another_batch_is_never_replaced),
    CHECK_CASE(a_second_attempt_replaces_the_first),
    CHECK_CASE(a_part_that_is_missing_is_made_up_for),
    CHECK_CASE(a_flipped_bit_at_any_place_is_found_out),
    CHECK_CASE(a_record_cut_short_or_continued_is_found_out),
    CHECK_CASE(a_missing_part_is_found_out),
    CHECK_CASE(a_part_of_another_batch_is_found_out),
    CHECK_CASE(a_wrong_count_is_found_out),
    CHECK_CASE(no_memory_applies_nothing),
};
CHECK_MAIN(cases)
