/* See fake_store.h. One lock guards roots and scripts; trees never change once made. */
#include "tests/support/fake_store.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/limits.h"
#include "tests/support/fake_tree.h"

enum { HOMES = 16 };

struct home {
	char name[MAX_PATH_BYTES];
	bool used, open;
	struct fake_tree *root[STORE_TABLES];
};

struct script {
	unsigned nth; /* 0: none */
	int what;
};

struct store_txn {
	struct store *store;
	bool writer;
	int failed;
	struct fake_tree *root[STORE_TABLES];
	void *value;
};

struct store {
	pthread_mutex_t lock;
	struct home *home;
	bool writing, dead, applied;
	unsigned snapshots;
	int keep_err;
	struct script commit, put, get;
	bool looking; /* fake_store_look */
	struct store_txn writer;
	struct store_stat stat;
};

static struct home homes[HOMES];
static pthread_mutex_t homes_lock = PTHREAD_MUTEX_INITIALIZER;

static void copy_roots(struct fake_tree **to, struct fake_tree *const *from)
{
	for (int t = 0; t < STORE_TABLES; t++)
		to[t] = fake_tree_ref(from[t]);
}

static void free_roots(struct fake_tree **root)
{
	for (int t = 0; t < STORE_TABLES; t++) {
		fake_tree_free(root[t]);
		root[t] = NULL;
	}
}

/* true: the script strikes now, and is used up. */
static bool strikes(struct script *script)
{
	return script->nth != 0 && --script->nth == 0;
}

static struct home *find_home(const char *name)
{
	for (int i = 0; i < HOMES; i++)
		if (homes[i].used && strcmp(homes[i].name, name) == 0)
			return &homes[i];
	for (int i = 0; i < HOMES; i++)
		if (!homes[i].used) {
			homes[i].used = true;
			snprintf(homes[i].name, sizeof homes[i].name, "%s", name);
			return &homes[i];
		}
	return NULL;
}

static int fake_open(const struct store_config *config, struct store **ret_store)
{
	int err = 0;

	if (config->home == NULL || config->home[0] == '\0' ||
	    strlen(config->home) >= MAX_PATH_BYTES)
		return E_INVALID;
	struct store *s = calloc(1, sizeof *s);
	if (s == NULL)
		return E_NOMEM;
	pthread_mutex_lock(&homes_lock);
	s->home = find_home(config->home);
	if (s->home == NULL)
		err = E_FULL;
	else if (s->home->open)
		err = E_AGAIN;
	else
		s->home->open = true;
	pthread_mutex_unlock(&homes_lock);
	if (err != 0) {
		free(s);
		return err;
	}
	pthread_mutex_init(&s->lock, NULL);
	s->writer.store = s;
	s->writer.writer = true;
	*ret_store = s;
	return 0;
}

static void fake_abort(struct store_txn *t);

