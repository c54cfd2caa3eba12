/*
 * Payments (消込): a row settles or reduces the debts that it names, in every run
 * where they stand, at once: what waits is planned again, what flies is recalled.
 *
 * A payment names a debt by its key; a part that its layout does not have matches
 * any. Within one run it must match one debt: if it matches more they are all
 * held, since nobody can say which was paid, and the row is E0004.
 */
#include "engine/turn/engine.h"

#include "engine/log.h"

#include <stdio.h>
#include <string.h>

enum { MOST_MATCHES = 256 };

struct match {
	uint32_t run, row;
};
struct matches {
	const struct debt_key *key;
	size_t n;
	struct match list[MOST_MATCHES];
};

/* The n-th part of an encoded identity equals `want`, or `want` is empty. */
static bool part_fits(const char **at, const char *end, const char *want)
{
	const char *sep = memchr(*at, '\x1f', (size_t)(end - *at));
	if (!sep)
		return false;
	size_t len = (size_t)(sep - *at);
	bool fits = want[0] == '\0' || (strlen(want) == len && memcmp(want, *at, len) == 0);
	*at = sep + 1;
	return fits;
}

static int found(void *arg, struct bytes key, struct bytes value)
{
	struct matches *m = arg;
	const struct debt_key *k = m->key;
	const char *at = key.p, *end = at + key.n;

	(void)value;
	if (!part_fits(&at, end, k->person) || !part_fits(&at, end, k->gyomu) ||
	    !part_fits(&at, end, k->tax) || !part_fits(&at, end, k->fuka_year) ||
	    !part_fits(&at, end, k->chotei_year) || !part_fits(&at, end, k->period) ||
	    !part_fits(&at, end, k->notice) || end - at != 8)
		return 0;
	if (m->n == MOST_MATCHES)
		return E_LIMIT;
	key_identity_row_read(key, &m->list[m->n].run, &m->list[m->n].row);
	m->n++;
	return 0;
}

static int find(struct engine *e, const struct debt_key *key, struct matches *m)
{
	char from[MAX_PERSON + 1];
	size_t n = key_person(from, key->person);

	m->key = key;
	m->n = 0;
	return db_scan(&e->tx, T_DEBTKEY, from, n, n, 0, found, m);
}

/* ---- what it does to one debt ---- */

/* The result went out (or will): what changed goes out as a 訂正, the code by the same ranking as
 * the result's own, so that a later receipt does not turn it back. */
static int correct(struct engine *e, struct debt *debt, const struct target *t)
{
	struct past_attempt past[MAX_TARGET_ATTEMPTS];
	for (size_t i = 0; i < t->n_past; i++)
		past[i] = t->past[i].past;
	enum outcome now =
	    plan_result(past, t->n_past, debt->settled == SETTLED_PAID ? OUT_PAID : t->why);
	struct outrow row = {.kind = KIND_CORRECTIONS,
			     .run = debt->run,
			     .at_ms = e->now_ms,
			     .row = debt->row,
			     .code = now == OUT_NONE ? debt->result : now,
			     .old_code = debt->result,
			     .amount = debt->amount,
			     .attempts = (uint32_t)t->n_past};
	debt->result = row.code;
	return outrow_add(e, &row);
}

static int settle(struct engine *e, const struct payment_row *pay, struct match where,
		  bool *ret_changed)
{
	struct debt debt;
	struct target t;
	bool full = pay->kind == PAYMENT_FULL || pay->rest == 0;

	*ret_changed = false;
	int err = db_debt_get(&e->tx, where.run, where.row, &debt);
	if (!err)
		err = db_target_get(&e->tx, where.run, debt.target, &t);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	if (debt.settled != SETTLED_NO || (!full && debt.amount == pay->rest))
		return 0; /* known already: the same file again, or a fuller one after a part */
	*ret_changed = true;
	debt.amount = full ? 0 : pay->rest;
	if (full) {
		debt.settled = SETTLED_PAID;
		debt.settled_ms = e->now_ms;
		debt.held = false;
	}
	if (t.state == TARGET_DONE)
		err = correct(e, &debt, &t);
	if (!err)
		err = db_debt_put(&e->tx, &debt);
	return err ? err : target_changed(e, &t);
}

static int hold(struct engine *e, struct match where)
{
	struct debt debt;
	struct target t;
	int err = db_debt_get(&e->tx, where.run, where.row, &debt);
	if (!err)
		err = db_target_get(&e->tx, where.run, debt.target, &t);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	if (debt.held || debt.settled != SETTLED_NO)
		return 0;
	debt.held = true;
	err = db_debt_put(&e->tx, &debt);
	return err ? err : target_changed(e, &t);
}

/* How many debts of that run the payment names. */
static size_t in_run(const struct matches *m, uint32_t run)
{
	size_t n = 0;
	for (size_t i = 0; i < m->n; i++)
		n += m->list[i].run == run;
	return n;
}

static int apply(struct engine *e, struct intake_rec *in, const struct payment_row *pay,
		 struct load_counts *counts)
{
	struct matches m;
	bool several = false, matched = false;

	if (pay->kind != PAYMENT_FULL && pay->kind != PAYMENT_PART) {
		/* Taken for a part with nothing left it would settle a debt that nobody paid. */
		counts->refused++;
		return row_error(e, in, pay->row, false, "E0005", "",
				 "この消込種別はまだ扱えません");
	}
	int err = find(e, &pay->key, &m);
	if (err == E_LIMIT) {
		counts->refused++;
		return row_error(e, in, pay->row, false, "E0004", "", "一致する明細が多すぎます");
	}
	for (size_t i = 0; i < m.n && !err; i++) {
		bool changed = false;
		if (in_run(&m, m.list[i].run) > 1) {
			several = true;
			err = hold(e, m.list[i]);
		} else {
			err = settle(e, pay, m.list[i], &changed);
			matched = true;
		}
	}
	if (err)
		return err;
	if (several) {
		counts->refused++;
		return row_error(
		    e, in, pay->row, false, "E0004", "",
		    "複数の明細に一致します。すべて保留にしました。鍵を確かめて送り直してください");
	}
	counts->taken++;
	counts->matched += matched;
	return 0;
}

int load_payments(struct engine *e, struct intake_rec *in, const struct row_batch *batch,
		  struct load_counts *counts)
{
	int err = 0;
	for (size_t i = 0; i < batch->n && !err; i++)
		err = apply(e, in, &batch->payments[i], counts);
	return err;
}
