/*
 * Opening the home: lock, recovery, tables; and closing it.
 *
 * The lock is taken before the library sees the folder. Berkeley DB's own
 * register (DB_REGISTER, DB_FAILCHK) lets processes share an environment; we never
 * share it, and recovery beside a live process would hang that process. With one
 * process certain, the regions are private memory (DB_PRIVATE): nothing to be left
 * stale by a kill, no mapped file to SIGBUS on a full disk, no page writes for
 * regions that recovery throws away. The kernel drops the lock when the process
 * dies, whichever way.
 *
 * Failure leaves the folder as recovery left it, and nothing open.
 */
#include "adapters/store/bdb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "engine/log.h"

enum {
	CACHE_DEFAULT = 192 << 20,
	CACHE_LEAST = 4 << 20,
	CHECKPOINT_DEFAULT = 64 << 20,
	CHECKPOINT_LEAST = 1 << 20,
	FULL_BYTES = 1 << 20, /* less free than this is full */
};

static int sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return E_IO;
	int ret = fsync(fd);
	close(fd);
	return ret == 0 ? 0 : E_IO;
}

/* A home that others may enter would show residents' debts: it is closed, and said. */
static int make_home(const char *home)
{
	struct stat st;

	if (mkdir(home, 0700) != 0 && errno != EEXIST) {
		log_error("event=store_home home=%s errno=\"%s\"", home, strerror(errno));
		return errno == ENOSPC ? E_NOSPC : E_IO;
	}
	if (stat(home, &st) != 0 || !S_ISDIR(st.st_mode)) {
		log_error("event=store_home home=%s says=\"not a folder\"", home);
		return E_IO;
	}
	if ((st.st_mode & 0077) != 0) {
		log_warn("event=store_home_open home=%s mode=%03o next=\"set to 700\"", home,
			 (unsigned)(st.st_mode & 0777));
		if (chmod(home, 0700) != 0)
			return E_IO;
	}
	return 0;
}

static int take_lock(struct store *s)
{
	char path[MAX_PATH_BYTES + 8];

	snprintf(path, sizeof path, "%s/lock", s->home);
	s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (s->lock_fd < 0) {
		log_error("event=store_lock path=%s errno=\"%s\"", path, strerror(errno));
		return errno == ENOSPC ? E_NOSPC : E_IO;
	}
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK) {
		log_error("event=store_busy home=%s says=\"another process has it\"", s->home);
		return E_AGAIN;
	}
	log_error("event=store_lock path=%s errno=\"%s\"", path, strerror(errno));
	return E_IO;
}

static int configure(struct store *s, const struct store_config *config)
{
	DB_ENV *e = s->env;
	size_t cache = config->cache_bytes ? config->cache_bytes : CACHE_DEFAULT;
	int ret;

	if (cache < CACHE_LEAST)
		cache = CACHE_LEAST;
	e->app_private = s;
	e->set_errcall(e, bdb_errcall);
	if ((ret = e->set_event_notify(e, bdb_event)) != 0 ||
	    (ret = e->set_alloc(e, malloc, realloc, free)) != 0 || /* what it gives us, we free */
	    (ret = e->set_cachesize(e, (u_int32_t)(cache >> 30),
				    (u_int32_t)(cache & ((1u << 30) - 1)), 1)) != 0 ||
	    (ret = e->set_lg_bsize(e, 8 << 20)) != 0 || (ret = e->set_lg_max(e, 32 << 20)) != 0 ||
	    /* the default table ends at 38,000 random rows in one transaction */
	    (ret = e->set_lk_max_locks(e, 200000)) != 0 ||
	    (ret = e->set_lk_max_objects(e, 200000)) != 0 ||
	    (ret = e->set_lk_max_lockers(e, 2000)) != 0 ||
	    /* a finished writer stays in this table while a page version of its is in the cache */
	    (ret = e->set_tx_max(e, 20000)) != 0 ||
	    (ret = e->set_lk_detect(e, DB_LOCK_YOUNGEST)) != 0)
		return ret;
	return 0;
}

/* Recovery that cannot write panics, whatever the reason was: a full disk is told apart here, for
 * then making room and opening again is all that is needed. */
static int why_not(struct store *s, int ret)
{
	struct statvfs fs;
	int err = bdb_err(ret);

	log_error("event=store_open home=%s error=\"%s\"", s->home, db_strerror(ret));
	if (err != 0 && atomic_load(&s->write_failed) && statvfs(s->home, &fs) == 0 &&
	    (uint64_t)fs.f_bavail * fs.f_frsize < FULL_BYTES)
		return E_NOSPC;
	return err;
}

