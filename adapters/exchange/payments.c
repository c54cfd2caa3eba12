/* One payment row (消込): full, or part with what is still unpaid. */
#include "adapters/exchange/reader.h"

#include <stdlib.h>
#include <string.h>

int payments_add(const struct layout *l, struct in_row *row, struct row_batch *batch)
{
	const struct in_value *rest = &row->field[IN_REST];
	struct payment_row p = {.row = row->row, .kind = PAYMENT_FULL};
	int err;

	(void)l;
	if (!row->field[IN_FUKA_YEAR].n && !row->field[IN_CHOTEI_YEAR].n)
		return row_error_add(batch, row, false, "E0004", "行", "年度がありません。");
	if (strcmp(row->field[IN_PAYMENT].s, "part") == 0) {
		p.kind = PAYMENT_PART;
		/* nothing left would be a full payment under the wrong code: which one is meant? */
		if (!value_int(rest->s, rest->n, &p.rest) || p.rest <= 0)
			return row_error_add(batch, row, false, "E0004",
					     rest->column ? rest->column->item : "行",
					     "一部納付には、1 円以上の残額が必要です。");
	}
	if (!batch->payments)
		batch->payments = malloc(MAX_BATCH_ROWS * sizeof *batch->payments);
	if (!batch->payments)
		return E_NOMEM;
	err = rows_key(row, batch, &p.key);
	if (!err)
		batch->payments[batch->n++] = p;
	return err;
}
