/*
 * state: what keyed state costs, as JSON lines {"number", "value", "unit"}: updates of hot keys, of
 * ten million keys in memory, the commit of a batch, and state beyond memory beside plain LMDB.
 *
 *   state --dir D [--hot N] [--keys N] [--updates N] [--commit-keys N] [--touched N] [--batches N]
 *         [--memory-mb N] [--disk-batches N]
 *
 * An update is a get and a put of the same key. Works in D, which has to be on a real disk.
 */
#include <inttypes.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common.h"
#include "record/murmur2.h"
#include "state/store.h"

enum { SLOTS = 64, KEY = 16, VALUE_MAX = 128, MB = 1 << 20, LABEL = 64 };

struct key {
    char bytes[KEY];
    uint32_t hash;
};

static void check(leat_status status, const leat_error *err)
{
    if (status != LEAT_OK)
        bench_fail("%s", err->message);
}

static void say(const char *number, double value, const char *unit)
{
    printf("{\"number\": \"%s\", \"value\": %.1f, \"unit\": \"%s\"}\n", number, value, unit);
    fflush(stdout);
}

static double seconds(void)
{
    return (double)bench_monotonic_us() / 1e6;
}

static double cpu_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* ---- keys ---- */

/* Spread over the slots and over the database. */
static void make_key(uint64_t i, struct key *out)
{
    uint64_t state = i;

    for (size_t at = 0; at < KEY; at += sizeof state) {
        uint64_t number = bench_random(&state);

        memcpy(out->bytes + at, &number, sizeof number);
    }
    out->hash = leat_murmur2((leat_bytes){out->bytes, KEY});
}

/* ---- stores ---- */

struct bench {
    struct leat_checkpoint *checkpoint; /* NULL: memory only. */
    struct leat_stores *stores;
    struct leat_store *store;
    size_t value_size;
    int64_t n;
};

static void open_bench(struct bench *bench, const char *directory, size_t memory_bytes,
                       size_t value_size)
{
    struct leat_stores_options options = {NULL, SLOTS, memory_bytes};
    struct leat_store_definition definition = {"bench", "bench", "bench", "bench"};
    leat_error err;

    *bench = (struct bench){.value_size = value_size};
    if (directory != NULL)
        check(leat_checkpoint_open(directory, &bench->checkpoint, &err), &err);
    options.checkpoint = bench->checkpoint;
    check(leat_stores_open(&options, &bench->stores, &err), &err);
    check(leat_stores_declare(bench->stores, &definition, &bench->store, &err), &err);
}

static void close_bench(struct bench *bench)
{
    leat_stores_destroy(bench->stores);
    leat_checkpoint_close(bench->checkpoint);
}

static void update(struct bench *bench, const struct key *key)
{
    uint32_t slot = leat_stores_slot(bench->stores, key->hash);
    leat_bytes bytes = {key->bytes, KEY};
    char value[VALUE_MAX] = {0};
    struct leat_state_entry entry;
    uint64_t count = 0;
    leat_error err;

    check(leat_store_get(bench->store, slot, key->hash, bytes, &entry, &err), &err);
    if (entry.value.data != NULL)
        memcpy(&count, entry.value.data, sizeof count);
    count++;
    memcpy(value, &count, sizeof count);
    check(leat_store_put(bench->store, slot, key->hash, bytes,
                         (leat_bytes){value, bench->value_size}, 1, &err),
          &err);
}

/* What the ledger does when the next batch is prepared, or the last one is settled. */
static void commit(struct bench *bench, bool is_last)
{
    leat_error err;

    if (bench->checkpoint != NULL) {
        check(leat_checkpoint_begin(bench->checkpoint, &err), &err);
        check(leat_stores_fold(bench->stores, bench->n, &err), &err);
        check(leat_stores_write_delta(bench->stores, ++bench->n, &err), &err);
        if (is_last)
            check(leat_stores_fold(bench->stores, bench->n, &err), &err);
        check(leat_checkpoint_commit(bench->checkpoint, &err), &err);
        leat_stores_folded(bench->stores);
        check(leat_stores_apply(bench->stores, is_last, &err), &err);
    }
    if (!is_last)
        leat_stores_accept(bench->stores);
}

