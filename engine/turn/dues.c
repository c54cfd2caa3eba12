/* See dues.h. */
#include "engine/turn/dues.h"

#include <string.h>

enum { GROUP_KEY = 17, GROUP_TAG = 1 }; /* one byte longer than an entry of one target */

static uint32_t base_of(uint32_t target)
{
	return target - target % DUE_GROUP;
}

static size_t key_group(char *k, uint32_t run, uint32_t base)
{
	size_t n = key_due(k, run, DUE_AT_ONCE, base);
	k[n++] = GROUP_TAG;
	return n;
}

static bool has(const unsigned char *bits, uint32_t target)
{
	return bits[target % DUE_GROUP / 8] >> (target % 8) & 1;
}

static bool is_empty(const unsigned char *bits)
{
	static const unsigned char none[DUE_GROUP_BYTES];
	return memcmp(bits, none, sizeof none) == 0;
}

/* E_NOTFOUND: there is no such group. */
static int group_get(struct tx *tx, uint32_t run, uint32_t base, unsigned char *ret_bits)
{
	char key[MAX_KEY_BYTES];
	struct bytes value;
	int err =
	    tx->ops->get(tx->txn, T_DUE, (struct bytes){key, key_group(key, run, base)}, &value);
	if (err)
		return err;
	if (value.n != DUE_GROUP_BYTES)
		return E_CORRUPT;
	memcpy(ret_bits, value.p, DUE_GROUP_BYTES);
	return 0;
}

static int group_put(struct tx *tx, uint32_t run, uint32_t base, const unsigned char *bits)
{
	char key[MAX_KEY_BYTES];
	struct bytes k = {key, key_group(key, run, base)};
	tx->dirty = true;
	if (is_empty(bits))
		return tx->ops->del(tx->txn, T_DUE, k);
	return tx->ops->put(tx->txn, T_DUE, k, (struct bytes){bits, DUE_GROUP_BYTES});
}

/* ---- loading ---- */

int dues_end(struct due_adding *d)
{
	unsigned char bits[DUE_GROUP_BYTES];

	if (!d->any)
		return 0;
	/* The batch before may have begun the group. */
	int err = group_get(d->tx, d->run, d->base, bits);
	if (err == E_NOTFOUND)
		memset(bits, 0, sizeof bits);
	else if (err)
		return err;
	for (size_t i = 0; i < sizeof bits; i++)
		bits[i] |= d->bits[i];
	d->any = false;
	memset(d->bits, 0, sizeof d->bits);
	return group_put(d->tx, d->run, d->base, bits);
}

int dues_add(struct due_adding *d, uint32_t target)
{
	int err = d->any && d->base != base_of(target) ? dues_end(d) : 0;
	if (err)
		return err;
	d->base = base_of(target);
	d->any = true;
	d->bits[target % DUE_GROUP / 8] |= (unsigned char)(1u << target % 8);
	return 0;
}

/* ---- looking ---- */

struct due_walk {
	due_fn fn;
	void *arg;
};

static int group_found(const struct due_walk *w, struct bytes key, struct bytes value)
{
	uint32_t base = read_u32((const char *)key.p + 12);

	if (value.n != DUE_GROUP_BYTES)
		return E_CORRUPT;
	for (uint32_t i = 0; i < DUE_GROUP; i++) {
		int ret = has(value.p, i) ? w->fn(w->arg, DUE_AT_ONCE, base + i) : 0;
		if (ret)
			return ret;
	}
	return 0;
}

static int entry_found(void *arg, struct bytes key, struct bytes value)
{
	const struct due_walk *w = arg;
	int64_t due_ms;
	uint32_t target;

	if (key.n == GROUP_KEY)
		return group_found(w, key, value);
	int err = key_due_read(key, &due_ms, &target);
	return err ? err : w->fn(w->arg, due_ms, target);
}

int dues_scan(struct tx *tx, uint32_t run, due_fn fn, void *arg)
{
	struct due_walk w = {fn, arg};
	char key[4];
	return db_scan(tx, T_DUE, key, key_u32(key, run), 4, 0, entry_found, &w);
}

int dues_scan_from(struct tx *tx, uint32_t run, int64_t due_ms, uint32_t target, due_fn fn,
		   void *arg)
{
	struct due_walk w = {fn, arg};
	char key[MAX_KEY_BYTES];
	size_t n = key_due(key, run, due_ms, due_ms == DUE_AT_ONCE ? base_of(target) : target);
	return db_scan(tx, T_DUE, key, n, 4, 0, entry_found, &w);
}

/* ---- moving ---- */

/* *ret: it stood as a bit, and does no longer. */
static int take_bit(struct tx *tx, const struct target *t, bool *ret)
{
	unsigned char bits[DUE_GROUP_BYTES];

	*ret = false;
	if (t->due_ms != DUE_AT_ONCE)
		return 0;
	int err = group_get(tx, t->run, base_of(t->id), bits);
	if (err)
		return err == E_NOTFOUND ? 0 : err;
	*ret = has(bits, t->id);
	if (!*ret)
		return 0;
	bits[t->id % DUE_GROUP / 8] &= (unsigned char)~(1u << t->id % 8);
	return group_put(tx, t->run, base_of(t->id), bits);
}

static int take_out(struct tx *tx, const struct target *t)
{
	char key[MAX_KEY_BYTES];
	bool taken;
	int err = take_bit(tx, t, &taken);
	if (err || taken)
		return err;
	size_t n = key_due(key, t->run, t->due_ms, t->id);
	err = tx->ops->del(tx->txn, T_DUE, (struct bytes){key, n});
	return err == E_NOTFOUND ? E_CORRUPT : err;
}

int db_due_set(struct tx *tx, struct target *t, int64_t due_ms)
{
	char key[MAX_KEY_BYTES];
	int err = 0;

	if (t->due_ms == due_ms)
		return 0;
	tx->dirty = true;
	if (t->due_ms)
		err = take_out(tx, t);
	if (!err && due_ms) {
		size_t n = key_due(key, t->run, due_ms, t->id);
		err = tx->ops->put(tx->txn, T_DUE, (struct bytes){key, n}, (struct bytes){"", 0});
	}
	if (!err)
		t->due_ms = due_ms;
	return err;
}
