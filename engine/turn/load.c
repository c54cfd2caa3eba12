/*
 * Rows of a targets file become debts, merged into targets: one a person in this
 * run. The batch comes sorted by person, so a target is read and written once a
 * batch. All in the turn's transaction, with the progress of the intake: a crash
 * goes on after the last committed row.
 */
#include "engine/turn/engine.h"

#include "engine/log.h"

#include <stdio.h>
#include <string.h>

/* A target waits for nothing but its run: due at the beginning of time. */
enum { DUE_AT_ONCE = 1 };

int row_error(struct engine *e, struct intake_rec *in, uint32_t row, bool warning, const char *code,
	      const char *item, const char *words)
{
	struct rowerr r = {.intake = in->id, .row = row, .n = in->row_errors, .warning = warning,
			   .code = code, .item = item, .words = words};
	in->row_errors++;
	return db_rowerr_put(&e->tx, &r);
}

/* ---- the same debt in an open run of the same campaign ---- */

struct repeat {
	struct engine *e;
	const char *campaign;
	uint32_t run, row; /* found, or 0 */
	size_t n_key;
};

static int repeat_found(void *arg, struct bytes key, struct bytes value)
{
	struct repeat *r = arg;
	uint32_t run, row;

	(void)value;
	if (key.n != r->n_key + 8)
		return E_CORRUPT;
	key_identity_row_read(key, &run, &row);
	const struct run_view *view = run_view(r->e, run);
	if (view && view->campaign && run_is_open(view->state) &&
	    strcmp(view->campaign->id, r->campaign) == 0) {
		r->run = run;
		r->row = row;
		return 1;
	}
	return 0;
}

/* ---- one person ---- */

static void add_numbers(struct target *t, const struct target_row *row)
{
	for (size_t i = 0; i < row->n_numbers; i++) {
		bool known = false;
		for (size_t j = 0; j < t->n_numbers; j++)
			known = known || strcmp(t->numbers[j].digits, row->numbers[i].digits) == 0;
		if (!known && t->n_numbers < MAX_NUMBERS)
			t->numbers[t->n_numbers++] = row->numbers[i];
	}
}

static int person_open(struct engine *e, const struct intake_rec *in, const struct target_row *row,
		       struct target *t, bool *ret_new)
{
	int err = db_target_get(&e->tx, in->run, row->key.person, t);
	*ret_new = err == E_NOTFOUND;
	if (err != E_NOTFOUND)
		return err;
	memset(t, 0, sizeof *t);
	t->run = in->run;
	t->person = row->key.person;
	t->state = TARGET_WAITING;
	t->name = row->name;
	t->kana = row->kana;
	t->birth_md = row->birth_md;
	t->debts_version = 1;
	t->branch_text = "";
	return 0;
}

static int person_close(struct engine *e, struct target *t, bool fresh, struct run_rec *run)
{
	if (t->n_debts == 0)
		return 0; /* all rows of a new person were refused */
	if (fresh) {
		run->targets++;
		int err = db_due_set(&e->tx, t, DUE_AT_ONCE);
		if (err)
			return err;
	}
	return db_target_put(&e->tx, t);
}

/* ---- one row ---- */

static int refuse(struct engine *e, struct intake_rec *in, uint32_t row, struct load_counts *counts,
		  const char *words)
{
	counts->refused++;
	return row_error(e, in, row, false, "E0004", "", words);
}

static int add_debt(struct engine *e, struct intake_rec *in, const struct target_row *row, struct target *t,
		    const char *campaign, struct load_counts *counts)
{
	char key[MAX_KEY_BYTES];
	char words[MAX_WORDS];
	size_t n;
	struct repeat repeat = {.e = e, .campaign = campaign};

	int err = key_identity(key, &n, &row->key);
	if (err)
		return refuse(e, in, row->row, counts, "明細を特定する項目が長すぎます");
	repeat.n_key = n;
	err = db_scan(&e->tx, T_DEBTKEY, key, n, n, 0, repeat_found, &repeat);
	if (err)
		return err;
	if (repeat.run) {
		snprintf(words, sizeof words, "同じ明細が配信%uの%u行目にあります(未終了の同じ配信業務)", repeat.run,
			 repeat.row);
		return refuse(e, in, row->row, counts, words);
	}
	if (t->n_debts == MAX_TARGET_DEBTS)
		return refuse(e, in, row->row, counts, "一人の明細が100件を超えました");
	struct debt debt = {.run = in->run, .row = row->row, .key = row->key, .tax_words = row->tax_words,
			    .due_day = row->due_day, .amount = row->amount, .amount_first = row->amount,
			    .n_carried = row->n_carried};
	memcpy(debt.carried, row->carried, sizeof debt.carried);
	memcpy(debt.carried_name, row->carried_name, sizeof debt.carried_name);
	err = db_debt_put(&e->tx, &debt);
	if (err)
		return err;
	n = key_identity_row(key, n, in->run, row->row);
	err = e->tx.ops->put(e->tx.txn, T_DEBTKEY, (struct bytes){key, n}, (struct bytes){"", 0});
	if (err)
		return err;
	t->debts[t->n_debts++] = row->row;
	add_numbers(t, row);
	if (t->birth_md == 0)
		t->birth_md = row->birth_md;
	counts->taken++;
	return 0;
}

int load_targets(struct engine *e, struct intake_rec *in, const struct row_batch *batch,
		 struct load_counts *counts)
{
	struct target t;
	struct run_rec *run;
	bool fresh = false;

	int err = run_work(e, in->run, &run);
	for (size_t i = 0; i < batch->n && !err;) {
		const char *person = batch->targets[i].key.person;
		err = person_open(e, in, &batch->targets[i], &t, &fresh);
		for (; i < batch->n && !err && strcmp(batch->targets[i].key.person, person) == 0; i++)
			err = add_debt(e, in, &batch->targets[i], &t, run->campaign, counts);
		if (!err)
			err = person_close(e, &t, fresh, run);
	}
	if (err)
		return err;
	run->debts += counts->taken;
	run_touch(e, run);
	return 0;
}