static const char *fresh(const char *directory, const char *name, char out[1024])
{
    char path[1100];

    snprintf(out, 1024, "%s/%s", directory, name);
    mkdir(out, 0700);
    for (const char *const *file = (const char *const[]){"data.mdb", "lock.mdb", "lock", NULL};
         *file != NULL; file++) {
        snprintf(path, sizeof path, "%s/%s", out, *file);
        unlink(path);
    }
    return out;
}

static double file_mb(const char *directory)
{
    struct stat info;
    char path[1100];

    snprintf(path, sizeof path, "%s/data.mdb", directory);
    return stat(path, &info) == 0 ? (double)info.st_size / MB : 0;
}

/* ---- memory ---- */

static void run_hot(const char *directory, int64_t updates)
{
    enum { HOT = 100 };
    struct key keys[HOT];
    struct bench bench;
    char path[1024];
    double began;

    open_bench(&bench, fresh(directory, "hot", path), 64 * MB, 8);
    for (int i = 0; i < HOT; i++)
        make_key((uint64_t)i, &keys[i]);
    began = seconds();
    for (int64_t i = 0; i < updates; i++) {
        update(&bench, &keys[i % HOT]);
        if (i % 1000000 == 999999)
            commit(&bench, false);
    }
    say("update of a hot key", (seconds() - began) / (double)updates * 1e9, "ns");
    commit(&bench, true);
    close_bench(&bench);
}

static double resident_mb(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long size = 0;
    long resident = 0;

    if (file == NULL || fscanf(file, "%ld %ld", &size, &resident) != 2)
        bench_fail("/proc/self/statm");
    fclose(file);
    return (double)resident * (double)sysconf(_SC_PAGESIZE) / MB;
}

static void prefetch(const struct bench *bench, const struct key *key, enum leat_prefetch what)
{
    leat_store_prefetch(bench->store, leat_stores_slot(bench->stores, key->hash), key->hash, what);
}

/* A chunk of keys at a time, as records come; the engine knows the keys of a chunk ahead. */
static void update_many(struct bench *bench, int64_t count, int64_t updates, bool ahead)
{
    enum { CHUNK = 512, PLACES = 16, ENTRIES = 8 };
    static struct key keys[CHUNK + PLACES];
    uint64_t random = 1;

    for (int64_t done = 0; done < updates; done += CHUNK) {
        for (int i = 0; i < CHUNK; i++)
            make_key(bench_random(&random) % (uint64_t)count, &keys[i]);
        for (int i = 0; i < CHUNK; i++) {
            if (ahead && i + PLACES < CHUNK)
                prefetch(bench, &keys[i + PLACES], LEAT_PREFETCH_PLACE);
            if (ahead && i + ENTRIES < CHUNK)
                prefetch(bench, &keys[i + ENTRIES], LEAT_PREFETCH_ENTRY);
            update(bench, &keys[i]);
        }
        if (done / CHUNK % 2000 == 1999)
            commit(bench, false);
    }
}

static void run_memory(int64_t count, int64_t updates)
{
    struct bench bench;
    struct key key;
    double began;
    double before;

    before = resident_mb();
    open_bench(&bench, NULL, (size_t)8 << 30, 8);
    began = seconds();
    for (int64_t i = 0; i < count; i++) {
        make_key((uint64_t)i, &key);
        update(&bench, &key);
        if (i % 1000000 == 999999)
            commit(&bench, false);
    }
    commit(&bench, false);
    say("insert into many keys in memory", (seconds() - began) / (double)count * 1e9, "ns");
    say("memory of a key of 16 bytes with 8", (resident_mb() - before) * MB / (double)count,
        "bytes");
    for (int ahead = 0; ahead < 2; ahead++) {
        began = seconds();
        update_many(&bench, count, updates, ahead == 1);
        say(ahead == 1 ? "update of many keys in memory, known ahead"
                       : "update of many keys in memory, one by one",
            (seconds() - began) / (double)updates * 1e9, "ns");
    }
    close_bench(&bench);
}

