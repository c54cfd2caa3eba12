/* What the files of this adapter share. Nobody outside adapters/store and its tests includes it. */
#ifndef ADAPTERS_STORE_BDB_H
#define ADAPTERS_STORE_BDB_H

#include "engine/limits.h"
#include "engine/store.h"

#include <db.h>
#include <pthread.h>
#include <stdatomic.h>

enum {
	PAGE_BYTES = 4096, /* the file system's block: no page is torn by a power failure */
	BULK_BYTES = 256 << 10,
	SCAN_BYTES = 64 << 10,
	SCAN_PLAIN = 8, /* up to so many pairs a plain cursor is cheaper than a bulk read */
};

struct store_txn {
	struct store *store;
	DB_TXN *txn;
	bool writer;
	bool marked; /* the writer's: its first record is in the log */
	int failed;  /* the first error that spoiled it: it can only be aborted */
	int64_t begun_ms;
	void *value; /* what `get` answers with, and its size */
	size_t value_size;
	void *page; /* the scan's buffer, taken by the scan under way */
};

struct store {
	DB_ENV *env;
	DB *db[STORE_TABLES];
	int lock_fd;
	char home[MAX_PATH_BYTES];
	uint64_t checkpoint_bytes;

	_Atomic bool dead;    /* the environment panicked; nothing works until a restart */
	_Atomic bool writing; /* the one writer's seat is taken */
	_Atomic int snapshots;
	_Atomic bool write_failed; /* the library could not write a file at least once */
	_Atomic int64_t said_s;    /* the second in which the library's sentences are counted… */
	_Atomic unsigned said;     /* …and how many came in it */
	struct store_txn writer;
	void *bulk; /* put_sorted's buffer, the writer's */

	_Atomic uint64_t commits, aborts, deadlocks, checkpoints;

	pthread_mutex_t house; /* held by a checkpoint, or by a backup: never both */
	pthread_mutex_t lock;  /* guards the two below; never held across any work */
	pthread_cond_t wake;
	bool wanted, stop;
	pthread_t keeper;
	bool keeper_runs;
};

/* bdb_err.c */
int bdb_err(int ret) MUST_CHECK;
int bdb_fail(struct store *s, int ret) MUST_CHECK; /* the same; marks the store dead on a panic */
int bdb_spoil(struct store_txn *t, int ret) MUST_CHECK; /* the same; spoils the transaction too */
void bdb_errcall(const DB_ENV *env, const char *prefix, const char *message);
void bdb_event(DB_ENV *env, u_int32_t event, void *info);

/* bdb_open.c */
int bdb_open(const struct store_config *config, struct store **ret_store) MUST_CHECK;
void bdb_close(struct store *s);

/* bdb_txn.c */
int bdb_begin(struct store *s, struct store_txn **ret_txn) MUST_CHECK;
int bdb_snapshot(struct store *s, struct store_txn **ret_txn) MUST_CHECK;
enum commit_result bdb_commit(struct store_txn *t, int *ret_err);
void bdb_abort(struct store_txn *t);

/* bdb_rw.c */
int bdb_get(struct store_txn *t, enum store_table table, struct bytes key,
	    struct bytes *ret_value) MUST_CHECK;
int bdb_put(struct store_txn *t, enum store_table table, struct bytes key,
	    struct bytes value) MUST_CHECK;
int bdb_del(struct store_txn *t, enum store_table table, struct bytes key) MUST_CHECK;
int bdb_put_sorted(struct store_txn *t, enum store_table table, size_t n, const struct bytes *keys,
		   const struct bytes *values) MUST_CHECK;
int bdb_scan(struct store_txn *t, enum store_table table, struct bytes from, struct bytes prefix,
	     size_t most, store_scan_fn fn, void *arg) MUST_CHECK;

/* bdb_keep.c */
int bdb_keeper_start(struct store *s) MUST_CHECK;
void bdb_keeper_stop(struct store *s);
void bdb_keeper_look(struct store *s); /* after a commit: is a checkpoint due? */
int bdb_checkpoint(struct store *s) MUST_CHECK;
int bdb_stat(struct store *s, struct store_stat *ret_stat) MUST_CHECK;
/* bdb_backup.c */
int bdb_backup(struct store *s, const char *to_dir) MUST_CHECK;

static inline void bdb_dbt(DBT *dbt, struct bytes b)
{
	*dbt = (DBT){.size = (u_int32_t)b.n};
	/* Berkeley DB's DBT is not const; it does not write to what is put or looked for. */
	union {
		const void *in;
		void *out;
	} p = {.in = b.p};
	dbt->data = p.out;
}

#endif
