/*
 * Withdrawals (取下げ): the core system takes debts back. A row that names a person
 * alone takes all his debts in runs that are open or just ended; one that names a debt must match
 * one in each run, else all that it matches are held and the row is E0004, as with payments. Who
 * has other debts left is called for those, with new prompts.
 *
 * A withdrawal is about debts that we have: it is not kept for debts that come
 * later, since a targets file that names a debt afterwards is the newer word.
 */
#include "engine/turn/engine.h"
#include "engine/turn/match.h"
#include "engine/turn/outlook.h"
#include "engine/turn/touched.h"

#include "engine/log.h"

int debt_withdraw(struct engine *e, struct match where, struct touched *touched)
{
	struct debt debt, before;
	struct target t;
	int err = match_load(e, where, &debt, &t);
	if (err || debt.settled == SETTLED_WITHDRAWN ||
	    (debt.settled == SETTLED_PAID && !debt.preliminary))
		return err; /* paid says more than taken back */
	before = debt;
	if (debt.preliminary)
		debt.amount = debt.amount_before;
	struct paying p = paying_now(e);
	paying_unasked(&debt, &p);
	debt.settled = SETTLED_WITHDRAWN;
	debt.settled_ms = e->now_ms;
	debt.preliminary = debt.held = false;
	debt.debit_until_ms = 0;
	touched_add(touched, t.run, t.id);
	return debt_put_changed(e, &debt, &before, &t);
}

/* What became of a row. */
struct said {
	size_t n;
	bool several, cut;
};

/* `held`: nobody can tell them apart. */
static int take_back(struct engine *e, const struct matches *m, bool all, bool held,
		     struct said *said)
{
	struct touched touched = {.n = 0};
	int err = 0;
	said->n += m->n;
	for (size_t i = 0; i < m->n && !err; i++) {
		struct arena_mark step = arena_mark(e->arena);
		bool several = held || (!all && matches_in_run(m, m->list[i].run) > 1);
		said->several = said->several || several;
		err = several ? debt_hold(e, m->list[i], &touched)
			      : debt_withdraw(e, m->list[i], &touched);
		arena_release(e->arena, step);
	}
	return err ? err : touched_settle(e, &touched);
}

static int from_all(struct engine *e, const struct withdrawal_row *row, struct said *ret)
{
	bool all = key_is_person(&row->key), held = false, more = true;
	struct matches m;

	int err = all ? matches_recent(e, &row->key, &m) : matches_find(e, &row->key, &m);
	*ret = (struct said){.cut = m.cut};
	if (!err && !all)
		err = matches_unclear(e, &row->key, &m, true, &held);
	while (!err && more) {
		err = take_back(e, &m, all, held, ret);
		more = m.more;
		if (!err && more)
			err = matches_next(e, &row->key, &m);
	}
	return err;
}

static int apply(struct engine *e, struct intake_rec *in, const struct withdrawal_row *row,
		 struct load_counts *counts)
{
	struct said said;

	int err = from_all(e, row, &said);
	if (err)
		return err;
	if (said.several) {
		counts->refused++;
		return row_error(
		    e, in, row->row, false, "E0004", "",
		    "複数の明細に一致します。すべて保留にしました。鍵を確かめて送り直してください");
	}
	if (said.n == 0) {
		counts->warned++;
		counts->taken++;
		return row_error(e, in, row->row, true, "E0004", "", "一致する明細がありません");
	}
	counts->taken++;
	counts->matched++;
	return said.cut ? row_cut(e, in, row->row, counts) : 0;
}

int load_withdrawals(struct engine *e, struct intake_rec *in, const struct row_batch *batch,
		     struct load_counts *counts)
{
	int err = 0;
	for (size_t i = 0; i < batch->n && !err; i++) {
		struct arena_mark row = arena_mark(e->arena);
		err = apply(e, in, &batch->withdrawals[i], counts);
		arena_release(e->arena, row);
	}
	return err;
}
