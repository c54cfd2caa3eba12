/*
 * Single records, and sorted batches of them.
 *
 * A batch goes to the library in buffers of BULK_BYTES (DB_MULTIPLE_KEY): one call
 * descends the tree once for keys that share a page. A pair too big for the buffer
 * is put alone, in its place in the order. Reads of the writer take the write lock
 * at once: what the engine reads it mostly changes, and nobody else locks.
 */
#include "adapters/store/bdb.h"

#include <stdlib.h>

enum { VALUE_FIRST = 4096 };

static int usable(const struct store_txn *t, enum store_table table, struct bytes key)
{
	if (atomic_load(&t->store->dead))
		return E_CORRUPT;
	if (t->failed != 0)
		return t->failed;
	if ((unsigned)table >= STORE_TABLES || key.n == 0)
		return E_INVALID;
	return key.n > STORE_MAX_KEY ? E_LIMIT : 0;
}

static int writable(const struct store_txn *t, enum store_table table, struct bytes key,
		    struct bytes value)
{
	if (!t->writer)
		return E_STATE;
	if (value.n > STORE_MAX_VALUE)
		return E_LIMIT;
	return usable(t, table, key);
}

static int room(struct store_txn *t, size_t size)
{
	if (t->value_size >= size)
		return 0;
	void *p = realloc(t->value, size);
	if (p == NULL)
		return E_NOMEM;
	t->value = p;
	t->value_size = size;
	return 0;
}

int bdb_get(struct store_txn *t, enum store_table table, struct bytes key, struct bytes *ret_value)
{
	DB *db;
	DBT k, v;
	int ret, err = usable(t, table, key);

	if (err == 0)
		err = room(t, VALUE_FIRST);
	if (err != 0)
		return err;
	db = t->store->db[table];
	bdb_dbt(&k, key);
	for (;;) {
		v = (DBT){
		    .data = t->value, .ulen = (u_int32_t)t->value_size, .flags = DB_DBT_USERMEM};
		ret = db->get(db, t->txn, &k, &v, t->writer ? DB_RMW : 0);
		if (ret != DB_BUFFER_SMALL)
			break;
		if ((err = room(t, v.size)) != 0)
			return err;
	}
	if (ret != 0)
		return bdb_spoil(t, ret);
	*ret_value = (struct bytes){t->value, v.size};
	return 0;
}

/* Before the first write: a record that changes nothing begins the transaction's log. A recovery
 * that starts at the very first record of a transaction, and finds no other of any transaction
 * after it, takes its window for empty (Berkeley DB 5.3, __db_apprec: the search for the last
 * transaction stops before it reads the first record), and keeps what that record did. So it must
 * do nothing. */
static int mark(struct store_txn *t)
{
	DB_ENV *e = t->store->env;

	if (t->marked)
		return 0;
	int err = bdb_spoil(t, e->log_printf(e, t->txn, "turn"));
	t->marked = err == 0;
	return err;
}

int bdb_put(struct store_txn *t, enum store_table table, struct bytes key, struct bytes value)
{
	DBT k, v;
	int err = writable(t, table, key, value);

	if (err == 0)
		err = mark(t);
	if (err != 0)
		return err;
	bdb_dbt(&k, key);
	bdb_dbt(&v, value);
	DB *db = t->store->db[table];
	return bdb_spoil(t, db->put(db, t->txn, &k, &v, 0));
}

int bdb_del(struct store_txn *t, enum store_table table, struct bytes key)
{
	DBT k;
	int err = writable(t, table, key, (struct bytes){0});

	if (err == 0)
		err = mark(t);
	if (err != 0)
		return err;
	bdb_dbt(&k, key);
	DB *db = t->store->db[table];
	return bdb_spoil(t, db->del(db, t->txn, &k, 0));
}

/* As many pairs from the front as the buffer holds; *ret_n of them were put, 0: the first is too
 * big. */
static int put_bulk(struct store_txn *t, DB *db, size_t n, const struct bytes *keys,
		    const struct bytes *values, size_t *ret_n)
{
	DBT pairs = {.data = t->store->bulk, .ulen = BULK_BYTES, .flags = DB_DBT_USERMEM};
	DBT unused = {0};
	void *at;
	size_t i = 0;

	DB_MULTIPLE_WRITE_INIT(at, &pairs);
	for (; i < n; i++) {
		void *next = at;
		DB_MULTIPLE_KEY_WRITE_NEXT(next, &pairs, keys[i].p, keys[i].n, values[i].p,
					   values[i].n);
		if (next == NULL)
			break;
		at = next;
	}
	*ret_n = i;
	return i == 0 ? 0 : db->put(db, t->txn, &pairs, &unused, DB_MULTIPLE_KEY);
}

int bdb_put_sorted(struct store_txn *t, enum store_table table, size_t n, const struct bytes *keys,
		   const struct bytes *values)
{
	int err;

	for (size_t i = 0; i < n; i++)
		if ((err = writable(t, table, keys[i], values[i])) != 0)
			return err;
	if (n > 0 && (err = mark(t)) != 0)
		return err;
	for (size_t i = 0, done; i < n; i += done) {
		err = bdb_spoil(
		    t, put_bulk(t, t->store->db[table], n - i, keys + i, values + i, &done));
		if (err == 0 && done == 0) {
			err = bdb_put(t, table, keys[i], values[i]);
			done = 1;
		}
		if (err != 0)
			return err;
	}
	return 0;
}
