/*
 * The ceiling of a centre: the same records through bare LMDB, body in a log and an index
 * of positions, committed by 2 MiB, with nothing else done to them:
 * bench_ceiling DIRECTORY CONFIGURATION_DUMP COUNT CHANGES random|time
 * Prints "objects_per_s changes_per_s", and on a third place durable transactions of one
 * object per second.
 */

#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "exchange/configuration_reader.h"
#include "proto/limits.h"
#include "workload.h"

enum { COMMIT_BYTES = 2 << 20, SINGLE_COUNT = 2000 };

struct store {
    MDB_env *environment;
    MDB_dbi journal;
    MDB_dbi objects;
    uint64_t lsn;
};

static double seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void must(int code, const char *what)
{
    if (code != 0) {
        (void)fprintf(stderr, "%s: %s\n", what, mdb_strerror(code));
        exit(1);
    }
}

static void open_store(struct store *store, const char *directory)
{
    MDB_txn *txn;

    (void)mkdir(directory, 0700);
    must(mdb_env_create(&store->environment), "create");
    must(mdb_env_set_mapsize(store->environment, (size_t)16 << 30), "map");
    must(mdb_env_set_maxdbs(store->environment, 2), "tables");
    must(mdb_env_open(store->environment, directory, MDB_NOTLS, 0600), "open");
    must(mdb_txn_begin(store->environment, NULL, 0, &txn), "begin");
    must(mdb_dbi_open(txn, "journal", MDB_CREATE, &store->journal), "journal");
    must(mdb_dbi_open(txn, "objects", MDB_CREATE, &store->objects), "objects");
    must(mdb_txn_commit(txn), "commit");
}

static void put(
    struct store *store,
    MDB_txn *txn,
    const struct fl_object *object,
    struct fl_bytes record)
{
    uint8_t key[FL_KEY_BYTES];
    uint8_t lsn[8];

    fl_key_encode(object->key, key);
    fl_store_u64(lsn, ++store->lsn);
    MDB_val key_value = {sizeof(key), key};
    MDB_val lsn_value = {sizeof(lsn), lsn};
    MDB_val found;
    MDB_val body = {sizeof(key) + record.size, NULL};

    /* A centre has to look up what it holds. */
    (void)mdb_get(txn, store->objects, &key_value, &found);
    must(
        mdb_put(txn, store->journal, &lsn_value, &body, MDB_APPEND | MDB_RESERVE),
        "append");
    memcpy(body.mv_data, key, sizeof(key));
    memcpy((uint8_t *)body.mv_data + sizeof(key), record.data, record.size);
    must(mdb_put(txn, store->objects, &key_value, &lsn_value, 0), "index");
}

/* Records are made outside the time that is measured. */
static double write_all(
    struct store *store,
    struct workload *workload,
    uint64_t count,
    uint64_t step,
    uint32_t version,
    size_t commit_bytes)
{
    struct fl_buffer record;
    struct fl_object object;
    MDB_txn *txn = NULL;
    size_t bytes = 0;
    double making = 0;
    double begun = seconds();

    fl_buffer_init(&record, FL_RECORD_BYTES_MAX);
    for (uint64_t i = 0; i < count; i++) {
        double before = seconds();

        fl_buffer_clear(&record);
        if (workload_make(workload, i * step, version, &object, &record) != FL_OK) {
            exit(1);
        }
        making += seconds() - before;
        if (!txn) {
            must(mdb_txn_begin(store->environment, NULL, 0, &txn), "begin");
        }
        put(store, txn, &object, fl_buffer_view(&record));
        bytes += record.size;
        if (bytes >= commit_bytes || i + 1 == count) {
            must(mdb_txn_commit(txn), "commit");
            txn = NULL;
            bytes = 0;
        }
    }
    fl_buffer_deinit(&record);
    return (double)count / (seconds() - begun - making);
}

int main(int argc, char **argv)
{
    struct fl_configuration *configuration = NULL;
    struct fl_error error = {0};
    struct workload workload;
    struct store store = {0};

    if (argc != 6) {
        (void)fprintf(stderr, "bench_ceiling DIR DUMP COUNT CHANGES random|time\n");
        return 2;
    }
    if (fl_configuration_read_dump(argv[2], &configuration, &error) != FL_OK ||
        workload_init(&workload, configuration, strcmp(argv[5], "random") == 0) !=
            FL_OK) {
        (void)fprintf(stderr, "bench_ceiling: %s\n", error.text);
        return 1;
    }
    uint64_t count = strtoull(argv[3], NULL, 10);
    uint64_t changes = strtoull(argv[4], NULL, 10);

    open_store(&store, argv[1]);
    double objects = write_all(&store, &workload, count, 1, 1, COMMIT_BYTES);
    double changed = write_all(&store, &workload, changes, 5, 2, COMMIT_BYTES);
    double single = write_all(&store, &workload, SINGLE_COUNT, 11, 3, 1);

    (void)printf("%.0f %.0f %.0f\n", objects, changed, single);
    mdb_env_close(store.environment);
    workload_deinit(&workload);
    fl_configuration_free(configuration);
    return 0;
}
