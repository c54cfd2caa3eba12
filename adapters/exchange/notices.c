/*
 * What the core system says of debts beside payments: 取下げ, 除外, and that a debt
 * goes by another key from now on (年度替わり). One row is one record; what it means
 * for runs is the engine's.
 */
#include "adapters/exchange/reader.h"

#include <string.h>

int withdrawals_add(const struct layout *l, struct in_row *row, struct row_batch *batch)
{
	struct withdrawal_row w = {.row = row->row, .words = rows_text(row, IN_WORDS, batch)};
	int err = rows_room((void **)&batch->withdrawals, sizeof w);

	(void)l;
	if (!err)
		err = rows_key(row, batch, &w.key);
	if (!err && !w.words)
		err = E_NOMEM;
	if (!err)
		batch->withdrawals[batch->n++] = w;
	return err;
}

static int check_exclusion(const struct exclusion_row *x, struct in_row *row,
			   struct row_batch *batch)
{
	if (x->reason == EXCLUSION_NONE && !x->lifted)
		return row_error_add(batch, row, false, "E0001", rows_item(row, IN_EXCLUSION),
				     "除外の理由がありません。");
	if (x->from_day != DAY_NONE && x->until_day != DAY_NONE && x->from_day > x->until_day)
		return row_error_add(batch, row, false, "E0004", rows_item(row, IN_UNTIL_DATE),
				     "終わりの日が始まりの日より前です。");
	return 0;
}

int exclusions_add(const struct layout *l, struct in_row *row, struct row_batch *batch)
{
	struct exclusion_row x = {
	    .row = row->row,
	    .reason = (enum exclusion)rows_choice(row, IN_EXCLUSION, EXCLUSION_NONE),
	    .lifted = rows_choice(row, IN_ACTION, 0) == 1,
	    .from_day = rows_day(row, IN_FROM_DATE),
	    .until_day = rows_day(row, IN_UNTIL_DATE),
	    .words = rows_text(row, IN_WORDS, batch),
	};
	int err = check_exclusion(&x, row, batch);

	(void)l;
	if (err || row->bad)
		return err;
	err = rows_room((void **)&batch->exclusions, sizeof x);
	if (!err)
		err = rows_key(row, batch, &x.key);
	if (!err && !x.words)
		err = E_NOMEM;
	if (err)
		return err;
	if (!*x.words)
		x.words = exclusion_words(x.reason);
	batch->exclusions[batch->n++] = x;
	return 0;
}

/* A part of the new key that is not given stays as it was. A year that is missing takes the other,
 * but only where one of the two is given. */
static int new_key(const struct in_row *row, struct row_batch *batch, const struct debt_key *from,
		   struct debt_key *ret_to)
{
	const struct in_value *fuka = &row->field[IN_NEW_FUKA_YEAR],
			      *chotei = &row->field[IN_NEW_CHOTEI_YEAR];
	enum in_field fuka_field = fuka->n ? IN_NEW_FUKA_YEAR : IN_NEW_CHOTEI_YEAR;
	enum in_field chotei_field = chotei->n ? IN_NEW_CHOTEI_YEAR : IN_NEW_FUKA_YEAR;
	struct {
		enum in_field field;
		const char *old, **to;
	} parts[] = {
	    {IN_NEW_PERSON, from->person, &ret_to->person},
	    {IN_NEW_GYOMU, from->gyomu, &ret_to->gyomu},
	    {IN_NEW_TAX, from->tax, &ret_to->tax},
	    {fuka_field, from->fuka_year, &ret_to->fuka_year},
	    {chotei_field, from->chotei_year, &ret_to->chotei_year},
	    {IN_NEW_PERIOD, from->period, &ret_to->period},
	    {IN_NEW_NOTICE, from->notice, &ret_to->notice},
	};

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		*parts[i].to = row->field[parts[i].field].n ? rows_text(row, parts[i].field, batch)
							    : parts[i].old;
		if (!*parts[i].to)
			return E_NOMEM;
	}
	return 0;
}

static bool same_key(const struct debt_key *a, const struct debt_key *b)
{
	return strcmp(a->person, b->person) == 0 && strcmp(a->gyomu, b->gyomu) == 0 &&
	       strcmp(a->tax, b->tax) == 0 && strcmp(a->fuka_year, b->fuka_year) == 0 &&
	       strcmp(a->chotei_year, b->chotei_year) == 0 && strcmp(a->period, b->period) == 0 &&
	       strcmp(a->notice, b->notice) == 0;
}

int key_changes_add(const struct layout *l, struct in_row *row, struct row_batch *batch)
{
	struct key_change_row k = {.row = row->row};
	int err;

	(void)l;
	if (!row->field[IN_FUKA_YEAR].n && !row->field[IN_CHOTEI_YEAR].n)
		return row_error_add(batch, row, false, "E0004", "行", "年度がありません。");
	err = rows_room((void **)&batch->key_changes, sizeof k);
	if (!err)
		err = rows_key(row, batch, &k.from);
	if (!err)
		err = new_key(row, batch, &k.from, &k.to);
	if (err)
		return err;
	if (same_key(&k.from, &k.to))
		return row_error_add(batch, row, false, "E0004", "行",
				     "新しい鍵が古い鍵と同じです。");
	batch->key_changes[batch->n++] = k;
	return 0;
}
