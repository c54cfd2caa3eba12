/* See db.h. One pair of functions for all records: db_bytes_get and db_bytes_put. */
#include "engine/turn/db.h"
#include "engine/turn/identities.h"

#include <stdlib.h>
#include <string.h>

int db_decode(struct tx *tx, struct bytes value, struct codec *c)
{
	/* The store's memory is the store's until the next get: keep a copy with the strings. */
	void *copy = arena_copy(tx->arena, value.p, value.n);
	if (!copy)
		return E_NOMEM;
	codec_read(c, (struct bytes){copy, value.n}, DB_RECORD_VERSION);
	return 0;
}

int db_bytes_get(struct tx *tx, enum store_table t, const char *key, size_t n, struct codec *c)
{
	struct bytes value;
	int err = tx->ops->get(tx->txn, t, (struct bytes){key, n}, &value);
	return err ? err : db_decode(tx, value, c);
}

int db_bytes_put(struct tx *tx, enum store_table t, const char *key, size_t n,
		 const struct codec *c)
{
	if (c->err)
		return c->err;
	tx->dirty = true;
	return tx->ops->put(tx->txn, t, (struct bytes){key, n}, (struct bytes){c->buf, c->n});
}

/* GET and PUT of one record type; KEY fills `key` and `n` from the arguments. */
#define GET(fields, table, key_expr)                                                               \
	char key[MAX_KEY_BYTES];                                                                   \
	size_t n = key_expr;                                                                       \
	struct codec c;                                                                            \
	int err = db_bytes_get(tx, table, key, n, &c);                                             \
	if (err)                                                                                   \
		return err;                                                                        \
	memset(ret, 0, sizeof *ret);                                                               \
	fields(&c, ret);                                                                           \
	return codec_end(&c)

/* Writing does not change what it visits, but one visitor serves both directions: hence the copy of
 * the pointer without const, here and nowhere else. */
#define PUT(type, fields, table, key_expr)                                                         \
	char key[MAX_KEY_BYTES];                                                                   \
	size_t n = key_expr;                                                                       \
	char buf[PUT_BYTES];                                                                       \
	struct codec c;                                                                            \
	type copy = *r;                                                                            \
	codec_write(&c, buf, sizeof buf, DB_RECORD_VERSION);                                       \
	fields(&c, &copy);                                                                         \
	return db_bytes_put(tx, table, key, n, &c)

enum { PUT_BYTES = MAX_RECORD_BYTES };

static const char counters_key[] = "counters";

/* Every transaction writes the counters, so their version is that of the newest record. */
int db_version_check(struct tx *tx, int *ret_version)
{
	struct bytes value;
	struct counters r;
	*ret_version = DB_RECORD_VERSION;
	int err = tx->ops->get(tx->txn, T_META,
			       (struct bytes){counters_key, sizeof counters_key - 1}, &value);
	if (err)
		return err == E_NOTFOUND ? 0 : err;
	if (value.n == 0)
		return E_CORRUPT;
	*ret_version = *(const unsigned char *)value.p;
	if (*ret_version > DB_RECORD_VERSION)
		return E_INVALID;
	err = db_counters_get(tx, &r);
	return err ? err : r.schema > SCHEMA_VERSION ? E_INVALID : 0;
}

int db_counters_get(struct tx *tx, struct counters *ret)
{
	struct codec c;
	int err = db_bytes_get(tx, T_META, counters_key, sizeof counters_key - 1, &c);
	memset(ret, 0, sizeof *ret);
	if (err)
		return err == E_NOTFOUND ? 0 : err;
	counters_fields(&c, ret);
	return codec_end(&c);
}

int db_counters_put(struct tx *tx, const struct counters *r)
{
	char buf[256];
	struct codec c;
	struct counters copy = *r;
	codec_write(&c, buf, sizeof buf, DB_RECORD_VERSION);
	counters_fields(&c, &copy);
	return db_bytes_put(tx, T_META, counters_key, sizeof counters_key - 1, &c);
}

int db_intake_get(struct tx *tx, uint32_t id, struct intake_rec *ret)
{
	GET(intake_fields, T_INTAKE, key_u32(key, id));
}

