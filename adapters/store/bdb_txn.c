/*
 * Transactions: the one writer, and readers' snapshots.
 *
 * What a commit answers. The library writes the commit record and syncs the log.
 * When the write fails it turns the record into an abort while it is still in
 * memory (ENOSPC, and whatever spoiled the transaction before): certainly not.
 * When that is no longer possible, or the sync failed, the environment panics: the
 * record may or may not be on the disk, and only recovery can tell: unknown. An
 * error that we do not know counts as unknown.
 *
 * A transaction in which a write failed can only be aborted; committing it would
 * keep half of a turn. So commit answers NOT with the first error.
 */
#include "adapters/store/bdb.h"

#include <stdlib.h>
#include <time.h>

#include "engine/log.h"

enum { LONG_SNAPSHOT_MS = 5000 };

static int64_t boot_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

int bdb_begin(struct store *s, struct store_txn **ret_txn)
{
	if (atomic_load(&s->dead))
		return E_CORRUPT;
	if (atomic_exchange(&s->writing, true))
		return E_AGAIN;
	struct store_txn *t = &s->writer;
	int ret = s->env->txn_begin(s->env, NULL, &t->txn, DB_TXN_SYNC);
	if (ret != 0) {
		atomic_store(&s->writing, false);
		return bdb_fail(s, ret);
	}
	t->failed = 0;
	t->marked = false;
	*ret_txn = t;
	return 0;
}

/* The library chooses a snapshot's state at its first read, not at its begin: so read something. */
static int fix_state(struct store *s, DB_TXN *txn)
{
	char any = 0;
	DBT key = {.data = &any, .size = 1};
	DB *db = s->db[T_META];
	int ret = db->exists(db, txn, &key, 0);

	return ret == DB_NOTFOUND ? 0 : ret;
}

int bdb_snapshot(struct store *s, struct store_txn **ret_txn)
{
	if (atomic_load(&s->dead))
		return E_CORRUPT;
	struct store_txn *t = calloc(1, sizeof *t);
	if (t == NULL)
		return E_NOMEM;
	t->store = s;
	t->begun_ms = boot_ms();
	int ret = s->env->txn_begin(s->env, NULL, &t->txn, DB_TXN_SNAPSHOT);
	if (ret == 0 && (ret = fix_state(s, t->txn)) != 0)
		(void)!bdb_fail(s, t->txn->abort(t->txn));
	if (ret != 0) {
		free(t);
		return bdb_fail(s, ret);
	}
	atomic_fetch_add(&s->snapshots, 1);
	*ret_txn = t;
	return 0;
}

static void end_snapshot(struct store_txn *t)
{
	struct store *s = t->store;
	int64_t age_ms = boot_ms() - t->begun_ms;

	/* Each page that the writer changes meanwhile is kept twice. */
	if (age_ms > LONG_SNAPSHOT_MS)
		log_warn("event=store_long_snapshot ms=%lld", (long long)age_ms);
	free(t->value);
	free(t->page);
	free(t);
	atomic_fetch_sub(&s->snapshots, 1);
}

void bdb_abort(struct store_txn *t)
{
	if (t == NULL)
		return;
	struct store *s = t->store;
	int ret = t->txn->abort(t->txn);
	t->txn = NULL;
	if (ret != 0)
		log_error("event=store_abort error=\"%s\"", err_str(bdb_fail(s, ret)));
	if (!t->writer) {
		end_snapshot(t);
		return;
	}
	atomic_fetch_add(&s->aborts, 1);
	atomic_store(&s->writing, false);
}

static enum commit_result judge(struct store *s, int ret, int *ret_err)
{
	int err = bdb_fail(s, ret);

	*ret_err = err;
	if (err == 0)
		return COMMIT_DONE;
	if (atomic_load(&s->dead)) {
		*ret_err = E_CORRUPT;
		return COMMIT_UNKNOWN;
	}
	return err == E_NOSPC || err == E_NOMEM || err == E_DEADLOCK ? COMMIT_NOT : COMMIT_UNKNOWN;
}

static enum commit_result commit_writer(struct store_txn *t, int *ret_err)
{
	struct store *s = t->store;
	int ret = t->txn->commit(t->txn, DB_TXN_SYNC);

	t->txn = NULL;
	atomic_store(&s->writing, false);
	enum commit_result result = judge(s, ret, ret_err);
	if (result == COMMIT_DONE) {
		atomic_fetch_add(&s->commits, 1);
		bdb_keeper_look(s);
	} else {
		atomic_fetch_add(&s->aborts, 1);
		log_error("event=store_commit result=%s error=\"%s\"",
			  result == COMMIT_NOT ? "not" : "unknown", err_str(*ret_err));
	}
	return result;
}

enum commit_result bdb_commit(struct store_txn *t, int *ret_err)
{
	int err = t->failed;
	enum commit_result result;

	if (!t->writer) { /* nothing was written: the same as its abort */
		bdb_abort(t);
		result = COMMIT_DONE;
	} else if (atomic_load(&t->store->dead) || err != 0) {
		bdb_abort(t);
		bool dead = atomic_load(&t->store->dead);
		err = dead ? E_CORRUPT : err;
		result = dead ? COMMIT_UNKNOWN : COMMIT_NOT;
	} else {
		result = commit_writer(t, &err);
	}
	if (ret_err != NULL)
		*ret_err = err;
	return result;
}