static void fake_close(struct store *s)
{
	if (s == NULL)
		return;
	if (s->writing)
		fake_abort(&s->writer);
	if (s->snapshots != 0)
		abort(); /* as the real one: a reader would go on in freed memory */
	pthread_mutex_lock(&homes_lock);
	s->home->open = false;
	pthread_mutex_unlock(&homes_lock);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static int fake_begin(struct store *s, struct store_txn **ret_txn)
{
	int err = 0;

	pthread_mutex_lock(&s->lock);
	if (s->dead)
		err = E_CORRUPT;
	else if (s->writing)
		err = E_AGAIN;
	if (err == 0) {
		s->writing = true;
		s->writer.failed = 0;
		copy_roots(s->writer.root, s->home->root);
		*ret_txn = &s->writer;
	}
	pthread_mutex_unlock(&s->lock);
	return err;
}

static int fake_snapshot(struct store *s, struct store_txn **ret_txn)
{
	struct store_txn *t = calloc(1, sizeof *t);

	if (t == NULL)
		return E_NOMEM;
	t->store = s;
	pthread_mutex_lock(&s->lock);
	bool dead = s->dead;
	if (!dead) {
		copy_roots(t->root, s->home->root);
		s->snapshots++;
	}
	pthread_mutex_unlock(&s->lock);
	if (dead) {
		free(t);
		return E_CORRUPT;
	}
	*ret_txn = t;
	return 0;
}

/* With the lock held. */
static void end(struct store_txn *t)
{
	free_roots(t->root);
	free(t->value);
	t->value = NULL;
	if (t->writer)
		t->store->writing = false;
	else
		t->store->snapshots--;
}

static void fake_abort(struct store_txn *t)
{
	if (t == NULL)
		return;
	struct store *s = t->store;
	bool writer = t->writer;
	pthread_mutex_lock(&s->lock);
	if (writer)
		s->stat.aborts++;
	end(t);
	pthread_mutex_unlock(&s->lock);
	if (!writer)
		free(t);
}

static enum commit_result scripted(enum fake_commit how, bool *ret_apply, int *ret_err)
{
	*ret_apply = how == FAKE_COMMIT_UNKNOWN_APPLIED;
	switch (how) {
	case FAKE_COMMIT_NOSPC:
		*ret_err = E_NOSPC;
		return COMMIT_NOT;
	case FAKE_COMMIT_DEADLOCK:
		*ret_err = E_DEADLOCK;
		return COMMIT_NOT;
	case FAKE_COMMIT_UNKNOWN_APPLIED:
	case FAKE_COMMIT_UNKNOWN_LOST:
		break;
	}
	*ret_err = E_IO;
	return COMMIT_UNKNOWN;
}

static enum commit_result decide(struct store_txn *t, bool *ret_apply, int *ret_err)
{
	struct store *s = t->store;

	*ret_apply = false;
	if (s->dead) {
		*ret_apply = s->applied && t->failed == 0;
		s->applied = false;
		*ret_err = E_CORRUPT;
		return COMMIT_UNKNOWN;
	}
	if (t->failed != 0) {
		*ret_err = t->failed;
		return COMMIT_NOT;
	}
	if (strikes(&s->commit))
		return scripted((enum fake_commit)s->commit.what, ret_apply, ret_err);
	*ret_apply = true;
	*ret_err = 0;
	return COMMIT_DONE;
}

static enum commit_result fake_commit(struct store_txn *t, int *ret_err)
{
	struct store *s = t->store;
	bool apply;
	int err = 0;

	if (!t->writer) {
		fake_abort(t);
		if (ret_err != NULL)
			*ret_err = 0;
		return COMMIT_DONE;
	}
	pthread_mutex_lock(&s->lock);
	enum commit_result result = decide(t, &apply, &err);
	if (apply) {
		free_roots(s->home->root);
		copy_roots(s->home->root, t->root);
	}
	if (result == COMMIT_DONE)
		s->stat.commits++;
	else
		s->stat.aborts++;
	end(t);
	pthread_mutex_unlock(&s->lock);
	if (ret_err != NULL)
		*ret_err = err;
	return result;
}

static int usable(struct store_txn *t, enum store_table table, struct script *script)
{
	struct store *s = t->store;

	pthread_mutex_lock(&s->lock);
	if (s->dead && t->failed == 0)
		t->failed = E_CORRUPT;
	if (t->failed == 0 && !(s->looking && script == &s->get) && strikes(script)) {
		t->failed = script->what;
		if (script->what == E_DEADLOCK)
			s->stat.deadlocks++;
	}
	pthread_mutex_unlock(&s->lock);
	if (t->failed != 0)
		return t->failed;
	return (unsigned)table < STORE_TABLES ? 0 : E_INVALID;
}

static int check(struct bytes key, struct bytes value)
{
	if (key.n == 0)
		return E_INVALID;
	return key.n > STORE_MAX_KEY || value.n > STORE_MAX_VALUE ? E_LIMIT : 0;
}

static struct bytes own(struct bytes b)
{
	void *p = malloc(b.n > 0 ? b.n : 1);

	if (p == NULL)
		abort();
	if (b.n > 0)
		memcpy(p, b.p, b.n);
	return (struct bytes){p, b.n};
}

static void disown(struct bytes b)
{
	union {
		const void *in;
		void *out;
	} p = {.in = b.p};
	free(p.out);
}

static int fake_get(struct store_txn *t, enum store_table table, struct bytes key,
		    struct bytes *ret_value)
{
	struct bytes value;
	int err = check(key, (struct bytes){0});

	if (err == 0)
		err = usable(t, table, &t->store->get);
	if (err != 0)
		return err;
	free(t->value);
	t->value = NULL;
	if (!fake_tree_get(t->root[table], key, &value))
		return E_NOTFOUND;
	*ret_value = own(value);
	union {
		const void *in;
		void *out;
	} p = {.in = ret_value->p};
	t->value = p.out;
	return 0;
}

static int writable(struct store_txn *t, enum store_table table, struct bytes key,
		    struct bytes value)
{
	int err = t->writer ? check(key, value) : E_STATE;

	return err != 0 ? err : usable(t, table, &t->store->put);
}

static void replace(struct store_txn *t, enum store_table table, struct fake_tree *root)
{
	fake_tree_free(t->root[table]);
	t->root[table] = root;
}

static int fake_put(struct store_txn *t, enum store_table table, struct bytes key,
		    struct bytes value)
{
	int err = writable(t, table, key, value);

	if (err == 0)
		replace(t, table, fake_tree_put(t->root[table], key, value));
	return err;
}

static int fake_del(struct store_txn *t, enum store_table table, struct bytes key)
{
	struct bytes value;
	int err = writable(t, table, key, (struct bytes){0});

	if (err != 0)
		return err;
	if (!fake_tree_get(t->root[table], key, &value))
		return E_NOTFOUND;
	replace(t, table, fake_tree_del(t->root[table], key));
	return 0;
}

static int fake_put_sorted(struct store_txn *t, enum store_table table, size_t n,
			   const struct bytes *keys, const struct bytes *values)
{
	int err = 0;

	for (size_t i = 0; i < n && err == 0; i++)
		err = t->writer ? check(keys[i], values[i]) : E_STATE;
	for (size_t i = 0; i < n && err == 0; i++)
		err = fake_put(t, table, keys[i], values[i]);
	return err;
}

struct walk {
	struct bytes prefix;
	size_t most, seen;
	store_scan_fn fn;
	void *arg;
};

static int step(void *arg, struct bytes key, struct bytes value)
{
	struct walk *w = arg;

	if (key.n < w->prefix.n ||
	    (w->prefix.n > 0 && memcmp(key.p, w->prefix.p, w->prefix.n) != 0))
		return 1;
	struct bytes k = own(key), v = own(value);
	int ret = w->fn(w->arg, k, v);
	disown(k);
	disown(v);
	w->seen++;
	if (ret != 0)
		return ret;
	return w->most != 0 && w->seen >= w->most;
}

static int fake_scan(struct store_txn *t, enum store_table table, struct bytes from,
		     struct bytes prefix, size_t most, store_scan_fn fn, void *arg)
{
	struct walk w = {.prefix = prefix, .most = most, .fn = fn, .arg = arg};
	int err = from.n > STORE_MAX_KEY ? E_LIMIT : usable(t, table, &t->store->get);

	if (err != 0)
		return err;
	struct fake_tree *root = fake_tree_ref(t->root[table]);
	int ret = fake_tree_walk(root, from, step, &w);
	fake_tree_free(root);
	return ret > 0 ? 0 : ret;
}

static int fake_checkpoint(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	int err = s->dead ? E_CORRUPT : s->keep_err;
	if (err == 0)
		s->stat.checkpoints++;
	pthread_mutex_unlock(&s->lock);
	return err;
}

/* A home under the name of the folder: `open` it to see the backup. */
static int fake_backup(struct store *s, const char *to_dir)
{
	pthread_mutex_lock(&s->lock);
	int err = s->dead ? E_CORRUPT : s->keep_err;
	if (err == 0) {
		pthread_mutex_lock(&homes_lock);
		struct home *to = find_home(to_dir);
		if (to == NULL)
			err = E_FULL;
		for (int t = 0; err == 0 && t < STORE_TABLES; t++)
			if (to->open || to->root[t] != NULL)
				err = E_EXISTS;
		if (err == 0)
			copy_roots(to->root, s->home->root);
		pthread_mutex_unlock(&homes_lock);
	}
	pthread_mutex_unlock(&s->lock);
	return err;
}

static int fake_stat(struct store *s, struct store_stat *ret_stat)
{
	pthread_mutex_lock(&s->lock);
	bool dead = s->dead;
	if (!dead)
		*ret_stat = s->stat;
	pthread_mutex_unlock(&s->lock);
	return dead ? E_CORRUPT : 0;
}

static void set(struct store *s, struct script *script, unsigned nth, int what)
{
	pthread_mutex_lock(&s->lock);
	*script = (struct script){nth, what};
	pthread_mutex_unlock(&s->lock);
}

void fake_store_fail_commit(struct store *s, unsigned nth, enum fake_commit how)
{
	set(s, &s->commit, nth, (int)how);
}

void fake_store_fail_put(struct store *s, unsigned nth, int err)
{
	set(s, &s->put, nth, err);
}

void fake_store_fail_get(struct store *s, unsigned nth, int err)
{
	set(s, &s->get, nth, err);
}

void fake_store_look(struct store *s, bool on)
{
	pthread_mutex_lock(&s->lock);
	s->looking = on;
	pthread_mutex_unlock(&s->lock);
}

void fake_store_panic(struct store *s, bool applied)
{
	pthread_mutex_lock(&s->lock);
	s->dead = true;
	s->applied = applied && s->writing;
	pthread_mutex_unlock(&s->lock);
}

void fake_store_fail_keep(struct store *s, int err)
{
	pthread_mutex_lock(&s->lock);
	s->keep_err = err;
	pthread_mutex_unlock(&s->lock);
}

unsigned fake_store_open_txns(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	unsigned n = s->snapshots + (s->writing ? 1 : 0);
	pthread_mutex_unlock(&s->lock);
	return n;
}

void fake_store_wipe(void)
{
	pthread_mutex_lock(&homes_lock);
	for (int i = 0; i < HOMES; i++) {
		if (homes[i].open)
			abort();
		free_roots(homes[i].root);
		homes[i].used = false;
	}
	pthread_mutex_unlock(&homes_lock);
}

const struct store_ops store_fake = {
    .name = "fake",
    .open = fake_open,
    .close = fake_close,
    .begin = fake_begin,
    .snapshot = fake_snapshot,
    .commit = fake_commit,
    .abort = fake_abort,
    .get = fake_get,
    .put = fake_put,
    .del = fake_del,
    .put_sorted = fake_put_sorted,
    .scan = fake_scan,
    .checkpoint = fake_checkpoint,
    .backup = fake_backup,
    .stat = fake_stat,
};
