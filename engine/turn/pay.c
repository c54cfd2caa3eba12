/*
 * Payments (消込): a row settles, reduces or changes the debts that it names, in
 * every run where they stand, at once: what waits is planned again, what flies is
 * recalled, what was reported is corrected. And it is remembered for some days, for
 * a debt whose targets file comes after its payment (early.c).
 *
 * A payment names a debt by its key; a part that its layout does not have matches
 * any. Within one run it must match one debt: if it matches more they are all
 * held, since nobody can say which was paid, and the row is E0004. A row that was refused
 * holds what it names for the same reason, until a later one says what is owed.
 */
#include "engine/turn/early.h"
#include "engine/turn/engine.h"
#include "engine/turn/match.h"
#include "engine/turn/outlook.h"
#include "engine/turn/paying.h"
#include "engine/turn/touched.h"

#include "engine/log.h"

#include <string.h>

struct paying paying_now(const struct engine *e)
{
	return (struct paying){.now_ms = e->now_ms,
			       .preliminary_ms = e->config->engine.preliminary_wait,
			       .debit_ms = e->config->engine.debit_wait,
			       .attempt = e->counters.next_attempt};
}

int payment_settle(struct engine *e, const struct payment_row *pay, struct match where,
		   int64_t at_ms, struct touched *touched)
{
	struct paying p = paying_now(e);
	struct debt debt, before;
	struct target t;

	int err = match_load(e, where, &debt, &t);
	if (err)
		return err;
	p.now_ms = at_ms;
	before = debt;
	if (!paying_apply(&debt, pay->kind, pay->rest, pay->wait_day, &p))
		return 0; /* known already: the same file again, or a fuller one after a part */
	touched_add(touched, t.run, t.id);
	return debt_put_changed(e, &debt, &before, &t);
}

int debt_hold(struct engine *e, struct match where, struct touched *touched)
{
	struct debt debt, before;
	struct target t;
	int err = match_load(e, where, &debt, &t);
	struct paying p = paying_now(e);
	if (err)
		return err;
	before = debt;
	if (!paying_doubt(&debt, &p))
		return 0;
	touched_add(touched, t.run, t.id);
	return debt_put_changed(e, &debt, &before, &t);
}

int row_cut(struct engine *e, struct intake_rec *in, uint32_t row, struct load_counts *counts)
{
	counts->warned++;
	return row_error(
	    e, in, row, true, "E0004", "",
	    "一致する明細が多すぎます。終わって72時間を過ぎた処理の明細は変えていません");
}

/* What became of a row. */
struct said {
	bool several, matched, cut;
};

/* Those that nobody can tell apart are held. */
static int to_these(struct engine *e, const struct payment_row *pay, const struct matches *m,
		    bool everywhere, struct said *said)
{
	struct touched touched = {.n = 0};
	int err = 0;
	for (size_t i = 0; !err && i < m->n; i++) {
		struct arena_mark step = arena_mark(e->arena);
		if (everywhere || matches_in_run(m, m->list[i].run) > 1) {
			said->several = true;
			err = debt_hold(e, m->list[i], &touched);
		} else {
			err = payment_settle(e, pay, m->list[i], e->now_ms, &touched);
			said->matched = true;
		}
		arena_release(e->arena, step);
	}
	return err ? err : touched_settle(e, &touched);
}

static int to_all(struct engine *e, const struct payment_row *pay, struct said *ret)
{
	struct matches m;
	bool everywhere = false, more = true;

	int err = matches_find(e, &pay->key, &m);
	*ret = (struct said){.cut = m.cut};
	if (!err)
		err = matches_unclear(e, &pay->key, &m, true, &everywhere);
	while (!err && more) {
		err = to_these(e, pay, &m, everywhere, ret);
		more = m.more;
		if (!err && more)
			err = matches_next(e, &pay->key, &m);
	}
	return err;
}

static int apply(struct engine *e, struct intake_rec *in, const struct payment_row *pay,
		 struct load_counts *counts)
{
	struct said said;

	int err = to_all(e, pay, &said);
	if (err)
		return err;
	if (pay->kind == PAYMENT_UNREADABLE) { /* why, was said when it was read */
		counts->refused++;
		return said.cut ? row_cut(e, in, pay->row, counts) : 0;
	}
	if (said.several) {
		counts->refused++;
		return row_error(
		    e, in, pay->row, false, "E0004", "",
		    "複数の明細に一致します。すべて保留にしました。鍵を確かめて送り直してください");
	}
	counts->taken++;
	counts->matched += said.matched;
	return said.cut ? row_cut(e, in, pay->row, counts) : 0;
}

int load_payments(struct engine *e, struct intake_rec *in, const struct row_batch *batch,
		  struct load_counts *counts)
{
	int err = 0;
	for (size_t i = 0; i < batch->n && !err; i++) {
		struct arena_mark row = arena_mark(e->arena);
		err = apply(e, in, &batch->payments[i], counts);
		arena_release(e->arena, row);
	}
	return err ? err : early_keep(e, in, batch);
}
