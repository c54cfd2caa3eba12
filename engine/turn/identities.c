/*
 * See identities.h. A group's value is: version byte, then for each name the length of
 * what follows the person in its identity (two bytes, big-endian), that, its place.
 */
#include "engine/turn/identities.h"

#include <string.h>

enum { TAG = '\x01', TAIL = 9, HEAD = 2, PLACE = 4 };

size_t key_group_of_names(char *key, const char *person, uint32_t run, uint32_t target)
{
	size_t n = key_person(key, person);
	key[n++] = TAG;
	return key_identity_row(key, n, run, target);
}

/* ---- loading ---- */

int naming_begin(struct naming *w, struct tx *tx, struct bulk *to, uint32_t run, size_t n_debts,
		 bool single)
{
	*w = (struct naming){.tx = tx, .to = to, .run = run, .single = single};
	if (single)
		return 0;
	w->cap = 1 + n_debts * (HEAD + MAX_DEBT_KEY + PLACE);
	w->bytes = arena_take(tx->arena, w->cap);
	if (!w->bytes)
		return E_NOMEM;
	w->bytes[w->n++] = DB_RECORD_VERSION;
	return 0;
}

int naming_add(struct naming *w, const char *identity, size_t n, uint32_t row, uint32_t target)
{
	char key[MAX_KEY_BYTES], id[4];

	if (w->single) {
		memcpy(key, identity, n);
		n = key_identity_row(key, n, w->run, row);
		return bulk_add(w->tx, w->to, key, n, id, key_u32(id, target));
	}
	const char *rest = memchr(identity, '\x1f', n);
	if (!rest)
		return E_INVALID;
	size_t len = n - (size_t)(++rest - identity);
	if (w->cap - w->n < HEAD + len + PLACE)
		return E_LIMIT;
	char *at = w->bytes + w->n;
	at[0] = (char)(len >> 8);
	at[1] = (char)len;
	memcpy(at + HEAD, rest, len);
	w->n += HEAD + len + key_u32(at + HEAD + len, row);
	return 0;
}

int naming_end(struct naming *w, const char *person, uint32_t target)
{
	char key[MAX_KEY_BYTES];

	if (w->n <= 1)
		return 0;
	return bulk_add(w->tx, w->to, key, key_group_of_names(key, person, w->run, target),
			w->bytes, w->n);
}

/* ---- looking ---- */

struct walk {
	store_scan_fn fn;
	void *arg;
	size_t n; /* of the prefix */
};

/* `key` is the group's: its person, then what follows him in each name. */
static int group_found(const struct walk *w, struct bytes key, struct bytes value)
{
	char name[MAX_KEY_BYTES];
	uint32_t run, target;
	const char *p = value.p, *end = p + value.n;

	key_identity_row_read(key, &run, &target);
	if (value.n == 0 || (unsigned char)*p++ > DB_RECORD_VERSION)
		return E_CORRUPT;
	memcpy(name, key.p, w->n);
	while (p < end) {
		size_t left = (size_t)(end - p);
		size_t len =
		    left < HEAD ? left : (size_t)(unsigned char)p[0] << 8 | (unsigned char)p[1];
		if (left < HEAD + PLACE + len || w->n + len + 8 > sizeof name)
			return E_CORRUPT;
		memcpy(name + w->n, p + HEAD, len);
		size_t n = key_identity_row(name, w->n + len, run, read_u32(p + HEAD + len));
		char id[4];
		int ret =
		    w->fn(w->arg, (struct bytes){name, n}, (struct bytes){id, key_u32(id, target)});
		if (ret)
			return ret;
		p += HEAD + len + PLACE;
	}
	return 0;
}

static int entry_found(void *arg, struct bytes key, struct bytes value)
{
	const struct walk *w = arg;
	bool group = key.n == w->n + TAIL && ((const char *)key.p)[w->n] == TAG;
	return group ? group_found(w, key, value) : w->fn(w->arg, key, value);
}

int identities_scan(struct tx *tx, const char *prefix, size_t n, store_scan_fn fn, void *arg)
{
	struct walk w = {fn, arg, n};
	return db_scan(tx, T_DEBTKEY, prefix, n, n, 0, entry_found, &w);
}
