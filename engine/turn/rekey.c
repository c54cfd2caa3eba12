/*
 * Key changes (年度替わり, 名寄せ): the same debt under another key from now on. The
 * new key is put beside the old one, so rows that name either find the debt, in
 * every run where it stands. What goes back keeps the key with which the debt came:
 * the core system asked about that row. A person who got another 宛名番号 is
 * remembered as one, so that his exclusions hold under both.
 */
#include "engine/turn/early.h"
#include "engine/turn/engine.h"
#include "engine/turn/exclude.h"
#include "engine/turn/names.h"
#include "engine/turn/renamed.h"
#include "engine/turn/standing.h"

#include "engine/log.h"

#include <string.h>

/* A debt that either key names, and the names that it had before. */
struct renaming {
	struct renaming *next;
	struct match where;
	size_t n;
	struct debt_key *keys; /* the first: that with which it came */
};

static int before_of(struct engine *e, struct match where, struct renaming *ret)
{
	struct debt d;
	*ret = (struct renaming){.where = where,
				 .keys = arena_take(e->arena, MOST_KEYS * sizeof *ret->keys)};
	int err = ret->keys ? db_debt_get(&e->tx, where.run, where.row, &d) : E_NOMEM;
	if (err == E_NOTFOUND)
		return E_CORRUPT;
	return err ? err : renamed_keys(e, &d.key, ret->keys, &ret->n);
}

static bool is_known(const struct renaming *r, const struct debt_key *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (key_fits(&r->keys[i], name) && key_fits(name, &r->keys[i]))
			return true;
	return false;
}

/* Rows that name it by its new names find it, and those that came before are applied. (Parts that
 * the layout of key changes lacks are the debt's own: a name with holes in it would be found by no
 * row that has them all.) */
static int add_names(struct engine *e, const struct renaming *r)
{
	struct debt_key after[MOST_KEYS];
	struct debt d;
	size_t n;
	int err = db_debt_get(&e->tx, r->where.run, r->where.row, &d);
	uint32_t target = err ? 0 : d.target;
	if (!err)
		err = renamed_keys(e, &r->keys[0], after, &n);
	for (size_t i = 0; !err && i < n; i++) {
		char identity[MAX_DEBT_KEY];
		size_t len;
		if (is_known(r, &after[i]) || key_identity(identity, &len, &after[i]) == E_LIMIT)
			continue; /* too long: no row can name it so */
		err = renamed_hook(e, r->where, target, &after[i]);
		if (!err)
			err = early_catch_up(e, r->where, r->keys, r->n, &after[i]);
	}
	return err == E_NOTFOUND ? E_CORRUPT : err;
}

static int befores_of(struct engine *e, const struct matches *m, struct renaming **list)
{
	int err = 0;
	for (size_t i = 0; i < m->n && !err; i++) {
		struct renaming *r = arena_take(e->arena, sizeof *r);
		err = r ? before_of(e, m->list[i], r) : E_NOMEM;
		if (!err) {
			r->next = *list;
			*list = r;
		}
	}
	return err;
}

/* Before the change is remembered: the names after it are looked up with it. */
static int all_befores(struct engine *e, struct matches *m, const struct debt_key *key,
		       struct renaming **list)
{
	int err = befores_of(e, m, list);
	while (!err && m->more) {
		err = matches_next(e, key, m);
		if (!err)
			err = befores_of(e, m, list);
	}
	return err;
}

/* The debts of either key get the other: a file by the old one may come after this. */
static int rename_all(struct engine *e, struct matches *from, struct matches *to,
		      const struct key_change_row *row, const struct debt_key *key)
{
	struct renaming *list = NULL;
	int err = all_befores(e, from, &row->from, &list);
	if (!err)
		err = all_befores(e, to, key, &list);
	if (!err)
		err = renamed_remember(e, &row->from, &row->to);
	for (; list && !err; list = list->next) {
		struct arena_mark step = arena_mark(e->arena);
		err = add_names(e, list);
		arena_release(e->arena, step);
	}
	return err;
}

static struct debt_key all_of(const char *person)
{
	return (struct debt_key){person, "", "", "", "", "", ""};
}

/* Three and more names of one person: what is known of any holds for all of them. */
static int one_group(struct engine *e, const char *person)
{
	const char *names[MOST_ALIASES];
	size_t n;
	int err = db_aliases(&e->tx, person, names, MOST_ALIASES, &n);
	if (n <= 2)
		return err;
	for (size_t i = 0; i < n * n && !err; i++) {
		struct debt_key from = all_of(names[i / n]), to = all_of(names[i % n]);
		if (i / n != i % n)
			err = exclusions_follow(e, &from, &to);
	}
	return err;
}

static int one_person(struct engine *e, const struct key_change_row *row)
{
	if (strcmp(row->from.person, row->to.person) == 0)
		return 0;
	int err = names_pair(e, row->from.person, row->to.person);
	return err ? err : one_group(e, row->to.person);
}

static bool is_several(const struct matches *m)
{
	for (size_t i = 0; i < m->n; i++)
		if (matches_in_run(m, m->list[i].run) > 1)
			return true;
	return false;
}

/* A row that names persons alone is about all debts: there is nothing to mistake. */
static bool is_of_persons(const struct key_change_row *row)
{
	return key_is_person(&row->from) && key_is_person(&row->to);
}

static bool is_too_long(const struct debt_key *key)
{
	char identity[MAX_DEBT_KEY];
	size_t n;
	return key_identity(identity, &n, key) == E_LIMIT;
}

static int change(struct engine *e, const struct key_change_row *row, const struct debt_key *to,
		  struct matches m[2])
{
	int err = rename_all(e, &m[0], &m[1], row, to);
	if (!err)
		err = one_person(e, row);
	if (!err)
		err = exclusions_follow(e, &row->from, &row->to);
	if (!err) /* rows by the new key may have come before this one */
		err = exclusions_follow(e, &row->to, &row->from);
	return err;
}

/* What is refused is refused before the first write. */
static int apply(struct engine *e, struct intake_rec *in, const struct key_change_row *row,
		 struct load_counts *counts)
{
	struct debt_key to = key_moved(&row->from, &row->to);
	struct matches *m = arena_take(e->arena, 2 * sizeof *m);
	if (!m)
		return E_NOMEM;
	if (is_too_long(&row->from) || is_too_long(&to)) {
		counts->refused++;
		return row_error(e, in, row->row, false, "E0003", "",
				 "明細を特定する項目が長すぎます");
	}
	int err = matches_find(e, &row->from, &m[0]);
	if (!err && !is_of_persons(row) && (m[0].more || is_several(&m[0]))) {
		counts->refused++;
		return row_error(e, in, row->row, false, "E0004", "",
				 "変更前の鍵が複数の明細に一致します。変更していません");
	}
	if (!err)
		err = matches_find(e, &to, &m[1]);
	bool known = !err && m[0].n > 0, cut = !err && (m[0].cut || m[1].cut);
	if (!err)
		err = change(e, row, &to, m);
	if (err)
		return err;
	counts->taken++;
	counts->matched += known;
	return cut ? row_cut(e, in, row->row, counts) : 0;
}

int load_key_changes(struct engine *e, struct intake_rec *in, const struct row_batch *batch,
		     struct load_counts *counts)
{
	int err = 0;
	for (size_t i = 0; i < batch->n && !err; i++) {
		struct arena_mark row = arena_mark(e->arena);
		err = apply(e, in, &batch->key_changes[i], counts);
		arena_release(e->arena, row);
	}
	return err;
}