int db_intake_put(struct tx *tx, const struct intake_rec *r)
{
	PUT(struct intake_rec, intake_fields, T_INTAKE, key_u32(key, r->id));
}

int db_run_get(struct tx *tx, uint32_t id, struct run_rec *ret)
{
	GET(run_fields, T_RUN, key_u32(key, id));
}

int db_run_put(struct tx *tx, const struct run_rec *r)
{
	PUT(struct run_rec, run_fields, T_RUN, key_u32(key, r->id));
}

int db_run_del(struct tx *tx, uint32_t id)
{
	char key[4];
	tx->dirty = true;
	return tx->ops->del(tx->txn, T_RUN, (struct bytes){key, key_u32(key, id)});
}

int db_target_get(struct tx *tx, uint32_t run, uint32_t id, struct target *ret)
{
	GET(target_fields, T_TARGET, key_target(key, run, id));
}

int db_target_put(struct tx *tx, const struct target *r)
{
	PUT(struct target, target_fields, T_TARGET, key_target(key, r->run, r->id));
}

struct person_scan {
	uint32_t run, id;
};

static int person_found(void *arg, struct bytes key, struct bytes value)
{
	struct person_scan *s = arg;
	uint32_t run, row;
	if (key.n < 8 || value.n != 4)
		return E_CORRUPT;
	key_identity_row_read(key, &run, &row);
	if (run != s->run)
		return 0;
	s->id = read_u32(value.p);
	return 1;
}

int db_target_of(struct tx *tx, uint32_t run, const char *person, uint32_t *ret_id)
{
	char key[MAX_PERSON + 1];
	size_t n = key_person(key, person);
	struct person_scan s = {.run = run};
	int err = identities_scan(tx, key, n, person_found, &s);
	if (err)
		return err;
	*ret_id = s.id;
	return s.id ? 0 : E_NOTFOUND;
}

/* ---- bulk ---- */

int bulk_new(struct tx *tx, size_t most, struct bulk *ret)
{
	*ret = (struct bulk){.cap = most};
	ret->pairs = arena_take(tx->arena, (most ? most : 1) * sizeof *ret->pairs);
	return ret->pairs ? 0 : E_NOMEM;
}

/* The first 8 bytes as a number: it orders nearly all pairs without a look at their keys. */
static uint64_t key_head(const char *key, size_t n)
{
	char head[8] = {0};
	memcpy(head, key, n < sizeof head ? n : sizeof head);
	return read_u64(head);
}

static int by_key(const void *a, const void *b)
{
	const struct bulk_pair *x = a, *y = b;
	if (x->head != y->head)
		return x->head < y->head ? -1 : 1;
	size_t least = x->key.n < y->key.n ? x->key.n : y->key.n;
	int order = memcmp(x->key.p, y->key.p, least);
	return order ? order : (x->key.n > y->key.n) - (x->key.n < y->key.n);
}

int bulk_add(struct tx *tx, struct bulk *b, const char *key, size_t n, const void *value,
	     size_t n_value)
{
	char *copy = arena_take(tx->arena, n + n_value + 1);
	if (b->n == b->cap)
		return E_LIMIT;
	if (!copy)
		return E_NOMEM;
	memcpy(copy, key, n);
	memcpy(copy + n, value, n_value);
	b->pairs[b->n] = (struct bulk_pair){key_head(key, n), {copy, n}, {copy + n, n_value}};
	/* Most lists are made in their order: then there is nothing to sort. */
	b->mixed = b->mixed || (b->n && by_key(&b->pairs[b->n - 1], &b->pairs[b->n]) > 0);
	b->n++;
	return 0;
}

int bulk_debt(struct tx *tx, struct bulk *b, const struct debt *r)
{
	char key[8], buf[PUT_BYTES];
	struct debt copy = *r;
	struct codec c;
	codec_write(&c, buf, sizeof buf, DB_RECORD_VERSION);
	debt_fields(&c, &copy);
	return c.err ? c.err : bulk_add(tx, b, key, key_debt(key, r->run, r->row), c.buf, c.n);
}

int bulk_target(struct tx *tx, struct bulk *b, const struct target *r)
{
	char key[8], buf[PUT_BYTES];
	struct target copy = *r;
	struct codec c;
	codec_write(&c, buf, sizeof buf, DB_RECORD_VERSION);
	target_fields(&c, &copy);
	return c.err ? c.err : bulk_add(tx, b, key, key_target(key, r->run, r->id), c.buf, c.n);
}