/* ---- the commit of a batch ---- */

static void run_commit(const char *directory, int64_t count, int64_t touched, int64_t batches)
{
    struct bench bench;
    struct key key;
    char path[1024];
    uint64_t random = 2;
    double total = 0;
    double longest = 0;
    double began;

    open_bench(&bench, fresh(directory, "commit", path), (size_t)1 << 30, 16);
    for (int64_t i = 0; i < count; i++) {
        make_key((uint64_t)i, &key);
        update(&bench, &key);
    }
    commit(&bench, true);
    for (int64_t b = 0; b < batches; b++) {
        double took;

        for (int64_t i = 0; i < touched; i++) {
            make_key(bench_random(&random) % (uint64_t)count, &key);
            update(&bench, &key);
        }
        began = seconds();
        commit(&bench, false);
        took = seconds() - began;
        total += took;
        longest = took > longest ? took : longest;
        fprintf(stderr, "%.0f ", took * 1e3);
    }
    fprintf(stderr, "ms\n");
    say("commit of a batch", total / (double)batches * 1e3, "ms");
    say("longest commit of a batch", longest * 1e3, "ms");
    say("commit of a batch, by key", total / (double)(batches * touched) * 1e9, "ns");
    say("checkpoint after these commits", file_mb(path), "MB");
    close_bench(&bench);
    began = seconds();
    open_bench(&bench, path, (size_t)1 << 30, 16);
    say("opening after a kill", (seconds() - began) * 1e3, "ms");
    close_bench(&bench);
}

/* ---- beyond memory, beside plain LMDB ---- */

struct disk {
    int64_t keys;
    int64_t touched;
    int64_t batches;
    size_t value_size;
};

static void report_disk(const char *who, const struct disk *disk, double wall, double cpu)
{
    double updates = (double)(disk->batches * disk->touched);
    char label[LABEL];

    snprintf(label, sizeof label, "update beyond memory, %s", who);
    say(label, wall / updates * 1e9, "ns");
    snprintf(label, sizeof label, "CPU of an update beyond memory, %s", who);
    say(label, cpu / updates * 1e9, "ns");
}

static double run_store(const char *directory, const struct disk *disk, size_t memory_bytes)
{
    struct bench bench;
    struct key key;
    char path[1024];
    uint64_t random = 3;
    double began;
    double cpu;

    open_bench(&bench, fresh(directory, "store", path), memory_bytes, disk->value_size);
    for (int64_t i = 0; i < disk->keys; i++) {
        make_key((uint64_t)i, &key);
        update(&bench, &key);
        if (i % disk->touched == disk->touched - 1)
            commit(&bench, false);
    }
    commit(&bench, true);
    began = seconds();
    cpu = cpu_seconds();
    for (int64_t b = 0; b < disk->batches; b++) {
        for (int64_t i = 0; i < disk->touched; i++) {
            make_key(bench_random(&random) % (uint64_t)disk->keys, &key);
            update(&bench, &key);
        }
        commit(&bench, b + 1 == disk->batches);
    }
    began = seconds() - began;
    report_disk("leat", disk, began, cpu_seconds() - cpu);
    say("checkpoint of leat", file_mb(path), "MB");
    close_bench(&bench);
    return began;
}

struct plain {
    MDB_env *environment;
    MDB_dbi database;
    struct key *keys;
};

static void must(int code)
{
    if (code != 0)
        bench_fail("lmdb: %s", mdb_strerror(code));
}

static int compare(const void *left, const void *right)
{
    return memcmp(left, right, KEY);
}

