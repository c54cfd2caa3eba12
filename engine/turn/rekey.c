/*
 * Key changes (年度替わり, 名寄せ): the same debt under another key from now on. The
 * new key is put beside the old one, so rows that name either find the debt, in
 * every run where it stands. What goes back keeps the key with which the debt came:
 * the core system asked about that row. A person who got another 宛名番号 is
 * remembered as one, so that his exclusions hold under both.
 */
#include "engine/turn/engine.h"
#include "engine/turn/exclude.h"
#include "engine/turn/standing.h"

#include "engine/log.h"

#include <string.h>

static int add_names(struct engine *e, const struct matches *m, const struct debt_key *to)
{
	int err = 0;
	for (size_t i = 0; i < m->n && !err; i++) {
		struct debt d;
		err = db_debt_get(&e->tx, m->list[i].run, m->list[i].row, &d);
		if (!err)
			err = db_debtkey_put(&e->tx, to, d.run, d.row, d.target);
	}
	return err == E_NOTFOUND ? E_CORRUPT : err;
}

/* Payments that wait for their debt wait for it under the new key too. */
static int payments_follow(struct engine *e, const struct debt_key *from, const struct debt_key *to)
{
	struct payment_rec r;
	int err = db_payment_get(&e->tx, from, &r);
	if (err)
		return err == E_NOTFOUND ? 0 : err;
	r.key = *to;
	return db_payment_put(&e->tx, &r);
}

static int one_person(struct engine *e, const struct key_change_row *row)
{
	if (strcmp(row->from.person, row->to.person) == 0)
		return 0;
	int err = db_alias_put(&e->tx, row->from.person, row->to.person);
	if (!err)
		err = db_alias_put(&e->tx, row->to.person, row->from.person);
	if (!err) /* and what was known of the new number holds for the old one's debts */
		err = exclusions_follow(e, &row->to, &row->from);
	return err;
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
	if (!err)
		err = payments_follow(e, &row->from, &row->to);
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
