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
#include "engine/turn/standing.h"

#include "engine/log.h"

#include <string.h>

/* The parts that the layout of key changes lacks are the debt's own: a name with holes in it would
 * be found by no row that has them all. */
static int add_names(struct engine *e, const struct matches *m, const struct debt_key *to)
{
	int err = 0;
	for (size_t i = 0; i < m->n && !err; i++) {
		struct debt d;
		err = db_debt_get(&e->tx, m->list[i].run, m->list[i].row, &d);
		struct debt_key name = err ? *to : key_moved(&d.key, to);
		if (!err)
			err = db_debtkey_put(&e->tx, &name, d.run, d.row, d.target);
	}
	return err == E_NOTFOUND ? E_CORRUPT : err;
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
	int err = db_alias_put(&e->tx, row->from.person, row->to.person);
	if (!err)
		err = db_alias_put(&e->tx, row->to.person, row->from.person);
	return err ? err : one_group(e, row->to.person);
}

static int apply(struct engine *e, struct intake_rec *in, const struct key_change_row *row,
		 struct load_counts *counts)
{
	struct matches m;
	int err = matches_find(e, &row->from, &m);
	bool several = err == E_LIMIT;
	for (size_t i = 0; i < m.n && !err; i++)
		several = several || matches_in_run(&m, m.list[i].run) > 1;
	if (several) {
		counts->refused++;
		return row_error(e, in, row->row, false, "E0004", "",
				 "変更前の鍵が複数の明細に一致します。変更していません");
	}
	if (!err)
		err = add_names(e, &m, &row->to);
	if (!err)
		err = one_person(e, row);
	if (!err)
		err = exclusions_follow(e, &row->from, &row->to);
	if (!err) /* rows by the new key may have come before this one */
		err = exclusions_follow(e, &row->to, &row->from);
	if (!err)
		err = early_follow(e, &row->from, &row->to);
	if (err == E_LIMIT) {
		counts->refused++;
		return row_error(e, in, row->row, false, "E0003", "",
				 "明細を特定する項目が長すぎます");
	}
	if (err)
		return err;
	counts->taken++;
	counts->matched += m.n > 0;
	return 0;
}

int load_key_changes(struct engine *e, struct intake_rec *in, const struct row_batch *batch,
		     struct load_counts *counts)
{
	int err = 0;
	for (size_t i = 0; i < batch->n && !err; i++)
		err = apply(e, in, &batch->key_changes[i], counts);
	return err;
}