/* The same updates, sorted, in one transaction. */
static void plain_batch(struct plain *plain, size_t count, size_t value_size)
{
    char bytes[VALUE_MAX] = {0};
    MDB_txn *transaction;
    MDB_cursor *cursor;

    qsort(plain->keys, count, sizeof *plain->keys, compare);
    must(mdb_txn_begin(plain->environment, NULL, 0, &transaction));
    must(mdb_cursor_open(transaction, plain->database, &cursor));
    for (size_t i = 0; i < count; i++) {
        MDB_val key = {KEY, plain->keys[i].bytes};
        MDB_val value;
        uint64_t number = 0;
        int code = mdb_cursor_get(cursor, &key, &value, MDB_SET);

        if (code == 0)
            memcpy(&number, value.mv_data, sizeof number);
        else if (code != MDB_NOTFOUND)
            must(code);
        number++;
        memcpy(bytes, &number, sizeof number);
        value = (MDB_val){value_size, bytes};
        must(mdb_cursor_put(cursor, &key, &value, 0));
    }
    mdb_cursor_close(cursor);
    must(mdb_txn_commit(transaction));
}

static void open_plain(struct plain *plain, const char *path)
{
    MDB_txn *transaction;

    must(mdb_env_create(&plain->environment));
    must(mdb_env_set_mapsize(plain->environment, (size_t)64 << 30));
    must(mdb_env_open(plain->environment, path, 0, 0600));
    must(mdb_txn_begin(plain->environment, NULL, 0, &transaction));
    must(mdb_dbi_open(transaction, NULL, 0, &plain->database));
    must(mdb_txn_commit(transaction));
}

static double run_plain(const char *directory, const struct disk *disk)
{
    struct plain plain;
    char path[1024];
    uint64_t random = 3;
    double began;
    double cpu;
    size_t count = 0;

    plain.keys = malloc((size_t)disk->touched * sizeof *plain.keys);
    if (plain.keys == NULL)
        bench_fail("no memory for keys");
    open_plain(&plain, fresh(directory, "plain", path));
    for (int64_t i = 0; i < disk->keys; i++) {
        make_key((uint64_t)i, &plain.keys[count++]);
        if (count == (size_t)disk->touched || i + 1 == disk->keys) {
            plain_batch(&plain, count, disk->value_size);
            count = 0;
        }
    }
    began = seconds();
    cpu = cpu_seconds();
    for (int64_t b = 0; b < disk->batches; b++) {
        for (int64_t i = 0; i < disk->touched; i++)
            make_key(bench_random(&random) % (uint64_t)disk->keys, &plain.keys[i]);
        plain_batch(&plain, (size_t)disk->touched, disk->value_size);
    }
    began = seconds() - began;
    report_disk("plain LMDB", disk, began, cpu_seconds() - cpu);
    say("checkpoint of plain LMDB", file_mb(path), "MB");
    mdb_env_close(plain.environment);
    free(plain.keys);
    return began;
}

static void run_disk(char **argv, const char *directory)
{
    size_t memory_bytes = (size_t)bench_number(argv, "--memory-mb", 64) * MB;
    struct disk disk = {.touched = bench_number(argv, "--touched", 100000),
                        .batches = bench_number(argv, "--disk-batches", 20),
                        .value_size = 100};
    double leat;
    double plain;

    disk.keys = (int64_t)(4 * memory_bytes / (KEY + disk.value_size));
    plain = run_plain(directory, &disk);
    leat = run_store(directory, &disk, memory_bytes);
    say("update beyond memory, leat / plain LMDB", leat / plain, "times");
}

int main(int argc, char **argv)
{
    const char *directory = bench_argument(argv, "--dir", NULL);
    int64_t hot = bench_number(argv, "--hot", 20000000);
    int64_t keys = bench_number(argv, "--keys", 10000000);
    int64_t batches = bench_number(argv, "--batches", 20);

    (void)argc;
    if (hot > 0)
        run_hot(directory, hot);
    if (keys > 0)
        run_memory(keys, bench_number(argv, "--updates", 10000000));
    if (batches > 0)
        run_commit(directory, bench_number(argv, "--commit-keys", 1000000),
                   bench_number(argv, "--touched", 100000), batches);
    if (bench_number(argv, "--disk-batches", 20) > 0)
        run_disk(argv, directory);
    return 0;
}
