/*
 * See names.h. All of it lies in T_ALIAS, told apart by the first byte of the key (no
 * 宛名番号 begins with a control character):
 *
 *   person, other              a key change joined them; both ways
 *   GROUP_OF  person           -> day, 名寄せ番号
 *   IN_GROUP  名寄せ番号, person  -> day
 *   renamed.c has two more
 *
 * Almost nobody has a second name, and each look at a target would cost several scans:
 * the filter says "certainly not". It is told of a group only when a second person
 * comes into it.
 */
#include "engine/turn/names.h"
#include "engine/turn/engine.h"
#include "engine/turn/filter.h"
#include "engine/turn/renamed.h"

#include <string.h>

enum {
	GROUP_OF = '\x02',
	IN_GROUP = '\x03',
	JOINED = '\x01', /* in the filter alone: has others in his group */
	FRESH_DAYS = 30, /* a membership is written again after these */
	MOST_FORGOTTEN = 10000,
};

static size_t key_of(char *key, char kind, const char *word, size_t most)
{
	size_t n = strnlen(word, most);
	key[0] = kind;
	memcpy(key + 1, word, n);
	key[n + 1] = '\x1f';
	return n + 2;
}

static size_t key_group_of(char *key, const char *person)
{
	return key_of(key, GROUP_OF, person, MAX_PERSON - 1);
}

static size_t key_in_group(char *key, const char *group, const char *person)
{
	size_t n = key_of(key, IN_GROUP, group, MAX_ID - 1), len = strnlen(person, MAX_PERSON - 1);
	memcpy(key + n, person, len);
	return n + len;
}

static void seen(struct engine *e, char kind, const char *person)
{
	char key[MAX_KEY_BYTES];
	filter_add(e->named, key, key_of(key, kind, person, MAX_PERSON - 1));
}

static bool perhaps(const struct engine *e, char kind, const char *person)
{
	char key[MAX_KEY_BYTES];
	return filter_perhaps(e->named, key, key_of(key, kind, person, MAX_PERSON - 1));
}

static bool is_old(uint32_t day, int32_t today)
{
	return (int64_t)day + NAMES_KEPT_DAYS < today;
}

/* ---- looking up ---- */

struct lookup {
	struct engine *e;
	int32_t today;
	size_t n_prefix, n, first; /* first: where this scan's own finds begin */
	bool crowd;
	const char **list;
};

static int add(struct lookup *l, const char *p, size_t n)
{
	char name[MAX_PERSON];
	if (n == 0 || n >= sizeof name)
		return E_CORRUPT;
	memcpy(name, p, n);
	name[n] = '\0';
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->list[i], name) == 0)
			return 0;
	l->crowd = l->n == MOST_NAMES;
	if (l->crowd)
		return 1;
	l->list[l->n] = arena_str(l->e->arena, name);
	return l->list[l->n++] ? 0 : E_NOMEM;
}

static int pair_found(void *arg, struct bytes key, struct bytes value)
{
	struct lookup *l = arg;
	(void)value;
	return add(l, (const char *)key.p + l->n_prefix, key.n - l->n_prefix);
}

static int member_found(void *arg, struct bytes key, struct bytes value)
{
	struct lookup *l = arg;
	if (value.n != 4)
		return E_CORRUPT;
	if (is_old(read_u32(value.p), l->today))
		return 0;
	return add(l, (const char *)key.p + l->n_prefix, key.n - l->n_prefix);
}

/* "" if he is in none that is believed still. */
static int group_of(struct engine *e, const char *person, char ret_group[MAX_ID], uint32_t *ret_day)
{
	char key[MAX_KEY_BYTES];
	struct bytes value;
	ret_group[0] = '\0';
	int err = e->tx.ops->get(e->tx.txn, T_ALIAS, (struct bytes){key, key_group_of(key, person)},
				 &value);
	if (err)
		return err == E_NOTFOUND ? 0 : err;
	if (value.n < 4 || value.n - 4 >= MAX_ID)
		return E_CORRUPT;
	*ret_day = read_u32(value.p);
	memcpy(ret_group, (const char *)value.p + 4, value.n - 4);
	ret_group[value.n - 4] = '\0';
	return 0;
}

/* A group of a whole crowd is no person: a column that was filled with something else. */
static int add_group(struct lookup *l, const char *person)
{
	char key[MAX_KEY_BYTES], group[MAX_ID];
	uint32_t day = 0;
	size_t before = l->n;
	int err = group_of(l->e, person, group, &day);
	if (err || !group[0] || is_old(day, l->today))
		return err;
	l->n_prefix = key_in_group(key, group, "");
	err = db_scan(&l->e->tx, T_ALIAS, key, l->n_prefix, l->n_prefix, 0, member_found, l);
	if (l->crowd)
		l->n = before;
	return err;
}

int names_of(struct engine *e, const char *person, const char *list[MOST_NAMES], size_t *ret_n)
{
	struct lookup l = {.e = e, .list = list, .n = 1, .today = civil_day_at(e->now_ms)};
	int err = 0;

	list[0] = person;
	for (size_t i = 0; i < l.n && !err; i++) {
		char key[MAX_KEY_BYTES];
		l.n_prefix = key_person(key, list[i]);
		l.crowd = false;
		if (filter_perhaps(e->named, key, l.n_prefix))
			err = db_scan(&e->tx, T_ALIAS, key, l.n_prefix, l.n_prefix, 0, pair_found,
				      &l);
		l.crowd = false;
		if (!err && perhaps(e, JOINED, list[i]))
			err = add_group(&l, list[i]);
	}
	*ret_n = l.n;
	return err;
}

