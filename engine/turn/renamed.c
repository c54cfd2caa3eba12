/*
 * See renamed.h. In T_ALIAS, beside the persons of names.c:
 *
 *   CHANGE  person, identity before, identity after -> record; under both persons
 *   HOOK    run, row, identity                      -> empty: T_DEBTKEY has it too
 *
 * The hooks are there for purge.c: an entry of T_DEBTKEY that is left behind would name
 * a debt that is gone.
 */
#include "engine/turn/renamed.h"
#include "engine/turn/engine.h"
#include "engine/turn/filter.h"
#include "engine/turn/standing.h"

#include <string.h>

enum {
	CHANGE = '\x04',
	HOOK = '\x05',
	MOST_CHANGES = 1000, /* of one person, looked at */
	MOST_UNHOOKED = 400,
};

struct change {
	struct debt_key from, to;
	int64_t at_ms;
};

static void change_fields(struct codec *c, struct change *r)
{
	debt_key_fields(c, &r->from);
	debt_key_fields(c, &r->to);
	codec_i64(c, &r->at_ms);
}

static size_t key_changes(char *key, const char *person)
{
	key[0] = CHANGE;
	return 1 + key_person(key + 1, person);
}

/* ---- looking up ---- */

struct changes {
	struct tx *tx;
	size_t n, cap;
	struct change *list;
};

static int change_found(void *arg, struct bytes key, struct bytes value)
{
	struct changes *s = arg;
	struct codec c;
	(void)key;
	if (s->n == MOST_CHANGES)
		return 1;
	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 8;
		struct change *list = arena_take(s->tx->arena, cap * sizeof *list);
		if (!list)
			return E_NOMEM;
		if (s->n)
			memcpy(list, s->list, s->n * sizeof *list);
		s->list = list;
		s->cap = cap;
	}
	int err = db_decode(s->tx, value, &c);
	if (err)
		return err;
	s->list[s->n] = (struct change){0};
	change_fields(&c, &s->list[s->n++]);
	return codec_end(&c);
}

static bool same(const struct debt_key *a, const struct debt_key *b)
{
	return key_fits(a, b) && key_fits(b, a);
}

static void add(struct debt_key list[MOST_KEYS], size_t *n, const struct debt_key *key)
{
	for (size_t i = 0; i < *n; i++)
		if (same(&list[i], key))
			return;
	if (*n < MOST_KEYS)
		list[(*n)++] = *key;
}

int renamed_keys(struct engine *e, const struct debt_key *key, struct debt_key list[MOST_KEYS],
		 size_t *ret_n)
{
	size_t n = 1;
	int err = 0;

	list[0] = *key;
	for (size_t i = 0; i < n && !err; i++) {
		struct changes s = {.tx = &e->tx};
		char prefix[MAX_KEY_BYTES];
		size_t len = key_changes(prefix, list[i].person);
		if (!filter_perhaps(e->named, prefix, len))
			continue;
		err = db_scan(&e->tx, T_ALIAS, prefix, len, len, 0, change_found, &s);
		for (size_t k = 0; k < s.n && !err; k++) {
			struct debt_key here = list[i], other;
			if (key_fits(&s.list[k].from, &here)) {
				other = key_moved(&here, &s.list[k].to);
				add(list, &n, &other);
			}
			if (key_fits(&s.list[k].to, &here)) {
				other = key_moved(&here, &s.list[k].from);
				add(list, &n, &other);
			}
		}
	}
	*ret_n = n;
	return err;
}

/* ---- remembering ---- */

static int put_change(struct engine *e, const char *person, const struct change *r)
{
	char key[MAX_KEY_BYTES], buf[1024];
	size_t n = key_changes(key, person), a, b;
	struct change copy = *r;
	struct codec c;
	filter_add(e->named, key, n);
	int err = key_identity(key + n, &a, &r->from);
	if (!err)
		err = key_identity(key + n + a, &b, &r->to);
	if (err)
		return err;
	codec_write(&c, buf, sizeof buf, DB_RECORD_VERSION);
	change_fields(&c, &copy);
	return db_bytes_put(&e->tx, T_ALIAS, key, n + a + b, &c);
}

int renamed_remember(struct engine *e, const struct debt_key *from, const struct debt_key *to)
{
	/* Parts that `to` lacks did not change: those of `from`, or the way back would fit more. */
	struct change r = {.from = *from, .to = key_moved(from, to), .at_ms = e->now_ms};
	int err = put_change(e, from->person, &r);
	return err || strcmp(from->person, to->person) == 0 ? err : put_change(e, to->person, &r);
}

/* ---- hooks ---- */

int renamed_hook(struct engine *e, struct match where, uint32_t target, const struct debt_key *name)
{
	char key[MAX_KEY_BYTES] = {HOOK};
	size_t n = 1 + key_debt(key + 1, where.run, where.row), len;
	int err = db_debtkey_put(&e->tx, name, where.run, where.row, target);
	if (!err)
		err = key_identity(key + n, &len, name);
	return err ? err
		   : e->tx.ops->put(e->tx.txn, T_ALIAS, (struct bytes){key, n + len},
				    (struct bytes){"", 0});
}

struct unhooking {
	struct engine *e;
	size_t n;
	struct bytes list[MOST_UNHOOKED];
};

static int hook_found(void *arg, struct bytes key, struct bytes value)
{
	struct unhooking *u = arg;
	(void)value;
	void *copy = key.n > 9 ? arena_copy(u->e->arena, key.p, key.n) : NULL;
	if (!copy)
		return key.n > 9 ? E_NOMEM : E_CORRUPT;
	u->list[u->n++] = (struct bytes){copy, key.n};
	return u->n == MOST_UNHOOKED;
}

static int unhook(struct engine *e, struct bytes hook)
{
	const char *p = hook.p;
	char key[MAX_KEY_BYTES];
	size_t n = hook.n - 9;
	memcpy(key, p + 9, n);
	n = key_identity_row(key, n, read_u32(p + 1), read_u32(p + 5));
	e->tx.dirty = true;
	int err = e->tx.ops->del(e->tx.txn, T_DEBTKEY, (struct bytes){key, n});
	if (!err || err == E_NOTFOUND)
		err = e->tx.ops->del(e->tx.txn, T_ALIAS, hook);
	return err;
}

int renamed_unhook(struct engine *e, uint32_t run, bool *ret_more)
{
	struct unhooking *u = arena_take(e->arena, sizeof *u);
	char key[MAX_KEY_BYTES] = {HOOK};
	size_t n = 1 + key_u32(key + 1, run);
	if (!u)
		return E_NOMEM;
	*u = (struct unhooking){.e = e};
	int err = db_scan(&e->tx, T_ALIAS, key, n, n, 0, hook_found, u);
	for (size_t i = 0; i < u->n && !err; i++)
		err = unhook(e, u->list[i]);
	*ret_more = u->n == MOST_UNHOOKED;
	return err;
}

bool renamed_seen(struct engine *e, struct bytes key, struct bytes value, bool *ret_old)
{
	const char *p = key.p, *end = memchr(p, '\x1f', key.n);
	struct change r = {0};
	struct codec c;

	*ret_old = false;
	if (p[0] != CHANGE && p[0] != HOOK)
		return false;
	if (p[0] == HOOK || !end)
		return true;
	codec_read(&c, value, DB_RECORD_VERSION);
	change_fields(&c, &r);
	*ret_old = !codec_end(&c) && r.at_ms + RENAMED_KEPT_DAYS * MS_PER_DAY < e->now_ms;
	if (!*ret_old)
		filter_add(e->named, p, (size_t)(end - p) + 1);
	return true;
}
