/*
 * Keeping house: checkpoints, and removing logs that no recovery needs.
 *
 * A checkpoint writes every changed page of the cache, which takes from
 * milliseconds to a second: the engine's turn must not wait for it. So a thread of
 * the adapter makes it when enough log was written since the last. It holds `house`
 * meanwhile; a backup does too, so logs are never removed under a backup, and no
 * checkpoint falls between its pages and its logs.
 *
 * A checkpoint that fails (disk full) loses nothing: the logs stay, and it is tried
 * again after a second at the earliest.
 */
#include "adapters/store/bdb.h"

#include <stdlib.h>
#include <time.h>

#include "engine/log.h"

static uint64_t log_written(const DB_LOG_STAT *st)
{
	return ((uint64_t)st->st_w_mbytes << 20) + st->st_w_bytes;
}

static uint64_t log_since_checkpoint(const DB_LOG_STAT *st)
{
	return ((uint64_t)st->st_wc_mbytes << 20) + st->st_wc_bytes;
}

int bdb_checkpoint(struct store *s)
{
	DB_ENV *e = s->env;

	if (atomic_load(&s->dead))
		return E_CORRUPT;
	pthread_mutex_lock(&s->house);
	/* Forced: logs go by where this checkpoint began, not the last, even if nothing was
	 * written. */
	int ret = e->txn_checkpoint(e, 0, 0, DB_FORCE);
	if (ret == 0)
		ret = e->log_archive(e, NULL, DB_ARCH_REMOVE);
	pthread_mutex_unlock(&s->house);
	if (ret == 0)
		atomic_fetch_add(&s->checkpoints, 1);
	return bdb_fail(s, ret);
}

void bdb_keeper_look(struct store *s)
{
	DB_LOG_STAT *st = NULL;

	if (s->env->log_stat(s->env, &st, 0) != 0)
		return; /* looked at again after the next commit */
	bool due = log_since_checkpoint(st) >= s->checkpoint_bytes;
	free(st);
	if (!due)
		return;
	pthread_mutex_lock(&s->lock);
	s->wanted = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
}

/* false: stop. */
static bool wait_for_work(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	while (!s->wanted && !s->stop)
		pthread_cond_wait(&s->wake, &s->lock);
	s->wanted = false;
	bool go = !s->stop;
	pthread_mutex_unlock(&s->lock);
	return go;
}

static void pause_or_stop(struct store *s)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 1;
	pthread_mutex_lock(&s->lock);
	while (!s->stop && pthread_cond_timedwait(&s->wake, &s->lock, &until) == 0)
		;
	pthread_mutex_unlock(&s->lock);
}

static void *keeper(void *arg)
{
	struct store *s = arg;

	log_thread_name("store");
	while (wait_for_work(s)) {
		int err = bdb_checkpoint(s);
		if (err == 0)
			continue;
		log_error("event=store_checkpoint error=\"%s\" next=\"again after 1 s\"",
			  err_str(err));
		pause_or_stop(s);
	}
	return NULL;
}

int bdb_keeper_start(struct store *s)
{
	if (pthread_create(&s->keeper, NULL, keeper, s) != 0)
		return E_NOMEM;
	s->keeper_runs = true;
	return 0;
}

void bdb_keeper_stop(struct store *s)
{
	if (!s->keeper_runs)
		return;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->keeper, NULL);
	s->keeper_runs = false;
}

int bdb_stat(struct store *s, struct store_stat *ret_stat)
{
	DB_LOG_STAT *st = NULL;

	if (atomic_load(&s->dead))
		return E_CORRUPT;
	int ret = s->env->log_stat(s->env, &st, 0);
	if (ret != 0)
		return bdb_fail(s, ret);
	*ret_stat = (struct store_stat){
	    .commits = atomic_load(&s->commits),
	    .aborts = atomic_load(&s->aborts),
	    .deadlocks = atomic_load(&s->deadlocks),
	    .checkpoints = atomic_load(&s->checkpoints),
	    .log_bytes = log_written(st),
	};
	free(st);
	return 0;
}