static int open_env(struct store *s, const struct store_config *config)
{
	const u_int32_t flags = DB_CREATE | DB_THREAD | DB_PRIVATE | DB_INIT_TXN | DB_INIT_LOG |
				DB_INIT_LOCK | DB_INIT_MPOOL | DB_RECOVER;
	int ret = db_env_create(&s->env, 0);

	if (ret == 0)
		ret = configure(s, config);
	if (ret == 0)
		ret = s->env->open(s->env, s->home, flags, 0600);
	return ret != 0 ? why_not(s, ret) : 0;
}

static int open_table(struct store *s, DB_TXN *txn, enum store_table t)
{
	char file[64];
	DB *db;
	int ret = db_create(&db, s->env, 0);

	if (ret != 0)
		return ret;
	s->db[t] = db;
	snprintf(file, sizeof file, "%s.db", store_table_name(t));
	/* The cache looks for a page to give up among those not used for a tenth of its size. With
	 * page versions, and a table larger than the cache, it finds none for hundreds of buckets,
	 * and writes old versions to files instead (measured: 200 times slower). At low priority
	 * every page may go, the oldest of a few first. */
	if ((ret = db->set_pagesize(db, PAGE_BYTES)) != 0 ||
	    (ret = db->set_flags(db, DB_CHKSUM)) != 0 ||
	    (ret = db->set_priority(db, DB_PRIORITY_LOW)) != 0)
		return ret;
	return db->open(db, txn, file, NULL, DB_BTREE, DB_CREATE | DB_THREAD | DB_MULTIVERSION,
			0600);
}

/* All tables are made in one transaction: a home is whole, or it is made again. */
static int open_tables(struct store *s)
{
	DB_TXN *txn = NULL;
	int ret = s->env->txn_begin(s->env, NULL, &txn, 0);

	for (int t = 0; ret == 0 && t < STORE_TABLES; t++)
		ret = open_table(s, txn, (enum store_table)t);
	if (ret == 0)
		ret = txn->commit(txn, 0);
	else if (txn != NULL)
		txn->abort(txn);
	if (ret != 0)
		return why_not(s, ret);
	return sync_folder(s->home);
}

static int close_library(struct store *s)
{
	int ret, first = 0;

	for (int t = 0; t < STORE_TABLES; t++)
		if (s->db[t] != NULL && (ret = s->db[t]->close(s->db[t], 0)) != 0 && first == 0)
			first = ret;
	if (s->env != NULL && (ret = s->env->close(s->env, 0)) != 0 && first == 0)
		first = ret;
	return first;
}

static void free_store(struct store *s)
{
	int ret = close_library(s);

	if (ret != 0)
		log_warn("event=store_close home=%s error=\"%s\"", s->home, db_strerror(ret));
	if (s->lock_fd >= 0)
		close(s->lock_fd); /* the last act: now another may come */
	pthread_mutex_destroy(&s->house);
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->wake);
	free(s->writer.value);
	free(s->writer.page);
	free(s->bulk);
	free(s);
}

static struct store *new_store(const struct store_config *config)
{
	struct store *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->lock_fd = -1;
	snprintf(s->home, sizeof s->home, "%s", config->home);
	s->checkpoint_bytes =
	    config->checkpoint_bytes ? config->checkpoint_bytes : CHECKPOINT_DEFAULT;
	if (s->checkpoint_bytes < CHECKPOINT_LEAST)
		s->checkpoint_bytes = CHECKPOINT_LEAST;
	pthread_mutex_init(&s->house, NULL);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->wake, NULL);
	s->writer.store = s;
	s->writer.writer = true;
	s->bulk = malloc(BULK_BYTES);
	if (s->bulk == NULL) {
		free_store(s);
		return NULL;
	}
	return s;
}

int bdb_open(const struct store_config *config, struct store **ret_store)
{
	int err;

	if (config->home == NULL || config->home[0] == '\0' ||
	    strlen(config->home) >= MAX_PATH_BYTES)
		return E_INVALID;
	if ((err = make_home(config->home)) != 0)
		return err;
	struct store *s = new_store(config);
	if (s == NULL)
		return E_NOMEM;
	if ((err = take_lock(s)) != 0 || (err = open_env(s, config)) != 0 ||
	    (err = open_tables(s)) != 0 || (err = bdb_keeper_start(s)) != 0) {
		free_store(s);
		return err;
	}
	log_info("event=store_open home=%s", s->home);
	*ret_store = s;
	return 0;
}

void bdb_close(struct store *s)
{
	if (s == NULL)
		return;
	BUG_IF(atomic_load(&s->snapshots) != 0); /* a reader would go on in freed memory */
	bdb_keeper_stop(s);
	if (atomic_load(&s->writing))
		bdb_abort(&s->writer);
	int err = bdb_checkpoint(s);
	if (err != 0)
		log_warn(
		    "event=store_close home=%s error=\"%s\" next=\"recovered at the next open\"",
		    s->home, err_str(err));
	free_store(s);
}