/* ---- joining ---- */

int names_pair(struct engine *e, const char *person, const char *other)
{
	char key[MAX_KEY_BYTES];
	int err = db_alias_put(&e->tx, person, other);
	if (!err)
		err = db_alias_put(&e->tx, other, person);
	filter_add(e->named, key, key_person(key, person));
	filter_add(e->named, key, key_person(key, other));
	return err;
}

static bool is_group(const char *group)
{
	return group[strspn(group, "0 ")] != '\0' && strlen(group) < MAX_ID;
}

int names_join(struct engine *e, struct bulk *b, const char *person, const char *group)
{
	int32_t today = civil_day_at(e->now_ms);
	char key[MAX_KEY_BYTES], value[4 + MAX_ID], old[MAX_ID] = "";
	uint32_t day = 0;
	int err = 0;

	if (!is_group(group))
		return 0; /* files that do not know it take nothing back */
	if (perhaps(e, GROUP_OF, person))
		err = group_of(e, person, old, &day);
	if (err || (strcmp(old, group) == 0 && (int64_t)day + FRESH_DAYS > today))
		return err;
	if (old[0] && strcmp(old, group) != 0) { /* the newer file knows better */
		e->tx.dirty = true;
		err = e->tx.ops->del(e->tx.txn, T_ALIAS,
				     (struct bytes){key, key_in_group(key, old, person)});
		if (err && err != E_NOTFOUND)
			return err;
	}
	seen(e, GROUP_OF, person);
	size_t len = strlen(group);
	key_u32(value, (uint32_t)today);
	memcpy(value + 4, group, len);
	err = bulk_add(&e->tx, b, key, key_group_of(key, person), value, 4 + len);
	return err ? err : bulk_add(&e->tx, b, key, key_in_group(key, group, person), value, 4);
}

/* Who was in the group before stands in the store, and so do those of this batch. */
static int join_all(struct engine *e, const char *group)
{
	char key[MAX_KEY_BYTES];
	const char *list[MOST_NAMES];
	struct lookup l = {.e = e, .list = list, .today = civil_day_at(e->now_ms)};

	l.n_prefix = key_in_group(key, group, "");
	int err = db_scan(&e->tx, T_ALIAS, key, l.n_prefix, l.n_prefix, 0, member_found, &l);
	for (size_t i = 0; i < l.n && !err && l.n > 1; i++)
		seen(e, JOINED, list[i]);
	return err;
}

int names_joined(struct engine *e, const struct bulk *b)
{
	int err = 0;
	for (size_t i = 0; i < b->n && !err; i++) {
		const struct bytes *k = &b->pairs[i].key;
		const char *p = k->p, *end = memchr(p, '\x1f', k->n);
		char group[MAX_ID];
		if (p[0] != IN_GROUP || !end || (size_t)(end - p) > sizeof group)
			continue;
		size_t n = (size_t)(end - p) + 1, len = n - 2;
		memcpy(group, p + 1, len);
		group[len] = '\0';
		if (filter_perhaps(e->named, p, n))
			err = join_all(e, group);
		filter_add(e->named, p, n);
	}
	return err;
}

/* ---- at start ---- */

struct recovery {
	struct engine *e;
	int32_t today;
	char group[MAX_ID + 2], person[MAX_PERSON]; /* the entry before, of a group */
	size_t n_group;
	size_t n_old;
	struct bytes *old;
};

static void in_group_found(struct recovery *r, const char *p, size_t n, const char *end)
{
	struct engine *e = r->e;
	char person[MAX_PERSON];
	size_t n_group = (size_t)(end - p) + 1, len = n - n_group;

	if (len >= sizeof person || n_group > sizeof r->group)
		return;
	memcpy(person, end + 1, len);
	person[len] = '\0';
	if (n_group == r->n_group && memcmp(p, r->group, n_group) == 0) {
		seen(e, JOINED, person);
		seen(e, JOINED, r->person);
	}
	memcpy(r->group, p, n_group);
	r->n_group = n_group;
	memcpy(r->person, person, len + 1);
	filter_add(e->named, p, n_group);
}

static int alias_found(void *arg, struct bytes key, struct bytes value)
{
	struct recovery *r = arg;
	const char *p = key.p, *end = memchr(p, '\x1f', key.n);
	bool dated = p[0] == GROUP_OF || p[0] == IN_GROUP;

	bool old = false, other = key.n && renamed_seen(r->e, key, value, &old);
	if (old || (dated && value.n >= 4 && is_old(read_u32(value.p), r->today))) {
		void *copy = r->n_old < MOST_FORGOTTEN ? arena_copy(r->e->arena, p, key.n) : NULL;
		if (copy)
			r->old[r->n_old++] = (struct bytes){copy, key.n};
		return 0;
	}
	if (other)
		return 0;
	if (!end)
		return E_CORRUPT;
	if (p[0] == IN_GROUP)
		in_group_found(r, p, key.n, end);
	else /* a pair, or GROUP_OF */
		filter_add(r->e->named, p, (size_t)(end - p) + 1);
	return 0;
}

int names_recover(struct engine *e)
{
	struct recovery r = {.e = e, .today = civil_day_at(e->now_ms)};
	r.old = arena_take(e->arena, MOST_FORGOTTEN * sizeof *r.old);
	if (!r.old)
		return E_NOMEM;
	int err = db_scan(&e->tx, T_ALIAS, "", 0, 0, 0, alias_found, &r);
	for (size_t i = 0; i < r.n_old && !err; i++) {
		e->tx.dirty = true;
		err = e->tx.ops->del(e->tx.txn, T_ALIAS, r.old[i]);
	}
	return err;
}
