/*
 * Berkeley DB's answers in the engine's words.
 *
 * The one that matters is DB_RUNRECOVERY: the library found its own memory or the
 * log in a state it cannot trust. From then on every call here answers E_CORRUPT
 * without entering the library again, and a commit answers COMMIT_UNKNOWN, until
 * the process is started anew and recovery reads the log.
 */
#include "adapters/store/bdb.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "engine/log.h"

enum { SAID_A_SECOND = 8 };

int bdb_err(int ret)
{
	switch (ret) {
	case 0:
		return 0;
	case DB_NOTFOUND:
	case DB_KEYEMPTY:
		return E_NOTFOUND;
	case DB_KEYEXIST:
	case EEXIST:
		return E_EXISTS;
	case DB_LOCK_DEADLOCK:
	case DB_LOCK_NOTGRANTED:
		return E_DEADLOCK;
	case ENOSPC:
	case EDQUOT:
	case EFBIG: /* RLIMIT_FSIZE, or the file system's greatest file */
		return E_NOSPC;
	case ENOMEM: /* the process, or a table of the library (locks, transactions) */
		return E_NOMEM;
	case EINVAL:
		return E_INVALID;
	case EAGAIN:
	case EBUSY:
		return E_AGAIN;
	case DB_RUNRECOVERY:
	case DB_PAGE_NOTFOUND:
	case DB_VERIFY_BAD:
	case DB_LOG_VERIFY_BAD:
	case DB_SECONDARY_BAD:
	case DB_OLD_VERSION:
	case DB_VERSION_MISMATCH:
		return E_CORRUPT;
	default:
		return E_IO;
	}
}

int bdb_fail(struct store *s, int ret)
{
	if (ret == DB_RUNRECOVERY && !atomic_exchange(&s->dead, true))
		log_error("event=store_panic home=%s next=\"exit and start again\"", s->home);
	return bdb_err(ret);
}

int bdb_spoil(struct store_txn *t, int ret)
{
	int err = bdb_fail(t->store, ret);

	if (ret == DB_LOCK_DEADLOCK || ret == DB_LOCK_NOTGRANTED)
		atomic_fetch_add(&t->store->deadlocks, 1);
	if (err != 0 && err != E_NOTFOUND && t->failed == 0)
		t->failed = err;
	return err;
}

/* A full disk makes the library say the same for every page: a few in a second are enough. */
static bool too_many(struct store *s)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	if (atomic_exchange(&s->said_s, now.tv_sec) != now.tv_sec)
		atomic_store(&s->said, 0);
	return atomic_fetch_add(&s->said, 1) >= SAID_A_SECOND;
}

/* The library's sentences name files and page numbers, never a key or a value. */
void bdb_errcall(const DB_ENV *env, const char *prefix, const char *message)
{
	(void)prefix;
	if (too_many(env->app_private))
		return;
	log_error("event=store_library says=\"%s\"", message);
}

void bdb_event(DB_ENV *env, u_int32_t event, void *info)
{
	struct store *s = env->app_private;

	(void)info;
	if (event == DB_EVENT_PANIC)
		(void)!bdb_fail(s, DB_RUNRECOVERY);
	else if (event == DB_EVENT_WRITE_FAILED)
		atomic_store(&s->write_failed, true); /* errcall has said why */
}