void bulk_sort(struct bulk *b)
{
	if (b->mixed)
		qsort(b->pairs, b->n, sizeof *b->pairs, by_key);
	b->mixed = false;
}

int bulk_put(struct tx *tx, struct bulk *b, enum store_table t)
{
	if (b->n == 0)
		return 0;
	bulk_sort(b);
	struct bytes *keys = arena_take(tx->arena, 2 * b->n * sizeof *keys);
	if (!keys)
		return E_NOMEM;
	struct bytes *values = keys + b->n;
	for (size_t i = 0; i < b->n; i++) {
		keys[i] = b->pairs[i].key;
		values[i] = b->pairs[i].value;
	}
	tx->dirty = true;
	return tx->ops->put_sorted(tx->txn, t, b->n, keys, values);
}

int db_attempt_get(struct tx *tx, uint64_t id, struct attempt *ret)
{
	GET(attempt_fields, T_ATTEMPT, key_u64(key, id));
}

int db_attempt_put(struct tx *tx, const struct attempt *r)
{
	PUT(struct attempt, attempt_fields, T_ATTEMPT, key_u64(key, r->id));
}

static size_t key_digits(char *key, const char *digits)
{
	size_t n = strnlen(digits, MAX_NUMBER - 1);
	memcpy(key, digits, n);
	return n;
}

int db_number_get(struct tx *tx, const char *digits, struct number_rec *ret)
{
	char key[MAX_NUMBER];
	struct codec c;
	int err = db_bytes_get(tx, T_NUMBER, key, key_digits(key, digits), &c);
	memset(ret, 0, sizeof *ret);
	ret->digits = digits;
	if (err)
		return err == E_NOTFOUND ? 0 : err;
	number_fields(&c, ret);
	return codec_end(&c);
}

int db_number_put(struct tx *tx, const struct number_rec *r)
{
	PUT(struct number_rec, number_fields, T_NUMBER, key_digits(key, r->digits));
}

int db_money_get(struct tx *tx, enum money_kind kind, int month, const char *id,
		 struct money_rec *ret)
{
	char key[MAX_KEY_BYTES];
	struct codec c;
	int err = db_bytes_get(tx, T_MONEY, key, key_money(key, kind, month, id), &c);
	*ret = (struct money_rec){.kind = kind, .month = month, .id = id};
	if (err)
		return err == E_NOTFOUND ? 0 : err;
	money_fields(&c, ret);
	return codec_end(&c);
}

int db_money_put(struct tx *tx, const struct money_rec *r)
{
	PUT(struct money_rec, money_fields, T_MONEY, key_money(key, r->kind, r->month, r->id));
}

int db_watch_put(struct tx *tx, uint64_t attempt)
{
	char key[8];
	tx->dirty = true;
	return tx->ops->put(tx->txn, T_WATCH, (struct bytes){key, key_u64(key, attempt)},
			    (struct bytes){"", 0});
}

int db_watch_del(struct tx *tx, uint64_t attempt)
{
	char key[8];
	tx->dirty = true;
	int err = tx->ops->del(tx->txn, T_WATCH, (struct bytes){key, key_u64(key, attempt)});
	return err == E_NOTFOUND ? 0 : err;
}

int db_rowerr_put(struct tx *tx, const struct rowerr *r)
{
	PUT(struct rowerr, rowerr_fields, T_ROWERR, key_rowerr(key, r->intake, r->row, r->n));
}

int db_outrow_get(struct tx *tx, enum out_kind kind, uint32_t run, uint64_t seq, struct outrow *ret)
{
	GET(outrow_fields, T_OUTROW, key_outrow(key, kind, run, seq));
}

int db_outrow_put(struct tx *tx, const struct outrow *r)
{
	PUT(struct outrow, outrow_fields, T_OUTROW, key_outrow(key, r->kind, r->run, r->seq));
}

int db_outfile_get(struct tx *tx, uint32_t number, struct outfile *ret)
{
	GET(outfile_fields, T_OUTFILE, key_u32(key, number));
}

