/* See db.h: records of what is known of debts besides the debts themselves: payments of the last
 * days, exclusions, other names of a person. */
#include "engine/turn/db.h"

#include <string.h>

/* One record a row: what a debt went through is told by all of them, in their order. A 全額 is the
 * last word and has one place, or a list that is sent each day would be kept each day. (Older
 * releases kept one row a key, under the identity alone.) */
static int key_payment(char *key, size_t *ret_n, const struct payment_rec *r)
{
	bool last = r->kind == PAYMENT_FULL;
	int err = key_identity(key, ret_n, &r->key);
	if (!err)
		*ret_n = key_identity_row(key, *ret_n, last ? UINT32_MAX : r->intake,
					  last ? UINT32_MAX : r->row);
	return err;
}

int db_payment_put(struct tx *tx, const struct payment_rec *r)
{
	char key[MAX_KEY_BYTES], buf[1024];
	size_t n;
	struct payment_rec copy = *r;
	struct codec c;
	int err = key_payment(key, &n, r);
	if (err)
		return err;
	codec_write(&c, buf, sizeof buf, DB_RECORD_VERSION);
	payment_fields(&c, &copy);
	return db_bytes_put(tx, T_PAYMENT, key, n, &c);
}

static int del(struct tx *tx, enum store_table t, const char *key, size_t n)
{
	tx->dirty = true;
	int err = tx->ops->del(tx->txn, t, (struct bytes){key, n});
	return err == E_NOTFOUND ? 0 : err;
}

int db_payment_del(struct tx *tx, const struct payment_rec *r)
{
	char key[MAX_KEY_BYTES];
	size_t n;
	int err = key_payment(key, &n, r);
	if (!err)
		err = del(tx, T_PAYMENT, key, n);
	return err ? err : del(tx, T_PAYMENT, key, n - 8);
}

int db_exclusion_get(struct tx *tx, const struct exclusion_rec *id, struct exclusion_rec *ret)
{
	char key[MAX_KEY_BYTES];
	size_t n;
	struct codec c;
	int err = key_exclusion(key, &n, id);
	if (!err)
		err = db_bytes_get(tx, T_EXCLUSION, key, n, &c);
	if (err)
		return err;
	memset(ret, 0, sizeof *ret);
	exclusion_fields(&c, ret);
	return codec_end(&c);
}

int db_exclusion_put(struct tx *tx, const struct exclusion_rec *r)
{
	char key[MAX_KEY_BYTES], buf[4096];
	size_t n;
	struct exclusion_rec copy = *r;
	struct codec c;
	int err = key_exclusion(key, &n, r);
	if (err)
		return err;
	codec_write(&c, buf, sizeof buf, DB_RECORD_VERSION);
	exclusion_fields(&c, &copy);
	return db_bytes_put(tx, T_EXCLUSION, key, n, &c);
}

int db_exclusion_del(struct tx *tx, const struct exclusion_rec *r)
{
	char key[MAX_KEY_BYTES];
	size_t n;
	int err = key_exclusion(key, &n, r);
	return err ? err : del(tx, T_EXCLUSION, key, n);
}

int db_exclusion_read(struct tx *tx, struct bytes value, struct exclusion_rec *ret)
{
	struct codec c;
	int err = db_decode(tx, value, &c);
	if (err)
		return err;
	memset(ret, 0, sizeof *ret);
	exclusion_fields(&c, ret);
	return codec_end(&c);
}

int db_payment_read(struct tx *tx, struct bytes value, struct payment_rec *ret)
{
	struct codec c;
	int err = db_decode(tx, value, &c);
	if (err)
		return err;
	memset(ret, 0, sizeof *ret);
	payment_fields(&c, ret);
	return codec_end(&c);
}

int db_debtkey_put(struct tx *tx, const struct debt_key *id, uint32_t run, uint32_t row,
		   uint32_t target)
{
	char key[MAX_KEY_BYTES], value[4];
	size_t n;
	int err = key_identity(key, &n, id);
	if (err)
		return err;
	n = key_identity_row(key, n, run, row);
	tx->dirty = true;
	return tx->ops->put(tx->txn, T_DEBTKEY, (struct bytes){key, n},
			    (struct bytes){value, key_u32(value, target)});
}

static size_t key_alias(char *key, const char *person, const char *other)
{
	size_t n = key_person(key, person), len = strnlen(other, MAX_PERSON - 1);
	memcpy(key + n, other, len);
	return n + len;
}

int db_alias_put(struct tx *tx, const char *person, const char *other)
{
	char key[2 * MAX_PERSON + 2];
	size_t n = key_alias(key, person, other);
	tx->dirty = true;
	return tx->ops->put(tx->txn, T_ALIAS, (struct bytes){key, n}, (struct bytes){"", 0});
}

struct alias_scan {
	struct tx *tx;
	size_t n_prefix, n, most;
	const char **list;
};

static int alias_found(void *arg, struct bytes key, struct bytes value)
{
	struct alias_scan *s = arg;
	char name[MAX_PERSON];
	size_t n = key.n - s->n_prefix;
	(void)value;
	if (key.n <= s->n_prefix || n >= sizeof name)
		return E_CORRUPT;
	memcpy(name, (const char *)key.p + s->n_prefix, n);
	name[n] = '\0';
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->list[i], name) == 0)
			return 0;
	if (s->n == s->most)
		return 1;
	s->list[s->n] = arena_str(s->tx->arena, name);
	return s->list[s->n++] ? 0 : E_NOMEM;
}

int db_aliases(struct tx *tx, const char *person, const char **list, size_t most, size_t *ret_n)
{
	struct alias_scan s = {.tx = tx, .list = list, .most = most, .n = 1};
	int err = 0;

	list[0] = person;
	for (size_t i = 0; i < s.n && !err; i++) {
		char key[MAX_PERSON + 1];
		s.n_prefix = key_person(key, list[i]);
		err = db_scan(tx, T_ALIAS, key, s.n_prefix, s.n_prefix, 0, alias_found, &s);
	}
	*ret_n = s.n;
	return err;
}
