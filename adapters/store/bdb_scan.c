/*
 * Scans: a cursor reads the first pairs one by one, and goes on with many a call
 * into a buffer (bulk) only if there are more. Most scans are of a few pairs (a
 * person's debts), and copying pages for them cost half of an intake's time.
 *
 * The buffer belongs to the scan, so that `fn` may get, and even scan, in the same
 * transaction; the transaction keeps one for the next scan.
 */
#include "adapters/store/bdb.h"

#include <stdlib.h>
#include <string.h>

struct walk {
	struct bytes prefix;
	size_t most, seen;
	store_scan_fn fn;
	void *arg;
};

/* 0 to go on, 1 at the end, or what `fn` answered. */
static int step(struct walk *w, struct bytes key, struct bytes value)
{
	if (key.n < w->prefix.n ||
	    (w->prefix.n > 0 && memcmp(key.p, w->prefix.p, w->prefix.n) != 0))
		return 1;
	int ret = w->fn(w->arg, key, value);
	w->seen++;
	if (ret != 0)
		return ret;
	return w->most != 0 && w->seen >= w->most;
}

static int step_pairs(struct walk *w, DBT *pairs)
{
	void *at, *k, *v;
	size_t kn, vn;
	int ret = 0;

	DB_MULTIPLE_INIT(at, pairs);
	while (ret == 0) {
		DB_MULTIPLE_KEY_NEXT(at, pairs, k, kn, v, vn);
		if (at == NULL)
			break;
		ret = step(w, (struct bytes){k, kn}, (struct bytes){v, vn});
	}
	return ret;
}

/* Bulk buffers are multiples of 1,024, and hold a page at least. */
static int grow(void **buffer, size_t *size, size_t need)
{
	size_t more = *size;

	while (more < need + 1024)
		more *= 2;
	if (more > 4 * (STORE_MAX_VALUE + STORE_MAX_KEY))
		return E_LIMIT;
	void *p = realloc(*buffer, more);
	if (p == NULL)
		return E_NOMEM;
	*buffer = p;
	*size = more;
	return 0;
}

/* From where the cursor stands. */
static int scan_bulk(struct store_txn *t, DBC *c, struct walk *w)
{
	size_t size = SCAN_BYTES;
	void *buffer = t->page != NULL ? t->page : malloc(size);
	int ret = 0;

	t->page = NULL;
	if (buffer == NULL)
		return E_NOMEM;
	DBT at = {0}; /* the library's own */
	while (ret == 0) {
		DBT pairs = {.data = buffer, .ulen = (u_int32_t)size, .flags = DB_DBT_USERMEM};
		int got = c->get(c, &at, &pairs, DB_NEXT | DB_MULTIPLE_KEY);
		if (got == DB_BUFFER_SMALL) {
			ret = grow(&buffer, &size, (size_t)pairs.size + STORE_MAX_KEY);
			continue;
		}
		if (got != 0) {
			ret = got == DB_NOTFOUND ? 1 : bdb_spoil(t, got);
			break;
		}
		ret = step_pairs(w, &pairs);
	}
	if (size == SCAN_BYTES && t->page == NULL)
		t->page = buffer;
	else
		free(buffer);
	return ret;
}

/* The first SCAN_PLAIN pairs: 0 if there may be more. A cursor's own memory holds each pair until
 * its next call; fn may use other cursors. */
static int scan_plain(struct store_txn *t, DBC *c, DBT *key, struct walk *w)
{
	DBT value = {.flags = DB_DBT_REALLOC};
	u_int32_t how = DB_SET_RANGE;
	int ret = 0;

	key->flags = DB_DBT_REALLOC;
	while (ret == 0 && w->seen < SCAN_PLAIN) {
		int got = c->get(c, key, &value, how);
		if (got != 0) {
			ret = got == DB_NOTFOUND ? 1 : bdb_spoil(t, got);
			break;
		}
		ret = step(w, (struct bytes){key->data, key->size},
			   (struct bytes){value.data, value.size});
		how = DB_NEXT;
	}
	free(value.data);
	return ret;
}

/* The cursor writes the key that it found over the one asked for: a copy of our own. */
static int own_key(struct bytes from, DBT *ret_key)
{
	void *p = malloc(from.n > 0 ? from.n : 1);

	if (p == NULL)
		return E_NOMEM;
	if (from.n > 0)
		memcpy(p, from.p, from.n);
	*ret_key = (DBT){.data = p, .size = (u_int32_t)from.n};
	return 0;
}

int bdb_scan(struct store_txn *t, enum store_table table, struct bytes from, struct bytes prefix,
	     size_t most, store_scan_fn fn, void *arg)
{
	struct walk w = {.prefix = prefix, .most = most, .fn = fn, .arg = arg};
	DBC *c = NULL;
	DBT key;
	int ret;

	if (atomic_load(&t->store->dead))
		return E_CORRUPT;
	if (t->failed != 0)
		return t->failed;
	if ((unsigned)table >= STORE_TABLES)
		return E_INVALID;
	if (from.n > STORE_MAX_KEY)
		return E_LIMIT;
	if ((ret = own_key(from, &key)) != 0)
		return ret;
	DB *db = t->store->db[table];
	ret = db->cursor(db, t->txn, &c, 0);
	if (ret != 0)
		ret = bdb_spoil(t, ret);
	else
		ret = scan_plain(t, c, &key, &w);
	if (ret == 0)
		ret = scan_bulk(t, c, &w);
	if (c != NULL) {
		int closed = bdb_spoil(t, c->close(c));
		if (closed != 0 && ret >= 0)
			ret = closed;
	}
	free(key.data);
	return ret > 0 ? 0 : ret;
}
