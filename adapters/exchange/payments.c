/* One payment row (消込): what became of a debt, and what is left of it. */
#include "adapters/exchange/reader.h"

#include <string.h>

/* A part payment with nothing left would be a full one under the wrong code: which one is meant?
 * A 賦課更正 may well bring the debt to nothing. */
static bool rest_fits(const struct payment_row *p)
{
	return p->kind == PAYMENT_PART ? p->rest > 0 : p->rest >= 0;
}

int payments_add(const struct layout *l, struct in_row *row, struct row_batch *batch)
{
	const struct in_value *rest = &row->field[IN_REST];
	struct payment_row p = {
	    .row = row->row,
	    .kind = (enum payment_kind)rows_choice(row, IN_PAYMENT, PAYMENT_FULL),
	    .paid_day = rows_day(row, IN_PAID_DATE),
	    .wait_day = rows_day(row, IN_WAIT_UNTIL),
	    .as_of_day = rows_day(row, IN_AS_OF),
	};
	bool has_rest = p.kind == PAYMENT_PART || p.kind == PAYMENT_REASSESSED;
	int err;

	(void)l;
	if (!row->field[IN_FUKA_YEAR].n && !row->field[IN_CHOTEI_YEAR].n)
		return row_error_add(batch, row, false, "E0004", "行", "年度がありません。");
	if (has_rest && (!value_int(rest->s, rest->n, &p.rest) || !rest_fits(&p)))
		return row_error_add(batch, row, false, "E0004", rows_item(row, IN_REST),
				     p.kind == PAYMENT_PART
					 ? "一部納付には、1 円以上の残額が必要です。"
					 : "賦課更正には、更正後の未納額 (0 円以上) が必要です。");
	err = rows_room((void **)&batch->payments, sizeof p);
	if (!err)
		err = rows_key(row, batch, &p.key);
	if (!err)
		batch->payments[batch->n++] = p;
	return err;
}

/* Something was paid, or was not, or is another amount now; which cannot be known. A year is not
 * taken for the other one: it may be the one that could not be read. */
int payments_doubt(const struct in_row *row, struct row_batch *batch)
{
	struct payment_row p = {.row = row->row,
				.kind = PAYMENT_UNREADABLE,
				.paid_day = DAY_NONE,
				.wait_day = DAY_NONE,
				.as_of_day = DAY_NONE};
	if (row->foreign || row->field[IN_PERSON].n == 0)
		return 0;
	int err = rows_room((void **)&batch->payments, sizeof p);
	if (!err)
		err = rows_key(row, batch, &p.key);
	if (err)
		return err;
	if (row->field[IN_FUKA_YEAR].n == 0)
		p.key.fuka_year = "";
	if (row->field[IN_CHOTEI_YEAR].n == 0)
		p.key.chotei_year = "";
	batch->payments[batch->n++] = p;
	return 0;
}