int db_outfile_put(struct tx *tx, const struct outfile *r)
{
	PUT(struct outfile, outfile_fields, T_OUTFILE, key_u32(key, r->number));
}

static const char archive_key[] = "archive";

static size_t key_archive(char *key)
{
	memcpy(key, archive_key, sizeof archive_key - 1);
	return sizeof archive_key - 1;
}

int db_archive_get(struct tx *tx, struct archive_rec *ret)
{
	struct codec c;
	char key[sizeof archive_key];
	int err = db_bytes_get(tx, T_META, key, key_archive(key), &c);
	*ret = (struct archive_rec){.day = DAY_NONE, .sha256 = ""};
	if (err)
		return err == E_NOTFOUND ? 0 : err;
	archive_fields(&c, ret);
	return codec_end(&c);
}

int db_archive_put(struct tx *tx, const struct archive_rec *r)
{
	PUT(struct archive_rec, archive_fields, T_META, key_archive(key));
}

size_t key_purge(char *key, uint32_t run)
{
	static const char prefix[] = "purge/";
	memcpy(key, prefix, sizeof prefix - 1);
	return sizeof prefix - 1 + key_u32(key + sizeof prefix - 1, run);
}

int db_purge_put(struct tx *tx, uint32_t run)
{
	char key[16];
	tx->dirty = true;
	return tx->ops->put(tx->txn, T_META, (struct bytes){key, key_purge(key, run)},
			    (struct bytes){"", 0});
}

int db_purge_del(struct tx *tx, uint32_t run)
{
	char key[16];
	tx->dirty = true;
	int err = tx->ops->del(tx->txn, T_META, (struct bytes){key, key_purge(key, run)});
	return err == E_NOTFOUND ? 0 : err;
}

int db_open_put(struct tx *tx, uint64_t attempt)
{
	char key[8];
	tx->dirty = true;
	return tx->ops->put(tx->txn, T_OPEN, (struct bytes){key, key_u64(key, attempt)},
			    (struct bytes){"", 0});
}

int db_open_del(struct tx *tx, uint64_t attempt)
{
	char key[8];
	tx->dirty = true;
	int err = tx->ops->del(tx->txn, T_OPEN, (struct bytes){key, key_u64(key, attempt)});
	return err == E_NOTFOUND ? 0 : err;
}

int db_drop_get(struct tx *tx, const char *drop, const char *name, int64_t size, int64_t mtime_s,
		const char *sha256, uint32_t *ret_intake)
{
	char key[MAX_KEY_BYTES];
	size_t n;
	struct bytes value;
	int err = key_drop(key, &n, drop, name, size, mtime_s, sha256);
	if (!err)
		err = tx->ops->get(tx->txn, T_DROP, (struct bytes){key, n}, &value);
	if (err)
		return err;
	if (value.n != 4)
		return E_CORRUPT;
	*ret_intake = read_u32(value.p);
	return 0;
}

int db_drop_put(struct tx *tx, const struct intake_rec *r)
{
	char key[MAX_KEY_BYTES], id[4];
	size_t n;
	int err = key_drop(key, &n, r->drop, r->name, r->size, r->mtime_s, r->sha256);
	if (err)
		return err;
	tx->dirty = true;
	return tx->ops->put(tx->txn, T_DROP, (struct bytes){key, n},
			    (struct bytes){id, key_u32(id, r->id)});
}

int db_scan(struct tx *tx, enum store_table t, const char *from, size_t n_from, size_t n_prefix,
	    size_t most, store_scan_fn fn, void *arg)
{
	return tx->ops->scan(tx->txn, t, (struct bytes){from, n_from},
			     (struct bytes){from, n_prefix}, most, fn, arg);
}

int ids_add(struct ids *ids, uint64_t id)
{
	if (ids->n == ids->cap) {
		size_t cap = ids->cap ? ids->cap * 2 : 256;
		uint64_t *list = realloc(ids->list, cap * sizeof *list);
		if (!list)
			return E_NOMEM;
		ids->list = list;
		ids->cap = cap;
	}
	ids->list[ids->n++] = id;
	return 0;
}

void ids_free(struct ids *ids)
{
	free(ids->list);
	*ids = (struct ids){0};
}
