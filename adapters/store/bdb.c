/* The port's table. What each part does stands at the head of its file. */
#include "adapters/store/store.h"

#include "adapters/store/bdb.h"

const struct store_ops store_bdb = {
    .name = "bdb",
    .open = bdb_open,
    .close = bdb_close,
    .begin = bdb_begin,
    .snapshot = bdb_snapshot,
    .commit = bdb_commit,
    .abort = bdb_abort,
    .get = bdb_get,
    .put = bdb_put,
    .del = bdb_del,
    .put_sorted = bdb_put_sorted,
    .scan = bdb_scan,
    .checkpoint = bdb_checkpoint,
    .backup = bdb_backup,
    .stat = bdb_stat,
};
